"""Checkpoints of event logs: which records two logs have in common, and from which number on they part, without the logs at hand."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import OTHER_CHANNELS, NtVersion, artifact_events
from forensic.artifacts.logs.event_channel import CHANNELS
from forensic.artifacts.optional_values import Deferred
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, Origin, always, kept
from forensic.model.packed import records

if TYPE_CHECKING:
    from forensic.eventlog.log import Event as Record
    from forensic.eventlog.log import EventLog

GRID_LIMIT, LAST = 128, 8
"""Records whose number divides by the step, and records from the end of the log, at most."""
_LARGEST_STEP = 1 << 63
_PACKED = struct.Struct("<QQ16s")


class Checkpoint(NamedTuple):
    """One record of a log."""

    record: int
    """EventRecordID."""
    time: FileTime
    hash: bytes
    """16 bytes: equal for records that say the same, wherever in a file they lie."""


class EventCheckpoint(msgspec.Struct, frozen=True):
    """Records of one log, chosen by their numbers alone."""

    channel: str
    step: int
    """A power of two: the records whose EventRecordID divides by it are there, and the last 8."""
    count: int
    packed: bytes
    """Of each record, in the order of the log: EventRecordID (8 bytes, little-endian), FILETIME (8), hash (16)."""

    @property
    def records(self) -> list[Checkpoint]:
        """The records, in the order of the log."""
        return [Checkpoint(number, FileTime(time), digest) for number, time, digest in records(_PACKED, self.packed)]


EVENT_CHECKPOINT = Kind(
    "event-checkpoint",
    EventCheckpoint,
    "Event log: a sample of its records by their numbers, with time and hash",
    origin=Origin.OBSERVED,
    renews={
        Change.GENERALIZE: always(Basis.SOURCED, reference.KB_314828),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.USE: always(Basis.INFERRED),
    },
    claims=(
        Claim(
            "One number with the same time and hash in two logs of one channel: the record was written once, and one log is a copy of the "
            "other, or both are copies of a third.",
            Basis.INFERRED,
        ),
        Claim(
            "The highest such number comes before the moment at which the two parted; the lowest with another time or hash comes after it.",
            Basis.INFERRED,
        ),
        Claim(
            "The numbers go on behind a clearing, and begin at 1 in a log that was made anew: numbers that differ from the first on are "
            "two logs that were never one.",
            Basis.INFERRED,
        ),
        Claim(
            "A file that was published twice has equal checkpoints.",
            Basis.OBSERVED,
            "log of MSEDGEWIN10 in two public collections",
        ),
        Claim(
            "Equal records need no common machine where a collector forwarded them: the log ForwardedEvents is left out.", Basis.INFERRED
        ),
    ),
    references=(reference.EVTX_FORMAT,),
)


def state_checkpoints(log: EventLog, channel: str) -> Iterator[Fact[EventCheckpoint]]:
    """State the checkpoints of one log; records whose content cannot be decoded are left out, and become a gap."""
    counted = [event for event in log.events if event.event_id is not None]  # the others have no number but that of their header
    if not counted:
        raise NotFound("no record in the log whose content can be decoded")
    step, chosen = _choose(counted)
    failures, packed = Deferred(), list[bytes]()
    for event in chosen:
        with failures:
            packed.append(_PACKED.pack(event.record_id & (1 << 64) - 1, event.time, payload_hash(event)))
    if packed:
        yield EVENT_CHECKPOINT.fact(EventCheckpoint(channel, step, len(packed), b"".join(packed)), log)
    failures.settle()


def _choose(events: Sequence[Record]) -> tuple[int, list[Record]]:
    """Return the smallest step that is coarse enough, and the records that it chooses, with the last ones."""
    step, grid = 1, list(range(len(events)))
    while len(grid) > GRID_LIMIT and step < _LARGEST_STEP:
        step *= 2
        grid = [at for at in grid if events[at].record_id % step == 0]
    last = range(max(0, len(events) - LAST), len(events))
    return step, [events[at] for at in sorted({*grid[-GRID_LIMIT:], *last})]


def payload_hash(event: Record) -> bytes:
    """Return 16 bytes of the SHA-256 of what a record says: provider, event id, computer, user, and its own values in their order."""
    parts = [event.provider or "", str(event.event_id), event.computer or "", event.user_sid or ""]
    for name, text in event.data.items():
        parts += (name, text)
    # Each part with its length: no two records spell the same bytes.
    spelled = b"".join(b"%d:%b" % (len(part), part) for part in (part.encode("utf-8", "surrogatepass") for part in parts))
    return sha256(spelled).digest()[:16]


def _declare(name: str, channel: str, since: NtVersion | None) -> None:
    def read(log: EventLog) -> Iterator[Fact[EventCheckpoint]]:
        return state_checkpoints(log, channel)

    read.__name__ = f"event_checkpoint_{name}"
    read.__doc__ = f"State numbers, times and hashes of at most {GRID_LIMIT + LAST} records of the log {channel}, as of System."
    artifact_events(channel, EVENT_CHECKPOINT, since=since)(read)


@artifact_events("System", EVENT_CHECKPOINT)
def event_checkpoint_system(log: EventLog) -> Iterator[Fact[EventCheckpoint]]:
    """State numbers, times and hashes of at most 136 records of the log System.

    Chosen are the records whose EventRecordID divides by a power of two, the smallest that leaves at most 128, and the last 8 of the log.
    So two copies of a log choose the same records as far as they are one, however much either grew. What an export counts anew is no
    matter: EventRecordID is in the content of the record.

    The hash is of provider, event id, computer, user and the record's own values, not of the bytes, which hang on where in a chunk the
    record lies. It is the SHA-256 of `length:text` of each, in UTF-8, of the values also their names; the first 16 bytes. What the values
    say cannot be read from it.

    `packed` is a row of records, in the order of the log:

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 8 | EventRecordID | little-endian |
    | 8 | 8 | time | FILETIME (UTC) |
    | 16 | 16 | hash | |
    """
    return state_checkpoints(log, "System")


_declare("security", "Security", None)
_declare("application", "Application", None)
for _name, (_channel, _since) in CHANNELS.items():
    _declare(_name, _channel, _since)


@artifact_events(OTHER_CHANNELS, EVENT_CHECKPOINT)
def event_checkpoint_other(log: EventLog) -> Iterator[Fact[EventCheckpoint]]:
    """State numbers, times and hashes of records of any other log that was collected without the folders around it, as of System."""
    return state_checkpoints(log, log.channel)
