"""FAT copies: the second file allocation table in the place of the first, where that is zeroed, overwritten or unreadable."""

from __future__ import annotations

import struct
from collections.abc import Callable

from forensic.errors import ForensicError
from forensic.storage.source import Source

_SECTOR = 512


class FatCopies:
    """A FAT volume whose first table is mended from the second."""

    def __init__(self, source: Source, on_use: Callable[[str], None]) -> None:
        """Look at the boot sector and at how both tables begin; `on_use` is told once, and why, when the second one is used."""
        self._source, self._on_use, self._used = source, on_use, False
        sector = source.read_at(0, _SECTOR).ljust(_SECTOR, b"\0")
        size, reserved, tables, self._media, sectors = struct.unpack_from("<HxHB4xBH", sector, 11)
        sectors = sectors or int.from_bytes(sector[36:40], "little")
        self._first, self._length = reserved * size, sectors * size if tables == 2 else 0
        self._is_overwritten = self._length > 0 and not self._begins(self._first) and self._begins(self._first + self._length)

    @property
    def size(self) -> int:
        """Bytes."""
        return self._source.size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only at the end."""
        if offset >= self._first + self._length or offset + size <= self._first:
            return self._source.read_at(offset, size)
        start, end = max(offset, self._first), min(offset + size, self._first + self._length)
        before = self._source.read_at(offset, start - offset) if start > offset else b""
        after = self._source.read_at(end, offset + size - end) if end < offset + size else b""
        return before + self._table(start, end - start) + after

    def _table(self, offset: int, size: int) -> bytes:
        """Return a part of the first table, or of the second in its place."""
        if self._is_overwritten:
            self._say("does not begin as one")
            return self._source.read_at(offset + self._length, size)
        try:
            data = self._source.read_at(offset, size)
        except ForensicError:
            second = self._source.read_at(offset + self._length, size)
            self._say("cannot be read everywhere")
            return second
        pieces = [data[at : at + _SECTOR] for at in range(0, len(data), _SECTOR)]
        if all(any(piece) for piece in pieces):
            return data
        second = self._source.read_at(offset + self._length, size)
        mended = b"".join(piece if any(piece) else second[_SECTOR * n : _SECTOR * (n + 1)] for n, piece in enumerate(pieces))
        if mended != data:
            self._say("is zeroed in places where the second is not")
        return mended

    def _begins(self, offset: int) -> bool:
        """Tell whether a table begins at `offset`: with the media byte of the boot sector, and ones."""
        try:
            return self._source.read_at(offset, 3) == bytes([self._media, 0xFF, 0xFF])
        except ForensicError:
            return False

    def _say(self, why: str) -> None:
        if not self._used:
            self._used = True
            self._on_use(f"the first file allocation table {why}; the second one was used")
