"""VMDK, the disk image of VMware: sparse, flat, split, stream-optimized, and the deltas of snapshots.

A disk is described by text (`vmdk_descriptor`), in a file of its own or inside a sparse extent, and is made of extents (`vmdk_extent`).

Source: VMware, *Virtual Disk Format 5.0*.
"""

from __future__ import annotations

from bisect import bisect_right

from forensic.containers.formats import ENCRYPTED_VMDK, is_vmdk_descriptor
from forensic.containers.image import Image
from forensic.containers.parent import SparseImage
from forensic.containers.sparse import TRUNCATED, ZEROS, Missing, Run, SparseDisk
from forensic.containers.vmdk_descriptor import LIMIT as DESCRIPTOR_LIMIT
from forensic.containers.vmdk_descriptor import Descriptor, ExtentLine
from forensic.containers.vmdk_extent import MAX_SIZE, SECTOR, Extent, Flat, Grains
from forensic.errors import ForensicError, Malformed, Unsupported
from forensic.storage.file import EvidenceFile, FilePool
from forensic.storage.source import Source

_NO_PARENT = 0xFFFF_FFFF
_MAX_EXTENTS = 4096


def open_container(file: EvidenceFile) -> Image:
    """Open a VMDK image with its extents."""
    disk = VmdkDisk(file)
    return SparseImage(disk, "vmdk", disk.files)


class VmdkDisk(SparseDisk):
    """The disk that a VMDK descriptor, or a sparse extent on its own, describes."""

    def __init__(self, file: EvidenceFile) -> None:
        """Read the descriptor, and open the extents beside it."""
        super().__init__(file, 0)
        self.files: list[EvidenceFile] = []
        self._pool = FilePool()
        self._starts: list[int] = []
        self._extents: list[Extent] = []
        if is_vmdk_descriptor(file.read_at(0, SECTOR)):
            descriptor = Descriptor.parse(file.read_at(0, DESCRIPTOR_LIMIT))
            self._check(descriptor)
            self._add_all(descriptor.extents)
        else:
            grains = Grains(file)
            descriptor = Descriptor.parse(grains.descriptor)
            self._check(descriptor)
            self._add(grains.sectors * SECTOR, grains)
            if not grains.descriptor:
                self.note("warning", self.name, "an extent without a descriptor: if the disk is split, open its descriptor file instead")
        self.cid = descriptor.number("cid")
        self._parent_cid = descriptor.number("parentcid")
        if self._parent_cid not in (None, _NO_PARENT):
            self._hint = descriptor.values.get("parentfilenamehint", "")
            self.link_to_parent([self._hint] if self._hint else [], "parent", fault=self._fault)

    def _check(self, descriptor: Descriptor) -> None:
        if descriptor.is_encrypted:
            raise ENCRYPTED_VMDK.of(self.name)

    def _add_all(self, extents: list[ExtentLine]) -> None:
        if not 1 <= len(extents) <= _MAX_EXTENTS:
            raise Malformed(f"{self.name}: VMDK descriptor with {len(extents)} extents")
        if sum(extent.sectors for extent in extents) * SECTOR > MAX_SIZE:
            raise Malformed(f"{self.name}: VMDK of more than {MAX_SIZE} bytes")
        for extent in extents:
            self._add(extent.sectors * SECTOR, self._open_extent(extent))

    def _add(self, size: int, extent: Extent) -> None:
        self._starts.append(self._size)
        self._extents.append(extent)
        self._size += size

    def _open_extent(self, extent: ExtentLine) -> Extent:
        size = extent.sectors * SECTOR
        if extent.kind == "ZERO":
            return Flat(ZEROS, 0, size)
        try:
            if extent.kind not in {"SPARSE", "FLAT", "VMFS", "VMFSSPARSE"}:
                raise Unsupported(f"extents of type {extent.kind} are not understood")
            location = self.file.location.resolve(extent.file_name)
            file = self._pool.acquire(EvidenceFile(location, self.file.meter))
            self.files.append(file)
            if extent.kind not in {"FLAT", "VMFS"}:
                return Grains(file)
            if extent.first_sector * SECTOR + size > file.size:
                self.note("error", file.name, TRUNCATED, "truncated-image")
            return Flat(file, extent.first_sector * SECTOR, size)
        except ForensicError as error:
            why = f"the extent {extent.file_name!r} of {extent.sectors} sectors cannot be opened ({error})"
            self.note("error", self.name, f"{why}; its part of the disk is unreadable", "missing-segment")
            return Flat(Missing(f"{self.name}: {why}"), 0, size)

    def _fault(self, below: Source) -> None:
        """Note a parent of other content; it is read all the same, because ordinary tools rewrite that number."""
        cid = below.cid if isinstance(below, VmdkDisk) else None
        if cid != self._parent_cid:
            found = f"is {cid or 0:08x}, not {self._parent_cid or 0:08x}: it changed after this image was made, or is another disk"
            self.note("error", self.name, f"the content id of the parent {self._hint!r} {found}", "container-malformed")

    def locate(self, offset: int) -> Run:
        """Return where the byte at `offset` lies: the extent knows, or it is the parent's."""
        index = bisect_right(self._starts, offset) - 1
        start = self._starts[index]
        end = self._starts[index + 1] if index + 1 < len(self._starts) else self._size
        extent = self._extents[index]
        if isinstance(extent.source, EvidenceFile):
            self._pool.acquire(extent.source)
        source, position, length = extent.locate(offset - start)
        length = min(length, end - offset)
        return (self.parent, offset, length) if source is None else (source, position, length)
