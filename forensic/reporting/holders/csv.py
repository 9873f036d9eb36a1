"""CSV: a row for each state that holds a value."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.model.archive import HoldersReport
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.formats.csv import BOM, lines

COLUMNS = ("value", "held_as", "standing", "computer_name", "machine_sid", "source", "installation", "history", "policy", "stored", "tags")
"""The header row. Columns are only ever added, at the end."""


def render(report: HoldersReport, _: Layout = PAPER) -> Iterator[str]:
    """Yield who holds what as one CSV text, as the CSV of reports is written."""
    yield BOM + lines([COLUMNS])
    for one in report.held:
        who = (one.member.computer_name or "", one.member.machine_sid or "", one.member.path, one.member.installation)
        yield lines([(one.value, one.namespace, one.standing, *who, one.history, one.policy, one.member.stored, " ".join(one.member.tags))])
