"""Bars: when states parted and lived, on one axis of time: brackets of forks, and what each has of its own since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from forensic.model import FileTime
from forensic.model.pair import Bracket, ComparisonReport, Edge, Fork, Pair

WIDTH, MARGIN = 240, 4
"""Units of the picture, and of the room beside the axis."""
_LEAST = 3
"""Units of the shortest bar that can be seen."""
_YEAR_10000 = 2_650_467_744_000_000_000
"""Ticks; moments from there on are not drawn."""
TONES = {"generalized": "sealed", "later": "plain", "same": "plain"}
"""Label of a copy -> how its bracket is drawn; all others were not generalized."""


class Bar(msgspec.Struct, frozen=True):
    """A bar on the axis."""

    kind: str
    """`breach`, `sealed` or `plain`: a bracket of a fork, by what was done; `life`: what a state has of its own since."""
    x: float
    width: float
    open: str = ""
    """`left` or `right`: the end that no source tells."""


class Axis(msgspec.Struct, frozen=True):
    """The axis that all pictures of a comparison share."""

    first: int
    last: int

    @classmethod
    def of(cls, texts: Iterable[str | None]) -> Axis | None:
        """Return the axis on which all these moments lie; None without two different ones."""
        ticks = [moment for text in texts if (moment := _ticks(text)) is not None]
        return cls(min(ticks), max(ticks)) if ticks and min(ticks) < max(ticks) else None

    @property
    def days(self) -> tuple[str, str]:
        """Its first and its last day."""
        return str(FileTime(self.first))[:10], str(FileTime(self.last))[:10]

    def bar(self, kind: str, after: str | None, before: str | None) -> Bar | None:
        """Return the bar between two moments, of which one may not be known."""
        begin, end = _ticks(after), _ticks(before)
        if begin is None and end is None:
            return None
        left, right = self._x(self.first if begin is None else begin), self._x(self.last if end is None else end)
        if left > right:  # a saved bracket may claim anything
            left, right = right, left
        width = max(right - left, _LEAST)
        return Bar(kind, round(min(left, WIDTH - width), 1), round(width, 1), "left" if begin is None else "right" if end is None else "")

    def _x(self, ticks: int) -> float:
        return MARGIN + (ticks - self.first) / (self.last - self.first) * (WIDTH - 2 * MARGIN)


def axis_of_report(report: ComparisonReport, lives: Mapping[int, tuple[str, str]]) -> Axis | None:
    """Return the axis for the brackets of all copies and the lives of all states."""
    texts = [text for edge in report.forest.edges for text in (edge.after, edge.before)]
    return Axis.of([*texts, *(text for life in lives.values() for text in life)])


def lives_of(pairs: Iterable[Pair]) -> dict[int, tuple[str, str]]:
    """Return from when to when each state has records of its own, as far as pairs tell."""
    found: dict[int, tuple[str, str]] = {}
    for pair in pairs:
        for side, number in (("a", pair.a), ("b", pair.b)):
            own = pair.private_history.get(side)
            if own is not None and own.first and own.last:
                first, last = found.get(number, (own.first, own.last))
                found[number] = (min(first, own.first), max(last, own.last))
    return found


def bars_of_state(axis: Axis | None, edge: Edge | None, life: tuple[str, str] | None) -> list[Bar]:
    """Return what is drawn for one state."""
    if axis is None:
        return []
    fork = axis.bar(TONES.get(edge.label, "breach"), edge.after, edge.before) if edge else None
    own = axis.bar("life", *life) if life else None
    return [bar for bar in (fork, own) if bar is not None]


def axis_of_fork(fork: Fork) -> Axis | None:
    """Return the axis for the brackets of one fork."""
    return Axis.of([fork.after, fork.before, *(text for one in fork.brackets for text in (one.after, one.before))])


def bar_of_bracket(axis: Axis | None, pair: Pair, one: Bracket | Fork) -> Bar | None:
    """Return what is drawn for one source of a fork, or for all of them."""
    tone = {"violation": "breach", "suspect": "breach", "compliant": "sealed"}.get(pair.policy, "plain")
    return axis.bar(tone, one.after, one.before) if axis else None


def _ticks(text: str | None) -> int | None:
    try:
        ticks = int(FileTime.from_iso(text)) if text else None
    except ValueError:
        return None
    return ticks if ticks is not None and 0 < ticks < _YEAR_10000 else None
