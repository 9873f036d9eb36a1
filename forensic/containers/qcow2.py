"""QCOW2, the disk image of QEMU (versions 2 and 3).

The header (`qcow2_header`) leads to the L1 table, whose entries lead to L2 tables, whose entries lead to clusters. An internal snapshot
(`qcow2_snapshot`) is an earlier L1 table over the same clusters.

L1 entry: bits 9-55 offset of the L2 table, 0 none. L2 entry: bit 62 compressed, bits 9-55 cluster offset, bit 0 all zeros; extended entries
have a second word: bits 0-31 subclusters that are allocated, 32-63 subclusters that are zeros. A compressed entry has, with
x = 70 - cluster bits, the byte offset in bits 0 to x-1 and the number of additional 512-byte sectors in bits x to 61.

Source: `docs/interop/qcow2.txt` of QEMU.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from functools import lru_cache

from forensic.containers.image import Image, Snapshot
from forensic.containers.inflate import inflate, inflation
from forensic.containers.parent import SparseImage
from forensic.containers.qcow2_header import (
    BACKING_FORMAT,
    CORRUPT,
    DATA_FILE,
    DATA_FILE_NAME,
    DIRTY,
    EXTENDED,
    NAME_LIMIT,
    Header,
)
from forensic.containers.qcow2_snapshot import SnapshotEntry, read_entries
from forensic.containers.sparse import ZEROS, Memory, Missing, Run, SparseDisk
from forensic.containers.table import Table
from forensic.errors import ForensicError, Malformed
from forensic.model import Locator, Span
from forensic.storage.file import EvidenceFile
from forensic.storage.source import Source

_OFFSET_BITS = 0x00FF_FFFF_FFFF_FE00
_COPIED, _COMPRESSED, _ZERO = 1 << 63, 1 << 62, 1
_SUBCLUSTERS = 32
_UNPACKED_KEPT = 4 << 20
_ZSTD_WINDOW = 8 << 20
SNAPSHOT_LIMIT = 64
"""Internal snapshots that are looked at most, the newest ones."""
_TABLE_LIMIT = 1024
_MOST_SNAPSHOTS = 1 << 16
"""QEMU opens no image with more."""


def open_container(file: EvidenceFile) -> Image:
    """Open a QCOW2 image."""
    disk = QcowDisk(file)
    return SparseImage(disk, "qcow2", [] if disk.data is file else [disk.data])


class QcowDisk(SparseDisk):
    """The active disk of a QCOW2 file, or one of its internal snapshots."""

    def __init__(self, file: EvidenceFile) -> None:
        """Read the header, and find the data file."""
        header = self._header = Header.read(file)
        super().__init__(file, header.disk_size)
        self._cluster = header.cluster
        self._extended = bool(header.features & EXTENDED)
        self._entry = 16 if self._extended else 8
        self._l2_entries = self._cluster // self._entry
        self._l1, self._tables = header.l1_offset, Table(file, self.name, 8, "big")
        self._check_l1(header.l1_entries, 36)
        self.structures.add("header", 0, self._cluster)
        self.structures.add("L1 table", self._l1, 8 * header.l1_entries)
        self._note_state()
        extensions = header.extensions(file)
        self.data: Source = self._data_file(extensions) if header.features & DATA_FILE else file
        if header.backing_offset:
            if header.backing_size > NAME_LIMIT:
                raise Malformed(f"{self.name}: QCOW2 backing file name of {header.backing_size} bytes", 16)
            backing = file.read_at(header.backing_offset, header.backing_size).decode(errors="replace")
            self.link_to_parent([backing], "backing file", raw=extensions.get(BACKING_FORMAT) == b"raw", fault=lambda _: None)
        self._unpack = lru_cache(maxsize=max(2, _UNPACKED_KEPT // self._cluster))(self._unpack_cluster)

    def _note_state(self) -> None:
        header = self._header
        if self._l1 + 8 * header.l1_entries > self.file.size:
            self.note("error", self.name, "truncated: the L1 table lies beyond the end of the file", "truncated-image")
        if header.features & DIRTY:
            self.note("warning", self.name, "marked dirty: the image was not closed properly")
        if header.features & CORRUPT:
            self.note("warning", self.name, "marked corrupt by the program that wrote it", "container-malformed")

    def _check_l1(self, entries: int, at: int) -> None:
        if entries * self._l2_entries * self._cluster < self.size:
            raise Malformed(f"{self.name}: QCOW2 L1 table of {entries} entries for a disk of {self.size} bytes", at)

    def snapshots(self) -> Sequence[Snapshot]:
        """Return the internal snapshots, in the order of their table."""
        count, found = self._header.snapshots, list[Snapshot]()
        if not count:
            return found
        try:
            entries = read_entries(self.file, self.name, self._header.snapshots_offset, min(count, _TABLE_LIMIT))
        except ForensicError as error:
            self._note_unread(f"its internal snapshots ({count}) were not examined", error, plausible=count <= _MOST_SNAPSHOTS)
            return found
        if len(entries) > SNAPSHOT_LIMIT or count > len(entries):
            what = f"of its internal snapshots ({count}) the last {min(len(entries), SNAPSHOT_LIMIT)} were examined"
            self.note("warning", self.name, what, "snapshot-not-read")
        for number, entry in list(enumerate(entries, 1))[-SNAPSHOT_LIMIT:]:
            try:
                disk = self._at(entry)
            except ForensicError as error:
                self._note_unread(f"internal snapshot {number} was not examined", error)
                continue
            reading = Span(Locator(field=f"snapshot {number} in {self.name}", offset=entry.offset), b"", entry.taken)
            found.append(Snapshot(number, entry.id, entry.name, entry.taken, disk.size, disk, reading))
        return found

    def _at(self, entry: SnapshotEntry) -> QcowDisk:
        """Return the disk of a snapshot: the same clusters, parents and problems, by another table; Malformed where the file ends first."""
        size = 8 * entry.l1_entries
        if entry.l1_offset + size > self.file.size:
            raise Malformed(f"{self.name}: its L1 table", entry.l1_offset, size, max(0, self.file.size - entry.l1_offset))
        disk = copy(self)
        disk._l1, disk._size = entry.l1_offset, self.size if entry.disk_size is None else entry.disk_size  # noqa: SLF001  of its own kind
        disk._check_l1(entry.l1_entries, entry.offset)  # noqa: SLF001
        return disk

    def _note_unread(self, what: str, error: ForensicError, *, plausible: bool = True) -> None:
        """Remember why snapshots were not examined; where the file ends before them it is cut short, and may lack more than these.

        A number of snapshots that is not `plausible` reaches beyond the end of any file.
        """
        if plausible and isinstance(error, Malformed) and error.have is not None:
            self.note("error", self.name, f"truncated: {what}: {error}", "truncated-image")
        else:
            self.note("warning", self.name, f"{what}: {error}", "snapshot-not-read")

    def _data_file(self, extensions: dict[int, bytes]) -> Source:
        name = extensions.get(DATA_FILE_NAME, b"").decode(errors="replace")
        try:
            return EvidenceFile(self.file.location.resolve(name), self.file.meter)
        except ForensicError as error:
            what = f"the data file {name!r} cannot be opened ({error}); the disk is unreadable"
            self.note("error", self.name, what, "missing-segment")
            return Missing(f"{self.name}: the data file {name!r} cannot be opened")

    def locate(self, offset: int) -> Run:
        """Return where the byte at `offset` lies: walk L1, L2, and for extended entries the subcluster's bits."""
        cluster, within = divmod(offset, self._cluster)
        index, slot = divmod(cluster, self._l2_entries)
        length = self._cluster - within
        table = self._tables.at(self._l1 + 8 * index) & _OFFSET_BITS
        if not table:
            return self.parent, offset, (self._l2_entries - slot - 1) * self._cluster + length
        if table % self._cluster:
            raise Malformed(f"{self.name}: QCOW2 L2 table that is not aligned to a cluster", table)
        self.structures.spare(f"QCOW2 L2 table {index}", table, self._cluster)
        at = table + slot * self._entry
        self.reaches(at + self._entry)
        entry = self._tables.at(at)
        if entry & _COMPRESSED:
            return self._unpack(entry), within, length
        position = entry & _OFFSET_BITS
        if position % self._cluster:
            raise Malformed(f"{self.name}: QCOW2 cluster at {position:#x} that is not aligned", at)
        allocated = bool(position) or (self.data is not self.file and bool(entry & _COPIED))
        if position and self.data is self.file:
            self.structures.spare(f"QCOW2 cluster {cluster}", position, self._cluster)
        if self._extended:
            return self._locate_subcluster(offset, at, position if allocated else None)
        if entry & _ZERO:
            if self._header.version == 2:
                raise Malformed(f"{self.name}: QCOW2 version 2 with a zero cluster", at)
            return ZEROS, offset, length
        return (self.data, position + within, length) if allocated else (self.parent, offset, length)

    def _locate_subcluster(self, offset: int, at: int, position: int | None) -> Run:
        within = offset % self._cluster
        subcluster, inside = divmod(within, self._cluster // _SUBCLUSTERS)
        bitmap = self._tables.at(at + 8)
        length = self._cluster // _SUBCLUSTERS - inside
        allocated, zero = bitmap >> subcluster & 1, bitmap >> subcluster + _SUBCLUSTERS & 1
        if (allocated and zero) or (allocated and position is None):
            raise Malformed(f"{self.name}: QCOW2 subcluster {subcluster} with a contradictory state", at + 8)
        if allocated and position is not None:
            return self.data, position + within, length
        return (ZEROS if zero else self.parent), offset, length

    def _unpack_cluster(self, entry: int) -> Memory:
        split = 70 - self._header.cluster_bits
        position = entry & (1 << split) - 1
        sectors = (entry >> split & (1 << 62 - split) - 1) + 1
        self.structures.spare("a compressed QCOW2 cluster", position, 1)
        packed = self.file.read_at(position, sectors * 512 - position % 512)
        what = f"{self.name}: QCOW2 compressed cluster at file offset {position:#x}"
        if position >= self.file.size:
            self._read((self.file, position, 1), 0)
        plain = self._unzstd(packed, what) if self._header.is_zstd else inflate(packed, self._cluster, -12, what)
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
