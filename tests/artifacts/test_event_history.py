"""What single events say: renames, starts, clock changes, shutdowns, cleared logs."""

import pytest

from forensic.artifacts.logs import event_history
from forensic.artifacts.logs.event_history import (
    FACT_LIMIT,
    BootedRelease,
    EventBoots,
    EventClockChange,
    EventLogCleared,
    EventRename,
    EventShutdownRequest,
    event_boots,
    event_clock_change,
    event_clock_change_security,
    event_log_cleared,
    event_log_cleared_security,
    event_rename,
    event_shutdown_request,
)
from forensic.errors import Malformed, NotFound
from forensic.eventlog.evt import EvtLog
from forensic.eventlog.evtx import EvtxLog
from forensic.model import FileTime
from tests.artifacts.test_event_log import state
from tests.builders.event_log import Logged, evt, evtx
from tests.unit.test_event_log import LogFile

NOON = FileTime.from_iso("2021-03-02T12:00:00Z")
MINUTE = 60 * 10_000_000
GENERAL, AUDITING, EVENTLOG = "Microsoft-Windows-Kernel-General", "Microsoft-Windows-Security-Auditing", "Microsoft-Windows-Eventlog"


def new(events):
    return EvtxLog(LogFile(evtx(events)))


def old(events):
    return EvtLog(LogFile(evt(events)))


def values(read, log):
    facts, failure = state(read, log)
    assert failure is None
    return [fact.value for fact in facts]


def at(minutes):
    return FileTime(NOON + minutes * MINUTE)


def system():
    return [
        Logged(6009, at(0), data=["10.00.", "19045", "", "Multiprocessor Free"]),
        Logged(6005, at(0)),
        Logged(6011, at(1), data=["WIN-A", "DESK-1"]),
        Logged(1074, at(2), "User32", data=["C:\\x\\winlogon.exe (WIN-A)", "DESK-1", "Upgrade", "0x80020003", "restart", "", "SYSTEM"]),
        Logged(6006, at(2)),
        Logged(6009, at(3), data=["10.00.", "22631", "", "Multiprocessor Free"]),
        Logged(6005, at(3)),
        Logged(6008, at(3), data=["12:50:29", "8/7/2020"]),
        Logged(1074, at(4), "User32", data=["C:\\x\\winlogon.exe (WIN-A)", "DESK-1", "Upgrade", "0x80020003", "restart", "", "SYSTEM"]),
        Logged(
            1074, at(5), "USER32", data=["C:\\s\\Sysprep\\sysprep.exe (DESK-1)", "DESK-1", "Other", "0x0", "shutdown", "", "DESK-1\\ann"]
        ),
        Logged(104, at(6), EVENTLOG, user_data="LogFileCleared", data={"SubjectUserName": "ann", "Channel": "Application"}),
    ]


@pytest.mark.parametrize("kind", [new, old])
def test_states_a_rename(kind):
    assert values(event_rename, kind(system())) == [EventRename("WIN-A", "DESK-1", 3, at(1))]


@pytest.mark.parametrize("kind", [new, old])
def test_states_starts_stops_and_releases(kind):
    releases = (BootedRelease("10.00. 19045", 1, at(0)), BootedRelease("10.00. 22631", 6, at(3)))
    assert values(event_boots, kind(system())) == [EventBoots(2, 1, 1, at(0), at(3), at(2), releases)]


@pytest.mark.parametrize("kind", [new, old])
def test_states_who_asked_for_a_shutdown_sysprep_first(kind):
    assert values(event_shutdown_request, kind(system())) == [
        EventShutdownRequest("C:\\s\\Sysprep\\sysprep.exe (DESK-1)", "shutdown", "Other", 1, 10, at(5), at(5)),
        EventShutdownRequest("C:\\x\\winlogon.exe (WIN-A)", "restart", "Upgrade", 2, 4, at(2), at(4)),
    ]


def test_states_a_cleared_log():
    assert values(event_log_cleared, new(system())) == [EventLogCleared("Application", "ann", 11, at(6))]


def test_states_that_the_security_log_was_cleared():
    cleared = Logged(1102, at(0), EVENTLOG, user_data="LogFileCleared", data={"SubjectUserName": "ann"}, record_id=77)
    assert values(event_log_cleared_security, new([cleared])) == [EventLogCleared("Security", "ann", 77, at(0))]
    cleared = Logged(517, at(0), "Security", data=["SYSTEM", "NT AUTHORITY", "(0x0,0x3E7)", "ann", "DESK-1", "(0x0,0x1)"])
    assert values(event_log_cleared_security, old([cleared])) == [EventLogCleared("Security", "ann", 1, at(0))]


def test_says_nothing_where_no_event_does():
    quiet = new([Logged(7036, at(0), "Service Control Manager"), Logged(6011, at(1), "Another source", data=["A", "B"])])
    reads = (event_rename, event_clock_change, event_shutdown_request, event_log_cleared, event_log_cleared_security)
    assert [values(read, quiet) for read in reads] == [[]] * 5
    assert isinstance(state(event_boots, quiet)[1], NotFound)


def change(provider, number, old_name, before, after):
    return Logged(number, at(after), provider, data={"NewTime": str(at(after)), old_name: str(at(before))})


@pytest.mark.parametrize(
    ("read", "provider", "number", "old_name", "channel"),
    [
        (event_clock_change, GENERAL, 1, "OldTime", "System"),
        (event_clock_change_security, AUDITING, 4616, "PreviousTime", "Security"),
    ],
)
def test_states_clock_changes_and_the_largest_step_back(read, provider, number, old_name, channel):
    steps = [(0, 0.5), (1, 60), (60, 50), (50, 5), (5, 100), (100, 99.5)]
    log = new([change(provider, number, old_name, int(before * 2) / 2, after) for before, after in steps])
    assert values(read, log) == [EventClockChange(channel, 2, 2, 45 * 60, at(50), at(5), 4)]


def test_small_clock_changes_are_not_stated():
    assert values(event_clock_change, new([change(GENERAL, 1, "OldTime", 0, 0.1)])) == []


def test_a_clock_change_without_times_is_a_gap_and_leaves_the_others():
    log = new([Logged(1, at(0), GENERAL, data={"NewTime": "noon"}), change(GENERAL, 1, "OldTime", 60, 5)])
    facts, failure = state(event_clock_change, log)
    assert [fact.value.back for fact in facts] == [1]
    assert isinstance(failure, Malformed)


@pytest.mark.parametrize(
    ("read", "event"), [(event_rename, Logged(6011, NOON, data=["A"])), (event_shutdown_request, Logged(1074, NOON, "USER32"))]
)
def test_an_event_without_its_strings_is_a_gap(read, event):
    facts, failure = state(read, new([event]))
    assert not facts
    assert isinstance(failure, Malformed)


def test_facts_are_bounded():
    many = new([Logged(6011, at(number), data=[f"A{number}", f"A{number + 1}"]) for number in range(FACT_LIMIT + 10)])
    assert len(values(event_rename, many)) == FACT_LIMIT


def test_decoded_events_are_bounded_and_the_gap_says_so(monkeypatch):
    monkeypatch.setattr(event_history, "DECODE_LIMIT", 2)
    facts, failure = state(
        event_clock_change, new([change(GENERAL, 1, "OldTime", 60, 5)] * 1 + [change(GENERAL, 1, "OldTime", 60, 6) for _ in range(4)])
    )
    assert facts[0].value.back == 2
    assert "5 such events; only the values of the first 2 were read" in str(failure)


def test_states_the_history_of_a_real_machine(real):
    log = EvtxLog(LogFile(real("logs/desktop-2kgm189-2017-system.evtx").read_bytes()))
    (rename,) = values(event_rename, log)
    assert (rename.old, rename.new, rename.record, str(rename.time)) == (
        "WIN-P4SIAA0SQCO", "DESKTOP-2KGM189", 174, "2017-07-12T17:18:17.7723848Z",
    )  # fmt: skip
    (boots,) = values(event_boots, log)
    assert (boots.starts, boots.stops, [release.version for release in boots.releases]) == (3, 2, ["10.00. 15063"])
    (clock,) = values(event_clock_change, log)
    assert (clock.forward, clock.back, clock.largest_back, clock.record) == (167, 1, 35999, 218)
    assert [request.process for request in values(event_shutdown_request, log)] == [
        "C:\\Windows\\system32\\winlogon.exe (MINWINPC)", "msiexec.exe",
    ]  # fmt: skip
    assert [(cleared.channel, cleared.user) for cleared in values(event_log_cleared, log)] == [
        ("Microsoft-Windows-Sysmon/Operational", "tony"), ("Microsoft-Windows-Sysmon/Operational", "tony"),
    ]  # fmt: skip


def test_states_the_starts_of_a_real_windows_xp(real):
    (boots,) = values(event_boots, EvtLog(LogFile(real("logs/wks-winxp32bit-SysEvent.Evt").read_bytes())))
    assert (boots.starts, boots.stops) == (24, 18)
    assert [release.version for release in boots.releases] == ["5.01. 2600 Service Pack 2", "5.01. 2600 Service Pack 3"]
