"""Tables and bitmaps of virtual disks: read where they lie, piece by piece, when they are needed."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from forensic.errors import Malformed, Unreadable
from forensic.storage.source import Source

_PAGE = 4096
_PAGES_KEPT = 1024
_PIECE = 512
_PIECES_KEPT = 256


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
