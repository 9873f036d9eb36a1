"""Machines: whether two states of one lineage are two computers or one, from records after the fork alone."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from forensic.model.pair import Answer, PairEvidence
from forensic.reasoning.pair.event_history import TWICE, running_at_once
from forensic.reasoning.pair.history import Histories, interleaved
from forensic.reasoning.pair.side import Side
from forensic.reasoning.subject import moment

FEW = 2
"""Private records from which on a side has a history of its own."""


class Machines(msgspec.Struct, frozen=True):
    """The answer, and what it rests on."""

    separate: Answer
    firm: bool
    """Whether records of both show it, and not hardware or its absence alone."""
    course: str
    """`none`: neither has a history of its own; `a`, `b`: only that one has; `both`: both; `unknown`: nothing tells."""
    same_body: bool | None
    """Whether the last starts were on one computer; None where that is not known."""
    evidence: tuple[PairEvidence, ...]


def same_body(a: Side, b: Side) -> bool | None:
    """Return whether the last starts were on one computer, by its system UUID; where that is missing by model and chipset.

    A start on other hardware leaves records of it: where both have the same records of hardware, none came since.
    """
    if a.body and b.body:
        return a.body == b.body
    if a.model and b.model and a.model != b.model:
        return False
    if a.chipset and b.chipset and not a.chipset & b.chipset:
        return False
    return True if _same_records(a.hardware, b.hardware) else None


def _same_records(mine: frozenset[tuple[str, str]], theirs: frozenset[tuple[str, str]]) -> bool:
    """Return whether no hardware came since: of kinds that one side alone keeps, as after an upgrade, nothing can be asked."""
    kinds = {kind for kind, _ in mine} & {kind for kind, _ in theirs}
    if mine == theirs or "adapter" not in kinds:
        return bool(mine) and mine == theirs
    return {one for one in mine if one[0] in kinds} == {one for one in theirs if one[0] in kinds}


def came_from(a: Side, b: Side) -> str | None:
    """Return which side (`a` or `b`) the other came from: the computer of its last start is in the other's past, and not the reverse."""
    if a.body and b.body:
        mine, theirs = ("firmware", a.body), ("firmware", b.body)
    elif a.chipset and b.chipset:
        mine, theirs = ("chipset", " ".join(a.chipset)), ("chipset", " ".join(b.chipset))
    else:
        return _further(a.hardware, b.hardware)
    if mine == theirs or (mine in b.hardware) == (theirs in a.hardware):
        return _further(a.hardware, b.hardware)
    return "a" if mine in b.hardware else "b"


def _further(mine: frozenset[tuple[str, str]], theirs: frozenset[tuple[str, str]]) -> str | None:
    """Return the side whose adapters the other has all met as well, and more since."""
    met, also = ({one for one in side if one[0] == "adapter"} for side in (mine, theirs))
    return "a" if met and met < also else "b" if also and also < met else None


def machines(a: Side, b: Side, past: Histories) -> Machines:
    """Decide whether two states of one lineage are two computers."""
    mine, theirs = past.private("a"), past.private("b")
    course = _course(mine, theirs, past)
    body = same_body(a, b)
    found = list(_evidence(a, b, mine, theirs, body, past.parted_after))
    two = any(one.says == "two-machines" and one.strength == "strong" for one in found)
    if two:
        return Machines("yes", True, course, body, tuple(found))
    if body is True and course in ("none", "a", "b", "both"):
        return Machines("no", course != "both", course, body, tuple(found))
    return Machines("undetermined", False, course, body, tuple(found))


def _course(mine: tuple[int, ...], theirs: tuple[int, ...], past: Histories) -> str:
    if not past.compared and not past.logged:
        return "unknown"
    if len(mine) >= FEW and len(theirs) >= FEW:
        return "both"
    if len(mine) >= FEW or len(theirs) >= FEW:
        return "a" if len(mine) >= FEW else "b"
    return "unknown" if mine or theirs else "none"


def _evidence(
    a: Side, b: Side, mine: tuple[int, ...], theirs: tuple[int, ...], body: bool | None, after: int | None
) -> Iterator[PairEvidence]:
    spans = running_at_once(a, b, after) if after is not None else []
    if len(spans) >= TWICE:
        because = f"both were running at once {len(spans)} times, first {moment(spans[0][0])}, by their system logs"
        yield PairEvidence("running-at-once", "two-machines", "strong", because)
    span = interleaved(mine, theirs)
    if span is not None:
        because = f"both were in use between {moment(span[0])} and {moment(span[1])}, by turns, as the times of their records show"
        yield PairEvidence("interleaved-records", "two-machines", "strong", because)
    for one, other in ((a, b), (b, a)):
        peers = {fact.value.name.partition(".")[0].upper() for fact in one.subject.facts.named("event-peer") if fact.value.name}
        name = (other.installation.computer_name or "").upper()
        if name and name in peers and name != (one.installation.computer_name or "").upper():
            yield PairEvidence("named-as-peer", "two-machines", "strong", f"the logs of {one.name} name {other.name} as another computer")
    if body is False:
        words = [f"{one.name} on {' '.join(one.model)}" if one.model else f"{one.name}" for one in (a, b)]
        because = f"the last starts were on two computers by their firmware or chipset: {', '.join(words)}"
        yield PairEvidence("another-body", "two-machines", "moderate", because)
    if body is True:
        yield PairEvidence(
            "one-body", "one-machine", "moderate", "the last starts of both were on one computer, by its firmware or devices"
        )
