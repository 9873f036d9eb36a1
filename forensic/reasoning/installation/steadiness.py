"""Steadiness: no verdict hangs on one value.

The judgement is made again without each fact that it may hang on. Where one fact less turns an accusation into an acquittal, or an
acquittal into an accusation, the installation is undetermined, and the fact is named: a single value can be edited, planted or of another
computer, and what is true of a computer leaves more than one trace.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import groupby, islice
from typing import Any

from forensic.model import Evidence, Fact, Verdict
from forensic.reasoning.installation.vetoes import IMAGE_STATE_UNREAD, MEDIA_UNREAD, SID_UNREAD, SYSTEM_UNREAD
from forensic.reasoning.reading import kinds_read_by
from forensic.reasoning.rule import Rule
from forensic.reasoning.subject import Subject
from forensic.reasoning.verdict import load

MOST_OF_A_KIND = 16
"""Facts of one kind that are left out, each alone: where there are more, the verdict does not hang on one."""
ACQUITTING = frozenset({"none-found", "compliant"})
ACCUSING = frozenset({"suspect", "violation"})
UNREAD = frozenset(veto.name for veto in (SYSTEM_UNREAD, SID_UNREAD, MEDIA_UNREAD, IMAGE_STATE_UNREAD))
"""Vetoes that only what is missing raises: what they leave undetermined would be an acquittal, and missing evidence accuses nobody."""


class Judged:
    """A judgement that can be made again without a fact: only the rules that look at such facts are asked again."""

    def __init__(self, subject: Subject, rules: Sequence[Rule], position: Mapping[int, int]) -> None:
        """Ask all rules."""
        self._subject, self._rules, self._position = subject, rules, position
        self._found: dict[str, tuple[Evidence, ...]] = {}
        self._looked_at: dict[str, frozenset[str]] = {}
        """The kinds whose facts each rule looked at in this subject: without one of any other it would find the same."""
        for rule in rules:
            found, kinds = subject.facts.observe(partial(_evidence, rule, subject, position))
            self._found[rule.name], self._looked_at[rule.name] = found, kinds
        self.evidence = tuple(one for rule in rules for one in self._found[rule.name])

    def variations(self, verdict: Verdict) -> Iterator[tuple[Fact[Any], Subject, tuple[Evidence, ...]]]:
        """Yield each fact without which the verdict may turn, the subject without it, and what the rules then find.

        An accusation turns only without a fact that carries it. An acquittal turns only where one fact less brings up an accusation that
        was not there: so the rules that accuse are asked first, and the others only where that happens.
        """
        if verdict.policy in ACCUSING:
            carrying = {place for one in self.evidence if one.supports == verdict.history for place in one.facts}
            facts = sorted((fact for fact in self._subject.facts if self._position[id(fact)] in carrying), key=_order)
            for _, alike in groupby(facts, key=lambda fact: fact.kind):
                yield from map(self._without, islice(alike, MOST_OF_A_KIND))
            return
        accusing = _accusing_rules(self._rules)
        for kind in sorted(_read_to_set_aside().union(*(self._looked_at[rule.name] for rule in accusing))):
            asked = [rule for rule in accusing if kind in self._looked_at[rule.name]]
            for fact in _ordered(self._subject.facts.named(kind))[:MOST_OF_A_KIND]:
                less = self._subject.without(fact)
                if kind in _read_to_set_aside() or any(self._is_new(rule, less) for rule in asked):
                    yield self._without(fact)

    def _is_new(self, rule: Rule, less: Subject) -> bool:
        known = {(one.strength, one.facts) for one in self._found[rule.name]}
        found = rule.evidence(less, self._position)
        return any(one.strength != "weak" and (one.strength, one.facts) not in known for one in found)

    def _without(self, fact: Fact[Any]) -> tuple[Fact[Any], Subject, tuple[Evidence, ...]]:
        less = self._subject.without(fact)
        again = (
            _evidence(rule, less, self._position) if fact.kind in self._looked_at[rule.name] else self._found[rule.name]
            for rule in self._rules
        )
        return fact, less, tuple(one for found in again for one in found)


def _evidence(rule: Rule, subject: Subject, position: Mapping[int, int]) -> tuple[Evidence, ...]:
    return tuple(rule.evidence(subject, position))


@cache
def _accusing_codes() -> frozenset[str]:
    return frozenset(code for code, kind in load().items() if kind.accuses)


def _accusing_rules(rules: Sequence[Rule]) -> list[Rule]:
    return [rule for rule in rules if rule.supports in _accusing_codes()]


def _ordered(facts: Sequence[Fact[Any]]) -> Sequence[Fact[Any]]:
    return facts if len(facts) == 1 else sorted(facts, key=_order)


def _order(fact: Fact[Any]) -> tuple[str, str, str]:
    return fact.kind, fact.source, str(fact.value)


@cache
def _read_to_set_aside() -> frozenset[str]:
    """The kinds that decide whether a verdict kind sets evidence aside."""
    return frozenset(kind for verdict in load().values() for one in verdict.set_aside for kind in kinds_read_by(one.when))


def turns(before: Verdict, after: Verdict) -> bool:
    """Return whether an accusation became an acquittal, or the other way round; one that only waits for a hive counts as given."""
    sides = {before.policy in ACCUSING, after.policy in ACCUSING}
    return len(sides) == 2 and all(one.policy in ACCUSING | ACQUITTING or one.decided_by in UNREAD for one in (before, after))
