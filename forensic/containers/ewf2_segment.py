"""Segment files of an EWF2 image: the chain of sections in each, and what it says about where the chunks lie.

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
import struct
import zlib
from itertools import pairwise
from typing import NamedTuple

import msgspec

from forensic.containers.formats import ENCRYPTED_EWF2
from forensic.model import Problem
from forensic.storage.file import EvidenceFile

SIGNATURE = b"EVF2\r\n\x81\x00"
FILE_HEADER = struct.Struct("<8sHHI16s")
DESCRIPTOR = struct.Struct("<IIQQII28xI")
TABLE, ENTRY = struct.Struct("<QI4xI12x"), struct.Struct("<QII")
BZIP2 = 2
NEXT, DONE = 13, 15
_DEVICE, _CASE, _TABLE, _ERRORS, _MD5, _SHA1, _KEYS = 1, 2, 4, 5, 8, 9, 11
_ENCRYPTED = 2
SEARCH_BLOCK = 1 << 20
SEARCH_LIMIT = 16
"""Searches for a sound section in one segment; each may read all of it."""
SECTION_LIMIT = 50_000
"""Sections in one segment."""
TEXT_LIMIT = 1 << 20
"""Bytes of device information or case data, decompressed."""


class FileHeader(NamedTuple):
    """The first bytes of a segment file."""

    signature: bytes
    version: int
    compression: int
    number: int
    set_identifier: bytes

    @classmethod
    def read(cls, file: EvidenceFile) -> FileHeader:
        """Read the header of `file`; what is cut short is zeros, which are no segment's."""
        return cls._make(FILE_HEADER.unpack(file.read_at(0, FILE_HEADER.size).ljust(FILE_HEADER.size, b"\0")))


class Run(NamedTuple):
    """Chunks that one table lists."""

    first: int
    length: int
    file: EvidenceFile
    entries: int
    """Offset of the first entry."""


class Segment(msgspec.Struct):
    """What the sections of one segment file say."""

    file: EvidenceFile
    values: dict[str, str] = {}
    """Device information and case data, by their short names."""
    hashes: dict[str, str] = {}
    runs: list[Run] = []
    ending: int | None = None
    """Type of the last section."""


def read_segment(file: EvidenceFile, problems: list[Problem]) -> Segment:
    """Follow the chain of sections of a segment file from its end; damage is added to `problems`."""
    return _Walk(file, problems).run()


class _Walk:
    """One pass over the sections of one segment file."""

    def __init__(self, file: EvidenceFile, problems: list[Problem]) -> None:
        self.file, self.problems, self.segment = file, problems, Segment(file)

    def run(self) -> Segment:
        offset, last, visited, searches = self.file.size - DESCRIPTOR.size, True, set[int](), 0
        if offset < FILE_HEADER.size:
            self.problem(f"truncated: holds only {self.file.size} bytes", "truncated-image")
        while offset >= FILE_HEADER.size:
            data = self.file.read_at(offset, DESCRIPTOR.size)
            if offset in visited or len(visited) >= SECTION_LIMIT:
                self.problem(f"the chain of sections runs in a circle or without end at offset {offset:#x}", "container-malformed")
                break
            if not _sound(data):
                searches += 1
                found = self.search(offset) if searches <= SEARCH_LIMIT else 0
                what = f"truncated or damaged: no section descriptor at offset {offset:#x}; the one before it is at {found:#x}"
                self.problem(what, "truncated-image")
                offset, last = found, False
                continue
            visited.add(offset)
            kind, flags, previous, size, _, padding, _ = DESCRIPTOR.unpack(data)
            if last:
                self.segment.ending, last = kind, False
            if flags & _ENCRYPTED or kind == _KEYS:
                raise ENCRYPTED_EWF2.of(self.file.name)
            self.section(kind, offset - size, size - padding)
            offset = previous
        return self.segment

    def search(self, end: int) -> int:
        """Return the offset of the last sound descriptor before `end`; 0 where there is none."""
        # Chunks may hold another EWF image: only a descriptor whose links agree with where it lies in this file is one of ours
        while end > 0:
            start = max(0, end - SEARCH_BLOCK)
            data = self.file.read_at(start, end - start + DESCRIPTOR.size)
            place = data.rfind(b"\x40\0\0\0", 0, end - start + 24)
            while place >= 24:
                candidate = data[place - 24 : place + DESCRIPTOR.size - 24]
                if _sound(candidate):
                    _, _, previous, size, _, _, _ = DESCRIPTOR.unpack(candidate)
                    offset = start + place - 24
                    if offset - size == (previous + DESCRIPTOR.size if previous else FILE_HEADER.size):
                        return offset
                place = data.rfind(b"\x40\0\0\0", 0, place + 3)
            end = start
        return 0

    def problem(self, what: str, code: str = "") -> None:
        self.problems.append(Problem("error", self.file.name, what, code))

    def section(self, kind: int, start: int, size: int) -> None:
        if start < FILE_HEADER.size or size < 0:
            self.problem(f"section with impossible size before offset {start + size:#x}", "container-malformed")
        elif kind in {_DEVICE, _CASE} and not self.segment.values.keys() >= ({"ts", "bp"} if kind == _DEVICE else {"sb"}):
            self.text(self.file.read_at(start, min(size, TEXT_LIMIT)), start)
        elif kind == _TABLE:
            self.table(start, size)
        elif kind == _ERRORS:
            what = "lists sectors that could not be read from the original disk at acquisition"
            self.problems.append(Problem("warning", self.file.name, what, "unread-at-acquisition"))
        elif kind in {_MD5, _SHA1}:
            name, length = ("md5", 16) if kind == _MD5 else ("sha1", 20)
            data = self.file.read_at(start, length + 4)
            if zlib.adler32(data[:length]) != int.from_bytes(data[length:], "little"):
                self.problem(f"damaged {name} section at offset {start:#x}")
            elif any(data[:length]):
                self.segment.hashes[name] = data[:length].hex()

    def text(self, data: bytes, start: int) -> None:
        inflater = bz2.BZ2Decompressor() if FileHeader.read(self.file).compression == BZIP2 else zlib.decompressobj()
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
                self.segment.values |= split
                return

    def table(self, start: int, size: int) -> None:
        header = self.file.read_at(start, TABLE.size)
        if len(header) == TABLE.size and zlib.adler32(header[:16]) == int.from_bytes(header[16:20], "little"):
            first, count, _ = TABLE.unpack(header)
            if TABLE.size + ENTRY.size * count + 4 <= size:
                self.segment.runs.append(Run(first, count, self.file, start + TABLE.size))
                return
        self.problem(f"damaged table at offset {start:#x}: its chunks are unreadable", "damaged-chunk")


def _sound(data: bytes) -> bool:
    """Tell whether `data` are a section descriptor."""
    return len(data) == DESCRIPTOR.size and zlib.adler32(data[:60]) == int.from_bytes(data[60:], "little")
