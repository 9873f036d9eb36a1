"""Gaps: what is absent, by the kind of absence."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from forensic.model import Gap, InstallationReport
from forensic.reporting import view
from forensic.reporting.formats.console.page import Page
from forensic.reporting.wording import REASON_WORDS, shown

DAMAGED = ("unreadable", "malformed", "unsupported")
"""Reasons under which something is there: each gap is told with its place."""


def write_gaps(page: Page, one: InstallationReport) -> None:
    """Write the gaps; without `-vv` only names of what is simply not there."""
    page.heading(f"Gaps ({len(one.gaps)})")
    if not one.gaps:
        page.put("none: everything that was looked for was found and read")
    stated = {fact.kind for fact in one.facts}
    for reason, gaps in view.gaps_by_reason(one):
        damaged = reason in DAMAGED
        page.put(Text(REASON_WORDS[reason], "bold yellow" if damaged else "bold"))
        if damaged:
            for (file, detail), missing in view.gaps_by_file(gaps).items():
                _write_file(page, file, detail, missing)
        elif page.everything:
            for gap in gaps:
                _write_gap(page, gap)
        else:
            _write_names(page, gaps, stated)


def _write_names(page: Page, gaps: Sequence[Gap], stated: set[str]) -> None:
    names = dict.fromkeys(gap.artifact for gap in gaps)
    if nowhere := [shown(name) for name in names if name not in stated]:
        page.put(", ".join(nowhere), indent=4)
    if elsewhere := [shown(name) for name in names if name in stated]:
        page.put(f"stated above, but not from every place: {', '.join(elsewhere)}", indent=4)


def _write_gap(page: Page, gap: Gap) -> None:
    page.put(_named(page, gap), lead="-", indent=4, column=6)
    page.put(Text(shown(gap.searched), "dim"), indent=8)
    if gap.detail:
        page.put(shown(gap.detail), indent=8)


def _named(page: Page, gap: Gap) -> Text:
    """Return what is missing, with `-v` also the code that `forensic explain` knows; reports of before have none."""
    name = Text(shown(gap.artifact))
    return name.append(f"  {shown(gap.code)}", "dim") if page.everything and gap.code else name


def _write_file(page: Page, file: str, detail: str, gaps: Sequence[Gap]) -> None:
    """Say once what is wrong with a file, and what is missing for it."""
    if len(gaps) == 1:
        _write_gap(page, gaps[0])
        return
    page.put(f"{shown(file)}: {len(gaps)} statements missing", lead="-", indent=4, column=6)
    if detail:
        page.put(shown(detail), indent=8)
    if not page.everything:
        page.put(Text(", ".join(dict.fromkeys(shown(gap.artifact) for gap in gaps)), "dim"), indent=8)
        return
    for gap in gaps:
        page.put(_named(page, gap), indent=8)
        if gap.searched != file:
            page.put(Text(shown(gap.searched.removeprefix(f"{file} > ")), "dim"), indent=10)
