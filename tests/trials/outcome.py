"""Outcomes: what became of the verdict in a trial, and the table of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from forensic.model import Evidence, Verdict
from forensic.reasoning.installation import judge
from forensic.reasoning.verdict import load
from tests.trials.scenarios import ACCUSING, ACQUITTING, Scenario, donors
from tests.trials.trial import CHANGES, Trial, trials

FAILURES = ("acquitted", "accused")
OUTCOMES = (
    "same",
    "stronger",
    "weaker",
    "undetermined",
    "other-accusing",
    "other-acquitting",
    "now-accused",
    "now-acquitted",
    "only-trace",
    *FAILURES,
)
"""`now-…`: decided where it was undetermined before. `only-trace`: acquitted since the one trace there was is gone, the one excuse."""
EXCUSED_AT_MOST = 0.02
"""Share of all trials that may have lost the only trace."""
_STRENGTHS = ("contradicted", "undetermined", "indicated", "strong", "proven")


@dataclass(frozen=True, slots=True)
class Result:
    """A trial and what came of it."""

    trial: Trial
    verdict: Verdict
    outcome: str

    def __str__(self) -> str:
        """Return the trial as one line."""
        before, after, change = self.trial.scenario.verdict, self.verdict, self.trial.change
        donor = f" [{self.trial.donor}]" if self.trial.donor else ""
        parts = (
            f"{self.outcome.upper()}  {self.trial.scenario.name}",
            f"{self.trial.how}{donor}",
            change.what,
            change.value,
            f"{before.history} ({before.strength}) -> {after.history} ({after.strength}; {after.decided_by})",
            after.summary.partition(". ")[0],
        )
        return " | ".join(parts)


def outcome_of(before: Verdict, after: Verdict, evidence: Iterable[Evidence], *, is_removal: bool) -> str:
    """Return what became of the verdict `before`; `evidence` is what the rules still find after the change."""
    if after.history == before.history:
        step = _STRENGTHS.index(after.strength) - _STRENGTHS.index(before.strength)
        return "stronger" if step > 0 else "weaker" if step < 0 else "same"
    if after.policy not in ACCUSING | ACQUITTING:
        return "undetermined"
    accused = after.policy in ACCUSING
    if before.policy not in ACCUSING | ACQUITTING:
        return "now-accused" if accused else "now-acquitted"
    if accused == (before.policy in ACCUSING):
        return "other-accusing" if accused else "other-acquitting"
    if not accused and is_removal and not any(_still_accuses(one) for one in evidence):
        return "only-trace"
    return "accused" if accused else "acquitted"


def _still_accuses(one: Evidence) -> bool:
    return one.strength != "weak" and one.supports != "" and load()[one.supports].accuses


def result_of(trial: Trial) -> Result:
    """Judge one trial."""
    evidence, verdict = judge(trial.subject, trial.scenario.depth)
    return Result(trial, verdict, outcome_of(trial.scenario.verdict, verdict, evidence, is_removal=trial.is_removal))


def all_trials(those: Sequence[Scenario], each: int = 2) -> list[Trial]:
    """Return every trial of every scenario, with `each` donors that are accused and `each` that are acquitted."""
    return [trial for one in those for trial in trials(one, donors(one, those, each))]


def table(results: Sequence[Result]) -> Iterator[str]:
    """Yield the lines of the table: change by outcome, then what is excused and what fails."""
    counts = Counter((result.trial.how, result.outcome) for result in results)
    rows = sorted({how for how, _ in counts}, key=lambda how: (CHANGES.index(how.removesuffix(" (earlier state)")), how))
    columns = [outcome for outcome in OUTCOMES if any(counts[how, outcome] for how in rows)]
    yield f"| change | trials | {' | '.join(columns)} |"
    yield f"|---|---{'|---' * len(columns)}|"
    for how in rows:
        told = [counts[how, outcome] for outcome in columns]
        yield f"| {how} | {sum(told)} | {' | '.join(str(number or '') for number in told)} |"
    told = [sum(counts[how, outcome] for how in rows) for outcome in columns]
    yield f"| all | {sum(told)} | {' | '.join(str(number) for number in told)} |"
    for outcome in ("only-trace", *FAILURES):
        found = [result for result in results if result.outcome == outcome]
        yield f"\n{outcome}: {len(found)} of {len(results)} ({100 * len(found) / max(len(results), 1):.2f} %)"
        yield from sorted(str(result) for result in found)
