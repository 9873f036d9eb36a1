"""Cells: the allocated pieces of a hive's bins, found by offset.

Offsets of cells count from the start of the hive bins, which is 4096 bytes into the file (Windows registry file format
specification, M. Suhanov; little-endian). A hive bin, a multiple of 4096 bytes:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | signature | `hbin` |
| 4 | 4 | offset | from the start of the hive bins |
| 8 | 4 | size | bytes |
| 12 | 20 | | not used here |
| 32 | … | cells | until the end of the bin |

A cell, a multiple of 8 bytes:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | size | bytes, with this field; negative: the cell is in use |
| 4 | 4 | last | only in versions 1.0 and 1.1 (Windows NT 3.1): offset of the cell before |
| 4 or 8 | … | data | |
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from forensic.errors import ForensicError, Malformed, Unsupported
from forensic.model import Locator, State, decode_utf16
from forensic.registry import base_block
from forensic.registry.base_block import BLOCK_SIZE, BaseBlock
from forensic.registry.page import Pages

DAMAGE_LIMIT = 500_000
"""Damaged entries that walks step over before they give up: a planted hive must not make them endless."""
PROBLEM_LIMIT = 50
"""Problems of one hive that are told."""
SHARED_LIMIT = 64
"""Entries up to which damaged keys may share a list."""
OLD_CELLS = frozenset({(1, 0), (1, 1)})
"""Versions of hives (Windows NT 3.1) whose cells have a header of eight bytes and whose names are all UTF-16LE."""
FIRST_CELL = 32
"""Offset of the first cell: behind the header of the first hive bin."""
DAMAGED = "hive-damaged"
ABSENT = 0xFFFFFFFF
"""As an offset of a cell: there is none."""

_SIZE = struct.Struct("<i")
_IMAGE_STEP = 1 << 20


class HiveProblem(NamedTuple):
    """What is wrong with a hive, in a sentence, and which problem it is (`model.problem.CODES`), empty where nothing follows from it."""

    what: str
    code: str = ""


class Cells:
    """The cells of one hive, and the damage that was met in them."""

    def __init__(self, pages: Pages, base: BaseBlock, bins_size: int, place: Locator) -> None:
        """Find cells in `pages`, whose hive bins have `bins_size` bytes."""
        self.pages, self.version, self.root, self.bins_size, self.place = pages, base.version, base.root_cell_offset, bins_size, place
        self.noted: list[HiveProblem] = []
        """What is wrong with the hive as far as it was read."""
        self._header = 8 if base.version in OLD_CELLS else 4
        self._list_owners: dict[int, int] = {}
        self._damage = 0

    def open(self, offset: int, need: int, what: str) -> tuple[int, int, bytes]:
        """Return where the data of the cell at `offset` start in the file, how many bytes there are, and those in their first page.

        Malformed where the cell is outside the hive bins, is not in use, or has fewer than `need` bytes of data.
        """
        start = BLOCK_SIZE + offset
        if offset < FIRST_CELL or offset % 8 or offset + self._header > self.bins_size:
            raise Malformed(f"{what} is said to lie outside the hive bins,", start)
        data = self.pages.read(start, _SIZE.size, BLOCK_SIZE)
        size = -_SIZE.unpack_from(data)[0]
        if size <= 0:
            raise Malformed(f"{what} lies in a cell that is not in use,", start)
        if offset + size > self.bins_size:
            raise Malformed(f"{what} lies in a cell that leaves the hive bins,", start, size, self.bins_size - offset)
        start, capacity = start + self._header, size - self._header
        if capacity < need:
            raise Malformed(what, start, need, max(0, capacity))
        return start, capacity, data[self._header : size]

    def find(self, offset: int, need: int, what: str) -> tuple[int, int]:
        """Return where the data of the cell at `offset` start in the file and how many bytes there are; else as `open`."""
        return self.open(offset, need, what)[:2]

    def record(self, offset: int, signature: bytes, fixed: int, what: str) -> tuple[int, bytes, int]:
        """Return place, first bytes and capacity of a cell whose data start with `signature`; else as `open`.

        The bytes are the `fixed` ones, and what follows them in the page: mostly the name.
        """
        start, capacity, data = self.open(offset, fixed, what)
        if len(data) < fixed:
            data = self.pages.read(start, fixed, capacity - fixed)
        if data[:2] != signature:
            raise Malformed(f"{what} lacks the signature {signature.decode()!r}", start)
        return start, data, capacity

    def name(self, data: bytes, *, is_latin: bool) -> str:
        """Decode the name of a key or value; `is_latin`: as its flags say, Latin-1 and not UTF-16LE."""
        return data.decode("latin-1") if is_latin and self.version not in OLD_CELLS else decode_utf16(data)

    def state(self, *runs: tuple[int, int]) -> State:
        """Whether all these runs (offset in the file, size) are stored in it, or a log replaced some byte of them."""
        return "recovered" if any(self.pages.changed(start, size) for start, size in runs) else "stored"

    def own_list(self, offset: int, key: int, count: int, start: int) -> None:
        """Let one key only have a long list: what many keys share would make a walk quadratic."""
        if count > SHARED_LIMIT and self._list_owners.setdefault(offset, key) != key:
            raise Malformed("list belongs to another key,", start)

    def note(self, what: str, code: str = "") -> None:
        """Add a problem, once; `code` is one of `model.problem.CODES`."""
        problem = HiveProblem(what, code)
        if len(self.noted) < PROBLEM_LIMIT and problem not in self.noted:
            self.noted.append(problem)

    @property
    def problems(self) -> list[str]:
        """The sentences of what is noted."""
        return [problem.what for problem in self.noted]

    def step_over(self, error: ForensicError, damage: list[ForensicError]) -> None:
        """Record damage that a walk steps over, the first of one walk in `damage`; Malformed when walking on is pointless."""
        self._damage += 1
        if self._damage > DAMAGE_LIMIT:
            raise Malformed(f"hive has more than {DAMAGE_LIMIT} damaged entries; the last: {error}", code="too-much")
        if len(self.noted) < PROBLEM_LIMIT:
            self.note(str(error), DAMAGED)
        if not damage:
            damage.append(error)

    def image(self, limit: int) -> bytearray:
        """Return the whole hive with the logs applied, at most `limit` bytes, and a base block that says so."""
        size = BLOCK_SIZE + self.bins_size
        if size > limit:
            raise Unsupported(f"hive of {size} bytes is larger than the {limit} that are read at once", code="too-large")
        image = bytearray()
        for at in range(0, size, _IMAGE_STEP):
            image += self.pages.available(at, min(_IMAGE_STEP, size - at))
        image[:4] = base_block.SIGNATURE
        struct.pack_into("<II", image, 36, self.root, self.bins_size)
        return image
