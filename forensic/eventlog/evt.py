r"""Event log of Windows NT 4.0 to Server 2003 (`.Evt`).

The file: a header of 48 bytes, then records in a circle: one that does not fit before the end of the file goes on behind the header.
All numbers are little-endian.

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

A record:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | length | bytes |
| 4 | 4 | reserved | `LfLe` |
| 8 | 4 | record number | |
| 12 | 4 | time generated | seconds since 1970, UTC |
| 16 | 4 | time written | |
| 20 | 4 | event id | the low 16 bits; above them severity and facility |
| 24 | 2 | event type | |
| 26 | 2 | number of strings | |
| 28 | 2 | event category | |
| 30 | 2 | reserved flags | |
| 32 | 4 | closing record number | |
| 36 | 4 | string offset | UTF-16, each with a final NUL |
| 40 | 8 | user SID length and offset | |
| 48 | 8 | data length and offset | |
| 56 | … | source, computer | UTF-16, each with a final NUL |
| … | 4 | length | again |

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

Caveats: the end record is right also where the header is dirty. Records behind it that are no longer counted are not read.
Source: Microsoft, Event Log File Format (Win32 documentation: `ELF_LOGFILE_HEADER`, `EVENTLOGRECORD`, `EVENTLOGEOF`).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from forensic.errors import ForensicError, Malformed
from forensic.eventlog.log import Event, EventLog, LogFile
from forensic.model import FileTime, Sid, decode_utf16

HEADER_SIZE, END_SIZE, RECORD_SIZE = 48, 40, 56
DIRTY = 1
SIZE_LIMIT = 256 << 20
"""Bytes of a log that is read, all at once."""
CACHE_LIMIT = 10_000
"""Distinct values of which one copy is kept."""

_HEADER = struct.Struct("<I4s10I")
_RECORD = struct.Struct("<I4s4I4H6I")
_END = struct.pack("<5I", END_SIZE, 0x11111111, 0x22222222, 0x33333333, 0x44444444)
_SIGNATURE = b"LfLe"
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


class Record(NamedTuple):
    """The fixed fields of a record, as they are stored (`EVENTLOGRECORD`)."""

    length: int
    reserved: bytes
    record_number: int
    time_generated: int
    time_written: int
    event_id: int
    event_type: int
    strings_count: int
    event_category: int
    reserved_flags: int
    closing_record_number: int
    string_offset: int
    user_sid_length: int
    user_sid_offset: int
    data_length: int
    data_offset: int


class EvtLog(EventLog):
    """An event log in the format of NT 4.0 to 2003."""

    def __init__(self, file: LogFile) -> None:
        """Read the log; Malformed when it has neither header nor end record."""
        super().__init__(file)
        self._image = file.read_all(SIZE_LIMIT)
        self.raw = self._image[:HEADER_SIZE]
        if len(self.raw) < HEADER_SIZE:
            raise Malformed("header of the event log", 0, HEADER_SIZE, len(self.raw))
        header = Header._make(_HEADER.unpack(self.raw))
        sound = header.signature == _SIGNATURE and header.header_size == HEADER_SIZE
        if not sound:
            self.problems.append("the file's header is not that of an event log")
        self.dirty = not sound or bool(header.flags & DIRTY)
        self._first, self._end = header.start_offset, header.end_offset
        if self.dirty or not self._ends_at(self._end):
            at = self._find_end()
            if at is None and not sound:
                raise Malformed("event log without header and end record", 0, HEADER_SIZE, len(self._image))
            if at is None:
                self._note("no end record; every record of the file counts")
                self._first, self._end = self._oldest_record(), -1
            else:
                self._first, self._end = struct.unpack_from("<I", self._image, at + 20)[0], at

    def _ends_at(self, offset: int) -> bool:
        return self._bytes(offset, len(_END)) == _END

    def _find_end(self) -> int | None:
        at = self._image.find(_END, HEADER_SIZE)
        if at < 0:  # it may itself go on behind the header
            ring = len(self._image) - HEADER_SIZE
            at = next((o for o in range(len(self._image) - END_SIZE, len(self._image), 4) if ring > 0 and self._ends_at(o)), -1)
        return at if at >= HEADER_SIZE else None

    def _oldest_record(self) -> int:
        """Return the offset of the record with the smallest number: where reading begins when nothing else says it."""
        found = ((self._image[at + 8 : at + 12][::-1], at) for at in self._signed(HEADER_SIZE) if self._size(at) is not None)
        return min(found, default=(b"", HEADER_SIZE))[1]

    def _signed(self, start: int) -> Iterator[int]:
        """Yield offsets that could be those of records, by their signature."""
        at = self._image.find(_SIGNATURE, start + 4)
        while at >= 0:
            if at % 4 == 0:
                yield at - 4
            at = self._image.find(_SIGNATURE, at + 4)

    def _bytes(self, offset: int, size: int) -> bytes:
        """Return bytes from the circle that begins behind the header."""
        data = self._image[offset : offset + size]
        if len(data) < size and HEADER_SIZE <= offset <= len(self._image):
            data += self._image[HEADER_SIZE : HEADER_SIZE + size - len(data)]
        return data

    def _walk(self) -> Iterator[Event]:
        cache: dict[Any, Any] = {}
        at, end, left = self._first, self._end, len(self._image) - HEADER_SIZE
        start = at
        if not HEADER_SIZE <= at <= len(self._image):
            self._note(f"the oldest record is said to be at offset {at:#x}, outside of the file")
            at = start = HEADER_SIZE
        while left >= RECORD_SIZE and at != end:
            size = self._size(at)
            if size is None:
                step = self._skip(at)
                if step is None:
                    break
                if self._image[at : at + 4] != _FILLER[: len(self._image) - at]:
                    self._note(f"record at offset {at:#x} is malformed; {step} bytes were skipped")
            else:
                step = size
                yield self._event(at, size, cache)
            left -= step
            at += step
            if at >= len(self._image):
                at += HEADER_SIZE - len(self._image)
            if at == start:
                break

    def _size(self, at: int) -> int | None:
        """Return the size of the record at an offset, None when there is none."""
        head = self._bytes(at, 8)
        size = int.from_bytes(head[:4], "little")
        if head[4:] != _SIGNATURE or not RECORD_SIZE <= size <= len(self._image) - HEADER_SIZE:
            return None
        tail = at + size - 4
        if tail >= len(self._image):
            tail += HEADER_SIZE - len(self._image)
        return size if self._bytes(tail, 4) == head[:4] else None

    def _skip(self, at: int) -> int | None:
        """Return how many bytes to go on to what could be the next record, None when nothing follows."""
        following = next(self._signed(at + 4), None)
        ahead = self._end if self._end > at else None
        if following is not None and (ahead is None or following < ahead):
            return following - at
        if ahead is not None:
            return None
        return len(self._image) - at if at > self._end or self._end < 0 else None

    def _event(self, at: int, size: int, cache: dict[Any, Any]) -> Event:
        data = self._bytes(at, size)
        record = Record._make(_RECORD.unpack_from(data))
        event = Event(self, at, size, record.record_number, FileTime.from_unix(record.time_generated))
        event.event_id = record.event_id & 0xFFFF
        if len(cache) > CACHE_LIMIT:
            cache.clear()
        names = _texts(data, RECORD_SIZE, 2)
        event.provider, event.computer = (cache.setdefault(name, name) for name in [*names, "", ""][:2])
        if record.user_sid_length:
            try:
                event.user_sid = Sid.from_bytes(data[record.user_sid_offset : record.user_sid_offset + record.user_sid_length])
            except ForensicError:
                self._note(f"record at offset {at:#x}: its SID is malformed")
        texts = _texts(data, record.string_offset, record.strings_count) if _SID_START in data else []
        found = [match[0] for text in [event.user_sid or "", *texts] for match in _MACHINE_SID.finditer(text)]
        prefixes = tuple(Sid(text) for text in dict.fromkeys(found))
        event.prefixes = cache.setdefault(prefixes, prefixes)
        return event

    def record(self, event: Event) -> bytes:
        """Return the bytes of a record, in one piece."""
        return self._bytes(event.offset, event.size)

    def data(self, event: Event) -> Mapping[str, str]:
        """Return the strings of a record by their position."""
        data = self.record(event)
        record = Record._make(_RECORD.unpack_from(data))
        return {str(number): text for number, text in enumerate(_texts(data, record.string_offset, record.strings_count), 1)}


def _texts(record: bytes, at: int, count: int) -> list[str]:
    """Return up to `count` texts that begin at an offset of the record, each with a final NUL."""
    texts = []
    for _ in range(min(count, len(record) // 2)):
        end = at
        while True:
            end = record.find(b"\0\0", end)
            if end < 0 or (end - at) % 2 == 0:
                break
            end += 1
        if end < 0:
            break
        texts.append(decode_utf16(record[at:end]))
        at = end + 2
    return texts
