"""Sparse disks: what all virtual-disk formats share, a disk put together from runs of other sources.

A format says for a byte of the disk which source holds it and where (`SparseDisk.locate`); reading, joining neighbours, and saying
what is missing is the same for all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from forensic.containers.image import Snapshot
from forensic.containers.table import Structures
from forensic.errors import Malformed, Unreadable
from forensic.model import Problem
from forensic.storage.file import EvidenceFile
from forensic.storage.source import Source

PROBLEM_LIMIT = 20
"""Contradictions of one container that are told; a planted table may hold one in every entry."""
TRUNCATED = "truncated: parts of the disk lie beyond the end of the file"
Run = tuple[Source, int, int]
"""A source, a position in it, and how many bytes from there lie in a row."""


class Memory:
    """Bytes in memory, as a source."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        """Hold `data`."""
        self._data = data

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self._data)

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`."""
        return self._data[offset : offset + size]


class Zeros:
    """What a format defines as zeros without storing them. Never a stand-in for bytes that could not be read."""

    size = 1 << 64

    def read_at(self, offset: int, size: int) -> bytes:  # noqa: ARG002  a source has positions, also where they do not matter
        """Return `size` zeros."""
        return bytes(size)


ZEROS = Zeros()


class Missing:
    """A file that belongs to the disk and is not there: every read is Unreadable and says so."""

    size = 1 << 64

    def __init__(self, why: str) -> None:
        """Remember `why`."""
        self._why = why

    def read_at(self, offset: int, size: int) -> bytes:
        """Raise Unreadable."""
        raise Unreadable(f"{size} bytes at disk offset {offset:#x}: {self._why}")


class ParentLink(NamedTuple):
    """What a disk says of the image below it."""

    names: tuple[str, ...]
    """As the disk spells them; the first that is there counts."""
    what: str
    """`parent` or `backing file`, for messages."""
    raw: bool
    """Its content is the disk, whatever format it looks like: a guest can write any header to the start of its disk."""
    fault: Callable[[Source], str | None]
    """Tells of the opened disk why it is not the one that was meant, in words that follow its name; None where it is."""


class SparseDisk(ABC):
    """A disk whose bytes lie in runs of other sources. Formats subclass it and say which (`locate`)."""

    def __init__(self, file: EvidenceFile, size: int) -> None:
        """Describe a disk of `size` bytes whose container is `file`."""
        self.file, self._size = file, size
        self.problems: list[Problem] = []
        self.parent: Source = ZEROS
        """Where what the disk does not hold itself is read."""
        self.link: ParentLink | None = None
        self.structures = Structures(file.name)
        """Where the container's own structures lie."""

    @property
    def size(self) -> int:
        """Bytes."""
        return self._size

    @property
    def name(self) -> str:
        """Name of the container's file."""
        return self.file.name

    def reaches(self, end: int) -> None:
        """Name it once where what the disk stores reaches to `end` of its file, and the file ends before."""
        if end > self.file.size:
            self.note("error", self.name, TRUNCATED, "truncated-image")

    @abstractmethod
    def locate(self, offset: int) -> Run:
        """Return where the byte at `offset` of the disk lies, and how many bytes follow it there in a row (at least 1)."""

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`, fewer at the end of the disk. Unreadable or Malformed when they cannot be had."""
        if offset < 0:
            return b""
        try:
            parts = [self._read(run, at) for at, run in self._runs(offset, min(offset + size, self._size))]
        except Malformed as error:
            if len(self.problems) < PROBLEM_LIMIT:
                self.note("error", self.name, str(error), "container-malformed")
            raise
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _runs(self, offset: int, end: int) -> Iterator[tuple[int, Run]]:
        """Give the runs between two offsets, neighbours that continue each other joined."""
        start, source, position, length = offset, None, 0, 0
        while offset < end:
            found, at, available = self.locate(offset)
            available = min(available, end - offset)
            if found is source and at == position + length:
                length += available
            else:
                if source is not None:
                    yield start, (source, position, length)
                start, source, position, length = offset, found, at, available
            offset += available
        if source is not None:
            yield start, (source, position, length)

    def _read(self, run: Run, offset: int) -> bytes:
        source, position, length = run
        data = source.read_at(position, length)
        if len(data) != length:
            name = source.name if isinstance(source, EvidenceFile) else self.name
            self.note("error", name, TRUNCATED, "truncated-image")
            raise Unreadable(
                f"{name}: {length} bytes of disk offset {offset:#x} are stored at file offset {position:#x}, "
                f"the file ends at {source.size:#x}"
            )
        return data

    def snapshots(self) -> Sequence[Snapshot]:
        """Return the earlier states of the disk that its container keeps."""
        return ()

    def note(self, severity: Literal["warning", "error"], where: str, what: str, code: str = "") -> None:
        """Remember a problem, once; `code` is one of `model.problem.CODES`."""
        problem = Problem(severity, where, what, code)
        if problem not in self.problems:
            self.problems.append(problem)

    def link_to_parent(self, names: Sequence[str], what: str, *, raw: bool = False, fault: Callable[[Source], str | None]) -> None:
        """Remember what the disk says of its parent; until `parent.SparseImage` has opened it, what it holds is unreadable."""
        self.link = ParentLink(tuple(names), what, raw, fault)
        self.parent = Missing(f"{self.name}: its {what} was not opened")
