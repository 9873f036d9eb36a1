"""Comparison: two states of evidence side by side, as a report states it."""

from __future__ import annotations

from typing import Literal

import msgspec

Observed = Literal["equal", "differs", "crossed", "one-sided"]
"""`crossed`: the value that one has now is one that the other had before. `one-sided`: where the other would have it, it was looked for."""
Mark = Literal["contradicted", "possible", "expected"]
Weight = Literal["strong", "moderate", "none"]


class TableRow(msgspec.Struct, frozen=True):
    """One row of the hypothesis table: one namespace in both states."""

    namespace: str
    a: str
    b: str
    observed: Observed
    cells: dict[str, Mark]
    """Column -> what the row makes of it; a column of which nothing is known is not there."""
    weight: Weight
    """The most that the row says against any column."""
    group: str
    """What makes such values; rows of one group count once."""
    decides: bool
    """Whether the row contradicts a column."""
    because: str = ""
    """Where the row leaves a column possible: the exception by which a value stays."""


class StateComparison(msgspec.Struct, frozen=True):
    """An earlier state of an installation, laid beside what it is now."""

    state: str
    """Id of the earlier state in the same report."""
    words: str
    """What it is: an earlier copy of the hives, a shadow copy of a moment, Windows.old."""
    lineage: Literal["strong", "indicated", "undetermined"]
    """How well it is shown that the two were one once."""
    explained_by: tuple[str, ...]
    """Columns of the table that remain; none where every one is contradicted."""
    table: tuple[TableRow, ...]
