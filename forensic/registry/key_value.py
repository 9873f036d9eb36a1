"""Key value `vk`: the record of a value, and the list of a key's values.

Layout (Windows registry file format specification, M. Suhanov; little-endian; offsets of cells count from the start of the hive bins):

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 2 | signature | `vk` |
| 2 | 2 | name length | bytes; 0: the default value |
| 4 | 4 | data size | bytes; highest bit set: at most 4 bytes, in the next field |
| 8 | 4 | data offset | of the data, or of `db` where the data are longer than 16344 bytes (`big_data`) |
| 12 | 4 | data type | |
| 16 | 2 | flags | 0x01 name in Latin-1 (else UTF-16LE) |
| 18 | 2 | spare | |
| 20 | … | value name | |

The list of a key's values is a cell of offsets, 4 bytes each, without a header.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from forensic.errors import ForensicError, Malformed, Unsupported
from forensic.registry import big_data
from forensic.registry.base_block import BLOCK_SIZE
from forensic.registry.cell import Cells

LAYOUT = struct.Struct("<2sH3I2H")
SIGNATURE = b"vk"
VALUE_COMP_NAME = 0x01
DATA_LIMIT = 2 << 20
"""Bytes of one value that are read at most: far more than anything that is stated has, and planted values may share their data.

Windows writes values of 1 MiB at most before version 1.4 and of any size since (Microsoft, "Registry Element Size Limits")."""

_INLINE = 0x80000000
_OFFSET = struct.Struct("<I")


class KeyValue(NamedTuple):
    """The fields of a key value, as they are stored."""

    signature: bytes
    name_length: int
    data_size: int
    data_offset: int
    data_type: int
    flags: int
    spare: int

    @classmethod
    def read(cls, cells: Cells, offset: int) -> tuple[KeyValue, int, bytes]:
        """Return the key value in the cell at `offset`, where it starts in the file, and its bytes up to the end of the name.

        Malformed or Unreadable where there is none.
        """
        start, head, capacity = cells.record(offset, SIGNATURE, LAYOUT.size, "value")
        record = cls._make(LAYOUT.unpack_from(head))
        size = LAYOUT.size + record.name_length
        if size > capacity:
            raise Malformed("name of a value", start + LAYOUT.size, record.name_length, capacity - LAYOUT.size)
        return record, start, head[:size] if size <= len(head) else cells.pages.read(start, size)

    def data_runs(self, cells: Cells, start: int) -> list[tuple[int, int]]:
        """Return where the data lie, offset in the file and size of each run of bytes; `start` is where this record does.

        Malformed or Unreadable where that cannot be told, Unsupported for more than `DATA_LIMIT` bytes.
        """
        size = self.data_size
        if size & _INLINE:
            size &= ~_INLINE
            if size > _OFFSET.size:
                raise Malformed("data of a value, said to lie in its record,", start + 8, size, _OFFSET.size)
            return [(start + 8, size)]
        if not size:
            return []
        if size > cells.bins_size:
            raise Malformed(f"value claims {size} bytes of data, more than the hive has", start + 4)
        if size > DATA_LIMIT:
            where = f"at offset {start + 4:#x}"
            raise Unsupported(f"value claims {size} bytes of data, more than the {DATA_LIMIT} that are read, {where}", code="too-large")
        at, capacity = cells.find(self.data_offset, 1, "data of a value")
        if capacity >= size:
            return [(at, size)]
        return big_data.runs(cells, at, capacity, size)


def listed_values(cells: Cells, offset: int, count: int, key: int, damage: list[ForensicError]) -> Iterator[int]:
    """Yield the offsets of the key values in the list at `offset`, `count` of them, each once; `key` is the cell of the key that has it.

    `damage` takes the first of the errors that were stepped over.
    """
    try:
        start, capacity = cells.find(offset, _OFFSET.size, "value list")
        cells.own_list(offset, key, count, start)
    except ForensicError as error:
        cells.step_over(error, damage)
        return
    if _OFFSET.size * count > capacity:
        cells.step_over(Malformed("value list", start, _OFFSET.size * count, capacity), damage)
        count = capacity // _OFFSET.size
    seen, end = set[int](), start + _OFFSET.size * count
    for at in range(start, end, BLOCK_SIZE):
        for (value,) in _OFFSET.iter_unpack(cells.pages.read(at, min(BLOCK_SIZE, end - at))):
            if value in seen:
                cells.step_over(Malformed("value is listed twice", BLOCK_SIZE + value), damage)
            else:
                seen.add(value)
                yield value
