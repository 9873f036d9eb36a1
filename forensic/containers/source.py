"""Source: anything that has a size and gives bytes at a position. The one shape of data below the hive."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

import msgspec

from forensic.errors import Unreadable


class Source(Protocol):
    """Read-only bytes with positioned reads."""

    @property
    def size(self) -> int:
        """Bytes."""

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only where the source ends. Unreadable when they cannot be had."""


class Accounting(msgspec.Struct):
    """What was read from the evidence itself (files on disk), before any decompression."""

    bytes_read: int = 0
    requests: int = 0


class EvidenceFile:
    """One file of evidence, opened read-only; every byte read from it is counted.

    The lowest `Source`: containers read their segments through it, so that accounting covers all formats.
    """

    def __init__(self, path: str | os.PathLike[str], accounting: Accounting | None = None) -> None:
        """Open `path`; Unreadable with the reason when the system refuses."""
        self.path = Path(path)
        self.accounting = Accounting() if accounting is None else accounting
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        try:
            self._descriptor = os.open(self.path, flags)
            self._size = os.lseek(self._descriptor, 0, os.SEEK_END)  # also right for block devices
        except OSError as error:
            raise Unreadable(f"{self.path.name}: {error.strerror or error}") from None

    @property
    def size(self) -> int:
        """Bytes."""
        return self._size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only at the end of the file."""
        if offset < 0 or size <= 0:
            return b""
        try:
            data = self._pread(offset, size)
        except OSError as error:
            raise Unreadable(f"{self.path.name}: cannot read {size} bytes at offset {offset:#x}: {error.strerror or error}") from None
        self.accounting.bytes_read += len(data)
        self.accounting.requests += 1
        return data

    def _pread(self, offset: int, size: int) -> bytes:
        parts = []
        while size > 0:
            if hasattr(os, "pread"):
                part = os.pread(self._descriptor, size, offset)
            else:  # Windows
                os.lseek(self._descriptor, offset, os.SEEK_SET)
                part = os.read(self._descriptor, size)
            if not part:
                break
            parts.append(part)
            offset, size = offset + len(part), size - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Release the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class Window:
    """A part of a source, as a source of its own: `size` bytes that start at `start`."""

    __slots__ = ("_size", "_source", "start")

    def __init__(self, source: Source, start: int, size: int) -> None:
        """Look at `size` bytes of `source` from `start`; what lies past the end of `source` does not exist."""
        self._source, self.start = source, start
        self._size = max(0, min(size, source.size - start))

    @property
    def size(self) -> int:
        """Bytes."""
        return self._size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`, fewer at the end of the window."""
        if offset < 0 or offset >= self._size:
            return b""
        return self._source.read_at(self.start + offset, min(size, self._size - offset))


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

    def get_size(self) -> int:
        """Return the size in bytes (libyal's name for it)."""
        return self._source.size

    def close(self) -> None:
        """Do nothing: the source belongs to whoever opened it."""
