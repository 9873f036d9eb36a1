"""VHD, the disk image of Virtual PC and early Hyper-V: fixed, dynamic and differencing (AVHD checkpoints are differencing VHDs).

All integers are big-endian. Footer, the last 512 bytes of the file; dynamic and differencing disks begin with a copy of it:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 8 | cookie | `conectix` |
| 8 | 8 | features, version | |
| 16 | 8 | data offset | of the dynamic header; all ones for a fixed disk |
| 24 | 24 | time, creator, original size | |
| 48 | 8 | current size | bytes of the disk |
| 56 | 4 | geometry | |
| 60 | 4 | disk type | 2 fixed, 3 dynamic, 4 differencing |
| 64 | 4 | checksum | ones' complement of the sum of all other bytes |
| 68 | 16 | unique id | |

Dynamic header, 1024 bytes:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 8 | cookie | `cxsparse` |
| 16 | 8 | offset of the block allocation table | |
| 24 | 4 | version | |
| 28 | 4 | entries of the table | |
| 32 | 4 | block size | bytes, a power of two |
| 36 | 4 | checksum | as in the footer |
| 40 | 16 | unique id of the parent | |
| 56 | 8 | time of the parent, reserved | |
| 64 | 512 | name of the parent | UTF-16BE |
| 576 | 24 each | 8 parent locators | code (4), space (4), length (4), reserved (4), offset (8); `W2ru`, `W2ku`: paths, UTF-16LE |

`W2ru` is the relative, `W2ku` the absolute path.

A table entry is the sector (512 bytes) of the block, all ones for none. A block is a bitmap of its sectors, most significant bit first and
padded to whole sectors, then the data. In a differencing disk a sector whose bit is 0 is read from the parent. In a dynamic disk the bitmap
tells nothing more than the data: sectors never written are stored as zeros, and some programs do not keep the bits.

Source: Microsoft, *Virtual Hard Disk Image Format Specification*, 1.0.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from forensic.containers.image import Image
from forensic.containers.parent import SparseImage
from forensic.containers.sparse import TRUNCATED, Run, SparseDisk
from forensic.containers.table import Bitmap, Table, scan
from forensic.errors import Malformed, Unreadable, Unsupported
from forensic.model import decode_utf16
from forensic.storage.file import EvidenceFile
from forensic.storage.source import Source

COOKIE, HEADER_COOKIE = b"conectix", b"cxsparse"
FOOTER, HEADER, LOCATOR = struct.Struct(">8s8xQ24xQ4xII16s"), struct.Struct(">8s8xQ4xIII16s8x512s"), struct.Struct(">4s4xI4xQ")
_FOOTER_SIZE, _HEADER_SIZE, _LOCATORS = 512, 1024, 8
_FIXED, _DYNAMIC, _DIFFERENCING = 2, 3, 4
_NOT_STORED = 0xFFFF_FFFF
_SECTOR = 512
_MAX_BLOCK = 1 << 28
_PATH_LIMIT = 4096


class Footer(NamedTuple):
    """The fields of the footer that reading needs."""

    cookie: bytes
    data_offset: int
    current_size: int
    disk_type: int
    checksum: int
    unique_id: bytes
    is_sound: bool

    @classmethod
    def parse(cls, data: bytes) -> Footer | None:
        """Read the bytes of a footer; None where they are none."""
        if not data.startswith(COOKIE) or len(data) < _FOOTER_SIZE - 1:
            return None
        fields = FOOTER.unpack_from(data)
        return cls._make((*fields, _checksum(data, fields[4]) == fields[4]))


class Header(NamedTuple):
    """The fields of the dynamic header that reading needs."""

    cookie: bytes
    table_offset: int
    entries: int
    block_size: int
    checksum: int
    parent_id: bytes
    parent_name: bytes
    is_sound: bool
    locators: list[tuple[bytes, int, int]]
    """Code, bytes of the path, and its offset in the file."""

    @classmethod
    def parse(cls, data: bytes) -> Header:
        """Read the 1024 bytes of a header."""
        fields = HEADER.unpack_from(data)
        locators = [LOCATOR.unpack_from(data, HEADER.size + LOCATOR.size * number) for number in range(_LOCATORS)]
        return cls._make((*fields, _checksum(data, fields[4]) == fields[4], locators))


def _checksum(data: bytes, stored: int) -> int:
    """Return the ones' complement of the sum of all bytes without those of the checksum `stored` among them."""
    return ~(sum(data) - sum(stored.to_bytes(4, "big"))) & 0xFFFF_FFFF


def open_container(file: EvidenceFile) -> Image:
    """Open a VHD image."""
    return SparseImage(VhdDisk(file), "vhd")


class VhdDisk(SparseDisk):
    """The disk in a VHD file."""

    def __init__(self, file: EvidenceFile) -> None:
        """Read the footer and the dynamic header."""
        super().__init__(file, 0)
        footer = self._footer()
        self._size, self.unique_id, kind = footer.current_size, footer.unique_id, footer.disk_type
        if kind not in {_FIXED, _DYNAMIC, _DIFFERENCING}:
            raise Unsupported(f"{self.name}: VHD disk type {kind}")
        self._dynamic, self._differencing = kind != _FIXED, kind == _DIFFERENCING
        if not self._dynamic:
            if self.size > self._end:
                self.note("error", self.name, TRUNCATED, "truncated-image")
            return
        header = self._header(footer.data_offset)
        self._bat, self._block = header.table_offset, header.block_size
        self._bitmap_size = (self._block // _SECTOR + 4095) // 4096 * _SECTOR
        self._table = Table(file, self.name, 4, "big")
        self.structures.add("copy of the footer", 0, _FOOTER_SIZE)
        self.structures.add("dynamic header", footer.data_offset, _HEADER_SIZE)
        self.structures.add("block allocation table", self._bat, 4 * header.entries)
        self._bitmap = Bitmap(file, self.name, "big")
        for block, sector in enumerate(scan(file, self._bat, min(header.entries, -(-self.size // self._block)), ">I")):
            if sector != _NOT_STORED:
                self.reaches(sector * _SECTOR + self._bitmap_size + min(self._block, self.size - block * self._block))
        if self._differencing:
            self._parent_id = header.parent_id
            self.link_to_parent(self._parent_names(header), "parent", fault=self._fault)

    def _footer(self) -> Footer:
        """Return the footer: the one at the end when it is sound, else the copy at the start. Sets where the data end."""
        tail = self.file.read_at(max(0, self.file.size - _FOOTER_SIZE), _FOOTER_SIZE)
        if tail[1:9] == COOKIE:  # written before Virtual PC 2004: one byte short
            tail = tail[1:]
        self._end = self.file.size - (len(tail) if tail.startswith(COOKIE) else 0)
        last, copy = Footer.parse(tail), Footer.parse(self.file.read_at(0, _FOOTER_SIZE))
        found = [footer for footer in (last, copy) if footer is not None]
        if not found:
            raise Malformed("VHD footer", max(0, self.file.size - _FOOTER_SIZE))
        footer = next((footer for footer in found if footer.is_sound), found[0])
        if footer is copy:
            what = "the footer at the end of the file is missing or damaged; its copy at the start was used"
            self.note("warning", self.name, what, "second-copy-used")
        if not footer.is_sound:
            self.note("warning", self.name, "the checksum of the footer is wrong", "checksum-differs")
        return footer

    def _header(self, offset: int) -> Header:
        """Read the dynamic header; Malformed or Unreadable where it makes no sense."""
        data = self.file.read_at(offset, _HEADER_SIZE)
        if len(data) < _HEADER_SIZE:
            raise Unreadable(f"{self.name}: the VHD header at file offset {offset:#x} lies beyond the end of the file")
        header = Header.parse(data)
        if header.cookie != HEADER_COOKIE:
            raise Malformed(f"{self.name}: VHD dynamic header", offset)
        if not header.is_sound:
            self.note("warning", self.name, "the checksum of the dynamic header is wrong", "checksum-differs")
        if not _SECTOR <= header.block_size <= _MAX_BLOCK or header.block_size & header.block_size - 1:
            raise Malformed(f"{self.name}: VHD block size of {header.block_size} bytes", offset + 32)
        if header.entries * header.block_size < self.size:
            raise Malformed(f"{self.name}: VHD table of {header.entries} blocks for a disk of {self.size} bytes", offset + 28)
        return header

    def _parent_names(self, header: Header) -> list[str]:
        names = {}
        for code, length, offset in header.locators:
            if code in {b"W2ru", b"W2ku"}:
                names[code] = decode_utf16(self.file.read_at(offset, min(length, _PATH_LIMIT))).rstrip("\0")
        own = decode_utf16(_swapped(header.parent_name)).partition("\0")[0]
        return [name for name in (names.get(b"W2ru"), names.get(b"W2ku"), own) if name]

    def _fault(self, below: Source) -> str | None:
        sound = isinstance(below, VhdDisk) and below.unique_id == self._parent_id
        return None if sound else "is not its parent: the unique id differs"

    def locate(self, offset: int) -> Run:
        """Return where the byte at `offset` lies, by the block allocation table and, in a differencing disk, the block's bitmap."""
        if not self._dynamic:
            if offset >= self._end:
                raise Unreadable(f"{self.name}: disk offset {offset:#x} lies beyond the end of the file's data at {self._end:#x}")
            return self.file, offset, self._end - offset
        block, within = divmod(offset, self._block)
        sector = self._table.at(self._bat + 4 * block)
        length = self._block - within
        if sector == _NOT_STORED:
            return self.parent, offset, length
        self.structures.spare(f"VHD block {block}", sector * _SECTOR, self._bitmap_size + self._block)
        position = sector * _SECTOR + self._bitmap_size + within
        if not self._differencing:
            return self.file, position, length
        here, count = self._bitmap.run(sector * _SECTOR, within // _SECTOR)
        length = min(length, count * _SECTOR - within % _SECTOR)
        return (self.file, position, length) if here else (self.parent, offset, length)


def _swapped(data: bytes) -> bytes:
    """Return UTF-16BE as UTF-16LE."""
    return b"".join(data[at + 1 : at + 2] + data[at : at + 1] for at in range(0, len(data), 2))
