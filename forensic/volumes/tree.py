"""Tree: files and directories under one root, whatever holds them (a file system, a folder, an archive)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from forensic.errors import ForensicError, Malformed, NotFound, Unreadable
from forensic.model import FileTime, Locator, Problem, State

READ_LIMIT = 64 << 20
"""Bytes that `read_all` reads at most, unless told otherwise."""
ENTRY_LIMIT = 1_000_000
"""Entries of one directory that are listed at most; more are Malformed."""

_ENCODED_DRIVE = re.compile(r"(?:[a-z]%3a|%5c%5c.*)", re.IGNORECASE)
_ENCODED = re.compile(rb"%([0-9A-Fa-f]{2})")


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One name in a directory."""

    name: str
    is_directory: bool
    is_link: bool
    """A junction, symbolic link or mount point: names another place and is never followed."""


class File(Protocol):
    """One stream of bytes in a tree: a `Source`, and a `Reading` whose raw bytes are left empty (its content is not its raw)."""

    @property
    def path(self) -> str:
        """Path as the tree spells it, with `/`, without a leading one."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def place(self) -> Locator:
        """Volume and path."""

    @property
    def raw(self) -> bytes:
        """Always empty."""

    @property
    def written(self) -> FileTime | None:
        """When the content was last modified; None where the tree does not say it in UTC."""

    @property
    def created(self) -> FileTime | None:
        """When the file was created here; None where the tree does not say it in UTC."""

    @property
    def state(self) -> State:
        """Always `stored`."""

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only where the file ends. Unreadable when they cannot be had."""

    def read_all(self, limit: int = READ_LIMIT) -> bytes:
        """Return the whole content; Malformed when it is larger than `limit` bytes."""

    def stream(self, name: str) -> File:
        """Return the alternate data stream of this name; NotFound when there is none."""

    def index(self, name: str) -> Iterator[tuple[bytes, bytes]]:
        """Yield key and data of each entry of the NTFS index of this name (`$ObjId:$O`); NotFound when there is none."""


class Tree(Protocol):
    """Files below one root; names are looked up without regard to case."""

    @property
    def volume(self) -> str:
        """Volume id for places; empty for collections."""

    @property
    def problems(self) -> list[Problem]:
        """What was found wrong so far."""

    def open(self, path: str) -> File:
        """Return the file at `path`; NotFound, Unreadable, Malformed or Unsupported say why not."""

    def list(self, path: str = "") -> list[Entry]:
        """Return the entries of the directory at `path`, sorted by name; NotFound when it is absent or no directory."""

    def salvage(self, path: str = "") -> Sequence[Entry]:
        """Return what is still known of the entries of a directory that cannot be listed: any number of them may be missing."""


class LabelledTree(Tree, Protocol):
    """The tree of a volume, which may have a label."""

    @property
    def label(self) -> str | None:
        """The volume's label; None when it has none."""


class Unindexed:
    """What a tree that keeps the names of a directory in one place only does when that is damaged: mixed into the classes of such trees."""

    def salvage(self, path: str = "") -> Sequence[Entry]:
        """Return nothing."""
        del path
        return []

    def total_size(self) -> int | None:
        """Return the bytes of all files; None where nobody adds them up."""
        return None


class Content:
    """What every file of every tree does the same way: mixed into the classes that implement `File`."""

    path: str
    volume: str = ""
    raw = b""
    state: State = "stored"

    @property
    def size(self) -> int:
        """Bytes."""
        raise NotImplementedError

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only where the file ends."""
        raise NotImplementedError

    @property
    def place(self) -> Locator:
        """Volume and path."""
        return Locator(volume=self.volume, file=self.path)

    def read_all(self, limit: int = READ_LIMIT) -> bytes:
        """Return the whole content; Malformed when it is larger than `limit` bytes, Unreadable when bytes are missing."""
        if self.size > limit:
            raise Malformed(f"{self.path}: {self.size} bytes are more than the {limit} that are plausible here", code="too-much")
        data = self.read_at(0, self.size)
        if len(data) != self.size:
            raise Unreadable(f"{self.path}: only {len(data)} of {self.size} bytes could be read")
        return data

    def index(self, name: str) -> Iterator[tuple[bytes, bytes]]:
        """Raise NotFound: only NTFS has indexes other than directories."""
        raise NotFound(f"{self.path}: no index {name}")


def components(path: str) -> list[str]:
    r"""Split a path at `/` and `\`; NotFound when a part is `..`, for no tree holds a place above its root."""
    parts = [part for part in path.replace("\\", "/").split("/") if part not in {"", "."}]
    if ".." in parts:
        raise NotFound(f"{path}: leads out of the tree")
    return parts


def names_encoded_drive(name: str) -> bool:
    """Whether Velociraptor called a folder so: below `C%3A` or `%5C%5C.%5CC%3A` it spells most characters as bytes of UTF-8."""
    return _ENCODED_DRIVE.fullmatch(name) is not None


def decoded(name: str) -> str:
    """Return the name behind one that Velociraptor encoded; the same where it is none, or would become a path."""
    if "%" not in name:
        return name
    try:
        text = _ENCODED.sub(lambda match: bytes.fromhex(match[1].decode()), name.encode()).decode()
    except UnicodeError:
        return name
    return name if {"/", "\\", "\0"} & set(text) or text in {".", ".."} else text


def walk(tree: Tree, path: str = "", limit: int = ENTRY_LIMIT) -> Iterator[tuple[str, Entry]]:
    """Yield path and entry of everything below `path`, directories before their content, links unfollowed.

    A directory further down that cannot be listed becomes a problem of the tree; more than `limit` entries are Malformed.
    """
    pending, count = [path], 0
    while pending:
        folder = pending.pop()
        try:
            entries = tree.list(folder)
        except ForensicError as error:
            if folder == path:
                raise
            where = str(Locator(volume=tree.volume, file=folder))
            tree.problems.append(Problem("warning", where, f"cannot be listed: {error}", "folder-not-read"))
            continue
        for entry in entries:
            count += 1
            if count > limit:
                raise Malformed(f"{path or 'tree'}: more than {limit} entries", code="too-much")
            name = f"{folder}/{entry.name}".lstrip("/")
            yield name, entry
            if entry.is_directory and not entry.is_link:
                pending.append(name)


__all__ = [
    "ENTRY_LIMIT",
    "READ_LIMIT",
    "Content",
    "Entry",
    "File",
    "LabelledTree",
    "Tree",
    "Unindexed",
    "components",
    "decoded",
    "names_encoded_drive",
    "walk",
]
