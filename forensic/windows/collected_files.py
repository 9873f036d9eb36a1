"""CollectedFiles: single files without the folders around them, shown under the paths that they had on their own computer."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from typing import TYPE_CHECKING

from forensic.errors import ForensicError, NotFound
from forensic.model import Problem, upcase
from forensic.volumes.tree import Entry, Unindexed, components

if TYPE_CHECKING:
    from forensic.volumes.tree import File, Tree


class CollectedFiles(Unindexed):
    """Files of a tree as a tree of their own; what is named at its root are variables, `%SystemRoot%` and `%SystemDrive%`.

    So a path as artifacts declare it, e.g. `%SystemRoot%/System32/winevt/Logs/System.evtx`, leads to the file wherever it lies here.
    The place of a file is where it lies here. That a path is not among them says nothing of the computer: nobody listed its folder.
    """

    def __init__(self, tree: Tree, paths: Mapping[str, str]) -> None:
        """Show the files at `paths`: from the path that each had, beginning with a variable, to its path in `tree`."""
        self._tree, self._paths = tree, dict(paths)
        self._files: dict[tuple[str, ...], str] = {}
        self._folders: dict[tuple[str, ...], dict[str, Entry]] = {(): {}}
        for path, here in paths.items():
            parts = components(path)
            self._files[_key(parts)] = here
            for depth, name in enumerate(parts):
                is_directory = depth < len(parts) - 1
                self._folders.setdefault(_key(parts[:depth]), {}).setdefault(upcase(name), Entry(name, is_directory, is_link=False))

    @property
    def volume(self) -> str:
        """Volume id for places."""
        return self._tree.volume

    @property
    def problems(self) -> list[Problem]:
        """What was found wrong with the tree in which the files lie."""
        return self._tree.problems

    def items(self) -> list[tuple[str, str]]:
        """Return for each file the path that it had, and where it lies here."""
        return list(self._paths.items())

    @property
    def size(self) -> int:
        """Bytes of all files; one that cannot be opened counts none."""
        total = 0
        for here in self._files.values():
            try:
                total += self._tree.open(here).size
            except ForensicError:
                continue  # reading it states why
        return total

    def open(self, path: str) -> File:
        """Return the file that was at `path`."""
        here = self._files.get(_key(components(path)))
        if here is None:
            raise NotFound(f"{path}: not among the files that were collected", code="no-file")
        return self._tree.open(here)

    def list(self, path: str = "") -> list[Entry]:
        """Return what was collected of the directory at `path`."""
        entries = self._folders.get(_key(components(path)))
        if entries is None:
            raise NotFound(f"{path}: no file of this folder was collected", code="no-file")
        return sorted(entries.values(), key=lambda entry: entry.name)

    def has(self, path: str) -> bool:
        """Whether a file at `path` or below it was collected; its components may contain `*`."""
        pattern = _key(components(path))
        return any(len(parts) >= len(pattern) and all(map(fnmatch.fnmatchcase, parts[: len(pattern)], pattern)) for parts in self._files)


def _key(parts: list[str]) -> tuple[str, ...]:
    return tuple(map(upcase, parts))
