"""Consequence: which identifiers collide where two computers share one installation, and what breaks then."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import msgspec

from forensic.artifacts.identity.account import ACCOUNT_SID
from forensic.artifacts.identity.domain import DOMAIN_SID
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.known_values.media import is_media_sid
from forensic.artifacts.setup.windows_release import WINDOWS_RELEASE
from forensic.model import Fact
from forensic.reasoning.binding import FIRST_OWN_RID
from forensic.reasoning.subject import BEFORE_TEN, Subject, listed

MOST_ACCOUNTS, MOST_PREFIXES = 5, 3
"""Accounts, and SIDs in security descriptors, that one sentence names."""


class Collision(msgspec.Struct, frozen=True):
    """One kind of identifier that copies share."""

    kind: str
    """Public name of the fact kind."""
    breaks: str
    """What goes wrong, after `equal <kind>: `."""
    source: str
    """Where that is written."""
    where: Callable[[Any], bool] = lambda _: True
    """Which values of the kind it is about."""


EQUAL_SIDS = (
    "Kerberos and NTLM between the two fail (event 6167 of LsaSrv) on Windows 11 24H2 and later and on Windows Server 2025 since the"
    " updates of August and September 2025 (KB5064081, KB5065426); the policy that Microsoft offers to take that back is temporary"
)
"""What equal machine SIDs break, and where. Source: Microsoft KB5068222; Windows IT Pro blog 4503956."""
FIRST_REFUSING = 26100
"""The first build that refuses equal SIDs: Windows 11 24H2, Windows Server 2025."""
COLLISIONS = (
    Collision(
        "sus-client-id",
        "the two replace each other on the update server (WSUS): only one of them is listed and reports",
        "Microsoft, WSUS client requirements (dd939898)",
    ),
    Collision(
        "dtc-cid",
        "distributed transactions between the two fail (event 4101 of MSDTC)",
        "scripting.tech, duplicate MSDTC CID",
    ),
    Collision("msmq-qmid", "message queuing takes the two for one computer, and messages go astray", "EUCweb/BIS-F; MSMQ QMId"),
    Collision(
        "msa-device-id",
        "push notifications reach only one of the two; the identifier lives in the user's profile, so that only a new profile gets a"
        " new one",
        "Microsoft KB 314828",
    ),
    Collision(
        "agent-id",
        "the two are one client to Configuration Manager, and overwrite each other's records",
        "Microsoft KB 828367, KB 837374",
        lambda value: "configuration manager" in value.product.lower() or value.product.lower().startswith("sms"),
    ),
    Collision("machine-guid", "programs that know computers by their MachineGuid take the two for one", "rustdesk, issue 1205"),
    Collision("sqm-machine-id", "telemetry counts the two as one device", "Microsoft Japan support blog, 2023-01-11"),
)  # fmt: skip
"""Most harmful first."""


def identifiers_collide(subject: Subject, renewed: Collection[str] = (), *, kms: bool = True) -> Iterator[str]:
    """Say what breaks where a second computer has these identifiers; `renewed` are the kinds that the history at hand has renewed.

    `kms`: whether the KMS client machine id is among what is shared, from Vista on.
    """
    told = [f"equal {kind}: {breaks}" for kind, breaks in _on_record(subject) if kind not in renewed]
    refused = "machine-sid" not in renewed and bool(subject.facts.of(MACHINE_SID))
    if refused and refuses_equal_sids(subject):
        told.insert(0, f"equal machine-sid: {EQUAL_SIDS}")
    yield from told
    if refused and not refuses_equal_sids(subject) and subject.era not in BEFORE_TEN:
        yield f"equal machine-sid, once one of the two is upgraded: {EQUAL_SIDS}"
    if kms and not subject.is_classic:
        yield (
            "equal KMS client machine id: the activation host counts the two once (its event 12290 lists it), so that the count for"
            " activation may not be reached"
        )
    if "machine-sid" not in renewed:
        yield from removable_media(subject)
    yield from _agents(subject, "the consoles of these products show the two as one")


def refuses_equal_sids(subject: Subject) -> bool:
    """Whether its release refuses Kerberos and NTLM with a computer of its own SID."""
    builds = [fact.value.build or "" for fact in subject.facts.of(WINDOWS_RELEASE)]
    return any(build.isdecimal() and int(build) >= FIRST_REFUSING for build in builds)


def removable_media(subject: Subject) -> Iterator[str]:
    """Say whose files equal account SIDs open on media of the other computer, and which SIDs stand in this volume's descriptors.

    Source: Microsoft KB 314828.
    """
    accounts = {fact.value.rid: fact.value.name for fact in subject.facts.of(ACCOUNT_SID) if fact.value.rid >= FIRST_OWN_RID}
    if not accounts:
        return
    told = _counted([f"{name} ({rid})" for rid, name in sorted(accounts.items())], MOST_ACCOUNTS)
    known = {fact.value for kind in (MACHINE_SID, DOMAIN_SID) for fact in subject.facts.of(kind)}
    foreign = {
        fact.value.prefix: fact.value.count
        for fact in subject.facts.named("former-sid")
        if fact.value.where == "security-descriptor" and fact.value.prefix not in known and not is_media_sid(fact.value.prefix)
    }
    others = [f"{sid} ({count})" for sid, count in sorted(foreign.items(), key=lambda one: (-one[1], one[0]))]
    yield (
        "equal account SIDs: on removable media, and on any NTFS disk of the other computer, an account opens the files of the account"
        f" with its RID, even where permissions deny them to it; here {told}"
        + (f". Other SIDs in security descriptors of this volume, with how many: {_counted(others, MOST_PREFIXES)}" if others else "")
        + " (-vv lists all: account-sid, former-sid)"
    )


def copies_would_share(subject: Subject) -> Iterator[str]:
    """Say which identifiers a copy of this disk would share."""
    kinds = ["machine-sid"] * bool(subject.facts.of(MACHINE_SID)) + [kind for kind, _ in _on_record(subject)]
    if kinds:
        yield f"a copy of this disk that is started elsewhere without a generalize would share {', '.join(kinds)}"


def agents_collide(subject: Subject) -> Iterator[str]:
    """Say which identifiers computers of one generalized master may share all the same."""
    yield from _agents(subject, "a generalize does not reach them, so that computers of one master may share them")


def _on_record(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield the kinds that copies share and that are stated here, each with what breaks."""
    for collision in COLLISIONS:
        facts: list[Fact[Any]] = [fact for fact in subject.facts.named(collision.kind) if collision.where(fact.value)]
        if facts:
            yield collision.kind, collision.breaks


def _counted(names: list[str], limit: int) -> str:
    """Return the first names, and how many more there are."""
    more = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {more} more" if more > 0 else "")


def _agents(subject: Subject, what: str) -> Iterator[str]:
    products = {fact.value.product for fact in subject.facts.named("agent-id")}
    if products:
        yield f"equal identifiers of agents ({listed(products)}): {what}"
