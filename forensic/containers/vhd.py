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

from forensic.containers.image import Image
from forensic.containers.sparse import ZEROS, Bitmap, Parent, Run, SparseDisk, Table, image_of, join_parent, reject_parent
from forensic.errors import Malformed, Unreadable, Unsupported
from forensic.model import decode_utf16
from forensic.storage.source import EvidenceFile, Source

COOKIE = b"conectix"
_FIXED, _DYNAMIC, _DIFFERENCING = 2, 3, 4
_NOT_STORED = 0xFFFF_FFFF
_MAX_BLOCK = 1 << 28
_PATH_LIMIT = 4096


def detect(head: bytes, tail: bytes) -> bool:
    """Whether this is VHD: the footer at the end, or its copy at the start."""
    return head.startswith(COOKIE) or COOKIE in (tail[:8], tail[1:9])


def open_container(file: EvidenceFile) -> Image:
    """Open a VHD image with its parents."""
    disk = VhdDisk(file)
    return image_of(disk, "vhd", [disk.parent])


class VhdDisk(SparseDisk):
    """The disk in a VHD file."""

    def __init__(self, file: EvidenceFile) -> None:
        """Read the footer, the dynamic header, and find the parent."""
        super().__init__(file, 0)
        footer = self._footer()
        self._size, kind = _u64(footer, 48), _u32(footer, 60)
        self.unique_id = footer[68:84]
        self.parent: Source = ZEROS
        self._dynamic = kind != _FIXED
        if kind not in (_FIXED, _DYNAMIC, _DIFFERENCING):
            raise Unsupported(f"{self.name}: VHD disk type {kind}")
        if not self._dynamic:
            if self.size > self._end:
                self.note("error", self.name, "truncated: parts of the disk lie beyond the end of the file")
            return
        offset = _u64(footer, 16)
        header = file.read_at(offset, 1024)
        if len(header) < 1024:
            raise Unreadable(f"{self.name}: the VHD header at file offset {offset:#x} lies beyond the end of the file")
        if header[:8] != b"cxsparse":
            raise Malformed(f"{self.name}: VHD dynamic header", offset)
        if not _sound(header, 36):
            self.note("warning", self.name, "the checksum of the dynamic header is wrong")
        self._bat, self._blocks, self._block = _u64(header, 16), _u32(header, 28), _u32(header, 32)
        if not 512 <= self._block <= _MAX_BLOCK or self._block & self._block - 1:
            raise Malformed(f"{self.name}: VHD block size of {self._block} bytes", offset + 32)
        if self._blocks * self._block < self.size:
            raise Malformed(f"{self.name}: VHD table of {self._blocks} blocks for a disk of {self.size} bytes", offset + 28)
        self._bitmap_size = (self._block // 512 + 4095) // 4096 * 512
        self._table = Table(file, self.name, 4, "big")
        self._bitmap = Bitmap(file, self.name, "big")
        self._differencing = kind == _DIFFERENCING
        if self._differencing:
            self.parent = self._find_parent(header)

    def _footer(self) -> bytes:
        """Return the footer: the one at the end when it is sound, else the copy at the start. Sets where the data end."""
        tail = self.file.read_at(max(0, self.file.size - 512), 512)
        if tail[1:9] == COOKIE:  # written before Virtual PC 2004: one byte short
            tail = tail[1:]
        self._end = self.file.size - (len(tail) if tail[:8] == COOKIE else 0)
        copy = self.file.read_at(0, 512)
        found = [footer for footer in (tail, copy) if footer[:8] == COOKIE and len(footer) >= 511]
        if not found:
            raise Malformed("VHD footer", max(0, self.file.size - 512))
        footer = next((footer for footer in found if _sound(footer, 64)), found[0])
        if footer is copy:
            self.note("warning", self.name, "the footer at the end of the file is missing or damaged; its copy at the start was used")
        if not _sound(footer, 64):
            self.note("warning", self.name, "the checksum of the footer is wrong")
        return footer

    def _find_parent(self, header: bytes) -> Source:
        parent = join_parent(self, self._parent_names(header), "parent")
        if isinstance(parent, Parent):
            below = parent.image.data
            if not isinstance(below, VhdDisk) or below.unique_id != header[40:56]:
                parent.image.close()
                return reject_parent(self, f"{parent.image.path.rpartition('/')[2]!r} is not its parent: the unique id differs")
        return parent

    def _parent_names(self, header: bytes) -> list[str]:
        names = {}
        for at in range(576, 768, 24):
            code, length, offset = header[at : at + 4], _u32(header, at + 8), _u64(header, at + 16)
            if code in (b"W2ru", b"W2ku"):
                names[code] = decode_utf16(self.file.read_at(offset, min(length, _PATH_LIMIT))).rstrip("\0")
        own = decode_utf16(_swapped(header[64:576])).partition("\0")[0]
        return [name for name in (names.get(b"W2ru"), names.get(b"W2ku"), own) if name]

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
        position = sector * 512 + self._bitmap_size + within
        if not self._differencing:
            return self.file, position, length
        here, count = self._bitmap.run(sector * 512, within // 512)
        length = min(length, count * 512 - within % 512)
        return (self.file, position, length) if here else (self.parent, offset, length)


def _sound(data: bytes, at: int) -> bool:
    """Whether the checksum at `at` is right."""
    return ~(sum(data) - sum(data[at : at + 4])) & 0xFFFF_FFFF == _u32(data, at)


def _swapped(data: bytes) -> bytes:
    return b"".join(data[at + 1 : at + 2] + data[at : at + 1] for at in range(0, len(data), 2))


def _u32(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 4], "big")


def _u64(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 8], "big")
