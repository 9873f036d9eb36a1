"""An E01 whose file is gigabytes long, each part made when it is asked for: a small disk, and after it sectors that do not pack."""

import hashlib
import struct
import zlib
from bisect import bisect_right

from tests.builders.ewf import Segment, adler, descriptor, volume

CHUNK = 1 << 15
PER_TABLE = 16_375
"""Chunks that EnCase lists in one table."""


class LargeEwf:
    """The file as a sequence of bytes: `len` and slices are what a server of it needs."""

    def __init__(self, disk, size):
        """Hold a disk of `size` bytes that begins with `disk`."""
        filler = hashlib.shake_256(b"does not pack").digest(CHUNK)
        self._filler = adler(filler)
        self._starts, self._pieces, self._length = [], [], 0
        count = size // CHUNK
        stored = [zlib.compress(disk[at : at + CHUNK], 1) for at in range(0, len(disk) // CHUNK * CHUNK, CHUNK)]
        first = Segment(1)
        first.section("header", zlib.compress(b"1\nmain\nc\tn\n\n\n"))
        first.section("volume", volume(count * CHUNK, CHUNK // 512, 512))
        self._add(bytes(first.data))
        for begin in range(0, count, PER_TABLE):
            self._table(stored[begin : begin + PER_TABLE], min(PER_TABLE, count - begin))
        self._add(descriptor("done", self._length, 0, self._length))

    def _table(self, stored, count):
        """Add the sectors and the tables of so many chunks, of which the first ones are given."""
        plain = count - len(stored)
        base, offset, entries = self._length, 76, []
        for chunk in stored:
            entries.append(offset | 1 << 31)
            offset += len(chunk)
        entries += range(offset, offset + plain * len(self._filler), len(self._filler))
        self._add(descriptor("sectors", base, offset + plain * len(self._filler)) + b"".join(stored))
        if plain:
            self._add(self._filler, plain)
        table = adler(struct.pack("<I4xQ4x", count, base)) + adler(struct.pack(f"<{count}I", *entries))
        for kind in ("table", "table2"):
            self._add(descriptor(kind, self._length, 76 + len(table)) + table)

    def _add(self, piece, times=1):
        self._starts.append(self._length)
        self._pieces.append(piece)
        self._length += len(piece) * times

    def __len__(self):
        return self._length

    def __getitem__(self, span):
        start, stop, _ = span.indices(self._length)
        parts = []
        while start < stop:
            index = bisect_right(self._starts, start) - 1
            piece = self._pieces[index]
            end = self._starts[index + 1] if index + 1 < len(self._starts) else self._length
            at = (start - self._starts[index]) % len(piece)
            part = piece[at : at + min(stop, end) - start]
            parts.append(part)
            start += len(part)
        return b"".join(parts)
