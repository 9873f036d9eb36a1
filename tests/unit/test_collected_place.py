"""Single files of a collection: where each lay on its own computer, and to which computer it goes."""

import pytest

from forensic import examine
from forensic.cli.outcome import exit_code
from forensic.model import FileTime
from forensic.sources.collected_place import LOGS, collected_place, is_renamed
from forensic.volumes.directory import DirectoryTree
from tests.builders.event_log import Logged, evt, evtx
from tests.builders.world import DAY, HOUR, World
from tests.scenarios.histories import begun, moved

NOW = FileTime.from_iso("2021-03-02T12:00:00Z")
PANTHER = b"2021-01-10 09:14:35, Info       [windeploy.exe] Windeploy: done\r\n"


def placed(folder, path, content=b""):
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return collected_place(DirectoryTree(folder), path)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("System.evtx", "%SystemRoot%/System32/winevt/Logs/System.evtx"),
        ("logs/PC7_Security.evtx", "%SystemRoot%/System32/winevt/Logs/Security.evtx"),
        ("PC7-Microsoft-Windows-LiveId%4Operational.evtx", "%SystemRoot%/System32/winevt/Logs/Microsoft-Windows-LiveId%4Operational.evtx"),
        ("odd.evtx", "%SystemRoot%/System32/winevt/Logs/odd.evtx"),
        ("Archive-Security-2021-01-02-03-04-05-678.evtx", f"{LOGS}/Archive-Security-2021-01-02-03-04-05-678.evtx"),
        ("odd [1].evtx", f"{LOGS}/odd _1_.evtx"),
        ("ForwardedEvents.evtx", None),
        ("odd.evt", None),
        ("EventLogs/SysEvent.Evt", "%SystemRoot%/System32/config/SysEvent.Evt"),
        ("setupapi.dev.log", "%SystemRoot%/INF/setupapi.dev.log"),
        ("C/Windows/inf/setupapi.dev.20230105_101112.log", "%SystemRoot%/INF/setupapi.dev.20230105_101112.log"),
        ("PC7_NetSetup.LOG", "%SystemRoot%/debug/NetSetup.LOG"),
        ("State.ini", "%SystemRoot%/Setup/State/State.ini"),
        ("DtcInstall.log", "%SystemRoot%/DtcInstall.log"),
        ("notes.txt", None),
        ("desktop.ini", None),
        ("mysetupapi.dev.log.txt", None),
    ],
)
def test_a_name_tells_the_place(tmp_path, path, place):
    assert placed(tmp_path, path) == place


@pytest.mark.parametrize(
    ("path", "content", "folder"),
    [
        ("Panther/setupact.log", b"", "Panther"),
        ("Panther/UnattendGC/setupact.log", b"", "Panther/UnattendGC"),
        ("Sysprep/Panther/setupact.log", b"", "System32/Sysprep/Panther"),
        ("setupact.log", PANTHER, "Panther/UnattendGC"),
        ("setupact.log", b"2021-01-10 09:14:35, Info SYSPRP ========= Beginning of a new sysprep run\r\n", "System32/Sysprep/Panther"),
        ("setupact.log", b"2021-01-10 09:14:35, Info IBS Setup\r\n", "Panther"),
        ("PC7_setuperr.log", "2021-01-10 09:14:35, Error SYSPRP x".encode("utf-16"), "System32/Sysprep/Panther"),
    ],
)
def test_the_logs_of_setup_are_told_by_folder_or_content(tmp_path, path, content, folder):
    assert placed(tmp_path, path, content) == f"%SystemRoot%/{folder}/{path.rpartition('/')[2][-12:]}"


@pytest.mark.parametrize(
    ("name", "renamed"),
    [
        ("System.evtx", False),
        ("PC7_Security.evtx", False),
        ("SysEvent.Evt", False),
        ("export.evtx", True),
        ("old.evt", True),
        ("x.log", False),
    ],
)
def test_a_log_under_the_name_of_its_channel_is_known(name, renamed):
    assert is_renamed(f"a/{name}") == renamed


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (evtx([Logged(1, NOW)], channel="Microsoft-Windows-Sysmon/Operational"), "winevt/Logs/Microsoft-Windows-Sysmon%4Operational.evtx"),
        (evt([Logged(1, NOW, "Security")]), "config/SecEvent.Evt"),
    ],
)
def test_the_content_of_a_renamed_log_tells_its_channel(tmp_path, content, place):
    assert placed(tmp_path, "export.evtx", content) == f"%SystemRoot%/System32/{place}"


def flat(folder, life, prefix=""):
    """Lay all files of a life into one folder, as collectors do that keep no paths; of equal names the first stays."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in life.drive().items():
        name = path.rpartition("/")[2]
        if not (folder / f"{prefix}{name}").exists():
            (folder / f"{prefix}{name}").write_bytes(content)
    return folder


def test_logs_beside_flat_hives_are_read(tmp_path):
    life, _ = moved(7, "10")
    report = examine(flat(tmp_path / "one", life), strict=True)
    (found,) = [one for one in report.installations if one.earlier_state_of is None]
    kinds = {fact.kind for fact in found.facts}
    assert {"event-computer-name", "setup-log-span", "network-setup", "specialize-run", "device-census"} <= kinds
    assert not [gap for gap in found.gaps if gap.code == "only-hives"]
    logs = sum(path.stat().st_size for path in (tmp_path / "one").glob("*.evtx"))
    assert report.source.size > logs + sum(hive.size for hive in found.hives)


def test_event_logs_alone_are_an_installation_of_which_little_is_known(tmp_path):
    life, _ = begun(8, "10")
    for path, content in life.drive().items():
        if path.endswith(".evtx"):
            (tmp_path / path.rpartition("/")[2]).write_bytes(content)
    (found,) = examine(tmp_path, strict=True).installations
    assert found.verdict.policy == "undetermined"
    assert life.state.name in {fact.value.name for fact in found.facts if fact.kind == "event-computer-name"}


def test_a_folder_of_other_files_holds_no_installation(tmp_path):
    (tmp_path / "notes.txt").write_bytes(b"text")
    report = examine(tmp_path, strict=True)
    assert report.installations == ()
    assert [one.path for one in report.source.set_aside] == ["notes.txt"]


def test_an_earlier_copy_is_told_by_its_name(tmp_path):
    life, start = begun(9, "8.1")
    before = {path.rpartition("/")[2]: data for path, data in life.files().items() if path.startswith("Windows/System32/config/")}
    life.change_sid(start + 250 * DAY).use(start + 300 * DAY + HOUR)
    folder = flat(tmp_path / "one", life)
    for name in ("SAM", "SECURITY", "SYSTEM", "SOFTWARE"):
        (folder / f"RegBack_{name}").write_bytes(before[name])
    now, then = examine(folder, strict=True).installations
    assert (then.earlier_state_of, then.origin) == (now.id, "old")
    assert now.verdict.history == "sid-changed"


def test_each_log_goes_to_the_computer_in_whose_folder_it_lies(tmp_path):
    World(1)
    for number, name in ((10, "a"), (11, "b")):
        life, _ = begun(number, "10")
        life.rename(f"PC-{name.upper()}", life.state.last_use)
        flat(tmp_path / name, life)
    for one in examine(tmp_path, strict=True).installations:
        assert {fact.place.file.partition("/")[0] for fact in one.facts if fact.place.file} == {one.id}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"REGEDIT4\r\n[HKEY_LOCAL_MACHINE]", "a text export of Regedit"),
        ("\ufeffWindows Registry Editor Version 5.00".encode("utf-16-le"), "a text export of Regedit"),
        (b"partclone-image" + bytes(600), "Partclone"),
        (b"MSWIM\0\0\0" + bytes(600), "not opened: "),
        (b"vhdxfile" + bytes(600), "not opened: "),
    ],
)
def test_what_may_hold_a_windows_is_named_and_never_means_that_none_is_there(tmp_path, content, said):
    (tmp_path / "one.bin").write_bytes(content)
    report = examine(tmp_path, strict=True)
    assert report.installations == ()
    assert [said in problem.what for problem in report.problems if problem.severity == "error"] == [True]
    assert exit_code(report) == 3


def test_an_archive_beside_hives_is_set_aside_without_a_problem(tmp_path):
    life, _ = begun(12, "10")
    flat(tmp_path, life)
    (tmp_path / "one.gz").write_bytes(b"\x1f\x8b\x08" + bytes(600))
    report = examine(tmp_path, strict=True)
    assert "gzip" in next(one.why for one in report.source.set_aside if one.path == "one.gz")
    assert not [problem for problem in report.problems if problem.severity == "error"]


def test_only_files_of_no_kind_mean_that_nothing_is_there(tmp_path):
    (tmp_path / "notes.txt").write_bytes(b"text")
    assert exit_code(examine(tmp_path, strict=True)) == 4
