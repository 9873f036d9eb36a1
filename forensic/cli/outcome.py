"""Outcome: what the exit codes mean, and which one a report stands for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forensic.model import ImageReport, InstallationReport
    from forensic.model.pair import ComparisonReport

FOUND_NOTHING, FOUND_BREACH, WRONG_USAGE, UNDETERMINED, NO_WINDOWS, UNREADABLE = range(6)
SOME_FAILED = 6
"""Of `scan`: some sources could not be examined."""
INTERNAL_ERROR, PIPE_CLOSED = 70, 141
RANKING = (UNREADABLE, FOUND_BREACH, UNDETERMINED, NO_WINDOWS, FOUND_NOTHING)
"""Exit codes over several sources: the first of these that occurred."""

EXIT_CODES = """\
exit codes:
  0  examined; nothing found that policy forbids
  1  a violation or a suspected one was found (with --expect: not as expected)
  2  wrong usage, or the output could not be written
  3  examined but undetermined: evidence is missing, or could not be read;
     also where nothing was found in evidence that is known to be incomplete
  4  everything was read, and holds no Windows installation (a recovery
     environment does not count)
  5  a source could not be read at all
With several sources the first of 5, 1, 3, 4, 0 that occurred. Active and
collected installations count; former ones (Windows.old, shadow copies) only
where a source holds no other. Interrupted: 130 (SIGTERM 143, SIGHUP 129), and
no report is half. A defect of this program: 70."""


class Refused(Exception):
    """A command cannot be carried out; the sentence is for the person who gave it."""

    def __init__(self, sentence: str, code: int = WRONG_USAGE) -> None:
        """Refuse with a sentence and the exit code to leave with."""
        super().__init__(sentence)
        self.code = code


def exit_code(report: ImageReport, *, closed: bool | None = None) -> int:
    """Return the exit code that one report stands for; `closed`: whether the gate is, where verdicts were expected.

    Evidence that is known to be incomplete never gives 0 or 4, whatever was expected.
    """
    if report.source.format == "unreadable":
        return UNREADABLE
    counting = counting_installations(report)
    policies = {one.verdict.policy for one in counting}
    concerned = {"", *(one.id for one in counting or report.installations)}
    incomplete = any(problem.is_incomplete and problem.installation in concerned for problem in report.problems)
    if not counting:
        return UNDETERMINED if incomplete or any(problem.severity == "error" for problem in report.problems) else NO_WINDOWS
    if closed or (closed is None and policies & {"violation", "suspect"}):
        return FOUND_BREACH
    return UNDETERMINED if incomplete or (closed is None and "undetermined" in policies) else FOUND_NOTHING


def comparison_codes(compared: ComparisonReport) -> list[int]:
    """Return the exit codes that a comparison stands for."""
    codes: list[int] = []
    policies = {pair.policy for pair in compared.pairs}
    if policies & {"violation", "suspect"}:
        codes.append(FOUND_BREACH)
    if "undetermined" in policies or compared.problems:
        codes.append(UNDETERMINED)
    codes.append(FOUND_NOTHING if len(compared.sources) > 1 else NO_WINDOWS)
    return codes


def counting_installations(report: ImageReport) -> list[InstallationReport]:
    """Return the installations that the exit code speaks of."""
    from forensic.model.report import COUNTING

    whole = [one for one in report.installations if one.origin != "recovery" and one.earlier_state_of is None]
    return [one for one in whole if one.origin in COUNTING] or whole


def first_in_rank(codes: Iterable[int]) -> int:
    """Return the exit code over several sources."""
    return min(codes, key=RANKING.index)
