"""Report: what is said about one source, in the order in which it is said."""

from __future__ import annotations

from rich.text import Text

from forensic.model import ImageReport, InstallationReport
from forensic.reporting import overview, view
from forensic.reporting.formats.console import source
from forensic.reporting.formats.console.accounts import write_accounts, write_profiles
from forensic.reporting.formats.console.earlier_states import write_earlier_states
from forensic.reporting.formats.console.evidence import write_evidence
from forensic.reporting.formats.console.facts import write_facts
from forensic.reporting.formats.console.first_screen import LINES, write_first_screen, write_what_was_read
from forensic.reporting.formats.console.gaps import write_gaps
from forensic.reporting.formats.console.head import write_installation_head, write_source_head
from forensic.reporting.formats.console.identity import identity_rows, write_identity
from forensic.reporting.formats.console.page import Page
from forensic.reporting.formats.console.problems import write_problems
from forensic.reporting.formats.console.summary import write_installations
from forensic.reporting.formats.console.timeline import write_timeline
from forensic.reporting.formats.console.verdict import write_advice, write_verdict
from forensic.reporting.wording import shown

FEW = 3
"""Installations of one source that are all told, in order or not."""
_FOOT = 2
"""Lines below the first screen."""


def write_report(page: Page, report: ImageReport) -> None:
    """Write the whole report: the first screen of each installation, or with `-v` all sections."""
    write_source_head(page, report)
    if report.installations:
        _write_installations(page, report)
    else:
        write_nothing(page, report)
    if page.detailed:
        if report.source.format != "unreadable":
            source.write_volumes(page, report.volumes, all_of_them=page.everything)
        source.write_collected_files(page, report.source)
        write_problems(page, report.problems)
    source.write_stats(page, report.stats)
    _write_foot(page, report)


def write_nothing(page: Page, report: ImageReport) -> None:
    """Say that there is no installation, and what was seen instead; why stands above."""
    title, says = view.why_nothing(report)
    page.panel(Text(title[0].upper() + title[1:], "bold magenta"), [Text(says)], "magenta")
    if report.volumes and not page.detailed:
        source.write_volumes(page, report.volumes, all_of_them=True)


def _write_installations(page: Page, report: ImageReport) -> None:
    whole = view.judged_alone(report) or list(report.installations)
    if len(whole) > 1:
        write_installations(page, whole)
    told = whole if len(whole) <= FEW else overview.needs_reading(report, whole)
    room = LINES - _FOOT - (page.count if len(whole) == 1 else 0)
    for number, one in enumerate(report.installations if page.detailed else told):
        if number:
            page.divider()
        if not page.detailed:
            write_first_screen(page, report, one, room=room)
        elif one.earlier_state_of is not None and not page.everything:
            _write_earlier_state(page, one)
        else:
            _write_installation(page, report, one)
    if len(told) < len(whole) and not page.detailed:
        page.line()
        page.put(
            f"{len(whole) - len(told)} of the {len(whole)} installations are in order and told in the list alone; -v tells all of them"
        )


def _write_foot(page: Page, report: ImageReport) -> None:
    tool, more = report.tool, ""
    if report.installations and not page.everything:
        more = "   -vv: gaps, raw bytes, hives" if page.detailed else "   -v: all evidence, timeline, sources   -vv: everything"
    page.line()
    page.put(Text(f"{shown(tool.name)} {shown(tool.version)}, knowledge of {shown(tool.knowledge)}{more}", "dim"), indent=0)


def _write_installation(page: Page, report: ImageReport, one: InstallationReport) -> None:
    write_installation_head(page, report, one)
    write_verdict(page, one.verdict)
    write_what_was_read(page, one)
    write_advice(page, one.verdict)
    write_evidence(page, one)
    write_timeline(page, one.timeline)
    write_identity(page, one)
    write_facts(page, one)
    write_accounts(page, one.accounts)
    write_profiles(page, one.profiles)
    write_gaps(page, one)
    if page.everything:
        write_earlier_states(page, one)
        source.write_hives(page, one.hives)


def _write_earlier_state(page: Page, one: InstallationReport) -> None:
    """Say of an earlier copy of a registry only who it was: its installation has the verdict that counts."""
    page.heading("Earlier copy of the registry")
    page.put(f"{shown(one.id)}, an earlier state of {shown(one.earlier_state_of or '')}")
    page.put(f"{len(one.facts)} facts, {len(one.gaps)} gaps: -vv lists all")
    page.rows(identity_rows(one), indent=4)
