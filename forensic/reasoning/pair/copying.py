"""Copying: whether the copy was taken of a machine that was running or of one that was off, by the last run that both logs have.

A run is an interval of the system log between a start and its stop. Where both logs have one run to its logged stop, and none later, the
disk was copied while it was off. Where one log breaks off within a run that goes on in the other, it was copied while it ran: the one that
goes on is the original. Before such a break the copy may lack what was in memory alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from forensic.artifacts.logs.machine_activity import MACHINE_ACTIVITY, Interval
from forensic.model.pair import PairEvidence
from forensic.reasoning.pair.side import Side
from forensic.reasoning.subject import moment


class Copying(msgspec.Struct, frozen=True):
    """How the copy was taken."""

    evidence: PairEvidence
    original: Literal["", "a", "b"]
    """The side whose last common run went on; empty where both ended it alike."""


def copying(a: Side, b: Side) -> Copying | None:
    """Return how the copy was taken; None where the logs do not have a run in common, or do not tell."""
    mine, theirs = _runs(a), _runs(b)
    common = mine.keys() & theirs.keys()
    if not common:
        return None
    last = max(common)
    one, other = mine[last], theirs[last]
    if one == other:
        if one.end != "stop":
            return None
        because = f"copied while it was off: both logs have the run that was stopped {moment(one.last_time)}, and none later in common"
        return Copying(PairEvidence("copied-while-off", "direction", "moderate", because), "")
    original: Literal["a", "b"] = "b" if one.last_record < other.last_record else "a"
    shorter, longer, copy, name = (one, other, a, b.name) if original == "b" else (other, one, b, a.name)
    if shorter.last_record >= longer.last_record or not _breaks_off(copy, shorter):
        return None
    begin, broken = moment(one.first_time), moment(shorter.last_time)
    because = f"copied while it ran: the run that began {begin} goes on in {name}, and breaks off in the other {broken}"
    return Copying(PairEvidence("copied-while-running", "direction", "moderate", because), original)


def _breaks_off(side: Side, run: Interval) -> bool:
    """Whether nothing of a run came after its last record: no logged end, and what follows is a start, or nothing at all.

    A record after an hour of silence begins an interval too; then the run went on here as well.
    """
    if run.end not in ("none", "record"):
        return False
    later = [one for one in _intervals(side) if one.first_record > run.last_record]
    return not later or min(later, key=lambda one: one.first_record).begin == "start"


def _intervals(side: Side) -> Iterator[Interval]:
    return (one for fact in side.subject.facts.of(MACHINE_ACTIVITY) for one in fact.value.intervals)


def _runs(side: Side) -> dict[tuple[int, int], Interval]:
    """Return the runs of a machine by when they began and with which record."""
    return {(int(one.first_time), one.first_record): one for one in _intervals(side) if one.begin == "start"}
