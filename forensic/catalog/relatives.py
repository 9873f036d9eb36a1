"""Relatives: an image that just came in against a whole catalog, judged by the engine of `compare`; the catalog stays as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec

from forensic.catalog.constant import side_without, without
from forensic.catalog.grouping import compared, whole
from forensic.catalog.judging import Judging
from forensic.catalog.key import key_of
from forensic.catalog.store import Store
from forensic.examination import TOOL
from forensic.model import ImageReport
from forensic.model.pair import Compared, ComparisonReport, Group, Pair
from forensic.reasoning.binding import earlier_states_of
from forensic.reasoning.lineage import groups, tree
from forensic.reasoning.pair import Side, judge_pair
from forensic.reasoning.pair.meeting import identifiers_of
from forensic.reasoning.pair.side import sides_of

LIMIT = 50
"""Candidates that an installation is judged against: those that share most with it."""


def relatives_of(
    store: Store, reports: Iterable[ImageReport], *, limit: int = LIMIT, constants: Collection[tuple[str, str]] = ()
) -> ComparisonReport:
    """Return the installations of reports and of each the states of the catalog that share a value that identifies, each pair judged.

    The sources begin with what was asked for; the pairs are those of it, and the groups and the tree rest also on the pairs of the others
    that the catalog has. `constants` are values that do not count, beside those of the catalog.
    """
    given = list(reports)
    unused = frozenset(constants) | frozenset(store.constants())
    judging = Judging(store, unused)
    asked = [side_without(side, unused) for report in given for side in sides_of(without(report, unused))]
    sources, names, pairs = [_named(side) for side in asked], [side.name for side in asked], list[Pair]()
    place: dict[int, int] = {}
    keys = {key_of(*one) for one in unused}
    for number, side in enumerate(asked):
        found = store.candidates(identifiers_of(side), excluding=keys)[:limit]
        rows = {row.id: row for row in store.states([one.state for one in found])}
        for one in found:
            row = rows.get(one.state)
            other = judging.side(one.state)
            if row is None or other is None or (row.path == side.report.source.path and row.installation == side.installation.id):
                continue
            if one.state not in place:
                place[one.state] = len(sources)
                sources.append(compared(row))
                names.append(other.name)
            pairs.append(judge_pair(side, other, at=(number, place[one.state])))
    states = dict(zip(place.values(), place, strict=True))
    known = [whole(store, row, (place[row.a], place[row.b])) for row in store.pairs_among(states.values())]
    every = [*pairs, *known]
    together = tuple(msgspec.structs.replace(group, judged=_is_whole(group, every)) for group in groups(every))
    earlier = [[state.id for state in earlier_states_of(side.report, side.installation)] for side in asked]
    forest = tree(names, [*earlier, *([()] * len(place))], every, together)
    problems = tuple(problem for report in given for problem in report.problems if problem.is_incomplete)
    return ComparisonReport(tuple(sources), tuple(pairs), together, forest, TOOL, problems, len(asked))


def _is_whole(group: Group, pairs: Sequence[Pair]) -> bool:
    members = set(group.members)
    return sum(pair.a in members and pair.b in members for pair in pairs) == len(members) * (len(members) - 1) // 2


def _named(side: Side) -> Compared:
    one = side.installation
    return Compared(side.report.source.path, one.id, one.computer_name, None if one.machine_sid is None else str(one.machine_sid))
