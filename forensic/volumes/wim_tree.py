"""WimTree: the files of one image in a WIM."""

from __future__ import annotations

from functools import lru_cache

from forensic.errors import NotFound, Unsupported
from forensic.model import Problem, upcase
from forensic.storage.source import Source
from forensic.volumes.reparse import WOF, ReparsePoint, is_link
from forensic.volumes.tree import Content, Entry, Unindexed, components
from forensic.volumes.wim import Wim
from forensic.volumes.wim_dentry import ENCRYPTED, NOTHING, Dentry

_LISTINGS_KEPT = 128
_NO_NAME = frozenset({"", ".", ".."})


class WimFile(Content):
    """One file of an image, or one further stream of it."""

    def __init__(self, wim: Wim, volume: str, path: str, dentry: Dentry, sha1: bytes) -> None:
        """Describe the stream of `dentry` that has this SHA-1."""
        self.volume, self.path = volume, path
        self.written, self.created = dentry.written, dentry.created
        self._wim, self._dentry, self._sha1 = wim, dentry, sha1
        self._data: Source | None = None

    @property
    def size(self) -> int:
        """Bytes."""
        return 0 if self._sha1 == NOTHING else self._wim.size_of(self._sha1, self.path)

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only where the file ends."""
        return self._content().read_at(offset, size)

    def stream(self, name: str) -> WimFile:
        """Return the alternate data stream of this name."""
        for stream, sha1 in self._dentry.streams:
            if upcase(stream) == upcase(name):
                return WimFile(self._wim, self.volume, f"{self.path}:{stream}", self._dentry, sha1)
        raise NotFound(f"{self.path}: no stream {name}")

    def _content(self) -> Source:
        if self._data is None:
            self._data = _EMPTY if self._sha1 == NOTHING else self._wim.content(self._sha1, self.path)
        return self._data


class WimTree(Unindexed):
    """The files of one image."""

    def __init__(self, wim: Wim, number: int, prefix: str = "") -> None:
        """Show the image with this number; a ForensicError says why its directories cannot be read. `prefix` begins its id."""
        self.volume = f"{prefix}image{number}"
        self.problems: list[Problem] = []
        self._wim, self._metadata = wim, wim.metadata(number, self.volume)
        self._children = lru_cache(maxsize=_LISTINGS_KEPT)(self._list)

    def open(self, path: str) -> WimFile:
        """Return the file at `path`; Unsupported where its content is encrypted or kept elsewhere."""
        spelled, dentry = self._find(path)
        if dentry.is_directory:
            raise NotFound(f"{path}: a directory, not a file", code="no-file")
        if dentry.attributes & ENCRYPTED:
            raise Unsupported(f"{spelled}: encrypted by EFS, needs the key of its user", code="encrypted")
        if dentry.is_reparse_point:
            self._follow(spelled, dentry)
        return WimFile(self._wim, self.volume, spelled, dentry, dentry.sha1)

    def list(self, path: str = "") -> list[Entry]:
        """Return the entries of the directory at `path`."""
        spelled, dentry = self._find(path)
        if not dentry.is_directory:
            raise NotFound(f"{path}: a file, not a directory", code="no-file")
        if dentry.is_reparse_point and is_link(dentry.tag):
            raise NotFound(f"{spelled}: is a link, links are not followed", code="is-link")
        found = [Entry(one.name, one.is_directory, one.is_reparse_point and is_link(one.tag)) for one in self._children(dentry).values()]
        return sorted(found, key=lambda entry: entry.name)

    def _follow(self, path: str, dentry: Dentry) -> None:
        """Say of a reparse point why it is not read: a link, or content that is kept elsewhere; what WOF packed is unpacked in a WIM."""
        if is_link(dentry.tag):
            raise NotFound(f"{path}: is a link, links are not followed", code="is-link")
        if dentry.tag != WOF:
            point = ReparsePoint(dentry.tag, b"")
            what = f"{path}: its content is not in the image as a file: {point.keeper} (reparse tag {dentry.tag:#010x})"
            raise Unsupported(what, code="elsewhere")

    def _find(self, path: str) -> tuple[str, Dentry]:
        here, spelled = self._metadata.root, ""
        for part in components(path):
            if not here.is_directory:
                raise NotFound(f"{path}: {spelled} is a file", code="no-file")
            if here.is_reparse_point and is_link(here.tag):
                raise NotFound(f"{spelled}: is a link, links are not followed", code="is-link")
            found = self._children(here).get(upcase(part))
            if found is None:
                raise NotFound(f"{path}: no {part} in {spelled or self.volume}", code="no-file")
            here, spelled = found, f"{spelled}/{found.name}".lstrip("/")
        return spelled, here

    def _list(self, folder: Dentry) -> dict[str, Dentry]:
        found: dict[str, Dentry] = {}
        for one in self._metadata.children(folder):
            if one.name in _NO_NAME or any(mark in one.name for mark in "/\\\0"):
                what = f"a name that no file can have, {one.name!r}, was left out"
                self.problems.append(Problem("warning", self.volume, what, "set-aside"))
                continue
            found.setdefault(upcase(one.name), one)
        return found


class _Empty:
    size = 0

    def read_at(self, offset: int, size: int) -> bytes:  # noqa: ARG002  a source has positions, also where it holds nothing
        """Return nothing."""
        return b""


_EMPTY = _Empty()
