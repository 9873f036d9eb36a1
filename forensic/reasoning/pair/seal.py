"""Seal: when the two sides of a pair were generalized, and whether that was before or after they parted.

One side that was generalized since they parted beside one that was not: so look a master before its seal and a computer deployed from it,
and so look a copy that was taken of the master too early and a proper one. The two alone cannot tell these apart; nothing collides.
"""

from __future__ import annotations

from typing import Literal

from forensic.model.pair import PairEvidence
from forensic.reasoning.installation.setup_time import MARGIN, clone_tag, is_later_than_media
from forensic.reasoning.pair.side import Side

ALONE = "Both descend from one installation; one of them was generalized since they parted, and the other was not."
ALONE_REMEDIES = (
    "Compare {other} with the master, or with what else came from it: that shows whether {other} is the master itself or a copy of it.",
    "If {other} is a copy that is in use, rebuild it from the generalized image.",
)


def seal(side: Side) -> int | None:
    """Return when it was last generalized by its CloneTag, local time; None where the tag is the media's. Before Vista no media has one."""
    tag = clone_tag(side.subject)
    return tag[1].ticks if tag is not None and (side.subject.is_classic or is_later_than_media(side.subject)) else None


def have_one_seal(a: Side, b: Side) -> bool:
    """Whether both carry one CloneTag that is no media's: the generalize of their master."""
    seals = [seal(side) for side in (a, b)]
    return seals[0] is not None and seals[0] == seals[1]


def is_sealed(side: Side) -> bool:
    """Whether a side is a master that was generalized and not started since."""
    return side.subject.is_sealed or side.installation.verdict.history == "sealed-generalized"


def times_before_its_seal(side: Side, private: tuple[int, ...]) -> int:
    """Return how many times of its own a side has that are older than its own generalize, by more than clocks and zones may err."""
    own = seal(side)
    return 0 if own is None else sum(time < own - MARGIN for time in private)


def sealed_alone(a: Side, b: Side, parted: int | None) -> tuple[Side, Side] | None:
    """Return the side that was generalized after `parted` (ticks, the latest moment that both have) and the other; None of other pairs."""
    for one, other in ((a, b), (b, a)):
        own = seal(one)
        if own is not None and seal(other) is None and (parted is None or own > parted - MARGIN):
            return one, other
    return None


def told_alone(one: Side, other: Side, side: Literal["a", "b"]) -> PairEvidence:
    """Say that `one`, which is `side`, was generalized and the other was not."""
    because = f"{one.name} was generalized since they parted, as its CloneTag shows; {other.name} has no CloneTag but its media's"
    return PairEvidence("generalized-on-one-side", "generalized", "strong", because, side)
