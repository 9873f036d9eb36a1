"""Region tables of a VHDX: where the block allocation table and the metadata lie. Two copies of 64 KiB stand at 192 KiB and 256 KiB.

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | signature | `regi` |
| 4 | 4 | checksum | CRC-32C of the 64 KiB, this field as 0 |
| 8 | 4 | number of entries | at most 2047 |
| 12 | 4 | reserved | |
| 16 | 32 each | entries | GUID (16), offset (8), length (4), required (4): bit 0, whoever does not know the region may not read the file |

Source: Microsoft, MS-VHDX, 2.2.3.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from forensic.containers.vhdx_header import is_sound
from forensic.errors import Malformed, Unsupported
from forensic.model import Guid
from forensic.storage.source import Source

PLACES = (192 * 1024, 256 * 1024)
SIZE = 64 * 1024
SIGNATURE = b"regi"
HEADER, ENTRY = struct.Struct("<4sII4x"), struct.Struct("<16sQII")
BLOCK_TABLE, METADATA = "2dc27766-f623-4200-9d64-115e9bfd4a08", "8b7ca206-4790-4b9a-b8fe-575f050f886e"
_ENTRY_LIMIT = 2047


class Region(NamedTuple):
    """A part of the file; in bytes."""

    offset: int
    length: int


def read_regions(source: Source, name: str) -> tuple[Region, Region]:
    """Return the regions of block table and metadata, from the first sound copy; `name` is that of the file, for messages.

    Malformed where no copy is sound or one of the two is not listed, Unsupported where another region must be known to read the file.
    """
    for place in PLACES:
        table = source.read_at(place, SIZE)
        if len(table) == SIZE and table.startswith(SIGNATURE) and is_sound(table):
            _, _, count = HEADER.unpack_from(table)
            if count <= _ENTRY_LIMIT:
                break
    else:
        raise Malformed(f"{name}: neither of the two VHDX region tables is sound", PLACES[0])
    regions: dict[str, Region] = {}
    for at in range(HEADER.size, HEADER.size + ENTRY.size * count, ENTRY.size):
        identifier, offset, length, required = ENTRY.unpack_from(table, at)
        guid = str(Guid.from_bytes(identifier))
        if guid not in {BLOCK_TABLE, METADATA} and required & 1:
            raise Unsupported(f"{name}: VHDX with the unknown required region {guid}")
        regions[guid] = Region(offset, length)
    if BLOCK_TABLE not in regions or METADATA not in regions:
        raise Malformed(f"{name}: VHDX region table without block table or metadata", PLACES[0])
    return regions[BLOCK_TABLE], regions[METADATA]
