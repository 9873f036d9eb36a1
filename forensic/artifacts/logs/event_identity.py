"""What events say of identity without a hive: the beginning of the MachineGuid, and whose SIDs are this computer's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact_events
from forensic.artifacts.optional_values import Deferred
from forensic.model import Basis, Change, Claim, Fact, FileTime, Guid, Kind, Origin, Sid, always, kept, usually

if TYPE_CHECKING:
    from forensic.eventlog.log import Event as Record
    from forensic.eventlog.log import EventLog

SAMPLE_LIMIT = 1500
"""Events of one log whose values are decoded: evenly spread, the first and the last among them."""
BLOCK = 25
"""Neighbours among them."""
RUN_LIMIT = 100
"""Facts that are stated of one log."""
SYSMON = "Microsoft-Windows-Sysmon/Operational"

USER_EVENTS = frozenset({4720, 4722, 4723, 4724, 4725, 4726, 4738, 4740, 4767, 4781})
"""Events about a user account, whose SID stands in `TargetSid`."""
ACCOUNT_LIMIT = 100

_GROUPS = "event logs of real machines, published by people who tested them (EVTX-to-MITRE-Attack, DeepBlueCLI, EVTX-ATTACK-SAMPLES)"
_TEN = "Windows 10 machines DESKTOP-23PS6ES and DESKTOP-GNCCVRK"
_PARTS = (("UserSid", "DomainName"), ("Sid", "DomainName"))
"""Endings of the names under which an event has a SID, and the domain of the same account."""
NETBIOS_LENGTH = 15
SETUP_NAME = "MINWINPC"
"""Name of the computer within the first start of its setup."""


class MachineGuidPrefix(msgspec.Struct, frozen=True):
    """A run of Sysmon's events whose ids begin alike."""

    prefix: str
    """The first eight hexadecimal digits."""
    computer: str | None
    events: int
    """Of those that were looked at."""
    first_record: int
    last_record: int
    first_time: FileTime
    last_time: FileTime


class EventDomainName(msgspec.Struct, frozen=True):
    """The name that events give to a machine or domain beside its SID."""

    channel: str
    prefix: Sid
    name: str
    computer: str | None
    """Under which name the first of these events was logged."""
    local: bool
    """Whether it is a name of the computer itself, at any time of this log: then these are its own accounts, and of no domain."""
    machine_accounts: tuple[str, ...]
    """Names with `$` at their end that accounts of it have, as those of computers and trusts have in a domain. At most three."""
    events: int
    """Of those that were looked at."""
    first_record: int
    first_time: FileTime
    last_time: FileTime


class EventAccount(msgspec.Struct, frozen=True):
    """An account of the computer or of a domain that events name."""

    channel: str
    sid: Sid
    rid: int
    name: str
    domain: str
    local: bool
    """Whether it is an account of the computer itself, as `event-domain-name` tells it."""
    events: int
    """Of those that were looked at."""
    first_record: int
    first_time: FileTime
    last_time: FileTime


MACHINE_GUID_PREFIX = Kind(
    "machine-guid-prefix",
    MachineGuidPrefix,
    "First 32 bits of MachineGuid, as Sysmon's ids have them",
    origin=Origin.RANDOM,
    renews={
        Change.SPECIALIZE: usually(Basis.INFERRED, exception="the step that gives a new MachineGuid was taken out of Specialize.xml"),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.OBSERVED, _GROUPS, machines=1),
    },
    namespace="machine-guid-prefix",
    identity=lambda value: value.prefix,
    claims=(
        Claim(
            "ProcessGuid and LogonGuid of Sysmon's events begin with the first 32 bits of MachineGuid.",
            Basis.OBSERVED,
            f"a machine of which log and registry were at hand; {_GROUPS}",
        ),
        Claim("32 bits are no whole identifier: equal ones show one MachineGuid with a chance of error of 1 in 4 billion.", Basis.INFERRED),
        Claim("Two prefixes in one log: the MachineGuid was replaced, or these are events of two computers.", Basis.INFERRED),
        Claim("Specialize gives a new MachineGuid: events after it have another prefix than those before.", Basis.INFERRED),
    ),
    references=(reference.EVTX_FORMAT,),
)

EVENT_DOMAIN_NAME = Kind(
    "event-domain-name",
    EventDomainName,
    "Names that events give to machines and domains beside their SIDs",
    origin=Origin.OBSERVED,
    renews={Change.GENERALIZE: always(Basis.SOURCED, reference.KB_314828), Change.RENAME: kept(Basis.INFERRED)},
    namespace="machine-sid",
    identity=lambda value: value.prefix if value.local else None,
    standing="former",
    claims=(
        Claim(
            "Where the domain of an account has the name of the computer that logs the event, the account is the computer's own: its SID "
            "begins with the machine SID.",
            Basis.OBSERVED,
            _GROUPS,
        ),
        Claim("Within setup the computer's own accounts stand under MINWINPC.", Basis.OBSERVED, _TEN),
        Claim("On a domain controller no account is of that sort.", Basis.OBSERVED, _GROUPS),
        Claim(
            "An account whose name ends with `$` is that of a computer or a trust of a domain; a person may give any account such a name.",
            Basis.OBSERVED,
            _GROUPS,
        ),
    ),
    references=(reference.MS_DTYP,),
)


@artifact_events(SYSMON, MACHINE_GUID_PREFIX, since=(6, 1))
def machine_guid_prefix(log: EventLog) -> Iterator[Fact[MachineGuidPrefix]]:
    """State with which 32 bits the ids of Sysmon's events begin: those of MachineGuid.

    Values whose names end with `ProcessGuid` or `LogonGuid`, in at most 1,500 events, evenly spread over the log. Each change is a fact.
    """
    failures = Deferred()
    run: list[Any] | None = None
    stated = 0
    for event in sampled([one for one in log.events if "sysmon" in (one.provider or "").lower()]):
        with failures:
            for prefix in _id_prefixes(event):
                if run is not None and run[0] == prefix:
                    run[2], run[3] = event, run[3] + 1
                    continue
                if run is not None and stated < RUN_LIMIT:
                    yield _run(run)
                    stated += 1
                run = [prefix, event, event, 1]
    if run is not None:
        yield _run(run)
    failures.settle()


def _id_prefixes(event: Record) -> list[str]:
    """Return what the ids in an event begin with, each once; those of nothing are zeros."""
    found: dict[str, None] = {}
    for name, text in event.data.items():
        if name.lower().endswith(("processguid", "logonguid")):
            guid = str(Guid.parse(text))
            if guid.strip("0-"):
                found[guid[:8]] = None
    return list(found)


def _run(run: list[Any]) -> Fact[MachineGuidPrefix]:
    prefix, first, last, count = run
    value = MachineGuidPrefix(prefix, first.computer, count, first.record_id, last.record_id, first.time, last.time)
    return MACHINE_GUID_PREFIX.fact(value, first)


EVENT_ACCOUNT = Kind(
    "event-account",
    EventAccount,
    "Accounts that events name beside their SIDs",
    origin=Origin.OBSERVED,
    renews={Change.GENERALIZE: always(Basis.SOURCED, reference.KB_314828), Change.USE: always(Basis.INFERRED)},
    claims=(
        Claim(
            "Accounts of a master keep RID and name in every copy; accounts made later differ under one RID: one SID under three names of "
            "computers, with the users 1001, 1002 and 1004 of each.",
            Basis.OBSERVED,
            "event logs of three machines of one course (DeepBlueCLI)",
        ),
    ),
    references=(reference.MS_DTYP,),
)


@artifact_events("Security", EVENT_DOMAIN_NAME, EVENT_ACCOUNT, since=(6, 0))
def event_domain_name(log: EventLog) -> Iterator[Fact[Any]]:
    """State under which names events know the machines and domains whose SIDs they carry, and the accounts; and whether they are its own.

    Looked at are the values of at most 750 events that carry such a SID, spread over the log for each SID: the values that begin alike and
    end with `UserSid` or `Sid`, and with `DomainName`; `UserName` is the account.
    """
    failures = Deferred()
    own = own_names(log)
    of: dict[Sid, list[Record]] = {}
    for event in log.events:
        for prefix in event.prefixes:
            of.setdefault(prefix, []).append(event)
    domains: dict[tuple[Sid, str], _Seen] = {}
    accounts: dict[tuple[str, str], _Seen] = {}
    for prefix, events in islice(of.items(), RUN_LIMIT):
        for event in sampled(events, SAMPLE_LIMIT // (2 * min(len(of), RUN_LIMIT))):
            with failures:
                for sid, domain, account, is_user in _named(event, prefix):
                    seen = domains.setdefault((prefix, domain.upper()), _Seen(domain, event))
                    seen.count(event)
                    if account.endswith("$") and len(seen.machines) < 3:
                        seen.machines[account] = None
                    if is_user and account:
                        accounts.setdefault((sid, account.lower()), _Seen(domain, event, account)).count(event)
    for (prefix, key), seen in islice(domains.items(), RUN_LIMIT):
        value = EventDomainName(
            "Security", prefix, seen.domain, seen.first.computer, key in own, tuple(seen.machines), seen.events,
            seen.first.record_id, seen.first.time, seen.last.time,
        )  # fmt: skip
        yield EVENT_DOMAIN_NAME.fact(value, seen.first)
    local = {prefix for prefix, key in domains if key in own}
    for (text, _), seen in islice(accounts.items(), ACCOUNT_LIMIT):
        with failures:
            sid = Sid.parse(text)
            value_of = EventAccount(
                "Security", sid, sid.rid, seen.account, seen.domain, sid.prefix in local, seen.events,
                seen.first.record_id, seen.first.time, seen.last.time,
            )  # fmt: skip
            yield EVENT_ACCOUNT.fact(value_of, seen.first)
    failures.settle()


class _Seen:
    """The events that name one thing."""

    def __init__(self, domain: str, first: Record, account: str = "") -> None:
        self.domain, self.account, self.first, self.last = domain, account, first, first
        self.events = 0
        self.machines: dict[str, None] = {}

    def count(self, event: Record) -> None:
        """Count an event, once."""
        self.events += event is not self.last or not self.events
        self.last = event


def _named(event: Record, prefix: Sid) -> Iterator[tuple[str, str, str, bool]]:
    """Yield SID, domain and name of each account of a prefix that an event names, and whether it is that of a user: groups look alike."""
    data = event.data
    for key, text in data.items():
        if not text.startswith(f"{prefix}-"):
            continue
        for ending, domain in _PARTS:
            role = key.removesuffix(ending)
            name = data.get(f"{role}{domain}", "") if role != key else ""
            if name and name != "-":
                account = data.get(f"{role}UserName", "")
                yield text, name, "" if account == "-" else account, ending == "UserSid" or event.event_id in USER_EVENTS
                break


def own_names(log: EventLog) -> frozenset[str]:
    """Return the NetBIOS names under which the records were logged, and the one that every computer has at its first start."""
    names = {event.computer for event in log.events} - {None}
    return frozenset({SETUP_NAME, *(netbios(str(name)) for name in names)})


def netbios(name: str) -> str:
    """Return the NetBIOS form of a computer's name: the host part in upper case, cut to 15 characters."""
    return name.partition(".")[0].upper()[:NETBIOS_LENGTH]


def sampled(events: Sequence[Record], limit: int = SAMPLE_LIMIT) -> Sequence[Record]:
    """Return the events, of more than `limit` about so many: blocks that are evenly spread, with the first and the last among them.

    Neighbours share a chunk of the log, and opening one costs more than decoding what is in it.
    """
    if len(events) <= limit:
        return events
    block = min(BLOCK, max(1, limit // 2))
    count = max(2, limit // block)
    starts = [at * (len(events) - block) // (count - 1) for at in range(count)]
    return [event for start in starts for event in events[start : start + block]]
