"""Partition tables: which of them a disk has, an MBR, a GPT, or none."""

from __future__ import annotations

from forensic.errors import ForensicError, Unreadable
from forensic.model import Problem
from forensic.storage.source import Source
from forensic.volumes.content import identify, identify_boot_sector
from forensic.volumes.gpt import read_gpt
from forensic.volumes.mbr import PROTECTIVE, read_entries, read_mbr, signature
from forensic.volumes.partition import Partition, Table

_SECTOR_SIZES = (512, 4096)


def read_table(source: Source, sector_size: int = 512) -> Table:
    """Read the partition table of a disk; scheme `none` with one partition, the whole, where there is no table.

    `sector_size` is tried first; the other common size where that finds nothing. Unreadable when the first sector is and no GPT is found.
    """
    sizes = [sector_size, *(size for size in _SECTOR_SIZES if size != sector_size)]
    try:
        sector = source.read_at(0, 512)
    except Unreadable as error:
        gpt = read_gpt(
            source, sizes, [Problem("warning", "MBR", f"the first sector cannot be read: {error}", "second-copy-used")], backup=True
        )
        if gpt is None:
            raise
        return gpt
    bare = Table("none", sector_size, [Partition(0, source.size)])
    if identify_boot_sector(sector) is not None:
        return bare
    entries = read_entries(sector)
    protective = any(entry.type == PROTECTIVE for entry in entries)
    problems: list[Problem] = []
    if protective or not entries:
        gpt = read_gpt(source, sizes, problems, backup=protective or _is_wiped(source, sector))
        if gpt is not None:
            gpt.signature = signature(sector)
            return gpt
        problems = problems if protective else []
    if not entries:
        bare.problems = problems
        return bare
    return read_mbr(source, sector, entries, sizes, problems)


def _is_wiped(source: Source, sector: bytes) -> bool:
    """Whether a disk begins with zeros and with nothing that is known to begin so: the backup of a GPT may be left."""
    try:
        return not any(sector) and identify(source)[0] in {"empty", "unknown"}
    except ForensicError:
        return True
