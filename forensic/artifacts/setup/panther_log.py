"""Panther: how the logs of Windows Setup are read; lines begin with `2021-09-27 04:03:44, Info       [0x0601d0] IBS    `, local time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from forensic.artifacts.logs.text_log import Line, TextLog, clock_reading, local_time
from forensic.artifacts.optional_values import Deferred
from forensic.artifacts.setup.setup_lineage import HOUR, Zone
from forensic.errors import NotFound
from forensic.model import Fact, Kind, LocalTime

if TYPE_CHECKING:
    from forensic.volumes.tree import File

SETUP = "%SystemRoot%/Panther/setupact.log"
OOBE = "%SystemRoot%/Panther/UnattendGC/setupact.log"
UPGRADE = "%SystemDrive%/$WINDOWS.~BT/Sources/Panther/setupact.log"
"""The folder alone shows no upgrade: setup of Windows 11 24H2 from media works there too."""
FACT_LIMIT = 200
"""Facts of one artifact over one log at most."""
NEIGHBOURHOOD = 64 << 10
"""Bytes on either side of a line in which its zone is looked for."""
_CSI = re.compile(r" CSI +[0-9a-f]{8}@(\d{4})/(\d{1,2})/(\d{1,2}):(\d\d):(\d\d):(\d\d)", re.ASCII)
_ZONE_SET = "Time zone set to"


class Clock(NamedTuple):
    """What is known of the clock behind a line's time."""

    zone: Zone
    offset: int | None
    """Minutes east of UTC."""


def each(file: File, words: list[str], kind: Kind[Any], read: Callable[[TextLog, Line], Any]) -> Iterator[Fact[Any]]:
    """Yield a fact for each line with one of `words` of which `read` makes a value; what is no value becomes a gap in the end."""
    log, failures, count = TextLog(file), Deferred(), 0
    with failures:
        for line in log.find(words, FACT_LIMIT):
            with failures:
                value = read(log, line)
                if value is not None:
                    count += 1
                    yield kind.fact(value, log.reading(line))
    settle(log, failures, count, f"no line of it says {words[0].strip(' [')}")


def settle(log: TextLog, failures: Deferred, count: int, absent: str) -> None:
    """Raise what was kept back, what lies beyond the limit, or NotFound with `absent` where nothing was stated."""
    failures.settle()
    log.settle()
    if not count:
        raise NotFound(absent)


def time_of(line: Line) -> LocalTime | None:
    """Return the local time with which a line begins."""
    return local_time(line.text[:32])


def zone_at(log: TextLog, line: Line) -> Clock:
    """Return the zone of a line's time, by the nearest line that gives UTC too."""
    time = time_of(line)
    if time is None:
        return Clock("unknown", None)
    start = max(0, line.offset - NEIGHBOURHOOD) // 2 * 2
    before = list(log.lines(start, line.offset - start))
    for nearby in (reversed(before[1:] if start else before), log.lines(line.offset, NEIGHBOURHOOD)):
        for other in nearby:
            if _ZONE_SET in other.text:
                break
            offset = _offset(other, time)
            if offset is not None:
                return Clock("known", offset)
    return Clock("unknown", None)


def _offset(line: Line, near: LocalTime) -> int | None:
    """Return the minutes east of UTC that a line gives, to the quarter of an hour; None where it gives none, or lies far from `near`."""
    match = _CSI.search(line.text) if " CSI " in line.text else None
    time = None if match is None else time_of(line)
    if match is None or time is None or abs(time.ticks - near.ticks) > HOUR:
        return None
    year, month, day, *clock = match.groups()
    utc = clock_reading(year, f"{month:0>2}", f"{day:0>2}", *clock, None)
    if utc is None:
        return None
    quarters = round((time.ticks - utc.ticks) / (HOUR / 4))
    return quarters * 15 if abs(quarters) <= 14 * 4 else None
