"""Metadata of a VHDX: the sizes of blocks, disk and sectors, and what a differencing disk says of its parent.

The region begins with a table:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 8 | signature | `metadata` |
| 10 | 2 | number of entries | |
| 32 | 32 each | entries | GUID (16), offset in the region (4), length (4), flags (4): bit 0 an item of a user; reserved (4) |

| Item | Content |
|---|---|
| file parameters | block size (4), flags (4): bit 1 the disk is differencing |
| virtual disk size | bytes (8) |
| logical sector size | bytes (4): 512 or 4096 |
| parent locator | type (16), reserved (2), number of entries (2), entries |

An entry of a parent locator has 12 bytes: offset of key (4) and of value (4), bytes of key (2) and of value (2), both UTF-16LE.

Source: Microsoft, MS-VHDX, 2.6.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from forensic.containers.vhdx_region import Region
from forensic.errors import Malformed
from forensic.model import Guid, decode_utf16
from forensic.storage.source import Source

SIGNATURE = b"metadata"
HEADER, ENTRY = struct.Struct("<8s2xH20x"), struct.Struct("<16sIII4x")
LOCATOR_HEADER, LOCATOR_ENTRY = struct.Struct("<16s2xH"), struct.Struct("<IIHH")
FILE_PARAMETERS, DISK_SIZE = "caa16737-fa36-4d43-b3b6-33f0aa44e76b", "2fa54224-cd1b-4876-b211-5dbed83bf4b8"
SECTOR_SIZE, PARENT_LOCATOR = "8141bf1d-a96f-4709-ba47-f233a8faab5f", "a8d35f2d-b30b-454d-abf7-d3d84834ab0c"
_KNOWN = {FILE_PARAMETERS, DISK_SIZE, SECTOR_SIZE, PARENT_LOCATOR}
_TABLE_LIMIT, _ITEM_LIMIT = 64 * 1024, 64 * 1024
_OF_USER, _DIFFERENCING = 1, 2


class Metadata(NamedTuple):
    """What the metadata say; an item that is missing is 0 or empty."""

    block_size: int
    is_differencing: bool
    disk_size: int
    sector_size: int
    parent: dict[str, str]
    """What the parent locator says, by its keys: `relative_path`, `absolute_win32_path`, `volume_path`, `parent_linkage`."""

    @classmethod
    def read(cls, source: Source, region: Region, name: str) -> Metadata:
        """Read the metadata in `region` of `source`, the file `name`; Malformed where there are none."""
        table = source.read_at(region.offset, min(region.length, _TABLE_LIMIT))
        signature, count = HEADER.unpack_from(table.ljust(HEADER.size, b"\0"))
        if signature != SIGNATURE or HEADER.size + ENTRY.size * count > len(table):
            raise Malformed(f"{name}: VHDX metadata table", region.offset)
        items: dict[str, bytes] = {}
        for at in range(HEADER.size, HEADER.size + ENTRY.size * count, ENTRY.size):
            identifier, offset, length, flags = ENTRY.unpack_from(table, at)
            guid = str(Guid.from_bytes(identifier))
            if guid in _KNOWN and not flags & _OF_USER:
                items[guid] = source.read_at(region.offset + offset, min(length, _ITEM_LIMIT))
        parameters = items.get(FILE_PARAMETERS, b"")
        flags = _number(parameters[4:8])
        return cls(
            block_size=_number(parameters[:4]),
            is_differencing=bool(flags & _DIFFERENCING),
            disk_size=_number(items.get(DISK_SIZE, b"")[:8]),
            sector_size=_number(items.get(SECTOR_SIZE, b"")[:4]),
            parent=dict(_pairs(items.get(PARENT_LOCATOR, b""))) if flags & _DIFFERENCING else {},
        )


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _pairs(locator: bytes) -> list[tuple[str, str]]:
    """Return the keys and values of a parent locator."""
    _, count = LOCATOR_HEADER.unpack_from(locator.ljust(LOCATOR_HEADER.size, b"\0"))
    entries = locator[LOCATOR_HEADER.size :][: LOCATOR_ENTRY.size * count]
    found = []
    for key, value, key_size, value_size in LOCATOR_ENTRY.iter_unpack(entries[: len(entries) // LOCATOR_ENTRY.size * LOCATOR_ENTRY.size]):
        found.append((decode_utf16(locator[key : key + key_size]), decode_utf16(locator[value : value + value_size])))
    return found
