"""Rules over contradictions: what was set aside because it cannot be true, or is not of this computer?"""

from __future__ import annotations

from collections.abc import Iterator

from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.reasoning.rule import Finding, rule
from forensic.reasoning.subject import Subject


@rule(group="coherence", against="installed")
def contradiction(subject: Subject) -> Iterator[Finding]:
    """What is on record contradicts itself, and a part of it was set aside.

    Supports: nothing.
    Against: an ordinary history, weakly: an ordinary computer does not contradict itself. No verdict rests on what is set aside.
    Does not say: that anybody forged evidence. A restored hive, a clock that was wrong, a log or a copy that was put beside the others by
    whoever collected them leave the same.
    Overturned by: showing which of the two places is right.
    References: none; inferred from what each place records.
    """
    for one in subject.contradictions:
        facts = (*one.facts, *one.against) or subject.facts.of(MACHINE_SID)
        yield Finding("weak", f"{one.because}; that is set aside", facts)
