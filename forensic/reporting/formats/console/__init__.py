"""Console: the report as a person reads it on a terminal or on paper: the verdict first, problems last.

Nothing that came from evidence acts on the terminal or is taken for markup: all of it passes `wording.shown`. Nothing is cut off without
saying so, no meaning is carried by colour alone, and one report gives the same text everywhere.

`page` lays text out; `report` says in which order a report is written, and one module says each part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from forensic.model import ImageReport
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.formats.console import summary
from forensic.reporting.formats.console.page import Page
from forensic.reporting.formats.console.report import write_report


def render(reports: Iterable[ImageReport], layout: Layout = PAPER) -> Iterator[str]:
    """Yield each report as soon as it is there, and after several of them an overview."""
    summaries: list[str] = []  # a line or two of each report: there may be thousands
    for number, report in enumerate(reports):
        if layout.verbosity < 0:
            yield "".join(f"{line}\n" for line in summary.one_line_each(report))
            continue
        yield ("\n\n" if number else "") + render_one(report, layout)
        if layout.several:
            summaries.append(summary.of_report(report, layout))
    if summaries:
        yield "\n" + summary.overview(summaries, layout)


def render_one(report: ImageReport, layout: Layout = PAPER) -> str:
    """Return the page of one report."""
    page = Page(layout)
    write_report(page, report)
    return page.text()
