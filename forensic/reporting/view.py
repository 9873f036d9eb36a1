"""View: what every format for people shows of a report, in which groups and in which order; how it looks is the format's business."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from forensic.model import (
    Evidence,
    Gap,
    GapReason,
    HiveInfo,
    ImageReport,
    InstallationReport,
    Locator,
    Problem,
    StateComparison,
    Strength,
    Verdict,
)
from forensic.model.problem import CODES
from forensic.reporting.wording import ORIGIN_WORDS, REASON_WORDS, SHORT_REASONS, shown

PROBLEM_LIMIT = 3
"""Problems that stand above a verdict; the rest is counted."""
HYPOTHESES = {
    "never": "never one",
    "time": "time",
    "sid-changed": "SID changed",
    "specialized": "specialized",
    "upgraded": "upgraded",
    "sid-changed-upgraded": "SID changed, upgraded",
    "specialized-upgraded": "specialized, upgraded",
}
"""Columns of the hypothesis table -> their heads."""


def judged_alone(report: ImageReport) -> list[InstallationReport]:
    """Return the installations that are judged on their own: not the earlier copies of their registries."""
    return [one for one in report.installations if one.earlier_state_of is None]


def why_nothing(report: ImageReport) -> tuple[str, str]:
    """Return why a report has no installation: in a few words, and in one sentence."""
    if report.source.format == "unreadable":
        return "the source could not be read", "No conclusion: nothing could be read. The problems above say why."
    says = "No conclusion: what was read holds no Windows installation."
    if any(problem.is_incomplete or problem.severity == "error" for problem in report.problems):
        says = "No conclusion: a Windows may lie in what was not read. The problems above say what that is."
    return "no Windows installation found", says


def case_in_words(report: ImageReport) -> list[str]:
    """Return case, examiner and time of the examination, as far as they were given, in one line."""
    made = report.examination
    parts = [f"case {shown(made.case)}" if made.case else "", f"examiner {shown(made.examiner)}" if made.examiner else ""]
    if any(parts) and made.started:
        parts.append(f"examined {made.started[:10]}")
    lines = ["   ".join(filter(None, parts))] if any(parts) else []
    return lines + ([f"notes: {shown(made.notes)}"] if made.notes else [])


def machine_sid_in_words(one: InstallationReport) -> tuple[str, str]:
    """Return the machine SID, or that it is not known, and what the two places that hold it say."""
    stated: dict[str, set[str]] = {}
    for fact in one.facts:
        if fact.kind == "machine-sid":
            stated.setdefault(fact.place.hive or "a log", set()).add(str(fact.value))
    if one.machine_sid is None:
        lost = {gap.place.hive or gap.searched: gap.reason for gap in one.gaps if gap.artifact == "machine-sid"}
        where = ", ".join(f"{shown(hive)}: {SHORT_REASONS[reason]}" for hive, reason in sorted(lost.items()))
        return "not known", where
    if {"SAM", "SECURITY"} <= stated.keys():
        same = stated["SAM"] == stated["SECURITY"]
        return one.machine_sid, "SAM and SECURITY agree" if same else f"SECURITY says {shown(', '.join(sorted(stated['SECURITY'])))}"
    places = sorted(stated)
    return (
        one.machine_sid,
        f"from {shown(', '.join(places))} alone" if places else "from accounts in logs or profiles; no SAM or SECURITY says it",
    )


def missing_that_decides(one: InstallationReport) -> list[str]:
    """Return the facts that would decide and are absent, by place and kind of absence; what is there and was not read comes first."""
    found: dict[tuple[str, GapReason], dict[str, None]] = {}
    for reason, gaps in gaps_by_reason(one):
        for gap in gaps:
            if gap.decides:
                place = gap.place.hive or gap.place.file.rpartition("/")[2] or "the evidence"
                found.setdefault((place, reason), {})[gap.artifact] = None
    return [f"{shown(place)} ({SHORT_REASONS[reason]}): {', '.join(map(shown, kinds))}" for (place, reason), kinds in found.items()]


def problems_alike(problems: Iterable[Problem]) -> list[list[Problem]]:
    """Return problems by their code, or by what they say where they have none; those by which something is missing come first."""
    found: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        found.setdefault((problem.code, "" if problem.code else problem.what), []).append(problem)
    return sorted(found.values(), key=lambda alike: (not alike[0].is_incomplete, alike[0].severity))


def problem_in_words(problem: Problem, count: int = 1) -> str:
    """Return cause, effect and remedy of a problem, which stands for `count` of its kind."""
    more = f" (and {count - 1} more of this kind)" if count > 1 else ""
    what = problem.what.removeprefix(f"{problem.where}: ").removeprefix(f"{problem.where.rpartition(' > ')[2]}: ")
    cause = f"{shown(problem.where)}: {shown(what)}{more}"
    code = CODES.get(problem.code)
    if code is None:
        return f"{cause}."
    remedy = code.remedy if code.remedy.startswith("forensic ") else f"{code.remedy[:1].upper()}{code.remedy[1:]}"
    return f"{cause}; {code.effect}. {remedy}. [{problem.code}]"


def weightiest(problems: Iterable[Problem]) -> list[Problem]:
    """Return one problem of each kind, the weightiest first, as many as stand above a verdict."""
    return [alike[0] for alike in problems_alike(problems)][:PROBLEM_LIMIT]


def not_excluded_heading(verdict: Verdict) -> str:
    """Return what stands above the explanations that a verdict leaves open."""
    return "Innocent explanations that remain" if verdict.policy in ("suspect", "violation") else "Not excluded"


def origin_in_words(one: InstallationReport) -> str:
    """Return where an installation comes from."""
    return f"an earlier copy of the registry of {shown(one.earlier_state_of)}" if one.earlier_state_of else ORIGIN_WORDS[one.origin]


def evidence_by_side(one: InstallationReport) -> list[tuple[str, list[Evidence]]]:
    """Return the evidence for the verdict, against it, and on other verdicts, as far as there is any; the strongest first."""
    verdict, said = one.verdict.history, shown(one.verdict.history)
    order: tuple[Strength, ...] = ("strong", "moderate", "weak")
    sides = (
        (f"for {said}", [e for e in one.evidence if e.supports == verdict]),
        (f"against {said}", [e for e in one.evidence if e.against == verdict and e.supports != verdict]),
        ("on other verdicts", [e for e in one.evidence if verdict not in (e.supports, e.against)]),
    )
    return [(title, sorted(chosen, key=lambda e: order.index(e.strength))) for title, chosen in sides if chosen]


def gaps_by_reason(one: InstallationReport) -> list[tuple[GapReason, list[Gap]]]:
    """Return the gaps by reason, as far as there are any: what is there and could not be read comes first."""
    reasons: tuple[GapReason, ...] = get_args(GapReason)
    groups = ((reason, [gap for gap in one.gaps if gap.reason == reason]) for reason in sorted(reasons, key=list(REASON_WORDS).index))
    return [(reason, gaps) for reason, gaps in groups if gaps]


def gaps_by_file(gaps: Iterable[Gap]) -> dict[tuple[str, str], list[Gap]]:
    """Return gaps by file and by what is wrong there, so that a hive that cannot be read at all is said once."""
    found: dict[tuple[str, str], list[Gap]] = {}
    for gap in gaps:
        found.setdefault((file_of(gap), gap.detail), []).append(gap)
    return found


def file_of(gap: Gap) -> str:
    """Return volume and file of the place that was searched, in words; where it is no file, the place as it was searched."""
    return str(Locator(volume=gap.place.volume, file=gap.place.file)) if gap.place.file else gap.searched


def explanations_in_words(state: StateComparison) -> str:
    """Return the columns of the hypothesis table that remain."""
    return " or ".join(HYPOTHESES.get(name) or shown(name) for name in state.explained_by) or "nothing in the table"


def hive_state(hive: HiveInfo) -> str:
    """Return whether a hive was clean, and what was done where it was not."""
    if not hive.dirty:
        return "clean"
    return "dirty, its transaction logs were applied" if hive.recovered == "logs" else "dirty, read as it is"
