"""UpcaseTable: how an NTFS volume compares names, by its own table $UpCase."""

from __future__ import annotations

import struct
from collections.abc import Callable

from forensic.errors import ForensicError, Malformed
from forensic.model import Problem, upcase

SIZE = 131_072
"""Bytes of $UpCase: the upper case of each of the 65,536 UTF-16 units, two bytes each."""
_LETTER_A = slice(2 * ord("a"), 2 * ord("a") + 2)


class UpcaseTable:
    """The table, read when the first name needs more than ASCII."""

    def __init__(self, read: Callable[[], bytes], volume: str, problems: list[Problem]) -> None:
        """Take the table from `read`; where it cannot be had, the Unicode upper case of each character serves, with a problem."""
        self._read, self._volume, self._problems = read, volume, problems
        self._table: bytes | None = None

    def key(self, name: bytes) -> bytes:
        """Return a name (UTF-16LE) as the volume compares it: upper-cased, UTF-16BE."""
        if not any(name[1::2]) and name.isascii():
            return _swapped(name.upper())
        if self._table is None:
            self._table = self._load()
        return b"".join(self._table[unit << 1 : (unit << 1) + 2] for (unit,) in struct.iter_unpack("<H", name))

    def _load(self) -> bytes:
        """Return the table, big-endian."""
        try:
            table = self._read()
            if len(table) != SIZE or table[_LETTER_A] != b"A\0":
                raise Malformed("$UpCase: not a table of upper case letters")
        except ForensicError as error:
            where = f"{self._volume} > $UpCase".removeprefix(" > ")
            self._problems.append(Problem("warning", where, f"{error}; upper case by Unicode instead", "file-system-repaired"))
            units = (ord(upcase(chr(unit))) if not 0xD800 <= unit < 0xE000 else unit for unit in range(0x10000))
            return b"".join(unit.to_bytes(2, "big") for unit in units)
        return _swapped(table)


def _swapped(data: bytes) -> bytes:
    """Return UTF-16LE as UTF-16BE."""
    swapped = bytearray(data)
    swapped[0::2], swapped[1::2] = swapped[1::2], swapped[0::2]
    return bytes(swapped)
