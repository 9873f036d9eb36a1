"""Update history: what the update agent logged, with the identity under which it talked to its server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts.declaration import artifact_file
from forensic.artifacts.logs.text_log import Line, TextLog, clock_reading, local_time
from forensic.artifacts.optional_values import Deferred
from forensic.errors import ForensicError, NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Guid, Kind, LocalTime, Origin, always, kept

if TYPE_CHECKING:
    from forensic.volumes.tree import File

CLIENT_LIMIT = 1_000
"""Pairs of client and name that are stated at most."""
_LINE_COUNT_LIMIT = 100_000
_TEXT_LIMIT = 256
_EVENT = re.compile(r"\s*\{([0-9A-Fa-f-]{36})\}\t(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d):(\d{3})([+-])(\d\d)(\d\d)\t")
_COOKIE = "simple targeting cookie, clientId = "
_CLIENT = re.compile(r"clientId = ([^,]{0,64}), target group = ([^,]{0,256}), DNS name = (.*)")
_TEXTS = "WindowsUpdate.log with REPORT EVENT lines of 2013, ReportingEvents.log of 2020 (public issues)"
_COOKIES = "public WindowsUpdate.log of 2017, with an empty clientId"


class UpdateHistory(msgspec.Struct, frozen=True):
    """How far ReportingEvents.log reaches."""

    first: FileTime | None = None
    last: FileTime | None = None
    first_event: Guid | None = None
    """Identifier of the oldest event that is left: made for this event alone."""
    last_event: Guid | None = None


class UpdateClient(msgspec.Struct, frozen=True):
    """The identity under which the update agent once asked its server for a cookie."""

    client_id: Guid | None = None
    """The SusClientId then in force; None where the log leaves it empty."""
    dns_name: str | None = None
    """Name of the computer at that time."""
    target_group: str | None = None
    first: LocalTime | None = None
    last: LocalTime | None = None


UPDATE_HISTORY = Kind(
    "update-history",
    UpdateHistory,
    "Span of ReportingEvents.log",
    origin=Origin.OBSERVED,
    renews={Change.USE: always(Basis.OBSERVED, _TEXTS, machines=1)},
    namespace="update-history",
    identity=lambda value: value.first_event,
    claims=(
        Claim("Each event begins with a GUID of its own and a time with its distance from UTC.", Basis.OBSERVED, _TEXTS),
        Claim("Two logs with the same oldest event are copies of one; no line holds the SusClientId.", Basis.INFERRED),
        Claim("Whether generalize clears it is not known.", Basis.UNVERIFIED),
    ),
)

UPDATE_CLIENT = Kind(
    "update-client",
    UpdateClient,
    "SusClientId and name that the update agent once gave to its server",
    origin=Origin.RANDOM,
    renews={
        Change.GENERALIZE: always(Basis.INFERRED),
        Change.SPECIALIZE: always(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.RENAME: always(Basis.INFERRED),
    },
    namespace="sus-client-id",
    identity=lambda value: value.client_id,
    standing="former",
    claims=(
        Claim("Written with each request for a cookie, up to Windows 8.1; Windows 10 logs in binary.", Basis.OBSERVED, _COOKIES),
        Claim("One client under several names: the installation was renamed, or the log was copied with it.", Basis.INFERRED),
    ),
)


@artifact_file("%SystemRoot%/SoftwareDistribution/ReportingEvents.log", UPDATE_HISTORY, since=(5, 0), depth="full")
def update_history(file: File) -> Iterator[Fact[UpdateHistory]]:
    """State the oldest and the newest event in ReportingEvents.log; only the first and the last 64 KiB are read.

    | Column, separated by tabs | Notes |
    |---|---|
    | `{023764A7-9115-43D9-966E-18496EE41A09}` | of the event |
    | `2013-01-27 10:55:33:171+0100` | local time and distance from UTC |
    | type, category, level, update, …, result, text | not read |

    NotFound when no line is an event.
    """
    log = TextLog(file)
    first = next((line for line in log.lines() if _event(line) is not None), None)
    last = next((line for line in log.last_lines() if _event(line) is not None), None)
    if first is None:
        raise NotFound("no event in it")
    oldest, newest = _event(first), None if last is None else _event(last)
    history = UpdateHistory(
        None if oldest is None else oldest[1],
        None if newest is None else newest[1],
        None if oldest is None else oldest[0],
        None if newest is None else newest[0],
    )
    yield UPDATE_HISTORY.fact(history, log.reading(first))


def _event(line: Line) -> tuple[Guid, FileTime | None] | None:
    match = _EVENT.match(line.text)
    if match is None:
        return None
    try:
        event = Guid.parse(match[1])
    except ForensicError:
        return None
    *digits, sign, hours, minutes = match.groups()[1:]
    local = clock_reading(*digits)
    if local is None:
        return event, None
    ticks = local.ticks - (1 if sign == "+" else -1) * (int(hours) * 60 + int(minutes)) * 600_000_000
    return event, FileTime(ticks) if 0 <= ticks < 1 << 64 else None


@artifact_file("%SystemRoot%/WindowsUpdate.log", UPDATE_CLIENT, since=(5, 0), until=(6, 3), depth="full")
def update_client(file: File) -> Iterator[Fact[UpdateClient]]:
    """State each pair of SusClientId and computer name in WindowsUpdate.log, with its first and last time.

    Lines `2017-05-04 18:00:07:807 … PT … Initializing simple targeting cookie, clientId = …, target group = …, DNS name = …`, in local
    time; the columns are separated by tabs. Malformed after 100,000 such lines; of the pairs the first 1,000 are stated.
    """
    log, failures = TextLog(file), Deferred()
    clients: dict[tuple[str, str], tuple[Line, Line]] = {}
    with failures:
        for line in log.find([_COOKIE], _LINE_COUNT_LIMIT):
            match = _CLIENT.search(line.text)
            if match is None:
                continue
            key = match[1].strip().lower(), match[3].strip().lower()
            if key in clients:
                clients[key] = clients[key][0], line
            elif len(clients) < CLIENT_LIMIT:
                clients[key] = line, line
    for first, last in clients.values():
        yield UPDATE_CLIENT.fact(_client(first, last), log.reading(first))
    failures.settle()
    log.settle()


def _client(first: Line, last: Line) -> UpdateClient:
    match = _CLIENT.search(first.text)
    client, group, name = ("", "", "") if match is None else match.groups()
    try:
        client_id = Guid.parse(client.strip())
    except ForensicError:
        client_id = None
    name, group = name.strip()[:_TEXT_LIMIT] or None, group.strip()[:_TEXT_LIMIT] or None
    return UpdateClient(client_id, name, group, local_time(_spaced(first)), local_time(_spaced(last)))


def _spaced(line: Line) -> str:
    return line.text[:32].replace("\t", " ")
