"""LoneFile: one file of this computer as a tree of its own, with what belongs to it and lies beside it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from forensic.errors import NotFound
from forensic.model import Problem, upcase
from forensic.storage.meter import ReadMeter
from forensic.volumes.directory import DirectoryFile
from forensic.volumes.tree import Entry, Unindexed, components


class LoneFile(Unindexed):
    """A file and its companions as a tree without folders; nothing else of the folder in which they lie is looked at."""

    volume = ""

    def __init__(self, path: str, beside: Iterable[str] = (), meter: ReadMeter | None = None) -> None:
        """Show the file at `path`, and those of the names in `beside` that are regular files of the same folder: links are not followed."""
        self.problems: list[Problem] = []
        self._meter = ReadMeter() if meter is None else meter
        where = Path(path)
        self._files = {upcase(_text(where)): where}
        for name in beside:
            other = where.with_name(name)
            if _is_regular(other):
                self._files.setdefault(upcase(_text(other)), other)

    def open(self, path: str) -> DirectoryFile:
        """Return the file called `path`."""
        parts = components(path)
        where = self._files.get(upcase(parts[0])) if len(parts) == 1 else None
        if where is None:
            raise NotFound(f"{path}: only one file was given", code="no-file")
        return DirectoryFile(where, _text(where), self._meter)

    def list(self, path: str = "") -> list[Entry]:
        """Return the file and its companions."""
        if components(path):
            raise NotFound(f"{path}: only one file was given", code="no-file")
        return [Entry(_text(where), is_directory=False, is_link=False) for where in self._files.values()]


def _is_regular(where: Path) -> bool:
    try:
        return stat.S_ISREG(where.lstat().st_mode)
    except (OSError, ValueError):
        return False


def _text(where: Path) -> str:
    r"""Return the file's name as text that can be encoded and is one part of a path: `%xff` for a byte that is no UTF-8, `%` for a `\`."""
    return os.fsencode(where.name).decode("utf-8", "backslashreplace").replace("\\", "%")
