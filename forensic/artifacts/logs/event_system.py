"""What events of the system log say of the release of Windows and of the time zone, where no hive is there to ask."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from forensic.artifacts.declaration import artifact_events
from forensic.artifacts.logs.event_identity import sampled
from forensic.artifacts.optional_values import Deferred
from forensic.errors import Malformed
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, Origin, always, decode_utf16

if TYPE_CHECKING:
    from forensic.eventlog.log import Event as Record
    from forensic.eventlog.log import EventLog

FACT_LIMIT = 100
"""Facts of one kind that are stated of one log."""

_TEN = "Windows 10 machines DESKTOP-2KGM189, DESKTOP-23PS6ES and DESKTOP-GNCCVRK"
_BUILD = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{1,6}) ")
_ZONE = re.compile(r"(-?\d{1,4})(?: (.+))?")
_UPTIME, _VERSION, _START = ("eventlog", 6013), ("eventlog", 6009), ("microsoft-windows-kernel-general", 12)


class EventRelease(msgspec.Struct, frozen=True):
    """A release of Windows that was running, from when on."""

    version: str
    """`5.1` … `10.0`."""
    build: str
    product: str | None
    """Its name, which event 6013 has from Vista on."""
    first_record: int
    first_time: FileTime
    last_time: FileTime


class EventTimeZone(msgspec.Struct, frozen=True):
    """A time zone that was in force, from when on."""

    name: str | None
    """Of the standard time, in the language of the system; None where the event has only a number."""
    bias: int
    """Minutes from local time to UTC, of the standard time: -60 is UTC+1."""
    first_record: int
    first_time: FileTime
    last_time: FileTime


EVENT_RELEASE = Kind(
    "event-release",
    EventRelease,
    "Releases of Windows in the event log",
    origin=Origin.OBSERVED,
    renews={Change.USE: always(Basis.OBSERVED, _TEN, machines=3)},
    claims=(
        Claim("Event 6013, at each start and each noon, has product and build among its binary data, from Vista on.", Basis.OBSERVED, _TEN),
        Claim("Event 6009 (version, build) and event 12 of Kernel-General are logged at each start.", Basis.OBSERVED, _TEN),
    ),
)

EVENT_TIME_ZONE = Kind(
    "event-time-zone",
    EventTimeZone,
    "Time zones in the event log",
    origin=Origin.CHOSEN,
    renews={Change.USE: always(Basis.OBSERVED, _TEN, machines=3)},
    claims=(
        Claim("The seventh string of event 6013 is the bias in minutes and the name of the time zone.", Basis.OBSERVED, _TEN),
        Claim(
            "A new installation begins in the zone of its media (Pacific Standard Time) and gets its own within setup.",
            Basis.OBSERVED,
            _TEN,
        ),
    ),
)


def _of(log: EventLog, *wanted: tuple[str, int]) -> list[Record]:
    return [event for event in log.events if ((event.provider or "").lower(), event.event_id) in wanted]


@artifact_events("System", EVENT_RELEASE)
def event_release(log: EventLog) -> Iterator[Fact[EventRelease]]:
    """State which releases of Windows were running, each with its first and last event.

    Event 6013 of the source EventLog (binary data: texts with NUL between them, the third the product, the fourth version and build), 6009
    (strings 1 and 2) and event 12 of Kernel-General (`MajorVersion`, `MinorVersion`, `BuildVersion`), of many an even sample.
    """
    failures = Deferred()
    found: dict[tuple[str, str], list[Any]] = {}
    for event in sampled(_of(log, _UPTIME, _VERSION, _START)):
        with failures:
            told = _release(event)
            if told is not None:
                version, build, product = told
                seen = found.setdefault((version, build), [event, event, None])
                seen[1], seen[2] = event, seen[2] or product
    for (version, build), (first, last, product) in islice(found.items(), FACT_LIMIT):
        yield EVENT_RELEASE.fact(EventRelease(version, build, product, first.record_id, first.time, last.time), first)
    failures.settle()


def _release(event: Record) -> tuple[str, str, str | None] | None:
    """Return version, build and product that an event names; None where it names none."""
    if event.event_id == 12:
        data = event.data
        numbers = [data.get(name, "") for name in ("MajorVersion", "MinorVersion", "BuildVersion")]
        if not all(number.isascii() and number.isdigit() and len(number) < 7 for number in numbers):
            raise Malformed("event 12 without version and build", event.offset)
        return f"{int(numbers[0])}.{int(numbers[1])}", str(int(numbers[2])), None
    if event.event_id == 6009:
        version, build = [*(text.strip() for text in event.texts[:2]), "", ""][:2]
        parts = version.strip(".").split(".")
        if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) < 3 for part in parts) or not build.isdigit():
            raise Malformed("event 6009 without version and build", event.offset)
        return f"{int(parts[0])}.{int(parts[1])}", build, None
    texts = decode_utf16(_binary(event)).split("\0")
    match = _BUILD.match(f"{texts[3]} ") if len(texts) > 3 else None
    return None if match is None else (f"{match[1]}.{match[2]}", match[3], texts[2][:100] or None)


def _binary(event: Record) -> bytes:
    """Return the binary data of an event; nothing where it has none, or none that are whole texts."""
    try:
        data = bytes.fromhex(event.data.get("Binary", ""))
    except ValueError:
        return b""
    return data[: len(data) // 2 * 2]


@artifact_events("System", EVENT_TIME_ZONE)
def event_time_zone(log: EventLog) -> Iterator[Fact[EventTimeZone]]:
    """State which time zones were in force, by event 6013 of the source EventLog: string 7, minutes and name; each change is a fact."""
    failures = Deferred()
    runs: list[list[Any]] = []
    for event in sampled(_of(log, _UPTIME)):
        with failures:
            texts = event.texts
            match = _ZONE.fullmatch(texts[6].strip()) if len(texts) > 6 else None
            if match is None:
                continue  # it has none
            zone = (match[2], int(match[1]))
            if runs and runs[-1][0] == zone:
                runs[-1][2] = event
            else:
                runs.append([zone, event, event])
    for (name, bias), first, last in runs[:FACT_LIMIT]:
        yield EVENT_TIME_ZONE.fact(EventTimeZone(name, bias, first.record_id, first.time, last.time), first)
    failures.settle()
