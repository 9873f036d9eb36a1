"""Peers: other computers that events name, by remote desktop sessions and logons over the network."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact_events
from forensic.artifacts.logs.event_identity import SETUP_NAME, netbios, own_names, sampled
from forensic.artifacts.optional_values import Deferred
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, Origin, always

if TYPE_CHECKING:
    from forensic.eventlog.log import Event as Record
    from forensic.eventlog.log import EventLog

PEER_LIMIT = 100
"""Peers that are stated of one log: those with the most events."""
LOCAL_SESSIONS = "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"
REMOTE_CONNECTIONS = "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational"

_MICROSOFT = "Microsoft, Event 4624, https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-10/security/threat-protection/auditing/event-4624"
SETUP_NAMES = ("WIN-", SETUP_NAME)
"""How the names begin that setup itself gives a computer."""

_NOBODY = frozenset({"", "-", "local", "127.0.0.1", "::1", "0.0.0.0", "lokal"})  # noqa: S104  read, not bound


class EventPeer(msgspec.Struct, frozen=True):
    """Another computer, or a user who came from one."""

    channel: str
    address: str | None
    """As the event gives it."""
    name: str | None
    """Name of the other computer, where the event has it."""
    user: str | None
    """Domain and user, as the event gives them."""
    events: int
    """Of those that were looked at."""
    first_record: int
    first_time: FileTime
    last_time: FileTime


EVENT_PEER = Kind(
    "event-peer",
    EventPeer,
    "Other computers that events name: whence sessions and logons came",
    origin=Origin.OBSERVED,
    renews={Change.GENERALIZE: always(Basis.SOURCED, reference.KB_314828), Change.USE: always(Basis.INFERRED)},
    claims=(
        Claim("A computer that another one's log names as a peer is not that computer: the two are two machines.", Basis.INFERRED),
        Claim(
            "RemoteConnectionManager 1149 has user, domain and address of a remote desktop connection; LocalSessionManager 21, 24 and 25 "
            "have user and address of a session, `LOCAL` at the computer itself.",
            Basis.UNVERIFIED,
        ),
        Claim(
            "Security 4624 has name and address of the computer from which a logon came; a program may give any name.",
            Basis.SOURCED,
            _MICROSOFT,
        ),
    ),
    references=(_MICROSOFT,),
)


@artifact_events(REMOTE_CONNECTIONS, EVENT_PEER, since=(6, 0))
def event_peer_remote_connections(log: EventLog) -> Iterator[Fact[EventPeer]]:
    """State whence remote desktop connections came: event 1149, `Param1` user, `Param2` domain, `Param3` address."""
    return _peers(log, REMOTE_CONNECTIONS, {1149}, lambda data: (data.get("Param3"), None, _user(data.get("Param2"), data.get("Param1"))))


@artifact_events(LOCAL_SESSIONS, EVENT_PEER, since=(6, 0))
def event_peer_sessions(log: EventLog) -> Iterator[Fact[EventPeer]]:
    """State whence sessions were opened: events 21, 22, 24 and 25, `User` and `Address`."""
    return _peers(log, LOCAL_SESSIONS, {21, 22, 24, 25}, lambda data: (data.get("Address"), None, data.get("User") or None))


@artifact_events("Security", EVENT_PEER, since=(6, 0))
def event_peer_logons(log: EventLog) -> Iterator[Fact[EventPeer]]:
    """State whence logons over the network came: event 4624 and 4625, `IpAddress`, `WorkstationName`, `TargetUserName`.

    Where neither an address nor a name of another computer stands there it is no peer.
    """
    return _peers(log, "Security", {4624, 4625}, _logon)


def _logon(data: Mapping[str, str]) -> tuple[str | None, str | None, str | None]:
    return data.get("IpAddress"), data.get("WorkstationName"), _user(data.get("TargetDomainName"), data.get("TargetUserName"))


def _user(domain: str | None, user: str | None) -> str | None:
    return "\\".join(part for part in (domain, user) if part and part != "-") or None


def _peers(
    log: EventLog,
    channel: str,
    numbers: Container[int | None],
    tell: Callable[[Mapping[str, str]], tuple[str | None, str | None, str | None]],
) -> Iterator[Fact[EventPeer]]:
    """Yield each peer once, those with the most events first."""
    failures, own = Deferred(), own_names(log)
    found: dict[tuple[str | None, str | None, str | None], list[Any]] = {}
    for event in sampled([one for one in log.events if one.event_id in numbers]):
        with failures:
            address, name, user = tell(event.data)
            address, name = _other(address, event, own), _other(name, event, own)
            if address or name:
                seen = found.setdefault((address, name, user), [event, event, 0])
                seen[1], seen[2] = event, seen[2] + 1
    for (address, name, user), (first, last, count) in islice(sorted(found.items(), key=lambda item: -item[1][2]), PEER_LIMIT):
        yield EVENT_PEER.fact(EventPeer(channel, address, name, user, count, first.record_id, first.time, last.time), first)
    failures.settle()


def _other(text: str | None, event: Record, own: frozenset[str]) -> str | None:
    """Return the name or address; None where it is nobody's, or the computer's own, also that of its setup.

    A name that the computer had later in its life counts: the computer that kept it may be the one of which this is a copy.
    """
    if text is None or text.lower() in _NOBODY:
        return None
    name = netbios(text)
    return None if name == netbios(event.computer or "") or (name in own and name.startswith(SETUP_NAMES)) else text
