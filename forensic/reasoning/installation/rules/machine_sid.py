"""Rules over the machine SID: was it replaced by something other than setup?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from forensic.artifacts.identity.account import ACCOUNT_SID
from forensic.artifacts.identity.computer_name import COMPUTER_NAME
from forensic.artifacts.identity.domain import ACCOUNT_DOMAIN_NAME, DOMAIN_SID
from forensic.artifacts.identity.lsa_boot_key import LSA_BOOT_KEY, LSA_BOOT_KEY_TIME
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.identity.sid_changer import SID_CHANGER_TRACE
from forensic.artifacts.setup.source_os import SOURCE_OS
from forensic.artifacts.setup.windows_release import PRODUCT_TYPE
from forensic.artifacts.users.profile_list import PROFILE_SID
from forensic.model import Fact, FactSet, FileTime, Sid, Strength
from forensic.reasoning import table
from forensic.reasoning.binding import FIRST_OWN_RID
from forensic.reasoning.installation.lineage import specializes, sysprep_since
from forensic.reasoning.installation.setup_time import MARGIN, kept_its_sid, media_moments, setup, whole_setup, wrote_its_sid
from forensic.reasoning.installation.sid_origin import is_of_setup, witnesses
from forensic.reasoning.rule import Finding, rule
from forensic.reasoning.subject import BEFORE_TEN, EarlierState, Subject, account_sids, day, listed, moment, policy_sids

MANY_COMPANIONS = 5
"""Licences of so many Sysinternals programs accepted within seconds are a script's work, and no sign that one of them ran."""


def _accounts_before(subject: Subject, time: int) -> list[Fact[Any]]:
    """Accounts that are older than `time`: while they last, the account database was not made anew.

    On a server only those of people count: whether a promotion leaves the built-in ones their times is not known.
    """
    first = 0 if subject.product_type == "workstation" else FIRST_OWN_RID
    return [
        fact
        for fact in subject.facts.of(ACCOUNT_SID)
        if fact.value.rid >= first and fact.value.created is not None and fact.value.created < time - MARGIN
    ]


def _is_one_machine(subject: Subject) -> bool:
    """Whether it is shown that the hives belong together: a comparison across hives of two computers would accuse both.

    Shown by SECURITY and SYSTEM naming one computer, or by profiles of this machine SID in a SOFTWARE that was set up with SYSTEM.
    """
    names = {fact.value.name.upper()[:15] for fact in subject.facts.of(COMPUTER_NAME)}
    if any(fact.value.upper()[:15] in names for fact in subject.facts.of(ACCOUNT_DOMAIN_NAME)):
        return True
    sids = {fact.value for fact in subject.facts.of(MACHINE_SID)}
    owned = any(fact.value.sid.is_account and fact.value.sid.prefix in sids for fact in subject.facts.of(PROFILE_SID))
    done = setup(subject)
    clock = done.setupcl or done.boot_key
    return owned and clock is not None and done.install is not None and abs(clock.time - done.install.time) <= MARGIN


@rule(group="sid-copies", supports="installed")
def machine_sid_copies_agree(subject: Subject) -> Iterator[Finding]:
    """The account database and the security policy hold the same machine SID.

    Supports: an installation whose identity is whole.
    Against: nothing.
    Does not say: that the SID was never changed: SID changers write both.
    Overturned by: times or copies that show a change.
    References: 11 of 11 public hive pairs of one host agree.
    """
    facts = (*account_sids(subject.facts), *policy_sids(subject.facts))
    if account_sids(subject.facts) and policy_sids(subject.facts) and len({fact.value for fact in facts}) == 1:
        yield Finding("moderate", f"SAM and SECURITY hold the same machine SID, {facts[0].value}", facts)


@rule(group="sid-copies", against="installed")
def machine_sid_copies_differ(subject: Subject) -> Iterator[Finding]:
    """The account database and the security policy hold different machine SIDs.

    Supports: nothing by itself: it shows that the two were not written by one setup, not what came between.
    Against: an ordinary history.
    Does not say: that a SID changer ran. Hives collected from two computers, a hive taken from a backup, or a setup that broke off
    leave the same.
    Overturned by: showing that both hives belong to one computer and one time.
    References: 11 of 11 public hive pairs of one host agree.
    """
    facts = (*account_sids(subject.facts), *policy_sids(subject.facts))
    if account_sids(subject.facts) and policy_sids(subject.facts) and len({fact.value for fact in facts}) > 1:
        sam, policy = (" and ".join(sorted({fact.value for fact in held(subject.facts)})) for held in (account_sids, policy_sids))
        yield Finding("moderate", f"SAM holds the machine SID {sam}, SECURITY {policy}", facts)


@rule(group="sid-origin", supports="installed", against="sid-changed")
def machine_sid_of_setup(subject: Subject) -> Iterator[Finding]:
    """The machine SID is the one that setup gave.

    Supports: an installation whose identity is its own.
    Against: a SID that was changed after setup: profiles, files and traces of another SID came from elsewhere then.
    Does not say: that the installation is no copy: a copy keeps the SID of its source.
    Overturned by: a SID changer that ran within two days of setup, or a program that sets back the times of keys.
    References: inferred; lsasetup.log and setupact.log of real machines, which name the SID.
    """
    for words, facts in witnesses(subject):
        sid = next(iter(subject.facts.of(MACHINE_SID)))
        yield Finding("moderate", f"the machine SID {sid.value} is that of setup: {words}", (sid, *facts))


@rule(group="sid-time", supports="sid-changed")
def machine_sid_later_than_setup(subject: Subject) -> Iterator[Finding]:
    """The machine SID was written long after every record of setup, and not by a promotion.

    Supports: a change of the SID by something other than setup. A setup pass also renews the record of the SID replacement pass and the
    installation date, and to Windows 8.1 the boot key; these stayed, and the log of the lineage has no specialize at that time. Strong
    where accounts are older than the SID: then the account database was not made anew. On a server they have to be those of people; else
    it is weak, for it may have been promoted.
    Before Vista it is moderate where the disk could not be searched for Setupcl.exe and sysprep.inf, which mini-setup needs.
    Against: nothing.
    Does not say: which tool, and that the value differs from the former one: the time is of the last writing.
    Overturned by: a promotion to domain controller, or the way back; any trace of Sysprep on releases before Vista, where mini-setup
    renews the SID (CloneTag, Setupcl.exe, sysprep.inf, OemDuplicatorString); an upgrade whose record is lost.
    References: https://learn.microsoft.com/sysinternals/downloads/newsid (what it changes); times in real hives of XP, 7 and 10.
    """
    done = whole_setup(subject)
    if done is None or not subject.is_settled or subject.is_domain_controller or (subject.is_classic and not subject.knows_no_sysprep):
        return
    # Before Vista nothing renews the boot key when mini-setup runs, as far as is known; there the absent traces of Sysprep decide.
    searched = subject.was_searched_for_sysprep
    for sid in policy_sids(subject.facts):
        if sid.written is None or sid.written <= done.latest.time + MARGIN:
            continue
        if any(abs(step.value.time.ticks - sid.written) <= MARGIN for step in specializes(subject) if step.value.time is not None):
            continue
        accounts, kind = _accounts_before(subject, sid.written), subject.product_type
        proper = kind == "workstation" or (kind == "server" and bool(accounts))
        one = _is_one_machine(subject)
        strength: Strength = "weak" if not proper else "strong" if one and accounts and searched else "moderate"
        because = (
            f"the machine SID {sid.value} was written {moment(sid.written)}, after all of setup, whose last record is"
            f" {done.latest.what} of {moment(done.latest.time)}"
        )
        brief = f"the machine SID was written {day(sid.written)}, long after setup, which ended {day(done.latest.time)}"
        if accounts:
            brief += "; local accounts are older"
            because += f"; local accounts of earlier date are still there ({listed(one.value.name for one in accounts)}), so the account"
            because += " database was not made anew"
        if not proper:
            because += "; a promotion to domain controller and back is not excluded"
            brief += "; a promotion and back is not excluded"
        if not one:
            because += "; it is not shown that the hives are of one computer"
            brief += "; the hives may be of two computers"
        facts = (sid, *(clock.fact for clock in done.known), *accounts, *subject.facts.of(PRODUCT_TYPE))
        yield Finding(strength, because, facts, brief)


@rule(group="earlier-copy", supports="sid-changed")
def earlier_copy_has_another_sid(subject: Subject) -> Iterator[Finding]:
    """An earlier copy of the hives, or a snapshot of the disk, has another machine SID and the same boot key.

    Supports: a change of the SID by something other than Sysprep: a specialize renews the other identifiers of the setup too. Strong where
    those stayed, by the hypothesis table, and to Windows 8.1 where the boot key did; from Windows 10 on the boot key alone is moderate.
    Moderate where only one of SAM and SECURITY says what the SID is now, where nothing says whether this is a server, where the copy is
    that in Windows.old, and before Vista where the disk could not be searched for Setupcl.exe, by which mini-setup gives a new SID. Weak
    where a server may have been a domain controller in between, and where the boot key was written again since the copy. Silent where a
    dated trace of Sysprep is younger than the copy.
    Against: nothing.
    Does not say: when it happened, beyond *after the copy was written*.
    Overturned by: a promotion or demotion of a domain controller in between; on releases before Vista any trace of Sysprep, because it is
    not known whether mini-setup renews the boot key.
    References: times of the boot key in real hives of XP, 7 and 10.
    """
    yield from _changed_since(subject, [one for one in subject.earlier_states if one.origin != "shadow-copy"])


@rule(group="shadow-copy", supports="sid-changed")
def shadow_copy_has_another_sid(subject: Subject) -> Iterator[Finding]:
    """A shadow copy of this very volume has another machine SID and the same boot key.

    Supports: a change of the SID by something other than Sysprep, directly: the same installation, before and after. Generalize deletes
    shadow copies, and specialize renews the other identifiers of the setup. Alone it carries the verdict `proven`, where it is strong: SAM
    and SECURITY agree on the SID of today, those identifiers stayed, and a promotion to domain controller is excluded. From Windows 10 on
    an equal boot key alone is moderate.
    Against: nothing.
    Does not say: which tool did it.
    Overturned by: a promotion or demotion of a domain controller in between; hives put back from another computer.
    References: 4sysops.com, Why Sysprep is obligatory; times of the boot key in real hives of XP, 7 and 10.
    """
    yield from _changed_since(subject, [one for one in subject.earlier_states if one.origin == "shadow-copy"])


@rule(group="shadow-copy", against="installed")
def shadow_copy_of_another_installation(subject: Subject) -> Iterator[Finding]:
    """A shadow copy that was made after setup holds an installation with another machine SID and another boot key.

    Supports: nothing.
    Against: an ordinary history: what lay on this volume since its setup is this installation.
    Does not say: what came between. A volume that was put back from an image of another computer, and hives that were exchanged, leave it.
    A shadow copy from before setup may be of a former Windows on the volume, and is left out.
    Overturned by: a clock that was wrong when the copy was made.
    References: libyal, Volume Shadow Snapshot format (the time in its catalog); inferred.
    """
    done, now = setup(subject), {fact.value for fact in subject.facts.of(MACHINE_SID)}
    keys = {fact.value for fact in subject.facts.of(LSA_BOOT_KEY)}
    if not now or not keys or not done.known or not subject.is_settled or subject.is_domain_controller:
        return
    for state in subject.earlier_states:
        then = {fact.value for fact in state.facts.of(MACHINE_SID)}
        if state.origin != "shadow-copy" or state.time is None or state.time <= done.latest.time + MARGIN or not then or then & now:
            continue
        if not keys & {fact.value for fact in state.facts.of(LSA_BOOT_KEY)}:
            because = (
                f"{state.words}, made after the setup of {moment(done.latest.time)}, has the machine SID {min(then)} and another boot key:"
                " it is not shown to be of this installation"
            )
            yield Finding("moderate", because, (*subject.facts.of(MACHINE_SID), done.latest.fact))


def _changed_since(subject: Subject, states: Sequence[EarlierState]) -> Iterator[Finding]:
    kind = subject.product_type
    if subject.is_domain_controller or (subject.is_classic and not subject.knows_no_sysprep):
        return
    now = {fact.value for fact in subject.facts.of(MACHINE_SID)}
    if len(now) != 1:
        return
    both = bool(account_sids(subject.facts) and policy_sids(subject.facts))
    told = {(former, when, words, how): own for state in states for former, when, words, how, own in _former(subject, state, now)}
    for (former, when, words, how), own in sorted(told.items()):
        # A server may have been promoted and demoted since; accounts that are older than the copy show that it was not.
        kept = _accounts_before(subject, when) if when else []
        at = f" (written {moment(when)})" if when else ""
        because = f"{words} has the machine SID {former}{at}, and now it is {min(now)}; {how}"
        proper = kind in ("workstation", None) or bool(kept)
        firm = both and kind is not None and "strong" in own and subject.was_searched_for_sysprep
        strength: Strength = "weak" if not proper or "weak" in own else "strong" if firm else "moderate"
        brief = f"{words} has another machine SID, {former}{f' ({day(when)})' if when else ''}; {how}"
        yield Finding(strength, because, (*subject.facts.of(MACHINE_SID), *subject.facts.of(LSA_BOOT_KEY), *kept), brief)


def _former(subject: Subject, state: EarlierState, now: set[Sid]) -> Iterator[tuple[Sid, FileTime, str, str, tuple[Strength]]]:
    """Yield the SID of an earlier state that is another, with its time, and how firmly the rest shows that only the SID was replaced.

    The hypothesis table decides where it can: the other identifiers of the same setup stayed. Where it knows too little, the boot key does,
    firmly to Windows 8.1; it is not shown that a specialize of Windows 10 renews it. A dated trace of Sysprep explains the change.
    """
    accounts, policies = ({fact.value for fact in held(state.facts)} for held in (account_sids, policy_sids))
    then, whole = accounts or policies, not accounts or not policies or accounts == policies
    if len(then) != 1 or then & now:
        return
    written = max((fact.written for fact in policy_sids(state.facts) if fact.written), default=FileTime(0))
    if written and sysprep_since(subject, written):
        return
    media = max((one.time for one in media_moments(subject)), default=None)
    found = table.compare(table.State.of(state.facts, (), media), table.State.of(subject.facts, subject.gaps, media)).explained_by
    names = {column.name for column in found}
    keys = [{fact.value for fact in facts.of(LSA_BOOT_KEY)} for facts in (state.facts, subject.facts)]
    upgraded = state.origin == "windows-old"
    if names & {table.SID_CHANGED.name, "sid-changed-upgraded"} and not names & {table.SPECIALIZED.name, "specialized-upgraded"}:
        how = "the other identifiers that belong to one setup stayed"
        yield min(then), written, state.words, how, ("strong" if whole and not upgraded else "moderate",)
    elif keys[0] & keys[1]:
        how, firm = "the boot key is the same in both", whole and subject.era in BEFORE_TEN and not upgraded
        strength: Strength = "strong" if firm else "moderate"
        if not (upgraded or _is_of_one_setup(state.facts, subject.facts)):
            how += ", but was written again since, as a setup pass does, which gives a new SID"
            strength = "weak"
        yield min(then), written, state.words, how, (strength,)


def _is_of_one_setup(then: FactSet, now: FactSet) -> bool:
    """Whether no setup pass wrote the keys of the boot key anew between the two. So it is where a time is not known."""
    written = [max((fact.written for fact in facts.of(LSA_BOOT_KEY_TIME) if fact.written), default=None) for facts in (then, now)]
    return written[0] is None or written[1] is None or abs(written[0] - written[1]) <= MARGIN


@rule(group="former-sid", supports="sid-changed")
def profile_of_former_sid(subject: Subject) -> Iterator[Finding]:
    """A user profile belongs to a SID that is neither of this machine nor of its domain.

    Supports: a former machine SID. Moderate where a local account has the same RID and the name of the profile's folder, on a machine
    that is known to be in a workgroup or in another domain, and whose hives are shown to belong together; else weak, and in a domain
    nothing: users of other domains are ordinary there.
    Against: nothing.
    Does not say: that a tool changed the SID: users of other, trusted or former domains, and profiles taken over from another computer,
    leave the same.
    Overturned by: showing that the prefix is a domain's.
    References: https://learn.microsoft.com/sysinternals/downloads/newsid (which rewrites the profile list).
    """
    own = {fact.value for fact in subject.facts.of(MACHINE_SID)}
    domains = {fact.value for fact in subject.facts.of(DOMAIN_SID)}
    if not own or subject.is_domain_controller:
        return
    known = subject.knows_its_domain
    whole = _is_one_machine(subject)
    accounts = {(fact.value.rid, fact.value.name.lower()): fact for fact in subject.facts.of(ACCOUNT_SID)}
    for fact in subject.facts.of(PROFILE_SID):
        sid = fact.value.sid
        if not sid.is_account or sid.prefix in own | domains:
            continue
        folder = (fact.value.path or "").replace("/", "\\").rpartition("\\")[2].lower()
        account = accounts.get((sid.rid, folder)) if sid.rid >= FIRST_OWN_RID else None
        if account is not None and known and whole:
            local = f"{account.value.name} is {account.value.sid}"
            because = f"the profile {fact.value.path} belongs to {sid}, and the local account {local}: same name and RID"
            yield Finding("weak" if is_of_setup(subject) else "moderate", because, (fact, account))
        elif known and not domains:
            yield Finding(
                "weak", f"the profile {fact.value.path} belongs to {sid}, which is neither of this machine nor of its domain", (fact,)
            )


@rule(group="sid-changer", supports="sid-changed")
def sid_changer_trace(subject: Subject) -> Iterator[Finding]:
    """A user profile holds a trace of a program that changes the machine SID.

    Supports: a change of the SID, where something else shows the change too. Alone it does not carry the verdict.
    Against: nothing.
    Does not say: that the program ran to its end: it shows that its licence was accepted. Among many licences accepted in the same
    seconds it is weak, because scripts do that; before the last setup pass too, and where the machine SID was written by that pass and not
    since: then the trace came with a profile from another computer, or the program changed nothing.
    Overturned by: a setup pass after the trace, which gave the machine a new SID anyway.
    References: https://learn.microsoft.com/sysinternals/downloads/newsid; RegRipper, sysinternals.
    """
    done = setup(subject)
    for fact in sorted(subject.facts.of(SID_CHANGER_TRACE), key=lambda one: (one.value.product, one.profile or "", one.value.trace)):
        at = f", written {moment(fact.written)}" if fact.written else ""
        older = fact.written is not None and bool(done.known) and fact.written < done.latest.time
        renewed = older and not wrote_its_sid(subject, fact.written)
        kept = kept_its_sid(subject, fact.written)
        kept = kept or is_of_setup(subject)
        alone = fact.value.companions < MANY_COMPANIONS and not subject.is_domain_controller and not renewed and not kept
        because = f"{fact.value.product} left {fact.value.trace} in the profile {fact.profile or 'of an unknown user'}{at}"
        if renewed:
            upgraded = bool(subject.facts.of(SOURCE_OS))
            because += ", before the last upgrade" if upgraded else ", before the last setup, which gave the machine a new SID anyway"
        elif kept:
            because += "; the machine SID was written by setup, and not since"
        elif fact.value.companions >= MANY_COMPANIONS:
            because += f", beside {fact.value.companions} others of the same seconds"
        yield Finding("moderate" if alone else "weak", because, (fact,))
