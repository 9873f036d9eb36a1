"""What the structures of NTFS share: references between records, the heads of records and attributes, the update sequence.

File reference: record number (6 bytes), sequence number (2 bytes).

Record of the $MFT:

| Offset | Size | Field | Notes |
|--------|------|-------|-------|
| 0      | 4    | signature | `FILE` |
| 16     | 2    | sequence number | |
| 20     | 2    | first attribute | its offset |
| 22     | 2    | flags | bit 0: in use |
| 32     | 8    | base record | file reference; of an extension record, else 0 |

Attribute:

| Offset | Size | Field | Notes |
|--------|------|-------|-------|
| 0      | 4    | type | 0x10 $STANDARD_INFORMATION comes first |
| 4      | 4    | size | |
| 8      | 1    | not resident | its content lies elsewhere |
| 20     | 2    | content | its offset in the attribute, when resident |

$FILE_NAME, an attribute and the key of a directory's entries:

| Offset | Size | Field | Notes |
|--------|------|-------|-------|
| 0      | 8    | parent | file reference |
| 8      | 32   | four times | copies, seldom brought up to date |
| 56     | 4    | file attributes | 0x400: reparse point, 0x10000000: directory |
| 60     | 4    | reparse tag | |
| 64     | 1    | name length | in UTF-16 units |
| 65     | 1    | namespace | 0 POSIX, 1 Win32, 2 DOS (8.3), 3 both |
| 66     | …    | name | UTF-16LE |

Update sequence: at 4 its offset, at 6 its size in words: one for the number, one for each 512 bytes of the structure. The last word of each
sector is kept there, and the number stands in its place, so that torn writes are noticed.

Source: the Linux-NTFS documentation and libfsntfs' description of the format.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import msgspec

from forensic.errors import Malformed

SECTOR = 512
"""Bytes guarded by one word, whatever the disk's sectors are."""
BLOCK_LIMIT = 1 << 16
"""Bytes of an index block at most."""
NODE = struct.Struct("<II8x")
"""Header of a node of an index: first entry and end of the last one, both counted from it."""
FILE_NAME = struct.Struct("<8s48xIIBB")
RECORD, ATTRIBUTE = struct.Struct("<4s12xH2xHH8x8s"), struct.Struct("<IIB11xH")
_UPDATE_SEQUENCE = struct.Struct("<HH")
_UPDATE_SEQUENCE_AT = 4


class Reference(msgspec.Struct, frozen=True, gc=False):
    """File reference: number of a record in the $MFT, and how often that record was given to a new file."""

    record: int
    sequence: int

    @classmethod
    def from_bytes(cls, data: bytes) -> Reference:
        """Read eight bytes."""
        return cls(int.from_bytes(data[:6], "little"), int.from_bytes(data[6:8], "little"))


class RecordHeader(NamedTuple):
    """The head of a record."""

    signature: bytes
    sequence: int
    first_attribute: int
    flags: int
    base: bytes

    @classmethod
    def parse(cls, record: bytes) -> RecordHeader:
        """Read the first 40 bytes of a record."""
        return cls._make(RECORD.unpack_from(record))

    @property
    def in_use(self) -> bool:
        """Whether it belongs to a file that exists."""
        return bool(self.flags & 1)


class AttributeHeader(NamedTuple):
    """The head of an attribute."""

    type: int
    size: int
    not_resident: int
    content: int

    @classmethod
    def parse(cls, record: bytes, offset: int) -> AttributeHeader:
        """Read the attribute at `offset` of a record; zeros stand for what is cut off."""
        return cls._make(ATTRIBUTE.unpack(record[offset : offset + ATTRIBUTE.size].ljust(ATTRIBUTE.size, b"\0")))


class FileName(NamedTuple):
    """A name that a file has in a directory."""

    parent: Reference
    namespace: int
    name: bytes
    """UTF-16LE."""

    @classmethod
    def parse(cls, data: bytes) -> FileName | None:
        """Read the content of a $FILE_NAME, and what may follow it; None where it is cut short."""
        if len(data) <= FILE_NAME.size:
            return None
        parent, _, _, length, namespace = FILE_NAME.unpack_from(data)
        return cls(Reference.from_bytes(parent), namespace, data[FILE_NAME.size : FILE_NAME.size + 2 * length])


def fixed(path: str, block: bytes, offset: int, signature: bytes = b"INDX") -> bytes:
    """Check the signature of an index block or MFT record and undo its update sequence.

    `path` and `offset` are for messages. Malformed where a sector was not written with the others.
    """
    if block[:4] != signature:
        raise Malformed(f"{path}: an index block has no signature", offset)
    start, words = _UPDATE_SEQUENCE.unpack_from(block, _UPDATE_SEQUENCE_AT)
    if words - 1 != len(block) // SECTOR or start + 2 * words > SECTOR - 2:
        raise Malformed(f"{path}: an index block has an impossible update sequence", offset)
    fixed = bytearray(block)
    for number in range(1, words):
        at = number * SECTOR - 2
        if block[at : at + 2] != block[start : start + 2]:
            raise Malformed(f"{path}: an index block was written in part only (update sequence)", offset + at)
        fixed[at : at + 2] = block[start + 2 * number : start + 2 * number + 2]
    return bytes(fixed)
