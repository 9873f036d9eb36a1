"""Partclone image of one volume (Clonezilla, FOG): the used blocks of a file system, in the order of the volume; version 2, little-endian.

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 16 | magic | `partclone-image` |
| 16 | 14 | version of the program | |
| 30 | 4 | version of the format | `0002` |
| 34 | 2 | 0xC0DE | in the byte order of the image |
| 36 | 16 | file system | |
| 52 | 8 | size of the volume | bytes |
| 60, 68, 76 | 8 each | blocks; used ones by the file system, and by the bitmap | |
| 84 | 4 | block size | bytes |
| 88 | 4 | size of the following fields | 18 |
| 92, 94 | 2, 2 | version, bits of the computer | |
| 96, 98 | 2, 2 | kind of checksum, its size | 0 none, 0x20 CRC-32 |
| 100 | 4 | blocks to a checksum | |
| 104 | 1 | whether each checksum begins anew | |
| 105 | 1 | kind of bitmap | 1: a bit for each block, the lowest first |
| 106 | 4 | CRC-32 | of all before it |

The bitmap and its CRC-32 follow, then the used blocks with a checksum behind each so many. All are CRC-32 without the last inversion.
What lay in unused blocks was not saved. Source: `partclone.h` of Partclone; checked against images that Partclone wrote.
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from itertools import accumulate

from forensic.containers.formats import OLD_PARTCLONE
from forensic.containers.image import Image
from forensic.containers.parent import SparseImage
from forensic.containers.sparse import ZEROS, Run, SparseDisk
from forensic.errors import Malformed, Unreadable, Unsupported
from forensic.storage.file import EvidenceFile

_HEADER = struct.Struct("<16x14x4sH16sQQQQIIHHHHIBBI")
_NO_CHECKSUM, _CRC32, _BITS = 0, 0x20, 1
_BITMAP_LIMIT = 128 << 20
_GROUP_LIMIT = 16 << 20
_GROUPS_KEPT = 8
_PIECE = 512
"""Bytes of the bitmap of which the used blocks are counted beforehand."""


def open_container(file: EvidenceFile) -> Image:
    """Open a Partclone image."""
    return SparseImage(PartcloneDisk(file), "partclone")


class PartcloneDisk(SparseDisk):
    """The volume of a Partclone image."""

    def __init__(self, file: EvidenceFile) -> None:
        """Read header and bitmap."""
        head = file.read_at(0, _HEADER.size)
        if len(head) < _HEADER.size:
            raise Malformed(f"{file.name}: header of a Partclone image", 0, _HEADER.size, len(head))
        version, order, _, size, blocks, _, used, block, _, _, _, kind, width, group, anew, bitmap, crc = _HEADER.unpack(head)
        if version != b"0002":
            raise OLD_PARTCLONE.of(file.name)
        if order != 0xC0DE or bitmap != _BITS or kind not in {_NO_CHECKSUM, _CRC32} or (kind and (width != 4 or not anew)):
            raise Unsupported(f"{file.name}: a Partclone image in a form that is not read (bitmap {bitmap}, checksums {kind:#x})")
        self._checked = kind == _CRC32
        possible = 512 <= block <= _GROUP_LIMIT and block & (block - 1) == 0 and (not kind or 0 < group * block <= _GROUP_LIMIT)
        if not possible or blocks * block > size or blocks > 8 * _BITMAP_LIMIT:
            raise Malformed(f"{file.name}: a Partclone image of {blocks} blocks of {block} bytes in {size} bytes", 52)
        super().__init__(file, size)
        self._block: int = block
        self._blocks: int = blocks
        self._group: int = group if kind else _GROUP_LIMIT // block
        if _crc(head[:-4]) != crc:
            self.note("error", self.name, "the header has another checksum than it had when it was written", "checksum-differs")
        self._bitmap = file.read_at(_HEADER.size, -(-blocks // 8))
        self._first: int = _HEADER.size + -(-blocks // 8) + 4
        if len(self._bitmap) < -(-blocks // 8):
            raise Malformed(f"{self.name}: truncated inside its bitmap", _HEADER.size, -(-blocks // 8), len(self._bitmap))
        if _crc(self._bitmap) != int.from_bytes(file.read_at(self._first - 4, 4), "little"):
            self.note("error", self.name, "the bitmap has another checksum than it had when it was written", "checksum-differs")
        pieces = (self._bitmap[at : at + _PIECE] for at in range(0, len(self._bitmap), _PIECE))
        self._before = list(accumulate((int.from_bytes(piece, "little").bit_count() for piece in pieces), initial=0))
        self._used = self._before[-1]
        if self._used != used:
            self.note("warning", self.name, f"says {used} used blocks, and its bitmap has {self._used}", "container-malformed")
        self.reaches(self._offset(self._used - 1) + block if self._used else 0)
        self.note("warning", self.name, "holds the used blocks of the volume only: what lay in the others was not saved")
        self._read_group = lru_cache(maxsize=_GROUPS_KEPT)(self._load)
        self._packed = _Packed(self)

    def locate(self, offset: int) -> Run:
        """Return where the byte at `offset` lies: among the used blocks, or nowhere."""
        number, within = divmod(offset, self._block)
        if number >= self._blocks or not self._bitmap[number // 8] >> number % 8 & 1:
            return ZEROS, offset, self._block - within
        return self._packed, self._rank(number) * self._block + within, self._block - within

    def packed(self, offset: int, size: int) -> bytes:
        """Return bytes of the used blocks, as if these lay in a row without checksums."""
        span, parts, end = self._group * self._block, [], offset + size
        while offset < end:
            number, within = divmod(offset, span)
            part = self._read_group(number)[within : within + end - offset]
            parts.append(part)
            if not part:
                break
            offset += len(part)
        return b"".join(parts)

    def _rank(self, number: int) -> int:
        """Return how many used blocks lie before the block with this number."""
        piece, bits = divmod(number, 8 * _PIECE)
        held = int.from_bytes(self._bitmap[piece * _PIECE : (piece + 1) * _PIECE], "little")
        return self._before[piece] + (held & (1 << bits) - 1).bit_count()

    def _offset(self, rank: int) -> int:
        """Return where the used block with this number, from 0, lies in the file."""
        return self._first + rank * self._block + (4 * (rank // self._group) if self._checked else 0)

    def _load(self, number: int) -> bytes:
        """Return the used blocks that one checksum is for; Unreadable where they do not have it."""
        count = min(self._group, self._used - number * self._group)
        start, size = self._offset(number * self._group), count * self._block
        data = self.file.read_at(start, size + 4 if self._checked else size)
        if len(data) < size:
            self.reaches(start + size)
            raise Unreadable(f"{self.name}: {size} bytes at file offset {start:#x} lie beyond the end of the file")
        if self._checked and _crc(data[:size]) != int.from_bytes(data[size:], "little"):
            what = f"{size} bytes at file offset {start:#x} have another checksum than they had when they were written"
            self.note("error", self.name, what, "damaged-chunk")
            raise Unreadable(f"{self.name}: {what}")
        return data[:size]


class _Packed:
    """The used blocks in a row, as a source."""

    def __init__(self, disk: PartcloneDisk) -> None:
        self._disk, self.size = disk, 1 << 62

    def read_at(self, offset: int, size: int) -> bytes:
        return self._disk.packed(offset, size)


def _crc(data: bytes) -> int:
    return zlib.crc32(data) ^ 0xFFFF_FFFF
