"""History: what two states share of their past, and what each has of its own since, by the samples of their registries and their accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from forensic.artifacts.identity.account import ACCOUNT_SID
from forensic.artifacts.logs.registry_history import REGISTRY_HISTORY, RegistryHistory
from forensic.model import Fact, FileTime
from forensic.model.time import TICKS_PER_SECOND
from forensic.reasoning.pair.side import Side

ENOUGH_KEYS = 3
"""Keys with one time on both sides, from which on they are a shared life: fewer could be planted or chance."""
SPAN = 10 * 60 * TICKS_PER_SECOND
"""Ticks: the shortest time in which both must have been at work to be two computers."""


class HiveHistory(msgspec.Struct, frozen=True):
    """One hive on both sides."""

    hive: str
    shared: tuple[int, ...]
    """Times of keys that have one time on both sides, in order; media's own left out."""
    a: tuple[int, ...]
    """Later times that only A has, in order."""
    b: tuple[int, ...]
    before: int | None
    """They were two by then: the earliest moment by which a key differs."""
    compared: int
    """Keys in both samples."""

    @property
    def after(self) -> int | None:
        """They were one until then: the latest time that both have, where enough keys say so."""
        return self.shared[-1] if len(self.shared) >= ENOUGH_KEYS else None


class Histories(msgspec.Struct, frozen=True):
    """All hives of both sides."""

    hives: tuple[HiveHistory, ...]

    @property
    def shared(self) -> int:
        """Keys with one time on both sides."""
        return sum(len(one.shared) for one in self.hives)

    @property
    def after(self) -> int | None:
        """The latest moment that both have."""
        return max((one.after for one in self.hives if one.after is not None), default=None)

    def private(self, side: str) -> tuple[int, ...]:
        """Return the times that only this side (`a` or `b`) has since the two parted, over all hives, in order."""
        floor = self.after
        times = (time for one in self.hives for time in getattr(one, side))
        return tuple(sorted(time for time in times if floor is None or time > floor))

    @property
    def compared(self) -> int:
        """Keys in both samples."""
        return sum(one.compared for one in self.hives)


def histories(a: Side, b: Side) -> Histories:
    """Lay the samples of all hives of two sides side by side; those of unlike algorithms are left out."""
    floor = _floor(a, b)
    mine, theirs = (dict(_samples(side)) for side in (a, b))
    met = sorted(mine.keys() & theirs.keys())
    return Histories(tuple(_hive(name, mine[name], theirs[name], floor) for name in met if mine[name].algorithm == theirs[name].algorithm))


def _samples(side: Side) -> Iterator[tuple[tuple[str, str], RegistryHistory]]:
    for fact in side.subject.facts.of(REGISTRY_HISTORY):
        yield (fact.value.hive, (fact.profile or "").lower()), fact.value


def _floor(a: Side, b: Side) -> int:
    """Return the moment until which both may be alike without a common origin: when their media was built."""
    known = [side.state.media for side in (a, b) if side.state.media is not None]
    if known:
        return int(max(known)) + 86_400 * TICKS_PER_SECOND
    installed = [side.setup.latest.time for side in (a, b) if side.setup.known]
    return int(min(installed)) if installed else 0


def _hive(name: tuple[str, str], one: RegistryHistory, other: RegistryHistory, floor: int) -> HiveHistory:
    mine, theirs = ({key.path: int(key.written) for key in sample.sample} for sample in (one, other))
    pairs = [(time, theirs[path]) for path, time in mine.items() if path in theirs]
    shared = tuple(sorted(x for x, y in pairs if x == y and x > floor))
    differing = [(x, y) for x, y in pairs if x != y]
    only_a = [key.written for key in one.sample if key.path not in theirs and key.hash < other.complete_below]
    only_b = [key.written for key in other.sample if key.path not in mine and key.hash < one.complete_below]
    a = [x for x, y in differing if x > y] + [int(time) for time in only_a]
    b = [y for x, y in differing if y > x] + [int(time) for time in only_b]
    if shared:  # where both wrote a key since, both times are their own
        a += [x for x, y in differing if shared[-1] < x < y]
        b += [y for x, y in differing if shared[-1] < y < x]
    before = min((max(pair) for pair in differing if max(pair) > floor), default=None)
    return HiveHistory("/".join(filter(None, name)), shared, tuple(sorted(a)), tuple(sorted(b)), before, len(pairs))


class CommonAccounts(msgspec.Struct, frozen=True):
    """The local accounts of two sides that people or programs made."""

    both: tuple[tuple[Fact[Any], Fact[Any]], ...]
    """With one RID, name and time of creation."""
    unlike: tuple[tuple[Fact[Any], Fact[Any]], ...]
    """With one RID, and another name or time."""


def common_accounts(a: Side, b: Side) -> CommonAccounts:
    """Lay the accounts with RIDs from 1000 on side by side."""
    mine, theirs = ({fact.value.rid: fact for fact in side.subject.facts.of(ACCOUNT_SID) if fact.value.rid >= 1000} for side in (a, b))  # noqa: PLR2004
    both, unlike = [], []
    for rid in sorted(mine.keys() & theirs.keys()):
        one, other = mine[rid], theirs[rid]
        same = one.value.name.lower() == other.value.name.lower() and one.value.created == other.value.created and one.value.created
        (both if same else unlike).append((one, other))
    return CommonAccounts(tuple(both), tuple(unlike))


def interleaved(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[FileTime, FileTime] | None:
    """Return the span in which both were at work by turns, at least twice each; None where one began after the other had ended.

    A computer that was put back to an earlier state has two histories too, but one after the other.
    """
    if len(a) < 2 or len(b) < 2:  # noqa: PLR2004
        return None
    begins, ends = max(a[0], b[0]), min(a[-1], b[-1])
    if ends - begins < SPAN:
        return None
    mine, theirs = ([time for time in times if begins <= time <= ends] for times in (a, b))
    if not mine or not theirs or (len(mine) == 1 and len(theirs) == 1):
        return None
    return FileTime(begins), FileTime(ends)
