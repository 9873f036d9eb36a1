"""Verdict kinds: what one verdict says, which evidence carries it, and what speaks against giving it; one file each in `verdicts/`.

Rows are data with a name: `weighing` tries them in order, the report names the row that decided, and the documentation prints them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import msgspec

from forensic.model import Evidence, Kind, Policy, VerdictStrength
from forensic.reasoning.index import VERDICTS as MODULES
from forensic.reasoning.subject import Subject


class Case(msgspec.Struct, frozen=True):
    """One verdict kind weighed over one installation."""

    kind: VerdictKind
    subject: Subject
    evidence: tuple[Evidence, ...]
    """All that the rules found."""
    supporting: tuple[Evidence, ...]
    """Of this verdict, of moderate strength at least."""

    @property
    def carrying(self) -> Iterator[Evidence]:
        """What is of moderate strength at least, of whatever verdict."""
        return (one for one in self.evidence if one.strength != "weak")


class Carries(msgspec.Struct, frozen=True):
    """Groups of evidence that give the verdict a strength: at least `strong` strong ones among at least `groups` of moderate strength."""

    name: str
    strong: int
    groups: int
    gives: VerdictStrength
    only: frozenset[str] = frozenset()
    """The groups that count; all, where none is named."""
    policy: Policy | None = None
    """What the verdict means under policy where this row carries it; None: what its kind says."""

    def holds(self, supporting: Sequence[Evidence]) -> bool:
        """Return whether this evidence is enough; a group counts once, with its strongest evidence."""
        counting = [one for one in supporting if not self.only or one.group in self.only]
        strong = {one.group for one in counting if one.strength == "strong"}
        return len(strong) >= self.strong and len({one.group for one in counting}) >= self.groups

    @property
    def documentation(self) -> str:
        """The row in words."""
        where = f" of {', '.join(sorted(self.only))}" if self.only else ""
        strong = f", at least {self.strong} of them strong" if self.strong else ""
        policy = f"; the policy is {self.policy} then" if self.policy else ""
        return f"at least {self.groups} group{'s' * (self.groups != 1)}{where} of moderate strength or more{strong}{policy}"


class Objection(msgspec.Struct, frozen=True):
    """Why a verdict that evidence carries is not given."""

    doubts: tuple[Evidence, ...] = ()
    """Evidence that speaks against it."""
    unread: str = ""
    """The hive without which it is not given."""


class Veto(msgspec.Struct, frozen=True):
    """A condition under which a verdict that evidence carries is not given: the installation is `undetermined` then."""

    name: str
    because: str
    objects: Callable[[Case], Objection | None]


class Cap(msgspec.Struct, frozen=True):
    """A condition under which a verdict is `at` that strength at most."""

    name: str
    because: str
    remarks: Callable[[Case], Sequence[str] | None]
    """None where the condition is not met, else the sentences that say so in this report."""
    at: VerdictStrength = "indicated"


class SetAside(msgspec.Struct, frozen=True):
    """Groups of evidence that do not carry the verdict on an installation of this sort."""

    name: str
    because: str
    groups: frozenset[str]
    when: Callable[[Subject], bool]
    clears: bool = True
    """Whether a verdict that accuses nobody may be given beside such evidence; else the installation stays undetermined."""


Sentences = Callable[[Subject], Iterator[str]]


class VerdictKind(msgspec.Struct, frozen=True):
    """One verdict over an installation: everything that the program knows of it."""

    code: str
    """Public name, kebab-case, never changed."""
    title: str
    policy: Policy
    """What it means under Microsoft's disk-duplication policy (KB 314828)."""
    order: int
    """Verdicts are tried from the lowest to the highest; the first that a row carries is given."""
    says: str
    rests_on: tuple[str, ...]
    """Traces from which the verdict is drawn; seldom are all of them there."""
    beware: tuple[str, ...]
    """What else leaves such traces, and what the verdict does not claim."""
    opening: Callable[[Subject], str]
    """The sentence of the summary that follows the leading evidence."""
    carries: tuple[Carries, ...] = ()
    beside: frozenset[str] = frozenset()
    """Groups that count only beside others: what they show happens to one computer as well."""
    set_aside: tuple[SetAside, ...] = ()
    vetoes: tuple[Veto, ...] = ()
    caps: tuple[Cap, ...] = ()
    needs: tuple[Kind[Any], ...] = ()
    """Facts without which it is `indicated` at most."""
    not_excluded: tuple[str, ...] = ()
    """What every installation with this verdict leaves open."""
    alternatives: tuple[Sentences, ...] = ()
    """Other explanations that this very installation's facts bring up."""
    remedies: tuple[str, ...] = ()
    advice: tuple[Sentences, ...] = ()
    """Remedies that only some installations need."""
    consequences: Sentences = lambda _: iter(())
    """What a second computer with this installation would break."""

    @property
    def accuses(self) -> bool:
        """Whether it says or suspects that policy was broken."""
        return self.policy in ("suspect", "violation")


@cache
def load() -> dict[str, VerdictKind]:
    """Return every verdict by its code, in the order in which they are tried."""
    kinds = [vars(importlib.import_module(f"forensic.reasoning.{module}"))["VERDICT"] for module in MODULES]
    return {kind.code: kind for kind in sorted(kinds, key=lambda kind: kind.order)}
