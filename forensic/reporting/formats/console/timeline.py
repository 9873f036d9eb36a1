"""Timeline: what happened, in the order of time."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from forensic.model import TimelineEntry
from forensic.reporting.formats.console.page import Page
from forensic.reporting.wording import shown

TIMELINE_LIMIT = 24
"""Events that a report without `-vv` lists: the first and the last half of them."""


def write_timeline(page: Page, timeline: Sequence[TimelineEntry]) -> None:
    """Write the timeline; without `-vv` to the second, and its two ends where it is long."""
    if not timeline:
        return
    page.heading(f"Timeline ({len(timeline)})")
    limit = len(timeline) if page.everything else TIMELINE_LIMIT
    first = -(-limit // 2) if len(timeline) > limit else limit
    left_out = len(timeline) - limit
    for number, entry in enumerate(timeline):
        if not first <= number < first + left_out:
            _write_entry(page, entry)
        elif number == first:
            page.put(Text(f"... {left_out} more between: -vv lists all", "italic"), indent=4)


def _write_entry(page: Page, entry: TimelineEntry) -> None:
    time = shown(entry.time).replace("T", " ").removesuffix("Z")
    lead = Text(time if page.everything else time.partition(".")[0])
    lead.append(" local" if entry.local else " UTC", "bold yellow" if entry.local else "dim")
    said = Text(shown(entry.what))
    if entry.facts:
        said.append("  " + " ".join(f"[{number}]" for number in entry.facts), "dim")
    page.put(said, lead=lead, column=37 if page.everything else 29)
