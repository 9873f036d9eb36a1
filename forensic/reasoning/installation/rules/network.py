"""Rules over network cards: is the first card still there, or was a second one of its model put in its place?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from forensic.artifacts.hardware.device_generation import DEVICE_GENERATION
from forensic.artifacts.hardware.hardware_config import HARDWARE_CONFIG, SYSTEM_INFORMATION
from forensic.artifacts.known_values.media import is_media_guid
from forensic.artifacts.known_values.vendor import is_of_hypervisor, is_virtual
from forensic.artifacts.network.dhcpv6 import DHCPV6_DUID
from forensic.artifacts.network.network import MAC_ADDRESS, NETWORK_ADAPTER, NETWORK_INTERFACE, NetworkInterface
from forensic.artifacts.storage.mounted_device import MOUNTED_DEVICE
from forensic.model import Fact, FileTime, Guid, MacAddress
from forensic.reasoning.installation.rules.hardware import firmware_allows_a_move
from forensic.reasoning.installation.setup_time import MARGIN, generalized_since_setup, mini_setup_may_explain, setup, specialized
from forensic.reasoning.rule import Finding, rule
from forensic.reasoning.subject import Subject, day, listed, moment

NEIGHBOURS = 16
"""Ports of one card have addresses that lie closer together than this."""


PLACEHOLDERS = frozenset({MacAddress("80:6d:61:72:69:6f"), MacAddress("80:6e:6f:6e:69:63")})
"""Written into version-1 GUIDs where there was no network card (yet): until XP, since Vista."""


def is_real(mac: MacAddress) -> bool:
    """Return whether a maker gave this address to a card: no placeholder, no group address, not made up by software."""
    return mac not in PLACEHOLDERS and not int(mac[:2], 16) & 3


def _recorded(subject: Subject) -> dict[MacAddress, Fact[Any]]:
    """Hardware addresses with a fact for each: of the DUID, and of the version-1 names that volumes were given."""
    found: dict[MacAddress, Fact[Any]] = {}
    for duid in subject.facts.of(DHCPV6_DUID):
        if duid.value.mac is not None and is_real(duid.value.mac):
            found.setdefault(duid.value.mac, duid)
    for device in subject.facts.of(MOUNTED_DEVICE):
        guid = device.value.volume_guid
        if guid is not None and guid.version == 1 and is_real(guid.node):
            found.setdefault(guid.node, device)
    return found


def _named(subject: Subject) -> Iterator[int]:
    """Times at which volumes were given names with the address of a network card."""
    for device in subject.facts.of(MOUNTED_DEVICE):
        guid = device.value.volume_guid
        if guid is not None and guid.version == 1 and is_real(guid.node):
            yield guid.ticks


def _are_rivals(one: MacAddress, two: MacAddress) -> bool:
    """Whether two addresses are of different cards, and not of the ports of one."""
    return abs(int(one.replace(":", ""), 16) - int(two.replace(":", ""), 16)) >= NEIGHBOURS


class Card(msgspec.Struct, frozen=True):
    """One network card in one slot: its adapter facts and its interface."""

    model: str
    instance: str
    since: FileTime | None
    interface: Fact[NetworkInterface] | None
    facts: tuple[Fact[Any], ...]


def cards_of(subject: Subject) -> list[Card]:
    """Return the network cards on PCI, each in its slot."""
    interfaces = {fact.value.id: fact for fact in subject.facts.of(NETWORK_INTERFACE)}
    by_id: dict[Guid, list[Fact[Any]]] = {}
    instances: dict[Guid, str] = {}
    for fact in subject.facts.of(NETWORK_ADAPTER):
        by_id.setdefault(fact.value.id, []).append(fact)
        if fact.value.instance and not is_media_guid(fact.value.id):
            instances[fact.value.id] = fact.value.instance.upper()
    cards = []
    for identity, instance in sorted(instances.items()):
        bus, _, rest = instance.partition("\\")
        model, _, slot = rest.partition("\\")
        if bus == "PCI" and slot:
            written = [fact.written for fact in by_id[identity] if fact.written]
            interface = interfaces.get(identity)
            facts = tuple(by_id[identity])
            cards.append(Card(model, instance, min(written, default=None), interface, facts))
    return cards


@rule(group="network", supports="installed")
def first_network_card_present(subject: Subject) -> Iterator[Finding]:
    """The network card that gave the DHCPv6 identity is among the cards on record.

    Supports: an installation that kept its first network card, weakly: records of removed cards stay.
    Against: nothing.
    Does not say: that the card is in the computer now.
    Overturned by: traces of other hardware.
    References: RFC 8415, section 11; RegRipper, networksetup2.
    """
    cards = {fact.value.mac: fact for fact in subject.facts.of(MAC_ADDRESS) if fact.value.use == "NetworkSetup2 permanent"}
    for duid in subject.facts.of(DHCPV6_DUID)[:1]:
        if duid.value.mac in cards:
            yield Finding(
                "weak", f"the DHCPv6 identity was made from {duid.value.mac}, a card that is on record", (duid, cards[duid.value.mac])
            )


@rule(group="network", supports="relocated-not-generalized")
def first_network_card_gone(subject: Subject) -> Iterator[Finding]:
    """The network card that gave the DHCPv6 identity is not among the cards on record.

    Supports: other hardware than at first, weakly.
    Against: nothing.
    Does not say: more than that one card is not there: a card that was replaced, a docking station or a USB adapter does the same.
    Overturned by: the card turning up.
    References: RFC 8415, section 11; RegRipper, networksetup2.
    """
    cards = {fact.value.mac for fact in subject.facts.of(MAC_ADDRESS) if fact.value.use == "NetworkSetup2 permanent"}
    if not any(is_real(mac) for mac in cards) or not subject.is_settled:
        return
    macs = {fact.value.mac: fact for fact in subject.facts.of(DHCPV6_DUID) if fact.value.mac is not None}
    for mac, duid in sorted(macs.items()):
        if is_real(mac) and mac not in cards:
            yield Finding("weak", f"the DHCPv6 identity was made from {mac}, and no card on record has this address", (duid,))


@rule(group="network", supports="relocated-not-generalized")
def network_card_replaced_by_twin(subject: Subject) -> Iterator[Finding]:
    """A network card lies abandoned in one slot, and a card of the same model was found in another slot after setup.

    Supports: other (virtual) hardware of the same kind, without a generalize, which would have removed the first card. Moderate where
    the hardware addresses of several cards are on record as well (DHCPv6 identity, names of volumes) and a second record confirms the
    time of the second card, else weak. Since Windows 8 the records of firmware have to name a second machine as well. It counts only beside
    other evidence of a move: a card that was made anew in the one virtual machine leaves the same.
    Against: nothing.
    Does not say: that there are two computers: a card put into another slot, a second card added by hand, a virtual machine that was
    moved or whose card was made anew, leave the same. Cards of different slots that are both in use, ports of one card, and adapters that
    are software, do not count.
    Overturned by: a setup pass after the second card appeared. Before Vista any trace of Sysprep silences the rule, where it is not
    shown that the machine SID is still that of setup.
    References: regipy SYSTEM (Windows 7), whose second PRO/1000 appears eight months after setup beside an abandoned first one.
    """
    done = setup(subject)
    clock = done.setupcl or done.boot_key
    if clock is None or not subject.is_settled or generalized_since_setup(subject):
        return
    macs = _recorded(subject)
    several = bool(macs) and _are_rivals(min(macs), max(macs))
    named = firmware_allows_a_move(subject)
    cards = cards_of(subject)
    for model in sorted({card.model for card in cards}):
        pair = _replaced([card for card in cards if card.model == model], clock.time)
        if pair is None:
            continue
        (first, lease), (second, since) = pair
        if mini_setup_may_explain(subject, since):
            continue
        because = (
            f"the card {first.instance} had its last lease {moment(lease)}, and a card of the same model, {second.instance}, was set up"
            f" {moment(since)}; setup was {moment(clock.time)}"
        )
        if several:
            because += f"; addresses of several cards are on record: {listed(macs)}"
        # A driver update writes the driver's key anew: the connection, or a volume named with a card's address, has to confirm the time.
        certain = named and several and (len(second.facts) > 1 or any(abs(time - since) <= MARGIN for time in _named(subject)))
        recorded = tuple(macs.values()) if several else ()
        lonely = _came_alone(subject, second)
        facts = (*first.facts, *second.facts, clock.fact, *recorded, *lonely)
        because += "; the list of devices has it as found by itself, and not with another computer" * bool(lonely)
        alone = "; found by itself, not with another computer" * bool(lonely)
        brief = f"a network card in use until {day(lease)} is gone; another one of the same model was set up {day(since)}{alone}"
        yield Finding("moderate" if certain and not lonely else "weak", because, facts, brief)


def _came_alone(subject: Subject, card: Card) -> tuple[Fact[Any], ...]:
    """Return the list of devices, where it shows that the card was found without any other part of a computer."""
    return tuple(
        fact
        for fact in subject.facts.of(DEVICE_GENERATION)
        if any(card.instance == f"{one.id}\\{one.instance}".upper() for one in fact.value.network)
        and not (fact.value.chipset or fact.value.processors or fact.value.disks or fact.value.volumes)
    )


def _replaced(cards: Sequence[Card], done: int) -> tuple[tuple[Card, FileTime], tuple[Card, FileTime]] | None:
    """Return the card that was abandoned first, with its last lease, and the card that was set up last, with that time."""
    abandoned, young = [], []
    for card in cards:
        if card.interface is None:
            continue
        settings = card.interface.value
        if settings.dhcp and settings.lease_obtained is not None:
            abandoned.append((settings.lease_obtained, card.instance, card))
        if card.since is not None and card.since > done + MARGIN and (settings.address or settings.lease_obtained):
            young.append((card.since, card.instance, card))
    # The longest abandoned and the youngest decide; where one card is both, the next in either row does.
    for lease, _, first in sorted(abandoned, key=_order)[:2]:
        for since, _, second in sorted(young, key=_order)[-2:]:
            if first is not second and lease < since - MARGIN:
                return (first, lease), (second, since)
    return None


def _order(one: tuple[FileTime, str, Card]) -> tuple[FileTime, str]:
    return one[:2]


@rule(group="board", supports="relocated-not-generalized")
def card_of_a_maker_then_of_a_hypervisor(subject: Subject) -> Iterator[Finding]:
    """The first network card was of a maker of hardware, and a later one is of a hypervisor, on a virtual machine of today.

    Supports: a physical computer that was made virtual, or whose installation was copied into a virtual machine, without a generalize.
    Against: nothing.
    Does not say: that the original still runs.
    Overturned by: a card of the host that was handed to the virtual machine when it was set up.
    References: address blocks of the IEEE; RFC 8415, section 11 (the address in a DUID).
    """
    done = specialized(subject)
    now: list[Fact[Any]] = [*subject.facts.of(SYSTEM_INFORMATION), *(one for one in subject.facts.of(HARDWARE_CONFIG) if one.value.is_last)]
    virtual = [fact for fact in now if is_virtual(fact.value.manufacturer, fact.value.product)]
    if done is None or not virtual or not subject.is_settled or generalized_since_setup(subject):
        return
    duids = [duid for duid in subject.facts.of(DHCPV6_DUID) if duid.value.mac is not None and is_real(duid.value.mac)]
    first = [duid for duid in duids if duid.value.mac is not None and not is_of_hypervisor(duid.value.mac)]
    later = {mac: fact for mac, fact in _recorded(subject).items() if is_of_hypervisor(mac)}
    later |= {fact.value.mac: fact for fact in subject.facts.of(MAC_ADDRESS) if is_of_hypervisor(fact.value.mac)}
    for duid in first[:1]:
        if later:
            mac = min(later)
            because = (
                f"the DHCPv6 identity was made with {duid.value.mac}, a card of a maker of hardware, and {mac}, a card of a hypervisor, is"
                " on record too; the last start was on a virtual machine"
            )
            yield Finding("moderate", because, (duid, later[mac], virtual[0], done.fact))
