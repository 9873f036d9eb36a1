"""Comparison: from reports to the relation of every pair, the groups and the family tree, readable in one screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import msgspec

from forensic.examination import TOOL
from forensic.model import ImageReport, Problem
from forensic.model.pair import Compared, ComparisonReport, Group, Pair
from forensic.reasoning.lineage import forest, groups
from forensic.reasoning.pair import Side, judge_pair
from forensic.reasoning.pair.meeting import identifiers_of, met_by
from forensic.reasoning.pair.side import sides_of

EVERY_PAIR = 24
"""States up to which every pair is judged; of more only those that share an identifying value."""
HELD, FIRST = 32, 8
"""Of a value that more than `HELD` states have, each state meets the `FIRST` ones alone: that is enough to find the group, and a thousand
copies of one installation would be half a million pairs."""


def compare(reports: Iterable[ImageReport]) -> ComparisonReport:
    """Compare the installations of reports, fresh or loaded: no image is needed, and the answer is the same.

    Of more than `EVERY_PAIR` states the pairs that share no value that identifies are not listed: nothing connects them. Of a large group
    that has one value, not all pairs are judged; it says so.
    """
    given = list(reports)
    sides = [side for report in given for side in sides_of(report)]
    pairs = tuple(judge_pair(sides[a], sides[b], at=(a, b)) for a, b in _candidates(sides))
    found = tuple(_stated(group, pairs) for group in groups(pairs)) if len(sides) > HELD else groups(pairs)
    problems = tuple(_of_source(problem, report) for report in given for problem in report.problems if problem.is_incomplete)
    return ComparisonReport(tuple(_compared(side) for side in sides), pairs, found, forest(sides, pairs, found), TOOL, problems)


def _stated(group: Group, pairs: Sequence[Pair]) -> Group:
    """Return a group that says whether all its pairs were judged."""
    members, count = frozenset(group.members), len(group.members)
    if count <= HELD:
        return group
    known = sum(pair.a in members and pair.b in members for pair in pairs)
    return msgspec.structs.replace(group, judged=known == count * (count - 1) // 2)


def _of_source(problem: Problem, report: ImageReport) -> Problem:
    """Return a problem whose place names its source: here there are several."""
    path = report.source.path
    return problem if problem.where.startswith(path) else msgspec.structs.replace(problem, where=f"{path} > {problem.where}")


def _compared(side: Side) -> Compared:
    one = side.installation
    sid = None if one.machine_sid is None else str(one.machine_sid)
    return Compared(side.report.source.path, one.id, one.computer_name, sid)


def _candidates(sides: Sequence[Side]) -> Iterator[tuple[int, int]]:
    if len(sides) <= EVERY_PAIR:
        yield from combinations(range(len(sides)), 2)
        return
    holders: dict[tuple[str, str], list[int]] = {}
    of_each = [identifiers_of(side) for side in sides]
    for number, identifiers in enumerate(of_each):
        for value in sorted({(one.namespace, one.text) for one in identifiers}):
            holders.setdefault(value, []).append(number)
    asked = {value: found if len(found) <= HELD else found[:FIRST] for value, found in holders.items()}
    met = {
        (min(number, other), max(number, other))
        for number, identifiers in enumerate(of_each)
        for one in identifiers
        for namespace in met_by(one.namespace)
        for other in asked.get((namespace, one.text), ())
        if other != number
    }
    yield from sorted(met)


__all__ = ["Pair", "compare"]
