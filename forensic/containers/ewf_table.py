"""Tables of EWF1: where the chunks lie, and the chunks by them.

A table with fewer than some 65,000 entries is read by one request; larger ones by pages, when they are needed. Of the two copies of a table
the one whose checksum holds is used. An entry: bit 31 compressed, bits 0 to 30 offset of the chunk from the table's base.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from bisect import bisect_right
from collections import OrderedDict
from typing import TYPE_CHECKING

from forensic.containers.chunk import Chunks, Coding, Extent
from forensic.containers.ewf_section import Geometry
from forensic.containers.ewf_segment import Gap, Table
from forensic.containers.ewf_sequence import Run
from forensic.errors import Unreadable
from forensic.model import Problem
from forensic.storage.file import FilePool

if TYPE_CHECKING:
    from forensic.containers.ewf_salvage import Salvage

TABLE_CACHE = 4 << 20
"""Bytes of table entries kept."""
PAGE = 1 << 16
"""Table entries read at a time; most tables have no more."""
BLOCK = 1 << 20
"""Bytes of a table read at a time to check it."""
COMPRESSED = 1 << 31
PLAIN_OR_DEFLATE: tuple[Coding, Coding] = ("plain", "deflate")


class TableChunks(Chunks):
    """Chunks by the tables of EWF1."""

    def __init__(self, geometry: Geometry, runs: list[Run], pool: FilePool, problems: list[Problem]) -> None:
        """Read by `geometry` the chunks that `runs` place."""
        super().__init__(geometry.size, geometry.chunk_size, pool, problems)
        self._runs, self._firsts = runs, [run.first for run in runs]
        self._pages: OrderedDict[tuple[int, int], tuple[array[int], int]] = OrderedDict()
        self._paged = 0
        self._tables: dict[int, _Entries | str] = {}
        self._salvage: Salvage | None = None
        """Of the one run that no table lists."""

    def _extent(self, number: int) -> Extent:
        index = bisect_right(self._firsts, number) - 1
        run = self._runs[index] if index >= 0 else None
        if run is None or number >= run.first + run.length:
            raise Unreadable(f"media offset {number * self._chunk_size:#x}: no table lists chunk {number}")
        if isinstance(run.where, Gap):
            return self._salvaged(run, run.where, number)
        table = run.where
        entry = number - run.first
        page, overflow = self._page(index, table, number, entry // PAGE)
        position = entry % PAGE
        raw = page[position]
        start, coding = raw & ~COMPRESSED, PLAIN_OR_DEFLATE[raw >> 31]
        if entry >= overflow:
            start, coding = raw, "unknown"
        end = table.end - table.base
        if entry + 1 < table.count:
            following = page[position + 1] if entry + 1 >= overflow else page[position + 1] & ~COMPRESSED
            end = following if following > start else end
        size = min(end - start, self._chunk_size * 2 + 1024)
        if coding == "plain":
            size = max(size, self._expected(number) + 4)
        offset = table.base + start
        extent = Extent(table.file, offset, min(size, table.file.size - offset), coding)
        if extent.size <= 0:
            raise self._damage(number, extent, "it lies past the end of the segment file")
        return extent

    def _salvaged(self, run: Run, gap: Gap, number: int) -> Extent:
        """Return where a chunk lies that no table lists; Unreadable when it cannot be found without one."""
        if gap.file is not None and gap.start:
            if self._salvage is None:
                from forensic.containers.ewf_salvage import Salvage

                self._salvage = Salvage(gap.file, gap, self._chunk_size, self._inflate)
                what = f"chunks from number {run.first} on are found without a table, each behind the one before it"
                self._problems.append(Problem("warning", gap.file.name, what))
            self._pool.acquire(gap.file)
            last = -(-self._size // self._chunk_size) - 1
            found = self._salvage.find(number - run.first, self._expected(last), last - run.first)
            if found is not None:
                offset, size, plain = found
                return Extent(gap.file, offset, size, "plain" if plain else "deflate")
        raise Unreadable(f"media offset {number * self._chunk_size:#x}: {gap.why}")

    def _page(self, index: int, table: Table, number: int, page: int) -> tuple[array[int], int]:
        """Return a page of a table's entries, with the first entry of the next one, and from which entry on offsets use all 32 bits."""
        known = self._pages.get((index, page))
        if known is not None:
            self._pages.move_to_end((index, page))
            return known
        self._pool.acquire(table.file)
        entries = self._tables.get(index)
        if entries is None:
            try:
                entries = _Entries(table)
            except Unreadable as error:
                entries = str(error)
                first = self._runs[index].first
                what = f"{entries}: chunks {first} to {first + table.count - 1} are unreadable"
                self._problems.append(Problem("error", table.file.name, what, "damaged-chunk"))
            self._tables[index] = entries
        if isinstance(entries, str):
            raise Unreadable(f"media offset {number * self._chunk_size:#x}: {entries}")
        found = entries.page(page), entries.overflow
        self._pages[index, page] = found
        self._paged += 4 * len(found[0])
        while self._paged > TABLE_CACHE and len(self._pages) > 1:
            self._paged -= 4 * len(self._pages.popitem(last=False)[1][0])
        return found


class _Entries:
    """The entries of one table: the copy whose checksum holds."""

    def __init__(self, table: Table) -> None:
        """Choose between the copies; Unreadable when neither is sound."""
        self._table = table
        self._whole = b""
        """The entries of a small table as they were checked, until they are used."""
        self.overflow = table.count
        sums: list[int] = []
        for start in table.copies:
            self._start = start
            try:
                sound, computed = self._check(start)
            except Unreadable:
                continue  # the copy may lie on readable ground
            if sound or computed in sums:  # two copies that agree outweigh a checksum
                break
            sums.append(computed)
        else:
            raise Unreadable(f"{table.file.name}: the table at offset {table.copies[0]:#x} and its copy are damaged")
        if table.end - table.base > COMPRESSED:
            self.overflow = self._find_overflow()

    def _check(self, start: int) -> tuple[bool, int]:
        """Tell whether the entries at `start` are sound, and their checksum."""
        table = self._table
        size = 4 * table.count
        checksum, first, block = 1, b"", b""
        for position in range(0, size + 4, BLOCK):
            block = table.file.read_at(start + position, min(BLOCK, size + 4 - position))
            first = first or block
            checksum = zlib.adler32(block[: max(0, size - position)], checksum)
        self._whole = first if len(first) == size + 4 else b""
        # where the data begin right behind the entries there is no checksum between them
        data = table.base + (int.from_bytes(first[:4], "little") & ~COMPRESSED)
        return data == start + size or checksum == int.from_bytes(block[-4:], "little"), checksum

    def page(self, number: int) -> array[int]:
        """Return the entries of a page, and the first one of the next."""
        first = number * PAGE
        count = min(PAGE + 1, self._table.count - first)
        data, self._whole = self._whole[4 * first : 4 * (first + count)], b""
        if len(data) < 4 * count:
            data = self._table.file.read_at(self._start + 4 * first, 4 * count)
        if len(data) < 4 * count:
            raise Unreadable(f"{self._table.file.name}: the table at offset {self._start:#x} is cut off")
        return _uint32(data)

    def _find_overflow(self) -> int:
        """Return the first entry whose offset needs bit 31: there the offsets, taken without it, begin to fall.

        EnCase 6 before 6.7 wrote segment files of more than 2 GiB without base offsets.
        """
        before = 0
        for number in range(-(-self._table.count // PAGE)):
            for index, entry in enumerate(self.page(number)):
                if entry & ~COMPRESSED < before <= entry:
                    return number * PAGE + index
                before = entry & ~COMPRESSED
        return self._table.count


def _uint32(data: bytes) -> array[int]:
    entries = array("I", data)
    if sys.byteorder == "big":
        entries.byteswap()
    return entries
