"""Histories of two sides: what is common, what is private, and when both were at work, each with a good and a bad case."""

import struct

import pytest

from forensic.artifacts.logs.event_checkpoint import EVENT_CHECKPOINT, EventCheckpoint
from forensic.artifacts.logs.event_history import EVENT_CLOCK_CHANGE, EventClockChange
from forensic.artifacts.logs.machine_activity import MACHINE_ACTIVITY, MachineActivity
from forensic.artifacts.logs.registry_history import ALGORITHM, REGISTRY_HISTORY, KeyTime, RegistryHistory
from forensic.model import FileTime, ImageReport, InstallationReport, Product, SourceInfo, Tool
from forensic.model.time import TICKS_PER_SECOND
from forensic.reasoning.pair import Side, judge_pair
from forensic.reasoning.pair.copying import copying
from forensic.reasoning.pair.event_history import channel_histories, running_at_once
from forensic.reasoning.pair.history import histories, interleaved
from tests.builders.facts import fact

START = FileTime.from_iso("2024-01-01T00:00:00.0000000Z")
HOUR = 3600 * TICKS_PER_SECOND


def at(hours):
    return FileTime(START + int(hours * HOUR))


def side(*facts, name="PC"):
    one = InstallationReport("hives", "", "", "collection", Product(), "10", None, computer_name=name, facts=facts)
    return Side.of(ImageReport(Tool("forensic", "0", "x"), SourceInfo(name, "directory", 1), installations=(one,)), one)


def log(*records, channel="System"):
    packed = b"".join(struct.pack("<QQ16s", number, at(hours), text.encode()) for number, hours, text in records)
    return fact(EVENT_CHECKPOINT, EventCheckpoint(channel, 1, len(records), packed))


def keys(hive="SYSTEM", **times):
    sample = tuple(KeyTime(path, at(hours), number) for number, (path, hours) in enumerate(times.items()))
    return fact(REGISTRY_HISTORY, RegistryHistory(hive, len(sample), None, None, ALGORITHM, 1 << 32, sample))


def on(*spans):
    packed = b"".join(struct.pack("<QQQQBBBB", at(first), at(last), 1, 2, 0, 0, 0, 0) for first, last in spans)
    return fact(MACHINE_ACTIVITY, MachineActivity(3600, 0, 0, len(spans), packed))


COMMON = [(1, 1, "a"), (2, 2, "b"), (3, 3, "c")]


def test_records_that_are_the_same_come_before_the_fork_and_unlike_ones_after_it():
    (found,) = channel_histories(side(log(*COMMON, (4, 9, "x"))), side(log(*COMMON, (4, 7, "y"))))
    assert (found.after, found.before) == (at(3), at(7))
    assert ([one.record for one in found.a], [one.record for one in found.b]) == ([4], [4])
    assert not found.whole
    (same,) = channel_histories(side(log(*COMMON)), side(log(*COMMON)))
    assert same.whole
    assert same.before is None


def test_two_common_records_could_be_planted():
    (found,) = channel_histories(side(log(*COMMON[:2])), side(log(*COMMON[:2])))
    assert found.after is None


def test_logs_of_two_computers_have_nothing_in_common():
    (found,) = channel_histories(side(log(*COMMON)), side(log((1, 1, "p"), (2, 2, "q"), (3, 3, "r"))))
    assert (found.common, found.after) == ((), None)


def test_of_a_key_that_both_have_the_later_time_is_its_sides_own():
    a, b = side(keys(p=1, q=2, r=3, s=40, t=5)), side(keys(p=1, q=2, r=3, s=4, t=50))
    past = histories(a, b)
    assert past.parted_after == at(3)
    assert (past.private("a"), past.private("b")) == ((at(40),), (at(50),))
    assert past.hives[0].before == at(40)


@pytest.mark.parametrize(
    ("mine", "theirs", "two"),
    [
        ((10, 30, 50), (20, 40), True),
        ((10, 20, 30), (40, 50), False),  # put back to an earlier state: one after the other
        ((10,), (5, 20), False),
        ((10, 10.1), (10.02, 10.12), False),  # within what clocks may err
    ],
)
def test_two_computers_were_at_work_by_turns(mine, theirs, two):
    assert (interleaved(tuple(map(at, mine)), tuple(map(at, theirs))) is not None) == two


def test_spans_in_which_both_ran_count_from_ten_minutes_and_since_the_fork():
    a, b = side(on((0, 2), (10, 12), (20, 21))), side(on((1, 3), (11, 15), (20.9, 30)))
    assert running_at_once(a, b, 0) == [(at(1), at(2)), (at(11), at(12))]
    assert running_at_once(a, b, at(5)) == [(at(11), at(12))]


def test_what_a_clock_wrote_that_was_set_back_is_no_time_in_which_both_ran():
    def clock(back, ahead):
        return fact(EVENT_CLOCK_CHANGE, EventClockChange("System", 0, 1, int((ahead - back) * 3600), at(ahead), at(back), 9))

    b = side(on((1, 3), (11, 15), (20.5, 30)))
    assert running_at_once(side(on((0, 2), (10, 12), (20, 22)), clock(9, 12.5)), b, 0) == [(at(1), at(2)), (at(20.5), at(22))]
    assert len(running_at_once(side(on((0, 2), (10, 12), (20, 22)), clock(11.9, 12)), b, 0)) == 3  # six minutes: what clocks may err


def test_two_spans_at_once_are_two_computers_and_one_is_not():
    here, there = log(*COMMON, (4, 9, "x")), log(*COMMON, (4, 7, "y"))
    once = judge_pair(side(here, on((10, 12)), name="A"), side(there, on((11, 13)), name="B"))
    twice = judge_pair(side(here, on((10, 12), (20, 22)), name="A"), side(there, on((11, 13), (21, 23)), name="B"))
    assert once.separate_machines == "undetermined"
    assert once.relation == "duplicate-or-same-machine"
    assert twice.separate_machines == "yes"
    assert twice.relation == "duplicated-without-sysprep"
    assert twice.policy == "violation"


def test_a_log_that_goes_on_is_a_later_image_or_a_copy_and_the_same_log_twice_one_acquisition():
    assert judge_pair(side(log(*COMMON)), side(log(*COMMON))).relation == "same-acquisition"
    later = judge_pair(side(log(*COMMON)), side(log(*COMMON, (4, 5, "d"), (5, 6, "e"))))
    assert later.relation == "duplicate-or-same-machine"
    assert later.direction == "a-is-source"


def runs(*spans):
    """Runs of a machine: first and last hour, first and last record, how it ended; a last `True` where it begins after silence."""
    ends = {"record": 0, "stop": 1, "sleep": 2, "none": 3}
    packed = b"".join(
        struct.pack("<QQQQBBBB", at(first), at(last), one, other, not silent, ends[end], 0, 0)
        for first, last, one, other, end, *silent in spans
    )
    return fact(MACHINE_ACTIVITY, MachineActivity(3600, 0, 0, len(spans), packed))


FIRST = (1, 2, 10, 20, "stop")


@pytest.mark.parametrize(
    ("mine", "theirs", "name", "original"),
    [
        ((FIRST, (5, 9, 21, 40, "stop")), (FIRST, (6, 7, 21, 33, "stop")), "copied-while-off", ""),
        ((FIRST, (5, 9, 21, 40, "stop")), (FIRST, (5, 7, 21, 30, "none"), (8, 9, 31, 39, "stop")), "copied-while-running", "a"),
        ((FIRST, (5, 7, 21, 30, "record")), (FIRST, (5, 9, 21, 40, "record")), "copied-while-running", "b"),
        ((FIRST, (5, 7, 21, 30, "stop")), (FIRST, (5, 9, 21, 40, "stop")), None, None),  # stopped twice: a clock, or a machine put back
        (((1, 2, 10, 20, "none"),), ((1, 2, 10, 20, "none"),), None, None),
        (((5, 7, 21, 30, "record"), (9, 10, 31, 33, "stop", True)), ((5, 9, 21, 40, "stop"),), None, None),  # it went on after an hour
        ((FIRST,), ((3, 4, 10, 20, "stop"),), None, None),
    ],
)
def test_a_copy_of_a_running_machine_is_told_from_one_of_a_machine_that_was_off(mine, theirs, name, original):
    found = copying(side(runs(*mine), name="A"), side(runs(*theirs), name="B"))
    assert (found and found.evidence.name, found and found.original) == (name, original)
    back = copying(side(runs(*theirs), name="B"), side(runs(*mine), name="A"))
    assert (back and back.original) == ({"a": "b", "b": "a"}.get(original, original))
