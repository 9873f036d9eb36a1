"""Folder: one directory of an installation, for artifacts that read names."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from typing import TYPE_CHECKING

from forensic.errors import NotFound, Unsupported
from forensic.model import FileTime, Locator, State
from forensic.volumes.compression import decompress_xpress
from forensic.volumes.tree import walk

if TYPE_CHECKING:
    from forensic.volumes.tree import Entry, File, Tree

FOLDER_LIMIT = 10_000
"""Folders that one pattern may match at most; what lies beyond is not looked at."""
_PACKED_LIMIT = 16 << 20
_PACKED_CHUNK, _XPRESS_HUFFMAN = 1 << 16, 4


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

    def unpacked(self, name: str) -> bytes:
        """Return the first 64 KiB of a file in it, decompressed (see `unpacked`)."""
        return unpacked(self.file(name))

    def folder(self, name: str) -> Folder:
        """Look at a folder in it."""
        return Folder(self.tree, f"{self.path}/{name}".lstrip("/"))

    def walk(self) -> Iterator[tuple[str, Entry]]:
        """Yield name (with the folders on the way) and entry of everything below it, links unfollowed."""
        for path, entry in walk(self.tree, self.path):
            yield path[len(self.path) :].lstrip("/"), entry


def unpacked(file: File) -> bytes:
    """Return the first 64 KiB of a file, decompressed where it is packed as Windows 10 packs prefetch; of other files all.

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 3 | `MAM` | |
    | 3 | 1 | algorithm | 4: XPRESS Huffman; bit 7: a checksum (4 bytes) follows the size |
    | 4 | 4 | size | decompressed |

    Malformed or Unsupported where it cannot be decompressed. Source: libyal, Windows Prefetch File format.
    """
    data = file.read_all(_PACKED_LIMIT)
    if data[:3] != b"MAM":
        return data
    if len(data) < 8 or data[3] & 0x7F != _XPRESS_HUFFMAN:
        raise Unsupported(f"{file.path}: packed in an unknown way")
    return decompress_xpress(data[12 if data[3] & 0x80 else 8 :], min(int.from_bytes(data[4:8], "little"), _PACKED_CHUNK))


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
