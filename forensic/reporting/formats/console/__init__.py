"""Console: the report as a person reads it on a terminal or on paper: the answer on the first screen, the rest one flag away.

Nothing that came from evidence acts on the terminal or is taken for markup: all of it passes `wording.shown`. Nothing is cut off without
saying so, no meaning is carried by colour alone, and one report gives the same text everywhere.

`page` lays text out; `report` says in which order a report is written, and one module says each part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from forensic.model import ImageReport
from forensic.reporting import overview
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.formats.console import summary
from forensic.reporting.formats.console.page import Page
from forensic.reporting.formats.console.report import write_report


def render(reports: Iterable[ImageReport], layout: Layout = PAPER) -> Iterator[str]:
    """Yield each report as soon as it is there; of several a table of all first, then those that need to be read, with `-v` all."""
    if layout.verbosity < 0:
        for report in reports:
            yield "".join(f"{line}\n" for line in summary.one_line_each(report))
    elif layout.several:
        yield from _several(reports, layout)
    else:
        for report in reports:
            yield render_one(report, layout)


def _several(reports: Iterable[ImageReport], layout: Layout) -> Iterator[str]:
    rows: list[overview.Row] = []  # a line or two of each report: there may be thousands
    details: list[str] = []
    calm = 0
    for report in reports:
        rows += overview.rows(report)
        if layout.verbosity > 0 or not overview.is_in_order(report):
            details.append(render_one(report, layout))
        else:
            calm += 1
    yield summary.table(rows, layout)
    if calm:
        yield (
            f"\n{calm} of {calm + len(details)} in order; the details of the others follow, of all with -v\n"
            if details
            else (f"\nall {calm} in order; -v shows the details\n")
        )
    for detail in details:
        yield f"\n\n{detail}"


def render_one(report: ImageReport, layout: Layout = PAPER) -> str:
    """Return the page of one report."""
    page = Page(layout)
    write_report(page, report)
    return page.text()
