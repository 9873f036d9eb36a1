"""Source: anything that has a size and gives bytes at a position. The one shape of data below the hive."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol


class Source(Protocol):
    """Read-only bytes with positioned reads."""

    @property
    def size(self) -> int:
        """Bytes."""

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only where the source ends. Unreadable when they cannot be had."""


class Window:
    """A part of a source, as a source of its own: `size` bytes that start at `start`."""

    __slots__ = ("_size", "_source", "start")

    def __init__(self, source: Source, start: int, size: int) -> None:
        """Look at `size` bytes of `source` from `start`; what lies past the end of `source` does not exist."""
        self._source, self.start = source, start
        self._size = max(0, min(size, source.size - start))

    @property
    def source(self) -> Source:
        """Of what it is a part."""
        return self._source

    @property
    def size(self) -> int:
        """Bytes."""
        return self._size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`, fewer at the end of the window."""
        if offset < 0 or offset >= self._size:
            return b""
        return self._source.read_at(self.start + offset, min(size, self._size - offset))


class Mended:
    """A source whose first bytes are replaced."""

    __slots__ = ("_head", "_source", "size")

    def __init__(self, source: Source, head: bytes) -> None:
        """Show `head` in the place of the first bytes of `source`."""
        self._source, self._head, self.size = source, head, source.size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only at the end."""
        if not 0 <= offset < len(self._head):
            return self._source.read_at(offset, size)
        head = self._head[offset : offset + size]
        return head + self._source.read_at(offset + len(head), size - len(head)) if size > len(head) else head


def read_chunked(offset: int, size: int, of: int, chunk: int, unpacked: Callable[[int], bytes]) -> bytes:
    """Return `size` bytes from `offset` of `of` bytes in chunks of `chunk`; `unpacked` gives a chunk by its number. Fewer at the end."""
    size = min(size, of - offset)
    if offset < 0 or size <= 0:
        return b""
    first, last = offset // chunk, (offset + size - 1) // chunk
    data = b"".join(unpacked(number) for number in range(first, last + 1))
    start = offset - first * chunk
    return data[start : start + size]


class SourceReader:
    """A source as a Python binary file object, for libraries that want one."""

    def __init__(self, source: Source) -> None:
        """Start at position 0."""
        self._source, self._position = source, 0

    def read(self, size: int | None = -1) -> bytes:
        """Return up to `size` bytes from the position; all that follow when it is negative."""
        if size is None or size < 0:
            size = max(0, self._source.size - self._position)
        data = self._source.read_at(self._position, size)
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move the position."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._source.size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def seekable(self) -> bool:
        """Return True."""
        return True

    def get_size(self) -> int:
        """Return the size in bytes (libyal's name for it)."""
        return self._source.size

    def close(self) -> None:
        """Do nothing: the source belongs to whoever opened it."""
