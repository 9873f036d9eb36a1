"""Location: where one file of evidence lies, and what can be asked there. The one seam below the containers.

This computer is one kind of place (`local`), a store or a web server another (`remote`); a process whose reads its parent serves is a third
(`broker`).
"""

from __future__ import annotations

import os
from typing import Protocol

from forensic.storage.local import LocalLocation
from forensic.storage.source import Source
from forensic.storage.url import is_url, local_path


class Handle(Source, Protocol):
    """The bytes at a location, opened for reading."""

    def close(self) -> None:
        """Release what the place keeps for an open file."""


class Location(Protocol):
    """The place of one file of evidence, whether or not there is a file. Nothing there is ever written."""

    @property
    def name(self) -> str:
        """The last part of the path: the file's name."""

    @property
    def path(self) -> str:
        """The whole path, as it was given."""

    def open(self) -> Handle:
        """Open the file; NotFound, Unreadable, or Unsupported where it is a folder, a pipe or another thing without fixed content."""

    def siblings(self, prefix: str = "") -> list[str]:
        """Return the names in the same folder (with its own) that begin with `prefix`, sorted; Unreadable where it cannot be listed.

        Unsupported with the code `not-listed` where the place knows no listing, and each name is to be asked for.
        """

    def sibling(self, name: str) -> Location:
        """Return the place of `name` in the same folder; NotFound where `name` is no bare name."""

    def resolve(self, name: str) -> Location:
        """Return the place of the file that this one, in its content, calls `name` (see `naming`); NotFound where there is none."""

    def fingerprint(self, *, afresh: bool = False) -> str:
        """Return what is the same for all ways to one file, and another once the file was changed; raises as `open` does.

        A place for which asking is dear may answer with what it knows; `afresh` asks what is there now.
        """


Where = str | os.PathLike[str] | Location
"""A place, or what names one: a path or a URL."""


def locate(where: Where) -> Location:
    """Return the place that `where` names; Unsupported where it is a URL that is not read, or obstore is missing for it."""
    if not isinstance(where, (str, os.PathLike)):
        return where
    path = os.fspath(where)
    if not is_url(path):
        return LocalLocation(path)
    local = local_path(path)
    if local is not None:
        return LocalLocation(local)
    from forensic.storage.remote import locate_url  # late: it loads obstore

    return locate_url(path)
