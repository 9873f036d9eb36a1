"""Rows: states in the order of the family tree, the pairs that are given in full, and lists that are cut where they are long."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from forensic.model.pair import Compared, ComparisonReport, Pair, Shared
from forensic.reporting import family
from forensic.reporting.comparisons.html.bars import Axis, Bar, bars_of_state, lives_of

IN_FULL = 100
"""Pairs that are given in full; of more, each copy with its origin first, then the gravest."""
LISTED = 1000
"""Pairs that have a row."""
VALUE_LIMIT = 120
"""Characters of a value that a row shows."""
LEVEL = 16
"""Units by which a level of the tree is indented."""


class StateRow(msgspec.Struct, frozen=True):
    """One row of the table of states."""

    line: family.Line
    number: int | None
    """Position among the sources; None of an earlier state, and of a master that was not seen."""
    side: Compared | None
    origin: str
    """What it was copied from, in words; empty of a root."""
    group: int | None
    """From 1."""
    gravest: Pair | None
    bars: list[Bar]

    @property
    def rails(self) -> list[int]:
        """Where lines of the tree pass by, from the left."""
        return [level * LEVEL + LEVEL // 2 for level, goes_on in enumerate(self.line.rails[:-1]) if goes_on]

    @property
    def x(self) -> int:
        """Where its own mark stands."""
        return len(self.line.rails) * LEVEL + LEVEL // 2


def state_rows(report: ComparisonReport, axis: Axis | None) -> list[StateRow]:
    """Return the rows of all states in the order of the tree."""
    groups = {member: number for number, group in enumerate(report.groups, 1) for member in group.members}
    gravest, lives = family.gravest_of_each(report.pairs), lives_of(report.pairs)
    words = {node.id: _origin(report, node.source if node.state == "active" else None, node.label) for node in report.forest.nodes}
    rows = []
    for line in family.lines(report.forest):
        number = line.node.source if line.node.state == "active" else None
        origin = words.get(line.edge.origin, "") if line.edge else ""
        if number is None:
            rows.append(StateRow(line, None, None, origin, None, None, []))
            continue
        bars = bars_of_state(axis, line.edge, lives.get(number))
        rows.append(StateRow(line, number, report.sources[number], origin, groups.get(number), gravest.get(number), bars))
    return rows


def _origin(report: ComparisonReport, source: int | None, label: str) -> str:
    return label if source is None else f"[{source}] {report.sources[source].computer_name or 'name not known'}"


def in_full(report: ComparisonReport) -> list[Pair]:
    """Return the pairs that are given in full, the gravest first."""
    ordered = sorted(report.pairs, key=family.gravity)
    if len(ordered) <= IN_FULL:
        return ordered
    copies = {frozenset((edge.origin, edge.to)) for edge in report.forest.edges}
    related = [pair for pair in ordered if pair.relation not in family.APART]
    related.sort(key=lambda pair: frozenset((f"n{pair.a}", f"n{pair.b}")) not in copies)
    return sorted(related[:IN_FULL], key=family.gravity)


def listed(report: ComparisonReport) -> list[Pair]:
    """Return the pairs that have a row, the gravest first: of many those that are related alone."""
    ordered = sorted(report.pairs, key=family.gravity)
    return ordered if len(ordered) <= IN_FULL else [pair for pair in ordered if pair.relation not in family.APART][:LISTED]


def shared_by_kind(shared: Sequence[Shared]) -> dict[str, str]:
    """Return the values that both have, by kind."""
    found: dict[str, list[str]] = {}
    for one in shared:
        found.setdefault(one.kind, []).append(one.value)
    return {kind: cut("; ".join(values)) for kind, values in found.items()}


def cut(text: str) -> str:
    """Return a value, cut where it is long."""
    return text if len(text) <= VALUE_LIMIT * 2 else f"{text[:VALUE_LIMIT]}… ({len(text):,} characters; the JSON has all)"


def title(report: ComparisonReport) -> str:
    """Return the relation and the computers in one line."""
    names = [side.computer_name or side.path for side in report.sources]
    if not report.pairs:
        return f"nothing to compare: {', '.join(names[:3])}" if names else "nothing to compare"
    gravest = min(report.pairs, key=family.gravity)
    if len(names) == 2:
        return f"{gravest.relation}: {names[0]} and {names[1]}"
    ends = [names[gravest.a], names[gravest.b]]
    rest = len(names) - len(ends)
    return f"{gravest.relation}: {ends[0]} and {ends[1]}, {rest} more"
