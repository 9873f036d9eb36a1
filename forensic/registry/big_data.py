"""Big data `db`: the data of a value that are longer than 16344 bytes, in segments (since version 1.4).

Layout (Windows registry file format specification, M. Suhanov; little-endian; offsets of cells count from the start of the hive bins):

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 2 | signature | `db` |
| 2 | 2 | number of segments | |
| 4 | 4 | offset of the list of segments | a cell of offsets, 4 bytes each |

Each segment is a cell with 16344 bytes of the data, the last one with the rest.
"""

from __future__ import annotations

import struct

from forensic.errors import Malformed
from forensic.registry.cell import Cells

LAYOUT = struct.Struct("<2sHI")
SIGNATURE = b"db"
SEGMENT_SIZE = 16344
"""Bytes of a segment."""
FIRST_VERSION = (1, 4)

_OFFSET = struct.Struct("<I")


def runs(cells: Cells, start: int, capacity: int, size: int) -> list[tuple[int, int]]:
    """Return where `size` bytes of data lie whose cell is too small for them: offset in the file and size of each run.

    The cell's data start at `start` in the file and have `capacity` bytes. Malformed where they are no big data either.
    """
    if size <= SEGMENT_SIZE or cells.version < FIRST_VERSION or capacity < LAYOUT.size:
        raise Malformed("data of a value", start, size, capacity)
    signature, count, listing = LAYOUT.unpack(cells.pages.read(start, LAYOUT.size))
    if signature != SIGNATURE:
        raise Malformed("data of a value", start, size, capacity)
    need = -(-size // SEGMENT_SIZE)
    if count < need:
        raise Malformed("list of big data", start, need, count)
    start, _ = cells.find(listing, _OFFSET.size * need, "list of big data")
    found = []
    for (offset,) in _OFFSET.iter_unpack(cells.pages.read(start, _OFFSET.size * need)):
        part = min(SEGMENT_SIZE, size)
        found.append((cells.find(offset, part, "segment of big data")[0], part))
        size -= part
    return found
