"""Dirty vector: the pages of a transaction log of the old format (file type 1 since Windows XP, 2 before; until Windows 8).

From the log's second sector on (Windows registry file format specification, M. Suhanov; a sector has 512 bytes times the clustering
factor):

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | signature | `DIRT` |
| 4 | 1 per 4096 bytes of hive bins | bitmap | one bit for each 512 bytes of the hive bins, lowest bit first |
| next sector | 512 each | dirty pages | of each bit that is set, in order |
"""

from __future__ import annotations

from forensic.errors import Malformed
from forensic.registry.base_block import BLOCK_SIZE, SECTOR_SIZE, BaseBlock
from forensic.storage.source import Source

SIGNATURE = b"DIRT"


def read_dirty_pages(log: Source, base: BaseBlock, *, largest_hive: int, limit: int) -> dict[int, bytes]:
    """Return the sectors of the hive file, 512 bytes each by number, that a log with the base block `base` replaces.

    Malformed where the log is cut short or damaged, or wants more than `largest_hive` bytes of hive bins or `limit` bytes of log.
    """
    size, sector = base.hive_bins_data_size, SECTOR_SIZE * max(1, base.clustering_factor)
    if size % BLOCK_SIZE or size > largest_hive or sector > BLOCK_SIZE:
        raise Malformed("sizes in its base block", 40)
    vector = log.read_at(sector, len(SIGNATURE) + size // BLOCK_SIZE)
    if not vector.startswith(SIGNATURE) or len(vector) < len(SIGNATURE) + size // BLOCK_SIZE:
        raise Malformed("bitmap of pages", sector)
    at = sector + -(-len(vector) // sector) * sector
    pages: dict[int, bytes] = {}
    for index, bits in enumerate(vector[len(SIGNATURE) :]):
        if not bits:
            continue
        if at > limit:
            raise Malformed(f"more than {limit} bytes of pages,", at, code="too-much")
        count = bits.bit_count()
        data = log.read_at(at, SECTOR_SIZE * count)
        if len(data) < SECTOR_SIZE * count:
            raise Malformed("pages", at, SECTOR_SIZE * count, len(data))
        at += SECTOR_SIZE * count
        marked = [8 * index + bit for bit in range(8) if bits >> bit & 1]
        for position, number in enumerate(marked):
            page = data[SECTOR_SIZE * position : SECTOR_SIZE * (position + 1)]
            if page[:4] == b"hbin" and int.from_bytes(page[4:8], "little") != SECTOR_SIZE * number:
                raise Malformed("a hive bin in the wrong place,", at)
            pages[BLOCK_SIZE // SECTOR_SIZE + number] = page
    return pages
