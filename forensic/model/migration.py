"""Migration: what reports of an older schema lack, filled in when they are read; they stay valid for good.

The only place that takes a place or a code out of prose: reports of minor 0 had nothing else.
"""

from __future__ import annotations

import re
from typing import Any

_HIVES = ("SAM", "SECURITY", "SOFTWARE", "SYSTEM", "NTUSER", "USRCLASS", "BCD", "AMCACHE")
_ROOTS = (
    ("sam\\", "SAM"),
    ("policy", "SECURITY"),
    ("controlset", "SYSTEM"),
    ("setup", "SYSTEM"),
    ("mounteddevices", "SYSTEM"),
    ("microsoft", "SOFTWARE"),
)
"""How key paths of hives begin that were collected under other names, in lower case."""
_VOLUME = re.compile(r"[a-z]+\d+(?:/vss\d+)?")
_CODES = {
    "not-found": "nothing-there",
    "unreadable": "bytes-unreadable",
    "malformed": "format-broken",
    "unsupported": "not-interpreted",
    "not-looked": "only-hives",
}
_TITLES = {
    "installed": "Ordinary installation",
    "deployed-generalized": "Deployed from a generalized master",
    "sealed-generalized": "Generalized master, not started since",
    "relocated-not-generalized": "Moved to other hardware or another disk, not generalized",
    "sid-changed": "Machine SID changed by something other than Sysprep",
    "generalized-after-use": "Generalized only after it had been in use",
    "generalize-failed": "Generalize or specialize begun, not finished",
    "undetermined": "Not determined",
}
"""As minor 0 had them in the program, not in the report."""


def from_minor_0(body: dict[str, Any]) -> None:
    """Fill in the hives of places, the places and codes of gaps, control sets and titles, in plain JSON types.

    TypeError, KeyError, AttributeError or ValueError where `body` is no report.
    """
    body["schema_minor"] = 0
    volumes = {volume["id"] for volume in body.get("volumes", ())}
    for one in body.get("installations", ()):
        for fact in one["facts"]:
            _name_hive(fact["place"])
        for gap in one["gaps"]:
            gap["code"] = "workgroup" if gap["artifact"] == "domain-sid" and "workgroup" in gap["detail"] else _CODES[gap["reason"]]
            gap["place"] = _place(gap["searched"], volumes)
        one["verdict"].setdefault("title", _TITLES.get(one["verdict"]["history"], ""))
        one["control_set"] = _control_set(one)


def _name_hive(place: dict[str, Any]) -> None:
    stem = place.get("file", "").rpartition("/")[2].upper().partition(".")[0]
    key = place.get("key", "").lower()
    hive = stem if stem in _HIVES else next((name for start, name in _ROOTS if key.startswith(start)), "")
    if hive:
        place["hive"] = hive


def _place(searched: str, volumes: set[str]) -> dict[str, Any]:
    """Take apart `p1 > Windows/System32/config/SYSTEM > Setup`, whose volume is left out in collections."""
    if searched.startswith("event log ") or searched in ("", "disk"):
        return {"field": searched} if searched.startswith("event log ") else {}
    parts = searched.partition(" @ ")[0].split(" > ")
    place: dict[str, Any] = {}
    if parts[0] in volumes or (len(parts) > 1 and _VOLUME.fullmatch(parts[0])):
        place["volume"] = parts.pop(0)
    place |= dict(zip(("file", "key", "value"), parts, strict=False))
    _name_hive(place)
    return place


def _control_set(one: dict[str, Any]) -> int | None:
    """Return the control set that gave the report its name: the lowest of those that say it."""
    sets = [
        fact["value"]["control_set"]
        for fact in one["facts"]
        if fact["kind"] == "computer-name"
        and fact["value"]["name"] == one["computer_name"]
        and fact["value"].get("control_set") is not None
    ]
    return min(sets, default=None)
