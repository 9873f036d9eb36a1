"""Verdict `duplicated-without-sysprep`: the image itself shows that another computer carries the same identity."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.artifacts.identity.account import ACCOUNT_SID
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.reasoning.binding import FIRST_OWN_RID
from forensic.reasoning.installation.alternatives import (
    by_design,
    clock_behind,
    conversion,
    first_controller,
    given_sid,
    mini_setup,
    renaming,
    restored,
    upgrade,
)
from forensic.reasoning.installation.caps import EVIDENCE_INCOMPLETE, FACTS_MISSING
from forensic.reasoning.installation.consequences import identifiers_collide
from forensic.reasoning.installation.sentences import COMPARE_WITH_SOURCE, new_profiles
from forensic.reasoning.installation.vetoes import COPIES_DIFFER, EVIDENCE_AGAINST, OF_TWO_COMPUTERS
from forensic.reasoning.subject import Subject
from forensic.reasoning.verdict import Carries, VerdictKind


def _opening(_: Subject) -> str:
    return "Two computers were given one SID, as copies of one installation have it; a generalize in between would have given each its own."


def _consequences(subject: Subject) -> Iterator[str]:
    if any(fact.value.rid >= FIRST_OWN_RID for fact in subject.facts.of(ACCOUNT_SID)):
        yield (
            "local accounts and accounts of the domain with one RID have one SID: each has the rights of the other, and membership in local"
            " groups and permissions cannot tell them apart"
        )
    yield from identifiers_collide(subject)


VERDICT = VerdictKind(
    code="duplicated-without-sysprep",
    title="Duplicated without Sysprep: another computer carries its identity",
    policy="violation",
    order=5,
    says=(
        "The image itself shows that another computer carries the same identity: the machine SID is the SID of its domain, though it is no"
        " domain controller. A new domain takes its SID from its first controller, so that two computers had one, and nobody"
        " generalized in between."
    ),
    rests_on=(
        "SAM and SECURITY hold the machine SID, and the policy and other places hold the same SID as that of the domain",
        "a join is on record at the time at which the domain's SID was written",
        "the product type says that it is a workstation or a server",
    ),
    beware=(
        "Hives of a controller from before and after its promotion, put together, look similar: there SAM and SECURITY differ.",
        "Where only the security policy names that SID as the domain's, it is a suspicion.",
        "On a domain controller of Windows NT 4.0 the two are equal by design.",
    ),
    opening=_opening,
    carries=(
        Carries("one-strong", strong=1, groups=1, gives="strong"),
        Carries("one-moderate", strong=0, groups=1, gives="indicated", policy="suspect"),
    ),
    vetoes=(EVIDENCE_AGAINST, OF_TWO_COMPUTERS, COPIES_DIFFER),
    caps=(
        EVIDENCE_INCOMPLETE,
        FACTS_MISSING,
    ),
    needs=(MACHINE_SID,),
    not_excluded=("a program that gave this computer the SID of the other: NewSID could copy one",),
    alternatives=(first_controller, given_sid, mini_setup, upgrade, conversion, restored, clock_behind, renaming, by_design),
    remedies=(
        "Rebuild this computer from an image that was generalized before it was captured.",
        "Look for further members with the SID of the domain: all that were made from the image of its first controller have it.",
        "The first controller keeps its SID, which is the domain's; changing that of this computer does not make it compliant.",
        COMPARE_WITH_SOURCE,
    ),
    advice=(new_profiles,),
    consequences=_consequences,
)
