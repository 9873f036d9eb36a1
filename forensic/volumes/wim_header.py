r"""Header of a WIM file, and the entries that say where its parts lie; little-endian.

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 8 | magic | `MSWIM\0\0\0`; `WLPWM\0\0\0` of one that was written to be piped |
| 8 | 4 | size of the header | 208 |
| 12 | 4 | version | 0x10D00; 0xE00 with solid resources (ESD) |
| 16 | 4 | flags | 0x8 part of a split one, 0x40 being written, 0x20000 XPRESS, 0x40000 LZX, 0x80000 LZMS |
| 20 | 4 | chunk size | bytes; 0: 32,768 |
| 24 | 16 | GUID | the same in all parts |
| 40 | 2 | part number | from 1 |
| 42 | 2 | parts | |
| 44 | 4 | images | |
| 48 | 24 | resource: blob table | |
| 72 | 24 | resource: XML | |
| 96 | 24, 4 | resource: metadata of the image that is started, and its number | not needed |
| 124 | 24 | resource: integrity table | not needed |

A resource entry: size in the file (7), flags (1; 0x2 metadata, 0x4 compressed, 0x10 solid), offset (8), size when unpacked (8). An entry of
the blob table: a resource entry, part number (2), references (4), SHA-1 of what is unpacked (20). In a row of entries with the flag *solid*
those whose unpacked size is 2**32 name solid resources; the others lie in these, at an offset into all that they unpack to, one after
another, with their size in the place of the size in the file.

Source: `wimlib`, documentation of the WIM file format; Microsoft, *Windows Imaging File Format (WIM)*.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from forensic.errors import Malformed, Unsupported
from forensic.storage.source import Source

HEADER = struct.Struct("<12xIII16sHHI24s24s112x")
ENTRY = struct.Struct("<QQQ")
BLOB_SIZE, SHA1_AT = 50, 30
METADATA, COMPRESSED, SOLID = 0x2, 0x4, 0x10
SOLID_SIZE = 1 << 32
BEING_WRITTEN = 0x40
XPRESS, LZX, LZMS = 1, 2, 3
_TYPES = {0x20000: XPRESS, 0x40000: LZX, 0x80000: LZMS}
_VERSIONS = {0x10D00, 0xE00}
_CHUNK, LARGEST_CHUNK = 1 << 15, 1 << 26


class Entry(NamedTuple):
    """Where a resource lies."""

    packed: int
    """Bytes in the file."""
    flags: int
    offset: int
    size: int
    """Bytes when unpacked."""

    @classmethod
    def parse(cls, data: bytes) -> Entry:
        """Read the 24 bytes of an entry."""
        first, offset, size = ENTRY.unpack(data)
        return cls(first & (1 << 56) - 1, first >> 56, offset, size)


class Header(NamedTuple):
    """The fields of a header that reading needs."""

    flags: int
    chunk: int
    """Bytes of a chunk of a compressed resource."""
    guid: bytes
    part: int
    parts: int
    images: int
    blobs: Entry
    xml: Entry
    compression: int
    """0 none, else one of `XPRESS`, `LZX`, `LZMS`."""

    @classmethod
    def read(cls, file: Source, name: str) -> Header:
        """Read the header of `file`; Malformed or Unsupported where it is none that can be followed."""
        data = file.read_at(0, HEADER.size)
        if len(data) < HEADER.size:
            raise Malformed(f"{name}: header of a WIM", 0, HEADER.size, len(data))
        version, flags, chunk, guid, part, parts, images, blobs, xml = HEADER.unpack(data)
        if version not in _VERSIONS:
            raise Unsupported(f"{name}: a WIM of version {version:#x}, which is not known")
        compression = next((kind for bit, kind in _TYPES.items() if flags & bit), 0)
        chunk = chunk or _CHUNK
        if chunk & (chunk - 1) or not 4096 <= chunk <= LARGEST_CHUNK:
            raise Malformed(f"{name}: a WIM with chunks of {chunk} bytes", 20)
        return cls(flags, chunk, guid, part, parts, images, Entry.parse(blobs), Entry.parse(xml), compression)
