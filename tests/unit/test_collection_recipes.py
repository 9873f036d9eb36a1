"""The recipes for collecting from a live computer: what they take is enough for the same facts, in the layouts that they make."""

import re
import zipfile
from pathlib import Path

import pytest

from forensic import examine
from forensic.artifacts.declaration import OTHER_CHANNELS, load
from tests.builders.world import RELEASES, Life, World
from tests.builders.world_volume import SYSTEM, descriptor, secure_stream
from tools import collection

DOCS = Path(__file__).parent.parent.parent / "docs"
FOREIGN = "S-1-5-21-1111111111-222222222-333333333-1001"
MORE = {
    "$Recycle.Bin/S-1-5-21-1-2-3-1001/desktop.ini": b"[.ShellClassInfo]",
    "Windows/Temp/vmware-imc/guestcust.log": b"a log",
    "Windows/explorer.exe": b"MZ",
    "Program Files (x86)/Acronis/readme.txt": b"x",
    "ProgramData/Microsoft/Crypto/RSA/MachineKeys/f686aace6942fb7f7ceb231212eef4a4_00000000-1111-4222-8333-444444444444": b"a private key",
    "Users/ann/AppData/Roaming/Microsoft/Protect/S-1-5-21-1-2-3-1001/00000000-1111-4222-8333-444444444444": b"a master key",
    "Users/ann/Documents/diary.txt": b"secret",
}


@pytest.fixture(scope="module")
def computer():
    """Give the files of a computer, below its drive."""
    world = World(seed=23)
    life = Life(world, RELEASES["10"])
    life.install(world.computer("Contoso", "Desk 3"), "2021-03-02T09:10:00Z", name="DESK-1")
    life.add_user("ann", "2021-03-02T09:40:00Z")
    life.use("2021-09-01T16:00:00Z")
    return life.files() | MORE


def stated(report):
    """Return every fact without its place, but for times of files, which no archive keeps."""
    (one,) = [found for found in report.installations if found.earlier_state_of is None]
    return one, sorted((fact.kind, str(fact.value)) for fact in one.facts)


def packed(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def whole(folder, files):
    return packed(folder / "all.zip", {f"C/{name}": content for name, content in files.items()})


def test_the_zip_of_the_script_gives_the_facts_that_all_files_give(computer, tmp_path):
    taken = collection.chosen(computer, raw=False)
    assert not {"Windows/explorer.exe", "Users/ann/Documents/diary.txt"} & taken.keys()
    assert len(taken) < len(computer)
    entries = {f"C/{name}": computer[name] if content else b"" for name, content in taken.items()}
    entries["forensic-collection.json"] = b'{"made_by": "collect.ps1 of sysprep-forensic"}'
    report = examine(packed(tmp_path / "desk-1.zip", entries), strict=True)
    one, facts = stated(report)
    assert (one.id, one.origin, one.computer_name) == ("C/Windows", "collection", "DESK-1")
    assert facts == stated(examine(whole(tmp_path, computer), strict=True))[1]
    assert {"machine-key-file", "dpapi-master-key", "imaging-product-trace"} <= {kind for kind, _ in facts}
    assert not any(problem.is_incomplete for problem in report.problems)
    assert [one.path for one in report.source.set_aside] == ["forensic-collection.json"]


def test_no_content_of_a_key_store_leaves_the_computer(computer):
    taken = collection.chosen(computer)
    secret = [name for name in taken if "/Crypto/" in name or "/Protect/" in name]
    assert len(secret) == 2
    assert not any(taken[name] for name in secret)
    for name in ("SysprepForensic.tkape", "Custom.Windows.SysprepForensic.yaml"):
        assert not re.search(r"\\Crypto\\|\\Protect\\", collection.files()[f"collect/{name}"])


@pytest.mark.parametrize(
    ("place", "secure"),
    [("C/{}", "C/$Secure_$SDS"), ("uploads/ntfs/%5C%5C.%5CC%3A/{}", "uploads/ntfs/%5C%5C.%5CC%3A/$Secure%3A$SDS")],
    ids=["kape", "velociraptor"],
)
def test_the_layouts_of_kape_and_velociraptor_are_read_with_what_ntfs_keeps(computer, tmp_path, place, secure):
    files = {name: computer[name] for name, content in collection.chosen(computer).items() if content}
    entries = {place.format(name.replace("%", "%25") if "%5C" in place else name): content for name, content in files.items()}
    from forensic.model import Sid

    entries[secure] = secure_stream([descriptor(SYSTEM, SYSTEM, [Sid(FOREIGN)])])
    one, facts = stated(examine(packed(tmp_path / "desk-1.zip", entries), strict=True))
    assert one.computer_name == "DESK-1"
    assert any(kind == "former-sid" and FOREIGN.rpartition("-")[0] in value for kind, value in facts)


def test_every_artifact_is_served_but_for_those_that_are_named():
    unserved = set()
    for one in load():
        counts = one.module.startswith("forensic.") and (one.until is None or one.until >= collection.OLDEST) and one.place != "disk"
        if counts and not list(collection._of(one)):
            unserved.add(one.path.rpartition("/")[2] if one.place == "file" else one.hive or one.path)
    assert unserved == {*collection.LEFT_OUT, OTHER_CHANNELS}
    page = collection.files()["collect/README.md"]
    assert all(f"* `{name}`: {why}" in page for name, why in collection.LEFT_OUT.items())


def test_every_hive_is_taken_with_its_transaction_logs():
    taken = {place.on_drive for place in collection.places() if place.content}
    for hive in ("Windows/System32/config/SAM", "Windows/System32/config/SYSTEM", "Users/*/NTUSER.DAT"):
        assert {hive, f"{hive}.LOG1", f"{hive}.LOG2"} <= taken


def test_each_recipe_says_that_nobody_tried_it_and_is_what_the_declarations_give():
    for name, text in collection.files().items():
        assert collection.NOT_TRIED in " ".join(text.split())
        assert not re.search(r"#(?:NOT_TRIED|CONTENT|NAMES|GLOBS)#", text)
        assert (DOCS / name).read_text(encoding="utf-8") == text, "make docs"


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("Windows/System32/Tasks/Microsoft/Windows/Defrag/ScheduledDefrag", True),
        ("windows/system32/CONFIG/sam", True),
        ("Windows/System32/config/SAM/more", None),
        ("Program Files/Acronis/TrueImage/x.exe", False),
        ("AOMEI", None),
        ("Users/ann/NTUSER.DAT", True),
        ("Users/ann/AppData/NTUSER.DAT", None),
    ],
)
def test_patterns_match_as_the_recipes_mean_them(path, taken):
    assert collection.chosen([path]).get(path) is taken
