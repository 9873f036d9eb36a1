"""Location: where one file of evidence lies, and what can be asked there. The one seam below the containers.

This computer is one kind of place (`local`); a process whose reads its parent serves is another (`broker`).
"""

from __future__ import annotations

import os
import re
from typing import Protocol

from forensic.errors import Unsupported
from forensic.storage.local import LocalLocation
from forensic.storage.source import Source

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]+://")


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
        """Return the names in the same folder (with its own) that begin with `prefix`, sorted; Unreadable where it cannot be listed."""

    def sibling(self, name: str) -> Location:
        """Return the place of `name` in the same folder; NotFound where `name` is no bare name."""

    def resolve(self, name: str) -> Location:
        """Return the place of the file that this one, in its content, calls `name` (see `naming`); NotFound where there is none."""

    def fingerprint(self) -> str:
        """Return what is the same for all ways to one file, and another once the file was changed; raises as `open` does."""


Where = str | os.PathLike[str] | Location
"""A place, or what names one: a path or, once this version reaches them, a URL."""


def locate(where: Where) -> Location:
    """Return the place that `where` names; Unsupported where this version does not reach it."""
    if isinstance(where, (str, os.PathLike)):
        path = os.fspath(where)
        if _URL.match(path):
            raise Unsupported("sources behind a URL cannot be read by this version; copy the image to this computer first")
        return LocalLocation(path)
    return where
