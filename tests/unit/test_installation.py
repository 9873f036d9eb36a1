"""Installations as they are described: with folders, with hives alone, with files alone."""

from types import SimpleNamespace

import pytest

from forensic.artifacts.collector import collect
from forensic.artifacts.logs.event_log import EVENT_COMPUTER_NAME, EVENT_LOG_SPAN
from forensic.artifacts.setup.sysprep_log import SYSPREP_LOG
from forensic.errors import ForensicError, Malformed, NotFound
from forensic.model import FactSet, FileTime
from forensic.model.gap import CODES
from forensic.volumes.directory import DirectoryTree
from forensic.windows.collected_files import CollectedFiles
from forensic.windows.control_set import control_set_names, current_control_set
from forensic.windows.event_log import log_paths
from forensic.windows.folder import Folder, matching
from forensic.windows.hive_folder import HiveFolder
from forensic.windows.installation import Installation
from tests.artifacts.reading import open_hive
from tests.artifacts.test_sysprep_log import BEGIN, CLOSE, OPTIONS, TAG
from tests.builders.event_log import Logged, evt, evtx
from tests.builders.hive import REG_DWORD, HiveBuilder

NOON = FileTime.from_iso("2021-03-02T12:00:00Z")
LOGS = "%SystemRoot%/System32/winevt/Logs"
PANTHER = "%SystemRoot%/System32/Sysprep/Panther"


@pytest.fixture
def flat(tmp_path):
    """Return a function that lays files into one folder and describes an installation that has them: name, content, path it had."""

    def describe(files, **parts):
        for name, (content, _) in files.items():
            (tmp_path / name).write_bytes(content)
        paths = {path: name for name, (_, path) in files.items()}
        return Installation(DirectoryTree(tmp_path), None, {}, origin="collection", files=paths, **parts)

    return describe


def event_log():
    return evtx([Logged(7036, NOON, "Service Control Manager", computer="DESK-7")])


def test_an_installation_of_logs_alone_states_what_they_hold(flat):
    sysprep = (BEGIN + OPTIONS + TAG + CLOSE).encode()
    installation = flat({
        "desk7-system.evtx": (event_log(), f"{LOGS}/System.evtx"),
        "setupact.log": (sysprep, f"{PANTHER}/setupact.log"),
    })  # fmt: skip
    collected = collect(installation, strict=True)
    facts = FactSet(collected.facts)
    assert [fact.value.name for fact in facts.of(EVENT_COMPUTER_NAME)] == ["DESK-7"]
    assert [fact.source for fact in facts.of(EVENT_LOG_SPAN)] == ["desk7-system.evtx"]
    assert [(fact.place.file, fact.value.options) for fact in facts.of(SYSPREP_LOG)] == [
        ("setupact.log", ("generalize", "oobe", "shutdown", "mode"))
    ]
    assert {fact.place.file for fact in collected.facts} == {"desk7-system.evtx", "setupact.log"}
    assert "machine-sid" in {gap.artifact for gap in collected.gaps}
    assert (installation.id, installation.profiles, installation.hive_infos()) == ("files", [], [])


def test_an_installation_of_logs_of_nt_alone_states_what_they_hold(flat):
    installation = flat({"SysEvent.Evt": (evt([Logged(6009, NOON)]), "%SystemRoot%/System32/config/SysEvent.Evt")})
    asked = ["System", "Security", "Microsoft-Windows-Kernel-Boot/Operational"]
    assert [installation.why_not_looked(*log_paths(channel)) for channel in asked] == [None, "not-collected", "not-collected"]
    assert FactSet(collect(installation, strict=True).facts).of(EVENT_LOG_SPAN)


def test_a_system_root_without_hives_states_what_its_logs_hold(tmp_path):
    log = tmp_path / "Windows/System32/winevt/Logs/System.evtx"
    log.parent.mkdir(parents=True)
    log.write_bytes(event_log())
    installation = Installation(DirectoryTree(tmp_path), "Windows", {}, origin="collection")
    facts = FactSet(collect(installation, strict=True).facts)
    assert [fact.value.name for fact in facts.of(EVENT_COMPUTER_NAME)] == ["DESK-7"]
    assert (installation.id, installation.drive, installation.has_folders) == ("Windows", "", True)


def test_a_profile_alone_is_an_installation(tmp_path):
    user = HiveBuilder(file_name="NTUSER.DAT")
    user.key("Software")
    (tmp_path / "ann.dat").write_bytes(user.build())
    installation = Installation(DirectoryTree(tmp_path), None, {}, origin="collection", profile_paths={"ann.dat": {"NTUSER": "ann.dat"}})
    collect(installation, strict=True)
    assert [info.path for info in installation.hive_infos()] == ["ann.dat"]
    assert (installation.id, installation.holds_only_hives, installation.control_set) == ("hives", True, None)


def test_what_was_not_handed_in_was_not_looked_for(flat, tmp_path):
    whole = Installation(DirectoryTree(tmp_path), "Windows", {}, origin="collection")
    bare = Installation(DirectoryTree(tmp_path), None, {}, origin="collection")
    copy = Installation(DirectoryTree(tmp_path), "Windows", {}, origin="old", earlier_state_of="Windows")
    snapshot = Installation(DirectoryTree(tmp_path), "Windows", {}, origin="shadow-copy", earlier_state_of="Windows")
    files = flat({
        "System.evtx": (b"", f"{LOGS}/System.evtx"),
        "key": (b"", "%SystemDrive%/Documents and Settings/All Users/Application Data/Microsoft/Crypto/RSA/key"),
    })  # fmt: skip
    asked = [
        f"{LOGS}/System.evtx", f"{LOGS.upper()}/system.EVTX", f"{LOGS}/*.evtx", LOGS, "%SystemRoot%/Sys*/winevt",
        "%ProgramData%/Microsoft/Crypto",
        f"{LOGS}/Security.evtx", f"{LOGS}/System.evtx/more", "%SystemRoot%/Panther", "%SystemDrive%/System32", "%AppData%/Microsoft",
    ]  # fmt: skip
    assert [files.why_not_looked(path) for path in asked] == [None] * 6 + ["not-collected"] * 5
    assert {bare.why_not_looked(path) for path in asked} == {copy.why_not_looked(path) for path in asked} == {"only-hives"}
    assert {whole.why_not_looked(path) for path in asked} == {snapshot.why_not_looked(path) for path in asked} == {None}
    assert [one.holds_only_hives for one in (whole, bare, copy, snapshot, files)] == [False, True, True, False, False]
    assert {CODES[code].reason for code in ("not-collected", "only-hives")} == {"not-looked"}


def test_collected_files_are_a_tree_of_the_paths_that_they_had(tmp_path):
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_bytes(name.encode())
    files = CollectedFiles(DirectoryTree(tmp_path), {"%SystemRoot%/Panther/One.log": "a.log", "%SystemRoot%/inf/two.log": "b.log"})
    assert files.open(r"%systemroot%\PANTHER\one.LOG").read_all() == b"a.log"
    assert str(files.open("%SystemRoot%/inf/two.log").place) == "b.log"
    assert [(entry.name, entry.is_directory) for entry in files.list("%SystemRoot%")] == [("Panther", True), ("inf", True)]
    assert [(entry.name, entry.is_directory) for entry in files.list()] == [("%SystemRoot%", True)]
    assert list(matching(files, "%SystemRoot%/*/*.log")) == ["%SystemRoot%/Panther/One.log", "%SystemRoot%/inf/two.log"]
    assert [path for path, _ in Folder(files, "%SystemRoot%").walk()] == ["Panther", "inf", "inf/two.log", "Panther/One.log"]
    for absent in ("%SystemRoot%/Panther/two.log", "%SystemRoot%/Panther", "a.log", ""):
        with pytest.raises(NotFound) as caught:
            files.open(absent)
        assert caught.value.code == "no-file"
    for absent in ("%SystemRoot%/Panther/One.log", "%SystemDrive%", "Panther"):
        with pytest.raises(NotFound):
            files.list(absent)
    with pytest.raises(NotFound):
        files.open("%SystemRoot%/../%SystemRoot%/inf/two.log")


def test_problems_and_volume_of_collected_files_are_those_of_the_tree_in_which_they_lie(tmp_path):
    tree = DirectoryTree(tmp_path)
    files = CollectedFiles(tree, {})
    tree.volume = "p2"
    assert files.volume == "p2"
    assert files.problems is tree.problems
    assert list(files.salvage()) == files.list() == []


def control_sets(*numbers, **select):
    hive = HiveBuilder(file_name="SYSTEM")
    hive.key("Select")
    for number in numbers:
        hive.key(f"ControlSet{number:03}")
    for name in ("Setup", "ControlSet1", "ControlSet0001", "CurrentControlSet"):
        hive.key(name)
    for name, number in select.items():
        hive.value("Select", name, REG_DWORD, number)
    return open_hive(hive)


@pytest.mark.parametrize(("numbers", "select", "current"), [
    ((1, 2, 3), {"Current": 2, "Default": 1}, "ControlSet002"),
    ((1, 3), {"Current": 2, "Default": 3, "LastKnownGood": 1}, "ControlSet003"),
    ((1, 3), {"Current": 2, "Default": 2, "LastKnownGood": 3}, "ControlSet003"),
    ((2, 4), {"Failed": 4}, "ControlSet002"),
    ((2, 4), {"Current": 1 << 31}, "ControlSet002"),
])  # fmt: skip
def test_the_control_set_in_use_is_the_first_choice_that_is_there(numbers, select, current):
    system = control_sets(*numbers, **select)
    assert current_control_set(system) == current
    assert control_set_names(system) == [f"ControlSet{number:03}" for number in numbers]


def test_a_system_hive_without_control_sets_has_none():
    with pytest.raises(NotFound, match="no control set") as caught:
        current_control_set(control_sets(Current=1))
    assert caught.value.code == "no-key"


def test_a_shadow_copy_tells_when_it_was_made(tmp_path):
    volume = SimpleNamespace(shadow_copy=SimpleNamespace(created=NOON), snapshot=None)
    parts = {"origin": "shadow-copy", "earlier_state_of": "p2/Windows"}
    assert Installation(DirectoryTree(tmp_path), "Windows", {}, volume=volume, **parts).as_of == NOON
    assert (
        Installation(DirectoryTree(tmp_path), "Windows", {}, volume=SimpleNamespace(shadow_copy=None, snapshot=None), **parts).as_of is None
    )
    assert Installation(DirectoryTree(tmp_path), "Windows", {}, origin="active").as_of is None


@pytest.mark.parametrize(("name", "content", "failure", "code"), [
    ("SAM", None, NotFound, "no-hive"),
    ("SYSTEM", b"regf" + bytes(5000), Malformed, None),
])  # fmt: skip
def test_a_hive_fails_with_a_code_the_same_each_time(tmp_path, name, content, failure, code):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    folder = HiveFolder(DirectoryTree(tmp_path), {} if content is None else {name: name})
    failures = []
    for _ in range(2):
        with pytest.raises(failure) as caught:
            folder.hive(name)
        failures.append(caught.value)
    assert failures[0] is failures[1]
    assert failures[0].code in CODES
    assert code in {None, failures[0].code}
    assert folder.find_hive(name) is None


def test_a_store_that_no_volume_has_is_an_absent_hive(tmp_path):
    with pytest.raises(ForensicError, match="no volume here has a BCD hive") as caught:
        Installation(DirectoryTree(tmp_path), "Windows", {}, origin="active").hive("BCD")
    assert caught.value.code == "no-hive"
