r"""VmaTree: the disks in a backup of Proxmox VE (VMA), each a raw image as a file, and the machine's configuration; big-endian.

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | magic | `VMA\0` |
| 4 | 4 | version | 1 |
| 8 | 16 | UUID | the same in each extent |
| 24 | 8 | made | seconds since 1970 |
| 32 | 16 | MD5 | of the header, with zeros here |
| 48 | 4, 4 | texts | offset and size; each text has its size before it (2, little-endian); offset 0 is none |
| 56 | 4 | size of the header | |
| 2044 | 4 each, 256 | names of configuration files | offsets into the texts |
| 3068 | 4 each, 256 | contents of these | the same |
| 4096 | 32 each, 256 | devices | offset of the name (4), unknown (4), size in bytes (8), unknown (16); number 0 is none |

Extents follow, each with the data of up to 59 clusters of 64 KiB behind its header:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | magic | `VMAE` |
| 6 | 2 | blocks | of 4 KiB that follow the header |
| 8 | 16, 16 | UUID, MD5 | of the header, with zeros in the place of the MD5 |
| 40 | 8 each, 59 | clusters | mask of the blocks that are stored, lowest first (2), unknown (1), device (1), number of the cluster (4) |

Blocks that are not stored are zeros. Source: Proxmox, `vma_spec.txt` and `vma.h` of pve-qemu.
"""

from __future__ import annotations

import hashlib
import struct
from array import array
from typing import NamedTuple

from forensic.errors import ForensicError, Malformed, NotFound, Unreadable, Unsupported
from forensic.model import FileTime, Problem
from forensic.storage.file import EvidenceFile
from forensic.storage.location import Where
from forensic.storage.meter import ReadMeter
from forensic.storage.source import Source
from forensic.volumes.member_tree import MemberTree
from forensic.volumes.tree import Content

HEADER_SIZE, EXTENT_SIZE = 12_288, 512
CLUSTER, BLOCK = 1 << 16, 1 << 12
CLUSTER_LIMIT = 1 << 25
"""Clusters of all devices: 2 TiB; their table takes 8 bytes for each that is stored, or lies before one."""
_HEADER = struct.Struct(">4sI16sq16sIII")
_EXTENT = struct.Struct(">4sxxH16s16s")
_CLUSTERS = struct.Struct(">HxBI")
_DEVICE = struct.Struct(">I4xQ16x")
_TEXTS_LIMIT = 16 << 20
_MD5 = slice(32, 48)
_EXTENT_MD5 = slice(24, 40)
_SLOTS = 256


class Device(NamedTuple):
    """One disk of the machine."""

    name: str
    size: int
    clusters: array[int]
    """For each cluster where its first stored block lies, times 65,536, and the mask of the stored blocks; 0: all zeros."""


class VmaFile(Content):
    """A disk, or a file of the configuration."""

    written: FileTime | None = None
    created: FileTime | None = None

    def __init__(self, path: str, data: Source) -> None:
        """Show `data` at `path`."""
        self.path, self._data = path, data

    @property
    def size(self) -> int:
        """Bytes."""
        return self._data.size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only at the end."""
        return self._data.read_at(offset, size)

    def stream(self, name: str) -> VmaFile:
        """Raise NotFound: a backup holds no streams."""
        raise NotFound(f"{self.path}:{name}: a backup holds no streams")


class _Disk:
    """The content of a device, as a source."""

    def __init__(self, file: EvidenceFile, device: Device) -> None:
        self._file, self._device, self.size = file, device, device.size

    def read_at(self, offset: int, size: int) -> bytes:
        end = min(offset + size, self.size)
        if offset < 0 or offset >= end:
            return b""
        parts = []
        while offset < end:
            block, within = divmod(offset, BLOCK)
            length = min(BLOCK - within, end - offset)
            place = self._place(block)
            parts.append(bytes(length) if place is None else self._read(place + within, length, offset))
            offset += length
        return b"".join(parts)

    def _place(self, block: int) -> int | None:
        cluster, number = divmod(block, CLUSTER // BLOCK)
        entry = self._device.clusters[cluster] if cluster < len(self._device.clusters) else 0
        if not entry >> number & 1:
            return None
        return (entry >> 16) + BLOCK * (entry & (1 << number) - 1).bit_count()

    def _read(self, place: int, length: int, offset: int) -> bytes:
        data = self._file.read_at(place, length)
        if len(data) < length:
            raise Unreadable(f"{self._device.name}: {length} bytes at offset {offset:#x} lie beyond the end of {self._file.name}")
        return data


class _Text:
    """Bytes in memory, as a source."""

    def __init__(self, data: bytes) -> None:
        self._data, self.size = data, len(data)

    def read_at(self, offset: int, size: int) -> bytes:
        return self._data[offset : offset + size] if offset >= 0 and size > 0 else b""


class VmaTree(MemberTree[Source]):
    """A backup as a tree of files: `drive-scsi0.raw`, `qemu-server.conf`."""

    def __init__(self, where: Where, meter: ReadMeter | None = None) -> None:
        """Read the headers of all extents of the backup at `where`; Malformed where it is none."""
        self._file = EvidenceFile(where, meter)
        super().__init__(self._file.name)
        try:
            self._read()
        except ForensicError:
            self._file.close()
            raise

    def open(self, path: str) -> VmaFile:
        """Return the disk or file at `path`."""
        found = self._find(path)
        return VmaFile(path.strip("/"), found)

    def _size(self, member: Source) -> int:
        return member.size

    def _is_link(self, key: tuple[str, ...]) -> bool:  # noqa: ARG002  there are none
        return False

    def _read(self) -> None:
        head = self._file.read_at(0, HEADER_SIZE)
        if len(head) < HEADER_SIZE or head[:4] != b"VMA\0":
            raise Malformed(f"{self._name}: header of a VMA", 0, HEADER_SIZE, len(head))
        _, version, uuid, _, digest, texts_at, texts_size, size = _HEADER.unpack_from(head)
        if version != 1:
            raise Unsupported(f"{self._name}: a VMA of version {version}, which is not known")
        if size < HEADER_SIZE or texts_size > _TEXTS_LIMIT or texts_at + texts_size > size:
            raise Malformed(f"{self._name}: header of a VMA with {texts_size} bytes of texts", 48)
        whole = bytearray(self._file.read_at(0, size))
        whole[_MD5] = bytes(16)
        if hashlib.md5(whole, usedforsecurity=False).digest() != digest:
            self._tell("the header has another MD5 than it had when it was written", "checksum-differs")
        texts = bytes(whole[texts_at : texts_at + texts_size])
        devices = self._devices(head, texts)
        self._read_extents(size, uuid, devices)
        for device in devices.values():
            self._add(f"{device.name}.raw", _Disk(self._file, device), is_directory=False)
        for name_at, data_at in zip(_offsets(head, 2044), _offsets(head, 3068), strict=True):
            if name_at and (name := _text(texts, name_at)):
                self._add(name.rstrip(b"\0").decode(errors="replace"), _Text(_text(texts, data_at)), is_directory=False)

    def _devices(self, head: bytes, texts: bytes) -> dict[int, Device]:
        found = {}
        for number in range(1, _SLOTS):
            name_at, size = _DEVICE.unpack_from(head, 4096 + number * _DEVICE.size)
            if name_at and size:
                name = _text(texts, name_at).rstrip(b"\0").decode(errors="replace").replace("/", "_") or f"device{number}"
                found[number] = Device(name, size, array("Q"))
        if sum(-(-device.size // CLUSTER) for device in found.values()) > CLUSTER_LIMIT:
            raise Unsupported(f"{self._name}: disks of more than {CLUSTER_LIMIT * CLUSTER} bytes", code="too-large")
        return found

    def _read_extents(self, at: int, uuid: bytes, devices: dict[int, Device]) -> None:
        while at < self._file.size:
            head = self._file.read_at(at, EXTENT_SIZE)
            if len(head) < EXTENT_SIZE:
                self._tell(f"truncated: it ends inside the header of an extent at offset {at:#x}", "truncated-image")
                return
            magic, blocks, own, digest = _EXTENT.unpack_from(head)
            plain = bytearray(head)
            plain[_EXTENT_MD5] = bytes(16)
            if magic != b"VMAE" or own != uuid or hashlib.md5(plain, usedforsecurity=False).digest() != digest:
                self._tell(f"the header of the extent at offset {at:#x} is damaged; what lies behind was not read", "archive-damaged")
                return
            stored = self._take(head, at + EXTENT_SIZE, devices)
            if stored != blocks:
                self._tell(f"the extent at offset {at:#x} says {blocks} blocks and lists {stored}", "container-malformed")
            at += EXTENT_SIZE + BLOCK * blocks
        if at > self._file.size:
            self._tell("truncated: parts of the disks lie beyond the end of the file", "truncated-image")

    def _take(self, head: bytes, at: int, devices: dict[int, Device]) -> int:
        """Keep where the clusters of one extent lie, whose blocks begin at `at`; return how many blocks they have."""
        stored = 0
        for mask, number, cluster in _CLUSTERS.iter_unpack(head[40:]):
            device = devices.get(number)
            if device is not None and mask and cluster < -(-device.size // CLUSTER):
                known = device.clusters
                if cluster >= len(known):
                    known.extend(array("Q", bytes(8 * (cluster + 1 - len(known)))))
                known[cluster] = at + BLOCK * stored << 16 | mask
            if number:
                stored += mask.bit_count()
        return stored

    def _tell(self, what: str, code: str) -> None:
        self.problems.append(Problem("error", self._name, what, code))


def _offsets(head: bytes, at: int) -> tuple[int, ...]:
    return struct.unpack_from(f">{_SLOTS}I", head, at)


def _text(texts: bytes, at: int) -> bytes:
    """Return the text at an offset; nothing where there is none."""
    return texts[at + 2 : at + 2 + int.from_bytes(texts[at : at + 2], "little")] if at else b""
