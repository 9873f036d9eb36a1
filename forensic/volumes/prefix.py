"""PrefixTree: the objects below a prefix of a store as a tree, each read where it lies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, Self

from forensic.errors import Malformed, NotFound, Unsupported
from forensic.storage.location import Location
from forensic.storage.meter import ReadMeter
from forensic.volumes.directory import DirectoryFile
from forensic.volumes.member_tree import MemberTree, member_path

OBJECT_LIMIT = 50_000
"""Objects below one prefix that are looked at as one source."""


class Prefix(Location, Protocol):
    """A place in a store that may be a folder: `remote.RemoteLocation`, and `brokered.BrokeredLocation` where the parent has one."""

    @property
    def is_folder(self) -> bool:
        """Whether it is named as a folder."""

    def below(self) -> Iterator[tuple[str, Self, int]]:
        """Yield what lies below: the name from there on, the place and its size in bytes."""


class PrefixTree(MemberTree[Prefix]):
    """Objects by their keys, which whoever stored them chose."""

    def __init__(self, where: Prefix, meter: ReadMeter) -> None:
        """List the objects below `where`; Malformed where they are more than a folder of evidence has."""
        super().__init__(where.name)
        self._meter = meter
        self._sizes: dict[Prefix, int] = {}
        for name, location, size in where.below():
            if len(self._members) >= OBJECT_LIMIT:
                what = f"{where.path}: more than {OBJECT_LIMIT} objects lie below it: give a prefix of one computer, or scan it"
                raise Malformed(what, code="too-much")
            self._add(name, location, is_directory=name.endswith("/"))
            self._sizes[location] = size

    def open(self, path: str) -> DirectoryFile:
        """Return the object at `path`."""
        location = self._find(path)
        return DirectoryFile(location, "/".join(member_path(path)), self._meter)

    @property
    def is_empty(self) -> bool:
        """Whether there is no object."""
        return not self._members

    def _size(self, member: Prefix) -> int:
        return self._sizes.get(member, 0)

    def _is_link(self, key: tuple[str, ...]) -> bool:
        del key
        return False


def prefix_tree(where: Prefix, meter: ReadMeter) -> PrefixTree | None:
    """Return the tree below `where`; None where it is an object. NotFound where it is neither."""
    if where.is_folder:
        tree = PrefixTree(where, meter)
        if tree.is_empty:
            raise NotFound(f"no object lies below {where.path}", code="no-file")
        return tree
    try:
        where.fingerprint()
    except NotFound as error:
        absent = error
    else:
        return None
    try:
        tree = PrefixTree(where, meter)
    except (NotFound, Unsupported):  # no such bucket, or nothing that lists
        raise absent from None
    if tree.is_empty:
        raise absent
    return tree
