"""Event history: which records of event logs two sides have in common, which each has of its own, and when both were running."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from forensic.artifacts.logs.event_checkpoint import EVENT_CHECKPOINT, Checkpoint
from forensic.artifacts.logs.event_history import EVENT_CLOCK_CHANGE
from forensic.artifacts.logs.machine_activity import MACHINE_ACTIVITY
from forensic.artifacts.logs.text_log_prefix import TEXT_LOG_PREFIX, Prefix
from forensic.artifacts.storage.usn_checkpoint import USN_CHECKPOINT
from forensic.model import FileTime
from forensic.model.time import TICKS_PER_SECOND
from forensic.reasoning.pair.side import Side

JOURNAL = "$UsnJrnl"
"""Name of the volume's change journal among the logs: its records are numbered by their offsets."""
ENOUGH_RECORDS = 3
"""Common records from which on two logs were one: fewer could be planted."""
OVERLAP = 10 * 60 * TICKS_PER_SECOND
"""Ticks: both running at once for a shorter time may be an error of the clocks."""
TWICE = 2
"""Disjoint spans in which both were running, from which on they are two computers."""


class ChannelHistory(msgspec.Struct, frozen=True):
    """One log on both sides, by its checkpoints."""

    channel: str
    common: tuple[Checkpoint, ...]
    """Records with one number, time and content, in order."""
    a: tuple[Checkpoint, ...]
    """Records of A behind the last common one, or with a number that says otherwise in B; none where too few are common for one log."""
    b: tuple[Checkpoint, ...]
    before: int | None
    """The earliest time of a record that says another thing on the other side under the same number."""
    whole: bool
    """Whether every checkpoint of both is common: the logs end alike."""

    @property
    def after(self) -> int | None:
        """The latest common time, where enough records say so."""
        return max(int(one.time) for one in self.common) if len(self.common) >= ENOUGH_RECORDS else None


def channel_histories(a: Side, b: Side) -> tuple[ChannelHistory, ...]:
    """Lay the logs of two sides side by side, channel by channel."""
    mine, theirs = (dict(_checkpoints(side)) for side in (a, b))
    return tuple(_channel(name, mine[name], theirs[name]) for name in sorted(mine.keys() & theirs.keys()))


def _checkpoints(side: Side) -> Iterator[tuple[str, list[Checkpoint]]]:
    for fact in side.subject.facts.of(EVENT_CHECKPOINT):
        yield fact.value.channel, fact.value.records
    for journal in side.subject.facts.of(USN_CHECKPOINT):
        yield JOURNAL, [Checkpoint(record.usn, record.time, record.hash) for record in journal.value.records]


def _channel(name: str, one: list[Checkpoint], other: list[Checkpoint]) -> ChannelHistory:
    mine, theirs = ({entry.record: entry for entry in side} for side in (one, other))
    met = sorted(mine.keys() & theirs.keys())
    common = tuple(mine[number] for number in met if mine[number] == theirs[number])
    unlike = [number for number in met if mine[number] != theirs[number]]
    last = common[-1].record if common else -1

    def own(side: dict[int, Checkpoint]) -> tuple[Checkpoint, ...]:
        if len(common) < ENOUGH_RECORDS:  # logs of which nothing says that they were one tell nothing of what came after
            return ()
        return tuple(entry for number, entry in sorted(side.items()) if number in unlike or (number > last and number not in met))

    before = min((int(min(mine[number].time, theirs[number].time)) for number in unlike if number > last), default=None)
    return ChannelHistory(name, common, own(mine), own(theirs), before, bool(common) and len(common) == len(one) == len(other))


def running_at_once(a: Side, b: Side, after: int) -> list[tuple[FileTime, FileTime]]:
    """Return the spans since `after` in which both were running, each of ten minutes at least, by their system logs.

    What a clock wrote that was set back afterwards does not count.
    """
    mine, theirs = _running(a), _running(b)
    found, at = [], 0
    for begin, end in sorted(mine):
        while at < len(theirs) and theirs[at][1] < begin:
            at += 1
        for first, last in theirs[at:]:
            if first > end:
                break
            span = max(begin, first, after), min(end, last)
            if span[1] - span[0] >= OVERLAP:
                found.append((FileTime(span[0]), FileTime(span[1])))
    return found


def _running(side: Side) -> list[tuple[int, int]]:
    """Return when a machine was on, in order, without the intervals of a clock that was then set back by more than it may err."""
    changes = [fact.value for fact in side.subject.facts.of(EVENT_CLOCK_CHANGE)]
    wrong = [
        (int(one.largest_back_to), int(one.largest_back_from))
        for one in changes
        if one.largest_back_from and one.largest_back_to and one.largest_back_from - one.largest_back_to >= OVERLAP
    ]
    found = [(int(one.first_time), int(one.last_time)) for fact in side.subject.facts.of(MACHINE_ACTIVITY) for one in fact.value.intervals]
    return [(begin, end) for begin, end in found if not any(begin <= ahead and end >= back for back, ahead in wrong)]


class CommonText(msgspec.Struct, frozen=True):
    """A log that is only appended to, and begins alike on both sides."""

    log: str
    size: int
    """Bytes that are the same."""
    time: int | None
    """The last time in them, as the log has it, in ticks: local time of a zone that is not known."""


def common_texts(a: Side, b: Side) -> tuple[CommonText, ...]:
    """Return the logs that begin alike on both sides."""
    mine, theirs = (dict(_texts(side)) for side in (a, b))
    found = []
    for name in sorted(mine.keys() & theirs.keys()):
        same = [one for one in mine[name] if (one.end, one.hash) in {(other.end, other.hash) for other in theirs[name]}]
        if same:
            longest = max(same, key=lambda one: one.end)
            found.append(CommonText(name, longest.end, longest.time.ticks if longest.time else None))
    return tuple(found)


def _texts(side: Side) -> Iterator[tuple[str, list[Prefix]]]:
    for fact in side.subject.facts.of(TEXT_LOG_PREFIX):
        yield fact.value.log, fact.value.prefixes
