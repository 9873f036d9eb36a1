"""Overview: each installation in one row: who it is and what is concluded; for tables, one-line answers and CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from forensic.model import ImageReport, InstallationReport
from forensic.model.judgement import POLICY_WORDS
from forensic.model.report import COUNTING
from forensic.reporting import view


class Row(NamedTuple):
    """One installation, or a source without one."""

    source: str
    installation: str
    computer: str
    machine_sid: str
    verdict: str
    policy: str
    """In words."""
    strength: str


HEAD = Row("source", "installation", "computer", "machine SID", "verdict", "policy", "strength")
NOT_KNOWN = "not known"


def rows(report: ImageReport) -> Iterator[Row]:
    """Yield a row for each installation that is judged on its own; one that says why there is none where there is none."""
    path = report.source.path
    judged = view.judged_alone(report)
    for one in judged:
        yield _row(path, one)
    if not judged:
        yield Row(path, "", "", "", why_nothing(report), "", "")


def why_nothing(report: ImageReport) -> str:
    """Return why a report has no installation, with the first problem or the first volume that was not examined."""
    said = sorted(report.problems, key=lambda problem: problem.severity)
    reasons = [f"{problem.where}: {problem.what}" for problem in said]
    reasons += [f"{volume.id}: not examined: {volume.not_examined}" for volume in report.volumes if volume.not_examined]
    path = f"{report.source.path}: "
    return ": ".join((view.why_nothing(report)[0], *(reason.removeprefix(path) for reason in reasons[:1])))


def is_in_order(report: ImageReport) -> bool:
    """Return whether nothing of a report needs to be read: something was judged, nobody is accused, and nothing is known to be missing."""
    judged = [one for one in view.judged_alone(report) if one.origin in COUNTING]
    return bool(judged) and all(map(_is_calm, judged)) and not any(problem.is_incomplete for problem in report.problems)


def needs_reading(report: ImageReport, installations: Sequence[InstallationReport]) -> list[InstallationReport]:
    """Return those of the installations of which somebody is accused, nothing could be concluded, or evidence is known to be missing."""
    lost = {problem.installation for problem in report.problems if problem.is_incomplete}
    return [one for one in installations if not _is_calm(one) or lost & {"", one.id}]


def _is_calm(one: InstallationReport) -> bool:
    return one.verdict.policy in ("none-found", "compliant")


def _row(path: str, one: InstallationReport) -> Row:
    verdict = one.verdict
    sid = one.machine_sid or NOT_KNOWN
    return Row(path, one.id, one.computer_name or NOT_KNOWN, sid, verdict.history, POLICY_WORDS[verdict.policy], verdict.strength)
