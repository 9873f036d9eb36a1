"""A verdict may not move on one value: nothing that is removed, replaced or planted acquits the accused, or accuses the acquitted."""

import os

from tests.trials.outcome import EXCUSED_AT_MOST, FAILURES, all_trials, result_of, table
from tests.trials.scenarios import scenarios
from tests.trials.trial import sample

SAMPLE = 2_000
"""Trials that are judged, with one donor on either side, unless FORENSIC_TRIALS=all asks for every one with two."""


def test_no_verdict_moves_on_one_value():
    chosen = all_trials(scenarios()) if os.environ.get("FORENSIC_TRIALS") == "all" else sample(all_trials(scenarios(), 1), SAMPLE)
    results = [result_of(trial) for trial in chosen]
    report = "\n".join(table(results))
    assert not [str(result) for result in results if result.outcome in FAILURES], report
    assert sum(result.outcome == "only-trace" for result in results) <= EXCUSED_AT_MOST * len(results), report
