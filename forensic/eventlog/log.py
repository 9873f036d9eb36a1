"""Event logs: `.evtx` of Vista and later, `.Evt` of NT 4.0 to 2003, as one sequence of events."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol

from forensic.model import FileTime, Locator, Sid, State
from forensic.storage.source import Source

RECORD_LIMIT = 400_000
"""Records of one log that are kept: of a larger log the oldest and the newest half of them."""
PROBLEM_LIMIT = 50


class LogFile(Source, Protocol):
    """The file of an event log, as far as a log asks it; the files of every tree are such."""

    @property
    def place(self) -> Locator:
        """Volume and path."""

    @property
    def written(self) -> FileTime | None:
        """When the content was last modified; None where that is not known."""


class Event:
    """One record of an event log: a `Reading` whose raw bytes are the record.

    `place` has the byte offset of the record in the log file. What could not be decoded is None or empty, while number, time and place
    are then those of the record's own header.
    """

    __slots__ = ("_log", "computer", "event_id", "number", "offset", "prefixes", "provider", "record_id", "size", "time", "user_sid")

    state: State = "stored"

    def __init__(self, log: EventLog, offset: int, size: int, number: int, time: FileTime) -> None:
        """Describe the record of `size` bytes at `offset`; whoever reads the log fills in the rest."""
        self._log, self.offset, self.size, self.number, self.time = log, offset, size, number, time
        self.record_id = number
        """What the computer counted it as: `EventRecordID` in the content; that of the record's header, `number`, where it has none.

        An export numbers the headers anew and gives them other times; the content keeps number and time.
        """
        self.provider: str | None = None
        self.event_id: int | None = None
        self.computer: str | None = None
        self.user_sid: Sid | None = None
        """The user under whose account the event was logged."""
        self.prefixes: tuple[Sid, ...] = ()
        """The SIDs `S-1-5-21-a-b-c` of machines and domains in the event, also of the accounts that it names."""

    @property
    def place(self) -> Locator:
        """Log file and offset of the record."""
        return self._log.place.inside(offset=self.offset)

    @property
    def raw(self) -> bytes:
        """The bytes of the record."""
        return self._log.record(self)

    @property
    def written(self) -> FileTime:
        """When the event was logged."""
        return self.time

    @property
    def data(self) -> Mapping[str, str]:
        """The event's own values as text, in their order: by name, or `1`, `2`, … where they have none."""
        return self._log.data(self)

    @property
    def texts(self) -> tuple[str, ...]:
        """The event's own values without their names: the same order on every release."""
        return tuple(self.data.values())


class EventLog:
    """One event log file: a `Reading` whose raw bytes are the file's header.

    Damage is named in `problems` with its offset and costs only what it covers; the list is complete once `events` was asked for.
    """

    state: State = "stored"
    raw: bytes = b""

    def __init__(self, file: LogFile) -> None:
        """Open the log over `file`; Malformed or Unreadable when nothing in it is an event log."""
        self.file, self.place, self.written = file, file.place, file.written
        self.channel = ""
        """Whose log it is: as whoever opens it says."""
        self.problems: list[str] = []
        self.limits: list[str] = []
        """Why records were left out of a log that is sound."""
        self.dirty = False
        """Whether it was in use, so that its header may lag behind its records."""
        self.omitted = 0
        """Records, about, that were left out because the log is too large."""
        self._events: Sequence[Event] | None = None

    @property
    def events(self) -> Sequence[Event]:
        """All records in the order in which they were logged, the oldest first."""
        if self._events is None:
            walk = self._walk()
            oldest = list(islice(walk, RECORD_LIMIT // 2))
            newest: deque[Event] = deque(maxlen=RECORD_LIMIT // 2)
            count = 0
            for event in walk:
                newest.append(event)
                count += 1
            if count > len(newest):
                self.omitted += count - len(newest)
                self.limits.append(f"the log is too large: {count - len(newest)} records between its oldest and its newest were left out")
            self._events = [*oldest, *newest]
            for event in self._events:
                self._complete(event)
        return self._events

    def record(self, event: Event) -> bytes:
        """Return the bytes of a record."""
        return self.file.read_at(event.offset, event.size)

    def data(self, event: Event) -> Mapping[str, str]:
        """Return the values of a record, see `Event.data`."""
        raise NotImplementedError

    def find_channel(self) -> str | None:
        """Return the channel that the content names or shows, from its first records; None where it does neither."""
        raise NotImplementedError

    def _walk(self) -> Iterator[Event]:
        """Yield all records, the oldest first."""
        raise NotImplementedError

    def _complete(self, event: Event) -> None:
        """Decode what `_walk` left out of a record that is kept."""

    def _note(self, problem: str) -> None:
        """Keep a problem, once: the content of single events is read a second time."""
        if problem not in self.problems and len(self.problems) <= PROBLEM_LIMIT:
            self.problems.append(problem if len(self.problems) < PROBLEM_LIMIT else "more of the log is damaged")
