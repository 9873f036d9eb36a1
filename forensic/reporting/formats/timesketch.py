"""Timesketch JSONL: one line for each moment that a fact or the timeline names (`docs/report-formats.md`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from forensic.model import Fact, FileTime, ImageReport, InstallationReport, printable
from forensic.model.codec import to_builtins
from forensic.model.time import UNIX_EPOCH, LocalTime
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.wording import fact_in_words, json_in_words, name_in_words, value_in_words

EARLIEST, LATEST = 0, 4_102_444_800_000_000
"""Microseconds since 1970: a time outside (before 1970, from 2100 on) was never set, or by a clock that was wrong."""

VALUE_LIMIT = 4096
"""Characters of JSON; a longer value is not repeated with each of its times."""

LIST_LIMIT = 8
"""Times in a list of a value that have a line each."""

_TIME = re.compile(r"\+?\d{4,5}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z")


def render(reports: Iterable[ImageReport], _: Layout = PAPER) -> Iterator[str]:
    """Yield the lines of each report, those of one installation in the order of time.

    A time that was written in local time is placed as if it were UTC, since the zone is not known: `local` is true and `timestamp_desc`
    says so. A time before 1970 or from 2100 on is placed at 1970-01-01 as `Not a time`; `stated_time` always has what was stated.

    One moment with one message is one line, whatever times of whichever facts say it. A time of a fact that the timeline tells, with the
    fact as its source, is the line of the timeline. Of a list of more than `LIST_LIMIT` times there are the first and the last.
    """
    for report in reports:
        for installation in report.installations:
            lines = sorted(_merged(_lines(report.source.path, installation)), key=lambda line: line["timestamp"])
            yield "".join(json_in_words(line) + "\n" for line in lines)


def _merged(lines: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Return the lines, those of one moment with one message as one: it names every time that it is, and every fact."""
    found: dict[tuple[str, bool, str], dict[str, Any]] = {}
    for line in lines:
        first = found.setdefault((line["stated_time"], line["local"], line["message"]), line)
        if first is line:
            continue
        said = first["timestamp_desc"].split("; ")
        if line["timestamp_desc"] not in said:
            first["timestamp_desc"] = "; ".join([*said, line["timestamp_desc"]])
        numbers = dict.fromkeys([*first.get("facts", [first.get("fact")]), line.get("fact")])
        if len(told := [number for number in numbers if number is not None]) > 1:
            first["facts"] = told
    return found.values()


def _lines(path: str, one: InstallationReport) -> Iterator[dict[str, Any]]:
    ours = {"source": path, "installation": one.id, "computer_name": one.computer_name}
    told = {(number, entry.time) for entry in one.timeline for number in entry.facts}
    for number, fact in enumerate(one.facts):
        about = ours | _about(number, fact)
        words = f"{fact.kind}: {fact_in_words(fact)}"
        if fact.written is not None and (number, str(fact.written)) not in told:
            what = "Registry Key Last Written" if fact.place.key else "File Last Written" if fact.place.file else "Last Written"
            yield _line(str(fact.written), False, words, what) | about
        for name, time, local, entry, which in _times(to_builtins(fact.value), "", None):
            if (number, time) in told:
                continue
            said = words if entry is None else f"{fact.kind} {name_in_words(name)}: {which}{value_in_words(entry)}"
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


def _times(value: object, name: str, entry: object) -> Iterator[tuple[str, str, bool, object, str]]:
    """Yield the times in a value as plain JSON.

    Each with the name of its part, whether it is local, the entry of a list it is in, and which one of a long list that is.
    """
    if isinstance(value, str):
        if _TIME.fullmatch(value):
            yield name, value, False, entry, ""
    elif isinstance(value, dict):
        if value.keys() == {"time", "local"}:
            yield name, str(value["time"]), True, entry, ""
        else:
            for part, inner in value.items():
                yield from _times(inner, f"{name} {part}".strip(), entry)
    elif isinstance(value, list | tuple):
        found = [one for inner in value for one in _times(inner, name, inner)]
        if len(found) <= LIST_LIMIT:
            yield from found
            return
        found.sort(key=lambda one: _ticks(one[1]))
        for which, (part, time, local, inner, _) in (("first", found[0]), ("last", found[-1])):
            yield part, time, local, inner, f"{which} of {len(found):,}: "


def _ticks(time: str) -> int:
    try:
        return LocalTime(time).ticks
    except ValueError:  # a saved report may claim anything
        return 0


def _line(time: str, local: bool, message: str, description: str) -> dict[str, Any]:
    microseconds = (_ticks(time) - UNIX_EPOCH) // 10
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
