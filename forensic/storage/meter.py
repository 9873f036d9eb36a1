"""ReadMeter: how much was read from the evidence itself, before any decompression, and whether it stayed the same meanwhile."""

from __future__ import annotations

from typing import Protocol

from forensic.errors import ForensicError

WATCHED_LIMIT = 10_000
"""Files of one examination that are looked at again when it ends."""


class Watched(Protocol):
    """A place whose file can be told from what it was before: a `location.Location`."""

    @property
    def path(self) -> str:
        """The whole path."""

    def fingerprint(self) -> str:
        """Return what is another once the file was changed; raises where there is none."""


class ReadMeter:
    """Accounts for the files of one examination; every `EvidenceFile` adds to the one that it was given."""

    def __init__(self) -> None:
        """Start with nothing read."""
        self.bytes_read = self.requests = 0
        self._watched: dict[str, tuple[Watched, str]] = {}

    def watch(self, place: Watched) -> None:
        """Remember what a file is like that is about to be read."""
        if place.path not in self._watched and len(self._watched) < WATCHED_LIMIT:
            self._watched[place.path] = place, _fingerprint(place)

    def changed(self) -> list[str]:
        """Return the paths of the files that are no longer what they were when they were opened: by size, time of change, or gone."""
        return [path for path, (place, before) in self._watched.items() if _fingerprint(place) != before]


def _fingerprint(place: Watched) -> str:
    try:
        return place.fingerprint()
    except ForensicError:
        return ""
