"""Volume search: volumes behind a destroyed partition table, by their boot sectors, at the places where partitions begin.

Before Vista partitions begin at sector 63 of a track, since then at a whole MiB; the next one begins where one ends. NTFS keeps its backup
boot sector in the last sector of the volume: one before a whole MiB tells where the volume begins.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from forensic.errors import ForensicError
from forensic.storage.source import Source
from forensic.volumes.content import identify_boot_sector
from forensic.volumes.ntfs_boot import BootSector, is_sound
from forensic.volumes.partition import Partition

SEARCH_LIMIT = 2048
"""Whole MiB that are looked at after the start of the disk, or after the last volume that was found."""
FOUND = "found"
"""The type of a partition that no table names."""
_TRACK, _MIB, _SECTOR = 63 * 512, 1 << 20, 512
_VOLUME_LIMIT = 64


def search_volumes(source: Source) -> list[Partition]:
    """Return the volumes whose boot sectors are found, in their order; of overlapping ones the first."""
    found: list[Partition] = []
    end = 0
    while len(found) < _VOLUME_LIMIT:
        partition = next(filter(None, (_volume_at(source, place, end) for place in _places(source, end))), None)
        if partition is None:
            break
        found.append(partition)
        end = partition.start + partition.size
    return found


def _places(source: Source, end: int) -> Iterator[int]:
    """Yield where the next volume may begin after one that ends at `end`."""
    first = end // _MIB + 1
    for place in (*([end] if end else []), end + _TRACK, *(number * _MIB for number in range(first, first + SEARCH_LIMIT))):
        if place >= source.size:
            return
        yield place


def _volume_at(source: Source, offset: int, end: int) -> Partition | None:
    """Return the volume that begins at `offset`, or ends there and begins at `end` or later."""
    try:
        before = source.read_at(offset - _SECTOR, 2 * _SECTOR)
        sector, backup = before[_SECTOR:], before[:_SECTOR]
        size = _volume_size(source, offset, sector)
        if size is not None:
            return Partition(offset, min(size, source.size - offset), FOUND)
        if identify_boot_sector(backup) == "ntfs" and is_sound(backup):
            size = _ntfs_size(backup)
            start = offset - size
            if start >= max(end, _SECTOR) and _is_ntfs(source, start, backup):
                return Partition(start, size, FOUND)
    except ForensicError:
        pass  # what cannot be read shows no volume
    return None


def _volume_size(source: Source, offset: int, sector: bytes) -> int | None:
    """Return the bytes of the volume whose boot sector this is; None where its numbers cannot be true."""
    kind = identify_boot_sector(sector)
    if kind == "ntfs":
        return _ntfs_size(sector) if is_sound(sector) and _is_ntfs(source, offset, sector) else None
    if kind == "exfat":
        shift = sector[108]
        size = int.from_bytes(sector[72:80], "little") << shift if 9 <= shift <= 12 else 0
        return size if not any(sector[11:64]) and size > 0 else None
    if kind in {"fat12", "fat16", "fat32"}:
        return _fat_size(source, offset, sector)
    return source.size - offset if kind in {"bitlocker", "refs"} and sector[510:512] == b"\x55\xaa" else None


def _ntfs_size(sector: bytes) -> int:
    boot = BootSector.parse(sector)
    return (boot.sectors + 1) * boot.sector_size


def _is_ntfs(source: Source, start: int, sector: bytes) -> bool:
    """Tell whether a $MFT begins where this boot sector says, or would begin behind the end of the image."""
    table = start + BootSector.parse(sector).table
    return table >= source.size or source.read_at(table, 4) == b"FILE"


def _fat_size(source: Source, offset: int, sector: bytes) -> int | None:
    size, reserved, small, media, fat = struct.unpack_from("<HxHxxxHBH", sector, 11)
    large, fat32 = struct.unpack_from("<II", sector, 32)
    first = offset + reserved * size
    second = first + (fat or fat32) * size
    sound = any(source.read_at(at, 1) == bytes([media]) for at in (first, second))
    return (small or large) * size if sound else None
