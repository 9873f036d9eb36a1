"""Checklist: what an image builder sees instead of an investigator's report."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from forensic.model import ImageReport
from forensic.reporting.checklist import Checklist
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.formats.console.head import write_installation_head, write_source_head
from forensic.reporting.formats.console.page import Page
from forensic.reporting.formats.console.report import write_nothing
from forensic.reporting.formats.console.summary import one_line_each
from forensic.reporting.wording import shown

_COLORS = {"met": "green", "not met": "bold red", "warning": "bold yellow", "not known": "magenta"}


def render(report: ImageReport, checklists: Sequence[Checklist], layout: Layout = PAPER) -> str:
    """Return the checklists of a source; where it has no installation, why."""
    page = Page(layout)
    if layout.verbosity < 0:
        return "".join(f"{shown(f'{report.source.path}: {one.installation.id}: {one.reason}')}\n" for one in checklists) or "".join(
            f"{line}\n" for line in one_line_each(report)
        )
    write_source_head(page, report)
    if not checklists:
        write_nothing(page, report)
    for one in checklists:
        write_installation_head(page, report, one.installation)
        page.line()
        for condition in one.conditions:
            state = condition.state(strict=one.strict)
            page.put(Text(shown(condition.words), "bold"), lead=Text(state, _COLORS[state]), column=13)
            page.brief(shown(condition.found), column=13, most=3)
            if condition.met is False and condition.remedy:
                page.put(shown(condition.remedy), lead="->", indent=13, column=16)
        page.line()
        page.put(Text(shown(f"{one.installation.id}: {one.reason}"), "bold"), indent=0)
    return page.text()
