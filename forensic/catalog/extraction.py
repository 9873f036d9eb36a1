"""Extraction: which stored reports were made by artifacts that are older than today's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache


def older(extractions: Mapping[int, Mapping[str, int]]) -> frozenset[int]:
    """Return the numbers of the extractions in which an artifact has an older version than today."""
    return frozenset(number for number, versions in extractions.items() if changed(versions))


def changed(versions: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Return the artifacts that state other facts today: name -> version then and now.

    An artifact that did not exist then is among them, version 0, where it is searched for in every Windows and at every depth; whether one
    that only some releases have would say something of an image is not known without it. Those of today that are gone do not count.
    """
    today = _today()
    found = {name: (then, today[name]) for name, then in versions.items() if then < today.get(name, 0)}
    new = {name: (0, today[name]) for name in _everywhere() - versions.keys()} if versions else {}
    return dict(sorted((found | new).items()))


@cache
def _today() -> dict[str, int]:
    from forensic.artifacts.declaration import load

    found: dict[str, int] = {}
    for artifact in load():
        found[artifact.name] = max(artifact.version, found.get(artifact.name, 0))
    return found


@cache
def _everywhere() -> frozenset[str]:
    """Return the artifacts of a triage that are noted for each installation: in the machine's hives and files, on every release."""
    from forensic.artifacts.declaration import load

    found = load("triage")
    return frozenset(one.name for one in found if one.place == "registry" and not one.is_per_profile and not (one.since or one.until))
