"""Segment files: the files beside the given one that continue it, found by the pattern of their names."""

from __future__ import annotations

from collections.abc import Callable

from forensic.storage.file import EvidenceFile


def split_name(name: str) -> tuple[str, str]:
    """Return a file's name before its last dot, and the extension after it (empty where there is none)."""
    stem, dot, extension = name.rpartition(".")
    return (stem, extension) if dot else (name, "")


def siblings(file: EvidenceFile, number: Callable[[str], int | None]) -> dict[int, str]:
    """Return the names beside `file` (with it) that share its stem and whose extension `number` understands, by number, ascending.

    The extension's case does not matter; where two names differ only in it, the one written as that of `file` is taken.
    Raises Unreadable where the folder cannot be listed: nobody could then say that a segment is missing.
    """
    stem, extension = split_name(file.name)
    found: dict[int, str] = {}
    for name in file.location.siblings(stem + "."):
        other = name[len(stem) + 1 :]
        place = number(other)
        if place is not None and (place not in found or other.isupper() == extension.isupper()):
            found[place] = name
    return dict(sorted(found.items()))
