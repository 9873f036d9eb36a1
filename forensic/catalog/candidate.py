"""Candidate: which states share identifying values with one, weighed by how few hold each: the same for every backend."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from math import log

from forensic.catalog.key import met_keys
from forensic.catalog.store import FEW, SAMPLE

Lookup = Callable[[int, int], Sequence[int]]
"""Key and number to the first so many states that hold it; of a negative number to the last ones."""
_LEAST = 0.01
"""Weight of a value that nearly all hold."""


def weighed(
    keys: Iterable[tuple[str, int]], lookup: Lookup, *, all_states: int, excluding: Collection[int], myself: int | None = None
) -> dict[int, tuple[int, float]]:
    """Return state -> how many values it shares, and the sum of their weights; the greatest weight first.

    `keys` are namespaces and keys. Of a value that more than `FEW` hold, the first and the last `SAMPLE` are asked, and it weighs as if
    `FEW` held it.
    """
    found: dict[int, tuple[int, float]] = {}
    for namespace, own in keys:
        met, count = set[int](), 1
        for key in met_keys(namespace, own):
            if key in excluding:
                continue
            holders = lookup(key, FEW + 1)
            count += len(holders)
            met.update(holders if len(holders) <= FEW else (*holders[:SAMPLE], *lookup(key, -SAMPLE)))
        if myself is not None:
            met.discard(myself)
        weight = max(_LEAST, log(max(1, all_states) / count))
        for state in met:
            values, total = found.get(state, (0, 0.0))
            found[state] = (values + 1, total + weight)
    return dict(sorted(found.items(), key=lambda one: (-one[1][1], one[0])))
