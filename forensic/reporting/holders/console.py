"""Console: under each value that was asked for, who holds it, and as what."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from forensic.model.archive import Held, HoldersReport
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.formats.console.page import Page
from forensic.reporting.wording import shown

LISTED = 40
"""Holders of one value that are listed without `-v`."""


def render(report: HoldersReport, layout: Layout = PAPER) -> Iterator[str]:
    """Yield who holds what."""
    if layout.verbosity < 0:
        for one in report.held:
            yield f"{shown(one.value)}: {through(one)}: {_who(one)}\n"
        return
    page = Page(layout)
    held: dict[str, list[Held]] = {}
    for one in report.held:
        held.setdefault(one.value, []).append(one)
    for namespace, value in report.asked:
        found = held.get(value, [])
        count = f"{len(found):,} installation{'s' * (len(found) != 1)}" if found else "nobody in the catalog holds it"
        page.put(Text.assemble((f"{shown(namespace)}  ", "bold"), shown(value), "   ", count), indent=0)
        for one in found if page.detailed else found[:LISTED]:
            page.put(f"{_who(one)}   {shown(one.history)}", lead=Text(through(one), "cyan"), column=30)
        page.rest(0 if page.detailed else len(found) - LISTED, "installations")
    yield page.text()


def through(one: Held) -> str:
    """Return what a value is to who holds it."""
    if one.namespace == "domain-sid":
        return "SID of its domain"
    return shown(one.namespace) if one.standing == "current" else f"former {shown(one.namespace)}"


def _who(one: Held) -> str:
    sid = f"   {shown(one.member.machine_sid)}" if one.member.machine_sid else ""
    return f"{shown(one.member.computer_name or 'name not known')}{sid}   {shown(one.member.path)} > {shown(one.member.installation)}"
