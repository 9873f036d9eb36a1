"""Rules over hardware by the logs and lists of a full examination: on what was it specialized, and on what else was it started?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from forensic.artifacts.hardware.device_generation import DEVICE_GENERATION, DeviceGeneration
from forensic.artifacts.hardware.hardware_config import HARDWARE_CONFIG, SYSTEM_INFORMATION
from forensic.artifacts.setup.specialize_run import SPECIALIZE_RUN, SpecializeRun
from forensic.artifacts.storage.bcd import BCD_DEVICE, BcdDevice
from forensic.artifacts.storage.disk import DISK_SIGNATURE, PARTITION
from forensic.model import Fact, Strength
from forensic.reasoning.installation.rules.hardware import BY_TURNS, came_home, firmware_allows_a_move, stayed
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
from forensic.reasoning.subject import Subject, listed, moment

_BLANK = frozenset({"", "to be filled by o.e.m.", "default string", "system manufacturer", "system product name", "not specified", "none"})
_SYSTEM_DEVICE = "21000001"
_STAYED = "; but no record of firmware names a second machine"
WHOLE_CHIPSET = 4
"""So many models of bridges and system devices are a computer's; docking stations and cages for cards have fewer."""


def _name(text: str | None) -> str:
    plain = (text or "").strip().lower()
    return "" if plain in _BLANK else plain


def _computer(manufacturer: str | None, product: str | None) -> str:
    return " ".join(part.strip() for part in (manufacturer, product) if part and part.strip()) or "unknown make"


def _last_run(subject: Subject) -> Fact[SpecializeRun] | None:
    """Return the specialize run that made this installation what it is, where the log has it and names the computer."""
    done = specialized(subject)
    runs = [fact for fact in subject.facts.of(SPECIALIZE_RUN) if fact.value.phase == "specialize" and fact.value.start is not None]
    last = max(runs, key=lambda fact: (fact.value.start.ticks if fact.value.start else 0, fact.source), default=None)
    if last is None or last.value.start is None or last.value.hardware is None or done is None:
        return None
    return last if abs(last.value.start.ticks - done.time) <= MARGIN else None


def _compared(subject: Subject) -> tuple[Fact[SpecializeRun], Fact[Any], bool] | None:
    """Return the last specialize run, the machine of the last start, and whether they are of different make or model."""
    run: Fact[SpecializeRun] | None = _last_run(subject)
    now: Sequence[Fact[Any]] = subject.facts.of(SYSTEM_INFORMATION)
    now = now or [fact for fact in subject.facts.of(HARDWARE_CONFIG) if fact.value.is_last]
    if run is None or run.value.hardware is None or len({fact.value for fact in now}) != 1:
        return None
    then, today = run.value.hardware, now[0].value
    pairs = [(_name(then.manufacturer), _name(today.manufacturer)), (_name(then.product), _name(today.product))]
    known = [(one, two) for one, two in pairs if one and two]
    return (run, now[0], any(one != two for one, two in known)) if known else None


@rule(group="board", supports="relocated-not-generalized", depth="full")
def specialized_on_other_hardware(subject: Subject) -> Iterator[Finding]:
    """The log of the specialize pass names another make or model than the computer of the last start.

    Supports: a move to other hardware without a generalize in between: a generalize would have led to another specialize pass. Weak where
    no record of firmware names a second machine, since Windows 8: the model of a virtual machine changes with the size of its instance and
    the version of its hardware. Not so where a physical computer became virtual.
    Against: nothing.
    Does not say: that there are two computers: a new board, a virtual machine on another hypervisor, and a physical computer that became
    virtual leave the same.
    Overturned by: a specialize pass whose record is lost; the time of the last SID replacement has to be that of the run, within two
    days.
    References: public setupapi.setup.log of an examination stick, specialized in VirtualBox.
    """
    compared = _compared(subject)
    if compared is None or not subject.is_settled or generalized_since_setup(subject):
        return
    run, now, other = compared
    then = run.value.hardware
    if other and then is not None:
        done = specialized(subject)
        because = (
            f"it was specialized on {_computer(then.manufacturer, then.product)} ({str(run.value.start)[:10]}), and the last start was on"
            f" {_computer(now.value.manufacturer, now.value.product)}; no specialize pass is on record since"
        )
        one_machine = stayed(subject, (then.manufacturer, then.product), (now.value.manufacturer, now.value.product))
        yield Finding("weak" if one_machine else "strong", because + _STAYED * one_machine, (run, now, *((done.fact,) if done else ())))


@rule(group="specialize-log", supports="installed", depth="full")
def specialized_on_this_hardware(subject: Subject) -> Iterator[Finding]:
    """The log of the specialize pass names make and model of the computer of the last start.

    Supports: an installation that stayed where it was set up.
    Against: nothing.
    Does not say: that it is the same computer: one of the same model looks the same.
    Overturned by: other traces of other hardware.
    References: public setupapi.setup.log of an examination stick.
    """
    compared = _compared(subject)
    if compared is not None and not compared[2] and subject.is_settled:
        run, now, _ = compared
        because = f"it was specialized on {_computer(now.value.manufacturer, now.value.product)}, the make and model of the last start"
        yield Finding("moderate", because, (run, now))


def _is_hardware_set(value: DeviceGeneration) -> bool:
    """Whether these are the devices of a whole computer: a docking station has bridges, a card and a disk too, and no processor."""
    parts = (value.processors, value.controllers, value.network, value.disks)
    return (len(value.chipset) >= WHOLE_CHIPSET or bool(value.chipset and value.processors)) and sum(map(bool, parts)) >= 2


@rule(group="board", supports="relocated-not-generalized", depth="full")
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
            yield Finding(strength, because + _STAYED * one_machine + BY_TURNS * bool(home), (first, fact, done.fact, *home))


def _home(subject: Subject) -> tuple[Fact[Any], ...]:
    """Return what shows that the last start was on the computer of setup."""
    now = {(fact.value.manufacturer, fact.value.product) for fact in subject.facts.of(SYSTEM_INFORMATION)}
    now |= {(fact.value.manufacturer, fact.value.product) for fact in subject.facts.of(HARDWARE_CONFIG) if fact.value.is_last}
    return came_home(subject, min(now, key=repr)) if now else came_home(subject, (None, None))


def _is_another_make(subject: Subject) -> bool:
    """Whether the log of the specialize pass names another maker than that of the last start: no other size of one virtual machine."""
    compared = _compared(subject)
    if compared is None or compared[0].value.hardware is None:
        return False
    then, now = _name(compared[0].value.hardware.manufacturer), _name(compared[1].value.manufacturer)
    return bool(then and now) and then != now


def _is_another_body(first: DeviceGeneration, value: DeviceGeneration) -> bool:
    """Whether nothing of the first set is in the second, cards, disks and volumes included: more than another chipset of one machine."""
    pairs = (
        ({(card.id, card.instance) for card in first.network}, {(card.id, card.instance) for card in value.network}),
        ({(disk.id, disk.instance) for disk in first.disks}, {(disk.id, disk.instance) for disk in value.disks}),
        (set(first.volumes), set(value.volumes)),
    )
    return all(one and two and not one & two for one, two in pairs)


@rule(group="board", supports="relocated-not-generalized", depth="full")
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
            yield Finding("weak" if one_machine else "moderate", because + _STAYED * one_machine, (fact, done.latest.fact))


@rule(group="disk", supports="relocated-not-generalized", depth="full")
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
        disk = [one.id for one in value.disks if not one.id.upper().startswith("USBSTOR")] or list(value.volumes)
        if fact in whole or not whole or value.basis != "first-install" or value.first <= done.time + MARGIN or not card or not disk:
            continue
        because = f"on {moment(value.first)} the disk {disk[0]} and the network card {card[0].id} were found new at one time"
        yield Finding("moderate", because, (fact, whole[0], done.fact))


@rule(group="board", supports="relocated-not-generalized", depth="full")
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
            yield Finding("moderate", because, (fact, now, done.fact))


@rule(group="disk", supports="relocated-not-generalized", depth="full")
def boot_store_names_other_disk(subject: Subject) -> Iterator[Finding]:
    """The boot configuration places Windows on another disk than the one it lies on, and nothing in it names this one.

    Supports: this volume was copied to another disk, weakly: the store may be that of another Windows, and disks are signed anew.
    Against: nothing.
    Does not say: that there are two computers.
    Overturned by: another store, on another partition, that names this disk.
    References: BCD of regipy; Mark Russinovich, Fixing Disk Signature Collisions (2011).
    """
    places, signatures = subject.facts.of(PARTITION), subject.facts.of(DISK_SIGNATURE)
    named = [fact for fact in subject.facts.of(BCD_DEVICE) if fact.value.element == _SYSTEM_DEVICE and fact.value.scheme in ("gpt", "mbr")]
    if len(places) != 1 or not named or not subject.is_settled or generalized_since_setup(subject):
        return
    if places[0].value.scheme == "gpt":
        real = str(places[0].value.guid or "")
        others = [fact for fact in named if fact.value.partition_guid]
        words = "the partition"
        facts: tuple[Fact[Any], ...] = (places[0],)
    else:
        real = signatures[0].value if len(signatures) == 1 else ""
        others = [fact for fact in named if fact.value.disk_signature]
        words = "the disk signature"
        facts = (places[0], *signatures)
    if not real or not others or len(others) != len(named) or any(real == _place(fact.value) for fact in others):
        return
    yield Finding(
        "weak",
        f"the boot configuration places Windows on {words} {listed(map(_place, (one.value for one in others)))}, not on {real}",
        (*facts, *others),
    )


def _place(value: BcdDevice) -> str:
    return str(value.partition_guid or value.disk_signature)
