"""Steadiness: no verdict hangs on one value.

The judgement is made again without each fact that it may hang on. Where one fact less turns an accusation into an acquittal, or an
acquittal into an accusation, the installation is undetermined, and the fact is named: a single value can be edited, planted or of another
computer, and what is true of a computer leaves more than one trace.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from forensic.model import Evidence, Fact, Verdict
from forensic.reasoning.reading import kinds_read_by
from forensic.reasoning.rule import Rule
from forensic.reasoning.subject import Subject
from forensic.reasoning.verdict import load

MOST_OF_A_KIND = 16
"""Facts of one kind that are left out, each alone: where there are more, the verdict does not hang on one."""
ACQUITTING = frozenset({"none-found", "compliant"})
ACCUSING = frozenset({"suspect", "violation"})


class Judged:
    """A judgement that can be made again without a fact: only the rules that look at such facts are asked again."""

    def __init__(self, subject: Subject, rules: Sequence[Rule], position: Mapping[int, int]) -> None:
        """Ask all rules."""
        self._subject, self._rules, self._position = subject, rules, position
        self._found = {rule.name: tuple(rule.evidence(subject, position)) for rule in rules}
        self.evidence = tuple(one for rule in rules for one in self._found[rule.name])

    def without(self, fact: Fact[Any]) -> tuple[Subject, tuple[Evidence, ...]]:
        """Return the subject without this fact, and what the rules then find."""
        less = self._subject.without(fact)
        again = {
            rule.name: tuple(rule.evidence(less, self._position)) if fact.kind in _reads(rule) else self._found[rule.name]
            for rule in self._rules
        }
        return less, tuple(one for found in again.values() for one in found)

    def candidates(self, verdict: Verdict) -> Iterator[Fact[Any]]:
        """Yield the facts without which the verdict may turn: those that carry an accusation, or that may silence one."""
        if verdict.policy in ACCUSING:
            carrying = {place for one in self.evidence if one.supports == verdict.history for place in one.facts}
            yield from sorted((fact for fact in self._subject.facts if self._position[id(fact)] in carrying), key=_order)
            return
        accusing = {code for code, kind in load().items() if kind.accuses}
        kinds = frozenset(kind for rule in self._rules if rule.supports in accusing for kind in _reads(rule))
        for kind in sorted(kinds | _read_to_set_aside()):
            yield from sorted(self._subject.facts.named(kind), key=_order)[:MOST_OF_A_KIND]


def _order(fact: Fact[Any]) -> tuple[str, str, str]:
    return fact.kind, fact.source, str(fact.value)


@cache
def _read_to_set_aside() -> frozenset[str]:
    """The kinds that decide whether a verdict kind sets evidence aside."""
    return frozenset(kind for verdict in load().values() for one in verdict.set_aside for kind in kinds_read_by(one.when))


@cache
def _reads(rule: Rule) -> frozenset[str]:
    return rule.reads


def turns(before: Verdict, after: Verdict) -> bool:
    """Return whether an accusation became an acquittal, or the other way round."""
    sides = {before.policy in ACCUSING, after.policy in ACCUSING}
    return len(sides) == 2 and {before.policy, after.policy} <= ACCUSING | ACQUITTING
