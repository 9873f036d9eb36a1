"""Report: what is said about one source, in the order in which it is said."""

from __future__ import annotations

from rich.text import Text

from forensic.model import ImageReport, InstallationReport
from forensic.reporting import view
from forensic.reporting.formats.console import source
from forensic.reporting.formats.console.accounts import write_accounts, write_profiles
from forensic.reporting.formats.console.earlier_states import write_earlier_states
from forensic.reporting.formats.console.evidence import write_evidence
from forensic.reporting.formats.console.facts import write_facts
from forensic.reporting.formats.console.gaps import write_gaps
from forensic.reporting.formats.console.identity import identity_rows, write_identity
from forensic.reporting.formats.console.page import Page
from forensic.reporting.formats.console.problems import write_problems
from forensic.reporting.formats.console.summary import write_installations
from forensic.reporting.formats.console.timeline import write_timeline
from forensic.reporting.formats.console.verdict import write_advice, write_title, write_verdict
from forensic.reporting.wording import manner, shown


def write_report(page: Page, report: ImageReport) -> None:
    """Write the whole report."""
    source.write_source(page, report.source)
    if report.installations:
        for said in manner(report):
            page.put(said, indent=0)
        if len(whole := view.judged_alone(report)) > 1:
            write_installations(page, whole)
    else:
        title, says = view.why_nothing(report)
        page.panel(Text(title[0].upper() + title[1:], "bold magenta"), [Text(says)], "magenta")
    for one in report.installations:
        if one.earlier_state_of is not None and not page.everything:
            _write_earlier_state(page, one)
        else:
            _write_installation(page, one, several=len(report.installations) > 1)
    if report.source.format != "unreadable":
        source.write_volumes(page, report.volumes, all_of_them=page.everything or not report.installations)
    write_problems(page, report.problems)
    source.write_stats(page, report.stats)
    page.line()
    tool = report.tool
    hint = "" if page.everything or not report.installations else "; -v shows every fact with its source"
    page.put(Text(f"{shown(tool.name)} {shown(tool.version)}, knowledge of {shown(tool.knowledge)}{hint}", "dim"), indent=0)


def _write_installation(page: Page, one: InstallationReport, *, several: bool) -> None:
    if several:
        page.divider()
    write_title(page, one)
    write_verdict(page, one.verdict)
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
    page.put(f"{len(one.facts)} facts, {len(one.gaps)} gaps: -v lists all")
    page.rows(identity_rows(one), indent=4)
