"""Partition tables: MBR with its chain of extended partitions, and GPT with its backup.

MBR (sector 0) and EBR (first sector of each logical partition's area):

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

GPT header (sector 1, backup in the last sector):

| Offset | Size | Field | Notes |
|--------|------|-------|-------|
| 0      | 8    | `EFI PART` | |
| 12     | 4    | header size | |
| 16     | 4    | CRC-32 of the header | this field as 0 |
| 24     | 8    | its own sector | |
| 56     | 16   | disk GUID | |
| 72     | 8    | first sector of the entries | |
| 80     | 4    | entries | |
| 84     | 4    | bytes per entry | 128 or more |
| 88     | 4    | CRC-32 of the entries | |

GPT entry: type GUID (16), partition GUID (16), first sector (8), last sector (8), attributes (8), name (UTF-16LE, 72).

Source: UEFI specification, chapter 5.
"""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise
from typing import Literal

import msgspec

from forensic.errors import ForensicError, Malformed, Unreadable
from forensic.model import Guid, Locator, Problem, Span
from forensic.storage.source import Source
from forensic.volumes.content import identify, identify_boot_sector

_EXTENDED = {0x05, 0x0F, 0x85}
_PROTECTIVE = 0xEE
_LOGICAL_LIMIT = 256
_GPT_ENTRY_LIMIT, _GPT_ENTRY_SIZE_LIMIT = 1024, 4096
_SECTOR_SIZES = (512, 4096)
_UNUSED = bytes(16)


class Partition(msgspec.Struct, frozen=True):
    """One partition as its table states it."""

    start: int
    """Bytes from the start of the disk."""
    size: int
    """Bytes."""
    type: str = ""
    """MBR: `0x07`; GPT: the type GUID; empty for a bare volume."""
    guid: Span | None = None
    """GPT: the partition's own GUID, 16 bytes as they are stored."""
    name: str = ""
    """GPT: the partition's name."""


class Table(msgspec.Struct):
    """What the partition table of a disk says."""

    scheme: Literal["gpt", "mbr", "none"]
    sector_size: int
    partitions: list[Partition]
    signature: Span | None = None
    guid: Span | None = None
    problems: list[Problem] = []


def read_table(source: Source, sector_size: int = 512) -> Table:
    """Read the partition table of a disk; scheme `none` with one partition, the whole, where there is no table.

    `sector_size` is tried first; the other common size where that finds nothing. Unreadable when the first sector is and no GPT is found.
    """
    sizes = [sector_size, *(size for size in _SECTOR_SIZES if size != sector_size)]
    try:
        sector = source.read_at(0, 512)
    except Unreadable as error:
        gpt = _read_gpt(source, sizes, [Problem("warning", "MBR", f"the first sector cannot be read: {error}")], backup=True)
        if gpt is None:
            raise
        return gpt
    bare = Table("none", sector_size, [Partition(0, source.size)])
    if identify_boot_sector(sector) is not None:
        return bare
    entries = _entries(sector)
    protective = any(entry.type == _PROTECTIVE for entry in entries)
    problems: list[Problem] = []
    if protective or not entries:
        gpt = _read_gpt(source, sizes, problems, backup=protective or _is_wiped(source, sector))
        if gpt is not None:
            gpt.signature = _signature(sector)
            return gpt
        problems = problems if protective else []
    if not entries:
        bare.problems = problems
        return bare
    return _read_mbr(source, sector, entries, sizes, problems)


def _is_wiped(source: Source, sector: bytes) -> bool:
    """Whether a disk begins with zeros and with nothing that is known to begin so: the backup of a GPT may be left."""
    try:
        return not any(sector) and identify(source)[0] in {"empty", "unknown"}
    except ForensicError:
        return True


class _Entry(msgspec.Struct, frozen=True):
    type: int
    first: int
    sectors: int


def _entries(sector: bytes) -> list[_Entry]:
    """Return the used entries of an MBR or EBR; none where the sector cannot be one."""
    if sector[510:512] != b"\x55\xaa":
        return []
    entries = []
    for at in range(0x1BE, 0x1FE, 16):
        flag, kind, first, sectors = struct.unpack_from("<B3xB3xII", sector, at)
        if flag not in {0, 0x80}:
            return []
        if kind and sectors:
            entries.append(_Entry(kind, first, sectors))
    return entries


def _signature(sector: bytes) -> Span | None:
    raw = sector[0x1B8:0x1BC]
    return Span(Locator(field="disk signature", offset=0x1B8), raw) if any(raw) else None


def _read_mbr(source: Source, sector: bytes, entries: list[_Entry], sizes: list[int], problems: list[Problem]) -> Table:
    size = next((size for size in sizes if _starts_volume(source, entries[0].first * size)), sizes[0])
    table = Table("mbr", size, [], _signature(sector), problems=problems)
    for entry in entries:
        if entry.type in _EXTENDED:
            _read_chain(source, entry.first, table)
        else:
            _add(table, source, Partition(entry.first * size, entry.sectors * size, f"{entry.type:#04x}"))
    _note_overlaps(table)
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
            if len(sector) < 512 or sector[510:512] != b"\x55\xaa":
                raise Malformed("no partition table", current * table.sector_size)
        except ForensicError as error:
            table.problems.append(Problem("error", "extended partition", f"the chain of logical partitions breaks: {error}"))
            return
        following = None
        for entry in _entries(sector):
            if entry.type in _EXTENDED:
                following = base + entry.first
            else:
                start = (current + entry.first) * table.sector_size
                _add(table, source, Partition(start, entry.sectors * table.sector_size, f"{entry.type:#04x}"))
        if following is None:
            return
        current = following
    table.problems.append(
        Problem("error", "extended partition", f"the chain of logical partitions runs in a circle or past {_LOGICAL_LIMIT}")
    )


def _read_gpt(source: Source, sizes: list[int], problems: list[Problem], *, backup: bool) -> Table | None:
    """Return the GPT; its backup where the first is damaged and `backup` says that there should be one."""
    damage = []
    for size in sizes:
        try:
            return _read_header(source, size, 1, problems)
        except ForensicError as error:
            damage.append(str(error))
    for size in sizes if backup else []:
        try:
            table = _read_header(source, size, source.size // size - 1, problems)
        except ForensicError as error:
            damage.append(str(error))
        else:
            table.problems.append(
                Problem("warning", "GPT", f"the table is damaged ({damage[0]}); its backup at the end of the disk was read")
            )
            return table
    if backup:
        problems.append(Problem("error", "GPT", f"neither the table nor its backup can be read: {'; '.join(dict.fromkeys(damage))}"))
    return None


def _read_header(source: Source, size: int, at: int, problems: list[Problem]) -> Table:
    offset = at * size
    sector = source.read_at(offset, size) if at > 0 else b""
    if len(sector) < 92 or sector[:8] != b"EFI PART":
        raise Malformed("no GPT header", offset)
    length, stored, own = struct.unpack_from("<II4xQ", sector, 12)
    if not 92 <= length <= size or zlib.crc32(sector[:16] + bytes(4) + sector[20:length]) != stored:
        raise Malformed("the checksum of the GPT header is wrong", offset)
    if own != at:  # one of another disk: of an image kept at the end of this one, or of the disk before it was cut or grown
        raise Malformed(f"the GPT header says that it lies in sector {own}, not {at}", offset)
    first, count, entry_size, entries_stored = struct.unpack_from("<QIII", sector, 72)
    if count > _GPT_ENTRY_LIMIT or not 128 <= entry_size <= _GPT_ENTRY_SIZE_LIMIT:
        raise Malformed(f"a GPT of {count} entries of {entry_size} bytes is not plausible", offset)
    data = source.read_at(first * size, count * entry_size)
    if len(data) < count * entry_size:
        raise Unreadable(f"the GPT's entries at {first * size:#x} lie past the end of the image")
    if zlib.crc32(data) != entries_stored:
        raise Malformed("the checksum of the GPT's entries is wrong", first * size)
    guid = Span(Locator(field="GPT disk GUID", offset=offset + 56), sector[56:72])
    table = Table("gpt", size, [], guid=guid, problems=problems)
    for position in range(0, count * entry_size, entry_size):
        _add_entry(table, source, data[position : position + 128], first * size + position)
    _note_overlaps(table)
    return table


def _add_entry(table: Table, source: Source, entry: bytes, offset: int) -> None:
    if entry[:16] == _UNUSED:
        return
    first, last = struct.unpack_from("<QQ", entry, 32)
    partition = Partition(
        start=first * table.sector_size,
        size=max(0, last + 1 - first) * table.sector_size,
        type=str(Guid.from_bytes(entry[:16])),
        guid=Span(Locator(field="GPT partition GUID", offset=offset + 16), entry[16:32]),
        name=entry[56:128].decode("utf-16-le", "replace").split("\0")[0],
    )
    _add(table, source, partition)


def _add(table: Table, source: Source, partition: Partition) -> None:
    """Add a partition, with a problem where it does not lie inside the image."""
    table.partitions.append(partition)
    where, end = f"p{len(table.partitions)}", partition.start + partition.size
    if partition.size == 0 or partition.start >= source.size:
        table.problems.append(
            Problem("error", where, f"the partition at {partition.start:#x} lies outside the image of {source.size} bytes")
        )
    elif end > source.size:
        table.problems.append(Problem("error", where, f"the image ends {end - source.size} bytes before the partition does"))


def _note_overlaps(table: Table) -> None:
    order = sorted(range(len(table.partitions)), key=lambda number: table.partitions[number].start)
    for before, after in pairwise(order):
        if table.partitions[before].start + table.partitions[before].size > table.partitions[after].start:
            table.problems.append(Problem("warning", f"p{after + 1}", f"the partition overlaps with p{before + 1}"))
