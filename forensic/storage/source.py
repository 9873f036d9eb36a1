"""Source: anything that has a size and gives bytes at a position. The one shape of data below the hive."""

from __future__ import annotations

import os
import stat
from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import msgspec

from forensic.errors import NotFound, Unreadable, Unsupported

if TYPE_CHECKING:
    from pathlib import Path


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
        """Open `path`: a regular file or a block device. NotFound, Unreadable or Unsupported with the reason when it cannot be."""
        self.where = os.fspath(path)
        self.name = os.path.basename(os.path.normpath(self.where))  # noqa: PTH119  as for `path`
        self.accounting = Accounting() if accounting is None else accounting
        self._descriptor = -1
        self._closed = False
        try:
            mode = os.stat(self.where).st_mode  # noqa: PTH116  as for `path`
        except (FileNotFoundError, NotADirectoryError, ValueError):
            raise NotFound(f"{self.name}: no such file") from None
        except OSError as error:
            raise Unreadable(f"{self.name}: {error.strerror or error}") from None
        if stat.S_ISDIR(mode):
            raise Unsupported(f"{self.name or self.where} is a directory, no file")
        if not (stat.S_ISREG(mode) or stat.S_ISBLK(mode)):  # a pipe would wait for a writer, a character device may never end
            raise Unsupported(f"{self.name} is neither a regular file nor a block device")
        try:
            self._descriptor = self._open()
            self._size = os.lseek(self._descriptor, 0, os.SEEK_END)  # also right for block devices
        except OSError as error:
            self.close()
            raise Unreadable(f"{self.name}: {error.strerror or error}") from None

    def _open(self) -> int:
        # O_NONBLOCK: should the name have become a pipe since it was looked at, opening it does not wait
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
        return os.open(self.where, flags)

    @cached_property
    def path(self) -> Path:
        """Where it is, for what looks for further files beside it; a single file is opened without importing pathlib."""
        from pathlib import Path

        return Path(self.where)

    @property
    def folder(self) -> str:
        """The folder that it lies in."""
        return os.path.dirname(self.where) or os.curdir  # noqa: PTH120  as for `path`

    def beside(self, name: str) -> EvidenceFile:
        """Open the file `name` in the same folder."""
        return EvidenceFile(os.path.join(self.folder, name), self.accounting)  # noqa: PTH118  as for `path`

    @property
    def size(self) -> int:
        """Bytes."""
        return self._size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only at the end of the file."""
        if offset < 0 or size <= 0 or offset >= self._size:
            return b""
        size = min(size, self._size - offset)  # a hostile size must not become an allocation
        try:
            if self._descriptor < 0:
                if self._closed:
                    raise Unreadable(f"{self.name}: already closed")
                self._descriptor = self._open()
            data = self._pread(offset, size)
        except OSError as error:
            raise Unreadable(f"{self.name}: cannot read {size} bytes at offset {offset:#x}: {error.strerror or error}") from None
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

    def release(self) -> None:
        """Give the descriptor back to the system until the next read: a set may have more segments than a process may open."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def close(self) -> None:
        """Release the file for good."""
        self._closed = True
        self.release()


class FilePool:
    """The segment files of one image, of which only the most recently used keep a descriptor."""

    def __init__(self, limit: int = 64) -> None:
        """Keep at most `limit` files open."""
        self._limit, self._awake = limit, OrderedDict[EvidenceFile, None]()

    def acquire(self, file: EvidenceFile) -> EvidenceFile:
        """Return `file`, about to be read; the one unused for longest goes to rest."""
        self._awake[file] = None
        self._awake.move_to_end(file)
        if len(self._awake) > self._limit:
            self._awake.popitem(last=False)[0].release()
        return file


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
