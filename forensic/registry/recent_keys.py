"""RecentKeys: keys of a hive by when they were written, densest where they are newest: hours, then days, then months of 28 days.

Of each bin the keys with the smallest hashes of their own names are taken, the same number of every bin, however long it is. So the choice
of a day is within that of its hours: two copies of one hive choose the same keys of the time before they parted, although for the one that
was used longer that time lies in coarser bins. Keys that were written since are in other bins, and leave room for others there. How many a
bin gives is a power of two, the largest for which there is room: between two copies at least the smaller number is common.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

LEAST, MOST = 4, 32
"""Keys of one bin."""
HOUR = 36_000_000_000
"""Ticks."""
LONGEST = 1024
"""Bytes within which a key node, its name included, ends: of what is shown no more is kept."""
HOURS, DAYS, MONTHS = 1, 24, 24 * 28
"""Hours."""
_SPARE = 256
"""Bins of one length that are held beside those there is room for, before the older ones are joined."""
_NO_LIMIT = 1 << 32


class Dated(NamedTuple):
    """One key: by this order the first ones of a bin are taken."""

    hash: int
    time: int
    offset: int
    node: bytes


class RecentKeys:
    """The choice among all keys of a hive, of which some hundreds are shown at a time."""

    def __init__(self, size: int) -> None:
        """Choose at most `size` keys, all of a hive that has no more: 3/8 of them by hours, 3/8 by days, 1/4 by months."""
        self._size = size
        self._room = {HOURS: size * 3 // 8 // LEAST, DAYS: size * 3 // 8 // LEAST, MONTHS: size // 4 // LEAST}
        self._bins: dict[int, dict[int, list[Dated]]] = {length: {} for length in self._room}
        self._limits: dict[int, int] = {0: -1}
        """Of an hour: the hash beyond which no key is among its first. Hour 0 takes none."""
        self._all: list[Dated] | None = []

    def add(self, times: Sequence[int], hashes: Sequence[int], offsets: Sequence[int], nodes: Sequence[bytes]) -> None:
        """Look at keys, each with its time (0 for none), the hash of its name, the offset of its cell, and what has to be kept of it."""
        if self._all is not None:
            self._all += map(Dated, hashes, times, offsets, [node[:LONGEST] for node in nodes])
            if len(self._all) > self._size:
                self._all = None
        limit, bins = self._limits.get, self._bins[HOURS]
        found = [
            (time // HOUR, Dated(name_hash, time, offset, node[:LONGEST]))
            for time, name_hash, offset, node in zip(times, hashes, offsets, nodes, strict=True)
            if name_hash <= limit(time // HOUR, _NO_LIMIT)
        ]
        for hour, key in found:
            held = bins.setdefault(hour, [])
            held.append(key)
            if len(held) > 2 * MOST:
                held.sort()
                del held[MOST:]
                self._limits[hour] = held[-1].hash
        if len(bins) > self._room[HOURS] + _SPARE:
            self._join(_SPARE)

    def chosen(self) -> list[Dated]:
        """Return the keys."""
        if self._all is not None:
            return [key for key in self._all if key.time]
        self._join(0)
        bins = [sorted(keys) for of_length in self._bins.values() for keys in of_length.values()]
        count = MOST
        while count > LEAST and sum(min(count, len(keys)) for keys in bins) > self._size:
            count //= 2
        return [key for keys in bins for key in keys[:count]]

    def _join(self, spare: int) -> None:
        """Move all but the newest bins of a length into coarser ones, and leave out the oldest months.

        What is older than so many bins now is so at the end too, and the first keys of a long bin are among the first of its parts: so
        nothing is lost by joining early.
        """
        for length, coarser in ((HOURS, DAYS), (DAYS, MONTHS)):
            for number in self._older(length, 0 if length == HOURS else spare):
                joined = self._bins[coarser].setdefault(number * length // coarser, [])
                joined += self._bins[length].pop(number)
                joined.sort()
                del joined[MOST:]
                if length == HOURS:
                    self._limits.pop(number, None)
        for number in self._older(MONTHS, spare):
            del self._bins[MONTHS][number]

    def _older(self, length: int, spare: int) -> list[int]:
        bins = self._bins[length]
        return sorted(bins, reverse=True)[self._room[length] :] if len(bins) > self._room[length] + spare else []
