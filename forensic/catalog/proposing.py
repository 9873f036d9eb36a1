"""Proposing: values that many unrelated states share, for people to declare constants: a default, a leftover of a template."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.catalog.entry import unpacked
from forensic.catalog.grouping import grouped
from forensic.catalog.key import PREFIX, key_of
from forensic.catalog.store import Store
from forensic.errors import Malformed
from forensic.model.archive import Constant
from forensic.reasoning.pair.meeting import DOMAIN, identifiers_of
from forensic.reasoning.pair.side import sides_of

STRANGERS = 20
"""States or groups that no judged pair relates, of more than which a value is proposed."""
LOOKED_AT = 2000
"""Holders of one value that are looked at."""
ASKED = 3
"""Reports that are read to learn a value from its key."""


def proposed(store: Store, *, strangers: int = STRANGERS) -> Iterator[Constant]:
    """Yield the values that more than so many strangers share, the most shared first; those that are constants already are not among them.

    The states of one group count once. The SID of a domain is no candidate among its members, so it is not proposed.
    """
    known = {key_of(*value) for value in store.constants()}
    group_of = {state: one.number for one in grouped(store) for state in one.group.members}
    for key, namespace, count in store.shared_by_many(strangers):
        if key in known or namespace in (DOMAIN, PREFIX):
            continue
        holders = store.holders_of_key(key, LOOKED_AT)
        apart = len({(1, group_of[state]) if state in group_of else (0, state) for state in holders})
        if apart > strangers:
            value = _value(store, key, holders[:ASKED])
            if value is not None:
                yield Constant(*value, apart, count)


def _value(store: Store, key: int, holders: list[int]) -> tuple[str, str] | None:
    """Return namespace and text of a key, from the reports of those that hold it."""
    for row in store.states(holders):
        body = store.body(row.image)
        if body is None:
            continue
        try:
            sides = sides_of(unpacked(body))
        except Malformed:  # `check` names it
            continue
        for side in sides:
            for one in identifiers_of(side):
                if key_of(one.namespace, one.text) == key:
                    return one.namespace, one.text
    return None
