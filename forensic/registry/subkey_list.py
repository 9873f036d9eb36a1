"""Subkey lists: index leaf `li`, fast leaf `lf`, hash leaf `lh`, and index root `ri` over several of them.

Layout (Windows registry file format specification, M. Suhanov; little-endian; offsets of cells count from the start of the hive bins):

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 2 | signature | `li`, `lf`, `lh` or `ri` |
| 2 | 2 | number of elements | |
| 4 | … | list elements | |

An element is the offset of a key node (`li`) or of a further list (`ri`), 4 bytes; or 8 bytes, the offset of a key node and a name
hint: the first four characters of its name (`lf`), or the hash of its name (`lh`), which tells without reading the key node whether it
may be the one that is looked for. Lists with wrong hints exist, by damage or on purpose.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from operator import mul
from typing import NamedTuple

from forensic.errors import ForensicError, Malformed
from forensic.registry.cell import Cells

INDEX_ROOT = b"ri"
INDEX_DEPTH_LIMIT = 4
"""Levels of lists of subkey lists; Windows writes one."""

_HEADER = struct.Struct("<2sH")
_OFFSET = struct.Struct("<I")
_HINTED = struct.Struct("<I4s")
_ELEMENT_SIZES = {b"li": _OFFSET.size, b"lf": _HINTED.size, b"lh": _HINTED.size, b"ri": _OFFSET.size}
_HASH_FACTOR = 37
_POWERS = tuple(pow(_HASH_FACTOR, exponent, 1 << 32) for exponent in range(64))


class SubkeyList(NamedTuple):
    """One list: `li`, `lf` or `lh`, which names keys, or `ri`, which names lists."""

    signature: bytes
    elements: bytes

    @property
    def length(self) -> int:
        """How many elements it has."""
        return len(self.elements) // _ELEMENT_SIZES[self.signature]

    def element(self, number: int) -> tuple[int, bytes]:
        """Return offset and hint of one element; the hint is empty where the list has none. Malformed where there is none."""
        step = _ELEMENT_SIZES[self.signature]
        element = self.elements[number * step : (number + 1) * step]
        if len(element) < step:
            raise Malformed(f"subkey list of {self.length} elements has none of the number {number}")
        return int.from_bytes(element[:4], "little"), element[4:]

    def offsets(self) -> Iterator[int]:
        """Yield the offsets of the key nodes in their stored order."""
        step = _ELEMENT_SIZES[self.signature]
        for at in range(0, len(self.elements), step):
            yield int.from_bytes(self.elements[at : at + 4], "little")

    def holds(self, offset: int) -> bool:
        """Whether a key node is in the list."""
        packed, step = _OFFSET.pack(offset), _ELEMENT_SIZES[self.signature]
        return any(at % step == 0 for at in _occurrences(self.elements, packed))

    def hinted(self, folded: str) -> Iterator[int]:
        """Yield the offsets whose hints could mean the name `folded` (in upper case); none of a list without hints."""
        if self.signature == b"lh":
            for at in _occurrences(self.elements, _OFFSET.pack(name_hash(folded))):
                if at % _HINTED.size == _OFFSET.size:
                    yield _OFFSET.unpack_from(self.elements, at - _OFFSET.size)[0]
        elif self.signature == b"lf":
            first = _first_characters(folded)
            for offset, stored in _HINTED.iter_unpack(self.elements):
                if _could_begin(stored, first):
                    yield offset

    def hints(self) -> Iterator[tuple[int, bytes]]:
        """Yield offset and hint of each element; the hint is empty where the list has none."""
        step = _ELEMENT_SIZES[self.signature]
        for at in range(0, len(self.elements), step):
            yield int.from_bytes(self.elements[at : at + 4], "little"), self.elements[at + 4 : at + step]

    def is_right(self, hint: bytes, folded: str) -> bool:
        """Whether a hint of this list leads to a key of the name `folded` (in upper case)."""
        if self.signature == b"lh":
            return hint == _OFFSET.pack(name_hash(folded))
        return self.signature == b"lf" and _could_begin(hint, _first_characters(folded))


def subkey_lists(cells: Cells, offset: int, key: int, damage: list[ForensicError]) -> Iterator[SubkeyList]:
    """Yield the lists of the subkeys of a key, through the lists of lists, in their stored order.

    `offset` is the cell of the first list, `key` that of the key that has it; `damage` takes the first of the errors that were stepped
    over.
    """
    seen, waiting = set[int](), [(offset, 0)]
    while waiting:
        offset, depth = waiting.pop()
        try:
            if offset in seen or depth > INDEX_DEPTH_LIMIT:
                start, _ = cells.find(offset, _HEADER.size, "subkey list")
                raise Malformed("subkey list is entered twice, or nested too deep", start)
            seen.add(offset)
            found = read_list(cells, offset, key, damage)
        except ForensicError as error:
            cells.step_over(error, damage)
            continue
        if found.signature == INDEX_ROOT:
            waiting.extend((inner, depth + 1) for inner in reversed(list(found.offsets())))
        else:
            yield found


def read_list(cells: Cells, offset: int, key: int, damage: list[ForensicError]) -> SubkeyList:
    """Return the list in the cell at `offset`, one of those of `key`; Malformed where there is none.

    Of one that is longer than its cell what is there is returned, and `damage` told.
    """
    start, capacity, data = cells.open(offset, _HEADER.size, "subkey list")
    if len(data) < _HEADER.size:
        data = cells.pages.read(start, _HEADER.size)
    signature, count = _HEADER.unpack_from(data)
    step = _ELEMENT_SIZES.get(signature)
    if step is None:
        raise Malformed(f"subkey list has no known signature ({signature.hex()})", start)
    cells.own_list(offset, key, count, start)
    start, capacity, elements = start + _HEADER.size, capacity - _HEADER.size, data[_HEADER.size :]
    if count * step > capacity:
        cells.step_over(Malformed("subkey list", start, count * step, capacity), damage)
        count = capacity // step
    if len(elements) < count * step:
        elements = cells.pages.read(start, count * step)
    return SubkeyList(signature, elements[: count * step])


def name_hash(folded: str) -> int:
    """Return the hash of a name in upper case, as a hash leaf has it."""
    if folded.isascii() and len(folded) <= len(_POWERS):
        total: int = sum(map(mul, reversed(folded.encode()), _POWERS))
        return total & 0xFFFFFFFF
    total = 0
    for unit in memoryview(folded.encode("utf-16-le", "surrogatepass")).cast("H"):
        total = total * _HASH_FACTOR + unit & 0xFFFFFFFF
    return total


def _occurrences(data: bytes, part: bytes) -> Iterator[int]:
    at = data.find(part)
    while at >= 0:
        yield at
        at = data.find(part, at + 1)


def _first_characters(folded: str) -> bytes:
    return folded[:4].encode("latin-1", "replace").ljust(4, b"\0")


def _could_begin(stored: bytes, first: bytes) -> bool:
    # A name outside Latin-1 has no hint, and one outside ASCII folds in ways that bytes do not show.
    return stored.upper() == first or not stored[0] or not stored.isascii()
