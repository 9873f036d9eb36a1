"""Timeline picture: a line of time with one mark for each moment, or for moments too close to be told apart; `timeline.svg` draws it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from forensic.model import FileTime, TimelineEntry
from forensic.model.time import TICKS_PER_SECOND, LocalTime

MARGIN, AXIS, HEIGHT = 34, 46, 104
"""Units of the picture: room beside the line, the line's distance from the top, and the height."""
TICK_ROOM = 60
"""Units that the label of a year needs."""
TOLD = 4
"""Moments of one mark that its title tells."""
LETTER = 7
"""Units that a letter of a label needs."""
_MEDIA = ("media-", "lineage-media")
_SETUP = frozenset({"sid-replacement-pass", "boot-key-written", "installed", "setup-timer", "specialize-run", "first-boot"})
_USE = frozenset({"last-use", "last-logon", "hardware-last-used", "first-master-key"})
_HARDWARE = frozenset({"devices-found", "hardware-recorded", "network-card-recorded"})
_DAY = 86_400 * TICKS_PER_SECOND
_YEAR_10000 = 2_650_467_744_000_000_000
"""Ticks; moments from there on are not drawn."""


class Mark(msgspec.Struct):
    """One mark on the line; entries are counted from 1."""

    x: float
    hollow: bool
    """Whether all its moments are local times: they are placed as if they were UTC."""
    count: int
    first: int
    last: int
    says: str
    """What happened, of the first moments."""


class Band(msgspec.Struct, frozen=True):
    """A part of the life: where it lies on the line, and from which day to which."""

    name: str
    """`media`, `setup`, `use`, or `later`: hardware that was found after setup."""
    title: str
    first: str
    last: str
    begins: int
    ends: int
    x: float = 0
    width: float = 0
    label: bool = False
    """Whether its title has room below the line."""


class Tick(msgspec.Struct, frozen=True):
    """A label below the line."""

    x: float
    anchor: str
    """`start`, `middle` or `end`."""
    text: str


class Picture(msgspec.Struct, frozen=True):
    """What is drawn. Text from evidence does not enter it."""

    width: int
    said: str
    """The same in words, for those who cannot see it."""
    ticks: Sequence[Tick]
    marks: Sequence[Mark]
    bands: Sequence[Band] = ()
    height: int = HEIGHT
    margin: int = MARGIN
    axis: int = AXIS


def lay_out(entries: Sequence[TimelineEntry], width: int) -> Picture | None:
    """Return the picture, `width` units wide; None without entries that have a time."""
    placed = sorted((ticks, number) for number, entry in enumerate(entries, 1) if (ticks := _ticks(entry)) is not None)
    if not placed:
        return None
    first, last = placed[0][0], placed[-1][0]
    apart = 12 + 14 * len(str(len(entries)))  # the width of the widest label, such as `12-19`
    scale = (width - 2 * MARGIN) / max(last - first, 1)
    marks: list[Mark] = []
    for ticks, number in placed:
        x = round(MARGIN + (ticks - first) * scale if last > first else width / 2, 1)
        local = entries[number - 1].local
        if marks and x - marks[-1].x < apart:
            mark = marks[-1]
            mark.count, mark.hollow = mark.count + 1, mark.hollow and local
            mark.first, mark.last = min(mark.first, number), max(mark.last, number)
            if mark.count <= TOLD:
                mark.says += f"; {entries[number - 1].what}"
        else:
            marks.append(Mark(x, local, 1, number, number, f"{entries[number - 1].time[:10]}: {entries[number - 1].what}"))
    said = f"{len(placed)} moments from {_day(first)} to {_day(last)}. The list below has the same in words."
    drawn = [_drawn(band, first, scale, width) for band in bands(entries)]
    return Picture(width, said, _ticks_of_axis(first, last, scale, width), marks, drawn)


def bands(entries: Sequence[TimelineEntry]) -> list[Band]:
    """Return the parts of the life that the moments show, in the order of time: media, setup, use, and hardware found later."""
    timed = [(ticks, entry.event) for entry in entries if (ticks := _ticks(entry)) is not None]
    media = [ticks for ticks, event in timed if event.startswith(_MEDIA)]
    setup = [ticks for ticks, event in timed if event in _SETUP]
    over = max(setup, default=None)
    later = [ticks for ticks, event in timed if over is not None and event in _HARDWARE and ticks > over + _DAY]
    used = [ticks for ticks, event in timed if over is not None and event in _USE and ticks > over]
    found = [("media", "installation media", media), ("setup", "setup", setup)]
    found += [("use", "use", [over, *used])] if over is not None and used else []
    found.append(("later", "hardware found later", later))
    return [Band(name, title, _day(min(at)), _day(max(at)), min(at), max(at)) for name, title, at in found if at]


def _drawn(band: Band, first: int, scale: float, width: int) -> Band:
    x = round(MARGIN + (band.begins - first) * scale, 1)
    wide = max(round((band.ends - band.begins) * scale, 1), 4)
    room = min(wide, width - MARGIN - x)
    return msgspec.structs.replace(band, x=x, width=wide, label=room > LETTER * len(band.title) and band.name in ("use", "later"))


def _ticks_of_axis(first: int, last: int, scale: float, width: int) -> list[Tick]:
    """Return the years below the line, as many as there is room for; for a short story its first and last day."""
    years = range(int(_day(first)[:4]) + 1, int(_day(last)[:4]) + 1)
    if len(years) < 2:
        days = [Tick(MARGIN, "start", _day(first)), Tick(width - MARGIN, "end", _day(last))]
        return days if last - first > _DAY else days[:1]
    step = -(-len(years) // max(1, width // TICK_ROOM))
    begins = ((year, LocalTime(f"{year:04}-01-01T00:00:00.0000000").ticks) for year in years[::step])
    return [Tick(round(MARGIN + (ticks - first) * scale, 1), "middle", str(year)) for year, ticks in begins]


def _ticks(entry: TimelineEntry) -> int | None:
    try:
        ticks = LocalTime(entry.time).ticks
    except ValueError:  # a saved report may claim anything
        return None
    return ticks if 0 <= ticks < _YEAR_10000 else None


def _day(ticks: int) -> str:
    return str(FileTime(ticks))[:10]
