"""TreeLocation: a file in a tree as the place of an image, so that images inside a folder or an archive are read where they lie."""

from __future__ import annotations

from forensic.errors import ForensicError, NotFound, Unreadable
from forensic.storage.naming import candidates, last_part
from forensic.storage.source import Source
from forensic.volumes.tree import Tree


class TreeLocation:
    """A `Location` below the root of a tree. Neither a name in evidence nor a link leads out of the tree."""

    def __init__(self, tree: Tree, path: str) -> None:
        """Remember the file at `path` of `tree`; nothing is looked at yet."""
        self._tree, self.path = tree, path
        self._folder, _, self.name = path.rpartition("/")

    def open(self) -> TreeHandle:
        """Open the file."""
        return TreeHandle(self._tree.open(self.path))

    def siblings(self, prefix: str = "") -> list[str]:
        """Return the names of files in the same folder that begin with `prefix`, sorted; Unreadable where it cannot be listed."""
        try:
            entries = self._tree.list(self._folder)
        except ForensicError as error:
            raise Unreadable(f"{self._folder or '/'}: cannot look for further segments: {error}") from None
        return [entry.name for entry in entries if not entry.is_directory and entry.name.startswith(prefix)]

    def sibling(self, name: str) -> TreeLocation:
        """Return the place of `name` in the same folder; NotFound where `name` is no bare name."""
        if name in {"", ".", ".."} or "/" in name or "\\" in name:
            raise NotFound(f"{self.name}: {name!r} is no name of a file beside it", code="no-file")
        return TreeLocation(self._tree, self._below(name))

    def resolve(self, name: str) -> TreeLocation:
        """Return the place of the file that this one, in its content, calls `name`; NotFound where there is none."""
        for parts in candidates(name):
            path = self._below("/".join(parts))
            try:
                return TreeLocation(self._tree, self._tree.open(path).path)
            except NotFound as error:
                if error.code == "is-link":
                    raise
        raise NotFound(f"{self.name}: {last_part(name)!r} is not beside it", code="no-file")

    def fingerprint(self, *, afresh: bool = False) -> str:
        """Return the path and the size."""
        del afresh
        return f"{self.path.lower()} {self._tree.open(self.path).size}"

    def _below(self, name: str) -> str:
        return f"{self._folder}/{name}".lstrip("/")


class TreeHandle:
    """An open file of a tree."""

    def __init__(self, file: Source) -> None:
        """Read from `file`."""
        self._file: Source | None = file
        self.size = file.size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only at the end."""
        return b"" if self._file is None else self._file.read_at(offset, size)

    def close(self) -> None:
        """Let go of the file."""
        self._file = None
