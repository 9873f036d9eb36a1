"""Partition: a part of a disk as its table states it; Table: all of them."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import msgspec

from forensic.model import Problem, Span
from forensic.storage.source import Source


class Partition(msgspec.Struct, frozen=True):
    """One partition as its table states it."""

    start: int
    """Bytes from the start of the disk."""
    size: int
    """Bytes."""
    type: str = ""
    """MBR: `0x07`; GPT: the type GUID; empty for a bare volume."""
    guid: Span | None = None
    """GPT: the partition's own GUID, 16 bytes as they are stored."""
    name: str = ""
    """GPT: the partition's name."""


class Table(msgspec.Struct):
    """What the partition table of a disk says."""

    scheme: Literal["gpt", "mbr", "none"]
    sector_size: int
    partitions: list[Partition]
    signature: Span | None = None
    guid: Span | None = None
    problems: list[Problem] = []

    def add(self, source: Source, partition: Partition) -> None:
        """Add a partition of the disk `source`, with a problem where it does not lie inside that."""
        self.partitions.append(partition)
        where, end = f"p{len(self.partitions)}", partition.start + partition.size
        if partition.size == 0 or partition.start >= source.size:
            self.problems.append(
                Problem(
                    "error",
                    where,
                    f"the partition at {partition.start:#x} lies outside the image of {source.size} bytes",
                    "truncated-image" if partition.size else "table-damaged",
                )
            )
        elif end > source.size:
            self.problems.append(
                Problem("error", where, f"the image ends {end - source.size} bytes before the partition does", "truncated-image")
            )

    def note_overlaps(self) -> None:
        """Note the partitions that begin before another one ends."""
        order = sorted(range(len(self.partitions)), key=lambda number: self.partitions[number].start)
        for before, after in pairwise(order):
            if self.partitions[before].start + self.partitions[before].size > self.partitions[after].start:
                self.problems.append(Problem("warning", f"p{after + 1}", f"the partition overlaps with p{before + 1}"))
