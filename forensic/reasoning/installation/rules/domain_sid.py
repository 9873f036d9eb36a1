"""Rules over the SID of the domain: is it this machine's own, though it is no domain controller?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from forensic.artifacts.identity.account import ACCOUNT_SID
from forensic.artifacts.identity.computer_name import COMPUTER_NAME
from forensic.artifacts.identity.domain import ACCOUNT_DOMAIN_NAME, DOMAIN_NAME, DOMAIN_SID, MACHINE_ACCOUNT_SID
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.users.profile_list import PROFILE_SID
from forensic.model import Fact, FileTime, Sid, printable
from forensic.reasoning.binding import FIRST_OWN_RID, netbios
from forensic.reasoning.installation.setup_time import MARGIN
from forensic.reasoning.installation.sid_origin import is_of_setup
from forensic.reasoning.rule import Finding, rule
from forensic.reasoning.subject import Subject, account_sids, listed, moment, policy_sids

DOMAIN_GROUPS = frozenset({502, 512, 515, 516, 518, 519, 520})
"""RIDs that only a domain gives: krbtgt, and its groups of administrators, computers, controllers, and of schema, forest and policies."""
ENOUGH_PLACES = 2
"""In so many places the SID has to stand as the domain's, before the equality is more than a suspicion."""
MACHINE_ACCOUNT = "$MACHINE.ACC"
Told = tuple[str, Fact[Any]]


class Equality(msgspec.Struct, frozen=True):
    """The machine SID is also said to be that of the domain."""

    sid: Sid
    places: tuple[Told, ...]
    """Where it stands as the domain's, in words."""
    join: tuple[Told, ...]
    """What records a join at the time at which it was written there."""
    doubts: tuple[str, ...]
    """What keeps it from accusing."""

    @property
    def facts(self) -> tuple[Fact[Any], ...]:
        """All that it rests on, but the machine SID itself."""
        return tuple(fact for _, fact in (*self.places, *self.join))


def equality(subject: Subject) -> Equality | None:
    """Return how the machine SID and the domain's are equal, or None where they are not."""
    own = {fact.value for fact in subject.facts.of(MACHINE_SID)}
    domains = {fact.value for fact in subject.facts.of(DOMAIN_SID)} | {fact.value.prefix for fact in subject.facts.of(MACHINE_ACCOUNT_SID)}
    if not own & domains:
        return None
    sid = min(own & domains)
    places = tuple(_places(subject, sid))
    written = next(fact.written for _, fact in places)
    join = tuple(_joins(subject, written)) if written else ()
    doubts = list(_doubts(subject, sid, written))
    if own - {sid}:
        doubts.append(f"SAM and SECURITY do not agree on it, for the machine is also said to have the SID {min(own - {sid})}")
    if not policy_sids(subject.facts):
        doubts.append("SECURITY does not show it to be the machine's")
    if domains - {sid}:
        doubts.append(f"the domain is also said to have the SID {min(domains - {sid})}")
    if not join and not any(fact.kind == MACHINE_ACCOUNT_SID.name for _, fact in places[1:]):
        doubts.append("nothing else on record tells of a join at the time at which it was written there")
    return Equality(sid, places, join, tuple(doubts))


def _places(subject: Subject, sid: Sid) -> Iterator[Told]:
    """Yield where `sid` stands as the domain's: first what the policy says, then who else has it."""
    for policy in subject.facts.of(DOMAIN_SID):
        if policy.value == sid:
            yield "the security policy", policy
            break
    for account in subject.facts.of(MACHINE_ACCOUNT_SID):
        if account.value.prefix == sid:
            yield f"the account of the computer in the domain, {account.value}", account
            break
    local = {fact.value.rid for fact in subject.facts.of(ACCOUNT_SID) if fact.value.sid.prefix == sid}
    for entry in subject.facts.of(PROFILE_SID):
        user = entry.value.sid
        if local and user.is_account and user.prefix == sid and user.rid > max(*local, FIRST_OWN_RID):
            yield f"the profile of {user}, which is no account of this computer", entry
            break
    for trace in subject.facts.named("former-sid"):
        groups = DOMAIN_GROUPS & set(trace.value.rids)
        if trace.value.prefix == sid and groups:
            yield f"permissions of groups that only a domain has (RID {listed(str(rid) for rid in groups)})", trace
            break


def _joins(subject: Subject, time: FileTime) -> Iterator[Told]:
    """Yield what records that the computer joined a domain at this time."""
    for name in subject.facts.of(DOMAIN_NAME):
        if name.written is not None and abs(name.written - time) <= MARGIN:
            yield "the name of the domain", name
    for step in subject.facts.named("network-setup"):
        value = step.value
        if value.operation == "join-domain" and value.status == 0 and value.time is not None and abs(value.time.ticks - time) <= MARGIN:
            yield "NetSetup.LOG", step
    for secret in subject.facts.named("lsa-secret"):
        updated = secret.value.updated
        if secret.value.name == MACHINE_ACCOUNT and updated is not None and abs(updated - time) <= MARGIN:
            yield "the password of the computer's account", secret


def _doubts(subject: Subject, sid: Sid, joined: FileTime | None) -> Iterator[str]:
    """Yield what leaves open that this is the first controller itself, or that the hives are of two computers."""
    kind = subject.product_type or subject.role
    if subject.is_domain_controller:
        yield "it is said to be a domain controller, whose registry has a SID of its own"
    elif kind is None:
        yield "nothing says whether it is a domain controller"
    elif subject.era == "nt4":
        yield "controllers and members of NT 4.0 are made at setup, and a member cannot be a copy of a controller"
    elif kind == "server" and not (is_of_setup(subject) or _keeps_accounts(subject, sid, joined)):
        yield "the server may have been its first domain controller for a time"
    named = {netbios(fact.value) for fact in subject.facts.of(ACCOUNT_DOMAIN_NAME) if fact.value}
    known = {netbios(fact.value.name) for fact in subject.facts.of(COMPUTER_NAME) if fact.value.name}
    if named and known and not named & known:
        yield "SECURITY and SYSTEM name different computers"


def _keeps_accounts(subject: Subject, sid: Sid, joined: FileTime | None) -> bool:
    """Whether accounts of people are older than the join: a promotion since would have deleted them."""
    own = (fact.value for fact in subject.facts.of(ACCOUNT_SID) if fact.value.sid.prefix == sid and fact.value.rid >= FIRST_OWN_RID)
    return joined is not None and any(one.created is not None and one.created < joined - MARGIN for one in own)


def _domain(subject: Subject) -> str:
    name = subject.facts.first(DOMAIN_NAME)
    return f"the domain {printable(name.value.netbios)}" if name and name.value.netbios else "its domain"


@rule(group="domain-sid", supports="duplicated-without-sysprep")
def machine_sid_is_that_of_the_domain(subject: Subject) -> Iterator[Finding]:
    """The machine SID is also the SID of the domain, on a machine that is no domain controller.

    Supports: a copy. A new domain takes the machine SID of its first controller, so that two computers had one. Strong where the SID stands
    as the domain's in a second place too (the computer's account in the domain, the profile of a domain user, permissions of a domain's
    groups), SAM and SECURITY hold it as the machine's, and a join is on record at its time; moderate where only the policy has it, or SAM
    does not say. A server has to have kept its SID since setup, or its accounts since before the join.
    Against: nothing.
    Does not say: which of the two is the copy, nor that the first controller still runs. A workstation cannot have been made from one
    installation with a controller: there a program gave one of the two the SID of the other, or of the image of a third.
    Overturned by: a program that took over the domain's SID (NewSID could copy a computer's); a backup from before the promotion, restored
    to the very computer that had been the first controller.
    References: Microsoft, System Error Codes (8200-8999): a join is refused where the two SIDs are equal; six domain controllers, 2008 to
    2022, whose registry has another SID than their domain.
    """
    found = equality(subject)
    if found is None or found.doubts:
        return
    because = (
        f"the machine SID {found.sid} is also the SID of {_domain(subject)}, though this is no domain controller: a domain takes its SID"
        f" from its first controller, so that one had this very machine SID (as the domain's it stands in"
        f" {' and '.join(words for words, _ in found.places)}"
    )
    if found.join:
        because += f"; a join at that time is on record: {', '.join(dict.fromkeys(words for words, _ in found.join))}"
    certain = len(found.places) >= ENOUGH_PLACES and found.join and account_sids(subject.facts)
    brief = f"its machine SID is the SID of {_domain(subject)}, as only the first controller of a domain has; this is none"
    yield Finding("strong" if certain else "moderate", f"{because})", (*subject.facts.of(MACHINE_SID), *found.facts), brief)


@rule(group="domain-sid", against="installed")
def machine_sid_of_the_domain_in_doubt(subject: Subject) -> Iterator[Finding]:
    """The machine SID is also said to be the SID of the domain, and something keeps that from accusing.

    Supports: nothing.
    Against: an ordinary installation, and with it every other verdict that clears: the machine SID of a member is never its domain's.
    Does not say: that this is a copy: hives of a controller from before and after its promotion, put together, and a value that was edited
    leave the same. Controllers of NT 4.0 are left alone: there the two are equal by design.
    Overturned by: the hives of one time.
    References: six domain controllers, 2008 to 2022; one NT 4.0 domain controller.
    """
    found = equality(subject)
    if found is None or not found.doubts or (subject.is_domain_controller and subject.era == "nt4"):
        return
    because = f"the machine SID {found.sid} is also said to be the SID of {_domain(subject)}, but {'; '.join(found.doubts)}"
    yield Finding("moderate", because, (*subject.facts.of(MACHINE_SID), *found.facts))


@rule(group="domain-sid", against="installed")
def domain_sid_is_not_of_the_join(subject: Subject) -> Iterator[Finding]:
    """The security policy names a domain and not its SID, or a SID that was not written when the computer joined.

    Supports: nothing.
    Against: an ordinary installation, and with it every other verdict that clears: whether the machine SID is the domain's is not known.
    Does not say: who removed or replaced the SID; a page of SECURITY that could not be read leaves the same.
    Overturned by: another place that has the domain's SID.
    References: two members and six domain controllers, 2008 to 2022: the keys of the domain's name and SID have one time.
    """
    name, sid = subject.facts.first(DOMAIN_NAME), subject.facts.first(DOMAIN_SID)
    if name is None or subject.facts.of(MACHINE_ACCOUNT_SID):
        return
    if sid is None and name.value.dns:
        yield Finding("moderate", f"SECURITY names the domain {printable(name.value.dns)} and not its SID", (name,))
    elif sid is not None and sid.written and name.written and not any(_joins(subject, sid.written)):
        because = (
            f"the SID of the domain was written {moment(sid.written)} and its name {moment(name.written)}, though a join writes both, and"
            " no other record tells of a join then"
        )
        yield Finding("moderate", because, (name, sid))
