"""Tables of EWF2: where the chunks lie, and the chunks by them. A table is checked once, when its first chunk is needed."""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections import OrderedDict

from forensic.containers.chunk import Chunks, Coding, Extent
from forensic.containers.ewf2_segment import BZIP2, ENTRY, Run
from forensic.errors import Unreadable
from forensic.model import Problem
from forensic.storage.file import FilePool

PAGE = 1 << 14
"""Table entries read at a time."""
PAGES = 16
"""Pages of table entries kept."""


class TableChunks(Chunks):
    """Chunks by the tables of EWF2."""

    def __init__(self, size: int, chunk_size: int, runs: list[Run], method: int, pool: FilePool, problems: list[Problem]) -> None:
        """Read the chunks that `runs` list, compressed by `method`."""
        super().__init__(size, chunk_size, pool, problems)
        self._runs, self._firsts = runs, [run.first for run in runs]
        self._compressed: Coding = "bzip2" if method == BZIP2 else "deflate"
        self._checked: dict[int, bool] = {}
        self._pages: OrderedDict[tuple[int, int], bytes] = OrderedDict()

    def _extent(self, number: int) -> Extent:
        place = f"media offset {number * self._chunk_size:#x}"
        index = bisect_right(self._firsts, number) - 1
        if index < 0 or number >= self._runs[index].first + self._runs[index].length:
            raise Unreadable(f"{place}: no table lists chunk {number}")
        run = self._runs[index]
        if not self._sound(index):
            raise Unreadable(f"{place}: {run.file.name}: the table at offset {run.entries:#x} is damaged")
        page, position = divmod(number - run.first, PAGE)
        data = self._page(index, run, page)
        offset, size, flags = ENTRY.unpack_from(data, position * ENTRY.size)
        if flags & 4:
            return Extent(run.file, run.entries + (number - run.first) * ENTRY.size, 8, "pattern")
        coding: Coding = self._compressed if flags & 1 else "plain" if flags & 2 else "bare"
        extent = Extent(run.file, offset, min(size, self._chunk_size * 2 + 1024, run.file.size - offset), coding)
        if extent.size <= 0:
            raise self._damage(number, extent, "it lies past the end of the segment file")
        return extent

    def _sound(self, index: int) -> bool:
        known = self._checked.get(index)
        if known is None:
            run = self._runs[index]
            self._pool.acquire(run.file)
            checksum = 1
            for page in range(-(-run.length // PAGE)):
                checksum = zlib.adler32(self._page(index, run, page), checksum)
            stored = run.file.read_at(run.entries + run.length * ENTRY.size, 4)
            known = self._checked[index] = checksum == int.from_bytes(stored, "little")
            if not known:
                what = f"the table at offset {run.entries:#x} is damaged: chunks {run.first} to {run.first + run.length - 1} are unreadable"
                self._problems.append(Problem("error", run.file.name, what, "damaged-chunk"))
        return known

    def _page(self, index: int, run: Run, page: int) -> bytes:
        data = self._pages.get((index, page))
        if data is None:
            count = min(PAGE, run.length - page * PAGE)
            data = self._pool.acquire(run.file).read_at(run.entries + page * PAGE * ENTRY.size, count * ENTRY.size)
            self._pages[index, page] = data
            if len(self._pages) > PAGES:
                self._pages.popitem(last=False)
        return data
