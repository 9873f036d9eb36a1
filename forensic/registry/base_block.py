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
| 40 | 4 | hive bins data size | bytes, a multiple of 4096 |
| 44 | 4 | clustering factor | sector size / 512 |
| 48 | 64 | file name | the end of the path, UTF-16LE |
| 112 | 396 | | not used here |
| 508 | 4 | checksum | XOR of the 127 words before it |
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from forensic.errors import Malformed
from forensic.model import FileTime, decode_utf16

BLOCK_SIZE = 4096
"""Bytes of the base block, and of the unit in which hive bins grow."""
SECTOR_SIZE = 512
"""Bytes of the unit in which transaction logs replace what the hive stores."""
LAYOUT = struct.Struct("<4s2IQ7I64s")
SIGNATURE = b"regf"

_WORDS = struct.Struct("<127I")
_CHECKSUM = struct.Struct("<I")


class BaseBlock(NamedTuple):
    """The fields of a base block, as they are stored."""

    signature: bytes
    primary_sequence_number: int
    secondary_sequence_number: int
    last_written: FileTime
    major_version: int
    minor_version: int
    file_type: int
    file_format: int
    root_cell_offset: int
    hive_bins_data_size: int
    clustering_factor: int
    file_name: str
    is_sound: bool
    """Whether the checksum is right."""

    @classmethod
    def parse(cls, data: bytes) -> BaseBlock:
        """Read the first 512 bytes of a hive or a log; Malformed when they are no base block."""
        if len(data) < SECTOR_SIZE:
            raise Malformed("base block", 0, SECTOR_SIZE, len(data), code="hive-broken")
        fields = LAYOUT.unpack_from(data)
        if fields[0] != SIGNATURE:
            raise Malformed("base block lacks the signature 'regf'", 0, code="hive-broken")
        is_sound = checksum(data) == _CHECKSUM.unpack_from(data, _WORDS.size)[0]
        written, name = FileTime(fields[3]), decode_utf16(fields[-1]).partition("\0")[0]
        return cls._make((*fields[:3], written, *fields[4:-1], name, is_sound))

    @property
    def version(self) -> tuple[int, int]:
        """Major and minor version."""
        return self.major_version, self.minor_version

    @property
    def is_dirty(self) -> bool:
        """Whether a write was begun and not completed, so that Windows would first recover the hive."""
        return not self.is_sound or self.primary_sequence_number != self.secondary_sequence_number


def checksum(data: bytes) -> int:
    """Return the checksum that belongs at offset 508; 0 and 0xffffffff are never stored."""
    total = 0
    for word in _WORDS.unpack_from(data):
        total ^= word
    return {0: 1, 0xFFFFFFFF: 0xFFFFFFFE}.get(total, total)
