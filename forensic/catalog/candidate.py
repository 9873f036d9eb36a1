"""Candidate: which states share identifying values with one, weighed by how few hold each: the same for every backend."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from math import log

from forensic.catalog.key import met_keys
from forensic.catalog.store import FEW, SAMPLE

Counts = Callable[[Collection[int]], Mapping[int, int]]
"""Keys to how many states hold them, of those that two or more hold."""
Lookup = Callable[[int, int], Sequence[int]]
"""Key and number to the first so many states that hold it; of a negative number to the last ones."""
_LEAST = 0.01
"""Weight of a value that nearly all hold."""


def weighed(
    keys: Iterable[tuple[str, int]],
    counts: Counts,
    lookup: Lookup,
    *,
    all_states: int,
    excluding: Collection[int],
    myself: int | None = None,
) -> dict[int, tuple[int, float]]:
    """Return state -> how many values it shares, and the sum of their weights; the greatest weight first.

    `keys` are namespaces and keys: where `myself` is given, those that this state holds. Of a value that more than `FEW` hold, the first
    and the last `SAMPLE` are asked, and it weighs by all that hold it.
    """
    wanted = [(own, [key for key in met_keys(namespace, own) if key not in excluding]) for namespace, own in keys]
    known = counts({key for _, met in wanted for key in met})
    found: dict[int, tuple[int, float]] = {}
    for own, some in wanted:
        met, total = set[int](), 1
        for key in some:
            count = known.get(key, 1)
            if count == 1 and key == own and myself is not None:
                continue  # it is the state's own, and nobody else has it
            total += count
            met.update(lookup(key, FEW) if count <= FEW else (*lookup(key, SAMPLE), *lookup(key, -SAMPLE)))
        if myself is not None:
            met.discard(myself)
        weight = max(_LEAST, log(max(1, all_states) / total))
        for state in met:
            values, weights = found.get(state, (0, 0.0))
            found[state] = (values + 1, weights + weight)
    return dict(sorted(found.items(), key=lambda one: (-one[1][1], one[0])))
