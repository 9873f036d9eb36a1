r"""QCOW2, the disk image of QEMU (versions 2 and 3).

Header, all big-endian:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | magic | `QFI\xfb` |
| 4 | 4 | version | 2 or 3 |
| 8 | 8 | backing file name offset | 0: none |
| 16 | 4 | backing file name size | at most 1023 |
| 20 | 4 | cluster bits | 9 to 21 |
| 24 | 8 | disk size | bytes |
| 32 | 4 | encryption | 0 none, 1 AES, 2 LUKS |
| 36 | 4 | L1 entries | |
| 40 | 8 | L1 table offset | |
| 48 | 24 | reference counts, internal snapshots | not needed to read the active disk |
| 72 | 8 | incompatible features | bits: 0 dirty, 1 corrupt, 2 external data file, 3 compression type, 4 extended L2 entries |
| 80 | 20 | other features, reference count order | |
| 100 | 4 | header length | |
| 104 | 1 | compression type | 0 deflate, 1 zstd; only with its feature bit |

Everything from 72 exists in version 3 only. Extensions follow the header: type (4), length (4), data padded to 8;
0xE2792ACA the format of the backing file, 0x44415441 the name of the data file.

L1 entry: bits 9-55 offset of the L2 table, 0 none. L2 entry: bit 62 compressed, bits 9-55 cluster offset, bit 0 all zeros; extended entries
have a second word: bits 0-31 subclusters that are allocated, 32-63 subclusters that are zeros. A compressed entry has, with
x = 70 - cluster bits, the byte offset in bits 0 to x-1 and the number of additional 512-byte sectors in bits x to 61.

Source: `docs/interop/qcow2.txt` of QEMU.
"""

from __future__ import annotations

from functools import lru_cache

from forensic.containers.image import Image
from forensic.containers.sparse import (
    ZEROS,
    Memory,
    Missing,
    Run,
    SparseDisk,
    Table,
    find_beside,
    image_of,
    inflate,
    inflation,
    join_parent,
)
from forensic.errors import ForensicError, Malformed, Unsupported
from forensic.storage.source import EvidenceFile, Source

MAGIC = b"QFI\xfb"
_OFFSET = 0x00FF_FFFF_FFFF_FE00
_COPIED, _COMPRESSED, _ZERO = 1 << 63, 1 << 62, 1
_DIRTY, _CORRUPT, _DATA_FILE, _COMPRESSION, _EXTENDED = 1, 2, 4, 8, 16
_BACKING_FORMAT, _DATA_FILE_NAME = 0xE279_2ACA, 0x4441_5441
_UNPACKED_KEPT = 4 << 20
_ZSTD_WINDOW = 8 << 20
_NAME_LIMIT = 1023


def detect(head: bytes, tail: bytes) -> bool:  # noqa: ARG001  one signature for all formats
    """Whether this is QCOW2 (or its ancestor QCOW, which is unsupported)."""
    return head.startswith(MAGIC)


def open_container(file: EvidenceFile) -> Image:
    """Open a QCOW2 image with its backing files."""
    disk = QcowDisk(file)
    return image_of(disk, "qcow2", [disk.backing] if disk.data is file else [disk.data, disk.backing])


class QcowDisk(SparseDisk):
    """The active disk of a QCOW2 file."""

    def __init__(self, file: EvidenceFile) -> None:
        """Read the header and find the backing and data files."""
        head = file.read_at(0, 4096)
        if len(head) < 72:
            raise Malformed("QCOW2 header", 0, 72, len(head))
        version, bits = _u32(head, 4), _u32(head, 20)
        if version not in (2, 3):
            raise Unsupported(f"{file.name} is a QCOW image of version {version}, which is not read: convert it first")
        if not 9 <= bits <= 21:
            raise Malformed(f"{file.name}: QCOW2 cluster size of 2**{bits} bytes", 20)
        features, length = 0, 72
        if version == 3:
            if len(head) < 104:
                raise Malformed("QCOW2 version 3 header", 0, 104, len(head))
            features, length = _u64(head, 72), _u32(head, 100)
        if features >> 5:
            raise Unsupported(f"{file.name}: QCOW2 with unknown incompatible features {features:#x}")
        if _u32(head, 32):
            raise Unsupported(f"{file.name} is an encrypted QCOW2 image, which needs its key: decrypt it first")
        super().__init__(file, _u64(head, 24))
        self._version, self._bits, self._cluster = version, bits, 1 << bits
        self._extended = bool(features & _EXTENDED)
        self._entry = 16 if self._extended else 8
        self._l2_entries = self._cluster // self._entry
        self._l1, self._tables = _u64(head, 40), Table(file, self.name, 8, "big")
        self._zstd = self._compression(head, features, length)
        entries = _u32(head, 36)
        if entries * self._l2_entries * self._cluster < self.size:
            raise Malformed(f"{self.name}: QCOW2 L1 table of {entries} entries for a disk of {self.size} bytes", 36)
        if self._l1 + 8 * entries > file.size:
            self.note("error", self.name, "truncated: the L1 table lies beyond the end of the file")
        if features & _DIRTY:
            self.note("warning", self.name, "marked dirty: the image was not closed properly")
        if features & _CORRUPT:
            self.note("warning", self.name, "marked corrupt by the program that wrote it")
        if snapshots := _u32(head, 60):
            self.note("warning", self.name, f"its internal snapshots ({snapshots}) were not examined, only the disk as it is now")
        extensions = self._extensions(length)
        self.data: Source = self._data_file(extensions) if features & _DATA_FILE else file
        self.backing: Source = self._backing(_u64(head, 8), _u32(head, 16), raw=extensions.get(_BACKING_FORMAT) == b"raw")
        self._unpack = lru_cache(maxsize=max(2, _UNPACKED_KEPT >> bits))(self._unpack_cluster)

    def _compression(self, head: bytes, features: int, length: int) -> bool:
        if not features & _COMPRESSION:
            return False
        kind = head[104] if length >= 105 and len(head) > 104 else 0
        if kind > 1:
            raise Unsupported(f"{self.name}: QCOW2 compression type {kind}")
        return kind == 1

    def _extensions(self, offset: int) -> dict[int, bytes]:
        """Read the header extensions, which lie in the first cluster."""
        found = {}
        while offset + 8 <= min(self._cluster, self.file.size):
            header = self.file.read_at(offset, 8)
            kind, length = _u32(header, 0), _u32(header, 4)
            if kind == 0 or offset + 8 + length > self._cluster:
                break
            if kind in (_BACKING_FORMAT, _DATA_FILE_NAME):
                found[kind] = self.file.read_at(offset + 8, min(length, _NAME_LIMIT))
            offset += 8 + (length + 7 & ~7)
        return found

    def _data_file(self, extensions: dict[int, bytes]) -> Source:
        name = extensions.get(_DATA_FILE_NAME, b"").decode(errors="replace")
        try:
            return EvidenceFile(find_beside(self.file, name), self.file.accounting)
        except ForensicError as error:
            self.note("error", self.name, f"the data file {name!r} cannot be opened ({error}); the disk is unreadable")
            return Missing(f"{self.name}: the data file {name!r} cannot be opened")

    def _backing(self, offset: int, size: int, *, raw: bool) -> Source:
        if not offset:
            return ZEROS
        if size > _NAME_LIMIT:
            raise Malformed(f"{self.name}: QCOW2 backing file name of {size} bytes", 16)
        return join_parent(self, [self.file.read_at(offset, size).decode(errors="replace")], "backing file", raw=raw)

    def locate(self, offset: int) -> Run:
        """Return where the byte at `offset` lies: walk L1, L2, and for extended entries the subcluster's bits."""
        cluster, within = divmod(offset, self._cluster)
        index, slot = divmod(cluster, self._l2_entries)
        length = self._cluster - within
        table = self._tables.at(self._l1 + 8 * index) & _OFFSET
        if not table:
            return self.backing, offset, (self._l2_entries - slot - 1) * self._cluster + length
        if table % self._cluster:
            raise Malformed(f"{self.name}: QCOW2 L2 table that is not aligned to a cluster", table)
        at = table + slot * self._entry
        entry = self._tables.at(at)
        if entry & _COMPRESSED:
            return self._unpack(entry), within, length
        position = entry & _OFFSET
        if position % self._cluster:
            raise Malformed(f"{self.name}: QCOW2 cluster at {position:#x} that is not aligned", at)
        allocated = bool(position) or (self.data is not self.file and bool(entry & _COPIED))
        if self._extended:
            return self._locate_subcluster(offset, at, position if allocated else None)
        if entry & _ZERO:
            if self._version == 2:
                raise Malformed(f"{self.name}: QCOW2 version 2 with a zero cluster", at)
            return ZEROS, offset, length
        return (self.data, position + within, length) if allocated else (self.backing, offset, length)

    def _locate_subcluster(self, offset: int, at: int, position: int | None) -> Run:
        within = offset % self._cluster
        subcluster, inside = divmod(within, self._cluster // 32)
        bitmap = self._tables.at(at + 8)
        length = self._cluster // 32 - inside
        allocated, zero = bitmap >> subcluster & 1, bitmap >> subcluster + 32 & 1
        if (allocated and zero) or (allocated and position is None):
            raise Malformed(f"{self.name}: QCOW2 subcluster {subcluster} with a contradictory state", at + 8)
        if allocated and position is not None:
            return self.data, position + within, length
        return (ZEROS if zero else self.backing), offset, length

    def _unpack_cluster(self, entry: int) -> Memory:
        split = 70 - self._bits
        position = entry & (1 << split) - 1
        sectors = (entry >> split & (1 << 62 - split) - 1) + 1
        packed = self.file.read_at(position, sectors * 512 - position % 512)
        what = f"{self.name}: QCOW2 compressed cluster at file offset {position:#x}"
        if position >= self.file.size:
            self._read((self.file, position, 1), 0)
        plain = self._unzstd(packed, what) if self._zstd else inflate(packed, self._cluster, -12, what)
        if len(plain) != self._cluster:
            raise Malformed(f"{what} does not decompress to {self._cluster} bytes")
        return Memory(plain)

    def _unzstd(self, packed: bytes, what: str) -> bytes:
        import zstandard

        plain = b""
        with inflation(what, zstandard.ZstdError), zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).stream_reader(packed) as stream:
            while len(plain) < self._cluster and (part := stream.read(self._cluster - len(plain))):
                plain += part
        return plain


def _u32(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 4], "big")


def _u64(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 8], "big")
