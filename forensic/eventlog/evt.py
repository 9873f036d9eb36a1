r"""Event log of Windows NT 4.0 to Server 2003 (`.Evt`).

The file: a header of 48 bytes, then records in a circle: one that does not fit before the end of the file goes on behind the header.
All numbers are little-endian. A record: see `evt_record`.

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | header size | 48 |
| 4 | 4 | signature | `LfLe` |
| 8 | 8 | major and minor version | 1, 1 |
| 16 | 4 | start offset | of the oldest record |
| 20 | 4 | end offset | of the end record |
| 24 | 4 | current record number | the next one |
| 28 | 4 | oldest record number | 0 in an empty log |
| 32 | 4 | max size | of the file |
| 36 | 4 | flags | 1 dirty: offsets and numbers above lag behind; 2 wrapped; 4 full; 8 archive |
| 40 | 4 | retention | |
| 44 | 4 | end header size | again |

The end record, 40 bytes, is at the place where the next record will go:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | size | 40 |
| 4 | 16 | signature | `11111111 22222222 33333333 44444444` as numbers |
| 20 | 4 | offset of the oldest record | |
| 24 | 4 | offset of this record | |
| 28 | 4 | next record number | |
| 32 | 4 | oldest record number | |
| 36 | 4 | size | again |

Caveats: the end record is right also where the header is dirty. Records behind it that are no longer counted are not read. Where the oldest
and the next record number that are declared are not those of the records, the log names it.
Source: Microsoft, Event Log File Format (Win32 documentation: `ELF_LOGFILE_HEADER`, `EVENTLOGRECORD`, `EVENTLOGEOF`).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from forensic.errors import ForensicError, Malformed
from forensic.eventlog.circle import Circle
from forensic.eventlog.evt_record import RECORD_SIZE, Record, texts
from forensic.eventlog.log import RECORD_LIMIT, Event, EventLog, LogFile
from forensic.model import FileTime, Sid

HEADER_SIZE, END_SIZE = 48, 40
DIRTY = 1
SIZE_LIMIT = 256 << 20
"""Bytes of a log that is read."""
SKIP_LIMIT = 100_000
"""Places where no record is that are skipped; and signatures that are looked at to find where reading begins."""
CHANNEL_RECORDS = 500
"""Records that are looked at to learn of which channel a log is."""
CACHE_LIMIT = 10_000
"""Distinct values of which one copy is kept."""

_HEADER = struct.Struct("<I4s10I")
_END = struct.pack("<5I", END_SIZE, 0x11111111, 0x22222222, 0x33333333, 0x44444444)
_SIGNATURE = b"LfLe"
_END_NUMBERS = struct.Struct("<I4x2I")
"""Of the end record: offset of the oldest record, next and oldest record number."""
_NUMBERS = struct.Struct("<2I")
_FILLER = struct.pack("<I", 0x27)
_SID_START = "S-1-5-21-".encode("utf-16-le")
_MACHINE_SID = re.compile(r"S-1-5-21-(?!0-0-0\b)[0-9]{1,10}-[0-9]{1,10}-[0-9]{1,10}(?![0-9])")


class Header(NamedTuple):
    """The fields of a file's header, as they are stored (`ELF_LOGFILE_HEADER`)."""

    header_size: int
    signature: bytes
    major_version: int
    minor_version: int
    start_offset: int
    end_offset: int
    current_record_number: int
    oldest_record_number: int
    max_size: int
    flags: int
    retention: int
    end_header_size: int


class EvtLog(EventLog):
    """An event log in the format of NT 4.0 to 2003."""

    def __init__(self, file: LogFile) -> None:
        """Open the log; Malformed when it has neither header nor end record."""
        super().__init__(file)
        if file.size > SIZE_LIMIT:
            raise Malformed(f"event log of {file.size} bytes, more than the {SIZE_LIMIT} that are read", code="too-much")
        self.raw = file.read_at(0, HEADER_SIZE)
        if len(self.raw) < HEADER_SIZE:
            raise Malformed("header of the event log", 0, HEADER_SIZE, len(self.raw))
        self._circle = Circle(file, HEADER_SIZE)
        self._cache: dict[Any, Any] = {}
        self._sids: dict[bytes, Sid] = {}
        header = Header._make(_HEADER.unpack(self.raw))
        sound = header.signature == _SIGNATURE and header.header_size == HEADER_SIZE
        if not sound:
            self.problems.append("the file's header is not that of an event log")
        self.dirty = not sound or bool(header.flags & DIRTY)
        self._first, self._end = header.start_offset, header.end_offset
        self._declared: tuple[int, int] | None = (header.oldest_record_number, header.current_record_number)
        if self.dirty or not self._ends_at(self._end):
            at = self._find_end()
            if at is None and not sound:
                raise Malformed("event log without header and end record", 0, HEADER_SIZE, file.size)
            if at is None:
                self._note("no end record; every record of the file counts")
                self._first, self._end, self._declared = self._oldest_record(), -1, None
            else:
                if not self.dirty:
                    self._note(f"the header places the end record at offset {self._end:#x}; it is at {at:#x}")
                self._first, following, oldest = _END_NUMBERS.unpack(self._circle.read_at(at + len(_END), _END_NUMBERS.size))
                self._end, self._declared = at, (oldest, following)

    def _ends_at(self, offset: int) -> bool:
        return self._circle.read_at(offset, len(_END)) == _END

    def _find_end(self) -> int | None:
        at, size = self._circle.find(_END, HEADER_SIZE), self.file.size
        if at < 0:  # it may itself go on behind the header
            at = next((o for o in range(max(HEADER_SIZE, size - END_SIZE), size, 4) if size > HEADER_SIZE and self._ends_at(o)), -1)
        return at if at >= HEADER_SIZE else None

    def _oldest_record(self) -> int:
        """Return the offset of the record with the smallest number: where reading begins when nothing else says it."""
        signed = islice(self._signed(HEADER_SIZE), RECORD_LIMIT + SKIP_LIMIT)
        found = ((self._circle.read_at(at + 8, 4)[::-1], at) for at in signed if self._size(at) is not None)
        return min(found, default=(b"", HEADER_SIZE))[1]

    def _signed(self, start: int) -> Iterator[int]:
        """Yield offsets that could be those of records, by their signature."""
        at = self._circle.find(_SIGNATURE, start + 4)
        while at >= 0:
            if at % 4 == 0:
                yield at - 4
            at = self._circle.find(_SIGNATURE, at + 4)

    def _walk(self) -> Iterator[Event]:
        """Yield every record with its number, time and place; `_complete` decodes the rest of those that are kept."""
        at, end, size_of_file = self._first, self._end, self.file.size
        left, skipped, oldest, newest = size_of_file - HEADER_SIZE, 0, None, None
        if not HEADER_SIZE <= at <= size_of_file:
            self._note(f"the oldest record is said to be at offset {at:#x}, outside of the file")
            at = HEADER_SIZE
        start = at
        while left >= RECORD_SIZE and at != end:
            step = self._size(at)
            if step is None:
                step = self._skip(at)
                skipped += 1
                if step is None:
                    break
                if skipped > SKIP_LIMIT:
                    self._note(f"from offset {at:#x} on records are malformed; the rest was not looked at")
                    break
                if self._circle.read_at(at, min(4, size_of_file - at)) != _FILLER[: size_of_file - at]:
                    self._note(f"record at offset {at:#x} is malformed; {step} bytes were skipped")
            else:
                number, seconds = _NUMBERS.unpack(self._circle.read_at(at + 8, _NUMBERS.size))
                oldest, newest = number if oldest is None else oldest, number
                yield Event(self, at, step, number, FileTime.from_unix(seconds))
            left -= step
            at += step
            if at >= size_of_file:
                at += HEADER_SIZE - size_of_file
            if at == start:
                break
        for lost in self._circle.lost:
            self._note(f"bytes from offset {lost:#x} on cannot be read")
        self._compare(oldest, newest)

    def _compare(self, oldest: int | None, newest: int | None) -> None:
        """Name it when the numbers that are declared are not those of the records: nothing else tells that records are absent."""
        if self._declared is None or self.problems:
            return
        first, following = self._declared
        if oldest is None and first not in {0, following}:
            self._note(f"records {first} to {following - 1} are declared, and none is there")
        elif oldest is not None and newest is not None and (first, following) != (oldest, newest + 1):
            self._note(f"records {first} to {following - 1} are declared, and {oldest} to {newest} are there")

    def _size(self, at: int) -> int | None:
        """Return the size of the record at an offset, None when there is none."""
        head = self._circle.read_at(at, 8)
        size = int.from_bytes(head[:4], "little")
        if head[4:] != _SIGNATURE or not RECORD_SIZE <= size <= self.file.size - HEADER_SIZE:
            return None
        tail = at + size - 4
        if tail >= self.file.size:
            tail += HEADER_SIZE - self.file.size
        return size if self._circle.read_at(tail, 4) == head[:4] else None

    def _skip(self, at: int) -> int | None:
        """Return how many bytes to go on to what could be the next record, None when nothing follows."""
        following = next(self._signed(at + 4), None)
        ahead = self._end if self._end > at else None
        if following is not None and (ahead is None or following < ahead):
            return following - at
        if ahead is not None:
            return None
        return self.file.size - at if at > self._end or self._end < 0 else None

    def _complete(self, event: Event) -> None:
        data, cache = self._circle.read_at(event.offset, event.size), self._cache
        record = Record.of(data)
        event.event_id = record.event_id & 0xFFFF
        if len(cache) > CACHE_LIMIT:
            cache.clear()
        names = data[RECORD_SIZE : min(record.user_sid_offset, record.string_offset)]
        known = cache.get(names)
        if known is None:
            known = cache[names] = [*texts(data, RECORD_SIZE, 2), "", ""][:2]
        event.provider, event.computer = known
        if record.user_sid_length:
            event.user_sid = self._sid(data[record.user_sid_offset : record.user_sid_offset + record.user_sid_length], event)
        strings = texts(data, record.string_offset, record.strings_count) if _SID_START in data else []
        found = [match[0] for text in [event.user_sid or "", *strings] for match in _MACHINE_SID.finditer(text)]
        prefixes = tuple(Sid(text) for text in dict.fromkeys(found))
        event.prefixes = cache.setdefault(prefixes, prefixes)

    def _sid(self, data: bytes, event: Event) -> Sid | None:
        if len(self._sids) > CACHE_LIMIT:
            self._sids.clear()
        if data not in self._sids:
            try:
                self._sids[data] = Sid.from_bytes(data)
            except ForensicError:
                self._note(f"record at offset {event.offset:#x}: its SID is malformed")
                return None
        return self._sids[data]

    def find_channel(self) -> str | None:
        """Return which of the three logs it is, by the sources of its first records: the content does not name it."""
        sources = set()
        for event in islice(self._walk(), CHANNEL_RECORDS):
            self._complete(event)
            sources.add((event.provider or "").lower())
        if "security" in sources:
            return "Security"
        return "System" if sources & {"eventlog", "service control manager"} else "Application" if sources else None

    def record(self, event: Event) -> bytes:
        """Return the bytes of a record, in one piece."""
        return self._circle.read_at(event.offset, event.size)

    def data(self, event: Event) -> Mapping[str, str]:
        """Return the strings of a record by their position."""
        data = self.record(event)
        record = Record.of(data)
        return {str(number): text for number, text in enumerate(texts(data, record.string_offset, record.strings_count), 1)}
