"""Header of a tar member, 512 bytes; numbers are octal text, or big-endian where the first bit is set.

| Offset | Size | Field | Notes |
|--------|------|-------|-------|
| 0      | 100  | name  | ends at a zero byte |
| 124    | 12   | size  | bytes of the content, which follows and is filled up to 512 |
| 148    | 8    | checksum | the sum of the header's bytes, these as blanks |
| 156    | 1    | type  | `0`, `7`, zero: file; `1`, `2` link; `5` folder; `L` long name; `S` sparse; `x`, `g` pax records |
| 157    | 100  | link target | |
| 257    | 5    | `ustar` | |
| 345    | 155  | prefix of the name | where `ustar` and a zero byte stand |

Pax records are lines `length key=value`; of theirs `path` and `size` count here. Source: POSIX.1-2017, pax; GNU tar manual.
"""

from __future__ import annotations

from typing import NamedTuple

from forensic.containers.formats import is_tar
from forensic.errors import Malformed

SIZE = 512
_NAME, _SIZE, _TYPE, _MAGIC, _PREFIX = slice(0, 100), slice(124, 136), 156, slice(257, 263), slice(345, 500)


class Header(NamedTuple):
    """The fields of a header that reading needs."""

    name: bytes
    size: int
    type: str

    @classmethod
    def parse(cls, block: bytes, offset: int) -> Header | None:
        """Read the header in `block`, which lies at the byte `offset`; None at the end's block of zeros, Malformed where there is none."""
        if not any(block):
            return None
        if len(block) < SIZE or not is_tar(block):
            raise Malformed("no tar header", offset)
        name = block[_NAME].split(b"\0")[0]
        prefix = block[_PREFIX].split(b"\0")[0] if block[_MAGIC] == b"ustar\0" else b""
        size = _number(block[_SIZE])
        if size is None or size < 0:
            raise Malformed("a tar header without a size", offset)
        return cls(prefix + b"/" + name if prefix else name, size, chr(block[_TYPE]))

    @property
    def padded(self) -> int:
        """Bytes from the content to the next header."""
        return -(-self.size // SIZE) * SIZE


def _number(field: bytes) -> int | None:
    if field[0] & 0x80:
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    text = field.strip(b"\0 ")
    return int(text, 8) if text and all(byte in b"01234567" for byte in text) else None if text else 0


def pax_records(data: bytes) -> dict[bytes, bytes]:
    """Return the records of a pax header, as far as they are sound."""
    records: dict[bytes, bytes] = {}
    position = 0
    while position < len(data):
        length, blank, _ = data[position : position + 20].partition(b" ")
        if not blank or not length.isdigit() or int(length) <= len(length) + 1:
            break
        key, _, value = data[position + len(length) + 1 : position + int(length) - 1].partition(b"=")
        records[key] = value
        position += int(length)
    return records
