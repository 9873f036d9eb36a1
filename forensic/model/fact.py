"""Facts and gaps: all that an examination says about evidence before anybody judges it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from forensic.model.gap import GapReason
from forensic.model.place import Locator, Raw, State
from forensic.model.time import FileTime

if TYPE_CHECKING:
    from forensic.model.kind import Kind

T = TypeVar("T")
R = TypeVar("R")


class Fact(msgspec.Struct, Generic[T], frozen=True):
    """One statement of one kind, with the place it was read from. Made by `Kind.fact` only."""

    kind: str
    value: T
    place: Locator
    raw: Raw
    written: FileTime | None = None
    """Last-written time of the key or file."""
    state: State = "stored"
    profile: str | None = None
    """Folder of the user profile it was read from, e.g. `Users/ann`."""

    @property
    def source(self) -> str:
        """The place in words."""
        return str(self.place)


class Gap(msgspec.Struct, frozen=True):
    """Evidence that is absent, and which kind of absence it is. Never evidence itself."""

    artifact: str
    """Public name of the fact kind that could not be stated, or `hive`, `volume`, …"""
    reason: GapReason
    searched: str
    """The place, in words."""
    detail: str = ""
    profile: str | None = None
    code: str = ""
    """What exactly is absent: one of `model.gap.CODES`."""
    place: Locator = Locator()
    """The place; `file` may hold a path with variables and `*` where a pattern was searched and nothing matched."""
    decides: bool = False
    """Whether the verdict would be firmer, or another, with what is absent; known once the installation was judged."""


class FactSet:
    """Facts looked up by kind and typed by it, in the order in which they were stated."""

    __slots__ = ("_by_kind", "_gone", "_known", "_looked_at", "_stated")

    def __init__(self, facts: Iterable[Fact[Any]]) -> None:
        """Index `facts`."""
        self._stated: tuple[Fact[Any], ...] = tuple(facts)
        self._gone: frozenset[int] = frozenset()
        """Which of those that are stated are none of this set, by their `id()`."""
        self._known: dict[Callable[[FactSet], Any], tuple[Any, frozenset[str]]] = {}
        self._looked_at: set[str] = set()
        by_kind: dict[str, list[Fact[Any]]] = {}
        for fact in self._stated:
            by_kind.setdefault(fact.kind, []).append(fact)
        self._by_kind = {kind: tuple(found) for kind, found in by_kind.items()}

    def of(self, kind: Kind[T]) -> tuple[Fact[T], ...]:
        """Return the facts of this kind."""
        return self.named(kind.name)

    def named(self, name: str) -> tuple[Fact[Any], ...]:
        """Return the facts of the kind with this public name."""
        self._looked_at.add(name)
        return self._by_kind.get(name, ())

    def first(self, kind: Kind[T]) -> Fact[T] | None:
        """Return the first fact of this kind, or None."""
        self._looked_at.add(kind.name)
        found = self._by_kind.get(kind.name, ())
        return found[0] if found else None

    def ask(self, question: Callable[[FactSet], R]) -> R:
        """Return what `question` makes of these facts; it is asked once, as many rules ask the same."""
        if question not in self._known:
            self._known[question] = self.observe(lambda: question(self))
        answer: R
        answer, kinds = self._known[question]
        self._looked_at |= kinds
        return answer

    def observe(self, run: Callable[[], R]) -> tuple[R, frozenset[str]]:
        """Return what `run` returns, and the names of the kinds whose facts it looked at: those of any other change nothing in it."""
        outer, self._looked_at = self._looked_at, set()
        try:
            answer = run()
            kinds = frozenset(self._looked_at)
        finally:
            self._looked_at = outer | self._looked_at
        return answer, kinds

    def without(self, dropped: Iterable[Fact[Any]]) -> FactSet:
        """Return the set without these very facts; one that states the same elsewhere stays.

        What was asked of facts of other kinds need not be asked again.
        """
        self._looked_at.update(self._by_kind)
        gone = {id(fact): fact.kind for fact in dropped}
        less = FactSet(())
        less._stated, less._gone = self._stated, self._gone | gone.keys()
        less._by_kind = dict(self._by_kind)
        lost = frozenset(gone.values())
        less._known = {question: known for question, known in self._known.items() if not known[1] & lost}
        for kind in lost:
            less._by_kind[kind] = tuple(fact for fact in self._by_kind.get(kind, ()) if id(fact) not in gone)
        return less

    def __iter__(self) -> Iterator[Fact[Any]]:
        """Iterate over all facts."""
        self._looked_at.update(self._by_kind)
        return (fact for fact in self._stated if id(fact) not in self._gone)

    def __len__(self) -> int:
        """Return the number of facts."""
        self._looked_at.update(self._by_kind)
        return sum(map(len, self._by_kind.values()))
