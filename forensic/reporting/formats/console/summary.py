"""Summary: verdicts in a line each, over the installations of one source and over several sources."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from forensic.model import ImageReport, InstallationReport
from forensic.reporting import overview, view
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.formats.console.page import COLORS, Page
from forensic.reporting.formats.console.verdict import title_of
from forensic.reporting.wording import POLICY_HEADS, shown

VERDICT_LIMIT = 32
"""Columns for a verdict; the longest code has 26 letters."""


def one_line_each(report: ImageReport) -> list[str]:
    """Return the verdict of each installation in one line, or the one line that says why there is none."""
    found = list(overview.rows(report))
    lines = []
    for row in found:
        if not row.installation:
            lines.append(f"{shown(row.source)}: {shown(row.verdict)}")
            continue
        where = f"{shown(row.source)}: {shown(row.installation)}" if len(found) > 1 else shown(row.source)
        cells = (row.computer, row.machine_sid, row.verdict, row.policy, row.strength)
        lines.append(f"{where}: {', '.join(map(shown, cells))}")
    return lines


def table(rows: Sequence[overview.Row], layout: Layout = PAPER) -> str:
    """Return a table over several sources: the verdict first, since the eye looks for it."""
    page = Page(layout)
    sources = len({row.source for row in rows})
    page.section(f"{sources} sources")
    column = 4 + min(max((len(shown(row.verdict)) for row in rows if row.installation), default=0), VERDICT_LIMIT)
    for row in rows:
        if not row.installation:
            page.put(Text(shown(row.verdict)), lead=Text(shown(row.source), "bold"), column=4)
            continue
        said = Text.assemble((shown(row.source), "bold"), f"  {shown(row.computer)}  {shown(row.machine_sid)}")
        page.put(said, lead=Text(shown(row.verdict), "bold"), column=column)
    return page.text()


def write_installations(page: Page, installations: Sequence[InstallationReport]) -> None:
    """Write the installations of one source as a list."""
    page.section(f"{len(installations)} installations")
    for number, one in enumerate(installations, 1):
        where = f", {view.origin_in_words(one)}, {title_of(one)}, machine SID {shown(one.machine_sid or overview.NOT_KNOWN)}"
        page.put(Text.assemble(_verdict(one), f"  {shown(one.id)}{where}"), lead=f"{number}.", column=6)
    page.line()


def _verdict(one: InstallationReport) -> Text:
    return Text(f"{POLICY_HEADS[one.verdict.policy]}: {shown(one.verdict.history)}", f"bold {COLORS[one.verdict.policy]}")
