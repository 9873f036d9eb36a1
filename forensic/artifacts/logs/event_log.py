"""Event logs as a whole: what each of them spans, under which computer names and with which account prefixes it was written."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact_events
from forensic.errors import Malformed
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, Origin, Sid, always, kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forensic.eventlog.log import Event as Record
    from forensic.eventlog.log import EventLog

RUN_LIMIT = 100
"""Runs of computer names, and account prefixes, that are stated of one log."""
RESTART_LIMIT = 16
STEP_BACK = 60 * 10_000_000
"""Ticks; smaller steps are the order in which records reach the log."""
STEADY = 8
"""Records that must follow a step back without leading forward again: at a start and after sleep, single records come late."""

_SEEN = "22 public logs, XP to Windows 10"


class EventLogSpan(msgspec.Struct, frozen=True):
    """What one event log holds, in the order in which its records were logged."""

    channel: str
    records: int
    first_record: int | None
    """EventRecordID, as the content of the record has it; in logs of NT 4.0 to 2003 the record number."""
    last_record: int | None
    first_time: FileTime | None
    last_time: FileTime | None
    restarts: tuple[int, ...]
    """Record ids that are smaller than the one before: the first 16."""
    steps_back: int
    """Places where the clock goes back by more than a minute and stays there."""
    largest_step_back: int
    """Seconds."""
    step_back_at: int | None
    """Record id behind the largest one."""
    dirty: bool
    """Whether the log was in use when it was imaged."""
    omitted: int
    """Records, about, that were left out because the log is too large."""
    first_number: int | None = None
    last_number: int | None = None
    """What the records' own headers number the first and the last one, where that is not their EventRecordID: an export counts anew."""


class EventComputerName(msgspec.Struct, frozen=True):
    """A run of records that carry one computer name."""

    channel: str
    name: str
    records: int
    first_record: int
    last_record: int
    first_time: FileTime
    last_time: FileTime


class EventUserSid(msgspec.Struct, frozen=True):
    """A machine or domain whose SID, or whose accounts' SIDs, occur in records."""

    channel: str
    prefix: Sid
    records: int
    as_user: int
    """Records that were logged by an account of it."""
    first_record: int
    last_record: int
    first_time: FileTime
    last_time: FileTime


EVENT_LOG_SPAN = Kind(
    "event-log-span",
    EventLogSpan,
    "Event log: first and last record, restarts, steps back of the clock",
    origin=Origin.OBSERVED,
    renews={
        Change.GENERALIZE: always(Basis.SOURCED, reference.KB_314828),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.DOMAIN_JOIN: kept(Basis.OBSERVED, "Windows 10 machine DESKTOP-23PS6ES", machines=1),
        Change.RENAME: kept(Basis.OBSERVED, "Windows 10 machines DESKTOP-2KGM189, DESKTOP-23PS6ES and DESKTOP-GNCCVRK", machines=3),
        Change.USE: always(Basis.OBSERVED, _SEEN, machines=3),
    },
    claims=(
        Claim("Sysprep generalize clears the event logs.", Basis.SOURCED, f"{reference.KB_314828}; {reference.GENERALIZE}"),
        Claim("Record ids grow by one within a channel and start at 1 on a new installation.", Basis.OBSERVED, _SEEN),
        Claim(
            "The number that the computer gave is EventRecordID in the record's XML. A log that was exported or filtered numbers the "
            "records' headers anew from 1: 83997 to 84052 became 1 to 22, with ids left out between them.",
            Basis.OBSERVED,
            "13 public logs that were exported",
        ),
        Claim(
            "Clearing a log does not set EventRecordID back: 1102 is record 109054, the next one 109373. A low number after a high one: a "
            "log made anew, another computer, or a return to an earlier state.",
            Basis.OBSERVED,
            "public log of FS03",
        ),
        Claim(
            "On a running machine the file's header lags behind: dirty logs held up to six times as many records as their header counted.",
            Basis.OBSERVED,
            _SEEN,
        ),
        Claim(
            "Windows Setup itself sets the clock: steps back by hours in the first 300 records of three of three Windows 10 machines.",
            Basis.OBSERVED,
            "Windows 10 machines DESKTOP-2KGM189, DESKTOP-23PS6ES and DESKTOP-GNCCVRK",
        ),
        Claim("The same record id with another time in two images: their histories parted before it.", Basis.INFERRED),
    ),
    references=(reference.KB_314828, reference.GENERALIZE, reference.EVTX_FORMAT),
)

EVENT_COMPUTER_NAME = Kind(
    "event-computer-name",
    EventComputerName,
    "Computer names under which event records were logged",
    origin=Origin.CHOSEN,
    renews={
        Change.GENERALIZE: always(Basis.SOURCED, reference.KB_314828),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.DOMAIN_JOIN: always(Basis.OBSERVED, "Windows 10 machine DESKTOP-23PS6ES", machines=1),
        Change.RENAME: always(Basis.OBSERVED, _SEEN, machines=3),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
    },
    claims=(
        Claim("Each record keeps the name that the computer had when it was logged.", Basis.OBSERVED, _SEEN),
        Claim(
            "An ordinary installation begins under a random name (WIN-…), which Setup changes within the hour: no rename by a person.",
            Basis.OBSERVED,
            "Windows 10 machines DESKTOP-2KGM189, DESKTOP-23PS6ES and DESKTOP-GNCCVRK",
        ),
        Claim(
            "Joining a domain appends its DNS name to the name from the next start on.",
            Basis.OBSERVED,
            "Windows 10 machine DESKTOP-23PS6ES",
        ),
        Claim("A name of another computer at the beginning of the log: that of the master of which this is a copy.", Basis.INFERRED),
    ),
    references=(reference.EVTX_FORMAT,),
)

EVENT_USER_SID = Kind(
    "event-user-sid",
    EventUserSid,
    "Machines and domains whose accounts occur in event records",
    origin=Origin.RANDOM,
    renews={
        Change.GENERALIZE: always(Basis.SOURCED, reference.KB_314828),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.USE: always(Basis.OBSERVED, "Windows 10 machine DESKTOP-23PS6ES", machines=1),
    },
    namespace="machine-sid",
    identity=lambda value: value.prefix if value.as_user else None,
    standing="former",
    shared=True,
    claims=(
        Claim("SID changers do not rewrite event logs: the former machine SID stays in older records.", Basis.INFERRED),
        Claim(
            "The prefix of a domain occurs as soon as the machine is joined: it is foreign to the machine, and innocent.",
            Basis.OBSERVED,
            "Windows 10 machine DESKTOP-23PS6ES",
        ),
        Claim(
            "Accounts of other machines occur in the Security log where they log on over the network, or are named in a group.",
            Basis.UNVERIFIED,
        ),
        Claim("An account that logged records itself (`as_user`) was one of this machine or of its domain.", Basis.INFERRED),
    ),
    references=(reference.MS_DTYP,),
)


def state_whole(log: EventLog, channel: str) -> Iterator[Fact[Any]]:
    """State span, computer names and account prefixes of one log."""
    events = log.events
    yield EVENT_LOG_SPAN.fact(_span(log, events, channel), log)
    yield from _names(events, channel)
    yield from _prefixes(events, channel)


def _span(log: EventLog, events: Sequence[Record], channel: str) -> EventLogSpan:
    counted = [event for event in events if event.event_id is not None]  # the others have no number but that of their header
    restarts = [event.record_id for before, event in pairwise(counted) if event.record_id < before.record_id]
    steps: list[tuple[int, int]] = []
    for at in range(1, len(events)):
        before, event = events[at - 1], events[at]
        step = before.time - event.time
        if step > STEP_BACK and all(later.time < before.time for later in events[at + 1 : at + STEADY]):
            steps.append((step, event.record_id))
    largest = max(steps, key=lambda step: step[0], default=(0, None))
    first, last = (events[0], events[-1]) if events else (None, None)
    ends = [counted[0], counted[-1]] if counted else []
    numbers = [event.number for event in ends] if any(event.number != event.record_id for event in ends) else [None, None]
    return EventLogSpan(
        channel, len(events),
        ends[0].record_id if ends else None, ends[1].record_id if ends else None,
        None if first is None else first.time, None if last is None else last.time,
        tuple(restarts[:RESTART_LIMIT]), len(steps), largest[0] // 10_000_000, largest[1], log.dirty, log.omitted, *numbers,
    )  # fmt: skip


def _names(events: Sequence[Record], channel: str) -> Iterator[Fact[EventComputerName]]:
    runs: list[list[Record]] = []
    counts: list[int] = []
    for event in events:
        if event.computer is None:
            continue
        if runs and runs[-1][0].computer == event.computer:
            runs[-1][1] = event
            counts[-1] += 1
        else:
            runs.append([event, event])
            counts.append(1)
    for (first, last), count in list(zip(runs, counts, strict=True))[:RUN_LIMIT]:
        name = EventComputerName(channel, str(first.computer), count, first.record_id, last.record_id, first.time, last.time)
        yield EVENT_COMPUTER_NAME.fact(name, first)
    if len(runs) > RUN_LIMIT:
        raise Malformed(f"the computer name changes {len(runs)} times; only the first {RUN_LIMIT} runs are stated")


def _prefixes(events: Sequence[Record], channel: str) -> Iterator[Fact[EventUserSid]]:
    found: dict[Sid, list[Any]] = {}
    for event in events:
        for prefix in event.prefixes:
            seen = found.setdefault(prefix, [event, event, 0, 0])
            seen[1] = event
            seen[2] += 1
            seen[3] += event.user_sid is not None and event.user_sid.startswith(f"{prefix}-")
    for prefix, (first, last, count, as_user) in list(found.items())[:RUN_LIMIT]:
        value = EventUserSid(channel, prefix, count, as_user, first.record_id, last.record_id, first.time, last.time)
        yield EVENT_USER_SID.fact(value, first)
    if len(found) > RUN_LIMIT:
        raise Malformed(f"{len(found)} machines and domains occur; only the first {RUN_LIMIT} are stated")


@artifact_events("System", EVENT_LOG_SPAN, EVENT_COMPUTER_NAME, EVENT_USER_SID)
def event_log_system(log: EventLog) -> Iterator[Fact[Any]]:
    """State what the log System spans, its computer names and its account prefixes.

    Times are those of the records (UTC); the order is that of the log, oldest first, which is not always that of the times. A step back of
    the clock counts where the next eight records stay behind it, because after a start or a sleep single records come late.
    At most 100 runs of names and 100 prefixes are stated; more become a gap.
    """
    return state_whole(log, "System")


@artifact_events("Security", EVENT_LOG_SPAN, EVENT_COMPUTER_NAME, EVENT_USER_SID)
def event_log_security(log: EventLog) -> Iterator[Fact[Any]]:
    """State what the log Security spans, its computer names and its account prefixes."""
    return state_whole(log, "Security")


@artifact_events("Application", EVENT_LOG_SPAN, EVENT_COMPUTER_NAME, EVENT_USER_SID)
def event_log_application(log: EventLog) -> Iterator[Fact[Any]]:
    """State what the log Application spans, its computer names and its account prefixes."""
    return state_whole(log, "Application")
