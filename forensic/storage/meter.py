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

    def fingerprint(self, *, afresh: bool = False) -> str:
        """Return what is another once the file was changed, as it is known or as it is now; raises where there is none."""


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

    def traffic(self) -> tuple[int, int] | None:
        """Return the requests to stores and web servers, and the bytes that came from there; None where none was asked."""
        found = [each for place, _ in self._watched.values() if (each := getattr(place, "traffic", None)) is not None]
        return max(found) if found else None  # the files of one source share one count

    def changed(self) -> list[str]:
        """Return the paths of the files that are no longer what they were when they were opened: by size, time of change, or gone."""
        return [path for path, (place, before) in self._watched.items() if _fingerprint(place, afresh=True) != before]


def _fingerprint(place: Watched, *, afresh: bool = False) -> str:
    try:
        return place.fingerprint(afresh=afresh)
    except ForensicError:
        return ""
