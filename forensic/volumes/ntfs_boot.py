"""Boot sector of an NTFS volume: the sizes by which everything else is found.

| Offset | Size | Field | Notes |
|--------|------|-------|-------|
| 0      | 3    | jump | |
| 3      | 8    | OEM name | `NTFS` and four spaces |
| 11     | 2    | bytes per sector | 256 to 4096 |
| 13     | 1    | sectors per cluster | above 0x80: 2 to the power of 256 minus it |
| 14     | 26   | not needed here | |
| 40     | 8    | sectors | |
| 48     | 8    | first cluster of $MFT | |
| 56     | 8    | first cluster of $MFTMirr | |
| 64     | 1    | clusters per record | above 0x80: 2 to the power of 256 minus it bytes |
| 72     | 8    | serial number | |
| 510    | 2    | 55 AA | |

Source: the Linux-NTFS documentation.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

LAYOUT = struct.Struct("<3x8sHB26xQQ8xB7x8s")
SIZE = 512
_SIZES, _SIZES_AT, _SECTORS, _SECTORS_AT = struct.Struct("<HB"), 11, struct.Struct("<Q"), 40
_SECTOR_SIZES = {256, 512, 1024, 2048, 4096}
_COUNT_LIMIT = 0x80
"""What is larger is the negative exponent of a power of two."""


class BootSector(NamedTuple):
    """The fields of the boot sector that reading needs, as they are stored."""

    oem_name: bytes
    sector_size: int
    cluster_code: int
    sectors: int
    table_cluster: int
    record_code: int
    serial: bytes

    @classmethod
    def parse(cls, sector: bytes) -> BootSector:
        """Read the 512 bytes of a boot sector; zeros stand for those that are cut off."""
        return cls._make(LAYOUT.unpack_from(sector.ljust(SIZE, b"\0")))

    @property
    def sectors_per_cluster(self) -> int:
        """Sectors in a cluster."""
        return self.cluster_code if self.cluster_code <= _COUNT_LIMIT else 1 << (256 - self.cluster_code)

    @property
    def cluster(self) -> int:
        """Bytes in a cluster."""
        return self.sector_size * self.sectors_per_cluster

    @property
    def has_large_clusters(self) -> bool:
        """Whether a cluster has more than 128 sectors."""
        return self.cluster_code > _COUNT_LIMIT

    @property
    def record_size(self) -> int:
        """Bytes in a record of the $MFT."""
        return self.record_code * self.cluster if self.record_code <= _COUNT_LIMIT else 1 << (256 - self.record_code)

    @property
    def table(self) -> int:
        """Offset of the $MFT on the volume, in bytes."""
        return self.table_cluster * self.cluster

    def written_over(self, sector: bytes) -> bytes:
        """Return the boot sector `sector` with the sizes of this one in it."""
        written = bytearray(sector.ljust(SIZE, b"\0"))
        _SIZES.pack_into(written, _SIZES_AT, self.sector_size, self.cluster_code)
        _SECTORS.pack_into(written, _SECTORS_AT, self.sectors)
        return bytes(written)


def is_sound(sector: bytes) -> bool:
    """Tell whether the numbers in a boot sector of NTFS can be true."""
    boot = BootSector.parse(sector)
    inside = 0 < boot.table_cluster * boot.sectors_per_cluster < boot.sectors
    return sector[510:512] == b"\x55\xaa" and boot.sector_size in _SECTOR_SIZES and inside
