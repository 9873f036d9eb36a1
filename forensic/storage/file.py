"""EvidenceFile: one file of evidence, open for reading, every byte read from it counted; FilePool: those of a set with many segments."""

from __future__ import annotations

from collections import OrderedDict

from forensic.errors import Unreadable
from forensic.storage.location import Handle, Where, locate
from forensic.storage.meter import ReadMeter


class EvidenceFile:
    """The lowest `Source`: containers read their files through it, wherever these lie, so that the meter covers all formats."""

    def __init__(self, where: Where, meter: ReadMeter | None = None) -> None:
        """Open the file at `where`; NotFound, Unreadable or Unsupported with the reason when it cannot be."""
        self.location = locate(where)
        self.meter = ReadMeter() if meter is None else meter
        self._closed = False
        self.meter.watch(self.location)
        self._handle: Handle | None = self.location.open()
        self._size = self._handle.size

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.location.name

    @property
    def size(self) -> int:
        """Bytes."""
        return self._size

    def beside(self, name: str) -> EvidenceFile:
        """Open the file `name` in the same folder."""
        return EvidenceFile(self.location.sibling(name), self.meter)

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only at the end of the file."""
        if offset < 0 or size <= 0 or offset >= self._size:
            return b""
        size = min(size, self._size - offset)  # a hostile size must not become an allocation
        if self._handle is None:
            if self._closed:
                raise Unreadable(f"{self.name}: already closed")
            self._handle = self.location.open()
        data = self._handle.read_at(offset, size)
        self.meter.bytes_read += len(data)
        self.meter.requests += 1
        return data

    def release(self) -> None:
        """Let go of the file until the next read: a set may have more segments than a process may open."""
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def close(self) -> None:
        """Release the file for good."""
        self._closed = True
        self.release()


class FilePool:
    """The segment files of one image, of which only the most recently used are held open."""

    def __init__(self, limit: int = 64) -> None:
        """Hold at most `limit` files open."""
        self._limit, self._held = limit, OrderedDict[EvidenceFile, None]()

    def acquire(self, file: EvidenceFile) -> EvidenceFile:
        """Return `file`, about to be read; the one unused for longest is released."""
        self._held[file] = None
        self._held.move_to_end(file)
        if len(self._held) > self._limit:
            self._held.popitem(last=False)[0].release()
        return file
