"""Rules over hardware by the logs and lists of a full examination: on what was it specialized, and on what else was it started?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from forensic.artifacts.hardware.hardware_config import HARDWARE_CONFIG, SYSTEM_INFORMATION
from forensic.artifacts.setup.specialize_run import SPECIALIZE_RUN, SpecializeRun
from forensic.artifacts.storage.bcd import BCD_DEVICE, BcdDevice
from forensic.artifacts.storage.disk import DISK_SIGNATURE, PARTITION
from forensic.model import Fact
from forensic.reasoning.installation.rules.hardware import STAYED, spelled_maker, stayed
from forensic.reasoning.installation.setup_time import (
    MARGIN,
    generalized_since_setup,
    specialized,
)
from forensic.reasoning.rule import Finding, rule
from forensic.reasoning.subject import Subject, listed

_SYSTEM_DEVICE = "21000001"


def _computer(manufacturer: str | None, product: str | None) -> str:
    return " ".join(part.strip() for part in (manufacturer, product) if part and part.strip()) or "a computer of unknown make"


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
    pairs = [
        (spelled_maker(then.manufacturer), spelled_maker(today.manufacturer)),
        (spelled_maker(then.product), spelled_maker(today.product)),
    ]
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
        yield Finding("weak" if one_machine else "strong", because + STAYED * one_machine, (run, now, *((done.fact,) if done else ())))


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
