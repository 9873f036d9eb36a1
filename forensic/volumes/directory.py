"""DirectoryTree: a folder of this computer (a mounted Windows volume, or collected hives) as a tree."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from forensic.errors import Malformed, NotFound, Unreadable
from forensic.model import FileTime, Problem, upcase
from forensic.storage.file import EvidenceFile
from forensic.storage.location import Where
from forensic.storage.meter import ReadMeter
from forensic.volumes.tree import ENTRY_LIMIT, Content, Entry, Unindexed, components, decoded, names_encoded_drive

COUNT_LIMIT = 50_000
"""Files and folders whose sizes are added up at most."""


class DirectoryFile(Content):
    """A regular file below the folder, opened when it is first read.

    It states no times: which time a copied file carries depends on the tool that copied it.
    """

    written: FileTime | None = None
    created: FileTime | None = None

    def __init__(self, where: Where, path: str, meter: ReadMeter) -> None:
        """Describe the file at `where`, called `path` in the tree."""
        self.path, self._where, self._meter = path, where, meter
        self._data: EvidenceFile | None = None

    @property
    def size(self) -> int:
        """Bytes."""
        return self._open().size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only where the file ends."""
        return self._open().read_at(offset, size)

    def stream(self, name: str) -> DirectoryFile:
        """Raise NotFound: the folder's file system does not show alternate data streams portably."""
        raise NotFound(f"{self.path}:{name}: a folder holds no alternate data streams")

    def _open(self) -> EvidenceFile:
        if self._data is None:
            self._data = EvidenceFile(self._where, self._meter)
        return self._data


class DirectoryTree(Unindexed):
    """A folder as a tree. Links are shown and never followed; sockets, pipes and devices do not exist.

    Names that Velociraptor encoded are shown and found as they were; the path of a file is spelled as it is stored.
    """

    volume = ""

    def __init__(self, path: str | os.PathLike[str], meter: ReadMeter | None = None) -> None:
        """Look at the folder `path`; NotFound when it is none."""
        self.root = Path(path)
        self.problems: list[Problem] = []
        self._meter = ReadMeter() if meter is None else meter
        self._folders: dict[str, dict[str, os.DirEntry[str]]] = {}
        if not self.root.is_dir():
            raise NotFound(f"{self.root.name}: not a directory", code="no-file")

    def open(self, path: str) -> DirectoryFile:
        """Return the regular file at `path`."""
        where, spelled, mode = self._resolve(path)
        if not stat.S_ISREG(mode):
            raise NotFound(f"{path}: a directory, not a file", code="no-file")
        return DirectoryFile(where, spelled, self._meter)

    def list(self, path: str = "") -> list[Entry]:
        """Return the entries of the folder at `path`."""
        where, spelled, mode = self._resolve(path)
        if not stat.S_ISDIR(mode):
            raise NotFound(f"{path}: a file, not a directory", code="no-file")
        entries = sorted(self._entries(where, spelled).items())
        return [Entry(name, entry.is_dir(follow_symlinks=False), _is_link(entry)) for name, entry in entries]

    def total_size(self) -> int | None:
        """Return the bytes of all files, links left out; None where they are more than `COUNT_LIMIT`."""
        total, count, pending = 0, 0, [self.root]
        while pending:
            try:
                with os.scandir(pending.pop()) as entries:
                    for entry in entries:
                        count += 1
                        if count > COUNT_LIMIT:
                            return None
                        if _is_link(entry):
                            continue
                        if entry.is_dir(follow_symlinks=False):
                            pending.append(Path(entry.path))
                        elif entry.is_file(follow_symlinks=False):
                            total += entry.stat(follow_symlinks=False).st_size
            except OSError:
                continue  # what keeps a folder from being read is said where it is looked into
        return total

    def _resolve(self, path: str) -> tuple[Path, str, int]:
        where, spelled, mode = self.root, "", stat.S_IFDIR
        for part in components(path):
            if not stat.S_ISDIR(mode):
                raise NotFound(f"{path}: {spelled} is a file", code="no-file")
            entry = self._find(where, spelled, part)
            if entry is None:
                raise NotFound(f"{path}: no {part} in {spelled or 'the folder'}", code="no-file")
            where, spelled = where / entry.name, f"{spelled}/{_text(entry.name)}".lstrip("/")
            if _is_link(entry):
                raise NotFound(f"{path}: {spelled} is a link{_target(where)}, links are not followed", code="is-link")
            try:
                mode = entry.stat(follow_symlinks=False).st_mode
            except OSError as error:
                raise Unreadable(f"{spelled}: {error.strerror or error}") from None
        return where, spelled, mode

    def _find(self, where: Path, spelled: str, part: str) -> os.DirEntry[str] | None:
        entries = self._entries(where, spelled)
        if part in entries:
            return entries[part]
        wanted = upcase(decoded(part) if self._is_encoded(spelled) else part)
        found = sorted(name for name in entries if upcase(name) == wanted)
        if len(found) > 1:
            self.problems.append(
                Problem(
                    "warning", f"{spelled}/{part}".lstrip("/"), f"differ in case only: {', '.join(found)}; the first is read", "set-aside"
                )
            )
        return entries[found[0]] if found else None

    def _is_encoded(self, spelled: str) -> bool:
        return any(map(names_encoded_drive, (self.root.name, *spelled.split("/"))))

    def _entries(self, where: Path, spelled: str) -> dict[str, os.DirEntry[str]]:
        if spelled in self._folders:
            return self._folders[spelled]
        entries: dict[str, os.DirEntry[str]] = {}
        shown = decoded if self._is_encoded(spelled) else str
        try:
            with os.scandir(where) as found:
                for entry in found:
                    if not (_is_link(entry) or entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False)):
                        continue
                    name = shown(_text(entry.name))
                    other = entries.setdefault(name, entry)
                    if other is not entry:
                        entries[name], left = sorted((entry, other), key=lambda one: one.name)
                        what = f"{_text(left.name)} means the same name as {_text(entries[name].name)}; the first in order is read"
                        self.problems.append(Problem("warning", f"{spelled}/{name}".lstrip("/"), what, "set-aside"))
                    if len(entries) > ENTRY_LIMIT:
                        raise Malformed(f"{spelled}: more than {ENTRY_LIMIT} entries", code="too-much")
        except OSError as error:
            raise Unreadable(f"{spelled or where.name}: {error.strerror or error}") from None
        self._folders[spelled] = entries
        return entries


def _is_link(entry: os.DirEntry[str]) -> bool:
    return entry.is_symlink() or (hasattr(entry, "is_junction") and entry.is_junction())


def _text(name: str) -> str:
    r"""Return a file name as text that can be encoded and is one part of a path: `%xff` for a byte that is no UTF-8, `%` for a `\`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace").replace("\\", "%")


def _target(where: Path) -> str:
    try:
        return f" to {_text(os.readlink(where))}"  # noqa: PTH115  Path.readlink refuses junctions of Windows
    except OSError:
        return ""
