"""What single events say about the life of the machine: renames, starts, clock changes, who shut it down, logs that were cleared."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact_events
from forensic.artifacts.optional_values import Deferred
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, Origin, always

if TYPE_CHECKING:
    from forensic.eventlog.log import Event as Record
    from forensic.eventlog.log import EventLog

FACT_LIMIT = 100
"""Facts of one kind that are stated of one log."""
DECODE_LIMIT = 10_000
"""Events of one kind whose values are decoded: the oldest."""
CLOCK_CHANGE = 60 * 10_000_000
"""Ticks; smaller changes are those of time synchronization."""

_SEEN = "22 public logs, XP to Windows 10"
_TEN = "Windows 10 machines DESKTOP-2KGM189, DESKTOP-23PS6ES and DESKTOP-GNCCVRK"


class EventRename(msgspec.Struct, frozen=True):
    """One change of the computer's name."""

    old: str
    new: str
    record: int
    time: FileTime


class BootedRelease(msgspec.Struct, frozen=True):
    """A release of Windows that was started, and when first."""

    version: str
    """As the event gives it, e.g. `5.01. 2600 Service Pack 2` or `10.00. 17134`."""
    first_record: int
    first_time: FileTime


class EventBoots(msgspec.Struct, frozen=True):
    """Starts and stops of the machine."""

    starts: int
    stops: int
    unexpected_stops: int
    first_start: FileTime | None
    last_start: FileTime | None
    last_stop: FileTime | None
    releases: tuple[BootedRelease, ...]
    """Each once, in the order of their first start; at most 100."""


class EventClockChange(msgspec.Struct, frozen=True):
    """Changes of the clock by more than a minute."""

    channel: str
    forward: int
    back: int
    largest_back: int
    """Seconds."""
    largest_back_from: FileTime | None
    largest_back_to: FileTime | None
    record: int | None
    """Record id of the largest step back."""


class EventShutdownRequest(msgspec.Struct, frozen=True):
    """A program that had the machine shut down or restarted, under one name of the computer."""

    process: str
    """As the event gives it: path, and in parentheses the name of the computer."""
    kind: str
    """E.g. `restart`, `power off`."""
    reason: str
    count: int
    first_record: int
    first_time: FileTime
    last_time: FileTime


class EventLogCleared(msgspec.Struct, frozen=True):
    """An event log was cleared."""

    channel: str
    user: str | None
    record: int
    time: FileTime


EVENT_RENAME = Kind(
    "event-rename",
    EventRename,
    "Event 6011: the computer was renamed",
    origin=Origin.CHOSEN,
    renews={Change.SETUP: always(Basis.OBSERVED, _TEN, machines=3), Change.RENAME: always(Basis.OBSERVED, _TEN, machines=3)},
    claims=(
        Claim("Event 6011 of the source EventLog names the old and the new NetBIOS or DNS host name.", Basis.OBSERVED, _TEN),
        Claim(
            "Setup renames a new installation from WIN-… to its name within the first hour: no rename by a person.", Basis.OBSERVED, _TEN
        ),
    ),
)

EVENT_BOOTS = Kind(
    "event-boots",
    EventBoots,
    "Starts and stops of the machine in the event log",
    origin=Origin.OBSERVED,
    renews={Change.USE: always(Basis.OBSERVED, _SEEN, machines=3)},
    claims=(
        Claim("Event 6005: the event log was started; 6006: stopped; 6008: the stop before was unexpected.", Basis.OBSERVED, _SEEN),
        Claim("Event 6009 names version, build and service pack at each start.", Basis.OBSERVED, _SEEN),
        Claim("A fast start of Windows 8 and later is a resume, and logs none of them.", Basis.UNVERIFIED),
    ),
)

EVENT_CLOCK_CHANGE = Kind(
    "event-clock-change",
    EventClockChange,
    "Changes of the system clock in the event log",
    origin=Origin.OBSERVED,
    renews={Change.SETUP: always(Basis.OBSERVED, _TEN, machines=3), Change.USE: always(Basis.OBSERVED, _TEN, machines=3)},
    claims=(
        Claim("Event 1 of Kernel-General has old and new time; Security event 4616 the same.", Basis.OBSERVED, _TEN),
        Claim("Steps forward are what every resume from sleep logs.", Basis.OBSERVED, _TEN),
        Claim(
            "During Setup the clock goes back by the offset of the time zone (3 and 10 hours seen): times of the first minutes lie ahead.",
            Basis.OBSERVED,
            _TEN,
        ),
        Claim(
            "In a virtual machine two time sources can fight: nine changes by half a year within eight minutes.",
            Basis.OBSERVED,
            "Windows 10 machine DESKTOP-23PS6ES",
        ),
    ),
)

EVENT_SHUTDOWN_REQUEST = Kind(
    "event-shutdown-request",
    EventShutdownRequest,
    "Event 1074: which programs had the machine restarted or shut down",
    origin=Origin.OBSERVED,
    renews={Change.GENERALIZE: always(Basis.INFERRED), Change.USE: always(Basis.OBSERVED, _SEEN, machines=3)},
    claims=(
        Claim("Event 1074 of USER32 names program, computer, reason, kind of stop and user.", Basis.OBSERVED, _SEEN),
        Claim(
            "winlogon.exe with `(MINWINPC)` behind it restarted the machine within Setup: that is the computer's name at its first start.",
            Basis.OBSERVED,
            "Windows 10 machines DESKTOP-2KGM189 and DESKTOP-23PS6ES",
        ),
        Claim("sysprep.exe as the program: Sysprep ran here after the log began, and its clearing of the logs did not.", Basis.INFERRED),
    ),
)

EVENT_LOG_CLEARED = Kind(
    "event-log-cleared",
    EventLogCleared,
    "An event log was cleared",
    origin=Origin.OBSERVED,
    renews={Change.USE: always(Basis.OBSERVED, "Windows 10 machine DESKTOP-2KGM189", machines=1)},
    claims=(
        Claim(
            "System event 104 names channel and user; Security event 1102 (to 2003: 517) stands first in the cleared log.",
            Basis.OBSERVED,
            "Windows 10 machine DESKTOP-2KGM189 (104)",
        ),
        Claim("That Sysprep's clearing of the logs leaves such an event is not known.", Basis.UNVERIFIED),
    ),
    references=(reference.EVTX_FORMAT,),
)


def _of(log: EventLog, *wanted: tuple[str, int]) -> list[Record]:
    """Return the events of these sources (in lower case) and numbers."""
    numbers = {number for _, number in wanted}
    return [event for event in log.events if event.event_id in numbers and ((event.provider or "").lower(), event.event_id) in wanted]


def _decodable(events: list[Record], failures: Deferred) -> list[Record]:
    """Return the events whose values will be decoded; that more are left out becomes a gap."""
    if len(events) > DECODE_LIMIT:
        with failures:
            raise Malformed(f"{len(events)} such events; only the values of the first {DECODE_LIMIT} were read")
    return events[:DECODE_LIMIT]


@artifact_events("System", EVENT_RENAME)
def event_rename(log: EventLog) -> Iterator[Fact[EventRename]]:
    """State each change of the computer's name, by event 6011 of the source EventLog: its two strings; at most 100."""
    failures = Deferred()
    for event in islice(_of(log, ("eventlog", 6011)), FACT_LIMIT):
        with failures:
            texts = event.texts
            if len(texts) < 2:
                raise Malformed("event 6011 without two names", event.offset)
            yield EVENT_RENAME.fact(EventRename(texts[0], texts[1], event.record_id, event.time), event)
    failures.settle()


@artifact_events("System", EVENT_BOOTS)
def event_boots(log: EventLog) -> Iterator[Fact[EventBoots]]:
    """State how often the machine was started and stopped, when first and last, and under which releases of Windows.

    Events 6005 (start), 6006 (stop), 6008 (unexpected stop) and 6009 (release) of the source EventLog. The raw bytes are those of the
    first start.
    """
    events = _of(log, *(("eventlog", number) for number in (6005, 6006, 6008, 6009)))
    if not events:
        raise NotFound("no start or stop of the machine in the log")
    of = {number: [event for event in events if event.event_id == number] for number in (6005, 6006, 6008, 6009)}
    failures = Deferred()
    releases: dict[str, BootedRelease] = {}
    for event in _decodable(of[6009], failures):
        if len(releases) == FACT_LIMIT:
            break
        with failures:
            version = " ".join(text for text in event.texts[:3] if text)
            releases.setdefault(version, BootedRelease(version, event.record_id, event.time))
    starts = of[6005] or of[6009]
    boots = EventBoots(
        len(starts), len(of[6006]), len(of[6008]),
        starts[0].time if starts else None, starts[-1].time if starts else None, of[6006][-1].time if of[6006] else None,
        tuple(releases.values()),
    )  # fmt: skip
    yield EVENT_BOOTS.fact(boots, starts[0] if starts else events[0])
    failures.settle()


@artifact_events("System", EVENT_CLOCK_CHANGE, since=(6, 0))
def event_clock_change(log: EventLog) -> Iterator[Fact[EventClockChange]]:
    """State how often the clock was changed by more than a minute, by event 1 of Kernel-General: `OldTime` and `NewTime`."""
    return _clock_changes(log, "System", _of(log, ("microsoft-windows-kernel-general", 1)), "OldTime")


@artifact_events("Security", EVENT_CLOCK_CHANGE, since=(6, 0))
def event_clock_change_security(log: EventLog) -> Iterator[Fact[EventClockChange]]:
    """State how often the clock was changed by more than a minute, by Security event 4616: `PreviousTime` and `NewTime`."""
    return _clock_changes(log, "Security", _of(log, ("microsoft-windows-security-auditing", 4616)), "PreviousTime")


def _clock_changes(log: EventLog, channel: str, events: list[Record], old_name: str) -> Iterator[Fact[EventClockChange]]:
    failures = Deferred()
    forward = 0
    back: list[tuple[int, FileTime, FileTime, Record]] = []
    for event in _decodable(events, failures):
        with failures:
            data = event.data
            try:
                old, new = FileTime.from_iso(data[old_name]), FileTime.from_iso(data["NewTime"])
            except (KeyError, ValueError) as error:
                raise Malformed("times of a clock change", event.offset) from error
            forward += new - old > CLOCK_CHANGE
            if old - new > CLOCK_CHANGE:
                back.append((old - new, old, new, event))
    if forward or back:
        size, old_time, new_time, record = max(back, key=lambda step: step[0], default=(0, None, None, None))
        change = EventClockChange(
            channel, forward, len(back), size // 10_000_000, old_time, new_time, None if record is None else record.record_id
        )
        yield EVENT_CLOCK_CHANGE.fact(change, record or log)
    failures.settle()


@artifact_events("System", EVENT_SHUTDOWN_REQUEST, since=(5, 1))
def event_shutdown_request(log: EventLog) -> Iterator[Fact[EventShutdownRequest]]:
    """State which programs had the machine shut down or restarted, by event 1074 of USER32: strings 1 (program), 3 (reason), 5 (kind).

    Equal requests are one fact with their number; at most 100 different ones, Sysprep's first.
    """
    failures = Deferred()
    found: dict[tuple[str, str, str], list[Record]] = {}
    for event in _decodable(_of(log, ("user32", 1074)), failures):
        with failures:
            texts = event.texts
            if len(texts) < 5:
                raise Malformed("event 1074 without its strings", event.offset)
            found.setdefault((texts[0], texts[4], texts[2]), []).append(event)
    ordered = sorted(found.items(), key=lambda item: "sysprep" not in item[0][0].lower())
    for (process, kind, reason), events in ordered[:FACT_LIMIT]:
        first, last = events[0], events[-1]
        request = EventShutdownRequest(process, kind, reason, len(events), first.record_id, first.time, last.time)
        yield EVENT_SHUTDOWN_REQUEST.fact(request, first)
    failures.settle()


@artifact_events("System", EVENT_LOG_CLEARED, since=(6, 0))
def event_log_cleared(log: EventLog) -> Iterator[Fact[EventLogCleared]]:
    """State which event logs were cleared, by event 104 of the source Eventlog in System: the last 100."""
    failures = Deferred()
    for event in _of(log, ("microsoft-windows-eventlog", 104))[-FACT_LIMIT:]:
        with failures:
            data = event.data
            yield _cleared(event, data.get("Channel", ""), data.get("SubjectUserName"))
    failures.settle()


@artifact_events("Security", EVENT_LOG_CLEARED)
def event_log_cleared_security(log: EventLog) -> Iterator[Fact[EventLogCleared]]:
    """State that the log Security was cleared, by its event 1102, to Server 2003 event 517: the last 100."""
    failures = Deferred()
    for event in _of(log, ("microsoft-windows-eventlog", 1102), ("security", 517))[-FACT_LIMIT:]:
        with failures:
            data = event.data
            yield _cleared(event, "Security", data.get("SubjectUserName") or data.get("4"))
    failures.settle()


def _cleared(event: Record, channel: str, user: str | None) -> Fact[EventLogCleared]:
    return EVENT_LOG_CLEARED.fact(EventLogCleared(channel, user or None, event.record_id, event.time), event)
