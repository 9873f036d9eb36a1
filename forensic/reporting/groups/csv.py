"""CSV: a row for each member of each group, so that a table of the members sorts and filters by what is known of the group."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.model.archive import ArchiveGroup, GroupsReport
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.formats.csv import BOM, lines

COLUMNS = (
    "group", "relation", "policy", "strength", "count", "parted_after", "parted_before", "collides", "judged", "unjudged", "computer_name",
    "machine_sid", "source", "installation", "stored", "tags", "suspected", "remedy",
)  # fmt: skip
"""The header row. Columns are only ever added, at the end."""


def render(report: GroupsReport, _: Layout = PAPER) -> Iterator[str]:
    """Yield the groups as one CSV text, as the CSV of reports is written; of a group with many members the first ones have rows."""
    yield BOM + lines([COLUMNS])
    for group in report.groups:
        yield lines(list(_rows(group)))


def _rows(group: ArchiveGroup) -> Iterator[tuple[object, ...]]:
    collides = " ".join(f"{one.kind}:{one.machines}" for one in group.collides)
    of_group = (
        group.number, group.relation, group.policy, group.strength, group.count, group.parted_after or "", group.parted_before or "",
        collides, "yes" if group.judged else "no", group.unjudged,
    )  # fmt: skip
    done = group.suspected, group.remedy
    for one in group.members:
        of_one = one.computer_name or "", one.machine_sid or "", one.path, one.installation, one.stored, " ".join(one.tags)
        yield (*of_group, *of_one, *done)
