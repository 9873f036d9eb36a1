"""Pages of problem codes: what is wrong with the evidence, what follows from it, and what helps."""

from __future__ import annotations

from forensic.model.problem import ProblemCode
from forensic.reporting.explanation.layout import Page, filled, head

INCOMPLETE = (
    "Evidence is missing by it: no verdict is firmer than `indicated`, and the exit code is 3, or 1 where a breach is shown all the same."
)
WHOLE = "No evidence is missing by it: it holds no verdict down, and moves no exit code."


def problem_page(code: str, problem: ProblemCode) -> Page:
    """Return the page of one problem code."""
    parts = [head(code, "problem code", f"{problem.title}: {problem.effect}.")]
    parts += [filled(f"What helps: {problem.remedy}."), filled(consequence(problem))]
    return Page("Problem code", problem.title, "\n\n".join(parts) + "\n")


def consequence(problem: ProblemCode) -> str:
    """Return what a problem does to verdict and exit code."""
    return INCOMPLETE if problem.incomplete else WHOLE
