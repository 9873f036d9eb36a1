"""Record of an event log of Windows NT 4.0 to Server 2003 (`.Evt`).

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

Source: Microsoft, Event Log File Format (Win32 documentation: `EVENTLOGRECORD`).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from forensic.model import decode_utf16

RECORD_SIZE = 56
"""Bytes of the fixed fields."""

_RECORD = struct.Struct("<I4s4I4H6I")


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

    @classmethod
    def of(cls, data: bytes) -> Record:
        """Return the fixed fields of the record that begins with `data`."""
        return cls._make(_RECORD.unpack_from(data))


def texts(record: bytes, at: int, count: int) -> list[str]:
    """Return up to `count` texts that begin at an offset of the record, each with a final NUL."""
    found = []
    for _ in range(min(count, len(record) // 2)):
        end = at
        while True:
            end = record.find(b"\0\0", end)
            if end < 0 or (end - at) % 2 == 0:
                break
            end += 1
        if end < 0:
            break
        found.append(decode_utf16(record[at:end]))
        at = end + 2
    return found
