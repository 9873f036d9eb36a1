"""Family: what every format for people shows of a comparison, in which order: the tree line by line, and the pairs by their gravity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from forensic.model import Policy
from forensic.model.pair import Compared, ComparisonReport, Edge, Forest, Node, Pair
from forensic.reporting.wording import shown

DEPTH = 20
"""Levels of the tree that are indented; what lies deeper stands at that indent, with its level."""
APART = frozenset({"unrelated", "same-media"})
"""Relations of states that never were one."""
_GRAVITY: tuple[Policy, ...] = ("violation", "suspect", "undetermined", "compliant", "none-found")
_STRENGTHS = ("proven", "strong", "indicated", "contradicted", "undetermined")


class Line(msgspec.Struct, frozen=True):
    """One node of the family tree, as one line."""

    node: Node
    edge: Edge | None
    """The copy by which it came from the node above; None of a root."""
    depth: int
    rails: tuple[bool, ...]
    """For each level whether a sibling follows below, the node's own last; of deep ones the last `DEPTH` levels."""
    is_origin: bool = False
    """Whether something hangs below it."""
    is_alone: bool = False
    """Whether it, or the root above it, has no copies: nothing but what it holds of its own past."""


def lines(forest: Forest) -> Iterator[Line]:
    """Yield the nodes of the tree from the roots down, those of which there are copies first; each node once."""
    nodes = {node.id: node for node in forest.nodes}
    children: dict[str, list[Edge]] = {}
    for edge in forest.edges:
        if edge.to in nodes:
            children.setdefault(edge.origin, []).append(edge)
    below = {edge.to for edge in forest.edges}
    copied = {edge.origin for edge in forest.edges if edge.to in nodes and nodes[edge.to].state != "earlier"}
    roots = sorted((node for node in forest.nodes if node.id not in below), key=lambda node: node.id not in copied)
    waiting = [Line(node, None, 0, (), node.id in children, node.id not in copied) for node in reversed(roots)]
    seen = set[str]()
    while waiting:
        line = waiting.pop()
        if line.node.id in seen:
            continue
        seen.add(line.node.id)
        yield line
        for number, edge in enumerate(reversed(children.get(line.node.id, []))):
            rails = (*line.rails, number > 0)[-DEPTH:]
            waiting.append(Line(nodes[edge.to], edge, line.depth + 1, rails, edge.to in children, line.is_alone))


def gravity(pair: Pair) -> tuple[object, ...]:
    """Return what pairs are sorted by: what breaks the policy first, then what is related, then what is well shown."""
    return _GRAVITY.index(pair.policy), pair.relation in APART, _STRENGTHS.index(pair.strength), pair.relation, pair.a, pair.b


def gravest_of_each(pairs: Iterable[Pair]) -> dict[int, Pair]:
    """Return the gravest pair of each state, by its position."""
    found: dict[int, Pair] = {}
    for pair in pairs:
        for number in (pair.a, pair.b):
            if number not in found or gravity(pair) < gravity(found[number]):
                found[number] = pair
    return found


def counts(report: ComparisonReport) -> list[tuple[str, int]]:
    """Return how many pairs have each relation, the gravest first."""
    found: dict[str, int] = {}
    for pair in sorted(report.pairs, key=gravity):
        found[pair.relation] = found.get(pair.relation, 0) + 1
    return list(found.items())


def nothing(report: ComparisonReport) -> tuple[str, str]:
    """Return what it means that there is no pair, in a few words and in a sentence."""
    if report.asked is None:
        return "Nothing to compare", "Fewer than two installations were found, or no two of them share a value that identifies."
    if not report.asked:
        return "Nothing to look for", "No Windows installation was found in what was given."
    asked = report.sources[: min(3, report.asked)]
    names = ", ".join(one.computer_name or one.path for one in asked)
    more = f" and {report.asked - len(asked)} more" if report.asked > len(asked) else ""
    return "No relatives", f"No other image of the catalog shares a value that identifies with {names}{more}."


def uncompared(report: ComparisonReport) -> int:
    """Return how many pairs are not listed, because nothing connects them."""
    count = len(report.sources)
    if report.asked is not None:
        return max(0, report.asked * (count - report.asked) - len(report.pairs))
    return count * (count - 1) // 2 - len(report.pairs)


def why_uncompared(report: ComparisonReport) -> str:
    """Return why pairs are not listed: in an archive of many only the nearest are judged, a comparison judges all that share a value."""
    whole = all(group.judged for group in report.groups)
    return "share no value that identifies" if whole else "were not judged, or share no value that identifies"


def name_of(side: Compared) -> str:
    """Return the name of the computer."""
    return shown(side.computer_name) if side.computer_name else "name not known"


def span_in_words(after: str | None, before: str | None) -> str:
    """Return a bracket of time to the minute; empty where neither end is known."""
    first, last = (time[:16].replace("T", " ") if time else None for time in (after, before))
    if first and last:
        return f"between {first} and {last} UTC"
    return f"after {first} UTC" if first else f"before {last} UTC" if last else ""
