"""Table: one aligned row for each group, with a header; nothing is cut."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.model.archive import GroupsReport
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.formats.table import aligned
from forensic.reporting.groups.console import parted
from forensic.reporting.wording import shown

HEAD = ("group", "members", "relation", "policy", "strength", "parted", "first computer", "collides", "judged", "suspected")


def render(report: GroupsReport, _: Layout = PAPER) -> Iterator[str]:
    """Yield the table."""
    rows = [
        (
            str(group.number),
            str(group.count),
            group.relation,
            group.policy,
            group.strength,
            parted(group),
            group.members[0].computer_name or "" if group.members else "",
            ", ".join(f"{one.kind} {one.machines}" for one in group.collides),
            "yes" if group.judged else "no",
            str(group.suspected),
        )
        for group in report.groups
    ]
    yield from aligned([HEAD, *(tuple(shown(cell) if cell else "-" for cell in row) for row in rows)])
