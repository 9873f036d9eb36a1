"""Segment files: the files beside the given one that continue it, found by the pattern of their names."""

from __future__ import annotations

from collections.abc import Callable

from forensic.errors import ForensicError, NotFound, Unsupported
from forensic.storage.file import EvidenceFile
from forensic.storage.location import Location


def split_name(name: str) -> tuple[str, str]:
    """Return a file's name before its last dot, and the extension after it (empty where there is none)."""
    stem, dot, extension = name.rpartition(".")
    return (stem, extension) if dot else (name, "")


ASKED_FOR = 650
"""The number of a segment up to which its neighbours are asked for by name: an extension such as `.raw` would be a higher one."""


def siblings(file: EvidenceFile, number: Callable[[str], int | None], extension_of: Callable[[int], str], first: int = 0) -> dict[int, str]:
    """Return the names beside `file` (with it) that share its stem and whose extension `number` understands, by number, ascending.

    The extension's case does not matter; where two names differ only in it, the one written as that of `file` is taken.
    A place that lists nothing is asked for the names before and after the own one, by `extension_of`, until there is none
    or number `first` was found.
    Raises Unreadable where a folder cannot be listed: nobody could then say that a segment is missing.
    """
    stem, extension = split_name(file.name)
    found: dict[int, str] = {}
    try:
        names = file.location.siblings(stem + ".")
    except Unsupported as error:
        if error.code != "not-listed":
            raise
        return _asked_for(file, number(extension), extension_of, first)
    for name in names:
        other = name[len(stem) + 1 :]
        place = number(other)
        if place is not None and (place not in found or other.isupper() == extension.isupper()):
            found[place] = name
    return dict(sorted(found.items()))


def _asked_for(file: EvidenceFile, own: int | None, extension_of: Callable[[int], str], first: int) -> dict[int, str]:
    """Return the names in a row around that of `file` under which there is something, by number."""
    if own is None:
        return {}
    stem = split_name(file.name)[0]
    found = {own: file.name}
    for step in (-1, 1) if own <= ASKED_FOR else ():
        number = own + step
        while number >= first and is_beside(file.location, name := f"{stem}.{extension_of(number)}"):
            found[number] = name
            number += step
    return dict(sorted(found.items()))


def is_beside(location: Location, name: str) -> bool:
    """Whether there is something of this name beside a place; what cannot be had for another reason is there: opening it says why."""
    try:
        location.sibling(name).fingerprint()
    except NotFound:
        return False
    except ForensicError as error:
        return error.code not in (
            "access-refused",
            "credentials-refused",
        )  # what a store says, that may not be listed, of names that it does not have
    return True
