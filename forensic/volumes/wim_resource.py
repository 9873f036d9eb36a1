"""Resources of a WIM: runs of bytes in the file, plain, compressed chunk by chunk, or a solid one in which many files lie.

A compressed resource begins with a table of where each chunk but the first begins, counted from the end of the table (4 bytes each, 8 for
4 GiB and more); the chunks follow. A solid one begins with

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 8 | size | when unpacked |
| 8 | 4 | chunk size | bytes |
| 12 | 4 | compression | 0 none, 1 XPRESS, 2 LZX, 3 LZMS |
| 16 | 4 each | size of each chunk in the file | |

and the chunks follow. A chunk as long as what it holds is stored as it is. Source: as of `wim_header`.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import accumulate

from forensic.errors import Malformed, Unsupported
from forensic.storage.source import Source, Window, read_chunked
from forensic.volumes.compression import decompress_lzx, decompress_xpress
from forensic.volumes.wim_header import COMPRESSED, LARGEST_CHUNK, LZMS, LZX, XPRESS, Entry

SOLID_HEADER = struct.Struct("<QII")
KEPT, SOLID_KEPT = 8 << 20, 2 * LARGEST_CHUNK
"""Bytes of unpacked chunks that are kept, and of those of solid resources."""
_TABLE_LIMIT = 16 << 20
_PIECE = 1 << 20
_OWN_LZX_WINDOW = 1 << 15
_NAMES = {XPRESS: "XPRESS", LZX: "LZX", LZMS: "LZMS"}

Decompress = Callable[[bytes, int], bytes]


class Decompressors:
    """The decompressors for a WIM: libwim's, and where that is absent our own, which read XPRESS and the LZX of ordinary files."""

    def __init__(self) -> None:
        """Begin without any."""
        self._made: dict[tuple[int, int], Decompress] = {}

    @property
    def are_fast(self) -> bool:
        """Whether those that were needed so far are libwim's; our own take a second for a megabyte."""
        return all(made not in {decompress_xpress, decompress_lzx} for made in self._made.values())

    def of(self, kind: int, chunk: int, name: str) -> Decompress:
        """Return the one for chunks of `chunk` bytes; Unsupported where this computer has none, `name` is that of the file."""
        if (kind, chunk) not in self._made:
            self._made[kind, chunk] = self._make(kind, chunk, name)
        return self._made[kind, chunk]

    @staticmethod
    def _make(kind: int, chunk: int, name: str) -> Decompress:
        if kind not in _NAMES:
            raise Malformed(f"{name}: compression {kind} is not known")
        try:
            from forensic.volumes.wim_library import Decompressor
        except ImportError as error:
            if kind == XPRESS and chunk <= 1 << 16:
                return decompress_xpress
            if kind == LZX and chunk <= _OWN_LZX_WINDOW:
                return decompress_lzx
            raise Unsupported(f"{name}: its compression ({_NAMES[kind]}, chunks of {chunk} bytes) needs libwim: {error}") from None
        return Decompressor(kind, chunk)


class ChunkCache:
    """Unpacked chunks, the most recently used ones, up to a number of bytes; always at least one."""

    def __init__(self, limit: int) -> None:
        """Keep `limit` bytes at most."""
        self._limit, self._held, self._kept = limit, 0, OrderedDict[tuple[int, int, int], bytes]()

    def get(self, key: tuple[int, int, int], size: int, unpack: Callable[[], bytes]) -> bytes:
        """Return the chunk called `key`, of `size` bytes, unpacked by `unpack` where it is not kept."""
        data = self._kept.get(key)
        if data is not None:
            self._kept.move_to_end(key)
            return data
        while self._kept and self._held + size > self._limit:  # before it is unpacked: chunks of 64 MiB are usual
            self._held -= len(self._kept.popitem(last=False)[1])
        data = self._kept[key] = unpack()
        self._held += len(data)
        return data


class Chunked:
    """What lies packed in chunks, as a source: each chunk is unpacked when it is needed."""

    def __init__(self, name: str, size: int, chunk: int, unpack: Decompress | None, cache: ChunkCache) -> None:
        """Describe `size` bytes in chunks of `chunk`; `unpack` is None where they are stored as they are."""
        self._name, self._size, self._chunk, self._unpack, self._cache = name, size, chunk, unpack, cache

    @property
    def size(self) -> int:
        """Bytes when unpacked."""
        return self._size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only at the end. Malformed where a chunk does not unpack."""
        return read_chunked(offset, size, self._size, self._chunk, self._unpacked)

    def _packed(self, number: int) -> tuple[Source, int, int]:
        """Return where chunk `number` lies: a file, the first byte, the byte behind the last."""
        raise NotImplementedError

    def _key(self) -> tuple[int, int]:
        raise NotImplementedError

    def _unpacked(self, number: int) -> bytes:
        size = min(self._chunk, self._size - number * self._chunk)
        return self._cache.get((*self._key(), number), size, lambda: self._read(number, size))

    def _read(self, number: int, size: int) -> bytes:
        source, begin, end = self._packed(number)
        if not 0 < end - begin <= size:
            raise Malformed(f"{self._name}: chunk {number} of a resource cannot have {end - begin} bytes", begin)
        data = source.read_at(begin, end - begin)
        if len(data) < end - begin:
            raise Malformed(f"{self._name}: chunk {number} of a resource", begin, end - begin, len(data))
        if len(data) == size:
            return data
        if self._unpack is None:
            raise Malformed(f"{self._name}: chunk {number} of a resource that is not compressed", begin, size, len(data))
        try:
            return self._unpack(data, size)
        except Malformed as error:
            raise Malformed(f"{self._name}: chunk {number} of a resource: {error}", begin) from None


class CompressedResource(Chunked):
    """A compressed resource of its own."""

    def __init__(self, file: Source, part: int, entry: Entry, name: str, chunk: int, unpack: Decompress, cache: ChunkCache) -> None:
        """Describe the resource at `entry` of the part number `part`, which is `file`."""
        super().__init__(name, entry.size, chunk, unpack, cache)
        self._file, self._part, self._entry = file, part, entry
        self._width = 4 if entry.size < 1 << 32 else 8
        self._count = -(-entry.size // chunk)
        self._table = (self._count - 1) * self._width
        if self._table >= max(1, entry.packed):
            raise Malformed(f"{name}: a resource of {entry.packed} bytes cannot hold {self._count} chunks", entry.offset)

    def _key(self) -> tuple[int, int]:
        return self._part, self._entry.offset

    def _packed(self, number: int) -> tuple[Source, int, int]:
        first = self._entry.offset + self._table
        begin = self._begin(number) if number else 0
        end = self._begin(number + 1) if number + 1 < self._count else self._entry.packed - self._table
        return self._file, first + begin, first + min(end, self._entry.packed - self._table)

    def _begin(self, number: int) -> int:
        return int.from_bytes(self._file.read_at(self._entry.offset + (number - 1) * self._width, self._width), "little")


class SolidResource(Chunked):
    """A resource in which many files lie, one behind another."""

    def __init__(self, file: Source, part: int, entry: Entry, name: str, decompressors: Decompressors, cache: ChunkCache) -> None:
        """Read the table of the resource at `entry` of the part number `part`, which is `file`."""
        head = file.read_at(entry.offset, SOLID_HEADER.size)
        if len(head) < SOLID_HEADER.size:
            raise Malformed(f"{name}: a solid resource", entry.offset, SOLID_HEADER.size, len(head))
        size, chunk, kind = SOLID_HEADER.unpack(head)
        if not 4096 <= chunk <= LARGEST_CHUNK:
            raise Malformed(f"{name}: a solid resource with chunks of {chunk} bytes", entry.offset + 8)
        count = -(-size // chunk)
        if 4 * count > min(_TABLE_LIMIT, entry.packed):
            raise Malformed(f"{name}: a solid resource of {entry.packed} bytes cannot hold {count} chunks", entry.offset)
        table = file.read_at(entry.offset + SOLID_HEADER.size, 4 * count)
        if len(table) < 4 * count:
            raise Malformed(f"{name}: table of a solid resource", entry.offset + SOLID_HEADER.size, 4 * count, len(table))
        super().__init__(name, size, chunk, None if kind == 0 else decompressors.of(kind, chunk, name), cache)
        self._file, self._part, self._at = file, part, entry.offset
        first = entry.offset + SOLID_HEADER.size + 4 * count
        self._begins = list(accumulate(struct.unpack(f"<{count}I", table), initial=first))

    def _key(self) -> tuple[int, int]:
        return self._part, self._at

    def _packed(self, number: int) -> tuple[Source, int, int]:
        return self._file, self._begins[number], self._begins[number + 1]


def pieces_of(source: Source) -> Iterator[bytes]:
    """Yield all bytes of `source` in pieces of 1 MiB."""
    for offset in range(0, source.size, _PIECE):
        yield source.read_at(offset, _PIECE)


def plain_or_compressed(
    file: Source, part: int, entry: Entry, name: str, chunk: int, unpack: Callable[[], Decompress], cache: ChunkCache
) -> Source:
    """Return what the resource at `entry` holds, which is not a solid one."""
    if not entry.flags & COMPRESSED:
        if entry.packed != entry.size:
            raise Malformed(f"{name}: a resource that is not compressed, of {entry.packed} and of {entry.size} bytes", entry.offset)
        return Window(file, entry.offset, entry.size)
    return CompressedResource(file, part, entry, name, chunk, unpack(), cache)
