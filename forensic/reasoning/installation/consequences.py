"""Consequence: which identifiers collide where two computers share one installation, and what breaks then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from forensic.model import Fact, History
from forensic.reasoning.subject import Subject, listed


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


COLLISIONS = (
    Collision(
        "machine-sid",
        "Kerberos and NTLM between the two fail (event 6167 of LsaSrv) on Windows 11 24H2 and later and on Windows Server 2025 since the"
        " updates of August and September 2025 (KB5064081, KB5065426); the policy that Microsoft offers to take that back is temporary",
        "Microsoft KB5068222; Windows IT Pro blog 4503956",
    ),
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

_LEFT_BY = {
    History.SID_CHANGED: frozenset({"machine-sid"}),
    History.GENERALIZED_AFTER_USE: frozenset({"machine-sid", "sus-client-id", "machine-guid", "sqm-machine-id"}),
}
"""Identifiers that this history has renewed: they collide no more."""


def consequences(history: History, subject: Subject) -> tuple[str, ...]:
    """Return what a second computer with this installation would break, by the identifiers that are on record here."""
    return tuple(_consequences(history, subject))


def _consequences(history: History, subject: Subject) -> Iterator[str]:
    if history in (History.DEPLOYED_GENERALIZED, History.SEALED_GENERALIZED):
        yield from _agents(subject, "a generalize does not reach them, so that computers of one master may share them")
        return
    renewed = _LEFT_BY.get(history, frozenset())
    named = []
    for collision in COLLISIONS:
        facts: list[Fact[Any]] = [fact for fact in subject.facts.named(collision.kind) if collision.where(fact.value)]
        if facts and collision.kind not in renewed:
            named.append(f"equal {collision.kind}: {collision.breaks}")
    if history in (History.INSTALLED, History.UNDETERMINED):
        kinds = [text.partition(":")[0].removeprefix("equal ") for text in named]
        if kinds:
            yield f"a copy of this disk that is started elsewhere without a generalize would share {', '.join(kinds)}"
        return
    yield from named
    if not subject.is_classic and history is not History.GENERALIZED_AFTER_USE:
        yield (
            "equal KMS client machine id: the activation host counts the two once (its event 12290 lists it), so that the count for"
            " activation may not be reached"
        )
    yield from _agents(subject, "the consoles of these products show the two as one")


def _agents(subject: Subject, what: str) -> Iterator[str]:
    products = {fact.value.product for fact in subject.facts.named("agent-id")}
    if products:
        yield f"equal identifiers of agents ({listed(products)}): {what}"
