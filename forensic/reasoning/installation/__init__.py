"""One installation: rules, weighing, verdicts, setup times and the timeline."""

from __future__ import annotations

from forensic.model import Depth, Evidence, Verdict
from forensic.reasoning.installation.weighing import not_judged, weigh
from forensic.reasoning.rule import load
from forensic.reasoning.subject import Subject

NOT_JUDGED = frozenset({"recovery", "old", "shadow-copy"})


def judge(subject: Subject, depth: Depth = "full") -> tuple[tuple[Evidence, ...], Verdict]:
    """Apply every rule to `subject` and weigh what they found; `depth` is that of the examination which stated the facts.

    Recovery environments and former states (Windows.old, shadow copies) are not judged on their own: no evidence, `undetermined`.
    """
    if subject.origin in NOT_JUDGED:
        return (), not_judged(subject)
    evidence = tuple(found for rule in load(depth).values() for found in rule.evidence(subject))
    return evidence, weigh(evidence, subject)
