"""BlockCache: what was read of remote files, kept in blocks, so that neighbouring reads are one request."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import RLock

BLOCK = 1 << 19
"""Bytes of a block: what one read of a remote file asks for at least. Measured: see `docs/decisions/remote-evidence.md`."""
AHEAD_LIMIT = 8 << 20
"""Bytes that one request asks for at most, which is reached only where a file is read from front to back."""
CACHE_LIMIT = 64 << 20
"""Bytes of all files of one folder that are kept."""

Fetch = Callable[[int, int], bytes]
"""Returns exactly `size` bytes from `offset`, or raises."""


class BlockCache:
    """Blocks of any number of files, of which those unused for longest go first. Threads may share it."""

    def __init__(self, limit: int = CACHE_LIMIT) -> None:
        """Keep at most `limit` bytes."""
        self.lock = RLock()
        self._limit, self._held = limit, 0
        self._blocks: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    def keep(self, file: str, number: int, data: bytes) -> None:
        """Keep block `number` of `file`."""
        self._held += len(data) - len(self._blocks.pop((file, number), b""))
        self._blocks[file, number] = data
        while self._held > self._limit and len(self._blocks) > 1:
            self._held -= len(self._blocks.popitem(last=False)[1])

    def block(self, file: str, number: int) -> bytes | None:
        """Return block `number` of `file`; None where it is not kept."""
        found = self._blocks.get((file, number))
        if found is not None:
            self._blocks.move_to_end((file, number))
        return found


class CachedFile:
    """One file read through a cache.

    What is read in a row is asked for in ever larger pieces, up to `AHEAD_LIMIT`; a read elsewhere begins with one block again.
    """

    def __init__(self, cache: BlockCache, name: str, size: int, fetch: Fetch) -> None:
        """Read a file of `size` bytes by `fetch`; `name` tells it from the others in `cache`."""
        self._cache, self._name, self.size, self._fetch = cache, name, size, fetch
        self._next, self._ahead = -1, 1

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only at the end of the file."""
        end = min(offset + size, self.size)
        if offset < 0 or offset >= end:
            return b""
        with self._cache.lock:
            parts = [self._cache.block(self._name, number) for number in range(offset // BLOCK, -(-end // BLOCK))]
            first, number = offset // BLOCK, 0
            while number < len(parts):
                if parts[number] is None:
                    missing = next((at for at in range(number, len(parts)) if parts[at] is not None), len(parts)) - number
                    for block in self._load(first + number, missing):
                        if number < len(parts):
                            parts[number] = block
                        number += 1
                else:
                    number += 1
            start = offset - first * BLOCK
            return b"".join(part for part in parts if part is not None)[start : start + end - offset]

    def _load(self, first: int, wanted: int) -> list[bytes]:
        """Return blocks from number `first`: those wanted (as many as one request may ask for), and what is read ahead."""
        self._ahead = min(2 * self._ahead, AHEAD_LIMIT // BLOCK) if first == self._next else 1
        count = min(max(wanted, self._ahead), AHEAD_LIMIT // BLOCK)
        start, end = first * BLOCK, min((first + count) * BLOCK, self.size)
        data = self._fetch(start, end - start)
        self._next = first + count
        blocks = [data[at : at + BLOCK] for at in range(0, len(data), BLOCK)]
        for number, block in enumerate(blocks, first):
            self._cache.keep(self._name, number, block)
        return blocks
