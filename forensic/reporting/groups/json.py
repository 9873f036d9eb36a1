"""JSON: the groups as one object (`docs/groups.schema.json`)."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.model.archive import GroupsReport
from forensic.reporting.formats import PAPER, Layout


def render(report: GroupsReport, _: Layout = PAPER) -> Iterator[str]:
    """Yield the groups as one object."""
    yield report.to_json() + "\n"
