"""Pages: the bytes of a hive, 4 KiB at a time, as they are once its transaction logs are applied."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from forensic.errors import Malformed, Unreadable
from forensic.registry.base_block import BLOCK_SIZE, SECTOR_SIZE
from forensic.storage.source import Source

PAGE_LIMIT = 2048
"""Pages that are kept, the most recently used ones."""

_SECTORS = BLOCK_SIZE // SECTOR_SIZE


class Pages:
    """The bytes of a hive: pages of the file, kept in a bounded cache, under the sectors that the logs replace."""

    def __init__(self, source: Source, overlay: Mapping[int, bytes]) -> None:
        """Read from `source`, which belongs to whoever opened it, under the sectors of `overlay`: 512 bytes by number."""
        self._source, self.overlay = source, overlay
        self._kept: OrderedDict[int, bytes] = OrderedDict()

    def read(self, offset: int, size: int, spare: int = 0) -> bytes:
        """Return `size` bytes, and of the `spare` ones behind them those in the same page; Malformed when the hive ends before `size`."""
        number, start = divmod(offset, BLOCK_SIZE)
        if start + size <= BLOCK_SIZE:
            page = self._kept.get(number)
            if page is None:
                page = self._run(number, number + 1)[0]
            else:
                self._kept.move_to_end(number)
            data = page[start : start + size + spare]
        else:
            last = (offset + size - 1) // BLOCK_SIZE
            data = b"".join(self._run(number, last + 1))[start : start + size]
        if len(data) < size:
            raise Malformed("hive ends too early, its bytes", offset, size, len(data))
        return data

    def available(self, offset: int, size: int) -> bytes:
        """Return `size` bytes, fewer where the hive ends."""
        first, end = offset // BLOCK_SIZE, -(-(offset + size) // BLOCK_SIZE)
        return b"".join(self._run(first, end))[offset - first * BLOCK_SIZE :][:size]

    def read_uncached(self, offset: int, size: int) -> bytes:
        """Return `size` bytes, fewer where the hive ends, and keep none of their pages: for a pass over the whole hive.

        Offset and size are multiples of 512.
        """
        try:
            data = self._source.read_at(offset, size)
        except Unreadable:
            return self.available(offset, size)  # pages that a log replaces need no bytes of the file
        replaced = [sector for sector in self.overlay if offset <= sector * SECTOR_SIZE < offset + size]
        if not replaced:
            return data
        patched = bytearray(data)
        for sector in sorted(replaced):
            start = sector * SECTOR_SIZE - offset
            patched.extend(bytes(max(0, start - len(patched))))
            patched[start : start + SECTOR_SIZE] = self.overlay[sector]
        return bytes(patched)

    def changed(self, offset: int, size: int) -> bool:
        """Whether these bytes differ from what the file itself stores, because a log replaced them."""
        sectors = range(offset // SECTOR_SIZE, (offset + size + SECTOR_SIZE - 1) // SECTOR_SIZE)
        if not any(sector in self.overlay for sector in sectors):
            return False
        try:
            return self._source.read_at(offset, size) != self.read(offset, size)
        except Unreadable:
            return True  # the file cannot give these bytes, so what was read came from a log

    def _run(self, first: int, end: int) -> list[bytes]:
        """Return the pages from `first` to before `end`, with one request for each run of pages that are not kept."""
        pages: list[bytes] = []
        number = first
        while number < end:
            kept = self._kept.get(number)
            if kept is not None:
                pages.append(kept)
                number += 1
                continue
            stop = number + 1
            if self._replaced(number):
                data = b""
            else:
                while stop < end and stop not in self._kept and not self._replaced(stop):
                    stop += 1
                data = self._source.read_at(number * BLOCK_SIZE, (stop - number) * BLOCK_SIZE)
            for at in range(number, stop):
                page = self._patched(at, data[(at - number) * BLOCK_SIZE : (at - number + 1) * BLOCK_SIZE])
                self._kept[at] = page
                pages.append(page)
            number = stop
        while len(self._kept) > PAGE_LIMIT:
            self._kept.popitem(last=False)
        return pages

    def _replaced(self, number: int) -> bool:
        """Whether a log replaces the whole page, so that the file's own is not needed."""
        first = number * _SECTORS
        return first in self.overlay and all(sector in self.overlay for sector in range(first, first + _SECTORS))

    def _patched(self, number: int, page: bytes) -> bytes:
        first = number * _SECTORS
        sectors = [sector for sector in range(first, first + _SECTORS) if sector in self.overlay]
        if not sectors:
            return page
        # A log may grow the hive past the end of the file: only what the log holds there exists.
        patched = bytearray(page)
        for sector in sectors:
            start = (sector - first) * SECTOR_SIZE
            patched.extend(bytes(max(0, start - len(patched))))
            patched[start : start + SECTOR_SIZE] = self.overlay[sector]
        return bytes(patched)
