"""Chunks: media cut into pieces of one size, each stored compressed or not, with its checksum; what EWF1 and EWF2 have in common."""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from forensic.containers.inflate import deflate_engine
from forensic.errors import Unreadable
from forensic.model import Problem
from forensic.storage.file import EvidenceFile, FilePool

CHUNK_CACHE = 8 << 20
"""Bytes of media kept decompressed."""
RUN = 1 << 20
"""Bytes of stored chunks fetched by one read."""
DAMAGE_SHOWN = 20
DAMAGE_COUNTED = 10_000
MAX_CHUNK = 128 << 20
"""Bytes; 32768 sectors of 4096 bytes."""
MAX_SIZE = 1 << 62
"""Bytes of a disk that anything after us could still address."""

Coding = Literal["plain", "bare", "pattern", "deflate", "bzip2", "unknown"]
"""How a chunk is stored: `plain` bytes with their Adler-32 behind them, `bare` without, a `pattern` to be repeated, compressed by `deflate`
(zlib stream) or `bzip2`, or `unknown`: plain or deflate, its checksum tells."""


class Extent(NamedTuple):
    """Where a chunk's stored bytes lie."""

    file: EvidenceFile
    offset: int
    size: int
    coding: Coding


class _Bad(Exception):
    """A chunk's bytes are not what its checksum says."""


def _bzip2() -> Any:
    from bz2 import BZ2Decompressor

    return BZ2Decompressor()


class Chunks:
    """The media of an image of chunks: a `Source` that decompresses and checks them as they are needed. Formats say where each one lies."""

    def __init__(self, size: int, chunk_size: int, pool: FilePool, problems: list[Problem]) -> None:
        """Read media of `size` bytes in chunks of `chunk_size`; damage is added to `problems` when it is met."""
        self._size, self._chunk_size = size, chunk_size
        self._pool, self._problems = pool, problems
        self._name = ""
        self._damaged: dict[int, str] = {}
        self._more = 0
        self._chunks: OrderedDict[int, bytes] = OrderedDict()
        self._cached = 0
        self._inflate = deflate_engine()
        self._unread: list[tuple[int, int]] = []
        self._unread_told = set[int]()

    @property
    def size(self) -> int:
        """Bytes of media."""
        return self._size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes of media from `offset`, fewer at the end; Unreadable where a chunk is damaged or missing."""
        if offset < 0 or size <= 0 or offset >= self._size:
            return b""
        end = min(offset + size, self._size)
        if self._unread:
            self._tell_unread(offset, end)
        first, last = offset // self._chunk_size, (end - 1) // self._chunk_size
        pieces: list[bytes | memoryview] = []
        number = first
        while number <= last:
            cached = self._chunks.get(number)
            if cached is not None:
                self._chunks.move_to_end(number)
                pieces.append(cached)
            else:
                pieces.extend(self._fetch(number, last))
            number = first + len(pieces)
        pieces[-1] = memoryview(pieces[-1])[: end - last * self._chunk_size]
        pieces[0] = memoryview(pieces[0])[offset - first * self._chunk_size :]
        return b"".join(pieces)

    def mark_unread(self, name: str, places: Iterable[tuple[int, int]]) -> None:
        """Remember which runs of bytes (start, end) of the image `name` could not be read from the original disk: zeros stand there."""
        self._name = name
        for start, end in sorted(places):
            if self._unread and start <= self._unread[-1][1]:
                self._unread[-1] = self._unread[-1][0], max(end, self._unread[-1][1])
            else:
                self._unread.append((start, end))

    def _tell_unread(self, offset: int, end: int) -> None:
        """Note the runs of them between two offsets, each once: what is made of these bytes rests on nothing."""
        at = max(0, bisect_right(self._unread, (offset, self._size)) - 1)
        for start, stop in self._unread[at : bisect_right(self._unread, (end - 1, self._size))]:
            if stop > offset and start not in self._unread_told and len(self._unread_told) < DAMAGE_SHOWN:
                self._unread_told.add(start)
                what = f"media offset {start:#x}: {stop - start} bytes could not be read from the original disk, and were asked for"
                self._problems.append(Problem("error", self._name, what, "damaged-chunk"))

    def _expected(self, number: int) -> int:
        return min(self._chunk_size, self._size - number * self._chunk_size)

    def _fetch(self, number: int, last: int) -> list[bytes]:
        """Return chunk `number` and those up to `last` whose stored bytes follow it closely, by one read."""
        if number in self._damaged:
            raise Unreadable(self._damaged[number])
        extents = [self._extent(number)]
        total = extents[0].size
        while number + len(extents) <= last and total < RUN:
            following = number + len(extents)
            if following in self._chunks or following in self._damaged:
                break
            try:
                extent = self._extent(following)
            except Unreadable:
                break  # met again, and raised, when it is this chunk's turn
            if extent.file is not extents[0].file or extent.offset != extents[-1].offset + extents[-1].size:
                break
            extents.append(extent)
            total += extent.size
        try:
            stored = memoryview(self._pool.acquire(extents[0].file).read_at(extents[0].offset, total))
        except Unreadable as error:
            if len(extents) > 1:
                return self._fetch(number, number)
            raise self._damage(number, extents[0], str(error)) from None
        result: list[bytes] = []
        position = 0
        for index, extent in enumerate(extents):
            try:
                data = self._decode(stored[position : position + extent.size], extent.coding, self._expected(number + index))
            except _Bad as error:
                raise self._damage(number + index, extent, str(error)) from None
            position += extent.size
            result.append(data)
            self._keep(number + index, data)
        return result

    def _decode(self, stored: memoryview, coding: Coding, expected: int) -> bytes:
        if coding in {"plain", "unknown"}:
            # the last chunk is stored short by most writers and padded to full size by some
            for size in {expected: None, self._chunk_size: None}:
                if len(stored) >= size + 4 and zlib.adler32(stored[:size]) == int.from_bytes(stored[size : size + 4], "little"):
                    return bytes(stored[:expected])
            if coding == "plain":
                raise _Bad("its checksum does not match" if len(stored) >= expected + 4 else "it is cut off")
        elif coding == "pattern":
            return (bytes(stored) * (self._chunk_size // len(stored) + 1))[:expected]
        elif coding == "bare":
            if len(stored) < expected:
                raise _Bad("it is cut off")
            return bytes(stored[:expected])
        inflater: Any = _bzip2() if coding == "bzip2" else self._inflate.decompressobj()
        try:
            data: bytes = inflater.decompress(stored, self._chunk_size + 1)
        except (self._inflate.error, zlib.error, OSError, ValueError) as error:  # OSError and ValueError: bz2
            raise _Bad(f"it does not decompress: {error}") from None
        if not inflater.eof or not expected <= len(data) <= self._chunk_size:
            raise _Bad(f"it decompresses to {len(data)} bytes, {expected} were expected" if inflater.eof else "it is cut off or too long")
        return data[:expected]

    def _keep(self, number: int, data: bytes) -> None:
        self._chunks[number] = data
        self._cached += len(data)
        while self._cached > CHUNK_CACHE and len(self._chunks) > 1:
            self._cached -= len(self._chunks.popitem(last=False)[1])

    def _damage(self, number: int, extent: Extent, why: str) -> Unreadable:
        """Record damage once for each chunk, and return the exception to raise."""
        where = extent.file.name
        what = f"media offset {number * self._chunk_size:#x} (chunk {number}, in {where} at offset {extent.offset:#x}): {why}"
        if number not in self._damaged and len(self._damaged) < DAMAGE_COUNTED:
            self._damaged[number] = what
            beyond = len(self._damaged) - DAMAGE_SHOWN
            if beyond <= 0:
                self._problems.append(Problem("error", where, what, "damaged-chunk"))
            else:
                if beyond == 1:
                    self._more = len(self._problems)
                    self._problems.append(Problem("error", where, "", "damaged-chunk"))
                bound = "at least " if len(self._damaged) == DAMAGE_COUNTED else ""
                self._problems[self._more] = Problem("error", where, f"and {bound}{beyond} more damaged chunks", "damaged-chunk")
        return Unreadable(what)

    def _extent(self, number: int) -> Extent:
        """Return where chunk `number` is stored; Unreadable when nothing says so."""
        raise NotImplementedError
