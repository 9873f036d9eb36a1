"""Merging: one catalog taken into another: its reports, its tags, and the pairs that were judged between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from forensic.catalog.entry import entry_of, unpacked
from forensic.catalog.record import ImageRow, JudgedPair, Source
from forensic.catalog.store import Store
from forensic.errors import Malformed
from forensic.model import Depth

BATCH = 500
"""Pairs that are kept at a time."""
Progress = Callable[[int], None]


class Merged(NamedTuple):
    """What became of the sources of the other catalog."""

    taken: int
    same: int
    """That the catalog has already, with the same fingerprint."""
    older: int
    """Of which the catalog has a report that was examined later."""
    waiting: int
    """That were not examined there: they are to be examined here, those that failed too."""
    damaged: int
    """Whose report cannot be read; `check` names them."""
    pairs: int
    """That were judged there and need not be judged again."""


def merge(store: Store, other: Store, *, progress: Progress | None = None) -> Merged:
    """Take all of another catalog into this one; the other stays as it is.

    A source that both have under one path is kept as it was examined last. It can be killed and begun again: what was taken is the
    same then. Constants are not taken: they are a choice. States that came in are to be compared (`Catalog.judge_pending`).
    """
    counted = {"taken": 0, "same": 0, "older": 0, "waiting": 0, "damaged": 0}
    here: dict[int, int] = {}
    for number, row in enumerate(other.images(), 1):
        counted[_take(store, other, row, here)] += 1
        if progress is not None:
            progress(number)
    return Merged(**counted, pairs=_pairs(store, other, here))


def _take(store: Store, other: Store, row: ImageRow, here: dict[int, int]) -> str:
    """Take one source, and note in `here` which state there is which here."""
    body = other.body(row.id) if row.status == "done" else None
    if body is None:
        store.offer([Source(row.path, row.fingerprint, row.tags)])
        return "waiting"
    mine = store.image_of(row.path)
    if mine is not None and mine.stored is not None and mine.fingerprint != row.fingerprint and _age(mine) > _age(row):
        return "older"
    try:
        entry = entry_of(unpacked(body))
    except Malformed:
        return "damaged"
    depth: Depth = "triage" if row.depth == "triage" else "full"
    image = store.add(Source(row.path, row.fingerprint, row.tags, depth), entry, stored=row.stored)
    if image is None:
        return "same"
    numbers = {one.installation: one.id for one in store.states_of(image)}
    here.update({one.id: numbers[one.installation] for one in other.states_of(row.id) if one.installation in numbers})
    return "taken"


def _age(row: ImageRow) -> str:
    return row.examined or row.stored or ""


def _pairs(store: Store, other: Store, here: dict[int, int]) -> int:
    """Keep the pairs of states that both were taken; one whose sides would change places is judged anew."""
    kept, waiting = 0, list[JudgedPair]()
    for one in _mapped(other, here):
        waiting.append(one)
        if len(waiting) >= BATCH:
            kept += store.keep_pairs(waiting)
            waiting = []
    return kept + store.keep_pairs(waiting)


def _mapped(other: Store, here: dict[int, int]) -> Iterator[JudgedPair]:
    for row in other.pairs():
        a, b = here.get(row.a), here.get(row.b)
        if a is not None and b is not None and a < b:
            yield JudgedPair(msgspec.structs.replace(row, a=a, b=b), other.pair_body(row.a, row.b))
