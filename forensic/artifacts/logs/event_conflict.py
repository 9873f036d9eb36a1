"""Events in which Windows itself reports that an identity exists twice, and the KMS client machine ids that licensing events carry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact_events
from forensic.artifacts.optional_values import Deferred
from forensic.errors import Malformed
from forensic.model import Basis, Change, Claim, Fact, FileTime, Guid, Kind, Origin, always, kept, usually

if TYPE_CHECKING:
    from forensic.eventlog.log import Event as Record
    from forensic.eventlog.log import EventLog

FACT_LIMIT = 1000
"""Client machine ids that are stated of one log."""
DECODE_LIMIT = 10_000
"""Events whose values are decoded: the oldest."""

_KB = "Microsoft KB 5068222, persistent machine id (2025), https://support.microsoft.com/help/5068222"

_EXCHANGE = "MicrosoftDocs/SupportArticles-docs, Exchange on Windows Server 2025 that was not generalized (2026)"
_ROLLBACK = "Microsoft 365 message center, MC1275343 (2026)"
_EVENTS = "nasbench/EVTX-ETW-Resources, LsaSrv.csv"
_DTC = "Detect duplicate MSDTC CIDs, https://scripting.tech/2016/07/05/detect-duplicate-msdtc-cid"
_KMS = "SolarWinds LogicalRead, KMS server activation, https://logicalread.com/kms-server-activation"


class EventIdentityConflict(msgspec.Struct, frozen=True):
    """Windows reported an identity that exists twice."""

    identity: Literal["machine-id", "dtc-cid"]
    provider: str
    event_id: int
    count: int
    first_record: int
    last_record: int
    first_time: FileTime
    last_time: FileTime


class EventKmsClient(msgspec.Struct, frozen=True):
    """A client machine id that occurs in KMS events."""

    client_machine_id: Guid
    role: Literal["client", "host"]
    """Whose event it is: this machine asked with its own id, or this KMS host was asked with the id of another."""
    count: int
    first_record: int
    last_record: int
    first_time: FileTime
    last_time: FileTime


EVENT_IDENTITY_CONFLICT = Kind(
    "event-identity-conflict",
    EventIdentityConflict,
    "Events 6167 and 4101: Windows itself reports a duplicate identity",
    origin=Origin.OBSERVED,
    renews={Change.USE: always(Basis.SOURCED, reference.JAPAN_MACHINE_ID)},
    claims=(
        Claim(
            "LsaSrv 6167, `partial mismatch in the machine ID`: another computer with this machine's identity took part in a logon.",
            Basis.SOURCED,
            f"{reference.JAPAN_MACHINE_ID}; {_KB}",
        ),
        Claim(
            "6167 is an error, logged on the target of the logon. Its text says: the ticket was manipulated, or is of a different boot "
            "session; so a machine that was set back to a snapshot may log it too.",
            Basis.SOURCED,
            _EXCHANGE,
        ),
        Claim("Kerberos and NTLM between the two fail then: remote desktops, shares, replication.", Basis.SOURCED, _EXCHANGE),
        Claim("The remedy is to rebuild from a generalized image: Sysprep run afterwards does not suffice.", Basis.SOURCED, _ROLLBACK),
        Claim("MSDTC 4101: the other side of a transaction has the same unique identity (CID).", Basis.SOURCED, _DTC),
        Claim("Both are logged by the machine that notices: its own identity and that of the other are one.", Basis.INFERRED),
        Claim(
            "LsaSrv has no event 6167 in any build up to May 2022 (11 21H2, Server 2022); the check came with updates of August and "
            "September 2025 (KB5064081, KB5065426).",
            Basis.SOURCED,
            f"{_EVENTS}; {_KB}",
        ),
        Claim("So no such event says little, and both need traffic between the two.", Basis.INFERRED),
    ),
    references=(reference.JAPAN_MACHINE_ID, _KB, _EXCHANGE, _ROLLBACK, _EVENTS, _DTC),
)

_REARMED = usually(Basis.SOURCED, _KMS, exception="SkipRearm is set")

EVENT_KMS_CLIENT = Kind(
    "event-kms-client",
    EventKmsClient,
    "KMS client machine id (CMID) in licensing events",
    origin=Origin.RANDOM,
    renews={
        Change.SETUP: always(Basis.SOURCED, _KMS),
        Change.GENERALIZE: _REARMED,
        Change.SPECIALIZE: _REARMED,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED, _KMS),
        Change.NEW_DISK: kept(Basis.INFERRED, _KMS),
    },
    namespace="event-kms-client",
    identity=lambda value: value.client_machine_id if value.role == "client" else None,
    claims=(
        Claim("Sysprep makes a new one unless SkipRearm is set; machines with one id count once on the host.", Basis.SOURCED, _KMS),
        Claim("The provider of generalize is SLReArmWindows, slc.dll.", Basis.SOURCED, reference.GENERALIZE_XML),
        Claim("The host's event 12290 lists the ids of the clients that asked.", Basis.SOURCED, _KMS),
        Claim("Both events carry the id as the fourth of the parts that commas separate.", Basis.UNVERIFIED),
    ),
    references=(_KMS,),
)


@artifact_events("System", EVENT_IDENTITY_CONFLICT, since=(6, 0))
def event_machine_id_conflict(log: EventLog) -> Iterator[Fact[EventIdentityConflict]]:
    """State that Windows noticed another computer with this machine's identity: event 6167 of LsaSrv, all as one fact.

    Caveat: a ticket of a different boot session gives the same event, as after a return to a snapshot.
    """
    return _conflict(log, "machine-id", 6167, "lsasrv")


@artifact_events("Application", EVENT_IDENTITY_CONFLICT)
def event_dtc_conflict(log: EventLog) -> Iterator[Fact[EventIdentityConflict]]:
    """State that the transaction coordinator noticed another one with its identity: event 4101 of MSDTC, all as one fact."""
    return _conflict(log, "dtc-cid", 4101, "msdtc")


def _conflict(
    log: EventLog, identity: Literal["machine-id", "dtc-cid"], number: int, provider: str
) -> Iterator[Fact[EventIdentityConflict]]:
    events = [event for event in log.events if event.event_id == number and provider in (event.provider or "").lower()]
    if events:
        first, last = events[0], events[-1]
        conflict = EventIdentityConflict(
            identity, first.provider or "", number, len(events), first.record_id, last.record_id, first.time, last.time
        )
        yield EVENT_IDENTITY_CONFLICT.fact(conflict, first)


@artifact_events("Application", EVENT_KMS_CLIENT, since=(6, 0))
def event_kms_client(log: EventLog) -> Iterator[Fact[EventKmsClient]]:
    """State the client machine ids with which this machine asked a KMS host: event 12288 of the licensing service, fourth part."""
    return _kms(log, "client", 12288, "microsoft-windows-security-")


@artifact_events("Key Management Service", EVENT_KMS_CLIENT, since=(6, 0))
def event_kms_host(log: EventLog) -> Iterator[Fact[EventKmsClient]]:
    """State the client machine ids with which clients asked this KMS host: event 12290, fourth part; at most 1,000."""
    return _kms(log, "host", 12290, "")


def _kms(log: EventLog, role: Literal["client", "host"], number: int, provider: str) -> Iterator[Fact[EventKmsClient]]:
    failures = Deferred()
    found: dict[Guid, list[Record]] = {}
    counts: dict[Guid, int] = {}
    events = [event for event in log.events if event.event_id == number and (event.provider or "").lower().startswith(provider)]
    if len(events) > DECODE_LIMIT:
        with failures:
            raise Malformed(f"{len(events)} such events; only the values of the first {DECODE_LIMIT} were read")
    for event in events[:DECODE_LIMIT]:
        with failures:
            guid = Guid.parse([*",".join(event.texts).split(","), "", "", "", ""][3])
            found.setdefault(guid, [event, event])[1] = event
            counts[guid] = counts.get(guid, 0) + 1
    for guid, (first, last) in list(found.items())[:FACT_LIMIT]:
        client = EventKmsClient(guid, role, counts[guid], first.record_id, last.record_id, first.time, last.time)
        yield EVENT_KMS_CLIENT.fact(client, first)
    failures.settle()
