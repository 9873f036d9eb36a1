"""MBR (sector 0), and the chain of EBRs (first sector of each logical partition's area).

| Offset | Size | Field | Notes |
|--------|------|-------|-------|
| 0x1b8  | 4    | disk signature | MBR only; written by Windows, in `MountedDevices` |
| 0x1be  | 64   | entries | four of 16 bytes |
| 0x1fe  | 2    | 55 AA | |

Entry:

| Offset | Size | Field | Notes |
|--------|------|-------|-------|
| 0      | 1    | boot flag | 0x80 or 0 |
| 4      | 1    | type  | 0 unused; 05, 0F, 85 extended; EE protects a GPT |
| 8      | 4    | first sector | in an EBR: the first entry counts from the EBR, the second from the first EBR |
| 12     | 4    | sectors | |

Source: UEFI specification, chapter 5.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from forensic.errors import ForensicError, Malformed
from forensic.model import Locator, Problem, Span
from forensic.storage.source import Source
from forensic.volumes.content import identify_boot_sector
from forensic.volumes.partition import Partition, Table

PROTECTIVE = 0xEE
ENTRY = struct.Struct("<B3xB3xII")
_SIGNATURE, _ENTRIES, _MARK = slice(0x1B8, 0x1BC), range(0x1BE, 0x1FE, ENTRY.size), slice(0x1FE, 0x200)
_BOOT_FLAGS = {0, 0x80}
_EXTENDED = {0x05, 0x0F, 0x85}
_LOGICAL_LIMIT = 256


class Entry(NamedTuple):
    """One used entry; numbers of sectors."""

    type: int
    first: int
    sectors: int


def read_entries(sector: bytes) -> list[Entry]:
    """Return the used entries of an MBR or EBR; none where the sector cannot be one."""
    if sector[_MARK] != b"\x55\xaa":
        return []
    entries = []
    for at in _ENTRIES:
        flag, kind, first, sectors = ENTRY.unpack_from(sector, at)
        if flag not in _BOOT_FLAGS:
            return []
        if kind and sectors:
            entries.append(Entry(kind, first, sectors))
    return entries


def signature(sector: bytes) -> Span | None:
    """Return the disk signature in an MBR; None where it is zero."""
    raw = sector[_SIGNATURE]
    return Span(Locator(field="disk signature", offset=_SIGNATURE.start), raw) if any(raw) else None


def read_mbr(source: Source, sector: bytes, entries: list[Entry], sizes: list[int], problems: list[Problem]) -> Table:
    """Return the table that the MBR `sector` with these entries describes; of `sizes` of a sector the one with which a volume is found."""
    size = next((size for size in sizes if _starts_volume(source, entries[0].first * size)), sizes[0])
    table = Table("mbr", size, [], signature(sector), problems=problems)
    for entry in entries:
        if entry.type in _EXTENDED:
            _read_chain(source, entry.first, table)
        else:
            table.add(source, Partition(entry.first * size, entry.sectors * size, f"{entry.type:#04x}"))
    table.note_overlaps()
    return table


def _starts_volume(source: Source, offset: int) -> bool:
    try:
        return identify_boot_sector(source.read_at(offset, 512)) is not None
    except ForensicError:
        return False


def _read_chain(source: Source, base: int, table: Table) -> None:
    """Follow the logical partitions from the extended partition at sector `base`; a circle or a bad link ends the chain with a problem."""
    current, seen = base, set[int]()
    while current not in seen and len(seen) < _LOGICAL_LIMIT:
        seen.add(current)
        try:
            sector = source.read_at(current * table.sector_size, 512)
            if len(sector) < 512 or sector[_MARK] != b"\x55\xaa":
                raise Malformed("no partition table", current * table.sector_size)
        except ForensicError as error:
            table.problems.append(
                Problem("error", "extended partition", f"the chain of logical partitions breaks: {error}", "table-damaged")
            )
            return
        following = None
        for entry in read_entries(sector):
            if entry.type in _EXTENDED:
                following = base + entry.first
            else:
                start = (current + entry.first) * table.sector_size
                table.add(source, Partition(start, entry.sectors * table.sector_size, f"{entry.type:#04x}"))
        if following is None:
            return
        current = following
    table.problems.append(
        Problem(
            "error", "extended partition", f"the chain of logical partitions runs in a circle or past {_LOGICAL_LIMIT}", "table-damaged"
        )
    )
