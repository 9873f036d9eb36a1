"""EWF2 image (EnCase 7 Ex01): compressed chunks in any number of segment files, their numbers written in the tables.

Sections are chained backwards: the last 64 bytes of a segment file are the descriptor of its last section, whose data lie before it. All
integers are little-endian; every structure ends with its Adler-32.

File header, 32 bytes:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 8 | signature | `EVF2 0d 0a 81 00`; `LEF2…` is a logical evidence file |
| 8 | 2 | version | |
| 10 | 2 | compression | 0 none, 1 deflate, 2 bzip2 |
| 12 | 4 | segment number | from 1 |
| 16 | 16 | set identifier | the same in all segments of one image |

Section descriptor, 64 bytes:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | type | 1 device information, 2 case data, 3 chunks, 4 table, 5 acquisition errors, 8 MD5, 9 SHA-1, 11 keys, 13 next, 15 done |
| 4 | 4 | flags | 1: the MD5 below holds, 2: encrypted |
| 8 | 8 | previous | offset of the descriptor before this one; 0 in the first |
| 16 | 8 | data size | bytes, with padding |
| 24 | 4 | descriptor size | 64 |
| 28 | 4 | padding | bytes |
| 32 | 16 | MD5 | of the data |
| 48 | 12 | unknown | |
| 60 | 4 | Adler-32 | of bytes 0 to 59 |

Device information and case data are compressed UTF-16 text: a line of names and one of values, both parted by tabs; `ts` is the number
of sectors, `bp` the bytes per sector, `sb` the sectors per chunk.

Table: first chunk number (8), entries (4), unknown (4), Adler-32 of these (4), unknown (12); then 16 bytes for each entry; then the
Adler-32 of the entries (4), unknown (12). An entry: offset in the segment file (8), size (4), flags (4): 1 compressed, 2 an Adler-32
follows the bytes, 4 the first 8 bytes of the entry are a pattern that fills the chunk.

Source: J. Metz, "Expert Witness Compression Format version 2 specification" (libewf documentation).
"""

from __future__ import annotations

import bz2
import re
import struct
import zlib
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from forensic.containers.chunk import MAX_CHUNK, MAX_SIZE, Chunks, Coding, Extent
from forensic.containers.image import Image
from forensic.containers.segment import siblings, split_name
from forensic.errors import ForensicError, Malformed, NotFound, Unreadable, Unsupported
from forensic.model import Problem
from forensic.storage.source import EvidenceFile, FilePool

SIGNATURE = b"EVF2\r\n\x81\x00"
LOGICAL = b"LEF2\r\n\x81\x00"
HEADER_SIZE = 32
DESCRIPTOR_SIZE = 64
SEARCH_BLOCK = 1 << 20
SEARCH_LIMIT = 16
"""Searches for a sound section in one segment; each may read all of it."""
SECTION_LIMIT = 50_000
"""Sections in one segment."""
TEXT_LIMIT = 1 << 20
"""Bytes of device information or case data, decompressed."""
PAGE = 1 << 14
"""Table entries read at a time."""
PAGES = 16
"""Pages of table entries kept."""

_DESCRIPTOR = struct.Struct("<IIQQII28xI")
_TABLE = struct.Struct("<QI4xI12x")
_ENTRY = struct.Struct("<QII")


def detect(head: bytes, tail: bytes) -> bool:
    """Tell whether `head` begins an EWF2 segment file."""
    del tail
    return head.startswith((SIGNATURE, LOGICAL))


def open_container(file: EvidenceFile) -> Image:
    """Open the image that `file` is a segment of; a later segment leads to the first one beside it."""
    name = file.name
    if file.read_at(0, 8) == LOGICAL:
        raise Unsupported(f"{name} is a logical evidence file (Lx01): it holds copied files, not a disk")
    problems: list[Problem] = []
    roster = FilePool()
    files = _find(file, roster, problems)
    try:
        segments = {number: _Segment(roster.acquire(one), problems) for number, one in files.items()}
        try:
            return _assemble(file, segments, roster, problems)
        except Malformed:
            if any(problem.severity == "error" for problem in problems):  # damage, which libewf would pass over
                raise
        from forensic.containers import ewf_library

        return ewf_library.open_files(file, list(files.values()), roster, problems)
    except BaseException:
        for one in files.values():
            one.close()
        raise


def _number(extension: str) -> int | None:
    """Read the extensions Ex01 to Ex99, then ExAA to ExZZ, EyAA to EzZZ."""
    text = extension.upper()
    if re.fullmatch(r"EX[0-9]{2}", text):
        return int(text[2:])
    if re.fullmatch(r"E[X-Z][A-Z]{2}", text):
        return 100 + ((ord(text[1]) - ord("X")) * 26 + ord(text[2]) - ord("A")) * 26 + ord(text[3]) - ord("A")
    return None


def _find(file: EvidenceFile, roster: FilePool, problems: list[Problem]) -> dict[int, EvidenceFile]:
    """Return the segments of the same set beside `file`, by the number in them; report what is missing."""
    named = siblings(file, _number) if _number(split_name(file.name)[1]) is not None else {}
    own = file.read_at(0, 32)
    found: dict[int, EvidenceFile] = {}
    try:
        for name in dict.fromkeys([file.name, *named.values()]):
            try:
                segment = file if name == file.name else file.beside(name)
            except ForensicError as error:
                problems.append(Problem("error", name, str(error)))
                continue
            head = roster.acquire(segment).read_at(0, 32)
            number = int.from_bytes(head[12:16], "little")
            if head.startswith(SIGNATURE) and head[16:] == own[16:] and 0 < number not in found:
                found[number] = segment
            else:
                problems.append(Problem("warning", name, f"is no segment of the image that {file.name} belongs to"))
                segment.close()
    except BaseException:
        for segment in found.values():
            segment.close()
        raise
    found = dict(sorted(found.items()))
    if 1 not in found:
        raise NotFound(f"{file.name} is a later segment of an EWF image, and its first segment is not beside it")
    expected = 1
    for number in found:
        if number > expected:
            problems.append(Problem("error", file.name, f"segment {expected} of this image is missing or damaged"))
        expected = number + 1
    return found


class _Run(NamedTuple):
    """Chunks that one table lists."""

    first: int
    length: int
    file: EvidenceFile
    entries: int
    """Offset of the first entry."""


@dataclass(slots=True)
class _Segment:
    """What the sections of one segment file say."""

    file: EvidenceFile
    problems: list[Problem]
    values: dict[str, str] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    runs: list[_Run] = field(default_factory=list)
    ending: int | None = None

    def __post_init__(self) -> None:
        offset, last, visited, searches = self.file.size - DESCRIPTOR_SIZE, True, set[int](), 0
        if offset < HEADER_SIZE:
            self.problem(f"truncated: holds only {self.file.size} bytes")
        while offset >= HEADER_SIZE:
            data = self.file.read_at(offset, DESCRIPTOR_SIZE)
            if offset in visited or len(visited) >= SECTION_LIMIT:
                self.problem(f"the chain of sections runs in a circle or without end at offset {offset:#x}")
                return
            if not _sound(data):
                searches += 1
                found = self.search(offset) if searches <= SEARCH_LIMIT else 0
                self.problem(f"truncated or damaged: no section descriptor at offset {offset:#x}; the one before it is at {found:#x}")
                offset, last = found, False
                continue
            visited.add(offset)
            kind, flags, previous, size, _, padding, _ = _DESCRIPTOR.unpack(data)
            if last:
                self.ending, last = kind, False
            if flags & 2 or kind == 11:
                raise Unsupported(f"{self.file.name} is encrypted")
            self.section(kind, offset - size, size - padding)
            offset = previous

    def search(self, end: int) -> int:
        """Return the offset of the last sound descriptor before `end`; 0 where there is none."""
        # Chunks may hold another EWF image: only a descriptor whose links agree with where it lies in this file is one of ours
        while end > 0:
            start = max(0, end - SEARCH_BLOCK)
            data = self.file.read_at(start, end - start + DESCRIPTOR_SIZE)
            place = data.rfind(b"\x40\0\0\0", 0, end - start + 24)
            while place >= 24:
                candidate = data[place - 24 : place + DESCRIPTOR_SIZE - 24]
                if _sound(candidate):
                    _, _, previous, size, _, _, _ = _DESCRIPTOR.unpack(candidate)
                    offset = start + place - 24
                    if offset - size == (previous + DESCRIPTOR_SIZE if previous else HEADER_SIZE):
                        return offset
                place = data.rfind(b"\x40\0\0\0", 0, place + 3)
            end = start
        return 0

    def problem(self, what: str) -> None:
        self.problems.append(Problem("error", self.file.name, what))

    def section(self, kind: int, start: int, size: int) -> None:
        if start < HEADER_SIZE or size < 0:
            self.problem(f"section with impossible size before offset {start + size:#x}")
        elif kind in {1, 2} and not self.values.keys() >= ({"ts", "bp"} if kind == 1 else {"sb"}):
            self.text(self.file.read_at(start, min(size, TEXT_LIMIT)), start)
        elif kind == 4:
            self.table(start, size)
        elif kind == 5:
            self.problems.append(
                Problem("warning", self.file.name, "lists sectors that could not be read from the original disk at acquisition")
            )
        elif kind in {8, 9}:
            name, length = ("md5", 16) if kind == 8 else ("sha1", 20)
            data = self.file.read_at(start, length + 4)
            if zlib.adler32(data[:length]) != int.from_bytes(data[length:], "little"):
                self.problem(f"damaged {name} section at offset {start:#x}")
            elif any(data[:length]):
                self.hashes[name] = data[:length].hex()

    def text(self, data: bytes, start: int) -> None:
        method = int.from_bytes(self.file.read_at(10, 2), "little")
        inflater = bz2.BZ2Decompressor() if method == 2 else zlib.decompressobj()
        try:
            plain = inflater.decompress(data, TEXT_LIMIT)
        except (zlib.error, OSError, ValueError):
            plain = b""
        if not inflater.eof:  # also after an error
            self.problem(f"damaged text section at offset {start:#x}")
            return
        lines = plain.decode("utf-16", "replace").splitlines()
        for names, values in pairwise(lines):
            split = dict(zip(names.split("\t"), values.split("\t"), strict=False))
            if {"ts", "bp"} <= split.keys() or "sb" in split:
                self.values |= split
                return

    def table(self, start: int, size: int) -> None:
        header = self.file.read_at(start, _TABLE.size)
        if len(header) == _TABLE.size and zlib.adler32(header[:16]) == int.from_bytes(header[16:20], "little"):
            first, count, _ = _TABLE.unpack(header)
            if _TABLE.size + _ENTRY.size * count + 4 <= size:
                self.runs.append(_Run(first, count, self.file, start + _TABLE.size))
                return
        self.problem(f"damaged table at offset {start:#x}: its chunks are unreadable")


def _sound(data: bytes) -> bool:
    """Tell whether `data` are a section descriptor."""
    return len(data) == DESCRIPTOR_SIZE and zlib.adler32(data[:60]) == int.from_bytes(data[60:], "little")


def _assemble(file: EvidenceFile, segments: dict[int, _Segment], roster: FilePool, problems: list[Problem]) -> Image:
    name = file.name
    values: dict[str, str] = {}
    hashes: dict[str, str] = {}
    for segment in segments.values():
        values = segment.values | values
        hashes |= segment.hashes
    try:
        sectors, sector_size, sectors_per_chunk = (int(values[key]) for key in ("ts", "bp", "sb"))
    except (KeyError, ValueError):
        raise Malformed(f"{name}: no sound device information says how large the image is") from None
    size, chunk_size = sectors * sector_size, sectors_per_chunk * sector_size
    if not (0 <= size <= MAX_SIZE and 0 < chunk_size <= MAX_CHUNK and 0 < sector_size <= 1 << 16):
        raise Malformed(f"{name}: impossible device information: {sectors} sectors of {sector_size} bytes, {sectors_per_chunk} in a chunk")
    if not any(segment.runs for segment in segments.values()):
        raise Malformed(f"{name}: no table of chunks")
    last = segments[max(segments)]
    if last.ending == 13:
        problems.append(Problem("error", last.file.name, "the segment after this one is missing"))
    elif last.ending != 15:
        problems.append(Problem("error", last.file.name, "does not say that it is the last segment: the acquisition was not finished"))
    runs = sorted((run for segment in segments.values() for run in segment.runs if run.length), key=lambda run: run.first)
    total, known = -(-size // chunk_size), 0
    for run in runs:
        if run.first != known:
            problems.append(Problem("error", run.file.name, f"its table begins with chunk {run.first} where {known} should follow"))
        known = max(known, run.first + run.length)
    if known < total:
        problems.append(Problem("error", name, f"the tables list {known} chunks, the image has {total}"))
    chunks = _TableChunks(size, chunk_size, runs, int.from_bytes(file.read_at(10, 2), "little"), roster, problems)
    image = Image(str(file.path), "ewf2", chunks, [segment.file for segment in segments.values()], file.accounting)
    image.problems, image.sector_size, image.stored_hashes = problems, sector_size, hashes
    return image


class _TableChunks(Chunks):
    """Chunks by the tables of EWF2."""

    def __init__(self, size: int, chunk_size: int, runs: list[_Run], method: int, roster: FilePool, problems: list[Problem]) -> None:
        super().__init__(size, chunk_size, roster, problems)
        self._runs, self._firsts = runs, [run.first for run in runs]
        self._compressed: Coding = "bzip2" if method == 2 else "deflate"
        self._checked: dict[int, bool] = {}
        self._pages: OrderedDict[tuple[int, int], bytes] = OrderedDict()

    def _extent(self, number: int) -> Extent:
        place = f"media offset {number * self._chunk_size:#x}"
        index = bisect_right(self._firsts, number) - 1
        if index < 0 or number >= self._runs[index].first + self._runs[index].length:
            raise Unreadable(f"{place}: no table lists chunk {number}")
        run = self._runs[index]
        if not self._sound(index):
            raise Unreadable(f"{place}: {run.file.name}: the table at offset {run.entries:#x} is damaged")
        page, position = divmod(number - run.first, PAGE)
        data = self._page(index, run, page)
        offset, size, flags = _ENTRY.unpack_from(data, position * _ENTRY.size)
        if flags & 4:
            return Extent(run.file, run.entries + (number - run.first) * _ENTRY.size, 8, "pattern")
        coding: Coding = self._compressed if flags & 1 else "plain" if flags & 2 else "bare"
        extent = Extent(run.file, offset, min(size, self._chunk_size * 2 + 1024, run.file.size - offset), coding)
        if extent.size <= 0:
            raise self._damage(number, extent, "it lies past the end of the segment file")
        return extent

    def _sound(self, index: int) -> bool:
        known = self._checked.get(index)
        if known is None:
            run = self._runs[index]
            self._roster.acquire(run.file)
            checksum = 1
            for page in range(-(-run.length // PAGE)):
                checksum = zlib.adler32(self._page(index, run, page), checksum)
            stored = run.file.read_at(run.entries + run.length * _ENTRY.size, 4)
            known = self._checked[index] = checksum == int.from_bytes(stored, "little")
            if not known:
                what = f"the table at offset {run.entries:#x} is damaged: chunks {run.first} to {run.first + run.length - 1} are unreadable"
                self._problems.append(Problem("error", run.file.name, what))
        return known

    def _page(self, index: int, run: _Run, page: int) -> bytes:
        data = self._pages.get((index, page))
        if data is None:
            count = min(PAGE, run.length - page * PAGE)
            data = self._roster.acquire(run.file).read_at(run.entries + page * PAGE * _ENTRY.size, count * _ENTRY.size)
            self._pages[index, page] = data
            if len(self._pages) > PAGES:
                self._pages.popitem(last=False)
        return data
