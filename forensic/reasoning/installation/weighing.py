"""Weighing: from evidence to a verdict, by the rows that the verdict kinds declare.

The verdicts are tried in their order, and the first that a row carries is given, unless a veto leaves the installation undetermined. A
group of evidence is one cause and counts once, with its strongest evidence; weak evidence is reported and carries nothing. Missing evidence
never adds up to an accusation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from forensic.model import Evidence, Fact, Verdict
from forensic.reasoning.installation.caps import DECIDING, in_words, incomplete_in_words, lost
from forensic.reasoning.subject import Subject
from forensic.reasoning.verdict import Carries, Case, Objection, VerdictKind, load

UNDETERMINED = "undetermined"
NOTHING_CARRIES = "nothing-carries"
"""`decided_by` where the evidence is too little for any verdict."""
HANGS_ON_ONE_VALUE = "hangs-on-one-value"
"""`decided_by` where one fact less would turn an accusation into an acquittal, or the other way round."""
MANY_MISSING = 4
"""Facts that decide and are missing, of which so many are not told one by one: the gaps have them."""
_SIGNS = 3
"""Most signs that are spelled out beside a verdict that they do not carry."""
_STRENGTHS = ("strong", "moderate", "weak")


def weigh(evidence: Sequence[Evidence], subject: Subject) -> Verdict:
    """Return the verdict that the declared rows draw from `evidence`."""
    for kind in load().values():
        case = Case(kind, subject, tuple(evidence), _supporting(kind, evidence, subject))
        row = _row(case)
        if row is None:
            continue
        for veto in kind.vetoes:
            objection = veto.objects(case)
            if objection is not None:
                return _undetermined(subject, objection, case.supporting, veto.name)
        return _verdict(case, row)
    doubts = tuple(one for one in evidence if one.strength != "weak" and one.against)
    return _undetermined(subject, Objection(doubts), (), NOTHING_CARRIES)


def _supporting(kind: VerdictKind, evidence: Iterable[Evidence], subject: Subject) -> tuple[Evidence, ...]:
    aside = {group for one in kind.set_aside if one.when(subject) for group in one.groups}
    return tuple(one for one in evidence if one.strength != "weak" and one.supports == kind.code and one.group not in aside)


def _row(case: Case) -> Carries | None:
    if {one.group for one in case.supporting} <= case.kind.beside:
        return None
    return next((row for row in case.kind.carries if row.holds(case.supporting)), None)


def _verdict(case: Case, row: Carries) -> Verdict:
    kind, subject = case.kind, case.subject
    leading = sorted(case.supporting, key=lambda one: (_STRENGTHS.index(one.strength), one.rule, one.because))
    reasons = "; ".join(one.because for one in leading[:2])
    strength, caps, remarks = row.gives, [], list[str]()
    for cap in kind.caps:
        found = cap.remarks(case)
        if found is not None:
            caps.append(cap.name)
            remarks += found
            strength = cap.at if strength in ("proven", "strong") else strength
    opening = kind.opening(subject)
    return Verdict(
        kind.code,
        row.policy or kind.policy,
        strength,
        f"{reasons[:1].upper()}{reasons[1:]}. {opening}",
        (*kind.not_excluded, *_told(kind.alternatives, subject), *_set_aside(case), *_signs(case), *remarks),
        (*kind.remedies, *_told(kind.advice, subject)),
        tuple(kind.consequences(subject)),
        title=kind.title,
        decided_by=row.name,
        caps=tuple(caps),
        conclusion=f"{_sentence(leading[0])} {opening}" if kind.accuses and leading else opening,
    )


def _sentence(evidence: Evidence) -> str:
    text = evidence.brief or evidence.because
    return f"{text[:1].upper()}{text[1:]}."


def _told(sentences: Iterable[object], subject: Subject) -> tuple[str, ...]:
    return tuple(text for tell in sentences if callable(tell) for text in tell(subject))


def _set_aside(case: Case) -> list[str]:
    """Name the evidence that carries nothing on an installation of this sort, with what says that it is of this sort."""
    return [
        f"{one.because} Set aside here: {found.because}"
        for kind in load().values()
        for one in kind.set_aside
        if one.when(case.subject)
        for found in case.carrying
        if found.supports == kind.code and found.group in one.groups
    ]


def _signs(case: Case) -> list[str]:
    """Name what points to a verdict that accuses and does not carry it, beside a verdict that accuses nobody."""
    if case.kind.accuses:
        return []
    aside = " ".join(_set_aside(case))
    signs = sorted(
        f"a sign of {one.supports}, too little to carry that verdict: {one.because}"
        for one in set(case.evidence)
        if one.supports and load()[one.supports].accuses and one.because not in aside
    )
    more = len(signs) - _SIGNS
    return [*signs[:_SIGNS], *([f"{more} more such signs, see the evidence"] if more > 0 else [])]


def _undetermined(subject: Subject, objection: Objection, supporting: Sequence[Evidence], decided_by: str) -> Verdict:
    kind = load()[UNDETERMINED]
    missing = lost(DECIDING, subject)
    told = "; ".join(sorted(one.because for one in objection.doubts))
    brief = "; ".join(sorted(one.brief or one.because for one in objection.doubts))
    stands = ""
    if objection.unread:
        stands = (
            f"What the {objection.unread} hive would tell is missing: without it, what speaks for {supporting[0].supports} is not enough."
        )
    elif supporting:
        stands = f"That speaks against {supporting[0].supports}, for which there is evidence too."
    named = f"Missing is {in_words(missing)}." if missing else ""
    counted = named if len(missing) < MANY_MISSING else "Most of what decides is missing."
    opening = kind.opening(subject)
    strong = all(any(one.strength == "strong" for one in side) for side in (objection.doubts, supporting))
    return Verdict(
        kind.code,
        kind.policy,
        "contradicted" if strong else "undetermined",
        _paragraph(told, stands, named, opening),
        (*kind.not_excluded, *_told(kind.alternatives, subject), *incomplete_in_words(subject)),
        (*kind.remedies, *_told(kind.advice, subject)),
        tuple(kind.consequences(subject)),
        title=kind.title,
        decided_by=decided_by,
        conclusion=_paragraph(brief, stands, counted, opening),
    )


def _paragraph(clauses: str, *sentences: str) -> str:
    first = f"{clauses[:1].upper()}{clauses[1:]}." if clauses else ""
    return " ".join(filter(None, (first, *sentences)))


def hangs_on(fact: Fact[Any], verdict: Verdict, other: Verdict, subject: Subject) -> Verdict:
    """Return what is left of a verdict that would turn into its opposite without this one fact: nothing is determined."""
    kind = load()[UNDETERMINED]
    named = load()[other.history].title
    without = f"without it this would be '{named}' ({other.history})"
    alone = "A single value can be edited, planted or of another computer; nothing else on record confirms it."
    return Verdict(
        kind.code,
        kind.policy,
        "undetermined",
        f"{verdict.summary} But all of that hangs on one value, {fact.kind} ({fact.source}): {without}. {alone} {kind.opening(subject)}",
        (*kind.not_excluded, *_told(kind.alternatives, subject), *verdict.not_excluded, *_not_said(incomplete_in_words(subject), verdict)),
        (*kind.remedies, *_told(kind.advice, subject)),
        tuple(kind.consequences(subject)),
        title=kind.title,
        decided_by=HANGS_ON_ONE_VALUE,
        conclusion=(
            f"What there is points to '{verdict.title}' ({verdict.history}), but all of it hangs on one value, {fact.kind} of"
            f" {fact.place.hive or fact.place.file or 'the disk'}: {without}. {alone}"
        ),
    )


def _not_said(sentences: Iterable[str], verdict: Verdict) -> list[str]:
    return [sentence for sentence in sentences if sentence not in verdict.not_excluded]


def not_judged(subject: Subject) -> Verdict:
    """Return the verdict over an installation that is not judged on its own: a recovery environment, or a former state."""
    kind = load()[UNDETERMINED]
    why = {
        "recovery": "This is a recovery or setup environment (Windows PE): an image that is alike on many computers.",
        "old": "This is a former state of an installation (Windows.old, or copies of its hives), kept as history of the one in use.",
        "shadow-copy": "This is a former state of an installation (a shadow copy), kept as history of the one in use.",
        "snapshot": "This is a former state of an installation (a snapshot of its disk), kept as history of the one in use.",
    }[subject.origin]
    text = f"{why} It is not judged on its own; nothing is held against it or for it."
    return Verdict(kind.code, kind.policy, "undetermined", text, title=kind.title, decided_by="not-judged", conclusion=text)
