"""Rules over the list of devices: did a second whole computer come after setup?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensic.artifacts.hardware.device_generation import DEVICE_GENERATION, DeviceGeneration
from forensic.artifacts.hardware.hardware_config import HARDWARE_CONFIG, SYSTEM_INFORMATION
from forensic.model import Fact, Strength
from forensic.reasoning.installation.rules.hardware import (
    BY_TURNS,
    CAME_BACK,
    STAYED,
    came_home,
    firmware_allows_a_move,
    maker_of_setup,
    spelled_maker,
)
from forensic.reasoning.installation.setup_time import (
    DAY,
    MARGIN,
    clock_was_behind,
    generalized_since_setup,
    media_of,
    mini_setup_may_explain,
    setup,
    specialized,
    whole_setup,
)
from forensic.reasoning.rule import Finding, rule
from forensic.reasoning.subject import Subject, day, listed, moment

WHOLE_CHIPSET = 4
"""So many models of bridges and system devices are a computer's; docking stations and cages for cards have fewer."""


def _is_hardware_set(value: DeviceGeneration) -> bool:
    """Whether these are the devices of a whole computer: a docking station has bridges, a card and a disk too, and no processor."""
    parts = (value.processors, value.controllers, value.network, value.disks)
    return (len(value.chipset) >= WHOLE_CHIPSET or bool(value.chipset and value.processors)) and sum(map(bool, parts)) >= 2


@rule(group="board", supports="relocated-not-generalized")
def second_hardware_set(subject: Subject) -> Iterator[Finding]:
    """A whole second set of devices was found at one moment after setup: another chipset, and with it disks, cards or processors.

    Supports: a move to other hardware without a generalize in between, which would have removed the first set. Strong where a network
    card and a disk came along with the chipset, so that it was no exchange of a board; else moderate. Weak where no record of firmware
    names a second machine, since Windows 8: a virtual machine is given another chipset too.
    Against: nothing.
    Does not say: that there are two computers. A new board, a backup that was restored on other hardware, a virtual machine that was
    moved, leave the same.
    Overturned by: a setup pass after the second set appeared.
    References: regipy SYSTEM (Windows 7), SYSTEM of DESKTOP-2KGM189; [MS] Sysprep generalize, which uninstalls devices.
    """
    done = specialized(subject)
    if done is None or subject.is_classic or not subject.is_settled or generalized_since_setup(subject):
        return
    floor = done.time - DAY if media_of(subject) is not None else done.time - MARGIN
    sets = [
        fact
        for fact in subject.facts.of(DEVICE_GENERATION)
        if fact.value.basis == "first-install" and fact.value.first >= floor and _is_hardware_set(fact.value)
    ]
    for first in sorted(sets, key=lambda fact: fact.value.first)[:1]:
        for fact in sorted(sets, key=lambda one: one.value.first):
            value = fact.value
            if value.first <= max(done.time + MARGIN, first.value.last + MARGIN) or set(value.chipset) & set(first.value.chipset):
                continue
            what = [
                word for word, part in (("disks", value.disks), ("network cards", value.network), ("processors", value.processors)) if part
            ]
            because = (
                f"on {moment(value.first)} a second set of devices was found at one time, with another chipset ({listed(value.chipset, 2)}"
                f" beside {listed(first.value.chipset, 2)}) and {listed(what)}; setup was {moment(done.time)}"
            )
            one_machine = not firmware_allows_a_move(subject)
            home = _home(subject)
            whole = bool(value.network and value.disks)
            body = not one_machine or _is_another_body(first.value, value) or _is_another_make(subject)
            strength: Strength = "weak" if home or not body else "moderate"
            if strength == "moderate" and whole and not one_machine:
                strength = "strong"
            because += STAYED * one_machine + BY_TURNS * bool(home)
            brief = f"{day(value.first)}: another chipset and {listed(what)} found at one time; set up {day(done.time)}"
            yield Finding(strength, because, (first, fact, done.fact, *home), brief + STAYED * one_machine + CAME_BACK * bool(home))


def _home(subject: Subject) -> tuple[Fact[Any], ...]:
    """Return what shows that the last start was on the computer of setup."""
    now = {(fact.value.manufacturer, fact.value.product) for fact in subject.facts.of(SYSTEM_INFORMATION)}
    now |= {(fact.value.manufacturer, fact.value.product) for fact in subject.facts.of(HARDWARE_CONFIG) if fact.value.is_last}
    return came_home(subject, min(now, key=repr)) if now else came_home(subject, (None, None))


def _is_another_make(subject: Subject) -> bool:
    """Whether the log of the specialize pass names another maker than that of the last start: no other size of one virtual machine."""
    then = maker_of_setup(subject)
    now = {spelled_maker(fact.value.manufacturer) for fact in subject.facts.of(SYSTEM_INFORMATION)}
    now |= {spelled_maker(fact.value.manufacturer) for fact in subject.facts.of(HARDWARE_CONFIG) if fact.value.is_last}
    return bool(then) and len(now) == 1 and min(now) not in ("", then)


def _is_another_body(first: DeviceGeneration, value: DeviceGeneration) -> bool:
    """Whether nothing of the first set is in the second, cards, disks and volumes included: more than another chipset of one machine."""
    pairs = (
        ({(card.id, card.instance) for card in first.network}, {(card.id, card.instance) for card in value.network}),
        ({(disk.id, disk.instance) for disk in first.disks}, {(disk.id, disk.instance) for disk in value.disks}),
        (set(first.volumes), set(value.volumes)),
    )
    return all(one and two and not one & two for one, two in pairs)


@rule(group="board", supports="relocated-not-generalized")
def hardware_set_younger_than_setup(subject: Subject) -> Iterator[Finding]:
    """The only whole set of devices was found long after setup, and the devices of setup are not on record.

    Supports: a move to other hardware without a generalize in between, where somebody cleaned out what was no longer present, or an upgrade
    had written the former devices anew.
    Against: nothing.
    Does not say: that there are two computers. A new board and a repaired list of devices leave the same.
    Overturned by: a setup pass when the set was found; a clock that was wrong during setup.
    References: SYSTEM of DESKTOP-2KGM189, whose devices an upgrade wrote anew; inferred.
    """
    done = whole_setup(subject)
    if done is None or subject.is_classic or not subject.is_settled or generalized_since_setup(subject):
        return
    sets = [fact for fact in subject.facts.of(DEVICE_GENERATION) if fact.value.basis == "first-install" and _is_hardware_set(fact.value)]
    for fact in sorted(sets, key=lambda one: one.value.first)[:1]:
        value = fact.value
        if value.first > done.latest.time + MARGIN and value.network and value.disks and not _home(subject):
            because = (
                f"the devices of the computer were found {moment(value.first)} ({listed(value.chipset, 2)}), and those of setup, which was"
                f" {moment(done.latest.time)}, are not on record"
            )
            one_machine = not firmware_allows_a_move(subject)
            weak = one_machine and not _is_another_make(subject)
            yield Finding("weak" if weak else "moderate", because + STAYED * one_machine, (fact, done.latest.fact))


@rule(group="disk", supports="relocated-not-generalized")
def disk_and_card_replaced(subject: Subject) -> Iterator[Finding]:
    """A disk and a network card of this installation were found new at one moment after setup, on a board of the same kind.

    Supports: a move to a computer of the same model, whose chipset, by its models, is the one that is known already.
    Against: nothing.
    Does not say: that there are two computers. A computer whose disk and card were exchanged on one day leaves the same.
    Overturned by: a setup pass after they appeared.
    References: inferred from device lists of Windows 7 and 10.
    """
    done = specialized(subject)
    if done is None or subject.is_classic or not subject.is_settled or generalized_since_setup(subject) or clock_was_behind(subject):
        return
    sets = sorted(subject.facts.of(DEVICE_GENERATION), key=lambda one: one.value.first)
    whole = [fact for fact in sets if fact.value.basis == "first-install" and _is_hardware_set(fact.value)]
    for fact in sets:
        value = fact.value
        card = [one for one in value.network if one.id.upper().startswith("PCI\\")]
        disk = [one.id for one in value.disks if not one.id.upper().startswith("USBSTOR")] if value.disks else list(value.volumes)
        if fact in whole or not whole or value.basis != "first-install" or value.first <= done.time + MARGIN or not card or not disk:
            continue
        because = f"on {moment(value.first)} the disk {disk[0]} and the network card {card[0].id} were found new at one time"
        yield Finding("moderate", because, (fact, whole[0], done.fact))


@rule(group="board", supports="relocated-not-generalized")
def hardware_set_left_behind(subject: Subject) -> Iterator[Finding]:
    """A whole set of devices, chipset and all, was last found days before another set with another chipset.

    By the times of the devices' keys, where Windows notes no date of installation: before Vista, and where such dates are missing.
    Supports: a move to other hardware, without mini-setup or a generalize, which would have made the list of devices anew.
    Against: nothing.
    Does not say: that there are two computers. A new board, a backup that was restored on other hardware, a virtual machine that was
    moved, leave the same.
    Overturned by: any trace of Sysprep, where it is not shown that the machine SID is still that of setup; a set that was found again
    later; keys of devices that are present and yet are not written at every start.
    References: SYSTEM of M57-PAT (Windows XP), where all devices that are present were written at one start.
    """
    done = setup(subject).boot_key or specialized(subject)
    if done is None or not subject.is_settled or generalized_since_setup(subject):
        return
    sets = [
        fact
        for fact in subject.facts.of(DEVICE_GENERATION)
        if fact.value.basis == "key-written" and fact.value.last >= done.time - MARGIN and _is_hardware_set(fact.value)
    ]
    for now in sorted(sets, key=lambda fact: fact.value.first)[-1:]:
        for fact in sorted(sets, key=lambda one: one.value.first):
            value = fact.value
            if value.last + MARGIN >= now.value.first or set(value.chipset) & set(now.value.chipset):
                continue
            if mini_setup_may_explain(subject, now.value.first) or _home(subject):
                continue
            because = (
                f"a whole set of devices, with the chipset {listed(value.chipset, 2)}, was last found {moment(value.last)}, and since then"
                f" another, with {listed(now.value.chipset, 2)}, last {moment(now.value.last)}; setup was {moment(done.time)}"
            )
            brief = f"all devices of one computer were last found {day(value.last)}, those of another since, last {day(now.value.last)}"
            yield Finding("moderate", because, (fact, now, done.fact), brief)
