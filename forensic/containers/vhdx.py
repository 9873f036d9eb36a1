"""VHDX, the disk image of Hyper-V since Windows 8: fixed, dynamic and differencing (AVHDX checkpoints are differencing VHDX files).

All integers are little-endian. Headers (`vhdx_header`), a log (`vhdx_log`), region tables (`vhdx_region`) and metadata
(`vhdx_metadata`) lead to the block allocation table.

It has 8 bytes for a block: bits 0-2 state, 20-63 file offset in MiB. After every 2**23 sectors (a chunk) stands the entry of a bitmap of
those sectors, least significant bit first, which differencing disks use: a set bit is held here, others by the parent.

| State | Block |
|---|---|
| 0 | not present: the parent's, or zeros |
| 1, 2, 3 | undefined, zero, unmapped: zeros |
| 6 | fully present |
| 7 | partially present: the bitmap tells |

Source: Microsoft, MS-VHDX, *Virtual Hard Disk v2 File Format*.
"""

from __future__ import annotations

from forensic.containers.image import Image
from forensic.containers.parent import SparseImage
from forensic.containers.sparse import ZEROS, Run, SparseDisk
from forensic.containers.table import Bitmap, Table, scan
from forensic.containers.vhdx_header import PLACES, SIZE, Header
from forensic.containers.vhdx_log import MAX_LOG, Replayed, active_sequence
from forensic.containers.vhdx_metadata import Metadata
from forensic.containers.vhdx_region import read_regions
from forensic.errors import Malformed, Unsupported
from forensic.storage.file import EvidenceFile
from forensic.storage.source import Source

_MIB = 1 << 20
_BLOCK_SIZES = frozenset(_MIB << shift for shift in range(9))
_MAX_SIZE = 64 << 40
_ABSENT, _PRESENT, _PARTIAL = 0, 6, 7
_STORED = frozenset({_PRESENT, _PARTIAL})
_ZERO = {1, 2, 3}
_STATE = 7
_NAMES = ("relative_path", "absolute_win32_path", "volume_path")
_LINKAGES = ("parent_linkage", "parent_linkage2")


def open_container(file: EvidenceFile) -> Image:
    """Open a VHDX image."""
    disk = VhdxDisk(file)
    image = SparseImage(disk, "vhdx")
    image.sector_size = disk.sector_size
    return image


class VhdxDisk(SparseDisk):
    """The disk in a VHDX file."""

    def __init__(self, file: EvidenceFile) -> None:
        """Read header, log, regions and metadata."""
        super().__init__(file, 0)
        self._content: Source = file
        header = self._header()
        self.data_write_guid = header.content
        if header.has_log:
            self._replay(header)
        table, described = read_regions(self._content, self.name)
        metadata = Metadata.read(self._content, described, self.name)
        self._block, self._size, self.sector_size = metadata.block_size, metadata.disk_size, metadata.sector_size
        if self._block not in _BLOCK_SIZES or self.sector_size not in {512, 4096} or self.size > _MAX_SIZE:
            raise Malformed(f"{self.name}: VHDX with blocks of {self._block} bytes, sectors of {self.sector_size}, a disk of {self.size}")
        self._ratio = (self.sector_size << 23) // self._block
        self._bat = table.offset
        blocks = -(-self.size // self._block)
        if (blocks + max(0, blocks - 1) // self._ratio) * 8 > table.length:
            raise Malformed(f"{self.name}: VHDX block table of {table.length} bytes for {blocks} blocks", self._bat)
        self._table = Table(self._content, self.name, 8, "little")
        self.structures.add("header section", 0, _MIB)
        self.structures.add("log", header.log_offset, header.log_length)
        self.structures.add("block allocation table", table.offset, table.length)
        self.structures.add("metadata", described.offset, described.length)
        self._bitmap = Bitmap(self._content, self.name, "little")
        self._differencing = metadata.is_differencing
        self.reaches(self._furthest(blocks + max(0, blocks - 1) // self._ratio))
        if self._differencing:
            self._linked = {metadata.parent.get(key, "").strip("{}").lower() for key in _LINKAGES}
            self.link_to_parent([metadata.parent[key] for key in _NAMES if metadata.parent.get(key)], "parent", fault=self._fault)

    def _header(self) -> Header:
        sound = [header for place in PLACES if (header := Header.parse(self.file.read_at(place, SIZE))) is not None]
        if not sound:
            raise Malformed(f"{self.name}: neither of the two VHDX headers is sound", PLACES[0])
        if len(sound) == 1:
            self.note("warning", self.name, "one of the two headers is damaged; the other was used", "second-copy-used")
        header = max(sound, key=lambda header: header.sequence_number)
        if header.version != 1:
            raise Unsupported(f"{self.name}: VHDX version {header.version}")
        return header

    def _replay(self, header: Header) -> None:
        try:
            entries = active_sequence(self.file.read_at(header.log_offset, min(header.log_length, MAX_LOG + 1)), header.log_guid)
            self._content = Replayed(self.file, entries)
        except Malformed as error:
            what = f"the log was not applied ({error}): tables may be older than the data"
            self.note("error", self.name, what, "container-malformed")
            return
        self.note("warning", self.name, f"not closed properly: {len(entries)} log entries were applied in memory")
        if self.file.size < entries[-1].flushed:
            self.note("error", self.name, "truncated: the file is shorter than the log says", "truncated-image")

    def _furthest(self, entries: int) -> int:
        """Return where in the file the last block ends, by the block table."""
        furthest = 0
        for number, entry in enumerate(scan(self._content, self._bat, entries, "<Q")):
            if entry & _STATE in _STORED and entry >> 20 >= furthest >> 20:
                chunk, within = divmod(number, self._ratio + 1)
                left = self.size - (chunk * self._ratio + within) * self._block
                furthest = max(furthest, (entry & ~(_MIB - 1)) + (_MIB if within == self._ratio else min(self._block, left)))
        return furthest

    def _fault(self, below: Source) -> str | None:
        if isinstance(below, VhdxDisk) and below.data_write_guid in self._linked:
            return None
        return "is not its parent, or was written to after this disk was made from it: the linkage differs"

    def locate(self, offset: int) -> Run:
        """Return where the byte at `offset` lies, by the block allocation table and, where a block is partial, the chunk's bitmap."""
        block, within = divmod(offset, self._block)
        length = self._block - within
        chunk, number = divmod(block, self._ratio)
        at = self._bat + 8 * (block + chunk)
        entry = self._table.at(at)
        state, position = entry & _STATE, entry & ~(_MIB - 1)
        if state == _PRESENT:
            self.structures.spare(f"VHDX block {block}", position, self._block)
            return self._content, position + within, length
        if state == _ABSENT:
            return self.parent, offset, length
        if state in _ZERO:
            return ZEROS, offset, length
        if state != _PARTIAL or not self._differencing:
            raise Malformed(f"{self.name}: VHDX block {block} with the state {state}", at)
        bitmap = self._table.at(self._bat + 8 * ((chunk + 1) * self._ratio + chunk))
        if bitmap & _STATE != _PRESENT:
            raise Malformed(f"{self.name}: VHDX block {block} is partial, and its bitmap is not present", at)
        self.structures.spare(f"VHDX block {block}", position, self._block)
        self.structures.spare(f"the sector bitmap of VHDX chunk {chunk}", bitmap & ~(_MIB - 1), _MIB)
        first = (number * self._block + within) // self.sector_size
        here, count = self._bitmap.run(bitmap & ~(_MIB - 1), first)
        length = min(length, count * self.sector_size - within % self.sector_size)
        return (self._content, position + within, length) if here else (self.parent, offset, length)
