"""Every trial, judged and printed: `python -m tests.trials`; exit code 1 where a verdict moved on one value."""

import sys
import time
from collections import Counter

from tests.trials.outcome import FAILURES, all_trials, result_of, table
from tests.trials.scenarios import scenarios


def main() -> int:
    """Print the table of all trials."""
    began = time.perf_counter()
    those = scenarios()
    built = time.perf_counter()
    found = all_trials(those)
    generated = time.perf_counter()
    results = [result_of(trial) for trial in found]
    each = 1000 * (time.perf_counter() - generated) / len(found)
    policies = ", ".join(f"{count} {policy}" for policy, count in sorted(Counter(one.verdict.policy for one in those).items()))
    head = (
        f"{len(those)} scenarios ({policies}), made in {built - began:.0f} s",
        f"{len(found)} trials, made in {generated - built:.0f} s, judged in {each:.2f} ms each\n",
    )
    sys.stdout.writelines(f"{line}\n" for line in (*head, *table(results)))
    return int(any(result.outcome in FAILURES for result in results))


if __name__ == "__main__":
    sys.exit(main())
