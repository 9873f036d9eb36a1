"""Carried identity: what a generalize leaves in a sealed image, so that every computer of it would have the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensic.artifacts.identity.domain import DOMAIN_NAME, DOMAIN_SID
from forensic.artifacts.products.agent import AGENT_ID
from forensic.model import Fact
from forensic.reasoning.subject import Subject, listed

MANAGEMENT_STORES = frozenset({"sms", "configmgr", "operations manager", "microsoft monitoring agent"})
"""Stores whose certificates management products know a computer by; sealing scripts delete them (EUCweb/BIS-F)."""


def carried(subject: Subject) -> tuple[tuple[str, tuple[Fact[Any], ...]], ...]:
    """Return what it carries, each in words with its facts."""
    return tuple(_each(subject))


def _each(subject: Subject) -> Iterator[tuple[str, tuple[Fact[Any], ...]]]:
    domains = subject.facts.of(DOMAIN_SID)
    if domains:
        names = {fact.value.dns or fact.value.netbios or "" for fact in subject.facts.of(DOMAIN_NAME)} - {""}
        yield f"membership of the domain {listed(names) or domains[0].value}", domains
    joins = subject.facts.named("cloud-join")
    if joins:
        yield f"a join to Microsoft Entra ID (certificate {listed(fact.value.thumbprint for fact in joins)})", joins
    enrolled = subject.facts.named("mdm-enrollment")
    if enrolled:
        yield f"an enrollment in device management ({listed(fact.value.provider or str(fact.value.id) for fact in enrolled)})", enrolled
    certificates = tuple(fact for fact in subject.facts.named("machine-certificate") if fact.value.store.lower() in MANAGEMENT_STORES)
    for store in sorted({fact.value.store for fact in certificates}):
        of_store = tuple(fact for fact in certificates if fact.value.store == store)
        yield f"the certificate of the store {store} ({listed(fact.value.thumbprint for fact in of_store)})", of_store
    agents = [fact for fact in subject.facts.of(AGENT_ID) if any(one.standing == "current" for one in AGENT_ID.identifiers(fact.value))]
    for product in sorted({fact.value.product for fact in agents}):
        ids = tuple(fact for fact in agents if fact.value.product == product)
        yield f"the identity of {product} ({listed(fact.value.name for fact in ids)})", ids
