"""Log entry: one write into the hive, in a transaction log of the new format (since Windows 8.1).

Entries follow the log's base block from byte 512 on, each of a multiple of 512 bytes (Windows registry file format specification,
M. Suhanov; little-endian):

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | signature | `HvLE` |
| 4 | 4 | size | bytes, with this header |
| 8 | 4 | flags | |
| 12 | 4 | sequence number | one more than that of the entry before |
| 16 | 4 | hive bins data size | after this entry |
| 20 | 4 | dirty pages count | |
| 24 | 8 | hash 1 | Marvin32 of all behind the header |
| 32 | 8 | hash 2 | Marvin32 of the first 32 bytes |
| 40 | 8 each | dirty page references | offset from the start of the hive bins, size; the pages follow in the same order |
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from forensic.registry.base_block import BLOCK_SIZE, SECTOR_SIZE

LAYOUT = struct.Struct("<4s5I2Q")
SIGNATURE = b"HvLE"

_REFERENCE = struct.Struct("<II")
_MASK = 0xFFFFFFFF
_STEP = 1 << 16


class LogEntry(NamedTuple):
    """The header of a log entry."""

    signature: bytes
    size: int
    flags: int
    sequence_number: int
    hive_bins_data_size: int
    dirty_pages_count: int
    hash_1: int
    hash_2: int

    @classmethod
    def parse(cls, data: bytes) -> LogEntry | None:
        """Return the header that `data` begins with, None where no entry was ever written."""
        if len(data) < LAYOUT.size or not data.startswith(SIGNATURE):
            return None
        return cls._make(LAYOUT.unpack_from(data))

    def header_fault(self, data: bytes, largest_hive: int) -> str | None:
        """Say what is wrong with this header, whose bytes are `data`; `largest_hive` are the bytes that the hive bins may have."""
        if marvin32(data[:32]) != self.hash_2:
            return "the hash of its header is wrong"
        if self.size % SECTOR_SIZE or self.size < LAYOUT.size + _REFERENCE.size * self.dirty_pages_count:
            return "its sizes are impossible"
        if self.hive_bins_data_size % BLOCK_SIZE or self.hive_bins_data_size > largest_hive:
            return "its sizes are impossible"
        return None

    def body_fault(self, body: bytes) -> str | None:
        """Say what is wrong with all that follows the header."""
        if len(body) < self.size - LAYOUT.size or marvin32(body) != self.hash_1:
            return "it is cut short or the hash of its pages is wrong"
        for start, size, at in self._references(body):
            if start % SECTOR_SIZE or size % SECTOR_SIZE or start + size > self.hive_bins_data_size or at + size > len(body):
                return "it names a page outside the hive"
        return None

    def pages(self, body: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield the dirty pages of a sound entry, each with its offset from the start of the hive bins."""
        for start, size, at in self._references(body):
            yield start, body[at : at + size]

    def _references(self, body: bytes) -> Iterator[tuple[int, int, int]]:
        """Yield offset and size of each dirty page, and where it lies in `body`."""
        at = _REFERENCE.size * self.dirty_pages_count
        for start, size in _REFERENCE.iter_unpack(body[:at]):
            yield start, size, at
            at += size


def marvin32(data: bytes) -> int:
    """Return the 64-bit Marvin32 hash of `data` (a multiple of four bytes) with the seed that hive logs use."""
    low, high, mask = 0x7A4E55C5, 0x82EF4D88, _MASK
    data += b"\x80\0\0\0\0\0\0\0"
    for at in range(0, len(data), _STEP):
        part = data[at : at + _STEP]
        for word in struct.unpack(f"<{len(part) // 4}I", part):
            low = low + word & mask
            high ^= low
            low = (low << 20 | low >> 12) + high & mask
            high = (high << 9 | high >> 23) & mask ^ low
            low = (low << 27 | low >> 5) + high & mask
            high = (high << 19 | high >> 13) & mask
    return high << 32 | low
