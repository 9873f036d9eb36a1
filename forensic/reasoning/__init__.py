"""Reasoning: pure rules over facts, and the weighing of their evidence."""

from __future__ import annotations

from forensic.model import Depth, Evidence, Verdict
from forensic.reasoning.portrait import Portrait, portrait
from forensic.reasoning.rule import RULES, Rule, load
from forensic.reasoning.subject import Earlier, Subject
from forensic.reasoning.weighing import TABLE, not_judged, weigh

KNOWLEDGE = "2026-11-22"
"""Date of the knowledge that the rules and their data rest on."""
NOT_JUDGED = frozenset({"recovery", "old", "shadow-copy"})


def judge(subject: Subject, depth: Depth = "full") -> tuple[tuple[Evidence, ...], Verdict]:
    """Apply every rule to `subject` and weigh what they found; `depth` is that of the examination which stated the facts.

    Recovery environments and former states (Windows.old, shadow copies) are not judged on their own: no evidence, `undetermined`.
    """
    if subject.origin in NOT_JUDGED:
        return (), not_judged(subject)
    evidence = tuple(found for rule in load(depth).values() for found in rule.evidence(subject))
    return evidence, weigh(evidence, subject)


__all__ = [
    "KNOWLEDGE",
    "NOT_JUDGED",
    "RULES",
    "TABLE",
    "Earlier",
    "Portrait",
    "Rule",
    "Subject",
    "judge",
    "load",
    "not_judged",
    "portrait",
    "weigh",
]
