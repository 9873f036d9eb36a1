"""Machine activity."""

from itertools import pairwise

import pytest

from forensic.artifacts.logs.machine_activity import INTERVAL_LIMIT, Interval, MachineActivity, machine_activity
from forensic.errors import NotFound
from forensic.eventlog.evt import EvtLog
from forensic.eventlog.evtx import EvtxLog
from forensic.model import FileTime
from tests.artifacts.test_event_log import NOON, log_of, state
from tests.builders.event_log import Logged, evt
from tests.builders.world import MINUTE
from tests.unit.test_event_log import LogFile

GENERAL, POWER = "Microsoft-Windows-Kernel-General", "Microsoft-Windows-Kernel-Power"


def at(minute, event_id=7036, provider="Service Control Manager"):
    return Logged(event_id, FileTime(int(NOON + minute * MINUTE)), provider)


def start(minute):
    return at(minute, 6005, "EventLog")


def stop(minute):
    return at(minute, 6006, "EventLog")


def activity(*events):
    (fact,), failure = state(machine_activity, log_of(list(events)))
    assert failure is None
    return fact.value


def intervals(*events):
    """Return of each interval its minutes after noon, and how it begins and ends."""
    return [((one.first_time - NOON) / MINUTE, (one.last_time - NOON) / MINUTE, one.begin, one.end) for one in activity(*events).intervals]


def test_from_a_start_to_a_stop():
    assert intervals(start(0), at(5), at(30), stop(40), start(50), at(55), stop(70)) == [
        (0, 40, "start", "stop"),
        (50, 70, "start", "stop"),
    ]


def test_records_are_named_by_their_numbers():
    (one,) = activity(start(0), at(5)).intervals
    assert one == Interval(NOON, NOON + 5 * MINUTE, 1, 2, "start", "record")


def test_a_stop_that_is_logged_behind_the_next_start_counts_at_its_time():
    """As Windows 10 does it: the kernel's events of the stop are written at the next start."""
    found = intervals(start(0), at(20), start(30), at(21, 13, GENERAL), at(29.9, 12, GENERAL), at(31))
    assert found == [(0, 21, "start", "stop"), (29.9, 31, "start", "record")]


def test_without_a_stop_the_last_record_ends_it():
    assert intervals(start(0), at(20), start(30)) == [(0, 20, "start", "none"), (30, 30, "start", "record")]


def test_sleep_ends_it():
    assert intervals(start(0), at(20, 42, POWER), at(45, 1, "Microsoft-Windows-Power-Troubleshooter")) == [
        (0, 20, "start", "sleep"),
        (45, 45, "record", "record"),
    ]


def test_silence_of_an_hour_ends_it_and_shorter_silence_does_not():
    assert intervals(at(0), at(59), at(120), at(150)) == [(0, 59, "record", "record"), (120, 150, "record", "record")]


def test_a_restart_within_a_minute_does_not_end_it():
    assert intervals(start(0), stop(10), start(10.5), at(20)) == [(0, 20, "start", "record")]


@pytest.mark.parametrize("number", [1074, 6008, 41])
def test_what_only_asks_for_a_stop_or_tells_of_one_ends_nothing(number):
    assert intervals(start(0), at(10, number, "User32"), at(30)) == [(0, 30, "start", "record")]


def test_the_old_format_states_intervals_too():
    (fact,), _ = state(machine_activity, EvtLog(LogFile(evt([start(0), at(5), stop(9), start(30)]))))
    assert [(one.begin, one.end) for one in fact.value.intervals] == [("start", "stop"), ("start", "record")]


def test_many_intervals_are_joined_where_only_silence_parts_them():
    value = activity(*(at(90 * number) for number in range(INTERVAL_LIMIT + 200)))
    assert (value.silence, value.count, value.intervals_omitted) == (7200, 1, 0)


def test_of_more_starts_than_are_kept_the_newest_are():
    value = activity(*(start(10 * number) for number in range(INTERVAL_LIMIT + 200)))
    assert (value.silence, value.count, value.intervals_omitted) == (3600, INTERVAL_LIMIT, 200)
    assert value.intervals[-1].last_time == NOON + 10 * (INTERVAL_LIMIT + 199) * MINUTE


def test_a_log_without_records_shows_nothing():
    facts, failure = state(machine_activity, log_of([]))
    assert (facts, type(failure)) == ([], NotFound)


def test_packed_bytes_of_a_foreign_report_may_be_anything():
    value = MachineActivity(3600, 0, 0, 7, b"\xff" * 36 + b"rest")
    assert len(value.intervals) == 1


def test_a_real_machine(real):
    log = EvtxLog(LogFile(real("machines/win10-rathbun/Logs/System.evtx").read_bytes()))
    (fact,), failure = state(machine_activity, log)
    assert failure is None
    found = fact.value.intervals
    assert len(found) == 12
    assert all(one.last_time < other.first_time for one, other in pairwise(found))
    assert {one.end for one in found} == {"record", "sleep", "none"}
