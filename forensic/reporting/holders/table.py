"""Table: one aligned row for each state that holds a value, with a header; nothing is cut."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.model.archive import HoldersReport
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.formats.table import aligned
from forensic.reporting.holders.console import through
from forensic.reporting.wording import shown

HEAD = ("value", "through", "computer", "machine SID", "verdict", "source", "installation")


def render(report: HoldersReport, _: Layout = PAPER) -> Iterator[str]:
    """Yield the table."""
    rows = [
        (
            one.value,
            through(one),
            one.member.computer_name or "",
            one.member.machine_sid or "",
            one.history,
            one.member.path,
            one.member.installation,
        )
        for one in report.held
    ]
    yield from aligned([HEAD, *(tuple(shown(cell) if cell else "-" for cell in row) for row in rows)])
