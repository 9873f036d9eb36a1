"""Grouping: the groups of a whole catalog, by the rule of `reasoning.lineage` over the pairs that are stored; and one group in full.

It only reads. A group is never a guess: states that share values and whose pairs were not judged are in none, and that is counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import get_args

import msgspec

from forensic.catalog.entry import unpacked, unpacked_pair
from forensic.catalog.record import GroupMember, PairRow, StateRow
from forensic.catalog.store import Store
from forensic.errors import Malformed
from forensic.examination import TOOL
from forensic.model import Policy
from forensic.model.archive import ArchiveGroup, Collision, GroupsReport, Member
from forensic.model.judgement import VerdictStrength
from forensic.model.pair import Compared, ComparisonReport, Fork, Group, Pair, Shared
from forensic.reasoning import KNOWLEDGE
from forensic.reasoning.binding import earlier_states_of
from forensic.reasoning.lineage import groups, tree
from forensic.reasoning.pair.collision import by_harm
from forensic.reasoning.pair.relation import DESCENT, load

MEMBERS = 20
"""Members that a list of groups names of each."""
WITH_EARLIER = 200
"""Members up to which the tree of one group shows the earlier states that each holds: their reports have to be read for it."""
_STRENGTHS = get_args(VerdictStrength)
_ORDER = ("proven", "strong", "indicated", "contradicted", "undetermined")


class Grouped(msgspec.Struct, frozen=True):
    """One group, by the numbers of its states."""

    number: int
    group: Group
    pairs: tuple[Pair, ...]
    """Its related pairs, `a` and `b` the numbers of states, as much of them as grouping asks."""
    current: bool
    """Whether all were judged by today's knowledge."""


class Wanted(msgspec.Struct, frozen=True):
    """Which groups a list shows."""

    policies: frozenset[str] = frozenset()
    """Policies or relations; all where none is named."""
    since: str = ""
    """Groups of which a report was stored at this time or later: ISO 8601, or its beginning."""
    tags: frozenset[str] = frozenset()
    """Groups with a member that has one of these tags."""
    limit: int | None = None


EVERYTHING = Wanted()


def grouped(store: Store) -> list[Grouped]:
    """Return all groups, numbered from 1: by the gravity of their relation, then by how well it is shown, then by their size."""
    pairs, old = [], set[tuple[int, int]]()
    for row in store.pairs(DESCENT):
        pairs.append(_short(row))
        if row.knowledge != KNOWLEDGE:
            old.add((row.a, row.b))
    found = groups(pairs)
    place = {member: number for number, group in enumerate(found) for member in group.members}
    inside: list[list[Pair]] = [[] for _ in found]
    for pair in pairs:
        number = place.get(pair.a)
        if number is not None and number == place.get(pair.b):
            inside[number].append(pair)
    order = {code: kind.order for code, kind in load().items()}
    ranked = sorted(
        zip(found, inside, strict=True),
        key=lambda one: (order[one[0].relation], _ORDER.index(_strength(*one)), -len(one[0].members), one[0].members),
    )
    return [
        Grouped(number, group, tuple(of_it), not any((pair.a, pair.b) in old for pair in of_it))
        for number, (group, of_it) in enumerate(ranked, 1)
    ]


def keep_groups(store: Store) -> int:
    """Keep the groups of today in the catalog, for who reads it by SQL (Datasette, DuckDB); how many states they have."""
    relations = load()
    return store.keep_groups(
        GroupMember(state, one.number, one.group.relation, relations[one.group.relation].policy, _strength(one.group, one.pairs))
        for one in grouped(store)
        for state in one.group.members
    )


def list_groups(store: Store, wanted: Wanted = EVERYTHING) -> GroupsReport:
    """Return the groups of a catalog that are wanted, each with its first members."""
    everything = grouped(store)
    relations = load()
    chosen: list[ArchiveGroup] = []
    for one in everything:
        if wanted.limit is not None and len(chosen) >= wanted.limit:
            break
        kind = relations[one.group.relation]
        if wanted.policies and not wanted.policies & {kind.policy, kind.code}:
            continue
        stated = _stated(store, one, kind.policy, kind.title)
        if stated.stored[: len(wanted.since)] < wanted.since or (wanted.tags and not wanted.tags & set(stated.tags)):
            continue
        chosen.append(stated)
    counts = store.counts(knowledge=KNOWLEDGE)
    return GroupsReport(
        store.url,
        TOOL,
        counts.states,
        len(everything),
        tuple(chosen),
        counts.uncompared,
        counts.waiting + counts.leased,
        counts.failed,
        len(store.constants()),
    )


def in_full(store: Store, chosen: Sequence[Grouped]) -> ComparisonReport:
    """Return groups as one comparison: their members as its sources, all pairs of them that were judged, and their family tree."""
    rows = [row for one in chosen for row in store.states(one.group.members)]
    place = {row.id: number for number, row in enumerate(rows)}
    pairs, found = list[Pair](), list[Group]()
    for one in chosen:
        among = store.pairs_among(one.group.members)
        pairs += [whole(store, pair, (place[pair.a], place[pair.b])) for pair in among if pair.a in place and pair.b in place]
        members = tuple(sorted(place[member] for member in one.group.members if member in place))
        is_whole = one.current and len(among) == len(members) * (len(members) - 1) // 2
        suspected = tuple(sorted(place[member] for member in one.group.suspected if member in place))
        found.append(msgspec.structs.replace(one.group, members=members, suspected=suspected, judged=is_whole))
    earlier = _earlier(store, rows) if len(rows) <= WITH_EARLIER else [()] * len(rows)
    forest = tree([row.computer_name or row.path for row in rows], earlier, pairs, found)
    return ComparisonReport(tuple(map(compared, rows)), tuple(pairs), tuple(found), forest, TOOL)


def compared(row: StateRow) -> Compared:
    """Return a state as a comparison names it."""
    return Compared(row.path, row.installation, row.computer_name, row.machine_sid)


def member(row: StateRow) -> Member:
    """Return a state as a list of an archive names it."""
    return Member(row.path, row.installation, row.computer_name, row.machine_sid, row.stored, row.tags)


def _short(row: PairRow) -> Pair:
    """Return as much of a pair as grouping asks."""
    return Pair(
        row.a, row.b, row.relation, row.policy, row.strength, "", row.lineage, "undetermined", row.separate_machines, row.direction,  # type: ignore[arg-type]
        Fork(row.fork_after, row.fork_before), shared=_kinds(row.shared),
    )  # fmt: skip


_KNOWN: dict[tuple[str, ...], tuple[Shared, ...]] = {}
"""The few different lists of kinds, made once."""


def _kinds(names: tuple[str, ...]) -> tuple[Shared, ...]:
    if names not in _KNOWN:
        _KNOWN[names] = tuple(Shared(name, "") for name in names)
    return _KNOWN[names]


def _strength(group: Group, pairs: Sequence[Pair]) -> VerdictStrength:
    return min((pair.strength for pair in pairs if pair.relation == group.relation), key=_ORDER.index, default="undetermined")


def _stated(store: Store, one: Grouped, policy: Policy, title: str) -> ArchiveGroup:
    rows = list(store.states(one.group.members))
    after = [pair.fork.after for pair in one.pairs if pair.fork.after]
    before = [pair.fork.before for pair in one.pairs if pair.fork.before]
    unjudged = sum(row.unjudged for row in rows)
    return ArchiveGroup(
        number=one.number,
        relation=one.group.relation,
        policy=policy,
        strength=_strength(one.group, one.pairs),
        title=title,
        count=len(one.group.members),
        members=tuple(map(member, rows[:MEMBERS])),
        collides=tuple(_collisions(one.pairs)),
        parted_after=min(after, default=None),
        parted_before=max(before, default=None),
        stored=max((row.stored for row in rows), default=""),
        tags=tuple(sorted({tag for row in rows for tag in row.tags})),
        pairs=len(one.pairs),
        judged=one.current and not unjudged and all(row.compared == KNOWLEDGE for row in rows),
        unjudged=unjudged,
    )


def _collisions(pairs: Collection[Pair]) -> Iterator[Collision]:
    """Yield the kinds of which computers have one value, with how many do: those that `lineage.groups` names."""
    holders: dict[str, set[int]] = {}
    for pair in pairs:
        if pair.separate_machines != "no":
            for one in pair.shared:
                holders.setdefault(one.kind, set()).update((pair.a, pair.b))
    for kind in sorted(holders, key=lambda kind: (by_harm(kind), kind)):
        yield Collision(kind, len(holders[kind]))


def whole(store: Store, row: PairRow, at: tuple[int, int]) -> Pair:
    """Return all of a pair, where it was kept; else what its row says."""
    body = store.pair_body(row.a, row.b)
    if body is not None:
        try:
            return unpacked_pair(body, at)
        except Malformed:  # `check` names it
            pass
    kind = load()[row.relation]
    return msgspec.structs.replace(_short(row), a=at[0], b=at[1], summary=kind.says, title=kind.title)


def _earlier(store: Store, rows: Sequence[StateRow]) -> list[tuple[str, ...]]:
    """Return the ids of the earlier states that each state holds."""
    found: list[tuple[str, ...]] = []
    for row in rows:
        body = store.body(row.image)
        report = None if body is None else unpacked(body)
        one = next((one for one in report.installations if one.id == row.installation), None) if report else None
        found.append(tuple(state.id for state in earlier_states_of(report, one)) if report and one else ())
    return found
