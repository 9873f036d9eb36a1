"""Key security `sk`: a security descriptor, which many keys share.

Layout (Windows registry file format specification, M. Suhanov; little-endian; offsets of cells count from the start of the hive bins):

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 2 | signature | `sk` |
| 2 | 2 | reserved | |
| 4 | 4 | flink | offset of the next `sk` |
| 8 | 4 | blink | offset of the one before |
| 12 | 4 | reference count | |
| 16 | 4 | security descriptor size | bytes |
| 20 | … | security descriptor | self-relative |
"""

from __future__ import annotations

import struct

from forensic.errors import Malformed
from forensic.registry.cell import Cells

LAYOUT = struct.Struct("<2sH4I")
SIGNATURE = b"sk"
DESCRIPTOR_LIMIT = 2 << 20
"""Bytes of one security descriptor that are read at most; Windows writes 64 KiB at most."""


def read_security_descriptor(cells: Cells, offset: int) -> tuple[int, bytes]:
    """Return where the security descriptor of the cell at `offset` lies in the hive, and its bytes; Malformed or Unreadable without one."""
    start, head, capacity = cells.record(offset, SIGNATURE, LAYOUT.size, "security descriptor")
    size = LAYOUT.unpack_from(head)[-1]
    if size > min(capacity - LAYOUT.size, DESCRIPTOR_LIMIT):
        raise Malformed("security descriptor", start + LAYOUT.size, size, capacity - LAYOUT.size)
    return start + LAYOUT.size, cells.pages.read(start + LAYOUT.size, size)
