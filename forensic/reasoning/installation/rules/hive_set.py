"""Rules over a set of hives: do they come from one computer?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensic.artifacts.identity.account import ACCOUNT_SID
from forensic.artifacts.identity.computer_name import COMPUTER_NAME
from forensic.artifacts.identity.domain import ACCOUNT_DOMAIN_NAME
from forensic.artifacts.setup.source_os import SOURCE_OS
from forensic.model import Fact, FileTime, printable
from forensic.reasoning.binding import FIRST_OWN_RID, netbios
from forensic.reasoning.installation.setup_time import MARGIN, clock_was_behind, setup
from forensic.reasoning.rule import Finding, rule
from forensic.reasoning.subject import Subject, moment, policy_sids


@rule(group="hive-set", against="installed")
def names_of_two_computers(subject: Subject) -> Iterator[Finding]:
    """SECURITY and SYSTEM name different computers, in hives that were collected.

    Supports: nothing.
    Against: an ordinary installation, and with it every other verdict that clears: what is judged may be the hives of two computers.
    Does not say: which of the hives belong together. On an image, where the hives lie in one system root, the rule is silent: a name may
    have been changed by halves. Domain controllers are left out, because what their policy names after a promotion is not known.
    Overturned by: the right hives.
    References: none; observed that both names agree in the hives of M57 (XP), where SYSTEM and SECURITY are of one computer.
    """
    if subject.origin != "collection" or subject.role == "domain-controller":
        return
    known = subject.facts.of(COMPUTER_NAME)
    names = {netbios(fact.value.name) for fact in known}
    for policy in subject.facts.of(ACCOUNT_DOMAIN_NAME):
        if names and policy.value and netbios(policy.value) not in names:
            spelled = ", ".join(sorted({printable(fact.value.name) for fact in known}))
            because = f"SECURITY names the computer {printable(policy.value)}, SYSTEM {spelled}: these may be hives of two computers"
            yield Finding("moderate", because, (policy, *known))


@rule(group="hive-set", against="installed")
def setups_of_two_installations(subject: Subject) -> Iterator[Finding]:
    """SYSTEM and SOFTWARE record two setups, days apart.

    Supports: nothing.
    Against: an ordinary installation, and with it every other verdict: a setup pass writes the records of both hives, so that one of them
    is of another computer or of another time, or its date was edited.
    Does not say: which of the two it is; SAM and SECURITY tell with which of them they agree. After an upgrade in place nothing is said,
    nor where the clock was wrong during setup.
    Overturned by: a setup of several days; the right hives.
    References: none; observed that both agree in the hives of Windows XP, 7, 8.1 and 10.
    """
    done = setup(subject)
    clocks = [clock for clock in (done.setupcl, done.boot_key) if clock is not None]
    if done.install is None or not clocks or not subject.is_settled or subject.facts.of(SOURCE_OS) or clock_was_behind(subject):
        return
    if any(abs(clock.time - done.install.time) <= MARGIN for clock in clocks):
        return
    others: list[tuple[str, FileTime, Fact[Any]]] = [
        (f"the machine SID in SECURITY ({moment(sid.written)})", sid.written, sid) for sid in policy_sids(subject.facts) if sid.written
    ]
    people = [fact for fact in subject.facts.of(ACCOUNT_SID) if fact.value.rid >= FIRST_OWN_RID and fact.value.created]
    first = min(people, key=lambda fact: (fact.value.created or 0, fact.value.rid), default=None)
    if first is not None and first.value.created is not None:
        others.append((f"the first account in SAM ({moment(first.value.created)})", first.value.created, first))
    told = f"SYSTEM records a setup on {moment(clocks[0].time)}, SOFTWARE one on {moment(done.install.time)}"
    for what, times in (("SYSTEM", [clock.time for clock in clocks]), ("SOFTWARE", [done.install.time])):
        near = [words for words, time, _ in others if any(abs(time - one) <= MARGIN for one in times)]
        if near:
            told += f"; {' and '.join(near)} agrees with {what}" if len(near) == 1 else f"; {' and '.join(near)} agree with {what}"
    facts = (done.install.fact, *(clock.fact for clock in clocks), *(fact for _, _, fact in others))
    yield Finding("moderate", f"{told}: these may be hives of two computers", facts)
