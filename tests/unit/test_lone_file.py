"""A single file as a source: one hive, event log or setup log."""

import os
import zipfile
from pathlib import Path

import pytest

from forensic import examine
from forensic.cli.outcome import exit_code
from forensic.errors import NotFound, Unsupported
from forensic.model import FileTime
from forensic.sources import DiskSource, open_source
from forensic.sources.collected_place import place_by_content
from forensic.sources.lone_file import LoneFileSource
from forensic.storage.meter import ReadMeter
from forensic.volumes.directory import DirectoryTree
from forensic.volumes.lone_file import LoneFile
from tests.builders.event_log import Logged, evt, evtx
from tests.builders.hive import HiveBuilder

NOON = FileTime.from_iso("2021-03-02T12:00:00Z")
SID = "S-1-5-21-1004336348-1177238915-682003330"
PANTHER = b"2021-01-10 09:14:35, Info       [0x0601c1] IBS    InstallWindows:Install Path = C:\\Windows\r\n"


def log(form=evtx, channel="System"):
    events = [Logged(6005, NOON, "EventLog", "PC-7"), Logged(7001, NOON + 9, "Service Control Manager", "PC-7", f"{SID}-1001")]
    return form(events, channel=channel) if form is evtx else form(events)


def hive(*paths):
    built = HiveBuilder(file_name="HIVE")
    for path in paths:
        built.key(path)
    return built.build()


def report_of(folder, name, content):
    (folder / name).write_bytes(content)
    return examine(folder / name, strict=True)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("System.evtx", log()), ("export of today.evtx", log()), ("no name of a log", log()), ("SysEvent.Evt", log(evt)),
        ("old.evt", log(evt)), ("an old one", log(evt)),
    ],
)  # fmt: skip
def test_an_event_log_states_name_and_sid_and_decides_nothing(tmp_path, name, content):
    report = report_of(tmp_path, name, content)
    (one,) = report.installations
    assert (one.computer_name, one.machine_sid, one.origin) == ("PC-7", SID, "collection")
    assert {"event-log-span", "event-computer-name", "event-user-sid"} <= {fact.kind for fact in one.facts}
    assert {fact.place.file for fact in one.facts} == {name}
    assert (one.verdict.history, exit_code(report)) == ("undetermined", 3)
    assert (report.source.format, report.source.size) == ("file", len(content))
    assert report.problems == ()


def test_a_channel_of_which_nothing_is_known_states_its_span_too(tmp_path):
    (one,) = report_of(tmp_path, "x.evtx", log(channel="Contoso/Operational [1]*")).installations
    assert one.computer_name == "PC-7"
    (one,) = report_of(tmp_path, "y.evtx", log(channel="Contoso/Operational")).installations
    (span,) = [fact.value for fact in one.facts if fact.kind == "event-log-span"]
    assert (span.channel, span.records) == ("Contoso/Operational", 2)


def test_nothing_else_of_the_folder_is_looked_at(tmp_path):
    (tmp_path / "Security.evtx").write_bytes(log(channel="Security"))
    report = report_of(tmp_path, "System.evtx", log())
    assert {fact.place.file for fact in report.installations[0].facts} == {"System.evtx"}


@pytest.mark.parametrize("name", ["setupact.log", "PC7_setupact.log", "panther.txt"])
def test_a_log_of_setup_is_known_by_name_or_content(tmp_path, name):
    report = report_of(tmp_path, name, PANTHER)
    (one,) = report.installations
    assert (one.verdict.history, exit_code(report), report.source.format) == ("undetermined", 3, "file")


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (PANTHER, "Panther/setupact.log"),
        (b"\xef\xbb\xbf2020-07-31 02:39:03, Info          SYSPRP ==== Beginning of a new run\r\n", "System32/Sysprep/Panther/setupact.log"),
        (PANTHER.replace(b"[0x0601c1] IBS", b"[windeploy.exe]"), "Panther/UnattendGC/setupact.log"),
        (PANTHER.decode().encode("utf-16"), "Panther/setupact.log"),
        (b"12-07-2019 09:17 : DTC Install error = 0, Enter MsDtcAdvancedInstaller::Configure\r\n", "DtcInstall.log"),
        (b"[ 6/ 5 13:04:47] 640.644>  - In LsapSetRandomDomainSid()\r\n", "lsasetup.log"),
        (b"08/20/2020 20:50:43:617 NetpDoDomainJoin\r\n", "debug/NetSetup.LOG"),
        (b"*******Initializing Message Log:TSSysprep.dll 07/23/12 15:10:54\r\n", "TSSysprep.log"),
        (b"[Device Install Log]\r\n>>>  [Sysprep Specialize - {3e17}]\r\n", "INF/setupapi.setup.log"),
        (b"[Device Install Log]\r\n>>>  [Device Install (Hardware initiated)]\r\n", "INF/setupapi.dev.log"),
        (b"[State]\r\nImageState=IMAGE_STATE_COMPLETE\r\n", "Setup/State/State.ini"),
        (b"2021-01-10 09:14:35, Info                  CBS    Starting TrustedInstaller\r\n", None),
        (b"2021-01-10 09:14:35, Info                  DISM   API: PID=1\r\n", None),
        (b"hello\r\n", None),
        (b"", None),
    ],
)  # fmt: skip
def test_the_content_tells_the_log(tmp_path, content, place):
    (tmp_path / "x").write_bytes(content)
    assert place_by_content(DirectoryTree(tmp_path), "x") == (None if place is None else f"%SystemRoot%/{place}")


@pytest.mark.parametrize(
    ("name", "keys", "kept"),
    [("NTUSER.DAT", ["Software\\Microsoft"], "NTUSER"), ("anything", ["Select", "ControlSet001\\Control"], "SYSTEM")],
)
def test_a_hive_is_examined_and_known_to_be_one_of_many(tmp_path, name, keys, kept):
    report = report_of(tmp_path, name, hive(*keys))
    (one,) = report.installations
    assert [info.path for info in one.hives] == [name]
    assert [(problem.code, problem.where) for problem in report.problems] == [("single-file", name)]
    assert (one.verdict.history, exit_code(report)) == ("undetermined", 3)
    assert kept in {fact.place.hive for fact in one.facts} | {gap.place.hive for gap in one.gaps}


def test_the_classes_of_a_user_are_known_behind_many_kinds_of_files(tmp_path):
    report = report_of(tmp_path, "UsrClass.dat", hive(*(f".{number:03}" for number in range(100)), "Local Settings\\Software"))
    assert (len(report.installations), report.source.set_aside) == (1, ())


def test_a_hive_that_is_not_examined_is_no_proof_of_absence(tmp_path):
    report = report_of(tmp_path, "COMPONENTS", hive("DerivedData"))
    assert (report.installations, exit_code(report)) == ((), 3)
    assert [(problem.code, problem.what) for problem in report.problems] == [
        ("not-opened", "a registry hive of a kind that is not examined")
    ]
    assert report.source.size == (tmp_path / "COMPONENTS").stat().st_size


@pytest.mark.parametrize("name", ["SAM", "ntuser.dat", "SYSTEM"])
def test_a_hive_that_was_overwritten_is_no_disk(tmp_path, name):
    report = report_of(tmp_path, name, bytes(8192))
    assert exit_code(report) == 3
    assert "does not begin like one" in report.problems[0].what


def test_an_event_log_that_was_overwritten_is_no_disk(tmp_path):
    report = report_of(tmp_path, "Security.evtx", bytes(70_000))
    assert exit_code(report) == 3
    assert [(problem.code, problem.where) for problem in report.problems] == [("event-log-damaged", "Security.evtx")]


def test_the_transaction_logs_beside_a_hive_are_used_and_a_link_is_not(tmp_path):
    for name in ("SYSTEM", "SYSTEM.LOG1", "SYSTEM.log2", "SYSTEM.txt", "elsewhere"):
        (tmp_path / name).write_bytes(hive("Select"))
    (tmp_path / "SYSTEM.LOG").symlink_to(tmp_path / "elsewhere")
    source = open_source(str(tmp_path / "SYSTEM"), ReadMeter())
    assert isinstance(source, LoneFileSource)
    assert [entry.name for entry in source.tree.list()] == ["SYSTEM", "SYSTEM.LOG1", "SYSTEM.log2"]
    assert source.tree.open("SYSTEM.LOG2").path == "SYSTEM.log2"
    for path in ("elsewhere", "Folder/SYSTEM", "../elsewhere"):
        with pytest.raises(NotFound):
            source.tree.open(path)
    with pytest.raises(NotFound):
        source.tree.list("Windows")


def test_a_transaction_log_alone_says_what_to_give(tmp_path):
    (tmp_path / "SYSTEM.LOG1").write_bytes(hive("Select"))
    with pytest.raises(Unsupported, match="give the hive"):
        open_source(str(tmp_path / "SYSTEM.LOG1"), ReadMeter())


def test_any_other_text_is_no_disk(tmp_path):
    report = report_of(tmp_path, "notes.txt", b"hello\r\n" * 100)
    assert (report.source.format, exit_code(report)) == ("unreadable", 5)
    assert "text file" in report.problems[0].what


@pytest.mark.parametrize("content", [bytes(4096), b"\xeb\x52\x90NTFS    \0\x02\x08" + bytes(2000), b"\x33\xc0" + bytes(510)])
def test_what_may_be_a_disk_stays_one(tmp_path, content):
    (tmp_path / "disk.raw").write_bytes(content)
    assert isinstance(open_source(str(tmp_path / "disk.raw"), ReadMeter()), DiskSource)


@pytest.mark.parametrize(("name", "content"), [("x.evtx", log()), ("SYSTEM", hive("Select")), ("panther.txt", PANTHER)])
def test_a_zip_with_one_such_file_is_no_image(tmp_path, name, content):
    with zipfile.ZipFile(tmp_path / "one.zip", "w") as archive:
        archive.writestr(f"folder/{name}", content)
    report = examine(tmp_path / "one.zip", strict=True)
    assert (report.source.format, len(report.installations), exit_code(report)) == ("zip", 1, 3)
    assert report.source.size == len(content)


def test_a_name_that_is_no_text_is_shown_and_found(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.evtx"))
    path.write_bytes(log())
    tree = LoneFile(str(path))
    assert [entry.name for entry in tree.list()] == ["\\xff.evtx".replace("\\", "%")]
    assert tree.open("%xff.evtx").size == len(log())
