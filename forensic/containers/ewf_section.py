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

import struct
import zlib
from typing import NamedTuple

from forensic.containers.chunk import MAX_CHUNK, MAX_SIZE

SIGNATURE = b"EVF\x09\x0d\x0a\xff\x00"
LOGICAL = b"LVF\x09\x0d\x0a\xff\x00"
FILE_HEADER = struct.Struct("<8sxHxx")
DESCRIPTOR = struct.Struct("<16sQQ40xI")
VOLUME, SMART_VOLUME = struct.Struct("<IIIIQ40x16s968xI"), struct.Struct("<IIIII70xI")
TABLE = struct.Struct("<I4xQ4xI")
HASH, DIGEST = struct.Struct("<16s16xI"), struct.Struct("<16s20s40xI")
ERRORS, ERROR = struct.Struct("<I512xI"), struct.Struct("<II")
_MAX_SECTOR = 1 << 16


def is_sealed(data: bytes) -> bool:
    """Tell whether the last four bytes are the Adler-32 of those before them."""
    return len(data) > 4 and zlib.adler32(data[:-4]) == int.from_bytes(data[-4:], "little")


class Descriptor(NamedTuple):
    """Head of a section."""

    type: str
    offset: int
    next: int
    size: int

    @classmethod
    def parse(cls, data: bytes, offset: int) -> Descriptor | None:
        """Read the descriptor that `data`, the bytes at `offset` of the segment file, begins with; None where there is no sound one."""
        data = data[: DESCRIPTOR.size]
        if len(data) < DESCRIPTOR.size or not is_sealed(data):
            return None
        kind, following, size, _ = DESCRIPTOR.unpack(data)
        return cls(kind.rstrip(b"\0").decode("ascii", "replace"), offset, following, size)

    @property
    def content(self) -> int:
        """Offset of the first byte after the descriptor."""
        return self.offset + DESCRIPTOR.size

    @property
    def end(self) -> int:
        """Offset of the first byte after the section."""
        return self.next if self.next > self.offset else self.offset + max(self.size, DESCRIPTOR.size)


class Geometry(NamedTuple):
    """What a `volume`, `disk` or `data` section says."""

    chunks: int
    sectors_per_chunk: int
    bytes_per_sector: int
    sectors: int
    set_identifier: bytes = b""

    @classmethod
    def parse(cls, data: bytes) -> Geometry | None:
        """Read the content of such a section, which is that of a SMART image where it is so short; None where it is damaged."""
        if not is_sealed(data):
            return None
        _, *fields, _ = (VOLUME if len(data) == VOLUME.size else SMART_VOLUME).unpack(data)
        return cls(*fields)

    @property
    def is_possible(self) -> bool:
        """Whether there can be such an image."""
        return 0 < self.chunk_size <= MAX_CHUNK and self.bytes_per_sector <= _MAX_SECTOR and self.size <= MAX_SIZE

    @property
    def chunk_size(self) -> int:
        """Bytes of media in a chunk."""
        return self.sectors_per_chunk * self.bytes_per_sector

    @property
    def size(self) -> int:
        """Bytes of media."""
        return self.sectors * self.bytes_per_sector


class TableHeader(NamedTuple):
    """Head of a `table` or `table2` section."""

    entries: int
    base: int

    @classmethod
    def parse(cls, data: bytes) -> TableHeader | None:
        """Read the 24 bytes; None where they are damaged or cut short."""
        if len(data) < TABLE.size or not is_sealed(data):
            return None
        entries, base, _ = TABLE.unpack(data)
        return cls(entries, base)


def parse_hashes(kind: str, data: bytes) -> dict[str, bytes] | None:
    """Return the values in the content of a `hash` or `digest` section, by `md5` and `sha1`; None where it is damaged."""
    if not is_sealed(data):
        return None
    if kind == "hash":
        return {"md5": HASH.unpack(data)[0]}
    md5, sha1, _ = DIGEST.unpack(data)
    return {"md5": md5, "sha1": sha1}
