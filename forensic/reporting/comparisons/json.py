"""JSON: the comparison of the contract, section 4."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.model.pair import ComparisonReport
from forensic.reporting.formats import PAPER, Layout


def render(report: ComparisonReport, _: Layout = PAPER) -> Iterator[str]:
    """Yield the comparison as one object."""
    yield report.to_json() + "\n"
