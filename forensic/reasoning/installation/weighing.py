"""Weighing: from evidence to a verdict, by one printed table.

| History | Strong groups, at least | Groups of at least moderate strength | Strength of the verdict |
|---|---|---|---|
| sealed-generalized | 1 | 3 | proven |
| | 1 | 1 | strong |
| | 0 | 2 | strong |
| | 0 | 1 | indicated |
| generalize-failed | 1 | 1 | strong |
| sid-changed | 2 | 2 | proven |
| | 1 | 2 | strong |
| | 1 | 1 | indicated |
| | 0 | 2 | indicated |
| relocated-not-generalized | 0 | 2 | strong |
| | 0 | 1 | indicated |
| generalized-after-use | 1 | 2 | strong |
| | 0 | 2 | indicated |
| deployed-generalized | 0 | 2 | strong |
| | 0 | 1 | indicated |
| installed | 0 | 4 | strong |
| | 0 | 2 | indicated |

A group is one cause and counts once, with its strongest evidence; weak evidence is reported and counts nothing. The histories are tried
from top to bottom, and the first that a row carries is the verdict. One thing is shown directly and is `proven` alone: a shadow copy with
another machine SID (group `shadow-copy`, strong). What a duplicate breaks (group `symptom`) counts only beside other groups: it shows that
a second computer exists, and not which of the two this is. So do network cards (group `network`): a card is made anew in a virtual machine,
and put into another slot, without anything else being changed. On Windows To Go, which is made to be started on many computers, and on a
domain controller that was cloned as Microsoft supports it, evidence of other hardware (groups `board` and `network`) carries no verdict.
Evidence of at least moderate strength that speaks against a history rules it out, and evidence against `installed` rules out everything
that is not an accusation: then the verdict is `undetermined`. Where a fact that the history needs is missing, the strength is `indicated`
at most. A verdict that accuses nobody needs the SYSTEM hive, `sealed-generalized` the image state in SOFTWARE too, and `installed`
something that says which CloneTag the media has: without them it is `undetermined`, whatever the files beside say. Where a machine SID of
SAM or SECURITY or the installation date of SOFTWARE cannot be stated, it is `indicated` at most and names the gap. Where the CloneTag is of
media that is not known, a verdict that rests on it is `indicated` at most. Nothing adds up to an accusation by something being missing. An
accusation of moderate strength that no row carries makes everything else `indicated` at most, and `undetermined` where nothing shows that
the identity was made in one setup; a sealed master it leaves alone, whose identity ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from forensic.artifacts.identity.lsa_boot_key import LSA_BOOT_KEY
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.artifacts.setup.setup_state import IMAGE_STATE, SETUP_FLAG, SETUPCL_RUN
from forensic.artifacts.setup.source_os import SOURCE_OS
from forensic.artifacts.setup.windows_release import INSTALL_DATE, WINDOWS_RELEASE
from forensic.model import POLICY, Evidence, History, Kind, Verdict, VerdictStrength
from forensic.reasoning.installation.alternatives import explanations
from forensic.reasoning.installation.consequences import consequences
from forensic.reasoning.installation.setup_time import clone_tag, is_of_unknown_media, media_moments, media_of, setup
from forensic.reasoning.installation.wording import NOT_EXCLUDED, OPENING, REMEDIES, profile_remedy
from forensic.reasoning.subject import Subject, moment

Row = tuple[int, int, VerdictStrength]

TABLE: dict[History, tuple[Row, ...]] = {
    History.SEALED_GENERALIZED: ((1, 3, "proven"), (1, 1, "strong"), (0, 2, "strong"), (0, 1, "indicated")),
    History.GENERALIZE_FAILED: ((1, 1, "strong"),),
    History.SID_CHANGED: ((2, 2, "proven"), (1, 2, "strong"), (1, 1, "indicated"), (0, 2, "indicated")),
    History.RELOCATED_NOT_GENERALIZED: ((0, 2, "strong"), (0, 1, "indicated")),
    History.GENERALIZED_AFTER_USE: ((1, 2, "strong"), (0, 2, "indicated")),
    History.DEPLOYED_GENERALIZED: ((0, 2, "strong"), (0, 1, "indicated")),
    History.INSTALLED: ((0, 4, "strong"), (0, 2, "indicated")),
}
SYMPTOM = "symptom"
"""The group of what a duplicate breaks: it shows that one exists, not which of the two this is, and counts only beside other groups."""
_BESIDE = frozenset({SYMPTOM, "network"})
"""Groups that count only beside others: what they show happens to one computer as well."""
_HARDWARE: frozenset[str] = frozenset({"board", "network"})
"""Groups of other hardware: on an installation that is meant to change it they carry nothing."""
DIRECT = {History.SID_CHANGED: "shadow-copy"}
"""The group whose strong evidence shows a history directly, and carries `proven` alone."""
ACCUSATIONS = frozenset(history for history, policy in POLICY.items() if policy in ("suspect", "violation"))

_ACCUSING = frozenset(history.value for history in ACCUSATIONS)
_WHOLE = "setup-clocks"
"""Group of the evidence that the identity is of one setup: beside it an accusation that no row carries is only a remark."""

_NEEDED: dict[History, tuple[Kind[Any], ...]] = {
    History.SEALED_GENERALIZED: (IMAGE_STATE, SETUP_FLAG, CLONE_TAG),
    History.GENERALIZE_FAILED: (IMAGE_STATE,),
    History.SID_CHANGED: (MACHINE_SID, LSA_BOOT_KEY),
    History.RELOCATED_NOT_GENERALIZED: (SETUPCL_RUN, CLONE_TAG, IMAGE_STATE),
    History.GENERALIZED_AFTER_USE: (SETUPCL_RUN, CLONE_TAG, IMAGE_STATE),
    History.DEPLOYED_GENERALIZED: (SETUPCL_RUN, CLONE_TAG, IMAGE_STATE, MACHINE_SID),
    History.INSTALLED: (SETUPCL_RUN, CLONE_TAG, IMAGE_STATE, MACHINE_SID),
}
"""What a history needs to be more than indicated; image state, SetupCl and CloneTag since Vista only."""
_SINCE_VISTA = frozenset({SETUPCL_RUN, CLONE_TAG, IMAGE_STATE})
_OF_EACH_HIVE = (MACHINE_SID, INSTALL_DATE)
"""What SAM, SECURITY and SOFTWARE of every release hold: nobody is told firmly that all is well where one of these could not be read."""
_DECIDING: tuple[tuple[Kind[Any], str], ...] = (
    (CLONE_TAG, "when the image was last generalized"),
    (SETUPCL_RUN, "when setup gave it its machine SID"),
    (IMAGE_STATE, "whether setup was finished"),
    (MACHINE_SID, "its machine SID"),
    (LSA_BOOT_KEY, "its boot key"),
    (INSTALL_DATE, "when it was installed"),
    (SETUP_FLAG, "whether setup is to go on"),
)


_BY_MEDIA = frozenset({History.INSTALLED, History.DEPLOYED_GENERALIZED, History.GENERALIZED_AFTER_USE})
"""Histories that differ by whether the CloneTag is the media's."""
_MOVED = frozenset({History.RELOCATED_NOT_GENERALIZED})
_FINAL = ACCUSATIONS | {History.SEALED_GENERALIZED}
"""Histories that a sign of another accusation leaves alone: what a master had been through ends with the generalize."""
_HINTS = 3
"""Most signs that are spelled out beside a verdict that they do not carry."""


def weigh(evidence: Sequence[Evidence], subject: Subject) -> Verdict:
    """Return the verdict that the table draws from `evidence`."""
    carrying = [one for one in evidence if one.strength != "weak"]
    unmoved = _HARDWARE if subject.is_portable or subject.is_supported_clone else frozenset()
    doubts = [one for one in carrying if one.against]
    for history, rows in TABLE.items():
        supporting = [one for one in carrying if one.supports == history.value and not (history in _MOVED and one.group in unmoved)]
        strength = _row(supporting, rows, DIRECT.get(history))
        if strength is None:
            continue
        against = [one for one in doubts if _rules_out(one.against, history)]
        pending = [one for one in carrying if history not in _FINAL and one.supports in _ACCUSING and one.group != SYMPTOM]
        unread = _unread(history, subject)
        if against or unread or (pending and not any(one.group == _WHOLE for one in carrying)):
            return _undetermined(subject, against or (() if unread else pending), supporting, unread)
        if pending and strength != "indicated":
            strength = "indicated"
        return _verdict(history, _capped(history, strength, subject), supporting, evidence, subject)
    return _undetermined(subject, doubts, [])


def _unread(history: History, subject: Subject) -> str:
    """Name the part of the registry without which nobody may be told that all is well; empty where nothing is missing."""
    if history in ACCUSATIONS:
        return ""
    if not subject.system_was_read:
        return "SYSTEM"
    if history is History.INSTALLED and subject.facts.of(CLONE_TAG) and not (subject.is_classic or _media_is_known(subject)):
        return "SOFTWARE"
    registry = any(fact.value.copy == "registry" for fact in subject.facts.of(IMAGE_STATE))
    return "" if history is not History.SEALED_GENERALIZED or registry or subject.is_classic else "SOFTWARE"


def _media_is_known(subject: Subject) -> bool:
    """Whether anything says what the CloneTag of the media is: without that it tells an installation and a deployment alike."""
    return bool(subject.facts.of(WINDOWS_RELEASE) or media_of(subject) or media_moments(subject))


def _unread_identity(history: History, subject: Subject) -> list[str]:
    """Name what of the identity could not be read, for a verdict over a running computer that accuses nobody."""
    return _gap_words(_OF_EACH_HIVE, subject) if history in (History.INSTALLED, History.DEPLOYED_GENERALIZED) else []


def _row(supporting: Sequence[Evidence], rows: Iterable[Row], direct: str | None) -> VerdictStrength | None:
    groups = {one.group for one in supporting}
    if groups <= _BESIDE:
        return None
    strong = {one.group for one in supporting if one.strength == "strong"}
    if direct in strong:
        return "proven"
    return next((strength for at_least, total, strength in rows if len(strong) >= at_least and len(groups) >= total), None)


def _rules_out(against: str, history: History) -> bool:
    return against == history.value or (against == History.INSTALLED.value and history not in ACCUSATIONS)


def _capped(history: History, strength: VerdictStrength, subject: Subject) -> VerdictStrength:
    weakened = _missing(history, subject) or _unread_identity(history, subject) or (history in _BY_MEDIA and is_of_unknown_media(subject))
    return "indicated" if strength in ("proven", "strong") and weakened else strength


def _missing(history: History, subject: Subject) -> list[Kind[Any]]:
    return [kind for kind in _NEEDED[history] if _is_missing(kind, subject)]


def _is_missing(kind: Kind[Any], subject: Subject) -> bool:
    """Whether a fact that should be there is not. Before Vista a CloneTag need not be, where its place was read."""
    expected = not subject.is_classic or kind not in _SINCE_VISTA or (kind is CLONE_TAG and not subject.has_no_clone_tag)
    return expected and not subject.facts.of(kind)


def _verdict(
    history: History, strength: VerdictStrength, supporting: Sequence[Evidence], evidence: Sequence[Evidence], subject: Subject
) -> Verdict:
    opening = OPENING[history].format(window=_window(subject), place=_place(subject))
    leading = sorted(supporting, key=lambda one: (("strong", "moderate", "weak").index(one.strength), one.rule, one.because))
    reasons = "; ".join(one.because for one in leading[:2])
    summary = f"{reasons[:1].upper()}{reasons[1:]}. {opening}"
    hints = sorted(
        {f"a sign of {one.supports}, too little to carry that verdict: {one.because}" for one in evidence if one.supports in _ACCUSING}
    )
    open_ends = [*NOT_EXCLUDED[history], *explanations(history, subject)]
    if history not in ACCUSATIONS:
        open_ends += hints[:_HINTS]
        if len(hints) > _HINTS:
            open_ends.append(f"{len(hints) - _HINTS} more such signs, see the evidence")
        open_ends += (f"{lost}; what stands there might tell otherwise" for lost in _unread_identity(history, subject))
    if missing := _missing(history, subject):
        open_ends.append(f"missing, and it would make this firmer: {_words(missing)}")
    if history in _BY_MEDIA and is_of_unknown_media(subject):
        open_ends.append("the release or its media is unknown to this program: whether the CloneTag is the media's own rests on estimates")
    remedies = (*REMEDIES[history], *profile_remedy(history, subject))
    return Verdict(history, POLICY[history], strength, summary, tuple(open_ends), remedies, consequences(history, subject))


def _undetermined(subject: Subject, doubts: Sequence[Evidence], supporting: Sequence[Evidence], unread: str = "") -> Verdict:
    missing = [kind for kind, _ in _DECIDING if _is_missing(kind, subject)]
    sentences = []
    if doubts:
        told = "; ".join(sorted(one.because for one in doubts))
        sentences.append(f"{told[:1].upper()}{told[1:]}.")
    if unread:
        sentences.append(
            f"What the {unread} hive would tell is missing: without it, what speaks for {supporting[0].supports} is not enough."
        )
    elif supporting:
        sentences.append(f"That speaks against {supporting[0].supports}, for which there is evidence too.")
    if missing:
        sentences.append(f"Missing is {_words(missing)}.")
    sentences.append("What is there does not decide whether this installation was duplicated without Sysprep.")
    strong = any(one.strength == "strong" for one in doubts) and any(one.strength == "strong" for one in supporting)
    return Verdict(
        History.UNDETERMINED,
        POLICY[History.UNDETERMINED],
        "contradicted" if strong else "undetermined",
        " ".join(sentences),
        (*NOT_EXCLUDED[History.UNDETERMINED], *explanations(History.UNDETERMINED, subject), *_gap_words(missing, subject)),
        REMEDIES[History.UNDETERMINED],
        consequences(History.UNDETERMINED, subject),
    )


def _gap_words(missing: Iterable[Kind[Any]], subject: Subject) -> list[str]:
    """Name the gaps of the missing kinds, those of one hive or file and one reason together."""
    names = {kind.name for kind in missing}
    lost: dict[tuple[str, str], set[str]] = {}
    for gap in subject.gaps:
        if gap.artifact in names:
            volume, _, rest = gap.searched.partition(" > ")
            file = rest.partition(" > ")[0]
            lost.setdefault((f"{volume} > {file}" if "/" in file else volume, gap.reason), set()).add(gap.artifact)
    return [
        f"missing from {place or 'the evidence'} ({reason}): {', '.join(sorted(kinds))}" for (place, reason), kinds in sorted(lost.items())
    ]


def _words(kinds: Iterable[Kind[Any]]) -> str:
    words = dict(_DECIDING)
    return ", ".join(f"{words[kind]} ({kind.name})" for kind in kinds)


def _window(subject: Subject) -> str:
    """Name the stretch of time without a generalize: from the last setup pass on."""
    done, tag = setup(subject), clone_tag(subject)
    told = f"No trace of a generalize since {moment(done.latest.time)} was found" if done.known else "No trace of a generalize was found"
    return told + (f"; the CloneTag is {tag[0].value.text} (local time)." if tag else ".")


def _place(subject: Subject) -> str:
    """Say how long it has stayed where it is, as far as the records go."""
    if subject.is_portable:
        return "on a drive that is carried from computer to computer"
    return "that stayed where it was upgraded" if subject.facts.of(SOURCE_OS) else "that stayed where it was set up"


def not_judged(subject: Subject) -> Verdict:
    """Return the verdict over an installation that is not judged on its own: a recovery environment, or a former state."""
    why = {
        "recovery": "This is a recovery or setup environment (Windows PE): an image that is alike on many computers.",
        "old": "This is a former state of an installation (Windows.old, or copies of its hives), kept as history of the one in use.",
        "shadow-copy": "This is a former state of an installation (a shadow copy), kept as history of the one in use.",
    }[subject.origin]
    text = f"{why} It is not judged on its own; nothing is held against it or for it."
    return Verdict(History.UNDETERMINED, POLICY[History.UNDETERMINED], "undetermined", text)
