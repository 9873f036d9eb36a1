"""Value: a registry value, its data read when asked for, and what they mean by their type."""

from __future__ import annotations

from collections.abc import Container
from functools import cached_property
from typing import Protocol

from forensic.errors import ForensicError, Malformed
from forensic.model import FileTime, Locator, Span, State, decode_utf16, printable
from forensic.registry import key_value
from forensic.registry.cell import Cells
from forensic.registry.key_value import VALUE_COMP_NAME, KeyValue

REG_NONE, REG_SZ, REG_EXPAND_SZ, REG_BINARY, REG_DWORD, REG_DWORD_BIG_ENDIAN, REG_LINK, REG_MULTI_SZ = range(8)
REG_QWORD = 11

_TEXT_TYPES = frozenset({REG_SZ, REG_EXPAND_SZ, REG_LINK, 0xFFFF0012})
_LIST_TYPES = frozenset({REG_MULTI_SZ, 0xFFFF2012})
_NUMBER_SIZES = {REG_DWORD: (4,), REG_DWORD_BIG_ENDIAN: (4,), REG_QWORD: (8,), REG_BINARY: (4, 8)}


class Holder(Protocol):
    """The key of a value, as far as a value knows it."""

    written: FileTime

    @property
    def place(self) -> Locator:
        """Where the key node lies."""


class Value:
    """A value of a registry key: a name, a type and data. As a `Reading`, its bytes are the data."""

    def __init__(self, key: Holder, cells: Cells, offset: int) -> None:
        """Read the key value whose cell lies `offset` bytes into the hive bins; its data are read when asked for."""
        self.record, self.start, raw = KeyValue.read(cells, offset)
        self.name = cells.name(raw[key_value.LAYOUT.size :], is_latin=bool(self.record.flags & VALUE_COMP_NAME))
        self.type = self.record.data_type
        """The type as it is stored, all 32 bits: 1 REG_SZ, 3 REG_BINARY, …, 0xffff0012 a device property's string."""
        self._key, self._cells = key, cells

    @property
    def written(self) -> FileTime:
        """Last-written time of the key; values have none of their own."""
        return self._key.written

    @property
    def place(self) -> Locator:
        """Where the first byte of the data lies; the key value itself where that cannot be told."""
        try:
            start = self._runs[0][0]
        except (ForensicError, IndexError):
            start = self.start
        return self._key.place.inside(value=self.name, offset=start)

    @cached_property
    def raw(self) -> bytes:
        """The data; Malformed or Unreadable when they cannot be had whole."""
        pages = self._cells.pages
        return b"".join(pages.read(start, size) for start, size in self._runs)

    @property
    def state(self) -> State:
        """Whether key value and data are stored in the file, or differ from it because a log was applied."""
        return self._cells.state((self.start, key_value.LAYOUT.size + self.record.name_length), *self._runs)

    @cached_property
    def _runs(self) -> list[tuple[int, int]]:
        """Where the data lie: offset in the file and size of each run of bytes."""
        return self.record.data_runs(self._cells, self.start)

    def text(self) -> str:
        """Return the text of REG_SZ, REG_EXPAND_SZ and REG_LINK up to the first NUL; Malformed for other types."""
        self._require(_TEXT_TYPES, "text")
        return self._decoded().partition("\0")[0]

    def texts(self) -> list[str]:
        """Return the texts of REG_MULTI_SZ, empty ones among them too; Malformed for other types."""
        self._require(_LIST_TYPES, "a list of texts")
        text = self._decoded().removesuffix("\0").removesuffix("\0")
        return text.split("\0") if text else []

    def number(self) -> int:
        """Return the number of REG_DWORD, REG_DWORD_BIG_ENDIAN, REG_QWORD, and of REG_BINARY with 4 or 8 bytes."""
        self._require(_NUMBER_SIZES, "a number")
        sizes = _NUMBER_SIZES[self.type]
        if len(self.raw) not in sizes:
            raise Malformed(f"number in value '{printable(self.name)}'", self.place.offset, sizes[-1], len(self.raw))
        return int.from_bytes(self.raw, "big" if self.type == REG_DWORD_BIG_ENDIAN else "little")

    def filetime(self) -> FileTime:
        """Return the eight bytes as a FILETIME; Malformed when there are more or fewer."""
        if len(self.raw) != 8:
            raise Malformed(f"FILETIME in value '{printable(self.name)}'", self.place.offset, 8, len(self.raw))
        return FileTime.from_bytes_le(self.raw)

    def part(self, offset: int, size: int) -> Span:
        """Return `size` bytes that start `offset` bytes into the data, with their own place; Malformed out of range."""
        if offset < 0 or size < 0 or offset + size > len(self.raw):
            raise Malformed(f"part of value '{printable(self.name)}'", offset, size, max(0, len(self.raw) - max(0, offset)))
        within = offset
        start = self.start
        for run, length in self._runs:
            start = run + within
            if within < length:
                break
            within -= length
        return Span(self.place.inside(offset=start), self.raw[offset : offset + size], self.written, self.state)

    def _decoded(self) -> str:
        raw = self.raw
        return decode_utf16(raw[:-1] if len(raw) % 2 and not raw[-1] else raw)

    def _require(self, types: Container[int], what: str) -> None:
        if self.type not in types:
            raise Malformed(f"value '{printable(self.name)}' is not {what}: its type is {self.type:#x}", self.start + 12)
