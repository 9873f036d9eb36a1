"""RecordedTree: a tree that remembers which of its files were read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forensic.model import FileTime, Problem, State
from forensic.volumes.tree import READ_LIMIT, Entry, File, Tree


class RecordedTree:
    """The same tree, with a list of the files of which bytes were asked for."""

    def __init__(self, tree: Tree) -> None:
        """Show `tree`, of which nothing was read yet."""
        self._tree = tree
        self.read: dict[str, None] = {}
        """Paths, in the order of the first read."""

    @property
    def volume(self) -> str:
        """Volume id for places."""
        return self._tree.volume

    @property
    def problems(self) -> list[Problem]:
        """What was found wrong so far."""
        return self._tree.problems

    def open(self, path: str) -> File:
        """Return the file at `path`."""
        return RecordedFile(self._tree.open(path), self.read)

    def list(self, path: str = "") -> list[Entry]:
        """Return the entries of the directory at `path`."""
        return self._tree.list(path)

    def salvage(self, path: str = "") -> Sequence[Entry]:
        """Return what is still known of the entries of a directory that cannot be listed."""
        return self._tree.salvage(path)


class RecordedFile:
    """A file that names itself once it is read."""

    raw = b""
    state: State = "stored"

    def __init__(self, file: File, read: dict[str, None]) -> None:
        """Show `file`; its path is added to `read`."""
        self._file, self._read, self.path, self.place = file, read, file.path, file.place

    @property
    def size(self) -> int:
        """Bytes."""
        return self._file.size

    @property
    def written(self) -> FileTime | None:
        """When the content was last modified, where the tree says it."""
        return self._file.written

    @property
    def created(self) -> FileTime | None:
        """When the file was created, where the tree says it."""
        return self._file.created

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only where the file ends."""
        self._read[self.path] = None
        return self._file.read_at(offset, size)

    def read_all(self, limit: int = READ_LIMIT) -> bytes:
        """Return the whole content; Malformed when it is larger than `limit` bytes."""
        self._read[self.path] = None
        return self._file.read_all(limit)

    def stream(self, name: str) -> File:
        """Return the alternate data stream of this name."""
        return self._file.stream(name)

    def index(self, name: str) -> Iterator[tuple[bytes, bytes]]:
        """Yield the entries of an NTFS index of the file."""
        return self._file.index(name)
