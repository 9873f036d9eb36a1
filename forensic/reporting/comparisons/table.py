"""Table: one aligned row for each pair, the gravest first, with a header; nothing is cut."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.model.judgement import POLICY_WORDS
from forensic.model.pair import ComparisonReport
from forensic.reporting import family
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.formats.table import aligned
from forensic.reporting.wording import shown

HEAD = ("a", "computer", "b", "computer", "relation", "policy", "strength", "parted after", "parted before", "collides")


def render(report: ComparisonReport, _: Layout = PAPER) -> Iterator[str]:
    """Yield the table."""
    rows = []
    for pair in sorted(report.pairs, key=family.gravity):
        a, b = (report.sources[number] for number in (pair.a, pair.b))
        who = (a.path, a.computer_name or "", b.path, b.computer_name or "")
        collides = ", ".join(dict.fromkeys(one.kind for one in pair.shared)) if pair.policy != "none-found" else ""
        rows.append(
            (*who, pair.relation, POLICY_WORDS[pair.policy], pair.strength, pair.fork.after or "", pair.fork.before or "", collides)
        )
    yield from aligned([HEAD, *(tuple(shown(cell) if cell else "-" for cell in row) for row in rows)])
