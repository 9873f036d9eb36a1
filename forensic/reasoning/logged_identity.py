"""Logged identity: what event logs, setup logs and ProfileList say of a computer of which no hive states it."""

from __future__ import annotations

from typing import Any

from forensic.artifacts.identity.domain import DOMAIN_SID
from forensic.artifacts.known_values.media import is_media_sid
from forensic.artifacts.users.profile_list import PROFILE_SID
from forensic.model import Account, Era, Fact, FactSet, Product, Sid
from forensic.model.era import era_of


def logged_name(facts: FactSet) -> str | None:
    """Return the name under which the youngest record was logged, without its domain."""
    name = _youngest_name(facts)
    return None if name is None else name.partition(".")[0]


def logged_machine_sid(facts: FactSet) -> Sid | None:
    """Return the machine SID that logs or ProfileList show.

    First the one that setup logged, then the prefix of accounts whose domain has the computer's own name in its events, the youngest of
    them. Else the only prefix that is no domain's: not on a member of a domain, by the name in its logs, for there it may be the domain's.
    """
    logged: set[Sid] = {fact.value.prefix for fact in facts.named("setup-log-sid") if fact.value.where == "administrator-profile"}
    if len(logged) == 1:
        return logged.pop()
    own = max(_named(facts, local=True), key=lambda fact: (fact.value.last_time, fact.value.prefix), default=None)
    if own is not None:
        found: Sid = own.value.prefix
        return found
    if any("." in fact.value.name for fact in facts.named("event-computer-name")):
        return None
    domains = {fact.value for fact in facts.of(DOMAIN_SID)} | {fact.value.prefix for fact in _named(facts, local=False)}
    profiles: set[Sid] = {fact.value.sid.prefix for fact in facts.of(PROFILE_SID) if fact.value.sid.is_account and not fact.value.backup}
    users: set[Sid] = {fact.value.prefix for fact in facts.named("event-user-sid")}
    for prefixes in (profiles, users):
        local = {prefix for prefix in prefixes if not is_media_sid(prefix)} - domains
        if len(local) == 1:
            return local.pop()
    return None


def logged_domain_sid(facts: FactSet) -> Sid | None:
    """Return the SID of the domain that the computer's own name ends with, where events name accounts of a domain that is called so."""
    _, _, suffix = (_youngest_name(facts) or "").partition(".")
    domain = suffix.partition(".")[0].upper()
    found: set[Sid] = {fact.value.prefix for fact in _named(facts, local=False) if domain and fact.value.name.upper() == domain}
    return found.pop() if len(found) == 1 else None


def logged_accounts(facts: FactSet, machine: Sid | None) -> dict[Sid, Account]:
    """Return the accounts of the computer that events name, each with its youngest name."""
    named = sorted(facts.named("event-account"), key=lambda fact: (fact.value.last_time, fact.value.name))
    return {fact.value.sid: Account(fact.value.sid, fact.value.rid, fact.value.name) for fact in named if fact.value.sid.prefix == machine}


def logged_release(facts: FactSet) -> tuple[Product, Era | None]:
    """Return product and era of the release that the youngest event of the system log names."""
    last = max(facts.named("event-release"), key=lambda fact: (fact.value.last_time, fact.value.build), default=None)
    if last is None:
        return Product(), None
    value = last.value
    version = tuple(int(part) for part in (*value.version.split("."), value.build) if part.isdigit())
    is_server = None if value.product is None else "server" in value.product.lower()
    return Product(name=value.product, version=value.version, build=value.build), era_of(version, is_server=is_server)


def _youngest_name(facts: FactSet) -> str | None:
    last = max(facts.named("event-computer-name"), key=lambda fact: (fact.value.last_time, fact.value.name), default=None)
    return None if last is None else str(last.value.name)


def _named(facts: FactSet, *, local: bool) -> list[Fact[Any]]:
    """Return the prefixes to which events give a name of the computer, or never one."""
    named = facts.named("event-domain-name")
    own = {fact.value.prefix for fact in named if fact.value.local}
    return [fact for fact in named if (fact.value.prefix in own) == local]
