r"""Extents of a VMDK: the parts of the disk, each flat or made of grains.

Header of a sparse extent, 512 bytes, little-endian, positions and sizes in sectors of 512 bytes:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | signature | `KDMV` |
| 4 | 4 | version | 1 to 3 |
| 8 | 4 | flags | bit 2 zeroed grains, 16 compressed, 17 markers |
| 12 | 8 | capacity | |
| 20 | 8 | grain size | a power of two |
| 28 | 8 | descriptor offset | 0: none |
| 36 | 8 | descriptor size | |
| 44 | 4 | entries of a grain table | 512 |
| 48 | 8 | redundant grain directory | |
| 56 | 8 | grain directory | all ones: read the header's copy 1024 bytes before the end |
| 77 | 2 | compression | 1 deflate |

Header of an ESX copy-on-write extent, whose grain tables have 4096 entries:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | signature | `COWD` |
| 4 | 4 | version | |
| 8 | 4 | flags | |
| 12 | 4 | capacity | |
| 16 | 4 | grain size | |
| 20 | 4 | grain directory | |

The directory holds the sectors of grain tables, a table those of grains, 4 bytes each; 0 is not stored (parent, or zeros), 1 zeros
where the flag allows it. A compressed grain is first sector (8), size (4), zlib data; without markers zlib data alone.

Source: VMware, *Virtual Disk Format 5.0*; *libvmdk* documentation for COWD (layout only).
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import NamedTuple, Protocol

from forensic.containers.formats import SE_SPARSE_VMDK
from forensic.containers.inflate import inflate
from forensic.containers.sparse import ZEROS, Memory
from forensic.containers.table import Structures, Table
from forensic.containers.vmdk_descriptor import LIMIT as DESCRIPTOR_LIMIT
from forensic.errors import Malformed, Unreadable, Unsupported
from forensic.storage.file import EvidenceFile
from forensic.storage.source import Source

SPARSE, COPY_ON_WRITE, SE_SPARSE = b"KDMV", b"COWD", b"\xbe\xba\xfe\xca\0\0\0\0"
SECTOR = 512
MAX_SIZE = 1 << 62
_LAYOUT, _COPY_ON_WRITE_LAYOUT = struct.Struct("<4sIIQQQQIQQ13xH"), struct.Struct("<4sIIIII")
_GRAIN_MARKER = struct.Struct("<QI")
_ZEROED, _COMPRESSED, _MARKERS = 1 << 2, 1 << 16, 1 << 17
_DEFLATE = 1
_AT_END = 0xFFFF_FFFF_FFFF_FFFF
_FOOTER = 1024
_COPY_ON_WRITE_ENTRIES = 4096
_MAX_GRAIN = 1 << 24
_UNPACKED_KEPT = 4 << 20


class Header(NamedTuple):
    """The fields of a sparse extent's header, as they are stored."""

    signature: bytes
    version: int
    flags: int
    capacity: int
    grain_size: int
    descriptor_offset: int
    descriptor_size: int
    table_entries: int
    redundant_directory: int
    directory: int
    compression: int

    @classmethod
    def read(cls, file: EvidenceFile) -> Header:
        """Read the header of an extent; Malformed, Unreadable or Unsupported when it makes no sense."""
        head = file.read_at(0, SECTOR)
        if len(head) < SECTOR:
            raise Malformed(f"{file.name}: VMDK extent header", 0, SECTOR, len(head))
        if head.startswith(COPY_ON_WRITE):
            signature, version, _, capacity, grain_size, directory = _COPY_ON_WRITE_LAYOUT.unpack_from(head)
            return cls(signature, version, 0, capacity, grain_size, 0, 0, _COPY_ON_WRITE_ENTRIES, 0, directory, 0)
        if head.startswith(SE_SPARSE):
            raise SE_SPARSE_VMDK.of(file.name)
        if not head.startswith(SPARSE):
            raise Unsupported(f"{file.name}: not a sparse VMDK extent that is understood")
        header = cls._make(_LAYOUT.unpack_from(head))
        if header.directory == _AT_END:
            copy = file.read_at(file.size - _FOOTER, SECTOR)
            if len(copy) == SECTOR:
                header = cls._make(_LAYOUT.unpack_from(copy))
            if header.signature != SPARSE or header.directory == _AT_END:
                raise Unreadable(
                    f"{file.name}: the grain directory of a stream-optimized VMDK stands at its end, which is missing or damaged"
                )
        if not 1 <= header.version <= 3 or (header.flags & _COMPRESSED and header.compression != _DEFLATE):
            raise Unsupported(f"{file.name}: VMDK extent version {header.version}, compression {header.compression}")
        return header


class Extent(Protocol):
    """A part of the disk: says where a byte of it lies; the source is None for what is not stored."""

    @property
    def source(self) -> Source:
        """Where it is stored."""

    def locate(self, offset: int) -> tuple[Source | None, int, int]:
        """Return source, position, and bytes in a row, for the byte at `offset` of the extent."""


class Flat(NamedTuple):
    """An extent that lies in a row in a source."""

    source: Source
    start: int
    size: int

    def locate(self, offset: int) -> tuple[Source | None, int, int]:
        """Return where the byte at `offset` lies."""
        return self.source, self.start + offset, self.size - offset


class Grains:
    """A sparse extent: grains found through a directory and tables."""

    def __init__(self, file: EvidenceFile) -> None:
        """Read the header; Malformed, Unreadable or Unsupported when it makes no sense."""
        self.source, self._name = file, file.name
        header = Header.read(file)
        self.sectors, self._flags, self._entries = header.capacity, header.flags, header.table_entries
        self._grain, self._directory = header.grain_size * SECTOR, header.directory * SECTOR
        if not SECTOR <= self._grain <= _MAX_GRAIN or self._grain & self._grain - 1 or not self._entries:
            raise Malformed(f"{self._name}: VMDK grain of {self._grain} bytes, {self._entries} to a table", 20)
        if self.sectors * SECTOR > MAX_SIZE:
            raise Malformed(f"{self._name}: VMDK extent of {self.sectors} sectors", 12)
        offset, size = header.descriptor_offset * SECTOR, header.descriptor_size * SECTOR
        self.descriptor = file.read_at(offset, min(size, DESCRIPTOR_LIMIT)) if offset else b""
        """The text of the embedded descriptor, empty where there is none."""
        self._table = Table(file, self._name, 4, "little")
        tables = -(-self.sectors * SECTOR // (self._grain * self._entries))
        self._structures = Structures(self._name)
        self._structures.add("header", 0, SECTOR)
        self._structures.add("descriptor", offset, size)
        self._structures.add("grain directory", self._directory, 4 * tables)
        self._unpack = lru_cache(maxsize=max(2, _UNPACKED_KEPT // self._grain))(self._unpack_grain)

    def locate(self, offset: int) -> tuple[Source | None, int, int]:
        """Return where the byte at `offset` lies: directory, table, grain."""
        if offset >= self.sectors * SECTOR:
            raise Malformed(f"{self._name}: the descriptor gives the extent more than its {self.sectors} sectors")
        grain, within = divmod(offset, self._grain)
        index, slot = divmod(grain, self._entries)
        length = self._grain - within
        table = self._table.at(self._directory + 4 * index)
        if not table:
            return None, offset, (self._entries - slot - 1) * self._grain + length
        self._structures.spare(f"VMDK grain table {index}", table * SECTOR, 4 * self._entries)
        sector = self._table.at(table * SECTOR + 4 * slot)
        if not sector:
            return None, offset, length
        if sector == 1 and self._flags & _ZEROED:
            return ZEROS, offset, length
        self._structures.spare(f"VMDK grain {grain}", sector * SECTOR, SECTOR if self._flags & _COMPRESSED else self._grain)
        if self._flags & _COMPRESSED:
            return self._unpack(sector, grain), within, length
        return self.source, sector * SECTOR + within, length

    def _unpack_grain(self, sector: int, grain: int) -> Memory:
        position, limit = sector * SECTOR, 2 * self._grain + SECTOR
        what = f"{self._name}: compressed VMDK grain at file offset {position:#x}"
        size = limit
        if self._flags & _MARKERS:
            marker = self.source.read_at(position, _GRAIN_MARKER.size)
            if len(marker) < _GRAIN_MARKER.size:
                raise Unreadable(f"{what}: the file ends at {self.source.size:#x}")
            first, size = _GRAIN_MARKER.unpack(marker)
            if size > limit or first * SECTOR != grain * self._grain:
                raise Malformed(f"{what}: its marker belongs to sector {first} and has {size} bytes")
            position += _GRAIN_MARKER.size
        packed = self.source.read_at(position, size)
        if not packed or (self._flags & _MARKERS and len(packed) < size):
            raise Unreadable(f"{what}: the file ends at {self.source.size:#x}")
        plain = inflate(packed, self._grain, 15, what)
        if len(plain) < min(self._grain, self.sectors * SECTOR - grain * self._grain):
            raise Malformed(f"{what} gives only {len(plain)} bytes")
        return Memory(plain)
