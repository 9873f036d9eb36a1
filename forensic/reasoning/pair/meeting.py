"""Meeting: by which values a state is found among many, and which values meet: how candidates for pairs are found."""

from __future__ import annotations

from forensic.model import Identifier
from forensic.reasoning.pair.side import Side

DOMAIN = "domain-sid"
"""Namespace of the SID of the domain that a computer is a member of."""
_MET = {"machine-sid": ("machine-sid", DOMAIN), DOMAIN: ("machine-sid",)}


def identifiers_of(side: Side) -> frozenset[Identifier]:
    """Return the values by which a side is found: what identifies it, now or formerly, and the SID of its domain.

    Of the machine SIDs that it had or that others have, which its users' profiles tell too, that of its domain is told apart: all members
    of the domain have it.
    """
    domain = None if side.installation.domain_sid is None else str(side.installation.domain_sid)
    found = {Identifier(namespace, text, "current") for namespace, texts in side.state.current.items() for text in texts}
    found |= {
        Identifier(namespace, text, "former")
        for namespace, texts in side.state.former.items()
        for text in texts
        if namespace != "machine-sid" or text != domain
    }
    found |= {Identifier("machine-sid", sid, "current") for sid in side.machine_sids}  # those that logs and profiles alone tell
    if domain is not None:
        found.add(Identifier(DOMAIN, domain, "current"))
    return frozenset(found)


def met_by(namespace: str) -> tuple[str, ...]:
    """Return the namespaces whose equal values meet a value of this one.

    A domain has the machine SID of its first controller: the SID of a domain meets machine SIDs, and never that of other members.
    """
    return _MET.get(namespace, (namespace,))
