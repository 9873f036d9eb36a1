"""LoneFile: one file of this computer as a tree of its own, with what belongs to it and lies beside it."""

from __future__ import annotations

from collections.abc import Iterable

from forensic.errors import NotFound
from forensic.model import Problem, upcase
from forensic.storage.location import Location, Where, locate
from forensic.storage.meter import ReadMeter
from forensic.volumes.directory import DirectoryFile
from forensic.volumes.tree import Entry, Unindexed, components


class LoneFile(Unindexed):
    """A file and its companions as a tree without folders; nothing else of the folder in which they lie is looked at."""

    volume = ""

    def __init__(self, where: Where, beside: Iterable[str] = (), meter: ReadMeter | None = None) -> None:
        """Show the file at `where`, and those of the same folder whose names are in `beside`."""
        self.problems: list[Problem] = []
        self._meter = ReadMeter() if meter is None else meter
        where = locate(where)
        self._files: dict[str, tuple[str, Location]] = {}
        for one in (where, *map(where.sibling, beside)):
            name = _text(one.name)
            self._files.setdefault(upcase(name), (name, one))

    def open(self, path: str) -> DirectoryFile:
        """Return the file called `path`."""
        parts = components(path)
        found = self._files.get(upcase(parts[0])) if len(parts) == 1 else None
        if found is None:
            raise NotFound(f"{path}: only one file was given", code="no-file")
        name, where = found
        return DirectoryFile(where, name, self._meter)

    def list(self, path: str = "") -> list[Entry]:
        """Return the file and its companions."""
        if components(path):
            raise NotFound(f"{path}: only one file was given", code="no-file")
        return [Entry(name, is_directory=False, is_link=False) for name, _ in self._files.values()]


def _text(name: str) -> str:
    r"""Return a file's name as text that can be encoded and is one part of a path: `%xff` for a byte that is no UTF-8, `%` for a `\`."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace").replace("\\", "%")
