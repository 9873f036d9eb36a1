"""Tables and bitmaps of virtual disks: read where they lie, piece by piece, when they are needed."""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Literal, NamedTuple

from forensic.errors import Malformed, Unreadable
from forensic.storage.source import Source

_PAGE = 4096
_PAGES_KEPT = 1024
_PIECE = 512
_PIECES_KEPT = 256


class Structure(NamedTuple):
    """A part of a container that holds what describes the disk, not the disk itself."""

    what: str
    start: int
    size: int


class Structures:
    """The parts of one container in which no piece of the disk can lie: a table that points into them was damaged or planted."""

    def __init__(self, name: str) -> None:
        """Know none yet of the file `name`."""
        self._name = name
        self._parts: list[Structure] = []

    def add(self, what: str, start: int, size: int) -> None:
        """Remember a part."""
        self._parts.append(Structure(what, start, size))

    def spare(self, what: str, start: int, size: int) -> None:
        """Raise Malformed where the piece `what` of the disk is said to lie in one of the parts."""
        for part in self._parts:
            if part.start < start + size and start < part.start + part.size:
                raise Malformed(f"{self._name}: {what} is said to lie in the {part.what},", start)


SCANNED = 1 << 20
"""Bytes of a block table that are looked through when an image is opened: those of 128 GiB in blocks of 1 MiB, of 4 TiB in the usual 32."""


def scan(source: Source, offset: int, count: int, code: Literal["<Q", ">I"]) -> list[int]:
    """Return the first of `count` integers that lie in a row from `offset`, as many as are there and in `SCANNED` bytes."""
    layout = struct.Struct(code)
    data = source.read_at(offset, min(count * layout.size, SCANNED))
    return [value for (value,) in layout.iter_unpack(data[: len(data) // layout.size * layout.size])]


class Table:
    """Integers of one width that lie somewhere in a file: read by pages of 4 KiB when needed, the last 1024 pages kept."""

    def __init__(self, source: Source, name: str, width: int, byteorder: Literal["little", "big"]) -> None:
        """Read integers of `width` bytes from `source`; `name` is that of the file, for messages."""
        self._source, self._name, self._width, self._byteorder = source, name, width, byteorder
        self._page = lru_cache(maxsize=_PAGES_KEPT)(self._load)

    def _load(self, page: int) -> bytes:
        return self._source.read_at(page * _PAGE, _PAGE)

    def at(self, offset: int) -> int:
        """Return the integer at the byte `offset`; Unreadable where the file ends before it."""
        page, within = divmod(offset, _PAGE)
        part = self._page(page)[within : within + self._width]
        if len(part) < self._width:
            if offset % self._width:
                raise Malformed(f"{self._name}: a table that is not aligned to its entries", offset)
            raise Unreadable(f"{self._name}: a table entry at file offset {offset:#x} lies beyond the end of the file")
        return int.from_bytes(part, self._byteorder)


class Bitmap:
    """Bits that say sector by sector whether a disk holds it: read by 512 bytes when needed, the last 256 such pieces kept."""

    def __init__(self, source: Source, name: str, byteorder: Literal["little", "big"]) -> None:
        """Read bits from `source`; in each byte the least (`little`) or the most (`big`) significant bit comes first."""
        self._source, self._name, self._byteorder = source, name, byteorder
        self._piece = lru_cache(maxsize=_PIECES_KEPT)(self._load)

    def _load(self, offset: int) -> str:
        data = self._source.read_at(offset, _PIECE)
        digits = f"{int.from_bytes(data, self._byteorder):0{8 * len(data)}b}"
        return digits if self._byteorder == "big" else digits[::-1]

    def run(self, offset: int, bit: int) -> tuple[bool, int]:
        """Return whether bit number `bit` of the bitmap at the byte `offset` is set, and how many from there (at least 1) equal it."""
        piece, first = divmod(bit, 8 * _PIECE)
        digits = self._piece(offset + _PIECE * piece)
        if first >= len(digits):
            raise Unreadable(f"{self._name}: the sector bitmap at file offset {offset:#x} lies beyond the end of the file")
        here = digits[first]
        end = digits.find("0" if here == "1" else "1", first)
        return here == "1", (end if end >= 0 else len(digits)) - first
