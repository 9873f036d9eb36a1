"""Table: one aligned row for each installation, with a header."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len

from forensic.model import ImageReport
from forensic.reporting import overview
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.wording import shown

WIDEST = 100
"""Columns to which a table aligns; a longer value, which no Windows gives, pushes only its own row."""


def render(reports: Iterable[ImageReport], _: Layout = PAPER) -> Iterator[str]:
    """Yield the table in the end, since the longest value of a column says how wide it is; nothing is cut."""
    rows = [
        overview.HEAD,
        *(overview.Row(*(shown(cell) if cell else "-" for cell in row)) for one in reports for row in overview.rows(one)),
    ]
    yield from aligned(rows)


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield rows of text as lines whose columns begin below each other."""
    widths = [min(WIDEST, max(cell_len(cell) for cell in column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip() + "\n"
