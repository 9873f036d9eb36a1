"""What a region of a disk holds, told from its first sectors.

Windows is installed on NTFS (very old releases also on FAT); everything else is named and not examined.

| Offset  | Bytes                | Content |
|---------|----------------------|---------|
| 0x3     | `NTFS    `           | NTFS |
| 0x3     | `EXFAT   `           | exFAT |
| 0x3     | `-FVE-FS-`           | BitLocker |
| 0x3     | `MSWIN4.1`, with the BitLocker To Go GUID at 0x1a8 | BitLocker To Go |
| 0x3     | `ReFS`               | ReFS |
| others  | see `_OTHERS`        | content of other systems |

FAT has no signature: a sound BIOS parameter block tells it, and the number of clusters tells which FAT it is
(below 4085 FAT12, else FAT16; FAT32 counts its sectors elsewhere).
"""

from __future__ import annotations

import struct

from forensic.storage.source import Source

ENCRYPTED = frozenset({"bitlocker", "luks"})
WITHOUT_WINDOWS = frozenset({"xfs", "squashfs", "apfs", "hfs+", "f2fs", "ext", "swap", "iso9660", "btrfs"})
"""Content in which no installed Windows lies."""
_HEAD = 4096
_FAR = 0x10048
"""Bytes up to the end of the farthest signature (btrfs)."""
_TO_GO = bytes.fromhex("3bd66749292ed84a8399f6a339e3d001")

_OTHERS: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"LUKS\xba\xbe", "luks", "LUKS: encrypted, a container of Linux"),
    (0, b"XFSB", "xfs", "xfs: not a file system Windows is installed on"),
    (0, b"hsqs", "squashfs", "squashfs: not a file system Windows is installed on"),
    (0, b"SPACEDB ", "storage spaces", "Storage Spaces: a member of a pool"),
    (32, b"NXSB", "apfs", "APFS: not a file system Windows is installed on"),
    (1024, b"H+", "hfs+", "HFS+: not a file system Windows is installed on"),
    (1024, b"HX", "hfs+", "HFS+: not a file system Windows is installed on"),
    (1024, b"\x10\x20\xf5\xf2", "f2fs", "f2fs: not a file system Windows is installed on"),
    (0x438, b"\x53\xef", "ext", "ext2, ext3 or ext4: not a file system Windows is installed on"),
    (4086, b"SWAPSPACE2", "swap", "swap space of Linux"),
    (4086, b"SWAP-SPACE", "swap", "swap space of Linux"),
    (4096, b"SPACEDB ", "storage spaces", "Storage Spaces: a member of a pool"),
    (4096, b"\xfc\x4e\x2b\xa9", "md raid", "md RAID of Linux: a member of an array"),
    (0x8001, b"CD001", "iso9660", "ISO 9660: not a file system Windows is installed on"),
    (0x10040, b"_BHRfS_M", "btrfs", "btrfs: not a file system Windows is installed on"),
)


def identify_boot_sector(sector: bytes) -> str | None:
    """Return what a boot sector of Windows' own kinds says it starts: `ntfs`, `fat32`, `bitlocker`, …; None for anything else."""
    if len(sector) < 512:
        return None
    oem = sector[3:11]
    if oem == b"-FVE-FS-" or (oem == b"MSWIN4.1" and sector[0x1A8:0x1B8] == _TO_GO):
        return "bitlocker"
    named = {b"NTFS    ": "ntfs", b"EXFAT   ": "exfat", b"ReFS\0\0\0\0": "refs"}.get(oem)
    return named or _identify_fat(sector)


def identify(source: Source) -> tuple[str, str | None]:
    """Return the name of the content, and why it is not examined (None for the file systems that are)."""
    boot = identify_boot_sector(source.read_at(0, 512))
    if boot == "bitlocker":
        return boot, "BitLocker: encrypted, needs its key"
    if boot == "refs":
        return boot, "ReFS: not read by this program"
    if boot is not None:
        return boot, None
    head = source.read_at(0, _HEAD)
    for at in range(0, 2048, 512):
        if head[at : at + 8] == b"LABELONE" and head[at + 24 : at + 32] == b"LVM2 001":
            return "lvm", "LVM: a physical volume of Linux' volume manager"
    head += source.read_at(_HEAD, _FAR - _HEAD) if len(head) == _HEAD else b""
    for offset, magic, name, why in _OTHERS:
        if head[offset : offset + len(magic)] == magic:
            return name, why
    if head.count(0) == len(head):
        return "empty", f"empty (only zeros in its first {len(head)} bytes)"
    return "unknown", "unknown content"


def stated_size(filesystem: str, sector: bytes) -> int:
    """Return how many bytes a volume has by its boot sector, of a file system that is read; 0 where that is not said."""
    if filesystem == "exfat":
        return int.from_bytes(sector[72:80], "little") << min(sector[108], 12)
    if filesystem == "ntfs":
        sectors = int.from_bytes(sector[40:48], "little")
    elif filesystem in {"fat12", "fat16", "fat32"}:
        sectors = int.from_bytes(sector[19:21], "little") or int.from_bytes(sector[32:36], "little")
    else:
        return 0
    return sectors * int.from_bytes(sector[11:13], "little")


def _identify_fat(sector: bytes) -> str | None:
    """Return which FAT a BIOS parameter block describes, None when it is none.

    | Offset | Size | Field | Notes |
    |--------|------|-------|-------|
    | 0      | 3    | jump  | EB xx 90 or E9 xx xx |
    | 11     | 2    | bytes per sector | 512 to 4096 |
    | 13     | 1    | sectors per cluster | a power of two |
    | 14     | 2    | reserved sectors | at least 1 |
    | 16     | 1    | FATs  | 1 or 2 |
    | 17     | 2    | entries of the root directory | 0 for FAT32 |
    | 19, 32 | 2, 4 | sectors | the second where the first is 0 |
    | 21     | 1    | media | F0, F8 to FF |
    | 22, 36 | 2, 4 | sectors per FAT | the second where the first is 0: FAT32 |
    """
    size, cluster, reserved, fats, roots, small, media, fat = struct.unpack_from("<HBHBHHBH", sector, 11)
    large, fat32 = struct.unpack_from("<I", sector, 32)[0], struct.unpack_from("<I", sector, 36)[0]
    if sector[0] not in {0xEB, 0xE9} or sector[510:512] != b"\x55\xaa" or size not in {512, 1024, 2048, 4096}:
        return None
    if cluster not in {1, 2, 4, 8, 16, 32, 64, 128} or reserved == 0 or fats not in {1, 2} or not (media == 0xF0 or media >= 0xF8):
        return None
    sectors_per_fat = fat or fat32
    data = (small or large) - reserved - fats * sectors_per_fat - -(-roots * 32 // size)
    if sectors_per_fat == 0 or data <= 0:
        return None
    clusters = data // cluster
    if fat == 0:
        return "fat32"
    return "fat12" if clusters < 4085 else "fat16"
