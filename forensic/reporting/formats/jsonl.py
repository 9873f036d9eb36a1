"""JSON lines: one report in each line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from forensic.model import ImageReport
from forensic.reporting.formats import PAPER, Layout


def render(reports: Iterable[ImageReport], _: Layout = PAPER) -> Iterator[str]:
    """Yield each report as one line."""
    for report in reports:
        yield report.to_json(indent=None) + "\n"
