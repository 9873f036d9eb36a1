"""Row: what every database keeps in the same columns, and its rows as records."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from forensic.catalog.key import path_of
from forensic.catalog.record import ImageRow, PairRow, StateRow

ANSWER = "knowledge, relation, policy, strength, lineage, separate_machines, direction, shared, joins, generalized"
"""Columns of what a pair is."""
LAPSED = (
    "'the lease ran out ' || CASE WHEN lapses < tries THEN (lapses + 1) || ' of ' || (tries + 1) ELSE '' || (tries + 1) END"
    " || CASE WHEN tries = 0 THEN ' time' ELSE ' times' END"
    " || coalesce('; before: ' || reason, '')"
)
"""SQL: why a source is set aside whose lease ran out once more."""
_make_state: Callable[..., StateRow] = StateRow


def now() -> str:
    """Return this moment: ISO 8601, UTC, to the second."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}Z"


def answer_values(row: PairRow) -> tuple[str | bool, ...]:
    """Return what a pair is, in the order of the columns `ANSWER`."""
    return (
        row.knowledge, row.relation, row.policy, row.strength, row.lineage, row.separate_machines, row.direction, " ".join(row.shared),
        row.joins, row.generalized,
    )  # fmt: skip


def image_row(row: Sequence[Any]) -> ImageRow:
    """Return a row of a list of images as a record."""
    number, name, status, fingerprint, *rest, tags = row
    return ImageRow(number, path_of(name), status, fingerprint, tuple(json.loads(tags)), *rest)


def state_row(row: Sequence[Any]) -> StateRow:
    """Return a row of a list of states as a record."""
    number, image, name, *rest, tags = row
    return _make_state(number, image, path_of(name), *rest, tuple(json.loads(tags)))


def pair_row(row: Sequence[Any]) -> PairRow:
    """Return a row of a list of pairs as a record."""
    a, b, after, before, knowledge, relation, policy, strength, lineage, separate, direction, shared, joins, generalized = row
    kinds = tuple(shared.split())
    return PairRow(
        a, b, knowledge, relation, policy, strength, lineage, separate, direction, after, before, kinds, bool(joins), generalized
    )  # fmt: skip
