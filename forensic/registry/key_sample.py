"""KeySample: how many keys a hive holds, when they were written, and a sample of them, from one pass over its bytes.

Key nodes are found where they lie, not by walking the tree: the size of a cell that is in use and small ends with `FF FF`, and a key
node then starts with `nk`. So this costs little even for a hive of hundreds of megabytes, and no damage can lead it astray.

The sample holds the keys whose own names have the smallest CRC-32, whatever the hive's size: two copies of one hive choose the same keys,
though either was added to since. Names that more than `COMMON` keys bear are left out, since they hardly tell which key it is.
Beside it a sample by time, see `recent_keys`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from operator import itemgetter
from typing import NamedTuple
from zlib import crc32

from forensic.errors import ForensicError, Malformed, Unsupported
from forensic.model import FileTime
from forensic.registry.base_block import BLOCK_SIZE
from forensic.registry.cell import OLD_CELLS, Cells
from forensic.registry.key import DEPTH_LIMIT, Key, KeyTree
from forensic.registry.key_node import KEY_COMP_NAME
from forensic.registry.recent_keys import LONGEST, RecentKeys

SIZE_LIMIT = 512 << 20
"""Bytes of a hive up to which its keys are counted: no Windows has one that large, a sparse file may look like it."""
COMMON = 8
"""Keys of one name, beyond which none of them is sampled."""
_COMMON_LIMIT = 100_000
"""Common names that are remembered: beyond, only names with smaller hashes are sampled."""
ALL = 1 << 32
"""Above every CRC-32."""
_FIRST_TIME, _LAST_TIME = 122_756_256_000_000_000, 157_469_184_000_000_000
"""1990-01-01 and 2100-01-01 in ticks of 100 ns: what lies outside is no time at which Windows NT wrote a key."""

_MARK = b"\xff\xffnk"
_READ = 4 << 20
_WINDOW = 64 << 10
"""Bytes that are taken apart together: what stays in the processor's cache is much faster than the whole of `_READ`."""
_TIMES, _PARENT, _NAME_SIZE, _NAME = slice(2, 10), slice(14, 18), 70, 74
"""Fields of a key node (`key_node`), counted from behind its signature: last written, parent, length of the name, name."""


class SampledKey(NamedTuple):
    """One key of the sample."""

    path: str
    written: FileTime
    hash: int
    """CRC-32 of the key's own name as it is stored; of longer names than 255 bytes, of their first (length modulo 256) bytes."""


class KeySample(NamedTuple):
    """What one pass over a hive found."""

    keys: int
    """Key nodes in cells that are in use, the remnants of a few deleted keys among them."""
    first: FileTime | None
    last: FileTime | None
    """Earliest and latest last-written time."""
    complete_below: int
    """Keys with a smaller hash are all in the sample, but for those of common names; 2**32 where that is every key."""
    sample: tuple[SampledKey, ...]
    """Ordered by path; keys that the tree holds, no remnants of deleted ones."""
    recent: tuple[SampledKey, ...] = ()
    """Keys by when they were written, ordered by path."""


def sample_keys(root: Key, size: int, recent: int = 0) -> KeySample:
    """Count the keys of the whole hive of a root key, with their first and last time, and sample at most `size` of them.

    At most `recent` more are chosen by their times.

    Unreadable where bytes of the hive are missing, Unsupported for hives of Windows NT 3.1 and for those that are too large.
    """
    cells = root.tree.cells
    if cells.version in OLD_CELLS:
        raise Unsupported(f"keys of a hive of version {cells.version[0]}.{cells.version[1]} are not counted")
    if cells.bins_size > SIZE_LIMIT:
        raise Unsupported(f"keys of a hive of {cells.bins_size} bytes are not counted, only of one up to {SIZE_LIMIT}", code="too-large")
    count, first, last, choice, by_time = 0, ALL << 32, 0, _Choice(size), RecentKeys(recent)
    for nodes, offsets in _nodes(cells):
        count += len(nodes)
        times: Sequence[int] = struct.unpack(f"<{len(nodes)}Q", b"".join([node[_TIMES] for node in nodes]))
        hashes = list(map(crc32, [node[_NAME : _NAME + node[_NAME_SIZE]] for node in nodes]))
        choice.add(nodes, offsets, hashes)
        sound = times
        if min(times) < _FIRST_TIME or max(times) > _LAST_TIME:
            times = [time if _FIRST_TIME <= time <= _LAST_TIME else 0 for time in times]
            sound = [time for time in times if time]
        if sound:
            first, last = min(first, *sound), max(last, *sound)
        if recent:
            by_time.add(times, hashes, offsets, nodes)
    complete_below, chosen = choice.made()
    parents: _Parents = {root.offset: (root, "")}
    sample = tuple(sorted(set(_located(root, chosen, parents))))
    dated = [(key.hash, key.offset, key.node) for key in by_time.chosen()]
    newest = tuple(sorted(set(_located(root, dated, parents))))
    found = first <= last
    return KeySample(count, FileTime(first) if found else None, FileTime(last) if found else None, complete_below, sample, newest)


def _nodes(cells: Cells) -> Iterator[tuple[list[bytes], list[int]]]:
    """Yield the bytes behind `nk` of all key nodes, some hundreds at a time, and where in the hive bins their cells start."""
    rest, end = b"", BLOCK_SIZE + cells.bins_size
    for start in range(BLOCK_SIZE, end, _READ):
        data = cells.pages.read_uncached(start, min(_READ, end - start))
        for at in range(0, len(data), _WINDOW):
            first = start + at - len(rest) - BLOCK_SIZE - 6  # of the size of a cell, if a mark ended here
            pieces = (rest + data[at : at + _WINDOW]).split(_MARK)
            ends = list(accumulate([len(piece) + 4 for piece in pieces], initial=first))
            # What precedes the first mark belongs to no node here; what follows the last may go on in the next window.
            nodes, offsets = pieces[1:], ends[1:-1]
            if not nodes:
                rest = pieces[0][1 - len(_MARK) :]
            elif len(nodes[-1]) < LONGEST and not (start + _READ >= end and at + _WINDOW >= len(data)):
                rest = _MARK + nodes.pop()
                offsets.pop()
            else:
                rest = nodes[-1][1 - len(_MARK) :]
            if nodes and min(map(len, nodes)) <= _NAME:
                offsets = [offset for offset, node in zip(offsets, nodes, strict=True) if len(node) > _NAME]
                nodes = [node for node in nodes if len(node) > _NAME]
            if nodes:
                yield nodes, offsets


class _Choice:
    """The nodes with the smallest hashes so far, and up to which hash they are complete."""

    def __init__(self, size: int) -> None:
        self._size, self._limit = size, ALL
        self._common: set[int] = set()
        self._found: list[tuple[int, int, bytes]] = []

    def add(self, nodes: Sequence[bytes], offsets: Sequence[int], hashes: Sequence[int]) -> None:
        limit, common = self._limit, self._common
        self._found += [
            (name_hash, offsets[number], nodes[number][:LONGEST])
            for number, name_hash in enumerate(hashes)
            if name_hash < limit and name_hash not in common
        ]
        if len(self._found) > 4 * COMMON * self._size:
            self._prune()

    def made(self) -> tuple[int, list[tuple[int, int, bytes]]]:
        """Return the limit below which every name is complete, and the nodes, at most `size`."""
        groups, chosen = self._groups(), list[tuple[int, int, bytes]]()
        for group in groups:
            if len(chosen) + len(group) > self._size:
                return group[0][0], chosen
            chosen += group
        return self._limit, chosen

    def _groups(self) -> list[list[tuple[int, int, bytes]]]:
        """Return what was found by hash, in order, without common names."""
        self._found.sort()
        groups = [list(group) for _, group in groupby(self._found, itemgetter(0))]
        self._common.update(group[0][0] for group in groups if len(group) > COMMON)
        return [group for group in groups if len(group) <= COMMON]

    def _prune(self) -> None:
        groups = self._groups()
        if len(groups) > 2 * self._size:
            self._limit = groups[2 * self._size][0][0]
            del groups[2 * self._size :]
        elif len(self._common) > _COMMON_LIMIT:
            self._limit = sorted(self._common)[_COMMON_LIMIT // 2]
            groups = [group for group in groups if group[0][0] < self._limit]
        self._common = {name_hash for name_hash in self._common if name_hash < self._limit}
        self._found = [found for group in groups for found in group]


_Parents = dict[int, tuple[Key, str] | None]
"""Keys whose paths are known, by their offsets; None where none leads to the root."""


def _located(root: Key, chosen: list[tuple[int, int, bytes]], parents: _Parents) -> Iterator[SampledKey]:
    """Yield the chosen keys that the tree holds, with their paths: others are remnants of deleted keys."""
    for name_hash, offset, node in chosen:
        size = node[_NAME_SIZE] | node[_NAME_SIZE + 1] << 8
        found = _parent(root.tree, int.from_bytes(node[_PARENT], "little"), parents)
        if found is None or _NAME + size > len(node):
            continue
        parent, above = found
        name = root.tree.cells.name(node[_NAME : _NAME + size], is_latin=bool(node[0] & KEY_COMP_NAME))
        if parent.lists(offset):
            yield SampledKey(f"{above}\\{name}" if above else name, FileTime.from_bytes_le(node[_TIMES]), name_hash)


def _parent(tree: KeyTree, offset: int, known: _Parents) -> tuple[Key, str] | None:
    """Return the key at `offset` and its path by the parents that key nodes name, None where they do not lead to the root."""
    way: list[Key] = []
    seen = set[int]()
    try:
        while offset not in known:
            if offset in seen or len(seen) > DEPTH_LIMIT:
                raise Malformed("parents of a key go round in a circle")
            seen.add(offset)
            way.append(Key(tree, offset, None))
            offset = way[-1].node.parent
    except ForensicError:
        known.update(dict.fromkeys((offset, *seen)))
        return None
    found = known[offset]
    for key in reversed(way):
        found = None if found is None else (key, f"{found[1]}\\{key.name}" if found[1] else key.name)
        known[key.offset] = found
    return found
