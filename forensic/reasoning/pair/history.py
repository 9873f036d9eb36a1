"""History: what two states share of their past, and what each has of its own since, by the samples of their registries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from forensic.artifacts.identity.account import ACCOUNT_SID
from forensic.model import Fact, FileTime
from forensic.model.time import TICKS_PER_SECOND
from forensic.reasoning.binding import FIRST_OWN_RID
from forensic.reasoning.pair.event_history import ChannelHistory, channel_histories
from forensic.reasoning.pair.side import Side

FILE_TABLE = "$MFT"
"""Name of the volume's file table among the hives: it tells of the volume, which another Windows may have had before."""
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
    telling: int
    """Those of them that a side wrote since the media was made."""

    @property
    def after(self) -> int | None:
        """They were one until then: the latest time that both have, where enough keys say so."""
        return self.shared[-1] if len(self.shared) >= ENOUGH_KEYS else None


class CommonAccounts(msgspec.Struct, frozen=True):
    """The local accounts of two sides that people or programs made."""

    both: tuple[tuple[Fact[Any], Fact[Any]], ...]
    """With one RID, name and time of creation."""
    a: tuple[int, ...]
    """When the other accounts of A were made, in order."""
    b: tuple[int, ...]
    given_twice: int | None = None
    """They were two by then: the first time at which one RID was given to unlike accounts. An account that one side alone has may have been
    deleted on the other."""

    @property
    def after(self) -> int | None:
        """When the last account of both was made."""
        return max((int(one.value.created) for one, _ in self.both), default=None)

    @property
    def confirmed(self) -> int | None:
        """When the last but one was made: a single account could be planted to make the two part later."""
        times = sorted(int(one.value.created) for one, _ in self.both)
        return times[-2] if len(times) > 1 else None


class Histories(msgspec.Struct, frozen=True):
    """All hives of both sides."""

    hives: tuple[HiveHistory, ...]
    accounts: CommonAccounts
    channels: tuple[ChannelHistory, ...] = ()

    @property
    def shared(self) -> int:
        """Keys with one time on both sides."""
        return sum(len(one.shared) for one in self.hives)

    @property
    def lived(self) -> bool:
        """Whether hives of the machine show a life of their own that both share; a user's folder can be taken along alone."""
        return sum(len(one.shared) for one in self.hives if "/" not in one.hive and one.hive != FILE_TABLE) >= ENOUGH_KEYS

    def private(self, side: str, floor: int | None = None) -> tuple[int, ...]:
        """Return the times that only this side (`a` or `b`) has since the two parted, or since `floor`, over all sources, in order."""
        floor = self.parted_after if floor is None else floor
        times = {time for one in self.hives for time in getattr(one, side)} | set(getattr(self.accounts, side))
        times |= {int(entry.time) for one in self.channels for entry in getattr(one, side)}
        return tuple(sorted(time for time in times if floor is None or time > floor))

    @property
    def _ends(self) -> list[int]:
        """The latest moment that both have, of each source: hives, accounts (no single one of them), event logs."""
        ends = (*(one.after for one in self.hives), self.accounts.confirmed, *(one.after for one in self.channels))
        return sorted(time for time in ends if time is not None)

    @property
    def parted_after(self) -> int | None:
        """The latest moment that both have."""
        return max(self._ends, default=None)

    @property
    def confirmed_after(self) -> int | None:
        """The latest moment that two sources have: no single hive or log that was exchanged makes the two part later."""
        return self._ends[-2] if len(self._ends) > 1 else None

    @property
    def telling(self) -> int:
        """Keys in both samples that a side wrote since the media was made."""
        return sum(one.telling for one in self.hives)

    @property
    def compared(self) -> int:
        """Keys in both samples."""
        return sum(one.compared for one in self.hives)

    @property
    def logged(self) -> bool:
        """Whether event logs of both have records in common."""
        return any(one.after is not None for one in self.channels)


def histories(a: Side, b: Side) -> Histories:
    """Lay the samples of all hives of two sides side by side; those of unlike algorithms are left out."""
    floor = _floor(a, b)
    mine, theirs = a.key_times, b.key_times
    hives = [
        _laid("/".join(filter(None, name)), mine[name].times, theirs[name].times, floor)
        for name in sorted(mine.keys() & theirs.keys())
        if mine[name].algorithm == theirs[name].algorithm
    ]
    return Histories((*hives, *_table_of_files(a, b, floor)), common_accounts(a, b), channel_histories(a, b))


def _floor(a: Side, b: Side) -> int:
    """Return the moment until which both may be alike without a common origin: when their media was built."""
    known = [side.state.media for side in (a, b) if side.state.media is not None]
    if known:
        return int(max(known)) + 86_400 * TICKS_PER_SECOND
    installed = [side.setup.latest.time for side in (a, b) if side.setup.known]
    return int(min(installed)) if installed else 0


def _laid(name: str, mine: Mapping[Any, int], theirs: Mapping[Any, int], floor: int) -> HiveHistory:
    """Lay times side by side: of a key of both the later time was written since the fork; the earlier one may be the other's past too."""
    pairs = [(time, theirs[key]) for key, time in mine.items() if key in theirs]
    shared = tuple(sorted(x for x, y in pairs if x == y and x > floor))
    a, b = sorted(x for x, y in pairs if x > y), sorted(y for x, y in pairs if y > x)
    before = min((time for time in (*a, *b) if time > floor), default=None)
    telling = sum(max(one) > floor for one in pairs)
    return HiveHistory(name, shared, tuple(a), tuple(b), before, len(pairs), telling)


def _table_of_files(a: Side, b: Side, floor: int) -> Iterator[HiveHistory]:
    """Lay the samples of the volumes' file tables side by side: when the files of one record were made."""
    mine, theirs = (
        {
            record.number: int(record.created)
            for fact in side.subject.facts.named("mft-sample")
            for record in fact.value.records
            if record.created
        }
        for side in (a, b)
    )
    if mine and theirs:
        yield _laid(FILE_TABLE, mine, theirs, floor)


def common_accounts(a: Side, b: Side) -> CommonAccounts:
    """Lay the accounts with RIDs from 1000 on side by side."""
    mine, theirs = (
        {fact.value.rid: fact for fact in side.subject.facts.of(ACCOUNT_SID) if fact.value.rid >= FIRST_OWN_RID} for side in (a, b)
    )
    both = [
        (mine[rid], theirs[rid]) for rid in sorted(mine.keys() & theirs.keys()) if mine[rid].value.created and _same(mine[rid], theirs[rid])
    ]
    met = {one.value.rid for one, _ in both}
    own_a, own_b = (
        tuple(sorted(int(fact.value.created) for rid, fact in side.items() if rid not in met and fact.value.created))
        for side in (mine, theirs)
    )
    clashing = ((side[rid].value.created for side in (mine, theirs)) for rid in mine.keys() & theirs.keys() - met)
    twice = [int(time) for times in clashing for time in times if time]
    return CommonAccounts(tuple(both), own_a, own_b, min(twice, default=None))


def _same(one: Fact[Any], other: Fact[Any]) -> bool:
    return (one.value.name.lower(), one.value.created) == (other.value.name.lower(), other.value.created)


def interleaved(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[FileTime, FileTime] | None:
    """Return the span in which both were at work by turns, at least twice each; None where one began after the other had ended.

    A computer that was put back to an earlier state has two histories too, but one after the other.
    """
    if len(a) < 2 or len(b) < 2:
        return None
    begins, ends = max(a[0], b[0]), min(a[-1], b[-1])
    if ends - begins < SPAN:
        return None
    mine, theirs = ([time for time in times if begins <= time <= ends] for times in (a, b))
    if not mine or not theirs or (len(mine) == 1 and len(theirs) == 1):
        return None
    return FileTime(begins), FileTime(ends)
