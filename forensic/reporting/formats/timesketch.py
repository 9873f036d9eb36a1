"""Timesketch JSONL: one line for each time that a fact or the timeline names (`docs/report-formats.md`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from forensic.model import Fact, FileTime, ImageReport, InstallationReport, printable
from forensic.model.codec import to_builtins
from forensic.model.time import UNIX_EPOCH, LocalTime
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.wording import json_in_words, name_in_words, value_in_words

EARLIEST, LATEST = 0, 4_102_444_800_000_000
"""Microseconds since 1970: a time outside (before 1970, from 2100 on) was never set, or by a clock that was wrong."""

VALUE_LIMIT = 4096
"""Characters of JSON; a longer value is not repeated with each of its times."""

_TIME = re.compile(r"\+?\d{4,5}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z")


def render(reports: Iterable[ImageReport], _: Layout = PAPER) -> Iterator[str]:
    """Yield the lines of each report, those of one installation in the order of time.

    A time that was written in local time is placed as if it were UTC, since the zone is not known: `local` is true and `timestamp_desc`
    says so. A time before 1970 or from 2100 on is placed at 1970-01-01 as `Not a time`; `stated_time` always has what was stated.
    """
    for report in reports:
        for installation in report.installations:
            lines = sorted(_lines(report.source.path, installation), key=lambda line: line["timestamp"])
            yield "".join(json_in_words(line) + "\n" for line in lines)


def _lines(path: str, one: InstallationReport) -> Iterator[dict[str, Any]]:
    ours = {"source": path, "installation": one.id, "computer_name": one.computer_name}
    for number, fact in enumerate(one.facts):
        about = ours | _about(number, fact)
        value = to_builtins(fact.value)
        words = f"{fact.kind}: {value_in_words(value)}"
        if fact.written is not None:
            what = "Registry Key Last Written" if fact.place.key else "File Last Written" if fact.place.file else "Last Written"
            yield _line(str(fact.written), False, words, what) | about
        for name, time, local, entry in _times(value, "", None):
            said = words if entry is None else f"{fact.kind} {name_in_words(name)}: {value_in_words(entry)}"
            line = _line(time, local, said, f"{fact.kind} {name_in_words(name)}" if name else fact.kind)
            yield line | about | ({} if entry is None else {"value": entry})
    for entry in one.timeline:
        kinds = {"kind": "timeline", "event": entry.event, "facts": list(entry.facts)}
        yield _line(entry.time, entry.local, entry.what, f"Timeline: {entry.event}") | ours | kinds


def _about(number: int, fact: Fact[Any]) -> dict[str, Any]:
    value = to_builtins(fact.value)
    about = {"kind": fact.kind, "fact": number, "value": value, "place": fact.source, "raw": to_builtins(fact.raw), "state": fact.state}
    if len(json_in_words(value)) > VALUE_LIMIT:
        del about["value"]
    return about | ({"profile": fact.profile} if fact.profile is not None else {})


def _times(value: object, name: str, entry: object) -> Iterator[tuple[str, str, bool, object]]:
    """Yield the times in a value as plain JSON: the name of the part, the time, whether it is local, and the entry of a list it is in."""
    if isinstance(value, str):
        if _TIME.fullmatch(value):
            yield name, value, False, entry
    elif isinstance(value, dict):
        if value.keys() == {"time", "local"}:
            yield name, str(value["time"]), True, entry
        else:
            for part, inner in value.items():
                yield from _times(inner, f"{name} {part}".strip(), entry)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _times(inner, name, inner)


def _line(time: str, local: bool, message: str, description: str) -> dict[str, Any]:
    try:
        ticks = LocalTime(time).ticks
    except ValueError:  # a saved report may claim anything
        ticks = 0
    microseconds = (ticks - UNIX_EPOCH) // 10
    if local:
        message, description = f"{message} (a local time)", f"{description} (local time, zone not known)"
    if not EARLIEST < microseconds < LATEST:
        microseconds, description, message = 0, f"Not a time: {description}", f"{message} (stated time: {time})"
    return {
        "message": printable(message),
        "datetime": f"{str(FileTime(microseconds * 10 + UNIX_EPOCH))[:26]}+00:00",
        "timestamp": microseconds,
        "timestamp_desc": printable(description),
        "stated_time": time,
        "local": local,
    }
