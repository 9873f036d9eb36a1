"""Verdict: which installation it is, what is concluded of it, and what follows from that."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from forensic.model import InstallationReport, Verdict
from forensic.model.judgement import POLICY_WORDS, STRENGTH_WORDS
from forensic.reporting import view
from forensic.reporting.formats.console.page import COLORS, Page
from forensic.reporting.wording import shown

NAME_LIMIT = 100
"""Characters of a name that a heading shows; the longest host name has 63."""


def title_of(one: InstallationReport) -> str:
    """Return computer and release, each at most `NAME_LIMIT` characters long."""
    product = one.product
    name = brief_name(product.name) if product.name else "Windows, release not known"
    computer = brief_name(one.computer_name) if one.computer_name else "computer name not known"
    return f"{computer}, {name}" + (f" (build {shown(product.build)})" if product.build else "")


def write_title(page: Page, one: InstallationReport) -> None:
    """Write which installation it is."""
    page.line()
    page.put(Text(title_of(one), "bold"), indent=0)
    page.put(Text(f"{shown(one.id)}, {view.origin_in_words(one)}", "dim"), indent=0)


def write_verdict(page: Page, verdict: Verdict) -> None:
    """Write the verdict in a box."""
    color = COLORS[verdict.policy]
    words = Table.grid(padding=(0, 2))
    words.add_row(Text("verdict", "dim"), Text(shown(verdict.history), "bold"))
    words.add_row(Text("policy", "dim"), Text.assemble((verdict.policy, "bold"), f": {POLICY_WORDS[verdict.policy]}"))
    words.add_row(Text("strength", "dim"), Text(STRENGTH_WORDS[verdict.strength]))
    if page.everything and verdict.decided_by:
        caps = f"; held down by {', '.join(map(shown, verdict.caps))}" if verdict.caps else ""
        words.add_row(Text("row", "dim"), Text(f"{shown(verdict.decided_by)}{caps} (forensic explain {shown(verdict.history)})"))
    page.panel(Text(shown(verdict.title or verdict.history), f"bold {color}"), [Text(), Text(shown(verdict.summary)), Text(), words], color)


def write_advice(page: Page, verdict: Verdict) -> None:
    """Write what is not excluded, what breaks, and what to do next."""
    for heading, said, numbered in (
        (view.not_excluded_heading(verdict), verdict.not_excluded, False),
        ("What breaks where another computer shares this", verdict.consequences, False),
        ("What to do next", verdict.remedies, True),
    ):
        if said:
            page.heading(heading)
            page.items(map(shown, said), numbered=numbered)


def brief_name(name: str) -> str:
    """Return a name for a heading; where no Windows gave it its length, the whole stands below."""
    return shown(name) if len(name) <= NAME_LIMIT else f"{shown(name[:NAME_LIMIT])}... ({len(name):,} characters)"
