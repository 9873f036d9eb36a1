"""Verdict `sealed-generalized`: generalized master, not started since."""

from __future__ import annotations

from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.artifacts.setup.setup_command import SETUP_FLAG
from forensic.reasoning.installation.alternatives import (
    as_shipped,
    by_design,
    clock_behind,
    clock_set_in_setup,
    kept_sid,
    known_image,
    mini_setup,
    preinstallation,
    promotion,
    renaming,
    skip_rearm,
    supported_clone,
    upgrade,
)
from forensic.reasoning.installation.caps import FACTS_MISSING
from forensic.reasoning.installation.consequences import agents_collide
from forensic.reasoning.installation.vetoes import (
    ACCUSATION_PENDING,
    CONTRADICTED,
    EVIDENCE_AGAINST_CLEARING,
    IMAGE_STATE_UNREAD,
    SYSTEM_UNREAD,
)
from forensic.reasoning.subject import Subject
from forensic.reasoning.verdict import Carries, VerdictKind


def _opening(_: Subject) -> str:
    return "It is a generalized image that was not started since: a sealed master, ready to be deployed."


VERDICT = VerdictKind(
    code="sealed-generalized",
    title="Generalized master, not started since",
    policy="compliant",
    order=10,
    says="Sysprep generalized this installation, and it has not been started since: a sealed master, ready to be deployed.",
    rests_on=(
        "the image state says that it waits for its first start (out-of-box experience or audit mode)",
        "setup is armed to run at the next start",
        "event logs and network adapters are cleared, and nothing was written after the generalize",
    ),
    beware=("It says nothing of copies that were taken before the generalize.",),
    opening=_opening,
    carries=(
        Carries("one-strong-of-three", strong=1, groups=3, gives="proven"),
        Carries("one-strong", strong=1, groups=1, gives="strong"),
        Carries("two-moderate", strong=0, groups=2, gives="strong"),
        Carries("one-moderate", strong=0, groups=1, gives="indicated"),
    ),
    vetoes=(EVIDENCE_AGAINST_CLEARING, SYSTEM_UNREAD, IMAGE_STATE_UNREAD, CONTRADICTED, ACCUSATION_PENDING),
    caps=(FACTS_MISSING,),
    needs=(IMAGE_STATE, SETUP_FLAG, CLONE_TAG),
    not_excluded=("copies that were taken before the generalize",),
    alternatives=(
        promotion,
        supported_clone,
        mini_setup,
        kept_sid,
        upgrade,
        clock_behind,
        clock_set_in_setup,
        renaming,
        as_shipped,
        skip_rearm,
        by_design,
        known_image,
        preinstallation,
    ),
    remedies=("Nothing has to be done: capture and deploy this image.",),
    consequences=agents_collide,
)
