"""Verdict `generalize-failed`: generalize or specialize begun, not finished."""

from __future__ import annotations

from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.reasoning.installation.alternatives import (
    by_design,
    clock_behind,
    clock_set_in_setup,
    known_image,
    mini_setup,
    preinstallation,
    promotion,
    renaming,
    supported_clone,
    upgrade,
)
from forensic.reasoning.installation.caps import EVIDENCE_INCOMPLETE, FACTS_MISSING
from forensic.reasoning.installation.consequences import identifiers_collide
from forensic.reasoning.installation.vetoes import EVIDENCE_AGAINST, OF_TWO_COMPUTERS
from forensic.reasoning.subject import Subject
from forensic.reasoning.verdict import Carries, Case, Objection, VerdictKind, Veto


def _opening(_: Subject) -> str:
    return "A generalize was begun here and did not finish; every copy of this image has the same defect."


def _complete(case: Case) -> Objection | None:
    doubts = tuple(one for one in case.evidence if one.rule == "image-state-complete")
    return Objection(doubts) if doubts else None


def _states_differ(case: Case) -> Objection | None:
    doubts = tuple(one for one in case.carrying if one.rule == "image-states-differ")
    return Objection(doubts) if doubts else None


_STATES_DIFFER = Veto(
    "image-states-differ",
    "The copies of the image state disagree: one of them was edited, or is of another time.",
    _states_differ,
)
_COMPLETE = Veto(
    "image-state-complete",
    "The image state is COMPLETE in every copy: a generalize sets it to UNDEPLOYABLE first, so that it was repaired or did not begin.",
    _complete,
)


VERDICT = VerdictKind(
    code="generalize-failed",
    title="Generalize or specialize begun, not finished",
    policy="suspect",
    order=20,
    says=(
        "A generalize or the specialize that follows it was begun and did not finish. What it would have renewed may be old, new or"
        " missing."
    ),
    rests_on=(
        "the image state says that the image is not deployable, though no setup is at work",
        "the status of Sysprep says that a generalize was begun and did not finish",
        "Sysprep's log, or its list of errors, names the step that failed",
    ),
    beware=(
        "A later run that finished replaces this state; an image taken while Sysprep was at work shows it too.",
        "One of these traces alone accuses nobody: a value can be edited, and UNDEPLOYABLE is the ordinary state during a first start.",
    ),
    opening=_opening,
    carries=(Carries("two-places", strong=0, groups=2, gives="strong"),),
    vetoes=(EVIDENCE_AGAINST, _COMPLETE, _STATES_DIFFER, OF_TWO_COMPUTERS),
    caps=(
        EVIDENCE_INCOMPLETE,
        FACTS_MISSING,
    ),
    needs=(IMAGE_STATE,),
    not_excluded=("the image was taken while Sysprep was at work, and the computer finished it afterwards",),
    alternatives=(
        promotion,
        supported_clone,
        mini_setup,
        upgrade,
        clock_behind,
        clock_set_in_setup,
        renaming,
        by_design,
        known_image,
        preinstallation,
    ),
    remedies=(
        "Read System32\\Sysprep\\Panther\\setuperr.log for the step that failed.",
        "Repair that on the master, and generalize it again before capturing.",
        "Do not deploy this image; computers that were deployed from it have to be rebuilt.",
    ),
    consequences=identifiers_collide,
)
