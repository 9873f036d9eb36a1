"""Caps: when a verdict is `indicated` at most, because something that would make it firm is missing or unknown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from forensic.artifacts.identity.lsa_boot_key import LSA_BOOT_KEY
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.artifacts.setup.setup_command import SETUP_FLAG
from forensic.artifacts.setup.setup_progress import SETUPCL_RUN
from forensic.artifacts.setup.source_os import SOURCE_OS
from forensic.artifacts.setup.windows_release import INSTALL_DATE
from forensic.model import Kind
from forensic.model.problem import CODES
from forensic.reasoning.installation.setup_time import is_of_unknown_media
from forensic.reasoning.subject import Subject
from forensic.reasoning.verdict import Cap, Case

_SINCE_VISTA = frozenset({SETUPCL_RUN, CLONE_TAG, IMAGE_STATE})
OF_EACH_HIVE = (MACHINE_SID, INSTALL_DATE)
"""What SAM, SECURITY and SOFTWARE of every release hold."""
_PLACES = 3
"""Places of one kind of damage that are named in a sentence."""
DECIDING: dict[Kind[Any], str] = {
    CLONE_TAG: "when the image was last generalized",
    SETUPCL_RUN: "when setup gave it its machine SID",
    IMAGE_STATE: "whether setup was finished",
    MACHINE_SID: "its machine SID",
    LSA_BOOT_KEY: "its boot key",
    INSTALL_DATE: "when it was installed",
    SETUP_FLAG: "whether setup is to go on",
}
"""Facts that decide between verdicts, each with what it tells."""


def is_missing(kind: Kind[Any], subject: Subject) -> bool:
    """Return whether a fact that should be there is not. Before Vista a CloneTag need not be, where its place was read."""
    expected = not subject.is_classic or kind not in _SINCE_VISTA or (kind is CLONE_TAG and not subject.has_no_clone_tag)
    return expected and not subject.facts.of(kind)


def lost(kinds: Iterable[Kind[Any]], subject: Subject) -> list[Kind[Any]]:
    """Return those of these kinds that are missing; what a contradiction set aside was read, and is told by it."""
    return [kind for kind in kinds if is_missing(kind, subject) and kind.name not in subject.kinds_set_aside]


def in_words(kinds: Iterable[Kind[Any]]) -> str:
    """Return kinds as what they tell, with their names."""
    return ", ".join(f"{DECIDING[kind]} ({kind.name})" for kind in kinds)


def gaps_in_words(kinds: Iterable[Kind[Any]], subject: Subject) -> list[str]:
    """Name the gaps of these kinds, those of one hive or file and one reason together."""
    names = {kind.name for kind in kinds}
    lost: dict[tuple[str, str], set[str]] = {}
    for gap in subject.gaps:
        if gap.artifact in names:
            lost.setdefault((" > ".join(filter(None, (gap.place.volume, gap.place.file))), gap.reason), set()).add(gap.artifact)
    return [
        f"missing from {place or 'the evidence'} ({reason}): {', '.join(sorted(found))}" for (place, reason), found in sorted(lost.items())
    ]


def _facts_missing(case: Case) -> Sequence[str] | None:
    missing = [kind for kind in case.kind.needs if is_missing(kind, case.subject)]
    told = lost(missing, case.subject)
    return ([f"missing, and it would make this firmer: {in_words(told)}"] if told else []) if missing else None


def _identity_unread(case: Case) -> Sequence[str] | None:
    return [f"{lost}; what stands there might tell otherwise" for lost in gaps_in_words(OF_EACH_HIVE, case.subject)] or None


def _media_unknown(case: Case) -> Sequence[str] | None:
    if not is_of_unknown_media(case.subject):
        return None
    return ["the release or its media is unknown to this program: whether the CloneTag is the media's own rests on estimates"]


def _contradicted(case: Case) -> Sequence[str] | None:
    return [f"a contradiction: {one.because}; that is set aside" for one in case.subject.contradictions] or None


def incomplete_in_words(subject: Subject) -> list[str]:
    """Name what is known to be missing, that of one kind together, with the first places of it."""
    places: dict[str, dict[str, None]] = {}
    for problem in subject.incomplete:
        places.setdefault(problem.code, {})[problem.where] = None
    return [
        f"{CODES[code].title[:1].lower()}{CODES[code].title[1:]} ({_first(list(where))}): {CODES[code].effect}"
        for code, where in places.items()
    ]


def _first(places: Sequence[str]) -> str:
    more = len(places) - _PLACES
    return ", ".join(places[:_PLACES]) + (f" and {more} more" if more > 0 else "")


def _incomplete(case: Case) -> Sequence[str] | None:
    return incomplete_in_words(case.subject) or None


IDENTITY_UNREAD = Cap(
    "identity-unread",
    "A machine SID of SAM or SECURITY, or the installation date of SOFTWARE, could not be stated: nobody is told firmly that all is well.",
    _identity_unread,
)
FACTS_MISSING = Cap("facts-missing", "A fact that the verdict needs is missing.", _facts_missing)
EVIDENCE_INCOMPLETE = Cap(
    "evidence-incomplete",
    "Evidence is known to be missing: a segment, the end of the image, a damaged hive, a log that was not applied, an encrypted volume.",
    _incomplete,
)
LOGS_NOT_LOOKED = Cap(
    "logs-not-looked-at",
    "A triage does not look at Sysprep's log and the file that it leaves when it succeeds: a seal is not firm by the registry alone.",
    lambda case: (
        ["triage: Sysprep's log and its success file were not looked at; --depth full does"] if case.subject.depth == "triage" else None
    ),
)
MEDIA_UNKNOWN = Cap("media-unknown", "The CloneTag is of media that is not known: what rests on it is an estimate.", _media_unknown)


def _other_hardware(case: Case) -> Sequence[str] | None:
    named = {one.because for one in case.evidence if one.rule == "other-hardware-configuration"}
    return () if named and case.subject.facts.of(SOURCE_OS) else None


OTHER_HARDWARE = Cap(
    "other-hardware",
    "Before the last upgrade it was started on another computer, and whether it was generalized then is not on record.",
    _other_hardware,
)
CONTRADICTION = Cap(
    "contradiction",
    "Something on record contradicts itself and was set aside: nobody is told firmly that all is well.",
    _contradicted,
)
