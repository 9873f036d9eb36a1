"""Machine activity: the intervals in which the machine was on, as the records of its system log bear out."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact_events
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, Origin, always, kept
from forensic.model.packed import records

if TYPE_CHECKING:
    from forensic.eventlog.log import Event as Record
    from forensic.eventlog.log import EventLog

INTERVAL_LIMIT = 1024
_MINUTE = 60 * 10_000_000
SHORTEST_SILENCE = 60 * _MINUTE
"""Ticks without a record that end an interval, where nothing else does."""
_PACKED = struct.Struct("<QQQQBB2x")

_STARTS = frozenset({("eventlog", 6005), ("eventlog", 6009), ("microsoft-windows-kernel-general", 12)})
_STOPS = frozenset({("eventlog", 6006), ("microsoft-windows-kernel-general", 13)})
_SLEEPS = frozenset({("microsoft-windows-kernel-power", 42)})
_SEEN = "Windows 10 machines DESKTOP-2KGM189, DESKTOP-23PS6ES and DESKTOP-GNCCVRK"

Begin = Literal["record", "start"]
End = Literal["record", "stop", "sleep", "none"]
_BEGINS: tuple[Begin, ...] = ("record", "start")
_ENDS: tuple[End, ...] = ("record", "stop", "sleep", "none")


class Interval(NamedTuple):
    """A span of time, by the machine's own clock, in which its system log shows it running."""

    first_time: FileTime
    last_time: FileTime
    first_record: int
    last_record: int
    begin: Begin
    """`start`: the machine was started then. `record`: with a record after silence, or the first one."""
    end: End
    """`stop`, `sleep`: logged. `none`: a start follows, and no stop precedes it. `record`: the last one before silence, or of the log."""


class MachineActivity(msgspec.Struct, frozen=True):
    """When the machine was on."""

    silence: int
    """Seconds: within an interval no two neighbouring records are farther apart."""
    intervals_omitted: int
    """Oldest intervals that were left out."""
    records_omitted: int
    """Records, about, that were not read: a log that is too large looks silent there."""
    count: int
    packed: bytes
    """Of each interval, by time: first and last FILETIME, first and last EventRecordID (8 bytes each, little-endian), begin, end, 0, 0."""

    @property
    def intervals(self) -> list[Interval]:
        """The intervals in the order of their times; they do not overlap."""
        return [
            Interval(FileTime(first), FileTime(last), one, other, _BEGINS[begin % len(_BEGINS)], _ENDS[end % len(_ENDS)])
            for first, last, one, other, begin, end in records(_PACKED, self.packed)
        ]


MACHINE_ACTIVITY = Kind(
    "machine-activity",
    MachineActivity,
    "Intervals in which the machine was on, by its system log",
    origin=Origin.OBSERVED,
    renews={
        Change.GENERALIZE: always(Basis.SOURCED, reference.KB_314828),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.USE: always(Basis.INFERRED),
    },
    claims=(
        Claim("Two logs of one lineage that both show activity at the same moments after they parted: two machines.", Basis.INFERRED),
        Claim("A clock that was wrong, or was set, moves the intervals; event-clock-change says of some such changes.", Basis.INFERRED),
        Claim(
            "The stop before a start is logged late: event 13 of Kernel-General stands behind 6009 and 6005 in the log, with a time before "
            "theirs. So the order of times counts here, not that of the log.",
            Basis.OBSERVED,
            _SEEN,
        ),
        Claim("A machine that is on may log nothing for hours; silence does not show that it was off.", Basis.OBSERVED, _SEEN),
        Claim("Event 42 of Kernel-Power is logged when the machine goes to sleep.", Basis.OBSERVED, _SEEN),
    ),
    references=(reference.EVTX_FORMAT,),
)


@artifact_events("System", MACHINE_ACTIVITY)
def machine_activity(log: EventLog) -> Iterator[Fact[MachineActivity]]:
    """State the intervals in which the machine was on, at most 1,024: the newest.

    Every record shows the machine running at its time. Records are taken in the order of their times (UTC). An interval goes on to the next
    record unless

    * more than a minute lies between, and a stop (6006 of EventLog, 13 of Kernel-General) or sleep (42 of Kernel-Power) was logged in the
      minute before, or a start (6005 and 6009 of EventLog, 12 of Kernel-General) is logged in the minute that follows;
    * or more than an hour lies between: two hours, four and so on where there would be more than 1,024 intervals.

    So an interval says less than the machine's whole time, and a restart within a minute does not end one. Event 1074 only asks for a stop
    and 6008 only tells of one later: neither ends an interval.

    `packed` is a row of intervals, by time:

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 8, 8 | first and last time | FILETIME (UTC), little-endian |
    | 16 | 8, 8 | EventRecordID of the first and the last record | |
    | 32 | 1 | begin | 0 a record, 1 a start |
    | 33 | 1 | end | 0 a record, 1 stop, 2 sleep, 3 none logged before the next start |
    | 34 | 2 | zero | |
    """
    records = sorted((event for event in log.events if event.event_id is not None), key=attrgetter("time"))
    if not records:
        raise NotFound("no record in the log whose content can be decoded")
    marks = [_mark(event) for event in records]
    gaps = [(at, after.time - before.time) for at, (before, after) in enumerate(pairwise(records), 1) if after.time - before.time > _MINUTE]
    ended = {at for at, _ in gaps if _stops_before(records, marks, at) or _starts_at(records, marks, at)}
    silence = SHORTEST_SILENCE
    while len(cuts := [at for at, gap in gaps if gap > silence or at in ended]) >= INTERVAL_LIMIT and len(cuts) > len(ended):
        silence *= 2
    bounds = [0, *cuts, len(records)]
    spans = list(pairwise(bounds))
    packed = [_packed(records, marks, first, end) for first, end in spans[-INTERVAL_LIMIT:]]
    omitted = len(spans) - len(packed)
    yield MACHINE_ACTIVITY.fact(MachineActivity(silence // 10_000_000, omitted, log.omitted, len(packed), b"".join(packed)), log)


def _mark(event: Record) -> Literal["start", "stop", "sleep"] | None:
    which = (event.provider or "").lower(), event.event_id
    return "start" if which in _STARTS else "stop" if which in _STOPS else "sleep" if which in _SLEEPS else None


def _stops_before(records: Sequence[Record], marks: Sequence[str | None], at: int) -> str | None:
    """Return the stop or sleep that was logged in the minute before the gap in front of record `at`."""
    last = records[at - 1].time
    for number in range(at - 1, -1, -1):
        if last - records[number].time > _MINUTE:
            return None
        if marks[number] in {"stop", "sleep"}:
            return marks[number]
        if marks[number] == "start":
            return None
    return None


def _starts_at(records: Sequence[Record], marks: Sequence[str | None], at: int) -> bool:
    """Return whether the machine was started in the minute that begins with record `at`."""
    first = records[at].time
    for number in range(at, len(records)):
        if records[number].time - first > _MINUTE:
            return False
        if marks[number] is not None:
            return marks[number] == "start"
    return False


def _packed(records: Sequence[Record], marks: Sequence[str | None], first: int, end: int) -> bytes:
    begun = _BEGINS.index("start" if _starts_at(records, marks, first) else "record")
    stop = _stops_before(records, marks, end)
    if stop is None:
        stop = "none" if end < len(records) and _starts_at(records, marks, end) else "record"
    one, other = records[first], records[end - 1]
    number = (1 << 64) - 1
    return _PACKED.pack(one.time, other.time, one.record_id & number, other.record_id & number, begun, _ENDS.index(stop))
