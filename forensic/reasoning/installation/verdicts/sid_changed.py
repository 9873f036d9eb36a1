"""Verdict `sid-changed`: machine SID changed by something other than Sysprep."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.artifacts.identity.lsa_boot_key import LSA_BOOT_KEY
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.reasoning.installation.alternatives import (
    by_design,
    clock_behind,
    clock_set_in_setup,
    demotion,
    known_image,
    mini_setup,
    portable,
    preinstallation,
    promotion,
    renaming,
    restored,
    supported_clone,
    upgrade,
)
from forensic.reasoning.installation.caps import EVIDENCE_INCOMPLETE, FACTS_MISSING
from forensic.reasoning.installation.consequences import identifiers_collide
from forensic.reasoning.installation.sentences import COMPARE_WITH_SOURCE, failed_since_setup, new_profiles
from forensic.reasoning.installation.vetoes import COPIES_DIFFER, EVIDENCE_AGAINST, OF_TWO_COMPUTERS
from forensic.reasoning.subject import Subject
from forensic.reasoning.verdict import Carries, VerdictKind

_RENEWED = frozenset(["machine-sid"])
"""Identifiers that this history has renewed: they collide no more."""


def _opening(subject: Subject) -> str:
    told = "The machine SID was replaced by something other than Sysprep, which Microsoft does not support."
    return told + failed_since_setup(subject)


def _consequences(subject: Subject) -> Iterator[str]:
    yield from identifiers_collide(subject, renewed=_RENEWED)


VERDICT = VerdictKind(
    code="sid-changed",
    title="Machine SID changed by something other than Sysprep",
    policy="violation",
    order=30,
    says=(
        "The machine SID was replaced while the other identifiers that belong to the same setup stayed. Microsoft does not support"
        " this, and it repairs nothing else."
    ),
    rests_on=(
        "the security database was given its SID long after setup, on a computer that is no domain controller",
        "a former SID remains in permissions, profiles, tasks or logs",
        "traces of the tool itself",
    ),
    beware=(
        "Becoming, or ceasing to be, a domain controller replaces the SID too.",
        "Files or profiles taken over from another computer carry that computer's SID.",
    ),
    opening=_opening,
    carries=(
        Carries("shadow-copy-has-another-sid", strong=1, groups=1, gives="proven", only=frozenset({"shadow-copy"})),
        Carries("two-strong", strong=2, groups=2, gives="proven"),
        Carries("one-strong-of-two", strong=1, groups=2, gives="strong"),
        Carries("one-strong", strong=1, groups=1, gives="indicated"),
        Carries("two-moderate", strong=0, groups=2, gives="indicated"),
    ),
    vetoes=(EVIDENCE_AGAINST, OF_TWO_COMPUTERS, COPIES_DIFFER),
    caps=(
        EVIDENCE_INCOMPLETE,
        FACTS_MISSING,
    ),
    needs=(MACHINE_SID, LSA_BOOT_KEY),
    not_excluded=(
        "hives restored from a backup of another time",
        "a former time as domain controller of which no trace is left",
    ),
    alternatives=(
        promotion,
        demotion,
        supported_clone,
        portable,
        mini_setup,
        upgrade,
        restored,
        clock_behind,
        clock_set_in_setup,
        renaming,
        by_design,
        known_image,
        preinstallation,
    ),
    remedies=(
        "Rebuild this computer from an image that was generalized before it was captured.",
        "Changing the SID once more, or running Sysprep on it now, does not help: Microsoft does not support either as a repair.",
        COMPARE_WITH_SOURCE,
    ),
    advice=(new_profiles,),
    consequences=_consequences,
)
