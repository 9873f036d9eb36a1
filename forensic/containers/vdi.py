"""VDI, the disk image of VirtualBox (version 1.1).

Header, all little-endian:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 64 | text | free, names the program |
| 64 | 4 | signature | 0xBEDA107F |
| 68 | 4 | version | 0x00010001 |
| 72 | 4 | header size | from here, at least 0x180 |
| 76 | 4 | image type | 1 dynamic, 2 fixed, 3 undo, 4 differencing |
| 80 | 260 | flags, description | |
| 340 | 4 | offset of the block map | |
| 344 | 4 | offset of the first block | |
| 348 | 12 | geometry | |
| 360 | 4 | sector size | bytes |
| 368 | 8 | disk size | bytes |
| 376 | 4 | block size | bytes, a power of two |
| 380 | 4 | extra bytes before each block | |
| 384 | 4 | number of blocks | |
| 388 | 4 | number of stored blocks | |
| 392 | 16 | UUID of the image | |
| 408 | 16 | UUID of its last change | |
| 424 | 16 | UUID of the parent | |
| 440 | 16 | UUID of the parent's last change | |

Block map: 4 bytes for each block, its position among the stored blocks; 0xFFFFFFFF never written, 0xFFFFFFFE discarded (both zeros).

Source: `VDICore.h` of VirtualBox (layout only).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from forensic.containers.formats import DIFFERENCING_VDI
from forensic.containers.image import Image
from forensic.containers.parent import SparseImage
from forensic.containers.sparse import TRUNCATED, ZEROS, Run, SparseDisk
from forensic.containers.table import Table
from forensic.errors import Malformed, Unsupported
from forensic.model import Guid
from forensic.storage.file import EvidenceFile

LAYOUT = struct.Struct("<64x4sI4xI260xII12xI4xQIIII16x16x16s16x")
_DYNAMIC, _FIXED, _DIFFERENCING = 1, 2, 4
_NOT_STORED = 0xFFFF_FFFE
_MAX_BLOCK = 1 << 30


class Header(NamedTuple):
    """The fields of the header that reading needs."""

    signature: bytes
    version: int
    image_type: int
    map_offset: int
    first_block: int
    sector_size: int
    disk_size: int
    block_size: int
    extra: int
    """Bytes before each block."""
    blocks: int
    stored_blocks: int
    parent: bytes


def open_container(file: EvidenceFile) -> Image:
    """Open a dynamic or fixed VDI image; Unsupported for a differencing one."""
    head = file.read_at(0, LAYOUT.size)
    if len(head) < LAYOUT.size:
        raise Malformed("VDI header", 0, LAYOUT.size, len(head))
    header = Header._make(LAYOUT.unpack(head))
    image = SparseImage(VdiDisk(file, header), "vdi")
    image.sector_size = header.sector_size if header.sector_size in {512, 4096} else 512
    return image


class VdiDisk(SparseDisk):
    """The disk in a VDI file."""

    def __init__(self, file: EvidenceFile, header: Header) -> None:
        """Check the header."""
        super().__init__(file, header.disk_size)
        if header.version >> 16 != 1:
            raise Unsupported(f"{self.name}: VDI version {header.version >> 16}.{header.version & 0xFFFF}")
        if header.image_type == _DIFFERENCING:
            raise DIFFERENCING_VDI.of(self.name, f", whose parent is the image with the UUID {Guid.from_bytes(header.parent)}")
        if header.image_type not in {_DYNAMIC, _FIXED}:
            raise Unsupported(f"{self.name}: VDI image type {header.image_type}")
        self._header, self._block = header, header.block_size
        if not 512 <= self._block <= _MAX_BLOCK or self._block & self._block - 1:
            raise Malformed(f"{self.name}: VDI block size of {self._block} bytes", 376)
        if header.blocks * self._block < self.size:
            raise Malformed(f"{self.name}: VDI block map of {header.blocks} entries for a disk of {self.size} bytes", 384)
        self._table = Table(file, self.name, 4, "little")
        self.structures.add("header", 0, LAYOUT.size)
        self.structures.add("block map", header.map_offset, 4 * header.blocks)
        if header.stored_blocks:
            self.structures.spare("the first VDI block", header.first_block, header.extra + self._block)
        if header.first_block + header.stored_blocks * (header.extra + self._block) > file.size:
            self.note("error", self.name, TRUNCATED, "truncated-image")

    def locate(self, offset: int) -> Run:
        """Return where the byte at `offset` lies, by the block map."""
        block, within = divmod(offset, self._block)
        at = self._header.map_offset + 4 * block
        stored = self._table.at(at)
        length = self._block - within
        if stored >= _NOT_STORED:
            return ZEROS, offset, length
        if stored >= self._header.blocks:
            raise Malformed(f"{self.name}: VDI block {block} is said to be stored block {stored} of {self._header.blocks}", at)
        start = self._header.first_block + stored * (self._block + self._header.extra) + self._header.extra
        return self.file, start + within, length
