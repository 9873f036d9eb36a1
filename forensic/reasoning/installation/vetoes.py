"""Vetoes: when a verdict that evidence carries is not given, because something speaks against it or decides and is missing."""

from __future__ import annotations

from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.artifacts.setup.windows_release import WINDOWS_RELEASE
from forensic.model import Evidence
from forensic.reasoning.installation.setup_time import media_moments, media_of
from forensic.reasoning.subject import Subject
from forensic.reasoning.verdict import Case, Objection, Veto, load

SYMPTOM = "symptom"
"""The group of what a duplicate breaks: it shows that one exists, not which of the two this is."""
ONE_SETUP = "setup-clocks"
"""The group of the evidence that the identity was made in one setup: beside it an accusation that no row carries is only a remark."""


def pending(case: Case) -> tuple[Evidence, ...]:
    """Return evidence of moderate strength at least for a verdict that accuses; what a duplicate breaks says nothing of this computer."""
    accusing = {code for code, kind in load().items() if kind.accuses}
    return tuple(one for one in case.carrying if one.supports in accusing and one.group != SYMPTOM)


def is_of_one_setup(case: Case) -> bool:
    """Return whether evidence shows that the identity was made in one setup."""
    return any(one.group == ONE_SETUP for one in case.carrying)


def _against_this(case: Case) -> Objection | None:
    doubts = tuple(one for one in case.carrying if one.against == case.kind.code)
    return Objection(doubts) if doubts else None


def _against_clearing(case: Case) -> Objection | None:
    doubts = tuple(one for one in case.carrying if one.against in (case.kind.code, "installed"))
    return Objection(doubts) if doubts else None


def _system_unread(case: Case) -> Objection | None:
    return None if case.subject.system_was_read else Objection(unread="SYSTEM")


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
    return Objection(found) if found and not is_of_one_setup(case) else None


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
MEDIA_UNREAD = Veto(
    "media-unread",
    "Nothing says which CloneTag the media has (SOFTWARE is missing): without that it tells an installation and a deployment alike.",
    _media_unread,
)
IMAGE_STATE_UNREAD = Veto("image-state-unread", "A master is sealed only where the image state in SOFTWARE was read.", _image_state_unread)
ACCUSATION_PENDING = Veto(
    "accusation-pending",
    "Evidence of at least moderate strength points to a verdict that accuses, though no row carries it, and nothing shows that the identity"
    " was made in one setup.",
    _accusation_pending,
)
