"""Rules over a set of hives: do they come from one computer?"""

from __future__ import annotations

from collections.abc import Iterator

from forensic.artifacts.identity.computer_name import COMPUTER_NAME
from forensic.artifacts.identity.domain import ACCOUNT_DOMAIN_NAME
from forensic.model import printable
from forensic.reasoning.rule import Finding, rule
from forensic.reasoning.subject import Subject

NETBIOS_LENGTH = 15
"""Characters of a NetBIOS name; longer computer names are cut to it."""


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
    names = {fact.value.name.upper()[:NETBIOS_LENGTH] for fact in known}
    for policy in subject.facts.of(ACCOUNT_DOMAIN_NAME):
        if names and policy.value and policy.value.upper()[:NETBIOS_LENGTH] not in names:
            spelled = ", ".join(sorted({printable(fact.value.name) for fact in known}))
            because = f"SECURITY names the computer {printable(policy.value)}, SYSTEM {spelled}: these may be hives of two computers"
            yield Finding("moderate", because, (policy, *known))
