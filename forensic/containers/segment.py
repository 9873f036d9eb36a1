"""Segment files: the files beside the given one that continue it, found by the pattern of their names."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from forensic.errors import Unreadable

if TYPE_CHECKING:
    from pathlib import Path


def split_name(name: str) -> tuple[str, str]:
    """Return a file's name before its last dot, and the extension after it (empty where there is none)."""
    stem, dot, extension = name.rpartition(".")
    return (stem, extension) if dot else (name, "")


def siblings(path: Path, number: Callable[[str], int | None]) -> dict[int, Path]:
    """Return the files beside `path` (with it) that share its stem and whose extension `number` understands, by number, ascending.

    The extension's case does not matter; where two names differ only in it, the one written as in `path` is taken.
    Raises Unreadable where the folder cannot be listed: nobody could then say that a segment is missing.
    """
    stem, extension = split_name(path.name)
    found: dict[int, Path] = {}
    try:
        with os.scandir(path.parent) as entries:
            names = sorted(entry.name for entry in entries if entry.name.startswith(stem + "."))
    except OSError as error:
        raise Unreadable(f"{path.parent}: cannot look for further segments: {error.strerror or error}") from None
    for name in names:
        other = name[len(stem) + 1 :]
        place = number(other)
        if place is not None and (place not in found or other.isupper() == extension.isupper()):
            found[place] = path.with_name(name)
    return dict(sorted(found.items()))
