"""Rules over the machine by its firmware: was the installation started on more than one?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensic.artifacts.hardware.device_generation import DEVICE_GENERATION
from forensic.artifacts.hardware.hardware_config import HARDWARE_CONFIG, SYSTEM_INFORMATION, HardwareConfiguration, SystemInformation
from forensic.artifacts.identity.lsa_boot_key import LSA_BOOT_KEY
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.known_values.vendor import VENDOR_SYSTEM_UUIDS, is_virtual
from forensic.artifacts.setup.source_os import SOURCE_OS
from forensic.model import Fact, FactSet, Guid, Strength
from forensic.reasoning.installation.setup_time import DAY, MARGIN, clone_tag, generalized_since_setup, media_of, setup, specialized
from forensic.reasoning.rule import Finding, rule
from forensic.reasoning.subject import BEFORE_HARDWARE_CONFIG, Subject, day, moment


def _machine(identity: Guid) -> str:
    """Return one spelling for a UUID and its twin with the first three fields swapped: firmware updates of hypervisors swap them."""
    first, second, third, rest = identity[:8], identity[9:13], identity[14:18], identity[18:]
    swapped = "-".join(bytes.fromhex(part)[::-1].hex() for part in (first, second, third)) + rest
    return min(identity, swapped)


def firmware_allows_a_move(subject: Subject) -> bool:
    """Return whether the records of firmware leave room for other hardware: not where one identity stood at every start.

    Before Windows 8 there are no such records. Since then records that are missing are no sign of a move either; those of makers who leave
    a default in place tell nothing. `Id` counts from 0: where the only record has another number, or is not that of the last start, others
    were removed.
    """
    if not subject.facts.of(HARDWARE_CONFIG):
        return subject.era in BEFORE_HARDWARE_CONFIG or (subject.era is None and subject.absent(HARDWARE_CONFIG))
    known = _configurations(subject)
    return len(machines(subject)) != 1 or any(fact.value.number for fact in known) or not any(fact.value.is_last for fact in known)


def stayed(subject: Subject, former: tuple[str | None, str | None], now: tuple[str | None, str | None]) -> bool:
    """Return whether another make and model (`former`, `now`) may be one machine's, because firmware shows no second identity.

    So it is where a virtual machine gets another size, or firmware a newer name for its computer. That a physical computer became virtual
    no change of names explains.
    """
    return not firmware_allows_a_move(subject) and is_virtual(*former) == is_virtual(*now)


BLANK = frozenset({"", "to be filled by o.e.m.", "default string", "system manufacturer", "system product name", "not specified", "none"})
"""What firmware has, in lower case, where its maker gave no name."""
STAYED = "; but no record of firmware names a second machine"
MOST_MACHINES = 64
"""Machines on record that are told at most."""
CAME_BACK = "; used by turns: the last start was where it was set up"
BY_TURNS = "; the last start was on the computer on which it was set up, so that it was used by turns and came back, and did not move"


def came_home(subject: Subject, now: tuple[str | None, str | None]) -> tuple[Fact[Any], ...]:
    """Return the facts that show the computer of the last start (make and model `now`) to be that of setup; none where nothing does.

    Shown by the log of the specialize pass, where no firmware record is of another computer of that make and model, by the number of the
    firmware's record, which counts from 0, and by the devices that setup found: they were found again at a later start than all others.
    """
    found: list[Fact[Any]] = []
    run = _run_of_setup(subject)
    if run is not None:
        models = [_spelled(one.value.manufacturer, one.value.product) for one in _configurations(subject)]
        same = _spelled(*now) == _spelled(run.value.hardware.manufacturer, run.value.hardware.product)
        found += [run] if same and models.count(_spelled(*now)) <= 1 else []
    numbered = [fact for fact in _configurations(subject) if fact.value.number is not None]
    if len(numbered) > 1:
        found += [fact for fact in numbered if fact.value.is_last and fact.value.number == 0]
    sets = sorted((fact for fact in subject.facts.of(DEVICE_GENERATION) if fact.value.arrived), key=lambda one: one.value.first)
    if len(sets) > 1 and all((sets[0].value.arrived or 0) > (other.value.arrived or 0) for other in sets[1:]):
        found.append(sets[0])
    return tuple(found)


def _run_of_setup(subject: Subject) -> Fact[Any] | None:
    """Return the specialize run of this setup, where a full examination read its log and it names the computer."""
    known = setup(subject).known
    runs = [fact for fact in subject.facts.named("specialize-run") if fact.value.phase == "specialize" and fact.value.start]
    for run in sorted(runs, key=lambda one: (one.value.start.ticks, one.source))[-1:]:
        if run.value.hardware is not None and any(abs(run.value.start.ticks - clock.time) <= MARGIN for clock in known):
            return run
    return None


def maker_of_setup(subject: Subject) -> str:
    """Return the maker of the computer on which setup ran, as its log names it; an empty text where nothing does."""
    run = _run_of_setup(subject)
    return "" if run is None else spelled_maker(run.value.hardware.manufacturer)


def spelled_maker(text: str | None) -> str:
    """Return a maker's name to compare with others; an empty text for those that firmware leaves blank."""
    plain = (text or "").strip().lower()
    return "" if plain in BLANK else plain


def _spelled(manufacturer: str | None, product: str | None) -> tuple[str, str]:
    return ((manufacturer or "").strip().lower(), (product or "").strip().lower())


def _configurations(subject: Subject) -> list[Fact[HardwareConfiguration]]:
    return [fact for fact in subject.facts.of(HARDWARE_CONFIG) if fact.value.id not in VENDOR_SYSTEM_UUIDS]


def _model(machine: HardwareConfiguration | SystemInformation) -> str:
    return (
        " ".join(part.strip() for part in (machine.manufacturer, machine.product) if part and part.strip()) or "a computer of unknown make"
    )


def _is_other_model(one: HardwareConfiguration | SystemInformation, two: HardwareConfiguration | SystemInformation) -> bool:
    pairs = ((one.manufacturer, two.manufacturer), (one.product, two.product))
    return any(a and b and a.strip().lower() != b.strip().lower() for a, b in pairs)


def machines(subject: Subject) -> frozenset[str]:
    """Return the identities of the machines that the installation was started on, by its records of firmware."""
    return frozenset(_machine(fact.value.id) for fact in _configurations(subject))


@rule(group="board", supports="installed")
def one_hardware_configuration(subject: Subject) -> Iterator[Finding]:
    """The installation was started on one machine only, by its firmware's identity.

    Supports: an installation that stayed on its hardware.
    Against: nothing.
    Does not say: that no copy was made: a copy that was not started, or whose virtual machine kept its identity, looks the same.
    Overturned by: other traces of other hardware.
    References: real hives of 8.1 and 10; what a generalize does to these records is not known.
    """
    facts = _configurations(subject)
    if facts and len(machines(subject)) == 1 and any(fact.value.is_last for fact in facts):
        yield Finding(
            "moderate",
            f"every start was on one machine, {_model(facts[0].value)}, system UUID {min(fact.value.id for fact in facts)}",
            tuple(facts),
        )


@rule(group="board", supports="relocated-not-generalized")
def other_hardware_configuration(subject: Subject) -> Iterator[Finding]:
    """The installation was started on more than one machine since it was specialized.

    Supports: a move to other hardware without a generalize in between. Strong where make or model differ, moderate where only the
    system UUID does.
    Against: nothing.
    Does not say: that there are two computers: a new board, a virtual machine that was moved or given a new identity, and a physical
    machine that became virtual, leave the same.
    Overturned by: a setup pass after the former machine was last used. Machines of a master are not counted: where the CloneTag is not
    known to be the media's, only what was used later than setup counts.
    References: real hives of 8.1 and 10; what a generalize does to these records is not known.
    """
    facts, done = _configurations(subject), specialized(subject)
    last = [fact for fact in facts if fact.value.is_last]
    if len(last) != 1 or done is None or not subject.is_settled or generalized_since_setup(subject):
        return
    floor, now = _floor(subject, done.time), last[0]
    home, upgraded = came_home(subject, (now.value.manufacturer, now.value.product)), bool(subject.facts.of(SOURCE_OS))
    for fact in sorted(facts, key=lambda one: one.value.id)[:MOST_MACHINES]:
        used = max((time for time in (fact.written, fact.value.last_use) if time), default=None)
        if used is None or _machine(fact.value.id) == _machine(now.value.id):
            continue
        if used < floor:
            if upgraded:
                former = (
                    f"started on {_model(fact.value)} (system UUID {fact.value.id}) before the last upgrade, last recorded {moment(used)}"
                )
                yield Finding("weak", f"{former}, and last on {_model(now.value)}", (fact, now))
            continue
        other = _is_other_model(fact.value, now.value)
        because = (
            f"started on {_model(fact.value)} (system UUID {fact.value.id}, last recorded {moment(used)}) and last on"
            f" {_model(now.value)} (system UUID {now.value.id}); it was specialized {moment(done.time)}, and not since"
        )
        strength: Strength = "weak" if home else "strong" if other else "moderate"
        brief = (
            f"started on {_model(fact.value)} until {day(used)}, and last on {_model(now.value)}; specialized {day(done.time)}, not since"
        )
        cited = (fact, now, done.fact, *home)
        yield Finding(strength, because + BY_TURNS * bool(home), cited, brief + CAME_BACK * bool(home))


def _floor(subject: Subject, done: int) -> int:
    """Return from when on a machine is one of this installation's own: those of its master were last used before the generalize."""
    tag = clone_tag(subject)
    if media_of(subject) is not None:
        return done - DAY
    return done - DAY if tag is not None and tag[1].ticks + MARGIN < done - DAY else done + MARGIN


@rule(group="board", supports="relocated-not-generalized")
def earlier_copy_names_other_hardware(subject: Subject) -> Iterator[Finding]:
    """An earlier copy of the hives, of this very setup, names another make or model of computer.

    Supports: a move to other hardware without a generalize in between. Weak where no record of firmware names a second machine, since
    Windows 8: the model of a virtual machine changes with the size of its instance and the version of its hardware. Not so where a physical
    computer became virtual.
    Against: nothing.
    Does not say: that there are two computers: a new board, or a physical machine that became virtual, leaves the same.
    Overturned by: showing that the copy belongs to another installation; boot key and machine SID have to be equal.
    References: none; inferred.
    """
    if not subject.is_settled:
        return
    for now in subject.facts.of(SYSTEM_INFORMATION):
        seen = {
            (one.value, then.words)
            for then in subject.earlier_states
            if _is_same_setup(then.facts, subject.facts)
            for one in then.facts.of(SYSTEM_INFORMATION)
        }
        for former, state in sorted(seen, key=lambda pair: (_model(pair[0]), pair[1])):
            if _is_other_model(former, now.value):
                machines = f"{_model(former)}, and the last start was on {_model(now.value)}"
                because = f"{state}, with the same boot key, names {machines}"
                one_machine = stayed(subject, (former.manufacturer, former.product), (now.value.manufacturer, now.value.product))
                yield Finding("weak" if one_machine else "moderate", because, (now, *subject.facts.of(LSA_BOOT_KEY)))


def _is_same_setup(then: FactSet, now: FactSet) -> bool:
    keys = [{fact.value for fact in facts.of(LSA_BOOT_KEY)} for facts in (then, now)]
    sids = [{fact.value for fact in facts.of(MACHINE_SID)} for facts in (then, now)]
    return bool(keys[0] & keys[1]) and (not all(sids) or bool(sids[0] & sids[1]))
