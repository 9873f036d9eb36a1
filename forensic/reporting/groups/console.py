"""Console: a row for each group, the gravest first, and above them what is not known yet."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.text import Text

from forensic.model.archive import ArchiveGroup, GroupsReport
from forensic.model.judgement import POLICY_WORDS
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.formats.console.page import COLORS, Page
from forensic.reporting.wording import POLICY_HEADS, shown

_HEADS = ("group", "policy", "relation", "members", "parted", "first computer")
_WIDTHS = (7, 15, 28, 9, 25, 16)
"""Columns."""


def render(report: GroupsReport, layout: Layout = PAPER) -> Iterator[str]:
    """Yield the groups."""
    if layout.verbosity < 0:
        for group in report.groups:
            yield f"{line(group)}\n"
        return
    page = Page(layout)
    _head(page, report)
    if report.groups:
        page.line(Text("".join(f"{head:<{width}}" for head, width in zip(_HEADS, _WIDTHS, strict=True)).rstrip(), "dim"))
    for group in report.groups:
        _row(page, group)
    if report.groups:
        page.put(Text(f"one in full: forensic groups --catalog {shown(report.catalog)} {report.groups[0].number}", "dim"), indent=0)
    yield page.text()


def line(group: ArchiveGroup) -> str:
    """Return one group in one line."""
    said = f"{shown(group.relation)}, {POLICY_WORDS[group.policy]}, {group.strength}"
    return f"{group.number}: {group.count} installations: {said}: {computers(group, 3)}{_doubt(group)}"


def computers(group: ArchiveGroup, most: int) -> str:
    """Return the names of the first computers, and how many more there are."""
    names = list(dict.fromkeys(shown(one.computer_name or one.path) for one in group.members))
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {max(rest, group.count - most)} more" if rest > 0 else "")


def _head(page: Page, report: GroupsReport) -> None:
    shown_of = f", {len(report.groups):,} shown" if len(report.groups) < report.found else ""
    found = f"{_counted(report.states, 'installation')}   {_counted(report.found, 'group')}{shown_of}"
    page.put(f"{shown(report.catalog)}   {found}", indent=0)
    lacks = [
        (report.waiting, "source", "still to be examined: forensic scan goes on with what it is given"),
        (report.failed, "source", "set aside after failures: forensic catalog retry-failed lets it be tried again"),
        (report.uncompared, "installation", "still to be compared by today's knowledge: forensic groups --judge does it"),
    ]
    for count, one, what in lacks:
        if count:
            page.put(Text(f"{_counted(count, one)} {what}", "yellow"), indent=0)
    if report.constants:
        page.put(f"constants of this archive, which do not count: {_counted(report.constants, 'value')}", indent=0)
    if not report.groups:
        page.put("No group is like that." if report.found else "No two installations are known to be of one origin.", indent=0)
    page.line()


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _row(page: Page, group: ArchiveGroup) -> None:
    style = f"bold {COLORS[group.policy]}"
    cells = [
        (str(group.number), "bold"),
        (POLICY_HEADS[group.policy], style),
        (shown(group.relation), style),
        (f"{group.count:,}", ""),
        (parted(group), ""),
        (shown(group.members[0].computer_name or "name not known") if group.members else "", ""),
    ]
    page.line(Text.assemble(*(_fitted(text, width, style) for (text, style), width in zip(cells, _WIDTHS, strict=True))))
    said = [f"{group.strength}{_doubt(group)}"]
    if group.collides:
        said.append(f"collides: {_collides(group, page.width - _WIDTHS[0] - len(said[0]) - 13)}")
    page.put(Text("; ".join(said), "dim"), indent=_WIDTHS[0])
    if group.remedy:
        some = 0 < group.suspected < group.count
        page.put(shown(group.remedy), lead=f"{group.suspected:,} of them" if some else "all", indent=_WIDTHS[0], column=_WIDTHS[0] + 14)
    if page.detailed:
        for one in group.members:
            sid = shown(one.machine_sid) if one.machine_sid else "machine SID not known"
            page.put(f"{shown(one.computer_name or 'name not known')}   {sid}   {shown(one.path)} > {shown(one.installation)}", indent=9)
        if group.count > len(group.members):
            page.put(Text(f"and {group.count - len(group.members):,} more: forensic groups {group.number}", "italic"), indent=9)


def parted(group: ArchiveGroup) -> str:
    """Return the days between which the group parted."""
    after, before = (time[:10] if time else "" for time in (group.parted_after, group.parted_before))
    if after and before:
        return after if after == before else f"{after} to {before}"
    return f"after {after}" if after else f"before {before}" if before else "not known"


def _doubt(group: ArchiveGroup) -> str:
    if group.unjudged:
        return f" ({group.unjudged:,} further pairs not judged yet)"
    return "" if group.judged else " (not yet judged by today's knowledge)"


def _collides(group: ArchiveGroup, room: int) -> str:
    """Return what collides, and on how many machines, as far as there is room."""
    parts = [f"{shown(one.kind)} on {one.machines:,}" for one in group.collides]
    for taken in range(len(parts), 0, -1):
        rest = len(parts) - taken
        text = ", ".join(parts[:taken]) + (f" and {rest} more" if rest else "")
        if taken == 1 or cell_len(text) <= room:
            return text
    return ""


def _fitted(text: str, width: int, style: str = "") -> Text:
    made = Text(text, style)
    made.truncate(width - 1, overflow="ellipsis")
    made.pad_right(width - made.cell_len)
    return made
