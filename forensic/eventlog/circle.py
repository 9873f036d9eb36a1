"""Circle: a file whose content goes on behind its header where the file ends; read by windows, so that a large one costs no memory."""

from __future__ import annotations

from forensic.errors import Unreadable
from forensic.storage.source import Source

WINDOW, PIECE = 1 << 20, 4096
"""Bytes that are held at a time, and those that are given up together where they cannot be read."""


class Circle:
    """The bytes of a file, those behind its header as a circle."""

    def __init__(self, source: Source, header_size: int) -> None:
        """Look at `source`; behind its last byte follows the one at `header_size`."""
        self._source, self._header_size, self.size = source, header_size, source.size
        self._start, self._window = 0, b""
        self.lost: list[int] = []
        """Offsets of pieces that could not be read: they count as zeros."""

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; past the end of the file those behind the header follow."""
        at = offset - self._start
        if at >= 0 and at + size <= len(self._window):
            return self._window[at : at + size]
        data = self._straight(offset, size)
        if len(data) < size and self._header_size <= offset <= self.size:
            data += self._straight(self._header_size, size - len(data))
        return data

    def find(self, pattern: bytes, start: int) -> int:
        """Return where `pattern` stands next from `start` on, not beyond the end of the file; -1 where it does not."""
        while start < self.size:
            if not self._start <= start < self._start + len(self._window) - len(pattern):
                self._load(start)
            if not self._window:
                return -1
            found = self._window.find(pattern, start - self._start)
            if found >= 0:
                return self._start + found
            start = max(start + 1, self._start + len(self._window) - len(pattern) + 1)
        return -1

    def _straight(self, offset: int, size: int) -> bytes:
        """Return bytes of the file as they lie in it."""
        if size > WINDOW or not 0 <= offset < self.size:
            return self._source.read_at(offset, size) if offset >= 0 else b""
        if not self._start <= offset or offset + size > self._start + len(self._window):
            self._load(offset)
        return self._window[offset - self._start : offset - self._start + size]

    def _load(self, offset: int) -> None:
        try:
            self._start, self._window = offset, self._source.read_at(offset, WINDOW)
        except Unreadable:
            end = min(self.size, offset + WINDOW)
            self._start, self._window = offset, b"".join(self._piece(at, min(PIECE, end - at)) for at in range(offset, end, PIECE))

    def _piece(self, offset: int, size: int) -> bytes:
        try:
            return self._source.read_at(offset, size)
        except Unreadable:
            if offset not in self.lost:
                self.lost.append(offset)
            return bytes(size)
