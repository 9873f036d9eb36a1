"""Verdict `undetermined`: not determined."""

from __future__ import annotations

from forensic.reasoning.installation.alternatives import (
    by_design,
    clock_behind,
    clock_set_in_setup,
    known_image,
    mini_setup,
    mixed,
    portable,
    preinstallation,
    promotion,
    renaming,
    supported_clone,
    upgrade,
)
from forensic.reasoning.installation.consequences import copies_would_share
from forensic.reasoning.installation.sentences import COMPARE_WITH_SOURCE
from forensic.reasoning.subject import Subject
from forensic.reasoning.verdict import VerdictKind


def _opening(_: Subject) -> str:
    return "What is there does not decide whether this installation was duplicated without Sysprep."


VERDICT = VerdictKind(
    code="undetermined",
    title="Not determined",
    policy="undetermined",
    order=80,
    says="The evidence that would decide is missing or contradicts itself. The gaps say which evidence that is.",
    rests_on=("decisive facts are gaps, or strong evidence stands on both sides",),
    beware=("It is no acquittal and no suspicion. Missing evidence is never evidence.",),
    opening=_opening,
    not_excluded=("an ordinary installation as well as a duplicate: missing evidence is neither",),
    alternatives=(
        promotion,
        supported_clone,
        portable,
        mini_setup,
        upgrade,
        mixed,
        clock_behind,
        clock_set_in_setup,
        renaming,
        by_design,
        known_image,
        preinstallation,
    ),
    remedies=(
        "Examine again with what is missing: the whole disk image rather than single hives, with the transaction logs beside them.",
        COMPARE_WITH_SOURCE,
    ),
    consequences=copies_would_share,
)
