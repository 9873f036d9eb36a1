"""CRC-32C (Castagnoli), the checksum of VHDX structures."""

from __future__ import annotations


def crc32c(data: bytes) -> int:
    """Return the CRC-32C of `data`."""
    crc = 0xFFFF_FFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFF_FFFF


def _table() -> list[int]:
    """Return the CRC of each byte, bits reversed."""
    table = list(range(256))
    for _ in range(8):
        table = [crc >> 1 ^ (0x82F6_3B78 if crc & 1 else 0) for crc in table]
    return table


_TABLE = _table()
