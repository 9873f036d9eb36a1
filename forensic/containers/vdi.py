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

from forensic.containers.image import Image
from forensic.containers.sparse import ZEROS, Run, SparseDisk, Table, image_of
from forensic.errors import Malformed, Unsupported
from forensic.model import Guid
from forensic.storage.source import EvidenceFile

SIGNATURE = b"\x7f\x10\xda\xbe"
_HEADER = 456
_NOT_STORED = 0xFFFF_FFFE
_MAX_BLOCK = 1 << 30


def detect(head: bytes, tail: bytes) -> bool:  # noqa: ARG001  one signature for all formats
    """Whether this is VDI."""
    return head[64:68] == SIGNATURE


def open_container(file: EvidenceFile) -> Image:
    """Open a dynamic or fixed VDI image; Unsupported for a differencing one."""
    head = file.read_at(0, _HEADER)
    if len(head) < _HEADER:
        raise Malformed("VDI header", 0, _HEADER, len(head))
    image = image_of(VdiDisk(file, head), "vdi", [])
    image.sector_size = _u32(head, 360) if _u32(head, 360) in (512, 4096) else 512
    return image


class VdiDisk(SparseDisk):
    """The disk in a VDI file."""

    def __init__(self, file: EvidenceFile, head: bytes) -> None:
        """Check the header `head`."""
        super().__init__(file, int.from_bytes(head[368:376], "little"))
        version, kind = _u32(head, 68), _u32(head, 76)
        if version >> 16 != 1:
            raise Unsupported(f"{self.name}: VDI version {version >> 16}.{version & 0xFFFF}")
        if kind == 4:
            parent = Guid.from_bytes(head, 424)
            raise Unsupported(
                f"{self.name}: differencing VDI, its parent is the image with the UUID {parent}; merge them (clone the medium) first"
            )
        if kind not in (1, 2):
            raise Unsupported(f"{self.name}: VDI image type {kind}")
        self._map, self._first = _u32(head, 340), _u32(head, 344)
        self._block, self._extra, self._blocks = _u32(head, 376), _u32(head, 380), _u32(head, 384)
        if not 512 <= self._block <= _MAX_BLOCK or self._block & self._block - 1:
            raise Malformed(f"{self.name}: VDI block size of {self._block} bytes", 376)
        if self._blocks * self._block < self.size:
            raise Malformed(f"{self.name}: VDI block map of {self._blocks} entries for a disk of {self.size} bytes", 384)
        self._table = Table(file, self.name, 4, "little")

    def locate(self, offset: int) -> Run:
        """Return where the byte at `offset` lies, by the block map."""
        block, within = divmod(offset, self._block)
        stored = self._table.at(self._map + 4 * block)
        length = self._block - within
        if stored >= _NOT_STORED:
            return ZEROS, offset, length
        if stored >= self._blocks:
            raise Malformed(f"{self.name}: VDI block {block} is said to be stored block {stored} of {self._blocks}", self._map + 4 * block)
        return self.file, self._first + stored * (self._block + self._extra) + self._extra + within, length


def _u32(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 4], "little")
