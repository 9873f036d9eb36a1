"""Base block: the header of a registry hive and, in part, of each of its transaction logs.

Layout (Windows registry file format specification, M. Suhanov; little-endian):

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | signature | `regf` |
| 4 | 4 | primary sequence number | raised when a write begins |
| 8 | 4 | secondary sequence number | made equal when the write is complete |
| 12 | 8 | last written | FILETIME, UTC |
| 20 | 4 | major version | 1 |
| 24 | 4 | minor version | 0 to 6 |
| 28 | 4 | file type | 0 hive; 1, 2 log of the old format; 6 log of the new format |
| 32 | 4 | file format | 1: direct memory load |
| 36 | 4 | root cell offset | from the start of the hive bins |
| 40 | 4 | size of the hive bins | bytes, a multiple of 4096 |
| 44 | 4 | clustering factor | sector size / 512 |
| 48 | 64 | file name | the end of the path, UTF-16LE |
| 508 | 4 | checksum | XOR of the 127 words before it |
"""

from __future__ import annotations

import struct

import msgspec

from forensic.errors import Malformed
from forensic.model import FileTime, decode_utf16

BLOCK_SIZE = 4096
"""Bytes of the base block, and of the unit in which hive bins grow."""

_WORDS = struct.Struct("<127I")
_FIELDS = struct.Struct("<4sIIQIIIIIII")


class BaseBlock(msgspec.Struct, frozen=True):
    """The fields of a base block, as they are stored."""

    primary: int
    secondary: int
    written: FileTime
    version: tuple[int, int]
    file_type: int
    root: int
    bins_size: int
    clustering: int
    file_name: str
    sound: bool
    """Whether the checksum is right."""

    @classmethod
    def parse(cls, data: bytes) -> BaseBlock:
        """Read the first 512 bytes of a hive or a log; Malformed when they are no base block."""
        if len(data) < 512:
            raise Malformed("base block", 0, 512, len(data))
        if data[:4] != b"regf":
            raise Malformed("base block lacks the signature 'regf'", 0)
        _, primary, secondary, written, major, minor, kind, _, root, size, clustering = _FIELDS.unpack_from(data)
        name = decode_utf16(data[48:112]).partition("\0")[0]
        sound = checksum(data) == int.from_bytes(data[508:512], "little")
        return cls(primary, secondary, FileTime(written), (major, minor), kind, root, size, clustering, name, sound)

    @property
    def dirty(self) -> bool:
        """Whether a write was begun and not completed, so that Windows would first recover the hive."""
        return not self.sound or self.primary != self.secondary


def checksum(data: bytes) -> int:
    """Return the checksum that belongs at offset 508; 0 and 0xffffffff are never stored."""
    total = 0
    for word in _WORDS.unpack_from(data):
        total ^= word
    return {0: 1, 0xFFFFFFFF: 0xFFFFFFFE}.get(total, total)
