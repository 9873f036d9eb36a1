"""CSV: one row for each pair."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.model.pair import ComparisonReport
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.formats.csv import BOM, lines

COLUMNS = (
    "a", "a_computer", "a_machine_sid", "b", "b_computer", "b_machine_sid", "relation", "policy", "strength", "lineage",
    "generalized_since_fork", "separate_machines", "direction", "fork_after", "fork_before", "shared", "summary",
)  # fmt: skip
"""The header row. Columns are only ever added, at the end."""


def render(report: ComparisonReport, _: Layout = PAPER) -> Iterator[str]:
    """Yield the pairs as one CSV text, as the CSV of reports is written."""
    yield BOM + lines([COLUMNS])
    for pair in report.pairs:
        sides = [report.sources[number] for number in (pair.a, pair.b)]
        who = [part for side in sides for part in (f"{side.path} > {side.installation}", side.computer_name or "", side.machine_sid or "")]
        shared = " ".join(sorted({one.kind for one in pair.shared}))
        answers = (pair.relation, pair.policy, pair.strength, pair.lineage, pair.generalized_since_fork, pair.separate_machines)
        yield lines([(*who, *answers, pair.direction, pair.fork.after or "", pair.fork.before or "", shared, pair.summary)])
