"""Shadow folders: where collectors put what shadow copies hold, beside the drive as it is now: `VSS1`, `HarddiskVolumeShadowCopy3`."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SHADOW = re.compile(r"(?:.*shadow[ _-]?copy[ _-]?\d+.*|vss[ _-]?\d+)", re.IGNORECASE)


def is_shadow(path: str) -> bool:
    """Whether a folder lies in one of a shadow copy."""
    return any(map(_SHADOW.fullmatch, path.split("/")))


def present_of(path: str, others: Iterable[str]) -> str | None:
    """Return the one of `others` of which the folder at `path`, in that of a shadow copy, is an earlier state; None where none can be told.

    That is the one with the same way without the shadow copy's folder (`VSS1/C/Windows` of `C/Windows`), or with another folder in its
    place (`VSS1/Windows` of `C/Windows`), if there is only one.
    """
    parts = path.lower().split("/")
    at = next((index for index, part in enumerate(parts) if _SHADOW.fullmatch(part)), None)
    if at is None:
        return None
    present = [(other, other.lower().split("/") if other else []) for other in others if not is_shadow(other)]
    without = parts[:at] + parts[at + 1 :]
    for same in (
        [other for other, way in present if way == without],
        [other for other, way in present if way[:at] + way[at + 1 :] == without and len(way) == len(parts)],
    ):
        if same:
            return same[0] if len(same) == 1 else None
    return None
