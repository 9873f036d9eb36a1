"""JSON: who holds what as one object (`docs/holders.schema.json`)."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.model.archive import HoldersReport
from forensic.reporting.formats import PAPER, Layout


def render(report: HoldersReport, _: Layout = PAPER) -> Iterator[str]:
    """Yield who holds what as one object."""
    yield report.to_json() + "\n"
