"""Event logs among the evidence: which are read, and what becomes of their damage."""

from forensic import examine
from forensic.cli.outcome import exit_code
from forensic.eventlog import log as event_log
from forensic.model import FileTime
from forensic.reasoning.binding import belonging
from forensic.reasoning.subject import Subject
from tests.builders.event_log import Logged, evtx
from tests.scenarios.histories import begun

NOON = FileTime.from_iso("2021-03-02T12:00:00Z")
LOGS = "Windows/System32/winevt/Logs"


def log(channel="System", computer="PC-7", count=3, **parts):
    events = [Logged(7036, NOON + number, "Service Control Manager", computer) for number in range(count)]
    return evtx(events, channel=channel, **parts)


def examined(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return examine(folder, strict=True)


def channels(one):
    return sorted(fact.value.channel for fact in one.facts if fact.kind == "event-log-span")


def test_a_log_that_counts_fewer_chunks_than_it_has_is_damaged_evidence(tmp_path):
    report = examined(tmp_path, {"System.evtx": evtx([Logged(1, NOON + one) for one in range(3)], per_chunk=1, count=0)})
    (problem,) = report.problems
    (one,) = report.installations
    assert (problem.code, problem.where, problem.installation) == ("event-log-damaged", "System.evtx", one.id)
    assert problem.is_incomplete
    assert exit_code(report) == 3
    assert [fact.value.records for fact in one.facts if fact.kind == "event-log-span"] == [3]


def test_a_log_that_is_too_large_is_sampled_and_not_incomplete(tmp_path, monkeypatch):
    monkeypatch.setattr(event_log, "RECORD_LIMIT", 20)
    report = examined(tmp_path, {"System.evtx": log(count=100)})
    assert [(problem.code, problem.is_incomplete) for problem in report.problems] == [("event-log-sampled", False)]


def test_any_channel_is_read_of_collected_files_but_events_of_other_computers(tmp_path):
    files = {
        "a/System.evtx": log(), "a/Contoso.evtx": log("Contoso/Operational"), "a/ODD.EVTX": log("Other [1]/*"), "a/empty.evtx": evtx([]),
        "a/ForwardedEvents.evtx": log("Security", "ELSEWHERE"),
    }  # fmt: skip
    report = examined(tmp_path, files)
    (one,) = report.installations
    assert channels(one) == ["Contoso/Operational", "ODD", "System", "empty"]
    assert {fact.value.name for fact in one.facts if fact.kind == "event-computer-name"} == {"PC-7"}
    assert [aside.path for aside in report.source.set_aside] == ["a/ForwardedEvents.evtx"]


def test_of_two_logs_of_one_channel_the_one_with_its_name_is_read(tmp_path):
    report = examined(tmp_path, {"a/export.evtx": log(count=9), "b/System.evtx": log(count=4)})
    assert [aside.path for aside in report.source.set_aside] == ["a/export.evtx"]
    (one,) = report.installations
    assert [fact.value.records for fact in one.facts if fact.kind == "event-log-span"] == [4]


def test_the_archive_of_a_full_log_is_read_beside_the_log_that_goes_on(tmp_path):
    archive = "Archive-Security-2021-01-02-03-04-05-678.evtx"
    (one,) = examined(tmp_path, {archive: log("Security", count=9), "Security.evtx": log("Security", count=4)}).installations
    assert channels(one) == [archive.removesuffix(".evtx"), "Security"]


def test_of_a_whole_windows_only_the_named_channels_are_read(tmp_path):
    life, _ = begun(7, "10")
    added = {
        f"{LOGS}/Contoso%4Operational.evtx": log("Contoso/Operational"),
        f"{LOGS}/Microsoft-Windows-Sysmon%4Operational.evtx": log("Microsoft-Windows-Sysmon/Operational"),
    }
    (one,) = examined(tmp_path, {**life.drive(), **added}).installations[:1]
    assert {"System", "Microsoft-Windows-Sysmon/Operational"} <= {*channels(one)}
    assert "Contoso/Operational" not in channels(one)


def test_a_log_of_another_computer_is_set_aside_with_all_that_it_says(tmp_path):
    life, _ = begun(7, "10")
    guid = "{747f3d96-ca4b-5ec9-0000-0010b8cb3700}"
    events = [Logged(1, NOON + one, "Microsoft-Windows-Sysmon", "STRANGER", data={"ProcessGuid": guid}) for one in range(3)]
    sysmon = evtx(events, channel="Microsoft-Windows-Sysmon/Operational")
    report = examined(tmp_path, {**life.drive(), f"{LOGS}/Microsoft-Windows-Sysmon%4Operational.evtx": sysmon})
    (told,) = belonging(Subject.of(report, report.installations[0].id)).contradictions
    assert told.name == "foreign-event-log"
    assert {"event-log-span", "machine-guid-prefix"} <= {fact.kind for fact in told.facts}
