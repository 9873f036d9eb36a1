"""Cells: the allocated pieces of a hive's bins, found by offset, and the cached pages they are read from."""

from __future__ import annotations

import struct
from collections import OrderedDict
from typing import TYPE_CHECKING

from forensic.errors import ForensicError, Malformed, Unreadable, Unsupported
from forensic.model import Locator, State, decode_utf16
from forensic.registry.base_block import BLOCK_SIZE, BaseBlock
from forensic.registry.transaction_log import SECTOR
from forensic.storage.source import Source

if TYPE_CHECKING:
    from forensic.registry.hive import Key, Witness

PAGE_LIMIT = 2048
"""Pages of 4 KiB that are kept, the most recently used ones."""
DAMAGE_LIMIT = 500_000
"""Damaged entries that walks step over before they give up: a planted hive must not make them endless."""
PROBLEM_LIMIT = 50
"""Problems of one hive that are told."""
SHARED_LIMIT = 64
"""Entries up to which damaged keys may share a list."""

KEPT_LIMIT = 1024
"""Answers to look-ups of subkeys that are kept; one examination asks some hundred questions of a hive, many of them again and again."""
NAMED_LIMIT = 64
"""Values of a key up to which all are kept by name, once one was looked up."""

OLD_CELLS = frozenset({(1, 0), (1, 1)})
"""Versions of hives (Windows NT 3.1) whose cells have a header of eight bytes and whose names are all UTF-16LE."""
IMAGE_STEP = 1 << 20
_SECTORS = BLOCK_SIZE // SECTOR


class Pages:
    """The bytes of a hive: pages of the file, kept in a bounded cache, under the sectors that the logs replace."""

    def __init__(self, source: Source) -> None:
        """Read from `source`, which belongs to whoever opened it."""
        self._source = source
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self.overlay: dict[int, bytes] = {}
        """Sectors of 512 bytes by number, from the start of the file."""

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

    def stretch(self, offset: int, size: int) -> bytes:
        """Return `size` bytes, fewer where the hive ends, and keep none of their pages: for a pass over the whole hive."""
        try:
            data = self._source.read_at(offset, size)
        except Unreadable:
            return self.available(offset, size)  # pages that a log replaces need no bytes of the file
        replaced = [sector for sector in self.overlay if offset < (sector + 1) * SECTOR and sector * SECTOR < offset + size]
        if not replaced:
            return data
        patched = bytearray(data)
        for sector in sorted(replaced):
            start = sector * SECTOR - offset
            patched.extend(bytes(max(0, start - len(patched))))
            patched[start : start + SECTOR] = self.overlay[sector]
        return bytes(patched)

    def changed(self, offset: int, size: int) -> bool:
        """Whether these bytes differ from what the file itself stores, because a log replaced them."""
        if not self.overlay or not any(
            sector in self.overlay for sector in range(offset // SECTOR, (offset + size + SECTOR - 1) // SECTOR)
        ):
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
            start = (sector - first) * SECTOR
            patched.extend(bytes(max(0, start - len(patched))))
            patched[start : start + SECTOR] = self.overlay[sector]
        return bytes(patched)


class Cells:
    """The cells of one hive, and what walks through them must remember so that they end."""

    def __init__(self, pages: Pages, base: BaseBlock, bins_size: int, place: Locator) -> None:
        """Find cells in `pages`, whose hive bins have `bins_size` bytes."""
        self.pages, self.version, self.root, self.bins_size, self.place = pages, base.version, base.root, bins_size, place
        self.problems: list[str] = []
        self.owners: dict[int, int] = {}
        """Key nodes that name another parent than the one that lists them, and the one key they belong to."""
        self.proven_lists: set[int] = set()
        """Lists of subkeys whose hints were all found to be right."""
        self.kept: dict[tuple[int, str], Key | None] = {}
        """Subkeys that were looked up, by the offset of the key and the folded name; None where there is none."""
        self.witness: Witness | None = None
        """What is told of each value that is looked up."""
        self._header = 8 if base.version in OLD_CELLS else 4
        self._list_owners: dict[int, int] = {}
        self._damage = 0

    def image(self, limit: int) -> bytearray:
        """Return the whole hive with the logs applied, at most `limit` bytes, and a base block that says so."""
        size = BLOCK_SIZE + self.bins_size
        if size > limit:
            raise Unsupported(f"hive of {size} bytes is larger than the {limit} that are read at once")
        image = bytearray()
        for at in range(0, size, IMAGE_STEP):
            image += self.pages.available(at, min(IMAGE_STEP, size - at))
        image[:4] = b"regf"
        struct.pack_into("<II", image, 36, self.root, self.bins_size)
        return image

    def note(self, problem: str) -> None:
        """Add a problem, once."""
        if len(self.problems) < PROBLEM_LIMIT and problem not in self.problems:
            self.problems.append(problem)

    def skip(self, error: ForensicError) -> None:
        """Record damage that a walk steps over; Malformed when there has been so much that walking on is pointless."""
        self._damage += 1
        if self._damage > DAMAGE_LIMIT:
            raise Malformed(f"hive has more than {DAMAGE_LIMIT} damaged entries; the last: {error}")
        if len(self.problems) < PROBLEM_LIMIT:
            self.note(str(error))

    def find(self, offset: int, need: int, what: str) -> tuple[int, int]:
        """Return where the data of the cell at `offset` start in the file and how many bytes there are, at least `need`."""
        return self.open(offset, need, what)[:2]

    def open(self, offset: int, need: int, what: str) -> tuple[int, int, bytes]:
        """Return what `find` returns, and those of the cell's data that lie in its first page."""
        start = BLOCK_SIZE + offset
        if offset < 32 or offset % 8 or offset + self._header > self.bins_size:
            raise Malformed(f"{what} is said to lie outside the hive bins,", start)
        data = self.pages.read(start, 4, BLOCK_SIZE)
        size = -int.from_bytes(data[:4], "little", signed=True)
        if size <= 0:
            raise Malformed(f"{what} lies in a cell that is not in use,", start)
        if offset + size > self.bins_size:
            raise Malformed(f"{what} lies in a cell that leaves the hive bins,", start, size, self.bins_size - offset)
        start, capacity = start + self._header, size - self._header
        if capacity < need:
            raise Malformed(what, start, need, max(0, capacity))
        return start, capacity, data[self._header : size]

    def record(self, offset: int, signature: bytes, fixed: int, what: str) -> tuple[int, bytes, int]:
        """Return place, first bytes and capacity of a cell whose data start with `signature`.

        The bytes are the `fixed` ones, and what follows them in the page: mostly the name.
        """
        start, capacity, data = self.open(offset, fixed, what)
        if len(data) < fixed:
            data = self.pages.read(start, fixed, capacity - fixed)
        if data[:2] != signature:
            raise Malformed(f"{what} lacks the signature {signature.decode()!r}", start)
        return start, data, capacity

    def name(self, data: bytes, *, narrow: bool) -> str:
        """Decode the name of a key or value."""
        return data.decode("latin-1") if narrow and self.version not in OLD_CELLS else decode_utf16(data)

    def state(self, *runs: tuple[int, int]) -> State:
        """Whether all these runs (offset in the file, size) are stored in it, or a log replaced some byte of them."""
        return "recovered" if any(self.pages.changed(start, size) for start, size in runs) else "stored"

    def own_list(self, offset: int, key: int, count: int, start: int) -> None:
        """Let one key only have a long list: what many keys share would make a walk quadratic."""
        if count > SHARED_LIMIT and self._list_owners.setdefault(offset, key) != key:
            raise Malformed("list belongs to another key,", start)
