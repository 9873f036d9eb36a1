"""Segments: which of the given sources are only further files of an image that is given too, as `*.E0*` names them all."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import closing

from forensic.cli import output

SAID = 3
"""Further files that are named; the rest is counted."""


def without_further(sources: Sequence[str]) -> list[str]:
    """Return the sources without those that are a further file of another one's image, and say which these are.

    What belongs together says the image itself, once it is opened; it is, where another source beside it has a name like its own.
    """
    there = {os.path.split(source): place for place, source in enumerate(sources)}
    owners: dict[int, int] = {}
    for place in _numbered_alike(sources):
        if place not in owners:  # what is a segment already needs no look of its own: its image is the same
            folder = os.path.split(sources[place])[0]
            named = [there[folder, name] for name in _files(sources[place]) if (folder, name) in there]
            owners |= {other: place for other in named if other != place}
    for owner in dict.fromkeys(owners.values()):
        _say(sources[owner], [sources[place] for place in owners if owners[place] == owner])
    return [source for place, source in enumerate(sources) if place not in owners]


def _numbered_alike(sources: Sequence[str]) -> list[int]:
    """Return the places of the sources beside which another one is given whose name begins as theirs does before its last dot."""
    folders: dict[str, list[tuple[str, int]]] = {}
    for place, source in enumerate(sources):
        folder, name = os.path.split(source)
        folders.setdefault(folder, []).append((name, place))
    found = []
    for beside in folders.values():
        names = sorted(name for name, _ in beside)
        for name, place in beside:
            stem = name.rpartition(".")[0] or name
            at = bisect_left(names, stem)
            if at + 1 < len(names) and names[at + 1].startswith(stem):
                found.append(place)
    return sorted(found)


def _files(source: str) -> Sequence[str]:
    """Return the names of the files that make the image; none where it cannot be opened: its report will say why."""
    from forensic.containers import open_image
    from forensic.errors import ForensicError
    from forensic.volumes.wim import Wim

    try:
        with closing(open_image(source)) as image:
            return image.segments
    except (ForensicError, OSError):
        pass
    try:
        with closing(Wim(source)) as wim:
            return wim.segments
    except (ForensicError, OSError):
        return ()


def _say(owner: str, further: Sequence[str]) -> None:
    from forensic.storage.url import shown

    named = ", ".join(further[:SAID]) + (f" and {len(further) - SAID} more" if len(further) > SAID else "")
    output.say(f"{named}: further segments of {shown(owner)}, not sources of their own")
