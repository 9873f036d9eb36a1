"""Segment files of an EWF1 image: the chain of sections in each, and what it says about where the chunks lie."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from forensic.containers.ewf_section import (
    DESCRIPTOR,
    DIGEST,
    ERROR,
    ERRORS,
    FILE_HEADER,
    HASH,
    LOGICAL,
    SIGNATURE,
    SMART_VOLUME,
    TABLE,
    VOLUME,
    Descriptor,
    Geometry,
    TableHeader,
    is_sealed,
    parse_hashes,
)
from forensic.errors import Unreadable
from forensic.model import Problem
from forensic.storage.file import EvidenceFile

SECTION_LIMIT = 50_000
"""Sections in one segment; an image of 1 TB in one segment has some 8,000."""
SCAN_LIMIT = 16
"""Searches for the next sound section in one segment; each may read all of it."""
ERRORS_SHOWN = 20
_HEAD = 2048
_SCANNED = 1 << 20
_ENTRY = 4
_TYPES = re.compile(rb"(?:table2?|sectors|next|done|data|hash|digest|error2|volume|disk)\0{6,}")


class Table(msgspec.Struct):
    """A run of chunks whose places one `table` section (and its copy) lists."""

    file: EvidenceFile
    count: int
    base: int
    copies: list[int]
    """Offsets of the first entry in `table` and in `table2`."""
    end: int
    """Offset in the file of the first byte after the chunks' data."""
    from_copy: bool
    """Made from a `table2` whose `table` is damaged."""


class Gap(msgspec.Struct):
    """A place in the sequence of tables where an unknown number of chunks is lost."""

    why: str
    file: EvidenceFile | None = None
    start: int = 0
    end: int = 0
    """Where in `file` the first of them lie, as far as their `sectors` section says it and no table does; 0 where nothing does."""
    code: str = ""
    """Of the problem that it is, where it has one of its own."""


class Segment(msgspec.Struct):
    """What one segment file holds."""

    file: EvidenceFile
    number: int
    """As the file says."""
    begins: bool = False
    """Has a section that only a first segment has."""
    parts: list[Table | Gap] = []
    geometry: Geometry | None = None
    hashes: dict[str, str] = {}
    ending: str | None = None
    """`next`, `done`, or None where the chain breaks off."""
    unread: list[tuple[int, int]] = []
    """First sector and number of sectors of each place that could not be read from the original disk at acquisition."""
    lists: list[tuple[int, int]] = []
    """First byte and end of each list of files, which only logical evidence files (L01) have."""
    problems: list[Problem] = []


def segment_number(head: bytes) -> int | None:
    """Return the segment number in the first bytes of a segment file; None where they are none.

    A file whose signature is damaged but whose first section descriptor is sound still counts.
    """
    if len(head) < FILE_HEADER.size:
        return None
    if head.startswith((SIGNATURE, LOGICAL)) or Descriptor.parse(head[FILE_HEADER.size :], FILE_HEADER.size) is not None:
        return _number(head)
    return None


def _number(head: bytes) -> int:
    number: int = FILE_HEADER.unpack_from(head.ljust(FILE_HEADER.size, b"\0"))[1]
    return number


def read_segment(file: EvidenceFile) -> Segment:
    """Follow the chain of sections of a segment file; damage ends in `Gap` parts and problems, never in wrong places."""
    return _Walk(file).run()


BAD_SECTORS = "unread-at-acquisition"
ERRORS_KEPT = 1 << 16
"""Places that could not be read at acquisition, of one segment, that are known when something is read there."""


class _Walk:
    """One pass over the sections of one segment file."""

    def __init__(self, file: EvidenceFile) -> None:
        self.file = file
        self.head = file.read_at(0, _HEAD)
        self.segment = Segment(file, _number(self.head))
        self.sectors: tuple[int, int] | None = None
        """First byte and end of the chunks whose table is still to come."""
        self.table_lost = False
        self.scans = 0

    def at(self, offset: int, size: int) -> bytes:
        if offset + size <= len(self.head):
            return self.head[offset : offset + size]
        return self.file.read_at(offset, size)

    def problem(self, what: str, severity: Literal["warning", "error"] = "error", code: str = "") -> None:
        self.segment.problems.append(Problem(severity, self.file.name, what, code))

    def gap(self, why: str, code: str = "") -> None:
        self.problem(why, code=code)
        self.segment.parts.append(Gap(f"{self.file.name}: {why}", self.file, *(self.sectors or (0, 0)), code))

    def run(self) -> Segment:
        offset, visited = FILE_HEADER.size, set[int]()
        if not self.head.startswith((SIGNATURE, LOGICAL)):
            self.problem("the signature is damaged; its first section says that it is a segment file", "warning")
        while True:
            if offset in visited or len(visited) >= SECTION_LIMIT:
                self.gap(f"the chain of sections runs in a circle or without end at offset {offset:#x}")
                break
            visited.add(offset)
            try:
                data = self.at(offset, DESCRIPTOR.size + TABLE.size)  # a table's header comes along with its descriptor
                section = Descriptor.parse(data, offset)
                if section is None:
                    following = self.resume(data, offset)
                    if following is None:
                        break
                    offset = following
                    continue
                self.section(section, data[DESCRIPTOR.size :])
            except Unreadable as error:
                self.gap(str(error))
                break
            if section.type in {"next", "done"}:
                self.segment.ending = section.type
                break
            offset = section.next if section.next != section.offset else section.offset + max(section.size, DESCRIPTOR.size)
        return self.segment

    def resume(self, data: bytes, offset: int) -> int | None:
        """Find the next section after a damaged descriptor; None where there is none."""
        if offset + DESCRIPTOR.size > self.file.size:
            self.gap(f"truncated: a section should begin at offset {offset:#x}, the file ends at {self.file.size:#x}", "truncated-image")
            return None
        following: int
        size: int
        _, following, size, _ = DESCRIPTOR.unpack_from(data)
        for candidate in (following, offset + size):
            if offset < candidate < self.file.size and Descriptor.parse(self.at(candidate, DESCRIPTOR.size), candidate) is not None:
                self.gap(f"damaged section descriptor at offset {offset:#x}; continued with the section at {candidate:#x}")
                return candidate
        self.scans += 1
        found = self.scan(offset + 1) if self.scans <= SCAN_LIMIT else None
        if found is None:
            self.gap(f"damaged section descriptor at offset {offset:#x}, and no section after it")
        else:
            self.gap(f"damaged section descriptor at offset {offset:#x}; the next sound section was found by search at {found:#x}")
        return found

    def scan(self, offset: int) -> int | None:
        # Chunks may hold another EWF image: only a descriptor whose links agree with where it lies in this file is one of ours
        while offset < self.file.size:
            data = self.file.read_at(offset, _SCANNED + DESCRIPTOR.size)
            for match in _TYPES.finditer(data):
                start = match.start()
                section = Descriptor.parse(data[start : start + DESCRIPTOR.size], offset + start)
                if section is None:
                    continue
                last = section.type in {"next", "done"}
                if section.next == section.offset + section.size or (last and section.next == section.offset):
                    return offset + start
            offset += _SCANNED
        return None

    def section(self, section: Descriptor, body: bytes) -> None:
        if section.type in {"header", "header2", "volume", "disk"}:
            self.segment.begins = True
        if section.type in {"volume", "disk", "data"}:
            self.geometry(section)
        elif section.type == "sectors":
            self.sectors = section.content, section.end
        elif section.type in {"table", "table2"}:
            self.table(section, body)
        elif section.type == "hash":
            self.hashes(section, HASH.size)
        elif section.type == "digest":
            self.hashes(section, DIGEST.size)
        elif section.type == "error2":
            self.errors(section)
        elif section.type == "ltree":
            self.segment.lists.append((section.content, section.end))

    def geometry(self, section: Descriptor) -> None:
        size = VOLUME.size if section.end - section.content >= VOLUME.size else SMART_VOLUME.size
        data = self.at(section.content, size)
        geometry = Geometry.parse(data) if len(data) == size else None
        if geometry is None:
            self.problem(f"damaged {section.type} section at offset {section.offset:#x}")
        elif not geometry.is_possible:
            self.problem(
                f"impossible {section.type} section at offset {section.offset:#x}: "
                f"{geometry.sectors} sectors of {geometry.bytes_per_sector} bytes, {geometry.sectors_per_chunk} in a chunk"
            )
        elif self.segment.geometry is None:
            self.segment.geometry = geometry

    def table(self, section: Descriptor, data: bytes) -> None:
        start = section.content + TABLE.size
        header = TableHeader.parse(data)
        if header is not None and (header.base > self.file.size or start + _ENTRY * header.entries > self.file.size):
            header = None
        parts = self.segment.parts
        before = parts[-1] if parts else None
        if section.type == "table2" and isinstance(before, Table) and not before.from_copy and len(before.copies) == 1:
            if header == (before.count, before.base):
                before.copies.append(start)
            else:
                self.problem(f"damaged table2 section at offset {section.offset:#x}", "warning")
        elif header is None:
            self.gap(f"damaged {section.type} section at offset {section.offset:#x}")
            self.table_lost = section.type == "table"
        else:
            if section.type == "table2" and self.table_lost:
                parts.pop()
            self.table_lost = False
            first, end = self.sectors or (0, section.end)
            for part in parts:
                if isinstance(part, Gap) and part.start == first:
                    part.start = 0
            parts.append(Table(self.file, header.entries, header.base, [start], min(end, self.file.size), section.type == "table2"))
            self.sectors = None

    def hashes(self, section: Descriptor, size: int) -> None:
        data = self.at(section.content, size)
        values = parse_hashes(section.type, data) if len(data) == size else None
        if values is None:
            self.problem(f"damaged {section.type} section at offset {section.offset:#x}", "warning")
            return
        for name, value in values.items():
            if any(value) and self.segment.hashes.setdefault(name, value.hex()) != value.hex():
                self.problem(f"two different values of {name} are stored", code="container-malformed")

    def errors(self, section: Descriptor) -> None:
        header = self.at(section.content, ERRORS.size)
        count, _ = ERRORS.unpack(header) if len(header) == ERRORS.size else (0, 0)
        if len(header) < ERRORS.size or not is_sealed(header) or ERROR.size * count > self.file.size - section.content:
            self.problem(f"damaged error2 section at offset {section.offset:#x}", "warning")
            return
        shown, kept = min(count, ERRORS_SHOWN), min(count, ERRORS_KEPT)
        pairs = self.at(section.content + ERRORS.size, ERROR.size * kept)
        self.segment.unread = [(first, sectors) for first, sectors in ERROR.iter_unpack(pairs[: len(pairs) // ERROR.size * ERROR.size])]
        for first, sectors in self.segment.unread[:shown]:
            self.problem(
                f"could not be read from the original disk at acquisition: {sectors} sectors from sector {first}", "warning", BAD_SECTORS
            )
        if count > shown:
            self.problem(
                f"and {count - shown} more places that could not be read from the original disk at acquisition", "warning", BAD_SECTORS
            )
