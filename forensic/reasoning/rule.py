"""Rule: one pure function from a subject to evidence, with what it claims and what it does not claim in its docstring."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from forensic.artifacts.declaration import own_name
from forensic.model import Depth, Evidence, Fact, Strength
from forensic.reasoning.index import FULL, TRIAGE
from forensic.reasoning.reading import kinds_read_by
from forensic.reasoning.subject import Subject


class Finding(msgspec.Struct, frozen=True):
    """What a rule found: evidence before it is given its rule's name and the positions of its facts."""

    strength: Strength
    because: str
    facts: tuple[Fact[Any], ...] = ()
    brief: str = ""
    """The same in at most two lines of a page, where `because` is longer."""


Judge = Callable[[Subject], Iterator[Finding]]


class Rule(msgspec.Struct, frozen=True):
    """One declared rule."""

    name: str
    """Of the function, kebab-case."""
    supports: str | None
    """Code of the verdict that it speaks for."""
    against: str | None
    group: str
    """The cause that it sees; evidence of one group counts once."""
    function: Judge
    depth: Depth = "triage"
    """`full` where only a full examination states the facts that it is about."""

    @property
    def title(self) -> str:
        """First line of the docstring."""
        return self.documentation.partition("\n")[0]

    @property
    def documentation(self) -> str:
        """The docstring of the function, without its indentation, which Python before 3.13 keeps."""
        from inspect import cleandoc

        return cleandoc(self.function.__doc__ or "")

    @property
    def reads(self) -> frozenset[str]:
        """Names of the fact kinds that it looks at, itself or through what it calls."""
        return kinds_read_by(self.function)

    def evidence(self, subject: Subject, position: Mapping[int, int] | None = None) -> Iterator[Evidence]:
        """Apply the rule; `position` is the place of each fact in the report, by its `id()`, where `subject` has not all of them."""
        position = position or {id(fact): place for place, fact in enumerate(subject.facts)}
        for finding in self.function(subject):
            places = sorted({position[id(fact)] for fact in finding.facts})
            supports, against = self.supports or "", self.against or ""
            yield Evidence(self.name, supports, against, finding.strength, self.group, finding.because, tuple(places), finding.brief)


RULES: dict[str, Rule] = {}
"""All rules that were declared so far, by name; complete once `load()` ran."""


def rule(*, group: str, supports: str | None = None, against: str | None = None, depth: Depth = "triage") -> Callable[[Judge], Judge]:
    """Declare a rule; at least one of `supports` and `against` is named."""
    if supports is None and against is None:
        raise ValueError("a rule supports a history or speaks against one")

    def declare(function: Judge) -> Judge:
        name = function.__name__.replace("_", "-")
        if name in RULES:
            raise ValueError(f"rule declared twice: {name}")
        RULES[name] = Rule(name, supports, against, group, function, depth)
        return function

    return declare


def load(depth: Depth = "full") -> dict[str, Rule]:
    """Import the modules of rules of this depth and return their rules by name; `load()` completes `RULES`.

    `index.py`, which `python -m tools.index` makes from the declarations, says which modules these are. The order is that of
    the modules' own names and of the declarations inside.
    """
    for module in TRIAGE if depth == "triage" else (*TRIAGE, *FULL):
        importlib.import_module(f"forensic.reasoning.{module}")
    found = sorted(RULES.values(), key=lambda rule: own_name(rule.function.__module__))
    return {rule.name: rule for rule in found if depth == "full" or rule.depth == "triage"}
