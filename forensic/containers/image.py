"""Image: an opened disk or volume image, whatever its container."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from forensic.model import FileTime, Problem, Span
from forensic.storage.file import EvidenceFile
from forensic.storage.meter import ReadMeter
from forensic.storage.source import Source


class Snapshot(NamedTuple):
    """The disk as it was at an earlier time, where the container keeps that."""

    number: int
    """From 1, in the order of the container's own list."""
    id: str
    name: str
    """Id and name as the container spells them."""
    taken: FileTime | None
    """When, by the clock of the host."""
    size: int
    """Bytes of the disk then."""
    data: Source
    reading: Span
    """Where the container says so."""


class Image:
    """The disk or volume inside a container: a `Source` of its bytes, and what the container says about itself.

    Formats subclass it, or wrap a `Source` with it. `problems` grows while the image is read (a bad chunk is noticed when it is needed).
    """

    def __init__(self, path: str, format: str, data: Source, files: Sequence[EvidenceFile], meter: ReadMeter) -> None:  # noqa: A002  the contract's word
        """Describe an image whose bytes are `data`, read from `files`."""
        self.path, self.format = path, format
        self.data, self.files, self.meter = data, list(files), meter
        self.sector_size = 512
        """Bytes in a sector, as the container says; 512 where it says nothing."""
        self.stored_hashes: dict[str, str] = {}
        """Hashes of the content that the container carries: `md5`, `sha1`, lower-case hex."""
        self.problems: list[Problem] = []

    @property
    def size(self) -> int:
        """Bytes of the disk or volume."""
        return self.data.size

    @property
    def segments(self) -> tuple[str, ...]:
        """The names of all its files, that which was asked for or the first segment first."""
        return tuple(file.name for file in self.files)

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only at the end. Unreadable when they cannot be had."""
        return self.data.read_at(offset, size)

    def snapshots(self) -> Sequence[Snapshot]:
        """Return the earlier states of the disk that the container keeps, in its order; what cannot be read of them is a problem."""
        return ()

    def join_parents(self, open_file: Callable[[EvidenceFile, tuple[str, ...]], Image], above: tuple[str, ...]) -> None:
        """Open the images below this one, where its format knows of such; `above` are the fingerprints of the disks that it is below."""

    def close(self) -> None:
        """Release all files."""
        for file in self.files:
            file.close()
