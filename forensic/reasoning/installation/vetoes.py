"""Vetoes: when a verdict that evidence carries is not given, because something speaks against it or decides and is missing."""

from __future__ import annotations

from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.artifacts.setup.windows_release import WINDOWS_RELEASE
from forensic.model import Evidence
from forensic.reasoning.installation.setup_time import media_moments, media_of
from forensic.reasoning.subject import Subject
from forensic.reasoning.verdict import Case, Objection, Veto, load

SYMPTOM = "symptom"
"""The group of what a duplicate breaks: it shows that one exists, not which of the two this is."""
OF_ONE_COMPUTER = frozenset({SYMPTOM, "target-hardware"})
"""Groups that do not keep anybody from being cleared: the computer on which a master is built has records from before its generalize."""
HIVE_SET = "hive-set"
"""The group of the evidence that the hives are of two computers."""
COHERENCE = "coherence"
"""The group of what contradicts itself."""


def pending(case: Case) -> tuple[Evidence, ...]:
    """Return evidence of moderate strength at least for a verdict that accuses, though no row carries it.

    Left out is what is expected of one computer as well, and what is set aside for this installation.
    """
    aside = {
        (code, group)
        for code, kind in load().items()
        for one in kind.set_aside
        if one.clears and one.when(case.subject)
        for group in one.groups
    }
    accusing = {code for code, kind in load().items() if kind.accuses}
    found = (one for one in case.carrying if one.supports in accusing and one.group not in OF_ONE_COMPUTER)
    return tuple(one for one in found if (one.supports, one.group) not in aside)


def _against_this(case: Case) -> Objection | None:
    doubts = tuple(one for one in case.carrying if one.against == case.kind.code)
    return Objection(doubts) if doubts else None


def _against_clearing(case: Case) -> Objection | None:
    doubts = tuple(one for one in case.carrying if one.against in (case.kind.code, "installed"))
    return Objection(doubts) if doubts else None


def _system_unread(case: Case) -> Objection | None:
    return None if case.subject.system_was_read else Objection(unread="SYSTEM")


def _identity_unread(case: Case) -> Objection | None:
    """Object where neither SAM nor SECURITY states a machine SID: whether something changed it is seen there alone."""
    subject = case.subject
    stated = subject.facts.of(MACHINE_SID) or any(fact.kind == MACHINE_SID.name for one in subject.contradictions for fact in one.facts)
    return None if stated else Objection(unread="SAM or the SECURITY")


def _media_unread(case: Case) -> Objection | None:
    subject = case.subject
    unread = subject.facts.of(CLONE_TAG) and not (subject.is_classic or _media_is_known(subject))
    return Objection(unread="SOFTWARE") if unread else None


def _media_is_known(subject: Subject) -> bool:
    """Whether anything says what the CloneTag of the media is: without that it tells an installation and a deployment alike."""
    return bool(subject.facts.of(WINDOWS_RELEASE) or media_of(subject) or media_moments(subject))


def _image_state_unread(case: Case) -> Objection | None:
    registry = any(fact.value.copy == "registry" for fact in case.subject.facts.of(IMAGE_STATE))
    return None if registry or case.subject.is_classic else Objection(unread="SOFTWARE")


def _accusation_pending(case: Case) -> Objection | None:
    found = pending(case)
    return Objection(found) if found else None


def _of_two_computers(case: Case) -> Objection | None:
    doubts = tuple(one for one in case.carrying if one.group == HIVE_SET)
    return Objection(doubts) if doubts else None


def _copies_differ(case: Case) -> Objection | None:
    doubts = tuple(one for one in case.carrying if one.rule == "machine-sid-copies-differ")
    return Objection(doubts) if doubts else None


def _contradicted(case: Case) -> Objection | None:
    doubts = tuple(one for one in case.evidence if one.group == COHERENCE)
    return Objection(doubts) if case.subject.contradictions and any(one.facts for one in case.subject.contradictions) else None


EVIDENCE_AGAINST = Veto("evidence-against", "Evidence of at least moderate strength speaks against this verdict.", _against_this)
EVIDENCE_AGAINST_CLEARING = Veto(
    "evidence-against-clearing",
    "Evidence of at least moderate strength speaks against this verdict, or against an ordinary installation: that rules out everything"
    " that accuses nobody.",
    _against_clearing,
)
SYSTEM_UNREAD = Veto(
    "system-unread",
    "Nobody is cleared without the SYSTEM hive, which says how far setup came, whatever the files beside say.",
    _system_unread,
)
SID_UNREAD = Veto(
    "sid-unread",
    "Nobody is cleared where neither SAM nor SECURITY states a machine SID: whether something changed it is seen there alone.",
    _identity_unread,
)
MEDIA_UNREAD = Veto(
    "media-unread",
    "Nothing says which CloneTag the media has (SOFTWARE is missing): without that it tells an installation and a deployment alike.",
    _media_unread,
)
IMAGE_STATE_UNREAD = Veto("image-state-unread", "A master is sealed only where the image state in SOFTWARE was read.", _image_state_unread)
ACCUSATION_PENDING = Veto(
    "accusation-pending",
    "Evidence of at least moderate strength points to a verdict that accuses, though no row carries it.",
    _accusation_pending,
)
OF_TWO_COMPUTERS = Veto(
    "of-two-computers",
    "The hives are of two computers, or may be: what one of them says is not held against, or for, the other.",
    _of_two_computers,
)
COPIES_DIFFER = Veto(
    "sid-copies-differ",
    "SAM and SECURITY hold different machine SIDs: one of them may be of another computer or another time.",
    _copies_differ,
)
CONTRADICTED = Veto(
    "contradicted",
    "What is on record contradicts itself, and what was set aside is what this verdict would rest on.",
    _contradicted,
)
