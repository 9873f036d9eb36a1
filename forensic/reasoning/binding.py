"""Binding: what belongs together in one report, decided here and nowhere else, from stated facts alone.

The sources propose installations by where their files lie; whether the hives, copies and logs of one belong to it is a question of what
they say. An earlier state (RegBack, the repair folder, a shadow copy, Windows.old) is linked to its installation by id; it testifies
where its accounts or its name show that it is of this computer. A log testifies where it names this computer, or users of its SID.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from forensic.artifacts.identity.account import ACCOUNT_SID
from forensic.artifacts.identity.computer_name import COMPUTER_NAME
from forensic.artifacts.identity.domain import ACCOUNT_DOMAIN_NAME
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.model import Fact, FactSet, ImageReport, InstallationReport, Sid, printable
from forensic.reasoning.contradiction import Contradiction

if TYPE_CHECKING:
    from forensic.reasoning.subject import EarlierState, Subject

FIRST_OWN_RID = 1000
"""RIDs below belong to built-in accounts; those from here on are given to accounts that people or programs make."""
NETBIOS_LENGTH = 15
"""Characters of a NetBIOS name; longer computer names are cut to it."""
SETUP_NAMES = ("WIN-", "MININT-", "37L4247")
"""Beginnings of the names that Setup gives by itself before a computer gets its own."""
Account = tuple[int, str, int | None]


def earlier_states_of(report: ImageReport, one: InstallationReport) -> Iterator[InstallationReport]:
    """Yield the installations of `report` that tell of `one` at other times, in the order of the report.

    These are the earlier copies of its registry and its shadow copies, which name it, and for an active installation the Windows.old on the
    same volume: an upgrade leaves that, and a new installation beside an old one too.
    """
    for other in report.installations:
        beside = other.origin == "old" and other.earlier_state_of is None and other.volume == one.volume and one.origin == "active"
        if other is not one and (other.earlier_state_of == one.id or beside):
            yield other


def belonging(subject: Subject) -> Subject:
    """Return the subject with what is shown to be of another computer set aside: earlier states and event logs."""
    foreign = [(state, because) for state in subject.earlier_states if (because := _is_foreign(state, subject.facts))]
    logs = list(_foreign_logs(subject.facts))
    if not foreign and not logs:
        return subject
    found = tuple(Contradiction("foreign-earlier-state", because, ()) for _, because in foreign)
    gone = {id(state) for state, _ in foreign}
    states = tuple(state for state in subject.earlier_states if id(state) not in gone)
    return msgspec.structs.replace(subject, earlier_states=states).setting_aside(*found, *logs)


def names_of(facts: FactSet) -> frozenset[str]:
    """Return the names that SYSTEM and SECURITY give this computer, in upper case, cut to the length of a NetBIOS name."""
    names = [fact.value.name for fact in facts.of(COMPUTER_NAME)]
    names += [fact.value for fact in facts.of(ACCOUNT_DOMAIN_NAME)]
    return frozenset(netbios(name) for name in names if name)


def netbios(name: str) -> str:
    """Return the NetBIOS form of a computer's name: the host part in upper case, cut to 15 characters."""
    return name.partition(".")[0].upper()[:NETBIOS_LENGTH]


def _accounts(facts: FactSet) -> frozenset[Account]:
    """The accounts that people or programs made, each with the time of its creation: RID and name alone are alike on many computers."""
    own = (fact.value for fact in facts.of(ACCOUNT_SID) if fact.value.rid >= FIRST_OWN_RID)
    return frozenset((one.rid, one.name.lower(), one.created) for one in own)


def _is_foreign(state: EarlierState, now: FactSet) -> str:
    """Say why an earlier state with another machine SID is not shown to be of this computer; nothing where it is, or has the same SID.

    Shown by an account that both have, with RID, name and time of creation; where either has none, by the name in SECURITY.
    A shadow copy lies in the volume itself, and Windows.old may be another's anyway: it is weighed as such.
    """
    sids = [{fact.value for fact in facts.of(MACHINE_SID)} for facts in (state.facts, now)]
    if state.origin != "registry-copy" or not all(sids) or sids[0] & sids[1]:
        return ""
    then, today = _accounts(state.facts), _accounts(now)
    if then and today:
        if then & today:
            return ""
        return (
            f"{state.words} has the machine SID {min(sids[0])} and none of the accounts of this computer: its SAM and SECURITY are of"
            " another"
        )
    named = {netbios(fact.value) for fact in state.facts.of(ACCOUNT_DOMAIN_NAME) if fact.value}
    if named & names_of(now):
        return ""
    told = f" and names the computer {printable(min(named))}" if named else ""
    return f"{state.words} has the machine SID {min(sids[0])}{told}; neither an account nor a name shows that it is of this computer"


def _foreign_logs(facts: FactSet) -> Iterator[Contradiction]:
    """Yield the event logs that name other computers only, and no user of this machine's SID.

    A name counts as this computer's own where a log that belongs has it too: it was renamed then, or is a copy of the one with that name.
    """
    known, sids = set(names_of(facts)), {fact.value for fact in facts.of(MACHINE_SID)}
    if not known:
        return
    logs: dict[tuple[str, str], list[Fact[Any]]] = {}
    for fact in facts:
        if (fact.kind.startswith("event-") or fact.kind == "machine-guid-prefix") and fact.place.file and not fact.place.hive:
            logs.setdefault((fact.place.volume or "", fact.place.file), []).append(fact)
    strange = {place: _log_names(stated) for place, stated in logs.items() if not sids & _log_users(stated)}
    for place in logs.keys() - strange.keys():
        known |= _log_names(logs[place])
    while met := [place for place, names in strange.items() if names & known or all(name.startswith(SETUP_NAMES) for name in names)]:
        known |= {name for place in met for name in strange.pop(place)}
    for place, names in sorted(strange.items()):
        told, own = (", ".join(printable(name) for name in sorted(some)[:3]) for some in (names, names_of(facts)))
        because = f"the event log {printable(place[1])} names {told}, and nothing in it this computer ({own})"
        yield Contradiction("foreign-event-log", because, tuple(logs[place]))


def _log_names(stated: list[Fact[Any]]) -> set[str]:
    names = {netbios(fact.value.name) for fact in stated if fact.kind == "event-computer-name"}
    return names | {netbios(name) for fact in stated if fact.kind == "event-rename" for name in (fact.value.old, fact.value.new)}


def _log_users(stated: list[Fact[Any]]) -> set[Sid]:
    return {fact.value.prefix for fact in stated if fact.kind == "event-user-sid"}
