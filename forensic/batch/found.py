"""Found: what a search says: a source, or a place that is none and that a person should know of."""

from __future__ import annotations

from typing import NamedTuple


class Found(NamedTuple):
    """One source."""

    path: str
    fingerprint: str
    """Changes with the size, the time of the last change or the inode of any file of the source; behind a URL with its size and etag."""


class Note(NamedTuple):
    """A place that is no source, and why a person should know."""

    path: str
    what: str
    lost: bool = False
    """Whether sources may have been missed by it."""


def stem_of(name: str) -> str:
    """Return what the names of the files of one set have in common."""
    stem = name.rpartition(".")[0] or name
    if name.lower().endswith(".vmdk"):
        head, _, tail = stem.rpartition("-")
        if head and (tail in ("flat", "delta") or (tail[:1] in "sf" and tail[1:].isdigit())):
            stem = head
    return stem.lower()
