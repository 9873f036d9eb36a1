"""Rules over the machine's former SID: where does a SID still stand that this machine does not have any more?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensic.artifacts.identity.account import ACCOUNT_SID
from forensic.artifacts.identity.domain import DOMAIN_SID
from forensic.artifacts.identity.former_sid import FORMER_SID, FormerSid
from forensic.artifacts.identity.machine_guid import MACHINE_GUID
from forensic.artifacts.identity.machine_key import MACHINE_KEY_FILE
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.known_values.media import is_media_sid
from forensic.artifacts.logs.event_identity import MACHINE_GUID_PREFIX
from forensic.artifacts.logs.event_log import EVENT_USER_SID
from forensic.artifacts.logs.execution import EXECUTION_TRACE
from forensic.artifacts.setup.source_os import SOURCE_OS
from forensic.artifacts.storage.disk import VOLUME_CREATED
from forensic.artifacts.users.dpapi import DPAPI_MASTER_KEY
from forensic.artifacts.users.profile_list import PROFILE_SID
from forensic.artifacts.users.program_run import PROGRAM_RUN
from forensic.model import Fact, FileTime, Sid
from forensic.reasoning.binding import FIRST_OWN_RID
from forensic.reasoning.installation.setup_time import MARGIN, kept_its_sid, setup, was_never_generalized, wrote_its_sid
from forensic.reasoning.installation.sid_origin import is_of_setup
from forensic.reasoning.rule import Finding, rule
from forensic.reasoning.subject import Subject, folder_of, listed, moment, policy_sids

USERS = 513
"""RID of the group Users of a domain, or of None on a computer without one."""
_PLACES = {"dpapi-folder": "folders of master keys", "recycle-bin": "the recycle bin", "task": "scheduled tasks"}
CHANGERS = frozenset({"NewSID", "Ghost Walker", "SIDCHG", "SIDchanger"})


def _known_prefixes(subject: Subject) -> frozenset[Sid] | None:
    """Return the prefixes that are no former machine SID; None where that cannot be said: on a controller, or in an unknown domain."""
    own = {fact.value for fact in subject.facts.of(MACHINE_SID)}
    domains = {fact.value for fact in subject.facts.of(DOMAIN_SID)}
    return frozenset(own | domains) if own and subject.knows_its_domain and not subject.is_domain_controller else None


def _own_rids(subject: Subject) -> frozenset[int]:
    return frozenset(fact.value.rid for fact in subject.facts.of(ACCOUNT_SID) if fact.value.rid >= FIRST_OWN_RID)


@rule(group="former-sid", supports="sid-changed", depth="full")
def master_keys_of_former_sid(subject: Subject) -> Iterator[Finding]:
    """The master keys in the profile of a local account lie in a folder named after another machine's SID with the account's own RID.

    Supports: a former machine SID: the folder got its name when the user first needed a key, and SID changers do not rename it. Moderate
    where nobody generalized after the media was made, or where a key in the folder is younger than setup; else weak, because the profiles
    of a master keep the folders of its SID when it is generalized.
    Against: nothing.
    Does not say: that a tool changed the SID. A profile whose files were taken over from another computer brings the folder along, and
    first accounts have equal RIDs on many computers: so it never carries a verdict alone.
    Overturned by: showing that the profile was copied from another computer, or that the prefix is a domain's.
    References: none; inferred from how the data protection API names its folders.
    """
    known, accounts = _known_prefixes(subject), {fact.value.sid: fact for fact in subject.facts.of(ACCOUNT_SID)}
    if known is None:
        return
    owners = {folder_of(fact.value.path or ""): fact for fact in subject.facts.of(PROFILE_SID) if not fact.value.backup}
    keys, done = _timed_keys(subject), setup(subject)
    floor = min(clock.time for clock in done.known) - MARGIN if done.known else None
    for fact in subject.facts.of(FORMER_SID):
        entry = owners.get(folder_of(fact.profile or ""))
        if fact.value.where != "dpapi-folder" or fact.value.prefix in known or is_media_sid(fact.value.prefix) or entry is None:
            continue
        if entry.value.sid in accounts and entry.value.sid.rid >= FIRST_OWN_RID and entry.value.sid.rid in fact.value.rids:
            because = (
                f"the master keys of the profile {fact.profile} lie in a folder of {fact.value.prefix}-{entry.value.sid.rid}, and the"
                f" profile belongs to {entry.value.sid}"
            )
            mine = keys.get(fact.profile, {})
            folder = mine.get(f"{fact.value.prefix}-{entry.value.sid.rid}", [])
            young = [key for key in folder if floor is not None and key.value.created > floor]
            certain = (bool(young) or (was_never_generalized(subject) and not mine)) and not is_of_setup(subject)
            yield Finding("moderate" if certain else "weak", because, (fact, entry, accounts[entry.value.sid], *young))


def _timed_keys(subject: Subject) -> dict[str | None, dict[str, list[Fact[Any]]]]:
    """Return the keys of each profile whose time is known, by the folder that they lie in: they say themselves of which setup they are."""
    found: dict[str | None, dict[str, list[Fact[Any]]]] = {}
    for fact in subject.facts.of(DPAPI_MASTER_KEY):
        if fact.value.created is not None:
            found.setdefault(fact.profile, {}).setdefault(fact.value.folder, []).append(fact)
    return found


@rule(group="former-sid", supports="sid-changed", depth="full")
def files_of_former_sid(subject: Subject) -> Iterator[Finding]:
    """Files, and folders or tasks of the system, belong to a machine SID that is not this machine's and has the RIDs of its accounts.

    Supports: a former machine SID. Moderate where it stands in security descriptors as owner, group and in access lists alike, with the
    RIDs of accounts that this machine has, in a second place as well (recycle bin, tasks, folders of master keys, event logs), on a
    volume that was formatted for this installation, and nobody generalized after the media was made; else weak.
    Against: nothing. Descriptors that the volume got after those of the machine's own SID, as their security ids tell, do not count: they
    came from a domain or another computer.
    Does not say: that a tool changed the SID. A former Windows on the same volume, files that were copied with their permissions, a
    former domain and a disk of another computer leave such descriptors too.
    Overturned by: showing that the prefix is a domain's, or of the Windows that was on the volume before.
    References: $SDS of two public Windows 10 machines; libyal, NTFS documentation.
    """
    known, rids = _known_prefixes(subject), _own_rids(subject)
    if known is None:
        return
    elsewhere: dict[Sid, list[Fact[Any]]] = {}
    for fact in subject.facts.of(FORMER_SID):
        if fact.value.where != "security-descriptor":
            elsewhere.setdefault(fact.value.prefix, []).append(fact)
    for seen in subject.facts.of(EVENT_USER_SID):
        if seen.value.as_user:
            elsewhere.setdefault(seen.value.prefix, []).append(seen)
    fresh = _volume_is_of_this_setup(subject) and was_never_generalized(subject)
    for fact in sorted(subject.facts.of(FORMER_SID), key=lambda one: one.value.prefix):
        if fact.value.where == "security-descriptor" and _is_owner(fact.value, rids) and fact.value.prefix not in known:
            if _came_later(subject, fact.value):
                continue
            others = elsewhere.get(fact.value.prefix, [])
            because = (
                f"{fact.value.prefix}, which is neither this machine's SID nor its domain's, stands in {fact.value.count} security"
                f" descriptors with RIDs of this machine's accounts ({listed(str(rid) for rid in rids & set(fact.value.rids))})"
            )
            if others:
                because += f", and in {listed(_place(one) for one in others)}"
            yield Finding("moderate" if others and fresh and not is_of_setup(subject) else "weak", because, (fact, *others))


def _came_later(subject: Subject, value: FormerSid) -> bool:
    """Return whether NTFS first saw descriptors of this prefix after those of the machine's own: then it is no former SID."""
    machine = {fact.value for fact in subject.facts.of(MACHINE_SID)}
    own = [fact.value.first_id for fact in subject.facts.of(FORMER_SID) if fact.value.prefix in machine and fact.value.first_id is not None]
    return value.first_id is not None and bool(own) and value.first_id > min(own)


def _is_owner(value: FormerSid, rids: frozenset[int]) -> bool:
    alike = value.owners and value.groups and value.access
    return bool(alike and USERS in value.rids and rids & set(value.rids)) and not is_media_sid(value.prefix)


def _place(fact: Fact[Any]) -> str:
    return f"the event log {fact.value.channel}" if fact.kind == EVENT_USER_SID.name else _PLACES.get(fact.value.where, fact.value.where)


def _volume_is_of_this_setup(subject: Subject) -> bool:
    done, made = setup(subject), subject.facts.of(VOLUME_CREATED)
    if len(made) != 1 or not done.known or subject.facts.of(SOURCE_OS):
        return False
    return made[0].value >= min(clock.time for clock in done.known) - MARGIN


@rule(group="former-sid", supports="sid-changed", depth="full")
def events_of_former_sid(subject: Subject) -> Iterator[Finding]:
    """Accounts of another machine SID logged events on this computer after its setup, and none since its SID was written.

    Supports: a former machine SID: event logs keep the SID of their day. Moderate where files or keys of the same SID have RIDs of this
    machine's accounts; else weak, because accounts of a domain that the machine left do the same.
    Against: nothing.
    Does not say: what changed the SID.
    Overturned by: showing that the prefix is a former domain's.
    References: none; inferred. Generalize clears the logs (KB 314828).
    """
    known, rids, done = _known_prefixes(subject), _own_rids(subject), setup(subject)
    written = max((fact.written for fact in policy_sids(subject.facts) if fact.written), default=None)
    if known is None or written is None or not done.known or written <= done.latest.time + MARGIN:
        return
    traces = (fact for fact in subject.facts.of(FORMER_SID) if not is_media_sid(fact.value.prefix))
    local = {fact.value.prefix: fact for fact in traces if rids & set(fact.value.rids)}
    for fact in sorted(subject.facts.of(EVENT_USER_SID), key=lambda one: (one.value.prefix, one.value.channel)):
        value = fact.value
        after_setup = value.first_time >= min(clock.time for clock in done.known) - MARGIN
        if value.as_user and value.prefix not in known and after_setup and value.last_time <= written + MARGIN:
            because = (
                f"accounts of {value.prefix} logged events in {value.channel} from {moment(value.first_time)} to"
                f" {moment(value.last_time)}; the machine SID of today was written {moment(written)}"
            )
            proof = local.get(value.prefix)
            yield Finding("moderate" if proof else "weak", because, (fact, *([proof] if proof else []), *policy_sids(subject.facts)))


@rule(group="sid-changer", supports="sid-changed", depth="full")
def sid_changer_ran(subject: Subject) -> Iterator[Finding]:
    """A program that changes the machine SID was run, by the records that Windows keeps of programs.

    Supports: a change of the SID, where something else shows the change too. Alone it does not carry the verdict.
    Against: nothing.
    Does not say: that it changed anything: it was started, and another program may bear its name.
    Overturned by: a setup pass after the run, which gave the machine a new SID anyway: then it is weak. So it is where the machine SID was
    written by that pass and not since: then the program changed nothing.
    References: https://learn.microsoft.com/sysinternals/downloads/newsid; UserAssist, BAM, prefetch, ShimCache and Amcache.
    """
    done = setup(subject)
    runs: list[tuple[str, str, FileTime | None, Fact[Any]]] = [
        (fact.value.tool, f"{fact.value.record}: {fact.value.path}", fact.value.last_run, fact) for fact in subject.facts.of(PROGRAM_RUN)
    ]
    runs += [
        (fact.value.tool, fact.value.evidence, max(fact.value.last_runs, default=None), fact) for fact in subject.facts.of(EXECUTION_TRACE)
    ]
    for tool, record, last, fact in sorted(runs, key=lambda one: (one[0], one[1], one[2] or 0)):
        if tool not in CHANGERS:
            continue
        later = last is not None and bool(done.known) and last > done.latest.time
        at = f" last {moment(last)}" if last else ""
        proper = (later or wrote_its_sid(subject, last)) and not subject.is_domain_controller and not kept_its_sid(subject, last)
        proper = proper and not is_of_setup(subject)
        yield Finding("moderate" if proper else "weak", f"{tool} was run{at} ({record})", (fact,))


@rule(group="machine-guid", supports="sid-changed", depth="full")
def machine_guid_was_another(subject: Subject) -> Iterator[Finding]:
    """Keys that this machine made after its setup end in another MachineGuid than today's.

    Supports: a change of MachineGuid by something other than setup, weakly: programs that give a computer a false identity do that,
    and some SID changers may.
    Against: nothing.
    Does not say: anything of the SID. Keys that are older than setup are those of the master, and normal on a generalized copy.
    Overturned by: a wrong time of the files.
    References: mimikatz and public scripts, which show how key files are named.
    """
    now = {fact.value for fact in subject.facts.of(MACHINE_GUID)}
    done = setup(subject)
    if not now or not done.known or not subject.is_settled:
        return
    for fact in sorted(subject.facts.of(MACHINE_KEY_FILE), key=lambda one: (one.value.guid, one.value.store)):
        made = fact.value.first
        if fact.profile is None and fact.value.guid not in now and made is not None and made > done.latest.time + MARGIN:
            because = f"a key of the machine made {moment(made)}, after setup, ends in {fact.value.guid}; MachineGuid is {min(now)}"
            yield Finding("weak", because, (fact, *subject.facts.of(MACHINE_GUID)))


@rule(group="machine-guid", supports="sid-changed", depth="full")
def events_have_another_machine_guid(subject: Subject) -> Iterator[Finding]:
    """Sysmon's events after setup begin with another MachineGuid than today's.

    Supports: a change of MachineGuid by something other than setup, weakly: programs that give a computer a false identity do that,
    and some SID changers may.
    Against: nothing.
    Does not say: anything of the SID. Events that are older than setup are those of the master, and normal on a generalized copy.
    Overturned by: events that another computer forwarded; a wrong clock.
    References: event logs of real machines; see the page of machine-guid-prefix.
    """
    now = {str(fact.value) for fact in subject.facts.of(MACHINE_GUID)}
    done = setup(subject)
    if not now or not done.known or not subject.is_settled:
        return
    for fact in sorted(subject.facts.of(MACHINE_GUID_PREFIX), key=lambda one: (one.value.first_time, one.value.prefix)):
        if not any(guid.startswith(fact.value.prefix) for guid in now) and fact.value.first_time > done.latest.time + MARGIN:
            since = f"Sysmon's events from {moment(fact.value.first_time)} on, after setup,"
            because = f"{since} begin with {fact.value.prefix}; MachineGuid is {min(now)}"
            yield Finding("weak", because, (fact, *subject.facts.of(MACHINE_GUID)))
