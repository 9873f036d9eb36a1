"""Directory entries of an image in a WIM: its metadata resource, read directory by directory; little-endian.

The resource begins with security descriptors: total size (4), their number (4), the size of each (8), the descriptors. The root's entry
follows at the next multiple of 8. The entries of a directory lie in a row, each at a multiple of 8, up to one of length 0.

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 8 | length | of the entry without its streams; up to 8: the end of the directory |
| 8 | 4 | attributes | as NTFS has them |
| 12 | 4 | security descriptor | its number; -1 none |
| 16 | 8 | offset of the directory's entries | in the resource; 0 of a file, and of an empty directory |
| 24 | 16 | unused | |
| 40 | 8, 8, 8 | created, accessed, written | 100 ns since 1601, UTC |
| 64 | 20 | SHA-1 of the content | of a reparse point that of its data; zeros: empty, or among the streams |
| 84 | 4 | unknown | |
| 88 | 8 | number of the hard link | of a reparse point its tag (4) |
| 96 | 2 | streams | that follow the entry, each at a multiple of 8 |
| 98 | 2 | size of the short name | bytes |
| 100 | 2 | size of the name | bytes; UTF-16LE, then two zeros |

A stream: length (8), unused (8), SHA-1 (20), size of its name (2), the name; one without a name is the content.

Source: as of `wim_header`.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from forensic.errors import Malformed
from forensic.model import FileTime, decode_utf16
from forensic.storage.source import Source
from forensic.volumes.tree import ENTRY_LIMIT

DENTRY = struct.Struct("<QIiQ16xQQQ20s4xI4xHHH")
STREAM = struct.Struct("<Q8x20sH")
NOTHING = bytes(20)
"""In the place of the SHA-1 of what is empty."""
DIRECTORY, REPARSE, ENCRYPTED = 0x10, 0x400, 0x4000
_LISTING_LIMIT = 256 << 20
"""Bytes of the entries of one directory."""


class Dentry(NamedTuple):
    """One name in a directory, and what it stands for."""

    name: str
    attributes: int
    below: int
    """Where the entries of the directory begin; 0: it has none."""
    created: FileTime | None
    written: FileTime | None
    sha1: bytes
    tag: int
    """Of a reparse point."""
    streams: tuple[tuple[str, bytes], ...]
    """Name and SHA-1 of each further stream."""

    @property
    def is_directory(self) -> bool:
        """Whether it is a directory, or a junction."""
        return bool(self.attributes & DIRECTORY)

    @property
    def is_reparse_point(self) -> bool:
        """Whether it stands for something else."""
        return bool(self.attributes & REPARSE)


class Metadata:
    """The directory entries of one image."""

    def __init__(self, source: Source, name: str) -> None:
        """Look at the metadata resource `source`; Malformed where it cannot hold a root. `name` is that of the file, for messages."""
        self._source, self._name = source, name
        total = int.from_bytes(self._read(0, 4), "little")
        at = (max(total, 8) + 7) & ~7
        self.root = self._entry(at)[0]

    def children(self, folder: Dentry) -> list[Dentry]:
        """Return the entries of a directory; Malformed where they do not follow the format."""
        found, at, end = list[Dentry](), folder.below, folder.below + _LISTING_LIMIT
        while at:
            if int.from_bytes(self._read(at, 8), "little") <= 8:
                break
            entry, at = self._entry(at)
            found.append(entry)
            if len(found) > ENTRY_LIMIT or at > end:
                raise Malformed(f"{self._name}: a directory with more than {len(found)} entries", folder.below, code="too-much")
        return found

    def _entry(self, at: int) -> tuple[Dentry, int]:
        length, attributes, _, below, created, _, written, sha1, tag, count, short, size = DENTRY.unpack(self._read(at, DENTRY.size))
        if length < DENTRY.size + size + short or length > DENTRY.size + (1 << 18):
            raise Malformed(f"{self._name}: a directory entry of {length} bytes", at)
        name = decode_utf16(self._read(at + DENTRY.size, size))
        at += length + 7 & ~7
        streams = list[tuple[str, bytes]]()
        for _ in range(count):
            length, digest, size = STREAM.unpack(self._read(at, STREAM.size))
            if length < STREAM.size + size:
                raise Malformed(f"{self._name}: a stream entry of {length} bytes", at)
            streams.append((decode_utf16(self._read(at + STREAM.size, size)), digest))
            at += length + 7 & ~7
        if sha1 == NOTHING:
            sha1 = next((digest for stream, digest in streams if not stream), sha1)
        times = [FileTime(time) if time else None for time in (created, written)]
        named = tuple((stream, digest) for stream, digest in streams if stream)
        return Dentry(name, attributes, below, times[0], times[1], sha1, tag if attributes & REPARSE else 0, named), at

    def _read(self, at: int, size: int) -> bytes:
        data = self._source.read_at(at, size)
        if len(data) < size:
            raise Malformed(f"{self._name}: the directory entries of an image", at, size, len(data))
        return data
