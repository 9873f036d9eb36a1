"""Redaction: no name is left, in no spelling and no bytes; what was equal stays equal; what is compared stays."""

import json
import re
import typing
from pathlib import Path

import msgspec
import pytest

from forensic import artifacts, cli, examination, examine
from forensic.artifacts.identity.computer_name import ComputerName
from forensic.artifacts.logs.event_history import EventRename
from forensic.artifacts.products.windows_update import SusClientValidation
from forensic.model import KINDS, Examination, FileTime, Gap, Problem, RawDigest, Sid, SourceInfo
from forensic.model.report import Profile
from forensic.reporting import formats
from forensic.reporting.name_finder import NameFinder
from forensic.reporting.redaction import KEPT, NAMES, Redactor, redacted
from tests.builders.report import CONFIG, MACHINE, STORIES, fact, installation, report
from tests.builders.world import DAY
from tests.scenarios.histories import begun

HOST, USER = "Zürich-Ws7", "Käthe Öhler"


def utf16(text):
    return text.encode("utf-16-le").hex()


def told(*facts, source="/cases/meier/ws7.E01", **changes):
    one = installation(computer_name=HOST, facts=facts, profiles=(), accounts=(), gaps=(), evidence=(), timeline=(), **changes)
    return report(source=SourceInfo(source, "ewf", 1, ("ws7.E01",)), installations=(one,), problems=())


@pytest.fixture(scope="module")
def life(tmp_path_factory):
    """A computer of an office: renamed, in a domain, with two users, examined from its files."""
    made, start = begun(7, "10", days=60, users=0)
    now = FileTime(start + 100 * DAY)
    made.add_user("xaver.quast", now)
    made.rename("OFFICE-WEST", FileTime(now + DAY))
    made.join("QUASTCORP", "quast.example", made.world.sid(), FileTime(now + 2 * DAY))
    made.use(FileTime(now + 9 * DAY))
    folder = tmp_path_factory.mktemp("cases") / "office-west"
    for path, content in made.drive().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    about = Examination(command=("forensic", "examine", "--output", "/reports/meier/out.json", str(folder)))
    return examine(folder, strict=True, about=about)


def test_no_name_of_a_real_registry_is_left(life):
    text = life.to_json()
    names = ("xaver.quast", "office-west", "quastcorp", "quast.example", "meier")
    for name in names:
        assert name in text.casefold(), name
    left = Redactor().redact(life).to_json().casefold()
    for name in (*names, *(utf16(name) for name in names), "pytest", str(life.source.path).casefold()):
        assert name not in left, name
    spelled = "".join(bytes.fromhex(digits).decode("utf-16-le", "replace") for digits in re.findall(r'"raw": "([0-9a-f]+)"', left))
    assert not any(name in spelled.casefold() for name in names)


def test_what_is_compared_and_what_every_windows_has_is_kept(life):
    redacted_one = Redactor().redact(life)
    before, after = life.installations[0], redacted_one.installations[0]
    assert after.machine_sid == before.machine_sid
    assert after.verdict.history == before.verdict.history
    assert [one.sid for one in after.accounts] == [one.sid for one in before.accounts]
    assert {one.name for one in after.accounts} >= {"Administrator", "Guest"}
    assert len(after.facts) == len(before.facts)
    assert [one.value for one in after.facts if one.kind == "machine-guid"] == [
        one.value for one in before.facts if one.kind == "machine-guid"
    ]
    assert redacted_one.examination.redacted


def test_a_redacted_report_is_a_report_that_loads_and_judges_alike(life):
    from forensic.model import ImageReport

    made = Redactor().redact(life)
    assert ImageReport.from_json(made.to_json()) == made
    assert examination.rejudge(made).installations[0].verdict.history == life.installations[0].verdict.history


def test_it_says_the_same_every_time_and_twice_changes_no_more_names(life):
    once = Redactor().redact(life)
    assert once == Redactor().redact(life)
    assert "HOST-1" in once.to_json()
    assert once.installations[0].computer_name.startswith("HOST-")


def test_every_spelling_of_one_name_gets_one_label():
    names = [HOST, HOST.upper(), HOST.lower(), f"{HOST}.quast.example"]
    made = Redactor().redact(told(*(fact("computer-name", ComputerName(name, "configured", 1), CONFIG + "SYSTEM") for name in names)))
    assert [one.value.name for one in made.installations[0].facts] == ["HOST-1", "HOST-1", "HOST-1", "HOST-1.DOMAIN-1"]


def test_two_reports_of_one_run_use_one_mapping():
    rename = fact("event-rename", EventRename("OTHER-9", HOST, 1, FileTime(1)), "System.evtx")
    first, second = redacted([told(rename), told(fact("computer-name", ComputerName("other-9", "active", 1), CONFIG + "SYSTEM"))])
    value = first.installations[0].facts[0].value
    assert (value.old, value.new) == ("HOST-2", "HOST-1")
    assert second.installations[0].facts[0].value.name == "HOST-2"
    assert second.source.path == first.source.path == "/FOLDER-1/FOLDER-2/ws7.E01"


def test_raw_bytes_are_removed_where_they_would_tell():
    system = CONFIG + "SYSTEM"
    name = fact("computer-name", ComputerName(HOST, "configured", 1), system, raw=utf16(HOST))
    hidden = fact("mounted-device", "x", system, raw="00" + utf16(HOST.upper()))
    narrow = fact("mounted-device", "x", system, raw=HOST.encode().hex())
    digest = fact("profile-path", "x", f"Users/{USER}/NTUSER.DAT", profile=f"Users/{USER}", raw=RawDigest("0" * 64, 300))
    value = fact("sus-client-validation", SusClientValidation("SN1", "0602" + utf16(HOST)), system, raw="ff")
    hashed = fact("lsa-boot-key", "ab" * 32, system, raw=RawDigest("ab" * 32, 16))
    plain = fact("volume-serial", "1234", "", raw="34120000")
    made = Redactor().redact(told(name, hidden, narrow, digest, value, plain, hashed)).installations[0].facts
    assert [one.raw for one in made] == ["", "", "", "", "", "34120000", hashed.raw]
    assert made[6].value == hashed.value
    assert made[4].value == SusClientValidation("SN1", "")
    assert (made[3].place.file, made[3].profile) == ("Users/USER-1/NTUSER.DAT", "Users/USER-1")


def test_sentences_gaps_problems_and_profiles_are_redacted_too():
    gap = Gap("push-notification-state", "not-found", f"p2 > Users/{USER}/NTUSER.DAT", f"none of {HOST}", f"Users/{USER}")
    one = msgspec.structs.replace(told().installations[0], gaps=(gap,), profiles=(Profile(Sid(f"{MACHINE}-1001"), rf"C:\Users\{USER}"),))
    where = "/cases/meier/ws7.E01"
    whole = msgspec.structs.replace(
        told(), installations=(one,), problems=(Problem("warning", where, f"log of {HOST.lower()} is damaged"),)
    )
    made = Redactor().redact(whole)
    assert made.problems[0] == Problem("warning", "/FOLDER-1/FOLDER-2/ws7.E01", "log of HOST-1 is damaged")
    (gap,) = made.installations[0].gaps
    assert (gap.searched, gap.detail, gap.profile) == ("p2 > Users/USER-1/NTUSER.DAT", "none of HOST-1", "Users/USER-1")
    assert made.installations[0].profiles[0].path == r"C:\Users\USER-1"


@pytest.mark.parametrize(("text", "left"), [
    (rf"log of \\fileserver\share\x and c:\users\{USER.upper()}\y", r"log of \\HOST-2\share\x and c:\users\USER-1\y"),
    (f"backup_{HOST}2.evtx", f"backup_{HOST}2.evtx"),  # another name
    (f"backup_{HOST}-old.evtx", "backup_HOST-1-old.evtx"),
    (f"{HOST}$", "HOST-1$"),
    (r"SAM\SAM\Domains\Account\Users\000003E9", r"SAM\SAM\Domains\Account\Users\000003E9"),
    (r"C:\Users\Default\NTUSER.DAT", r"C:\Users\Default\NTUSER.DAT"),
    (r"C:\Documents and Settings\max\x", r"C:\Documents and Settings\USER-1\x"),
])  # fmt: skip
def test_names_are_found_where_they_stand(text, left):
    extra = [told(fact("program-run", text, "x", raw="00"))]
    if USER.upper() in text:
        extra[0] = msgspec.structs.replace(
            extra[0], installations=(msgspec.structs.replace(extra[0].installations[0], profiles=(Profile(None, f"Users/{USER}"),)),)
        )
    (made,) = redacted(extra)
    assert made.installations[0].facts[0].value == left


def test_short_names_and_numbers_are_replaced_in_paths_and_spoil_nothing_else():
    number = fact("mounted-device", "1001 records in a place", f"Users/1001/{'a'}", raw="00")
    one = told(number)
    one = msgspec.structs.replace(one, installations=(msgspec.structs.replace(one.installations[0], machine_sid=Sid(f"{MACHINE}")),))
    (made,) = redacted([one])
    assert made.installations[0].facts[0].place.file == "Users/USER-1/a"
    assert made.installations[0].facts[0].value == "1001 records in a place"
    assert made.installations[0].machine_sid == MACHINE


def test_codes_are_no_names():
    strong = told(fact("computer-name", ComputerName("strong", "active", 1), CONFIG + "SYSTEM"))
    one = msgspec.structs.replace(strong.installations[0], verdict=STORIES["relocated"]().installations[0].verdict)
    (made,) = redacted([msgspec.structs.replace(strong, installations=(one,))])
    assert made.installations[0].verdict.strength == one.verdict.strength
    assert made.installations[0].facts[0].value.name == "HOST-2"


def test_folders_of_the_command_are_replaced_and_its_options_stay():
    command = ("forensic", "examine", "--redact", "--output=/reports/meier/r.json", r"C:\cases\meier\a.E01", "x.E01", "../y/z.E01")
    made = Redactor().redact(msgspec.structs.replace(told(), examination=Examination(command=command)))
    assert made.examination.command == (
        "forensic", "examine", "--redact", "--output=/FOLDER-3/FOLDER-2/r.json", r"C:\FOLDER-1\FOLDER-2\a.E01", "x.E01",
        "../FOLDER-4/z.E01",
    )  # fmt: skip


def test_a_folder_of_evidence_is_replaced_whole():
    one = msgspec.structs.replace(
        told(), source=SourceInfo("cases/Meier", "directory", 1), problems=(Problem("error", "cases/Meier", "x"),)
    )
    made = Redactor().redact(one)
    assert (made.source.path, made.problems[0].where) == ("FOLDER-1/FOLDER-2", "FOLDER-1/FOLDER-2")


@pytest.mark.parametrize("name", formats.names())
def test_no_format_has_a_name_left(life, name):
    text = "".join(formats.render(name, [Redactor().redact(life)], formats.PAPER)).casefold()
    assert not any(word in text for word in ("xaver", "quast", "office-west", "meier"))


@pytest.mark.parametrize("arguments", [("show",), ("show", "--rejudge")])
def test_show_redacts_saved_reports(life, tmp_path, capsys, arguments):
    saved = tmp_path / "r.json"
    saved.write_text(life.to_json(), encoding="utf-8")
    assert cli.main([*arguments, "--redact", "--format", "json", str(saved)]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["installations"][0]["computer_name"] == "HOST-1"
    assert body["examination"]["redacted"]


def test_examine_redacts_before_anything_is_written(life, monkeypatch, capsys):
    monkeypatch.setattr(examination, "examine", lambda *_, **__: life)
    assert cli.main(["examine", "--redact", "-v", "somewhere.E01"]) in (0, 1, 3)
    text = capsys.readouterr().out
    assert "redacted: names of computers" in text
    assert "quast" not in text.casefold()


def finder(*names):
    made = NameFinder()
    for number, name in enumerate(names, 1):
        made.add(name, f"N-{number}")
    return made


@pytest.mark.parametrize(("names", "text", "left"), [
    (("ann",), "Ann cannot; ANN-MARIE, ann's _ann_ annual", "N-1 cannot; N-1-MARIE, N-1's _N-1_ annual"),
    (("PC-01", "PC-010", "PC-1"), "pc-01 pc-010 pc-0100 PC-01x pc-1x", "N-1 N-2 pc-0100 N-1x pc-1x"),
    (("PC042",), "PC042copy PC0421 xPC042", "N-1copy PC0421 xPC042"),
    (("-bob", "bob"), "-bob bob", "N-1 N-2"),
    (("corp", "corp.example"), "pc.corp.example of corp", "pc.N-2 of N-1"),
    (("beef",), "deadbeef-beef-beef-beef-deadbeefbeef beef", "deadbeef-beef-beef-beef-deadbeefbeef N-1"),
    (("1001", "ab"), r"S-1-5-21-1-2-3-1001 1001 C:\1001\x ab AB/ab", r"S-1-5-21-1-2-3-1001 1001 C:\N-1\x ab AB/N-2"),
    (("äöü",), "ÄÖÜ", "N-1"),
    (("Straße",), "STRASSE straße", "STRASSE N-1"),
    ((), "x", "x"),
    (("---",), "---", "---"),
])  # fmt: skip
def test_a_name_is_found_as_a_word_of_its_own(names, text, left):
    assert finder(*names).replaced(text) == left


def test_very_many_names_and_very_long_texts_are_searched_at_once():
    names = [f"a-{number}-{'x' * (number % 200)}" for number in range(20_000)]
    found = finder(*names)
    assert found.replaced(" ".join(names[:5000])).count("N-") == 5000
    assert found.replaced("a" * 3_000_000) == "a" * 3_000_000
    assert found.replaced("a-" * 300_000) == "a-" * 300_000
    assert found.gives_away(b"nothing of the sort")  # too many unlike names to look for: nothing is shown


def test_names_with_many_separators_are_taken_apart(life):
    user = "\\".join(["DOM"] * 5000 + ["zoe"])
    task = fact("event-log-cleared", {"channel": "Security", "user": user, "record": 1}, "x", raw="00")
    (made,) = redacted([told(task)])
    assert made.installations[0].facts[0].value["user"] == "\\".join(["DOMAIN-1"] * 5000 + ["USER-1"])


NAMELESS = """
    agent-id attestation-key-hash bcd-device child-completion clone-tag device-generation device-identity dhcpv6-duid
    disk-signature disk-snapshot dpapi-master-key dtc-cid event-boots event-checkpoint
    event-clock-change event-identity-conflict event-log-span event-release
    event-shutdown-request event-time-zone event-user-sid execution-trace first-sid-time former-sid guest-customization
    hardware-config hypervisor-mark image-state image-state-change imaging-product-trace licensing-state link-tracker lsa-boot-key
    lsa-boot-key-time lsa-policy-time lsa-secret machine-key-file mdm-enrollment media-time mounted-device msa-device-id
    msa-device-ticket network-adapter offline-unique-id-seed partition preinstallation-mark product-id product-type profile-sid
    program-run push-notification-state registry-history setup-command setup-flag setup-lineage-step setup-log-sid setup-log-span
    setup-timer setupcl-file sid-changer-trace smbios source-os specialize-run storage-space-id sus-client-validation syskey
    sysprep-action-file sysprep-error sysprep-folder sysprep-log sysprep-tag system-information time-zone tpm-key-hash
    text-log-prefix tpm-state-key unattend-file unattend-pass volume-serial windows-release
"""
"""Kinds whose text names neither computer nor person nor domain, but in paths, which are looked through by themselves."""


def test_every_kind_with_text_says_whether_it_holds_names():
    artifacts.load()
    with_text = {kind.name for kind in KINDS.values() if _has_text(kind.type)}
    unknown = {
        name for name in with_text - NAMES.keys() - {*NAMELESS.split()} if KINDS[name].title and not name.startswith(("some-", "coffee"))
    }
    assert not unknown, "say in redaction.NAMES or here what their text is"
    for name, parts in NAMES.items():
        fields = KINDS[name].type.__struct_fields__ if "" not in parts and name in KINDS else parts
        assert parts.keys() <= set(fields), name


def _has_text(hint):
    """Whether values of a type hold text that is no code."""
    if hint is str:
        return True
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return any(_has_text(part) for part in typing.get_type_hints(hint).values())
    return typing.get_origin(hint) is not typing.Literal and any(_has_text(part) for part in typing.get_args(hint))


def test_what_is_kept_is_written_as_it_is_looked_up():
    assert all(name == name.casefold().strip() and name for name in KEPT)


def test_hashes_from_which_names_could_be_guessed_are_removed():
    from forensic import examine

    sample = Path(__file__).parent.parent.parent / "samples/desk-10.E01"
    whole = examine(sample, reproducible=True)
    (bare,) = redacted([whole])
    packed = [fact for fact in whole.installations[0].facts if any(name.endswith("packed") for name in _fields(fact.value))]
    assert packed
    for one in bare.installations[0].facts:
        assert not any(getattr(one.value, name) for name in _fields(one.value) if name.endswith("packed"))


def _fields(value):
    return getattr(value, "__struct_fields__", ())
