"""EWF sections: what the segment files of an EWF1 image (E01, SMART S01) say about where its chunks lie.

A segment file is a file header followed by a chain of sections. All integers are little-endian; every structure ends with its Adler-32.

File header, 13 bytes:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 8 | signature | `EVF 09 0d 0a ff 00`; `LVF…` is a logical evidence file |
| 8 | 1 | start of fields | 1 |
| 9 | 2 | segment number | from 1 |
| 11 | 2 | end of fields | 0 |

Section descriptor, 76 bytes; the first follows the file header:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 16 | type | ASCII, padded with zeros |
| 16 | 8 | next section | from the start of the file; of `next` and `done` their own offset (or the end of the file) |
| 24 | 8 | section size | bytes with this descriptor |
| 32 | 40 | unknown | |
| 72 | 4 | Adler-32 | of bytes 0 to 71 |

`volume` (or `disk`; repeated as `data` in the later segments): 1052 bytes, in SMART images 94:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | media type | in SMART images unknown |
| 4 | 4 | chunks | |
| 8 | 4 | sectors per chunk | |
| 12 | 4 | bytes per sector | |
| 16 | 8 | sectors | in SMART images 4 bytes |
| 64 | 16 | set identifier | the same in all segments of one image; zero in older ones; not in SMART images |
| 1048 | 4 | Adler-32 | of all before it; at 90 in SMART images |

`table`, and its copy `table2`:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | entries | |
| 4 | 4 | unknown | |
| 8 | 8 | base offset | of all entries, in the segment file; 0 in older images |
| 16 | 4 | unknown | |
| 20 | 4 | Adler-32 | of bytes 0 to 19 |
| 24 | 4 each | entries | bit 31: compressed; bits 0 to 30: offset of the chunk from the base |
| | 4 | Adler-32 | of the entries; not in SMART images |

A chunk reaches to the next one, the last of a table to the end of the `sectors` section that holds them; in SMART images the chunks
lie in the table section itself. Entries carry no chunk number: chunks are numbered through the tables of all segments in order.

`hash`: MD5 at 0, Adler-32 at 32. `digest`: MD5 at 0, SHA-1 at 16, Adler-32 at 76. `error2`: count at 0, Adler-32 at 516, then pairs of
32-bit first sector and number of sectors, then their Adler-32.

Source: J. Metz, "Expert Witness Compression Format specification" (libewf documentation).
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import Literal, NamedTuple

import msgspec

from forensic.containers.chunk import MAX_CHUNK, MAX_SIZE
from forensic.errors import Unreadable, Unsupported
from forensic.model import Problem
from forensic.storage.source import EvidenceFile

SIGNATURE = b"EVF\x09\x0d\x0a\xff\x00"
LOGICAL = b"LVF\x09\x0d\x0a\xff\x00"
HEADER_SIZE = 13
DESCRIPTOR_SIZE = 76
TABLE_HEADER_SIZE = 24
SMART_VOLUME_SIZE = 94
VOLUME_SIZE = 1052
SECTION_LIMIT = 50_000
"""Sections in one segment; an image of 1 TB in one segment has some 8,000."""
SCAN_LIMIT = 16
"""Searches for the next sound section in one segment; each may read all of it."""
ERRORS_SHOWN = 20

_DESCRIPTOR = struct.Struct("<16sQQ40xI")
_TABLE = struct.Struct("<I4xQ4xI")
_TYPES = re.compile(rb"(?:table2?|sectors|next|done|data|hash|digest|error2|volume|disk)\0{6,}")


class Descriptor(NamedTuple):
    """Head of a section."""

    type: str
    offset: int
    next: int
    size: int

    @property
    def end(self) -> int:
        """Offset of the first byte after the section."""
        return self.next if self.next > self.offset else self.offset + max(self.size, DESCRIPTOR_SIZE)


class Geometry(NamedTuple):
    """What a `volume` or `data` section says."""

    chunks: int
    sectors_per_chunk: int
    bytes_per_sector: int
    sectors: int
    set_identifier: bytes
    smart: bool

    @property
    def chunk_size(self) -> int:
        """Bytes of media in a chunk."""
        return self.sectors_per_chunk * self.bytes_per_sector

    @property
    def size(self) -> int:
        """Bytes of media."""
        return self.sectors * self.bytes_per_sector


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
    problems: list[Problem] = []


def segment_number(head: bytes) -> int | None:
    """Return the segment number in the first bytes of a segment file; None where they are none.

    A file whose signature is damaged but whose first section descriptor is sound still counts.
    """
    if len(head) < HEADER_SIZE:
        return None
    if head.startswith((SIGNATURE, LOGICAL)) or _descriptor(head[HEADER_SIZE:], HEADER_SIZE) is not None:
        return int.from_bytes(head[9:11], "little")
    return None


def read_segment(file: EvidenceFile) -> Segment:
    """Follow the chain of sections of a segment file; damage ends in `Gap` parts and problems, never in wrong places."""
    return _Walk(file).run()


def _descriptor(data: bytes, offset: int) -> Descriptor | None:
    if len(data) < DESCRIPTOR_SIZE:
        return None
    kind, following, size, checksum = _DESCRIPTOR.unpack_from(data)
    if zlib.adler32(data[:72]) != checksum:
        return None
    return Descriptor(kind.rstrip(b"\0").decode("ascii", "replace"), offset, following, size)


class _Walk:
    """One pass over the sections of one segment file."""

    def __init__(self, file: EvidenceFile) -> None:
        self.file = file
        self.head = file.read_at(0, 2048)
        self.segment = Segment(file, int.from_bytes(self.head[9:11], "little"))
        self.sectors: tuple[int, int] | None = None
        """First byte and end of the chunks whose table is still to come."""
        self.table_lost = False
        self.scans = 0

    def at(self, offset: int, size: int) -> bytes:
        if offset + size <= len(self.head):
            return self.head[offset : offset + size]
        return self.file.read_at(offset, size)

    def problem(self, what: str, severity: Literal["warning", "error"] = "error") -> None:
        self.segment.problems.append(Problem(severity, self.file.name, what))

    def gap(self, why: str) -> None:
        self.problem(why)
        self.segment.parts.append(Gap(f"{self.file.name}: {why}", self.file, *(self.sectors or ())))

    def run(self) -> Segment:
        offset, visited = HEADER_SIZE, set[int]()
        if not self.head.startswith((SIGNATURE, LOGICAL)):
            self.problem("the signature is damaged; its first section says that it is a segment file", "warning")
        while True:
            if offset in visited or len(visited) >= SECTION_LIMIT:
                self.gap(f"the chain of sections runs in a circle or without end at offset {offset:#x}")
                break
            visited.add(offset)
            try:
                data = self.at(offset, DESCRIPTOR_SIZE + TABLE_HEADER_SIZE)  # a table's header comes along with its descriptor
                section = _descriptor(data, offset)
                if section is None:
                    following = self.resume(data, offset)
                    if following is None:
                        break
                    offset = following
                    continue
                self.section(section, data[DESCRIPTOR_SIZE:])
            except Unreadable as error:
                self.gap(str(error))
                break
            if section.type in {"next", "done"}:
                self.segment.ending = section.type
                break
            offset = section.next if section.next != section.offset else section.offset + max(section.size, DESCRIPTOR_SIZE)
        return self.segment

    def resume(self, data: bytes, offset: int) -> int | None:
        """Find the next section after a damaged descriptor; None where there is none."""
        if offset + DESCRIPTOR_SIZE > self.file.size:
            self.gap(f"truncated: a section should begin at offset {offset:#x}, the file ends at {self.file.size:#x}")
            return None
        following: int
        size: int
        _, following, size, _ = _DESCRIPTOR.unpack_from(data)
        for candidate in (following, offset + size):
            if offset < candidate < self.file.size and _descriptor(self.at(candidate, DESCRIPTOR_SIZE), candidate) is not None:
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
        block = 1 << 20
        while offset < self.file.size:
            data = self.file.read_at(offset, block + DESCRIPTOR_SIZE)
            for match in _TYPES.finditer(data):
                start = match.start()
                section = _descriptor(data[start : start + DESCRIPTOR_SIZE], offset + start)
                if section is None:
                    continue
                last = section.type in {"next", "done"}
                if section.next == section.offset + section.size or (last and section.next == section.offset):
                    return offset + start
            offset += block
        return None

    def section(self, section: Descriptor, body: bytes) -> None:
        if section.type in {"header", "header2", "volume", "disk"}:
            self.segment.begins = True
        if section.type in {"volume", "disk", "data"}:
            self.geometry(section)
        elif section.type == "sectors":
            self.sectors = section.offset + DESCRIPTOR_SIZE, section.end
        elif section.type in {"table", "table2"}:
            self.table(section, body)
        elif section.type == "hash":
            self.hashes(section, 32, (("md5", 0, 16),))
        elif section.type == "digest":
            self.hashes(section, 76, (("md5", 0, 16), ("sha1", 16, 20)))
        elif section.type == "error2":
            self.errors(section)
        elif section.type in {"ltree", "ltypes"}:
            raise Unsupported(f"{self.file.name} is a logical evidence file (L01): it holds copied files, not a disk")

    def geometry(self, section: Descriptor) -> None:
        size = section.end - section.offset - DESCRIPTOR_SIZE
        smart = size < VOLUME_SIZE
        size = SMART_VOLUME_SIZE if smart else VOLUME_SIZE
        data = self.at(section.offset + DESCRIPTOR_SIZE, size)
        if len(data) < size or zlib.adler32(data[:-4]) != int.from_bytes(data[-4:], "little"):
            self.problem(f"damaged {section.type} section at offset {section.offset:#x}")
            return
        _, chunks, sectors_per_chunk, bytes_per_sector, sectors = struct.unpack_from("<IIIII" if smart else "<IIIIQ", data)
        geometry = Geometry(chunks, sectors_per_chunk, bytes_per_sector, sectors, b"" if smart else data[64:80], smart)
        if not (0 < geometry.chunk_size <= MAX_CHUNK and bytes_per_sector <= 1 << 16 and geometry.size <= MAX_SIZE):
            self.problem(
                f"impossible {section.type} section at offset {section.offset:#x}: "
                f"{sectors} sectors of {bytes_per_sector} bytes, {sectors_per_chunk} in a chunk"
            )
        elif self.segment.geometry is None:
            self.segment.geometry = geometry

    def table(self, section: Descriptor, header: bytes) -> None:
        start = section.offset + DESCRIPTOR_SIZE + TABLE_HEADER_SIZE
        sound = False
        count = base = 0
        if len(header) == TABLE_HEADER_SIZE:
            count, base, checksum = _TABLE.unpack(header)
            sound = zlib.adler32(header[:20]) == checksum and base <= self.file.size and start + 4 * count <= self.file.size
        parts = self.segment.parts
        before = parts[-1] if parts else None
        if section.type == "table2" and isinstance(before, Table) and not before.from_copy and len(before.copies) == 1:
            if sound and (before.count, before.base) == (count, base):
                before.copies.append(start)
            else:
                self.problem(f"damaged table2 section at offset {section.offset:#x}", "warning")
        elif not sound:
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
            parts.append(Table(self.file, count, base, [start], min(end, self.file.size), section.type == "table2"))
            self.sectors = None

    def hashes(self, section: Descriptor, covered: int, values: tuple[tuple[str, int, int], ...]) -> None:
        data = self.at(section.offset + DESCRIPTOR_SIZE, covered + 4)
        if len(data) < covered + 4 or zlib.adler32(data[:covered]) != int.from_bytes(data[covered:], "little"):
            self.problem(f"damaged {section.type} section at offset {section.offset:#x}", "warning")
            return
        for name, offset, size in values:
            value = data[offset : offset + size]
            if any(value) and self.segment.hashes.setdefault(name, value.hex()) != value.hex():
                self.problem(f"two different values of {name} are stored")

    def errors(self, section: Descriptor) -> None:
        start = section.offset + DESCRIPTOR_SIZE
        header = self.at(start, 520)
        count = int.from_bytes(header[:4], "little")
        if len(header) < 520 or zlib.adler32(header[:516]) != int.from_bytes(header[516:], "little") or 8 * count > self.file.size - start:
            self.problem(f"damaged error2 section at offset {section.offset:#x}", "warning")
            return
        shown = min(count, ERRORS_SHOWN)
        pairs = self.at(start + 520, 8 * shown)
        for first, sectors in struct.iter_unpack("<II", pairs[: len(pairs) // 8 * 8]):
            self.problem(f"could not be read from the original disk at acquisition: {sectors} sectors from sector {first}", "warning")
        if count > shown:
            self.problem(f"and {count - shown} more places that could not be read from the original disk at acquisition", "warning")
