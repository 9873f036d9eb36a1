"""Snapshot table of a QCOW2, big-endian: the disk as it was at earlier times, each entry with an L1 table of its own.

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 8 | L1 table offset | |
| 8 | 4 | L1 entries | |
| 12 | 2 | size of the id | |
| 14 | 2 | size of the name | |
| 16 | 4 | time | seconds since 1970, UTC, by the clock of the host |
| 20 | 4 | nanoseconds of the time | |
| 24 | 8 | run time of the guest | not needed |
| 32 | 4 | size of the saved memory | not needed: it lies behind the end of the disk |
| 36 | 4 | size of the extra data | at least 16 in version 3 |
| 40 | | extra data | 8 bytes saved memory, 8 bytes size of the disk, … |
| | | id, name | UTF-8; the next entry begins at a multiple of 8 |

Source: `docs/interop/qcow2.txt` of QEMU.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from forensic.errors import Malformed
from forensic.model import FileTime
from forensic.storage.source import Source

LAYOUT = struct.Struct(">QIHHII8x4xI")
_NAME_LIMIT, _EXTRA_LIMIT = 4096, 1024
_UNIX_EPOCH, _TICKS = 116_444_736_000_000_000, 10_000_000


class SnapshotEntry(NamedTuple):
    """One entry of the table."""

    l1_offset: int
    l1_entries: int
    id: str
    name: str
    taken: FileTime | None
    """None where the time is 0."""
    disk_size: int | None
    """Bytes of the disk then; None where the entry does not say it."""
    offset: int
    """Of the entry in the file."""


def read_entries(file: Source, name: str, offset: int, count: int) -> list[SnapshotEntry]:
    """Read `count` entries from `offset`; Malformed where one is cut short or says that it is larger than is plausible."""
    found = []
    for number in range(count):
        head = file.read_at(offset, LAYOUT.size)
        if len(head) < LAYOUT.size:
            raise Malformed(f"{name}: QCOW2 snapshot {number + 1}", offset, LAYOUT.size, len(head))
        l1_offset, l1_entries, id_size, name_size, seconds, nanoseconds, extra_size = LAYOUT.unpack(head)
        if extra_size > _EXTRA_LIMIT or id_size + name_size > _NAME_LIMIT:
            raise Malformed(f"{name}: QCOW2 snapshot {number + 1} with {extra_size} bytes of extra data", offset)
        extra = file.read_at(offset + LAYOUT.size, extra_size)
        text = file.read_at(offset + LAYOUT.size + extra_size, id_size + name_size)
        if len(extra) + len(text) < extra_size + id_size + name_size:
            need = LAYOUT.size + extra_size + id_size + name_size
            raise Malformed(f"{name}: QCOW2 snapshot {number + 1}", offset, need, LAYOUT.size + len(extra) + len(text))
        taken = FileTime(_UNIX_EPOCH + seconds * _TICKS + min(nanoseconds, 999_999_999) // 100) if seconds else None
        disk_size = int.from_bytes(extra[8:16], "big") if len(extra) >= 16 else None
        spelled = text[:id_size].decode(errors="replace"), text[id_size:].decode(errors="replace")
        found.append(SnapshotEntry(l1_offset, l1_entries, *spelled, taken, disk_size, offset))
        offset += LAYOUT.size + extra_size + id_size + name_size + 7 & ~7
    return found
