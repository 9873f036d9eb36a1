"""Scope: the folders that children may read, for Landlock knows them when a child starts, and a list may name a folder only later."""

from __future__ import annotations

import os
from collections.abc import Iterable

from forensic.storage.url import is_url

RULE_LIMIT = 512
"""Folders that are named to a child one by one; of more, those that lie deepest are replaced by the folders above them."""


class Scope:
    """The folders that are known so far, and what lies below them."""

    def __init__(self, paths: Iterable[str] = ()) -> None:
        """Begin with the places of these paths."""
        self._places: dict[str, None] = {}
        for path in paths:
            self.add(path)

    def add(self, path: str) -> None:
        """Let children read the source at `path`: a folder, or a file with all that lies in its folder and below; through a link too."""
        for place in places_of(path):
            if not _is_covered(place, self._places):
                self._places[place] = None
        if len(self._places) > RULE_LIMIT:
            self._widen()

    def readable(self) -> tuple[str, ...]:
        """Return the folders."""
        return tuple(self._places)

    def _widen(self) -> None:
        while len(self._places) > RULE_LIMIT:
            deepest = max(_depth(place) for place in self._places)
            if deepest <= 1:
                return
            self._places = dict.fromkeys(os.path.dirname(place) if _depth(place) == deepest else place for place in self._places)


def covers(readable: Iterable[str], path: str) -> bool:
    """Whether a child that reads below `readable` may read the source at `path`."""
    known = dict.fromkeys(readable)
    return all(_is_covered(place, known) for place in places_of(path))


def places_of(path: str) -> tuple[str, ...]:
    """Return the folders that reading a source needs: its own, and where a link leads to; none for a URL, which the parent reads."""
    if is_url(path):
        return ()
    given, real = os.path.abspath(path), os.path.realpath(path)
    if os.path.isdir(real):
        return (real,)
    if os.path.isfile(real) or not os.path.lexists(real):
        return tuple(dict.fromkeys((os.path.dirname(real), os.path.realpath(os.path.dirname(given)))))
    return (real,)  # a device: nothing beside it


def _is_covered(place: str, places: dict[str, None]) -> bool:
    while place not in places:
        above = os.path.dirname(place)
        if above == place:
            return False
        place = above
    return True


def _depth(place: str) -> int:
    return place.rstrip(os.sep).count(os.sep)
