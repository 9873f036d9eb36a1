"""Verdict `deployed-generalized`: deployed from a generalized master."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.artifacts.setup.setup_progress import SETUPCL_RUN
from forensic.reasoning.installation.alternatives import (
    by_design,
    cleared,
    clock_behind,
    clock_set_in_setup,
    kept_sid,
    known_image,
    maintained,
    maker,
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
from forensic.reasoning.installation.caps import CONTRADICTION, EVIDENCE_INCOMPLETE, FACTS_MISSING, IDENTITY_UNREAD, MEDIA_UNKNOWN
from forensic.reasoning.installation.consequences import agents_collide
from forensic.reasoning.installation.sentences import failed_since_setup, nothing_to_do
from forensic.reasoning.installation.vetoes import ACCUSATION_PENDING, CONTRADICTED, EVIDENCE_AGAINST_CLEARING, SID_UNREAD, SYSTEM_UNREAD
from forensic.reasoning.subject import Subject
from forensic.reasoning.verdict import Carries, VerdictKind


def _opening(subject: Subject) -> str:
    told = "It was deployed from a master that was generalized first, as Microsoft asks."
    return told + failed_since_setup(subject)


def _advice(subject: Subject) -> Iterator[str]:
    """Say that nothing has to be done, where what decides was read."""
    yield nothing_to_do(subject, VERDICT)


VERDICT = VerdictKind(
    code="deployed-generalized",
    title="Deployed from a generalized master",
    policy="compliant",
    order=60,
    says=(
        "A master was generalized with Sysprep before it was captured, and this computer was deployed from the capture. This is"
        " what Microsoft asks for."
    ),
    rests_on=(
        "the CloneTag is later than the media's own and earlier than the first start of this computer",
        "content of the master (programs, profiles) is older than the installation's own identity",
        "the hardware at specialize is the hardware of today",
    ),
    beware=(
        "Manufacturers generalize their own images: a computer as bought looks the same.",
        "A generalize that ran only after this computer had been in use is another verdict, `generalized-after-use`.",
    ),
    opening=_opening,
    carries=(
        Carries("two-moderate", strong=0, groups=2, gives="strong"),
        Carries("one-moderate", strong=0, groups=1, gives="indicated"),
    ),
    vetoes=(EVIDENCE_AGAINST_CLEARING, SYSTEM_UNREAD, CONTRADICTED, ACCUSATION_PENDING, SID_UNREAD),
    caps=(EVIDENCE_INCOMPLETE, IDENTITY_UNREAD, FACTS_MISSING, MEDIA_UNKNOWN, CONTRADICTION),
    needs=(SETUPCL_RUN, CLONE_TAG, IMAGE_STATE, MACHINE_SID),
    not_excluded=(
        "the manufacturer of the computer, or Microsoft when it renewed its media, generalized the image, and nobody here did",
        "the master had been in use on another computer before it was generalized",
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
        cleared,
        renaming,
        maker,
        maintained,
        sqm,
        skip_rearm,
        by_design,
        known_image,
        preinstallation,
    ),
    advice=(_advice,),
    consequences=agents_collide,
)
