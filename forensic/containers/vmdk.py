r"""VMDK, the disk image of VMware: sparse, flat, split, stream-optimized, and the deltas of snapshots.

A disk is described by text (`# Disk DescriptorFile`), in a file of its own or inside a sparse extent: `CID` (changes with the content),
`parentCID` (`ffffffff`: no parent), `parentFileNameHint`, and the extents, one a line: `access sectors type "file" first-sector`.

Header of a sparse extent, little-endian, positions and sizes in sectors of 512 bytes:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | magic | `KDMV` |
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

Header of an ESX copy-on-write extent: `COWD` (4), version (4), flags (4), capacity (4), grain size (4), grain directory (4); its
grain tables have 4096 entries.

The directory holds the sectors of grain tables, a table those of grains, 4 bytes each; 0 is not stored (parent, or zeros), 1 zeros
where the flag allows it. A compressed grain is first sector (8), size (4), zlib data.

Source: VMware, *Virtual Disk Format 5.0*; *libvmdk* documentation for COWD (layout only).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from typing import NamedTuple, Protocol

from forensic.containers.image import Image
from forensic.containers.sparse import ZEROS, Memory, Missing, Parent, Run, SparseDisk, Table, find_beside, image_of, inflate, join_parent
from forensic.errors import ForensicError, Malformed, Unreadable, Unsupported
from forensic.storage.source import EvidenceFile, FilePool, Source

SPARSE, COW, SE_SPARSE = b"KDMV", b"COWD", b"\xbe\xba\xfe\xca\0\0\0\0"
DESCRIPTOR = b"# disk descriptorfile"
_ZEROED, _COMPRESSED, _MARKERS = 1 << 2, 1 << 16, 1 << 17
_AT_END = 0xFFFF_FFFF_FFFF_FFFF
_NO_PARENT = 0xFFFF_FFFF
_MAX_GRAIN = 1 << 24
_MAX_SIZE = 1 << 62
_DESCRIPTOR_LIMIT = 1 << 20
_MAX_EXTENTS = 4096
_UNPACKED_KEPT = 4 << 20
_EXTENT = re.compile(r'^\s*(?:RW|RDONLY|NOACCESS)\s+(\d{1,18})\s+(\w+)(?:\s+"([^"]*)"(?:\s+(\d{1,18}))?)?', re.MULTILINE | re.IGNORECASE)
_VALUE = re.compile(r'^\s*([\w.]+)\s*=\s*"?([^"\r\n]*)', re.MULTILINE)


def detect(head: bytes, tail: bytes) -> bool:  # noqa: ARG001  one signature for all formats
    """Whether this is VMDK: a sparse extent, or a descriptor."""
    return head.startswith((SPARSE, COW, SE_SPARSE)) or _is_descriptor(head)


def open_container(file: EvidenceFile) -> Image:
    """Open a VMDK image with its extents and parents."""
    disk = VmdkDisk(file)
    return image_of(disk, "vmdk", [*disk.files, disk.parent])


class Descriptor(NamedTuple):
    """What the descriptor's text says."""

    values: dict[str, str]
    extents: list[tuple[int, str, str, int]]
    """Sectors, type, file name, first sector."""

    @classmethod
    def parse(cls, data: bytes) -> Descriptor:
        """Read the text."""
        data = data.partition(b"\0")[0]
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
        values = {match[1].lower(): match[2].strip() for match in _VALUE.finditer(text)}
        extents = [(int(match[1]), match[2].upper(), match[3] or "", int(match[4] or 0)) for match in _EXTENT.finditer(text)]
        return cls(values, extents)

    def number(self, name: str) -> int | None:
        """Return a hexadecimal value, None where there is none."""
        try:
            return int(self.values[name], 16)
        except (KeyError, ValueError):
            return None


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
        """Read the header; Malformed or Unsupported when it makes no sense."""
        self.source, self._name = file, file.name
        head = file.read_at(0, 512)
        if len(head) < 512:
            raise Malformed(f"{self._name}: VMDK extent header", 0, 512, len(head))
        if head.startswith(SPARSE):
            self._read_sparse(head)
        elif head.startswith(COW):
            self.sectors, self._flags, self._entries = _u32(head, 12), 0, 4096
            self._grain, self._directory = _u32(head, 16) * 512, _u32(head, 20) * 512
        else:
            raise Unsupported(f"{self._name}: not a sparse VMDK extent that is understood")
        if not 512 <= self._grain <= _MAX_GRAIN or self._grain & self._grain - 1 or not self._entries:
            raise Malformed(f"{self._name}: VMDK grain of {self._grain} bytes, {self._entries} to a table", 20)
        if self.sectors * 512 > _MAX_SIZE:
            raise Malformed(f"{self._name}: VMDK extent of {self.sectors} sectors", 12)
        self._table = Table(file, self._name, 4, "little")
        self._unpack = lru_cache(maxsize=max(2, _UNPACKED_KEPT // self._grain))(self._unpack_grain)

    def _read_sparse(self, head: bytes) -> None:
        if _u64(head, 56) == _AT_END:
            place = self.source.size - 1024
            head = self.source.read_at(place, 512)
            if not head.startswith(SPARSE) or _u64(head, 56) == _AT_END:
                raise Unreadable(
                    f"{self._name}: the grain directory of a stream-optimized VMDK stands at its end, which is missing or damaged"
                )
        version, compression = _u32(head, 4), int.from_bytes(head[77:79], "little")
        self._flags, self.sectors, self._entries = _u32(head, 8), _u64(head, 12), _u32(head, 44)
        self._grain, self._directory = _u64(head, 20) * 512, _u64(head, 56) * 512
        if not 1 <= version <= 3 or (self._flags & _COMPRESSED and compression != 1):
            raise Unsupported(f"{self._name}: VMDK extent version {version}, compression {compression}")
        offset, sectors = _u64(head, 28), _u64(head, 36)
        self.descriptor = self.source.read_at(offset * 512, min(sectors * 512, _DESCRIPTOR_LIMIT)) if offset else b""

    descriptor = b""
    """The text of the embedded descriptor, empty where there is none."""

    def locate(self, offset: int) -> tuple[Source | None, int, int]:
        """Return where the byte at `offset` lies: directory, table, grain."""
        if offset >= self.sectors * 512:
            raise Malformed(f"{self._name}: the descriptor gives the extent more than its {self.sectors} sectors")
        grain, within = divmod(offset, self._grain)
        index, slot = divmod(grain, self._entries)
        length = self._grain - within
        table = self._table.at(self._directory + 4 * index)
        if not table:
            return None, offset, (self._entries - slot - 1) * self._grain + length
        sector = self._table.at(table * 512 + 4 * slot)
        if not sector:
            return None, offset, length
        if sector == 1 and self._flags & _ZEROED:
            return ZEROS, offset, length
        if self._flags & _COMPRESSED:
            return self._unpack(sector, grain), within, length
        return self.source, sector * 512 + within, length

    def _unpack_grain(self, sector: int, grain: int) -> Memory:
        position, limit = sector * 512, 2 * self._grain + 512
        what = f"{self._name}: compressed VMDK grain at file offset {position:#x}"
        size = limit
        if self._flags & _MARKERS:
            head = self.source.read_at(position, 12)
            position, size = position + 12, _u32(head, 8)
            if len(head) == 12 and (size > limit or _u64(head, 0) * 512 != grain * self._grain):
                raise Malformed(f"{what}: its marker belongs to sector {_u64(head, 0)} and has {size} bytes")
        packed = self.source.read_at(position, size)
        if not packed or (self._flags & _MARKERS and len(packed) < size):
            raise Unreadable(f"{what}: the file ends at {self.source.size:#x}")
        plain = inflate(packed, self._grain, 15, what)
        if len(plain) < min(self._grain, self.sectors * 512 - grain * self._grain):
            raise Malformed(f"{what} gives only {len(plain)} bytes")
        return Memory(plain)


class VmdkDisk(SparseDisk):
    """The disk that a VMDK descriptor, or a sparse extent on its own, describes."""

    def __init__(self, file: EvidenceFile) -> None:
        """Read the descriptor, open the extents beside it, and find the parent."""
        super().__init__(file, 0)
        self.files: list[EvidenceFile] = []
        self._roster = FilePool()
        self._starts: list[int] = []
        self._extents: list[Extent] = []
        self.parent: Source = ZEROS
        head = file.read_at(0, 512)
        if _is_descriptor(head):
            descriptor = Descriptor.parse(file.read_at(0, _DESCRIPTOR_LIMIT))
            self._check(descriptor)
            if not 1 <= len(descriptor.extents) <= _MAX_EXTENTS:
                raise Malformed(f"{self.name}: VMDK descriptor with {len(descriptor.extents)} extents")
            if sum(sectors for sectors, *_ in descriptor.extents) * 512 > _MAX_SIZE:
                raise Malformed(f"{self.name}: VMDK of more than {_MAX_SIZE} bytes")
            for extent in descriptor.extents:
                self._add(extent[0] * 512, self._open_extent(*extent))
        else:
            grains = Grains(file)
            descriptor = Descriptor.parse(grains.descriptor)
            self._check(descriptor)
            self._add(grains.sectors * 512, grains)
            if not grains.descriptor:
                self.note("warning", self.name, "an extent without a descriptor: if the disk is split, open its descriptor file instead")
        self.cid = descriptor.number("cid")
        if descriptor.number("parentcid") not in (None, _NO_PARENT):
            self.parent = self._find_parent(descriptor)

    def _check(self, descriptor: Descriptor) -> None:
        if any(name.startswith("encryption") for name in descriptor.values):
            raise Unsupported(f"{self.name} is an encrypted VMDK image, which needs its key: decrypt it first")

    def _add(self, size: int, extent: Extent) -> None:
        self._starts.append(self._size)
        self._extents.append(extent)
        self._size += size

    def _open_extent(self, sectors: int, kind: str, name: str, first: int) -> Extent:
        if kind == "ZERO":
            return Flat(ZEROS, 0, sectors * 512)
        try:
            if kind not in ("SPARSE", "FLAT", "VMFS", "VMFSSPARSE"):
                raise Unsupported(f"extents of type {kind} are not understood")
            file = self._roster.acquire(EvidenceFile(find_beside(self.file, name), self.file.accounting))
            self.files.append(file)
            return Flat(file, first * 512, sectors * 512) if kind in ("FLAT", "VMFS") else Grains(file)
        except ForensicError as error:
            why = f"the extent {name!r} of {sectors} sectors cannot be opened ({error})"
            self.note("error", self.name, f"{why}; its part of the disk is unreadable")
            return Flat(Missing(f"{self.name}: {why}"), 0, sectors * 512)

    def _find_parent(self, descriptor: Descriptor) -> Source:
        hint, expected = descriptor.values.get("parentfilenamehint", ""), descriptor.number("parentcid")
        parent = join_parent(self, [hint] if hint else [], "parent")
        if isinstance(parent, Parent):
            below = parent.image.data
            cid = below.cid if isinstance(below, VmdkDisk) else None
            if cid != expected:
                found = f"is {cid or 0:08x}, not {expected or 0:08x}: it changed after this image was made, or is another disk"
                self.note("error", self.name, f"the content id of the parent {hint!r} {found}")
        return parent

    def locate(self, offset: int) -> Run:
        """Return where the byte at `offset` lies: the extent knows, or it is the parent's."""
        index = bisect_right(self._starts, offset) - 1
        start = self._starts[index]
        end = self._starts[index + 1] if index + 1 < len(self._starts) else self._size
        extent = self._extents[index]
        if isinstance(extent.source, EvidenceFile):
            self._roster.acquire(extent.source)
        source, position, length = extent.locate(offset - start)
        length = min(length, end - offset)
        return (self.parent, offset, length) if source is None else (source, position, length)


def _is_descriptor(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[: len(DESCRIPTOR)].lower() == DESCRIPTOR


def _u32(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 4], "little")


def _u64(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 8], "little")
