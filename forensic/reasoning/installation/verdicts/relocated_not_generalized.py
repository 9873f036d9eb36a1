"""Verdict `relocated-not-generalized`: moved to other hardware or another disk, not generalized."""

from __future__ import annotations

from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.artifacts.setup.setup_progress import SETUPCL_RUN
from forensic.reasoning.installation.alternatives import (
    by_design,
    clock_behind,
    conversion,
    known_image,
    mini_setup,
    portable,
    preinstallation,
    promotion,
    renaming,
    restored,
    supported_clone,
    unmarked_clone,
    upgrade,
    virtual,
)
from forensic.reasoning.installation.caps import EVIDENCE_INCOMPLETE, FACTS_MISSING
from forensic.reasoning.installation.consequences import identifiers_collide
from forensic.reasoning.installation.sentences import COMPARE_WITH_SOURCE, new_profiles, shows_no_generalize, window_without_generalize
from forensic.reasoning.installation.vetoes import EVIDENCE_AGAINST, OF_TWO_COMPUTERS, SYMPTOM
from forensic.reasoning.subject import Subject
from forensic.reasoning.verdict import Carries, SetAside, VerdictKind


def _opening(subject: Subject) -> str:
    moved = "It was moved or copied without one." if shows_no_generalize(subject) else "It was moved or copied."
    return f"{window_without_generalize(subject)} {moved} One image cannot show whether the original still runs."


VERDICT = VerdictKind(
    code="relocated-not-generalized",
    title="Moved to other hardware or another disk, not generalized",
    policy="suspect",
    order=40,
    says=(
        "The installation runs, or ran, on hardware or on a disk other than the one it was specialized on, and was not generalized"
        " in between. If the source is still in use, two computers share one identity."
    ),
    rests_on=(
        "hardware recorded when Windows was specialized differs from the hardware of today",
        "no specialize ran after the new hardware was first seen",
        "leftovers of the former hardware: adapters, hardware configurations, disk signatures, boot entries",
    ),
    beware=(
        "A repaired computer (new board, new disk), a moved virtual machine or a restored backup is one machine with the same traces.",
        "One image cannot show that the source is still in use; comparing it with the suspected source can.",
    ),
    opening=_opening,
    carries=(
        Carries("two-moderate", strong=0, groups=2, gives="strong"),
        Carries("one-moderate", strong=0, groups=1, gives="indicated"),
    ),
    beside=frozenset({"network", SYMPTOM}),
    set_aside=(
        SetAside(
            "carried",
            "Windows To Go, or a Windows on a USB disk, is made to be started on many computers: other hardware is no move there.",
            frozenset({"board", "network"}),
            lambda subject: subject.is_portable or subject.lies_on_usb,
        ),
        SetAside(
            "supported-clone",
            "A domain controller that was cloned as Microsoft supports it has new hardware: that carries no verdict there, nor clears it.",
            frozenset({"board", "network"}),
            lambda subject: subject.is_supported_clone,
            clears=False,
        ),
    ),
    vetoes=(EVIDENCE_AGAINST, OF_TWO_COMPUTERS),
    caps=(
        EVIDENCE_INCOMPLETE,
        FACTS_MISSING,
    ),
    needs=(SETUPCL_RUN, CLONE_TAG, IMAGE_STATE),
    not_excluded=(
        "a repaired computer (another board, disk or network card, or firmware with another system UUID)",
        "a virtual machine moved to another host or given a new identity",
        "a computer made a virtual machine and then shut down for good",
        "a backup restored on other hardware after the original was lost",
    ),
    alternatives=(
        promotion,
        supported_clone,
        unmarked_clone,
        portable,
        mini_setup,
        upgrade,
        virtual,
        conversion,
        restored,
        clock_behind,
        renaming,
        by_design,
        known_image,
        preinstallation,
    ),
    remedies=(
        COMPARE_WITH_SOURCE,
        "If the source is still in use, rebuild this computer from an image that was generalized before it was captured.",
        "Running Sysprep on it now, or changing its SID, does not make it compliant.",
    ),
    advice=(new_profiles,),
    consequences=identifiers_collide,
)
