"""Log of a VHDX: writes to its tables that may not have reached them. They are applied in memory: the file stays as it is.

Each entry is a header, descriptors of 32 bytes, and sectors of 4096 bytes:

| Offset | Size | Field of the entry header | Notes |
|---|---|---|---|
| 0 | 4 | signature | `loge` |
| 4 | 4 | checksum | CRC-32C of the entry, this field as 0 |
| 8 | 4 | length | of the entry, a multiple of 4096 |
| 12 | 4 | tail | position of the first entry of the sequence |
| 16 | 8 | sequence number | |
| 24 | 4 | number of descriptors | |
| 32 | 16 | log GUID | |
| 48 | 8 | flushed file size | the file is at least so long |
| 56 | 8 | last file size | |

| Offset | Size | Field of a descriptor | Notes |
|---|---|---|---|
| 0 | 4 | signature | `desc`: a sector is written; `zero`: bytes become zeros |
| 4 | 4 | trailing bytes | of the sector; of `zero` unused |
| 8 | 8 | leading bytes | of the sector; of `zero` the number of bytes |
| 16 | 8 | file offset | where; a multiple of 4096 |
| 24 | 8 | sequence number | that of the entry |

| Offset | Size | Field of a data sector | Notes |
|---|---|---|---|
| 0 | 4 | signature | `data` |
| 4 | 4 | sequence number | its upper half |
| 8 | 4084 | data | between the leading and the trailing bytes |
| 4092 | 4 | sequence number | its lower half |

Source: Microsoft, MS-VHDX, 2.3.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from forensic.containers.vhdx_header import is_sound
from forensic.errors import Malformed
from forensic.storage.source import Source

ENTRY, DESCRIPTOR, DATA = struct.Struct("<4sIIIQI4x16sQQ"), struct.Struct("<4s4s8sQQ"), struct.Struct("<4sI4084sI")
SECTOR = 4096
MAX_LOG = 16 << 20
_MAX_CHECKED = 8 << 20
_MAX_ZERO_RANGES = 1024


Write = tuple[int, int, bytes | None]
"""Start, end, and the bytes; None for zeros."""


class LogEntry(NamedTuple):
    """One sound entry of the log."""

    sequence: int
    tail: int
    length: int
    flushed: int
    """Bytes that the file had at least when the entry was written."""
    last: int
    """Bytes that the file needs for all its structures."""
    writes: list[Write]


class Replayed:
    """A file as it looks after its log was applied; the file itself stays as it is."""

    def __init__(self, file: Source, entries: list[LogEntry]) -> None:
        """Collect the writes of `entries`, later ones over earlier ones."""
        self._file = file
        self._sectors: dict[int, bytes] = {}
        self._zeros: list[tuple[int, int]] = []
        newest = entries[-1]
        self.size = max(file.size, newest.last) if file.size >= newest.flushed else file.size  # replay extends a file with zeros
        for entry in entries:
            for start, end, data in entry.writes:
                if data is not None:
                    self._sectors[start // SECTOR] = data
                    continue
                self._zeros.append((start, end))
                if len(self._zeros) > _MAX_ZERO_RANGES:
                    raise Malformed(f"more than {_MAX_ZERO_RANGES} zeroed ranges", code="too-much")
                for sector in [sector for sector in self._sectors if start <= sector * SECTOR < end]:
                    del self._sectors[sector]

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`, fewer at the end."""
        end = min(offset + size, self.size)
        data = bytearray(self._file.read_at(offset, size).ljust(end - offset, b"\0"))
        for first, last in self._zeros:
            start, stop = max(first, offset), min(last, end)
            if start < stop:
                data[start - offset : stop - offset] = bytes(stop - start)
        for sector in range(offset // SECTOR, -(-end // SECTOR)):
            written = self._sectors.get(sector)
            if written is not None:
                start, stop = max(sector * SECTOR, offset), min((sector + 1) * SECTOR, end)
                data[start - offset : stop - offset] = written[start - sector * SECTOR : stop - sector * SECTOR]
        return bytes(data)


def active_sequence(log: bytes, guid: bytes) -> list[LogEntry]:
    """Return the entries that must be applied: the sound sequence with the highest number; Malformed when there is none."""
    if not 0 < len(log) <= MAX_LOG or len(log) % SECTOR:
        raise Malformed(f"a log of {len(log)} bytes")
    budget = iter(range(min(2 * len(log), _MAX_CHECKED) // SECTOR))
    parse = lru_cache(maxsize=None)(lambda at: _parse_entry(log, at, guid, budget))
    best: list[LogEntry] = []
    start = 0
    while start < len(log):
        entries: list[LogEntry] = []
        at = start
        while (entry := parse(at)) is not None and (not entries or entry.sequence == entries[-1].sequence + 1):
            entries.append(entry)
            at = (at + entry.length) % len(log)
            if at == start:
                break
        sound = bool(entries) and entries[-1].tail == start
        if sound and (not best or entries[-1].sequence > best[-1].sequence):
            best = entries
        start = at if sound and at > start else start + SECTOR if not sound else len(log)
    if not best:
        raise Malformed("no sound sequence of entries")
    return best


def _parse_entry(log: bytes, at: int, guid: bytes, budget: Iterator[int]) -> LogEntry | None:
    """Read the entry at `at`, which may go around the end of the log; None when there is no sound one. `budget` bounds the work."""
    head = log[at : at + ENTRY.size]  # `at` and the log's length are multiples of a sector: never cut short
    signature, _, length, tail, sequence, count, of, flushed, last = ENTRY.unpack(head)
    if signature != b"loge" or of != guid or not 0 < length <= len(log) or length % SECTOR or not sequence:
        return None
    for _ in range(length // SECTOR):
        if next(budget, None) is None:
            raise Malformed("more entries than are checked", code="too-much")
    data = (log[at:] + log[:at])[:length]
    sectors = -(-(ENTRY.size + DESCRIPTOR.size * count) // SECTOR) * SECTOR
    if sectors > length or not is_sound(data):
        return None
    writes: list[Write] = []
    for place in range(ENTRY.size, ENTRY.size + DESCRIPTOR.size * count, DESCRIPTOR.size):
        kind, trailing, leading, offset, number = DESCRIPTOR.unpack_from(data, place)
        if number != sequence or offset % SECTOR:
            return None
        if kind == b"zero":
            writes.append((offset, offset + int.from_bytes(leading, "little"), None))
        elif kind == b"desc":
            written = _sector(data[sectors : sectors + SECTOR], sequence)
            if written is None:
                return None
            sectors += SECTOR
            writes.append((offset, offset + SECTOR, leading + written + trailing))
        else:
            return None
    return LogEntry(sequence, tail, length, flushed, last, writes)


def _sector(data: bytes, sequence: int) -> bytes | None:
    """Return what a data sector holds between the bytes that its descriptor keeps; None where it is not of the entry."""
    if len(data) < SECTOR:
        return None
    signature, high, content, low = DATA.unpack(data)
    of_entry: bool = signature == b"data" and high << 32 | low == sequence
    return content if of_entry else None
