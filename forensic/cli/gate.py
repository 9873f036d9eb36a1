"""The gate for image builders: the conditions of each installation of which a verdict was expected, met or not."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from forensic.cli.outcome import counting_installations

if TYPE_CHECKING:
    from forensic.model import Condition, ImageReport, InstallationReport
    from forensic.reporting.checklist import Checklist


def of(report: ImageReport, expected: Collection[str], *, strict: bool) -> list[Checklist]:
    """Return the checklist of each installation that counts, where verdicts were expected; `strict`: warnings close the gate too."""
    if not expected or report.source.format == "unreadable":
        return []
    from forensic.reporting.checklist import Checklist

    return [
        Checklist(one, tuple(_conditions(report, one, expected)), strict, bool(_lost(report, one)))
        for one in counting_installations(report)
    ]


def _lost(report: ImageReport, one: InstallationReport) -> int:
    """Return the number of problems by which something is missing of this installation, or may be."""
    return sum(problem.is_incomplete for problem in report.problems if problem.installation in ("", one.id))


def _conditions(report: ImageReport, one: InstallationReport, expected: Collection[str]) -> Iterator[Condition]:
    from forensic.model import Condition
    from forensic.reasoning.installation.gate import SEALED, conditions
    from forensic.reasoning.subject import Subject

    verdict = one.verdict
    why = verdict.conclusion if verdict.history == "undetermined" and verdict.conclusion else verdict.title
    found = f"{verdict.history}: {why}"
    remedy = "" if SEALED in expected else next(iter(verdict.remedies), "")  # the conditions of a sealed image say what is to do
    yield Condition(f"the verdict is {' or '.join(expected)}", verdict.history in expected, found, remedy)
    lost = _lost(report, one)
    found = f"{lost or 'no'} problem{'s' * (lost != 1)} by which something is missing"
    yield Condition("the evidence is complete", None if lost else True, found)
    if SEALED in expected:
        yield from conditions(Subject.of(report, one.id))
