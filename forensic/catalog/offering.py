"""Offering: what becomes of a source that is offered and known already: the same for every backend."""

from __future__ import annotations

from typing import NamedTuple

from forensic.catalog.record import Source


class Known(NamedTuple):
    """What a catalog knows of a source that is offered."""

    image: int
    status: str
    fingerprint: str
    """Of what was offered last."""
    stored: str | None
    """Fingerprint of what its report is about."""
    wanted: str
    """Depth that was asked last."""
    depth: str | None
    extraction: int | None


def became(known: Known, source: Source, stale: frozenset[int]) -> tuple[str, str | None]:
    """Return what becomes of it, as `Offered` counts it, and the depth at which it is to be examined again; None where it is left alone."""
    deeper = "full" if "full" in (source.depth, known.wanted) else source.depth
    if known.status == "done":
        if known.stored != source.fingerprint or not (known.depth == "full" or source.depth == "triage"):
            return "changed", deeper
        return ("stale", deeper) if known.extraction in stale else ("unchanged", None)
    if known.fingerprint == source.fingerprint and known.wanted == deeper:
        return ("failed" if known.status == "failed" else "pending"), None
    return ("changed" if known.status == "failed" else "pending"), deeper
