"""Verdict `generalized-after-use`: generalized only after it had been in use."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.artifacts.setup.setup_progress import SETUPCL_RUN
from forensic.reasoning.installation.alternatives import (
    by_design,
    clock_behind,
    clock_set_in_setup,
    kept_sid,
    known_image,
    maintained,
    mini_setup,
    portable,
    preinstallation,
    promotion,
    renaming,
    skip_rearm,
    sqm,
    supported_clone,
    upgrade,
)
from forensic.reasoning.installation.caps import EVIDENCE_INCOMPLETE, FACTS_MISSING, MEDIA_UNKNOWN
from forensic.reasoning.installation.consequences import identifiers_collide
from forensic.reasoning.installation.sentences import COMPARE_WITH_SOURCE, failed_since_setup, new_profiles
from forensic.reasoning.installation.vetoes import EVIDENCE_AGAINST, OF_TWO_COMPUTERS
from forensic.reasoning.subject import Subject
from forensic.reasoning.verdict import Carries, VerdictKind

_RENEWED = frozenset(["machine-sid", "sus-client-id", "machine-guid", "sqm-machine-id"])
"""Identifiers that this history has renewed: they collide no more."""


def _opening(subject: Subject) -> str:
    told = "Sysprep ran only after this installation had a life on its target; Microsoft does not accept that as a repair of a copy."
    return told + failed_since_setup(subject)


def _consequences(subject: Subject) -> Iterator[str]:
    yield from identifiers_collide(subject, renewed=_RENEWED, kms=False)


VERDICT = VerdictKind(
    code="generalized-after-use",
    title="Generalized only after it had been in use",
    policy="suspect",
    order=50,
    says=(
        "Sysprep ran, but only after this installation had a life on its target. Microsoft does not accept that as a repair of an"
        " un-generalized copy."
    ),
    rests_on=(
        "productive use (users, domain membership, logs) before the generalize",
        "hardware of the target recorded before the generalize",
    ),
    beware=("A master that was maintained for a long time before it was generalized looks similar.",),
    opening=_opening,
    carries=(
        Carries("one-strong-of-two", strong=1, groups=2, gives="strong"),
        Carries("two-moderate", strong=0, groups=2, gives="indicated"),
    ),
    beside=frozenset({"target-hardware"}),
    vetoes=(EVIDENCE_AGAINST, OF_TWO_COMPUTERS),
    caps=(EVIDENCE_INCOMPLETE, FACTS_MISSING, MEDIA_UNKNOWN),
    needs=(SETUPCL_RUN, CLONE_TAG, IMAGE_STATE),
    not_excluded=(
        "the computer on which a master was built and kept for months, generalized there and started again",
        "a virtual machine whose template has the same hardware identity",
        "an installation that never was a copy, generalized to give it away or to set it up anew",
    ),
    alternatives=(
        promotion,
        supported_clone,
        portable,
        mini_setup,
        kept_sid,
        upgrade,
        clock_behind,
        clock_set_in_setup,
        renaming,
        maintained,
        sqm,
        skip_rearm,
        by_design,
        known_image,
        preinstallation,
    ),
    remedies=(
        COMPARE_WITH_SOURCE,
        (
            "Find out whether it was copied from another computer before the generalize; if so, rebuild it from an image"
            " generalized in time."
        ),
        "Running Sysprep once more does not help.",
    ),
    advice=(new_profiles,),
    consequences=_consequences,
)
