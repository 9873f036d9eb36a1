"""Summary: verdicts in a line each, over the installations of one source and over several sources."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from forensic.model import ImageReport, InstallationReport
from forensic.reporting import view
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.formats.console.page import COLORS, Page
from forensic.reporting.formats.console.verdict import title_of
from forensic.reporting.wording import shown


def one_line_each(report: ImageReport) -> list[str]:
    """Return the verdict of each installation in one line, or the one line that says why there is none."""
    path = shown(report.source.path)
    if report.installations:
        return [
            f"{path}: {shown(one.id)}: {shown(one.verdict.history)} (policy {one.verdict.policy}, strength {one.verdict.strength})"
            for one in view.judged_alone(report)
        ]
    said = {
        severity: [(problem.where, problem.what) for problem in report.problems if problem.severity == severity]
        for severity in ("error", "warning")
    }
    unread = [(volume.id, f"not examined: {volume.not_examined}") for volume in report.volumes if volume.not_examined]
    reasons = [f"{shown(where)}: {shown(what)}" for where, what in (*said["error"], *said["warning"], *unread)][:1]
    return [": ".join((path, view.why_nothing(report)[0], *(reason.removeprefix(f"{path}: ") for reason in reasons)))]


def of_report(report: ImageReport, layout: Layout = PAPER) -> str:
    """Return the part of the closing overview that tells of one report: a line per installation."""
    page = Page(layout)
    page.put(Text(shown(report.source.path), "bold"), indent=2)
    if not report.installations:
        page.put(view.why_nothing(report)[0], indent=4)
    for one in view.judged_alone(report):
        page.put(Text.assemble(_verdict(one), "  ", shown(one.id), ", ", title_of(one)), indent=4)
    return page.text()


def overview(parts: Sequence[str], layout: Layout = PAPER) -> str:
    """Return the closing overview over several reports, of which `parts` holds each one's part."""
    page = Page(layout)
    page.heading(f"Overview of {len(parts)} sources")
    return page.text() + "".join(parts)


def write_installations(page: Page, installations: Sequence[InstallationReport]) -> None:
    """Write the installations of one source as a list."""
    page.heading(f"{len(installations)} installations")
    for number, one in enumerate(installations, 1):
        where = f", {view.origin_in_words(one)}, "
        page.put(Text.assemble(_verdict(one), "  ", shown(one.id), where, title_of(one)), lead=f"{number}.", column=6)


def _verdict(one: InstallationReport) -> Text:
    return Text(f"{shown(one.verdict.history)} ({one.verdict.policy})", f"bold {COLORS[one.verdict.policy]}")
