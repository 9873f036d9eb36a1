"""The timeline as a picture: a line of time with one mark for each moment, or for moments too close to be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import msgspec

from forensic.model import TimelineEntry
from forensic.model.time import TICKS_PER_SECOND, LocalTime

_YEAR = 31_556_952 * TICKS_PER_SECOND
_MARGIN, _AXIS, _HEIGHT = 34, 46, 92


class _Mark(msgspec.Struct):
    x: float
    entries: list[int]


def draw(entries: Sequence[TimelineEntry], name: str, width: int) -> str:
    """Return an inline SVG, `width` units wide; empty without entries that have a time.

    Numbers count the entries from 1, and each mark links to `#name-number`. A hollow mark holds local times only: they are placed as if
    they were UTC. Text from evidence does not enter the picture.
    """
    placed = sorted((ticks, number) for number, entry in enumerate(entries) if (ticks := _ticks(entry)) is not None)
    if not placed:
        return ""
    first, last = placed[0][0], placed[-1][0]
    apart = 12 + 14 * len(str(len(entries)))  # the width of the widest label, such as `12-19`
    scale = (width - 2 * _MARGIN) / max(last - first, 1)
    marks: list[_Mark] = []
    for ticks, number in placed:
        x = _MARGIN + (ticks - first) * scale if last > first else width / 2
        if marks and x - marks[-1].x < apart:
            marks[-1].entries.append(number)
        else:
            marks.append(_Mark(x, [number]))
    said = f"{len(placed)} moments from {_day(first)} to {_day(last)}. The list below has the same in words."
    parts = [
        f'<svg viewBox="0 0 {width} {_HEIGHT}" role="img" aria-labelledby="{escape(name)}-title {escape(name)}-said">',
        f'<title id="{escape(name)}-title">Timeline</title><desc id="{escape(name)}-said">{said}</desc>',
        f'<line class="axis" x1="{_MARGIN - 20}" y1="{_AXIS}" x2="{width - _MARGIN + 20}" y2="{_AXIS}"/>',
    ]
    parts += _ticks_of_axis(first, last, scale, width)
    link = name.rpartition("-")[0]
    for mark in marks:
        hollow = all(entries[number].local for number in mark.entries)
        count = f'<text class="count" x="{mark.x:.1f}" y="{_AXIS + 4}" text-anchor="middle">{len(mark.entries)}</text>'
        low, high = min(mark.entries) + 1, max(mark.entries) + 1
        parts.append(
            f'<a href="#{escape(link)}-{low}"><circle class="{"local" if hollow else "dot"}" cx="{mark.x:.1f}" cy="{_AXIS}"'
            f' r="{7 if len(mark.entries) == 1 else 11}"/>{count if len(mark.entries) > 1 else ""}'
            f'<text x="{mark.x:.1f}" y="{_AXIS - 18}" text-anchor="middle">{low if low == high else f"{low}-{high}"}</text></a>'
        )
    return "".join([*parts, "</svg>"])


def _ticks_of_axis(first: int, last: int, scale: float, width: int) -> list[str]:
    """Return the years below the line, as many as there is room for; for a short story its first and last day."""
    years = range(int(_day(first)[:4]) + 1, int(_day(last)[:4]) + 1)
    room = max(1, width // 60)
    step = -(-len(years) // room)
    if len(years) < 2:
        days = [(float(_MARGIN), "start", _day(first)), (float(width - _MARGIN), "end", _day(last))]
        return [_label(x, anchor, day) for x, anchor, day in (days if last - first > _YEAR // 365 else days[:1])]
    chosen = [(_MARGIN + (LocalTime(f"{year:04}-01-01T00:00:00.0000000").ticks - first) * scale, year) for year in years[::step]]
    return [_label(x, "middle", str(year)) for x, year in chosen]


def _label(x: float, anchor: str, text: str) -> str:
    return (
        f'<line x1="{x:.1f}" y1="{_AXIS}" x2="{x:.1f}" y2="{_AXIS + 20}"/>'
        f'<text class="tick" x="{x:.1f}" y="{_AXIS + 34}" text-anchor="{anchor}">{text}</text>'
    )


def _ticks(entry: TimelineEntry) -> int | None:
    try:
        ticks = LocalTime(entry.time).ticks
    except ValueError:
        return None
    return ticks if 0 <= ticks < 2_650_467_744_000_000_000 else None


def _day(ticks: int) -> str:
    from forensic.model import FileTime

    return str(FileTime(ticks))[:10]
