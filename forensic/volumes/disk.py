"""Disk: the partition table of an image and the volumes it names, in table order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from forensic.errors import ForensicError, Malformed, Unsupported
from forensic.model import FileTime, Locator, Problem, Span
from forensic.storage.source import Mended, Source, Window
from forensic.volumes.content import ENCRYPTED, identify, identify_boot_sector, stated_size
from forensic.volumes.fat_copies import FatCopies
from forensic.volumes.ntfs_boot import BootSector, is_sound
from forensic.volumes.ntfs_layout import AttributeHeader, RecordHeader
from forensic.volumes.partition import Partition, Table
from forensic.volumes.partition_table import read_table
from forensic.volumes.tree import LabelledTree
from forensic.volumes.volume_key import VolumeKey
from forensic.volumes.volume_search import search_volumes

if TYPE_CHECKING:
    from forensic.containers.image import Snapshot
    from forensic.volumes.shadow_copy import ShadowCopy

_SERIALS = {"ntfs": (0x48, 8), "fat12": (0x27, 4), "fat16": (0x27, 4), "fat32": (0x43, 4), "exfat": (0x64, 4)}
"""Offset and size of the volume serial number in the boot sector."""
_LDM_TYPES = {"0x42", "af9b60a0-1431-4f62-bc68-3311714a69ad", "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3"}
_STORAGE_SPACES_TYPES = {"0xe7", "e75caf8f-f680-4cee-afa3-b001e56efc2d"}


class Volume:
    """One volume, or one region of the disk that holds something else."""

    def __init__(self, disk: Disk, source: Source, number: int, partition: Partition) -> None:
        """Look at `partition`: only its first sectors are read."""
        self.disk, self.scheme = disk, disk.scheme
        self.id = f"{disk.prefix}p{number}" if partition.type else f"{disk.prefix}v0"
        self.start, self.size = partition.start, partition.size
        self.partition_type, self.partition_guid, self.partition_name = partition.type, partition.guid, partition.name
        self.shadow_copy: ShadowCopy | None = None
        """The shadow copy that this volume is, where it is one."""
        self.snapshot: Snapshot | None = None
        """The snapshot of the disk that this volume is on, where it is on one."""
        self.problems: list[Problem] = []
        """What is wrong with the volume, and with its tree as far as that was read."""
        self.source: Source = Window(source, partition.start, partition.size)
        self.filesystem: str
        """`ntfs`, `fat12`, `fat16`, `fat32`, `exfat`, or the name of what is there instead."""
        self.not_examined: str | None
        """Why there is no tree; None where there is one."""
        self.unlocked_by: str | None = None
        """What opened it, where it is encrypted: `recovery-key`, `password`, `startup-key`, or `clear-key` of a suspended protection."""
        try:
            self._boot = self.source.read_at(0, 512)
            self.filesystem, self.not_examined = identify(self.source)
        except ForensicError as error:
            self._boot, self.filesystem, self.not_examined = b"", "unreadable", f"its first sectors cannot be read: {error}"
        if self.filesystem == "bitlocker":
            self._unlock()
        if self.filesystem == "unreadable" or (self.filesystem == "ntfs" and not is_sound(self._boot)):
            self._mended()
        elif self.filesystem in {"unknown", "empty"} and not self._mended():
            self._name_by_type()
        if self.not_examined is None and not partition.type and (lost := stated_size(self.filesystem, self._boot) - self.source.size) > 0:
            self.problems.append(Problem("error", self.id, f"the image ends {lost} bytes before the volume does", "truncated-image"))
        if self.not_examined is None and self.partition_type in _LDM_TYPES:
            self.problems.append(Problem("warning", self.id, "a dynamic disk (LDM): only what lies in this partition is examined"))

    def _unlock(self) -> None:
        """Put the decrypted volume in the place of the encrypted one, where a key opens it; else say what would."""
        from forensic.volumes.bitlocker import open_bitlocker

        attempt = open_bitlocker(self.source, self.id, self.disk.keys)
        if attempt.opened is None:
            self.not_examined = attempt.why
            return
        try:
            self._boot = attempt.opened.read_at(0, 512)
            self.filesystem, self.not_examined = identify(attempt.opened)
        except ForensicError as error:
            self.not_examined = f"BitLocker: opened by its {attempt.way}, and its first sectors cannot be read: {error}"
            return
        self.source, self.unlocked_by = attempt.opened, attempt.way

    def _name_by_type(self) -> None:
        if self.partition_type in _LDM_TYPES:
            self.filesystem, self.not_examined = "ldm", "dynamic disk (LDM): no volume begins here"
        elif self.partition_type in _STORAGE_SPACES_TYPES:
            self.filesystem, self.not_examined = "storage spaces", "Storage Spaces: a member of a pool"
        elif self.source.size == 0:
            self.filesystem, self.not_examined = "unknown", "lies outside the image"

    def _mended(self) -> bool:
        """Put the backup of a damaged boot sector in its place: NTFS keeps it in the last sector, FAT32 in the 7th, exFAT in the 13th."""
        sector = self.disk.sector_size
        for offset, filesystem, where in (
            (self.size - sector, "ntfs", "last"),
            (6 * sector, "fat32", "7th"),
            (12 * sector, "exfat", "13th"),
        ):
            try:
                backup = self.source.read_at(offset, 512)
            except ForensicError:
                continue
            if identify_boot_sector(backup) == filesystem and (filesystem != "ntfs" or is_sound(backup)):
                self.source, self._boot = Mended(self.source, backup), backup
                self.filesystem, self.not_examined = filesystem, None
                what = f"the boot sector is damaged; its backup in the {where} sector was used"
                self.problems.append(Problem("warning", self.id, what, "second-copy-used"))
                return True
        return False

    @property
    def serial(self) -> Span | None:
        """The volume serial number as the boot sector stores it, little-endian."""
        where = _SERIALS.get(self.filesystem)
        if where is None or (self.filesystem.startswith("fat") and self._boot[where[0] - 1] not in {0x28, 0x29}):
            return None
        offset, size = where
        place = Locator(volume=self.id, field="boot sector, volume serial number", offset=self.start + offset)
        return Span(place, self._boot[offset : offset + size])

    @property
    def serial_text(self) -> str | None:
        """The volume serial number in hexadecimal: 16 digits on NTFS (Windows shows the last 8), 8 on FAT."""
        return None if self.serial is None else self.serial.raw[::-1].hex()

    @cached_property
    def created(self) -> Span | None:
        """When the volume was formatted: the creation time of $MFT, else of $Volume.

        None on other file systems, and where it cannot be read (a problem then).
        """
        if self.filesystem != "ntfs":
            return None
        try:
            return self._read_created(0, "$MFT") or self._read_created(3, "$Volume")
        except ForensicError as error:
            self.problems.append(Problem("warning", self.id, f"creation time of the volume: {error}"))
            return None

    def _read_created(self, number: int, file: str) -> Span | None:
        """Read the creation time in one of the first records of the $MFT; None when it is zero (mkntfs leaves that of $MFT so)."""
        boot = BootSector.parse(self._boot)
        offset = boot.table + number * boot.record_size
        record = self.source.read_at(offset, 510)
        if len(record) < 510 or record[:4] != b"FILE":
            raise Malformed(f"no MFT record where {file} should be", offset)
        first = RecordHeader.parse(record).first_attribute
        attribute = AttributeHeader.parse(record, first)
        at = first + attribute.content
        if attribute.type != 0x10 or attribute.not_resident or at + 8 > len(record):
            raise Malformed(f"the record of {file} has no $STANDARD_INFORMATION", offset)
        raw = record[at : at + 8]
        place = Locator(volume=self.id, file="$MFT", field=f"creation time of {file}", offset=number * boot.record_size + at)
        return Span(place, raw, FileTime.from_bytes_le(raw)) if any(raw) else None

    @cached_property
    def label(self) -> str | None:
        """The volume's label; None when it has none, or it cannot be read (a problem then)."""
        if self.not_examined is not None:
            return None
        try:
            return self.tree.label
        except ForensicError as error:
            self.problems.append(Problem("warning", self.id, f"label: {error}"))
            return None

    @cached_property
    def tree(self) -> LabelledTree:
        """The files of the volume; raises what keeps them from being read."""
        if self.not_examined is not None:
            raise Unsupported(f"{self.id}: {self.not_examined}", code="encrypted" if self.filesystem in ENCRYPTED else None)
        if self.filesystem == "ntfs":
            from forensic.volumes.ntfs import NtfsTree

            return NtfsTree(self.source, self.id, self.size, self.problems)
        from forensic.volumes.filesystem import FatTree

        source = self.source if self.filesystem == "exfat" else FatCopies(self.source, self._note_second_copy)
        return FatTree(source, self.id, self.size, self.problems)

    def _note_second_copy(self, what: str) -> None:
        self.problems.append(Problem("warning", self.id, what, "second-copy-used"))

    @cached_property
    def shadow_copies(self) -> list[Volume]:
        """The volume as it was at earlier times, oldest first, with ids such as `p2/vss1`; a damaged catalog is a problem."""
        if self.filesystem != "ntfs":
            return []
        from forensic.volumes.shadow_copy import find_shadow_copies

        found = []
        try:
            for copy in find_shadow_copies(self.source, Locator(volume=self.id)):
                volume = open_disk(copy, self.disk.sector_size).volumes[0]
                volume.id, volume.shadow_copy = f"{self.id}/vss{copy.number}", copy
                found.append(volume)
        except ForensicError as error:
            self.problems.append(Problem("warning", self.id, f"shadow copies: {error}"))
        return found


class Disk:
    """The volumes of an image, and the numbers of the disk itself."""

    def __init__(self, source: Source, table: Table, prefix: str = "", keys: Sequence[VolumeKey] = ()) -> None:
        """Look at each partition of `table`; `prefix` begins the ids of the volumes, `keys` are tried on those that are encrypted."""
        self.prefix, self.keys = prefix, keys
        self.scheme: Literal["gpt", "mbr", "none"] = table.scheme
        self.sector_size = table.sector_size
        self.signature, self.guid = table.signature, table.guid
        self.problems = table.problems
        self.volumes = [Volume(self, source, number, partition) for number, partition in enumerate(table.partitions, 1)]

    def add_found(self, source: Source, found: list[Partition]) -> None:
        """Add volumes that no table names; they stand in the place of the whole disk, where there is no table at all."""
        if not found:
            return
        if self.scheme == "none":
            self.volumes.clear()
        first = len(self.volumes) + 1
        self.volumes += [Volume(self, source, number, partition) for number, partition in enumerate(found, first)]
        starts = ", ".join(f"{partition.start:,}" for partition in found)
        what = (
            "no partition table leads to a volume; a search for boot sectors where partitions usually begin found "
            f"{len(found)}, at byte {starts}; others may not have been seen"
        )
        self.problems.append(Problem("error", "partition table", what, "table-damaged"))


def open_disk(source: Source, sector_size: int = 512, prefix: str = "", keys: Sequence[VolumeKey] = ()) -> Disk:
    """Read the partition table of an image and identify its volumes; Unreadable when the first sector is.

    Where nothing that is known begins anywhere the table says, volumes are searched for.
    """
    disk = Disk(source, read_table(source, sector_size), prefix, keys)
    if all(volume.filesystem in {"unknown", "empty", "unreadable"} for volume in disk.volumes):
        disk.add_found(source, search_volumes(source))
    return disk
