"""Rules over the order of life and generalize: had this installation lived on this very computer before Sysprep ran?

Strict on purpose. What is older than the CloneTag on a deployed computer is the master's life as a rule, and only what names this very
computer, its cards or its account in the domain, is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from forensic.artifacts.hardware.device_generation import DEVICE_GENERATION
from forensic.artifacts.identity.account import ACCOUNT_SID
from forensic.artifacts.identity.computer_name import COMPUTER_NAME
from forensic.artifacts.identity.domain import DOMAIN_NAME, DOMAIN_SID
from forensic.artifacts.identity.lsa_secret import LSA_SECRET
from forensic.artifacts.network.dhcpv6 import DHCPV6_DUID
from forensic.artifacts.network.net_setup import NETWORK_SETUP
from forensic.artifacts.network.network import MAC_ADDRESS, NETWORK_INTERFACE
from forensic.artifacts.setup.source_os import SOURCE_OS
from forensic.artifacts.setup.sysprep_log import SYSPREP_LOG
from forensic.artifacts.storage.mounted_device import MOUNTED_DEVICE
from forensic.artifacts.storage.object_id import OBJECT_ID_MAC
from forensic.artifacts.users.dpapi import DPAPI_MASTER_KEY
from forensic.model import Fact, FileTime, MacAddress, Strength
from forensic.reasoning.binding import FIRST_OWN_RID
from forensic.reasoning.installation.lineage import file_name, generalizes
from forensic.reasoning.installation.rules.network import is_real
from forensic.reasoning.installation.setup_time import DAY, MARGIN, generalize_before_setup, setup, whole_setup
from forensic.reasoning.rule import Finding, rule
from forensic.reasoning.subject import Subject, listed, moment

SEVERAL_USERS, SEVERAL_PEOPLE = 2, 3
PEOPLE_SPAN = 30 * DAY
Seen = tuple[int, str, Fact[Any]]


def _present_cards(subject: Subject) -> dict[MacAddress, Fact[Any]]:
    """Return the cards by which this computer had a lease after its setup: those of this very computer."""
    done = setup(subject)
    if not done.known:
        return {}
    leases = {
        fact.value.id: fact.value.lease_obtained for fact in subject.facts.of(NETWORK_INTERFACE) if fact.value.lease_obtained is not None
    }
    return {
        fact.value.mac: fact
        for fact in subject.facts.of(MAC_ADDRESS)
        if fact.value.use == "NetworkSetup2 permanent"
        and is_real(fact.value.mac)
        and fact.value.adapter in leases
        and leases[fact.value.adapter] > done.latest.time
    }


def _records_of_cards(subject: Subject) -> Iterator[tuple[MacAddress, FileTime, str, Fact[Any]]]:
    for duid in subject.facts.of(DHCPV6_DUID):
        if duid.value.mac is not None and duid.value.time is not None:
            yield duid.value.mac, duid.value.time, "the DHCPv6 identity was made", duid
    for device in subject.facts.of(MOUNTED_DEVICE):
        guid = device.value.volume_guid
        if guid is not None and guid.version == 1:
            yield guid.node, FileTime(guid.ticks), "a volume was named", device
    for ids in subject.facts.of(OBJECT_ID_MAC):
        yield ids.value.mac, ids.value.first, "files were given object ids", ids
    for generation in subject.facts.of(DEVICE_GENERATION):
        for card in generation.value.network if generation.value.basis == "first-install" else ():
            if card.mac is not None:
                yield card.mac, card.time, "the card was installed", generation


class Renewal(msgspec.Struct, frozen=True):
    """The generalize that this computer's own setup followed, as far as something on record dates it."""

    limit: int
    """What is older lies before it."""
    words: str
    facts: tuple[Fact[Any], ...]
    certain: bool = True
    """Whether a trace of the generalize itself dates it; else only the setup that followed does."""


def _renewal(subject: Subject) -> Renewal | None:
    """Return the generalize by its CloneTag, by the file or the log that Sysprep left, or by the setup that came after a former one.

    An upgrade in place and a clock that was wrong leave records that are older than setup too: there nothing is said.
    """
    tag, done = generalize_before_setup(subject), setup(subject)
    if tag is not None:
        return Renewal(tag[1].ticks - MARGIN, f"the generalize of {tag[0].value.text} (local time)", (tag[0],))
    clocks = whole_setup(subject)
    if clocks is None or subject.is_classic or subject.is_sealed or not subject.is_settled or subject.facts.of(SOURCE_OS):
        return None
    first = min(clock.time for clock in clocks.known)
    for step in generalizes(subject):
        if step.value.time is not None and step.value.time.ticks < first + MARGIN:
            when = str(step.value.time)[:16].replace("T", " ")
            return Renewal(step.value.time.ticks - MARGIN, f"the generalize of {when} in {file_name(step.fact)}", (step.fact,))
    for run in subject.facts.of(SYSPREP_LOG):
        value = run.value
        if value.start is not None and value.result == "succeeded" and "generalize" in value.options and value.start.ticks < first + MARGIN:
            return Renewal(value.start.ticks - MARGIN, f"the generalize that Sysprep logged {str(value.start)[:10]}", (run,))
    return Renewal(
        first - MARGIN, f"the setup of {moment(done.latest.time)}, by which it got its identity", (done.latest.fact,), certain=False
    )


def _target_before(subject: Subject) -> list[Seen]:
    """Return the records that show a card of this very computer before the generalize, the oldest first."""
    renewal, cards = _renewal(subject), _present_cards(subject)
    if renewal is None:
        return []
    found = [
        (int(time), f"{what} with the card {mac} {moment(time)}", fact)
        for mac, time, what, fact in _records_of_cards(subject)
        if mac in cards and time < renewal.limit
    ]
    return sorted(found, key=lambda one: one[:2])


def _is_of_registry(seen: list[Seen]) -> bool:
    """Whether the installation itself remembers: what the volume tells may be of a former Windows on it."""
    return any(fact.kind != OBJECT_ID_MAC.name for _, _, fact in seen)


@rule(group="target-hardware", supports="generalized-after-use", depth="full")
def hardware_before_generalize(subject: Subject) -> Iterator[Finding]:
    """A network card of this very computer was on record before the generalize.

    The generalize is dated by the CloneTag, else by the log of the lineage or of Sysprep, else by the setup that followed it.
    Supports: an installation that had run on this computer before Sysprep did. Strong where two kinds of records say so and a trace of the
    generalize itself dates it, weak where only the volume says so: object ids may be of a former Windows on it, where a generalized image
    was applied without formatting. Alone it does not carry the verdict: the computer on which a master is built looks the same after it
    was captured and started again.
    Against: nothing.
    Does not say: that the installation had been copied here from another computer.
    Overturned by: a card that was taken from the computer of the master; a virtual machine that was given its template's address.
    References: RFC 8415, section 11; libyal, NTFS documentation (object ids); inferred.
    """
    seen, renewal = _target_before(subject), _renewal(subject)
    if seen and renewal is not None:
        strong = renewal.certain and len({fact.kind for _, _, fact in seen}) > 1
        strength: Strength = "strong" if strong else "moderate" if _is_of_registry(seen) else "weak"
        because = f"before {renewal.words}, {seen[0][1]}, a card of this very computer"
        yield Finding(strength, because, (*renewal.facts, *(fact for _, _, fact in seen)))


@rule(group="target-life", supports="generalized-after-use", depth="full")
def life_before_generalize(subject: Subject) -> Iterator[Finding]:
    """Membership of the domain, or work of several users, is older than the generalize, on a computer that was there before it too.

    The generalize is dated as for the hardware.
    Supports: a life on its target before Sysprep ran. Moderate where the registry has hardware of this very computer from before the
    generalize as well, else weak: then it is the life of the master, or of a former Windows on the volume.
    Against: nothing.
    Does not say: that the installation had been copied here from another computer.
    Overturned by: showing that this is the computer on which a master was maintained.
    References: 4sysops.com, Why Sysprep is obligatory (generalize drops name and domain); inferred.
    """
    renewal = _renewal(subject)
    if renewal is None:
        return
    strength: Strength = "moderate" if _is_of_registry(_target_before(subject)) else "weak"
    for because, facts in (*_memberships(subject, renewal.limit), *_users(subject, renewal.limit)):
        yield Finding(strength, f"{because}, before {renewal.words}", (*renewal.facts, *facts))


def _memberships(subject: Subject, limit: int) -> Iterator[tuple[str, tuple[Fact[Any], ...]]]:
    names = {fact.value.name.upper() for fact in subject.facts.of(COMPUTER_NAME)}
    domains = {name.upper() for fact in subject.facts.of(DOMAIN_NAME) for name in (fact.value.netbios, fact.value.dns) if name is not None}
    if not subject.facts.of(DOMAIN_SID):
        return
    for fact in sorted(subject.facts.of(NETWORK_SETUP), key=lambda one: (one.value.time.ticks if one.value.time else 0, one.source)):
        value = fact.value
        joined = value.operation == "join-domain" and value.status == 0 and value.time is not None and value.time.ticks < limit
        if joined and (value.computer or "").upper() in names and (value.domain or "").upper() in domains:
            yield f"it joined its domain {value.domain} under its name of today, {value.computer}, on {str(value.time)[:10]}", (fact,)
            break
    passwords: dict[str, list[Fact[Any]]] = {}
    for secret in subject.facts.of(LSA_SECRET):
        if secret.value.name.upper() == "$MACHINE.ACC" and secret.value.updated is not None and secret.value.updated < limit:
            passwords.setdefault(moment(secret.value.updated), []).append(secret)
    for when, secrets in passwords.items():  # the current and the former one are written together
        yield f"its password in the domain was set {when}", tuple(secrets)


def _users(subject: Subject, limit: int) -> Iterator[tuple[str, tuple[Fact[Any], ...]]]:
    domains = {fact.value for fact in subject.facts.of(DOMAIN_SID)}
    keys = {
        fact.value.folder: fact
        for fact in subject.facts.of(DPAPI_MASTER_KEY)
        if fact.value.created is not None and fact.value.created < limit and fact.value.folder.rpartition("-")[0] in domains
    }
    if len(keys) >= SEVERAL_USERS:
        yield f"users of its domain worked on it ({listed(keys)})", tuple(keys[name] for name in sorted(keys))
    people = sorted(
        (fact for fact in subject.facts.of(ACCOUNT_SID) if fact.value.rid >= FIRST_OWN_RID and fact.value.created is not None),
        key=lambda fact: (fact.value.created or FileTime(0), fact.value.rid),
    )
    people = [fact for fact in people if fact.value.created is not None and fact.value.created < limit]
    if len(people) >= SEVERAL_PEOPLE:
        first, last = people[0].value.created, people[-1].value.created
        if first is not None and last is not None and last - first >= PEOPLE_SPAN:
            names = listed(fact.value.name for fact in people)
            yield f"people were given accounts over months ({names}; {moment(first)} to {moment(last)})", tuple(people)
