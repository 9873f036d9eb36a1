"""Lineage: what pairs say together: the groups of states that descend from one installation, and their family tree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from forensic.model.pair import Edge, Forest, Group, Node, Pair
from forensic.reasoning.binding import earlier_states_of
from forensic.reasoning.pair.collision import by_harm
from forensic.reasoning.pair.judgement import FIRM
from forensic.reasoning.pair.relation import DESCENT, load
from forensic.reasoning.pair.side import Side

SEAL, ONE_SIDE = "one-seal", "generalized-on-one-side"
"""Evidence of a pair that groups and the tree ask for."""


def groups(pairs: Sequence[Pair]) -> tuple[Group, ...]:
    """Return the groups by firm lineage, the gravest first; a pair of indicated lineage is a group of its own where it joins no other."""
    parent: dict[int, int] = {}

    def root(one: int) -> int:
        parent.setdefault(one, one)
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    related = [pair for pair in pairs if were_one(pair)]
    again = _again(related)
    once = [(again.get(pair.a, pair.a), again.get(pair.b, pair.b), joins(pair)) for pair in related]
    for a, b, firm in once:
        if firm and a != b:
            parent[root(a)] = root(b)
    for a, b, firm in once:
        if not firm and a != b and a not in parent and b not in parent:
            parent[root(a)] = root(b)
    for one, first in again.items():
        parent[root(one)] = root(first)
    members: dict[int, list[int]] = {}
    for one in sorted(parent):
        members.setdefault(root(one), []).append(one)
    inside: dict[int, list[Pair]] = {}
    for pair in related:
        if root(pair.a) == root(pair.b):
            inside.setdefault(root(pair.a), []).append(pair)
    order = {code: kind.order for code, kind in load().items()}
    made = [_group(tuple(found), inside[first], order) for first, found in members.items()]
    return tuple(sorted(made, key=lambda group: (order[group.relation], group.members)))


def were_one(pair: Pair) -> bool:
    """Whether two states descend from one, whatever happened to each since."""
    return pair.relation in DESCENT or pair.lineage in FIRM


def joins(pair: Pair) -> bool:
    """Whether a group grows by a pair: by a firm lineage, one machine SID, or the seal of one master.

    Other indicated lineages, as by what travels with a user's folder, join nobody.
    """
    return pair.lineage in FIRM or any(one.kind == "machine-sid" for one in pair.shared) or any(one.name == SEAL for one in pair.evidence)


def _group(members: tuple[int, ...], inside: Sequence[Pair], order: dict[str, int]) -> Group:
    gravest = min((pair.relation for pair in inside), key=order.__getitem__)
    kinds = {one.kind for pair in inside if pair.separate_machines != "no" for one in pair.shared}
    collides = sorted(kinds, key=lambda kind: (by_harm(kind), kind))
    suspected = {one for pair in inside if pair.policy in ("violation", "suspect") for one in (pair.a, pair.b)}
    remedy = load()[gravest].of_many.format(count=len(suspected), others=len(suspected) - 1)
    return Group(members, gravest, tuple(collides), suspected=tuple(sorted(suspected)), remedy=remedy)


def forest(sides: Sequence[Side], pairs: Sequence[Pair], found: Sequence[Group]) -> Forest:
    """Return the family tree: states as nodes, copies as edges; a master that nobody has seen is a node of its own."""
    earlier = [[state.id for state in earlier_states_of(side.report, side.installation)] for side in sides]
    return tree([side.name for side in sides], earlier, pairs, found)


def tree(names: Sequence[str], earlier: Sequence[Sequence[str]], pairs: Sequence[Pair], found: Sequence[Group]) -> Forest:
    """Return the family tree of states of which the names are known, and the ids of the earlier states that each holds."""
    nodes = [Node(f"n{number}", number, "active", name) for number, name in enumerate(names)]
    edges: list[Edge] = []
    group_of = {member: number for number, group in enumerate(found) for member in group.members}
    of_group: dict[int, list[Pair]] = {}
    for pair in pairs:
        if were_one(pair) and pair.a in group_of and group_of[pair.a] == group_of.get(pair.b):
            of_group.setdefault(group_of[pair.a], []).append(pair)
    for number, group in enumerate(found):
        related = of_group.get(number, [])
        again = _again(related)  # the same content twice is one place in the tree
        inside = _without(again, related)
        members = [one for one in group.members if one not in again]
        sources = _sources(inside)
        headless = [one for one in members if one not in sources]
        if len(headless) > 1:
            master = f"m{number}"
            siblings = [pair for pair in inside if pair.a in headless and pair.b in headless]
            one_machine = bool(siblings) and all(pair.separate_machines == "no" for pair in siblings)
            label = "earlier state (not seen)" if one_machine else "master (not seen)"
            nodes.append(Node(master, None, "missing-master", label))
            edges += [_edge(master, one, siblings if any(one in (p.a, p.b) for p in siblings) else inside) for one in headless]
        edges += [_edge(f"n{origin}", copy, inside) for copy, origin in sources.items()]
        edges += [_edge(f"n{first}", one, related) for one, first in again.items()]
    for number, states in enumerate(earlier):
        for place, state in enumerate(states):
            nodes.append(Node(f"e{number}.{place}", number, "earlier", state))
            edges.append(Edge(f"n{number}", f"e{number}.{place}", "holds an earlier state"))
    return Forest(tuple(nodes), tuple(edges))


def _again(pairs: Sequence[Pair]) -> dict[int, int]:
    """Return state -> the first state with the same content."""
    found: dict[int, int] = {}
    for pair in pairs:
        if pair.relation == "same-acquisition":
            first, second = sorted((pair.a, pair.b))
            found[second] = min(first, found.get(second, first))
    return found


def _without(again: dict[int, int], pairs: Sequence[Pair]) -> list[Pair]:
    """Return the pairs of states whose content is there once; one that was judged of a second one alone counts for the first."""
    kept = [pair for pair in pairs if pair.a not in again and pair.b not in again]
    known = {frozenset((pair.a, pair.b)) for pair in kept}
    for pair in pairs:
        a, b = (_first(one, again) for one in (pair.a, pair.b))
        if a != b and frozenset((a, b)) not in known:
            known.add(frozenset((a, b)))
            kept.append(msgspec.structs.replace(pair, a=a, b=b))
    return kept


def _first(one: int, again: dict[int, int]) -> int:
    while one in again:
        one = again[one]
    return one


def _sources(pairs: Sequence[Pair]) -> dict[int, int]:
    """Return copy -> source, the youngest source of each: a copy of a copy parted later from it than from the first."""
    found: dict[int, tuple[str, int]] = {}
    for pair in pairs:
        if pair.direction in ("a-is-source", "b-is-source"):
            source, copy = (pair.a, pair.b) if pair.direction == "a-is-source" else (pair.b, pair.a)
            when = pair.fork.after or ""
            if copy not in found or when > found[copy][0]:
                found[copy] = (when, source)
    return {copy: source for copy, (_, source) in sorted(found.items()) if not _circles(copy, source, found)}


def _circles(copy: int, source: int, found: dict[int, tuple[str, int]]) -> bool:
    seen = {copy}
    while source in found:
        if source in seen:
            return True
        seen.add(source)
        source = found[source][1]
    return False


def _edge(origin: str, copy: int, pairs: Sequence[Pair]) -> Edge:
    """Return the copy from one state to another; what happened to it since a master that nobody has seen, any of its pairs may tell."""
    number = int(origin[1:]) if origin.startswith("n") else None
    mine = [pair for pair in pairs if copy in (pair.a, pair.b) and (number is None or number in (pair.a, pair.b))]
    order = {code: kind.order for code, kind in load().items()}
    pair = min(mine, key=lambda one: (number is None and one.relation != "generalized-siblings", order[one.relation]))
    return Edge(origin, f"n{copy}", _LABELS.get(pair.relation) or _unlike(pair, copy), pair.fork.after, pair.fork.before)


_LABELS = {
    "generalized-siblings": "generalized",
    "generalized-after-deployment": "generalized too late",
    "sid-changed-duplicate": "SID changed",
    "same-machine": "later",
    "same-acquisition": "same",
    "duplicated-without-sysprep": "not generalized",
    "duplicate-or-same-machine": "not generalized",
}


def _unlike(pair: Pair, copy: int) -> str:
    """Return what happened to one side of a pair that is not determined."""
    side = generalized_side(pair)
    if not side:
        return "not shown how"
    return "generalized" if copy == (pair.a if side == "a" else pair.b) else "not generalized"


def generalized_side(pair: Pair) -> Literal["", "a", "b"]:
    """Return the side that alone was generalized, where evidence says so."""
    return next((one.side for one in pair.evidence if one.name == ONE_SIDE), "")
