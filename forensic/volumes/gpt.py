"""GPT (sector 1), and its backup (last sector).

| Offset | Size | Field | Notes |
|--------|------|-------|-------|
| 0      | 8    | `EFI PART` | |
| 8      | 4    | revision | |
| 12     | 4    | header size | |
| 16     | 4    | CRC-32 of the header | this field as 0 |
| 20     | 4    | reserved | |
| 24     | 8    | its own sector | |
| 32     | 24   | the other header's sector, first and last usable sector | |
| 56     | 16   | disk GUID | |
| 72     | 8    | first sector of the entries | |
| 80     | 4    | entries | |
| 84     | 4    | bytes per entry | 128 or more |
| 88     | 4    | CRC-32 of the entries | |

Entry:

| Offset | Size | Field | Notes |
|--------|------|-------|-------|
| 0      | 16   | type GUID | zero: unused |
| 16     | 16   | partition GUID | |
| 32     | 8    | first sector | |
| 40     | 8    | last sector | |
| 48     | 8    | attributes | |
| 56     | 72   | name | UTF-16LE |

Source: UEFI specification, chapter 5.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

from forensic.errors import ForensicError, Malformed, Unreadable
from forensic.model import Guid, Locator, Problem, Span
from forensic.storage.source import Source
from forensic.volumes.partition import Partition, Table

HEADER, ENTRY = struct.Struct("<8s4xII4xQ24x16sQIII"), struct.Struct("<16s16sQQ8x72s")
SIGNATURE = b"EFI PART"
_GUID_AT, _PARTITION_GUID_AT = 56, 16
_ENTRY_LIMIT, _ENTRY_SIZE_LIMIT = 1024, 4096
_UNUSED = bytes(16)


class Header(NamedTuple):
    """The fields of a header that reading needs, as they are stored."""

    signature: bytes
    size: int
    checksum: int
    own_sector: int
    disk_guid: bytes
    first_entry: int
    entries: int
    entry_size: int
    entries_checksum: int

    @classmethod
    def parse(cls, sector: bytes, at: int, offset: int) -> Header:
        """Read the header in `sector`, which is number `at` and lies at the byte `offset`; Malformed where there is no sound one."""
        if len(sector) < HEADER.size or not sector.startswith(SIGNATURE):
            raise Malformed("no GPT header", offset)
        header = cls._make(HEADER.unpack_from(sector))
        sound = HEADER.size <= header.size <= len(sector)
        if not sound or zlib.crc32(sector[:16] + bytes(4) + sector[20 : header.size]) != header.checksum:
            raise Malformed("the checksum of the GPT header is wrong", offset)
        if header.own_sector != at:  # of an image kept at the end of this disk, or of it before it was cut
            raise Malformed(f"the GPT header says that it lies in sector {header.own_sector}, not {at}", offset)
        if header.entries > _ENTRY_LIMIT or not ENTRY.size <= header.entry_size <= _ENTRY_SIZE_LIMIT:
            raise Malformed(f"a GPT of {header.entries} entries of {header.entry_size} bytes is not plausible", offset)
        return header


def read_gpt(source: Source, sizes: list[int], problems: list[Problem], *, backup: bool) -> Table | None:
    """Return the GPT; its backup where the first is damaged and `backup` says that there should be one."""
    damage = []
    for size in sizes:
        try:
            return _read_table(source, size, 1, problems)
        except ForensicError as error:
            damage.append(str(error))
    for size in sizes if backup else []:
        try:
            table = _read_table(source, size, source.size // size - 1, problems)
        except ForensicError as error:
            damage.append(str(error))
        else:
            table.problems.append(
                Problem(
                    "warning", "GPT", f"the table is damaged ({damage[0]}); its backup at the end of the disk was read", "second-copy-used"
                )
            )
            return table
    if backup:
        problems.append(
            Problem("error", "GPT", f"neither the table nor its backup can be read: {'; '.join(dict.fromkeys(damage))}", "table-damaged")
        )
    return None


def _read_table(source: Source, size: int, at: int, problems: list[Problem]) -> Table:
    """Read the table whose header is sector `at`, sectors having `size` bytes."""
    offset = at * size
    header = Header.parse(source.read_at(offset, size) if at > 0 else b"", at, offset)
    start, length = header.first_entry * size, header.entries * header.entry_size
    data = source.read_at(start, length)
    if len(data) < length:
        raise Unreadable(f"the GPT's entries at {start:#x} lie past the end of the image")
    if zlib.crc32(data) != header.entries_checksum:
        raise Malformed("the checksum of the GPT's entries is wrong", start)
    guid = Span(Locator(field="GPT disk GUID", offset=offset + _GUID_AT), header.disk_guid)
    table = Table("gpt", size, [], guid=guid, problems=problems)
    for position in range(0, length, header.entry_size):
        partition = _partition(data[position : position + ENTRY.size], size, start + position)
        if partition is not None:
            table.add(source, partition)
    table.note_overlaps()
    return table


def _partition(entry: bytes, size: int, offset: int) -> Partition | None:
    """Read one entry, which lies at the byte `offset`; None where it is not used."""
    kind, guid, first, last, name = ENTRY.unpack(entry)
    if kind == _UNUSED:
        return None
    return Partition(
        start=first * size,
        size=max(0, last + 1 - first) * size,
        type=str(Guid.from_bytes(kind)),
        guid=Span(Locator(field="GPT partition GUID", offset=offset + _PARTITION_GUID_AT), guid),
        name=name.decode("utf-16-le", "replace").split("\0")[0],
    )
