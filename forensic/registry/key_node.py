"""Key node `nk`: the record of a key.

Layout (Windows registry file format specification, M. Suhanov; little-endian; offsets of cells count from the start of the hive bins):

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 2 | signature | `nk` |
| 2 | 2 | flags | 0x01 volatile, 0x04 root, 0x10 symbolic link, 0x20 name in Latin-1 (else UTF-16LE) |
| 4 | 8 | last written | FILETIME, UTC |
| 12 | 4 | access bits | |
| 16 | 4 | parent | offset of a key node |
| 20 | 4 | number of subkeys | |
| 24 | 4 | number of volatile subkeys | meaningless on disk |
| 28 | 4 | subkeys list offset | `li`, `lf`, `lh` or `ri` |
| 32 | 4 | volatile subkeys list offset | meaningless on disk |
| 36 | 4 | number of key values | |
| 40 | 4 | key values list offset | a list of offsets |
| 44 | 4 | key security offset | `sk` |
| 48 | 4 | class name offset | text, UTF-16LE |
| 52 | 4 | largest subkey name length | not used here, as the next four |
| 56 | 4 | largest subkey class name length | |
| 60 | 4 | largest value name length | |
| 64 | 4 | largest value data size | |
| 68 | 4 | work var | |
| 72 | 2 | key name length | bytes |
| 74 | 2 | class name length | bytes |
| 76 | … | key name | |

In versions 1.0 and 1.1 (Windows NT 3.1) all names are UTF-16LE.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from forensic.errors import ForensicError, Malformed
from forensic.registry.base_block import BLOCK_SIZE
from forensic.registry.cell import FIRST_CELL, OLD_CELLS, Cells

LAYOUT = struct.Struct("<2sHQ15I2H")
SIGNATURE = b"nk"
KEY_VOLATILE, KEY_SYM_LINK, KEY_COMP_NAME = 0x01, 0x10, 0x20

_CELL_SIZE = struct.Struct("<i")
_GLANCE = struct.Struct("<i2sHQ4xI52xH2x")
"""Of the same layout, behind the size of the cell: signature, flags, last written, parent and length of the name, which follows."""
_GLANCE_SIZE = 256


class KeyNode(NamedTuple):
    """The fields of a key node, as they are stored."""

    signature: bytes
    flags: int
    last_written: int
    access_bits: int
    parent: int
    subkeys_count: int
    volatile_subkeys_count: int
    subkeys_list_offset: int
    volatile_subkeys_list_offset: int
    key_values_count: int
    key_values_list_offset: int
    key_security_offset: int
    class_name_offset: int
    largest_subkey_name_length: int
    largest_subkey_class_name_length: int
    largest_value_name_length: int
    largest_value_data_size: int
    work_var: int
    key_name_length: int
    class_name_length: int

    @classmethod
    def read(cls, cells: Cells, offset: int) -> tuple[KeyNode, int, bytes]:
        """Return the key node in the cell at `offset`, where it starts in the file, and its bytes up to the end of the name.

        Malformed or Unreadable where there is none.
        """
        start, head, capacity = cells.record(offset, SIGNATURE, LAYOUT.size, "key node")
        node = cls._make(LAYOUT.unpack_from(head))
        size = LAYOUT.size + node.key_name_length
        if size > capacity:
            raise Malformed("name of a key", start + LAYOUT.size, node.key_name_length, capacity - LAYOUT.size)
        return node, start, head[:size] if size <= len(head) else cells.pages.read(start, size)


def glance(cells: Cells, offset: int, parent: int) -> tuple[int, bytes] | None:
    """Return last-written time and upper-cased name of the subkey at `offset` of the key at `parent`, where nothing about it is odd.

    None where only reading the whole key node can tell. Long lists are read whole for one of the two, and most of what a key is made
    of would then be thrown away.
    """
    if offset % 8 or offset < FIRST_CELL or offset == cells.root or cells.version in OLD_CELLS:
        return None
    try:
        data = cells.pages.read(BLOCK_SIZE + offset, _CELL_SIZE.size, _GLANCE_SIZE)
    except ForensicError:
        return None
    if len(data) < _GLANCE.size:
        return None
    size, signature, flags, written, stated_parent, name_size = _GLANCE.unpack_from(data)
    end = _GLANCE.size + name_size
    if signature != SIGNATURE or not flags & KEY_COMP_NAME or stated_parent != parent or not end <= min(-size, len(data)):
        return None
    name: bytes = data[_GLANCE.size : end]
    return (written, name.upper()) if offset - size <= cells.bins_size and name.isascii() else None
