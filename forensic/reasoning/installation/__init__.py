"""One installation: rules, weighing, verdicts, setup times and the timeline."""

from __future__ import annotations

from forensic.model import Depth, Evidence, Verdict
from forensic.reasoning.binding import belonging
from forensic.reasoning.installation.coherence import coherent
from forensic.reasoning.installation.steadiness import Judged, turns
from forensic.reasoning.installation.weighing import hangs_on, not_judged, weigh
from forensic.reasoning.rule import load
from forensic.reasoning.subject import Subject

NOT_JUDGED = frozenset({"recovery", "old", "shadow-copy", "snapshot"})


def judge(subject: Subject, depth: Depth = "full") -> tuple[tuple[Evidence, ...], Verdict]:
    """Set aside what may not testify, apply every rule to the rest and weigh what they found; `depth` is that of the examination.

    Recovery environments and former states (Windows.old, shadow copies, snapshots) are not judged alone: no evidence, `undetermined`.
    """
    if subject.origin in NOT_JUDGED:
        return (), not_judged(subject)
    position = {id(fact): place for place, fact in enumerate(subject.facts)}
    heard = coherent(belonging(subject))
    judged = Judged(heard, tuple(load(depth).values()), position)
    verdict = weigh(judged.evidence, heard)
    if verdict.policy == "undetermined":
        return judged.evidence, verdict
    for fact, less, evidence in judged.variations(verdict):
        other = weigh(evidence, less)
        if turns(verdict, other):
            return judged.evidence, hangs_on(fact, verdict, other, heard)
    return judged.evidence, verdict
