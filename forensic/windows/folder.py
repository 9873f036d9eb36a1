"""Folder: one directory of an installation, for artifacts that read names."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from typing import TYPE_CHECKING

from forensic.errors import NotFound
from forensic.model import FileTime, Locator, State

if TYPE_CHECKING:
    from forensic.volumes.tree import Entry, File, Tree

FOLDER_LIMIT = 10_000
"""Folders that one pattern may match at most; what lies beyond is not looked at."""


class Folder:
    """A directory: a `Reading` without bytes of its own, and the names and files in it."""

    raw = b""
    written: FileTime | None = None
    state: State = "stored"

    def __init__(self, tree: Tree, path: str) -> None:
        """Look at the directory `path` of `tree`; NotFound when there is none."""
        self.tree, self.path = tree, path
        self._entries = tree.list(path)

    @property
    def place(self) -> Locator:
        """Volume and path."""
        return Locator(volume=self.tree.volume, file=self.path or "/")

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    def entries(self) -> list[Entry]:
        """Return what is in it, sorted by name."""
        return self._entries

    def file(self, name: str) -> File:
        """Open a file in it, or below it."""
        return self.tree.open(f"{self.path}/{name}".lstrip("/"))

    def folder(self, name: str) -> Folder:
        """Look at a folder in it."""
        return Folder(self.tree, f"{self.path}/{name}".lstrip("/"))


def matching(tree: Tree, path: str) -> Iterator[str]:
    """Yield the paths that exist and match `path`, in which a component may contain `*`; a path without one is yielded unseen.

    NotFound when a folder on the way does not exist. Links are never followed.
    """
    parts = path.split("/")
    found = [""]
    for position, part in enumerate(parts):
        last = position == len(parts) - 1
        if "*" not in part:
            found = [f"{folder}/{part}".lstrip("/") for folder in found]
            continue
        names: list[str] = []
        for folder in found:
            try:
                entries = tree.list(folder)
            except NotFound:
                if len(found) == 1:
                    raise
                continue  # one of several folders lacks what the pattern asks for
            names += [
                f"{folder}/{entry.name}".lstrip("/")
                for entry in entries
                if not entry.is_link and (last or entry.is_directory) and fnmatch.fnmatchcase(entry.name.lower(), part.lower())
            ]
        found = names[:FOLDER_LIMIT]
    yield from found
