"""Identity: the facts that head a report, as the nouns that a person looks for first."""

from __future__ import annotations

from typing import Any

import msgspec

from forensic.artifacts.identity.account import ACCOUNT_SID
from forensic.artifacts.identity.computer_name import COMPUTER_NAME
from forensic.artifacts.identity.domain import ACCOUNT_DOMAIN_NAME, DOMAIN_SID
from forensic.artifacts.users.msa_device_id import MEDIA_PLAYER_CLIENT_ID, MSA_DEVICE_ID
from forensic.artifacts.users.profile_list import PROFILE_SID
from forensic.artifacts.users.sqm import SQM_USER_ID
from forensic.model import Account, DeviceId, FactSet, Kind, Profile, Sid
from forensic.reasoning.logged_identity import logged_accounts, logged_domain_sid, logged_machine_sid, logged_name
from forensic.reasoning.subject import account_sids, folder_of, policy_sids

NAME_ROLES = ("configured", "active", "nv-hostname", "hostname")
"""In which order a name is taken as the computer's."""
DEVICE_KINDS: tuple[Kind[Any], ...] = (MSA_DEVICE_ID, MEDIA_PLAYER_CLIENT_ID, SQM_USER_ID)
"""Identifiers of a profile that name the device or its user to a service."""


class Identity(msgspec.Struct, frozen=True):
    """Who an installation says it is."""

    computer_name: str | None
    machine_sid: Sid | None
    domain_sid: Sid | None
    accounts: tuple[Account, ...]
    profiles: tuple[Profile, ...]


def identify(facts: FactSet, *, control_set: int | None = None) -> Identity:
    """Return the identity that `facts` state.

    The computer name is the configured one of `control_set`, where that is given and has one, else of the lowest control
    set; where SYSTEM states none, it is the one that SECURITY holds.
    The machine SID is that of SAM, or of SECURITY where SAM states none. Where no hive states them, the logs do (`logged_identity`).
    """
    machine = next(iter((*account_sids(facts), *policy_sids(facts))), None)
    domain = facts.first(DOMAIN_SID)
    accounts = {fact.value.sid: Account(fact.value.sid, fact.value.rid, fact.value.name) for fact in facts.of(ACCOUNT_SID)}
    machine_sid = machine.value if machine else logged_machine_sid(facts)
    if not accounts:
        accounts = logged_accounts(facts, machine_sid)
    return Identity(
        _computer_name(facts, control_set),
        machine_sid,
        domain.value if domain else logged_domain_sid(facts),
        tuple(sorted(accounts.values(), key=lambda account: (account.rid, account.sid))),
        _profiles(facts),
    )


def _computer_name(facts: FactSet, control_set: int | None) -> str | None:
    names = facts.of(COMPUTER_NAME)
    found = min(
        names,
        key=lambda fact: (fact.value.control_set != control_set, NAME_ROLES.index(fact.value.role), fact.value.control_set or 0),
        default=None,
    )
    if found:
        return found.value.name
    policy = facts.first(ACCOUNT_DOMAIN_NAME)
    if policy is not None:
        return policy.value
    return logged_name(facts)


def _profiles(facts: FactSet) -> tuple[Profile, ...]:
    """Join the entries of ProfileList with the folders that hives were read from; whose the others are, at most their hives say."""
    devices: dict[str, list[DeviceId]] = {}
    owners: dict[str, set[Sid]] = {}
    for fact in facts.named("user-hive-sid"):
        if fact.profile is not None:
            owners.setdefault(fact.profile, set()).add(fact.value)
            devices.setdefault(fact.profile, [])
    for kind in DEVICE_KINDS:
        for fact in facts.of(kind):
            if fact.profile is not None and (device := DeviceId(kind.name, str(fact.value))) not in devices.setdefault(fact.profile, []):
                devices[fact.profile].append(device)
    profiles = []
    folders = {folder_of(folder): folder for folder in devices}
    for entry in facts.of(PROFILE_SID):
        if entry.value.backup:
            continue
        folder = folders.pop(folder_of(entry.value.path or ""), None)
        profiles.append(Profile(entry.value.sid, entry.value.path or "", tuple(devices[folder]) if folder else ()))
    for folder in sorted(folders.values()):
        owner = owners.get(folder, set())
        profiles.append(Profile(next(iter(owner)) if len(owner) == 1 else None, folder, tuple(devices[folder])))
    return tuple(profiles)
