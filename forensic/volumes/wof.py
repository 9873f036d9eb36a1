"""CompactOS: files that the Windows Overlay Filter keeps compressed in the stream `WofCompressedData` beside an empty (sparse) main stream.

Reparse data, tag 0x80000017:

| Offset | Size | Field | Notes |
|--------|------|-------|-------|
| 0      | 4    | tag | |
| 4      | 2    | size of what follows offset 8 | |
| 8      | 4    | version | 1 |
| 12     | 4    | provider | 1: the content is in a WIM file, 2: in this stream |
| 16     | 4    | version of the provider | 1 |
| 20     | 4    | algorithm | 0 XPRESS 4 KiB, 1 LZX 32 KiB, 2 XPRESS 8 KiB, 3 XPRESS 16 KiB |

The stream: a table of where each chunk but the first begins, counted from the end of the table (4 bytes each;
8 for files of 4 GiB and more), then the chunks. A chunk as long as what it holds is stored as it is.

Source: [MS-FSCC] and the header files of the Windows SDK (`WOF_EXTERNAL_INFO`, `FILE_PROVIDER_EXTERNAL_INFO_V1`).
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from forensic.errors import Malformed, Unsupported
from forensic.storage.source import Source, read_chunked
from forensic.volumes.compression import decompress_lzx, decompress_xpress

_ALGORITHMS: dict[int, tuple[int, Callable[[bytes, int], bytes]]] = {
    0: (4096, decompress_xpress),
    1: (32_768, decompress_lzx),
    2: (8192, decompress_xpress),
    3: (16_384, decompress_xpress),
}
_CACHE = 8


class WofStream:
    """The decompressed content of a CompactOS file: a `Source`."""

    def __init__(self, path: str, packed: Source, size: int, algorithm: int) -> None:
        """Describe `size` bytes packed into the stream `packed`; Unsupported when the algorithm is unknown."""
        if algorithm not in _ALGORITHMS:
            raise Unsupported(f"{path}: CompactOS compression {algorithm} is not known")
        self._path, self._packed, self._size = path, packed, size
        self._chunk, self._decompress = _ALGORITHMS[algorithm]
        self._width = 4 if size < 1 << 32 else 8
        self._count = -(-size // self._chunk)
        self._cache: dict[int, bytes] = {}

    @property
    def size(self) -> int:
        """Bytes."""
        return self._size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` decompressed bytes from `offset`; fewer only where the file ends."""
        return read_chunked(offset, size, self._size, self._chunk, self._read_chunk)

    def _read_chunk(self, number: int) -> bytes:
        if number in self._cache:
            return self._cache[number]
        table = max(0, self._count - 1) * self._width
        begin = self._boundary(number) if number else 0
        end = self._boundary(number + 1) if number + 1 < self._count else self._packed.size - table
        size = min(self._chunk, self._size - number * self._chunk)
        if not 0 < end - begin <= size:
            raise Malformed(f"{self._path}: chunk {number} of the compressed stream cannot have {end - begin} bytes", table + begin)
        data = self._packed.read_at(table + begin, end - begin)
        if len(data) < end - begin:
            raise Malformed(f"{self._path}: chunk {number} of the compressed stream", table + begin, end - begin, len(data))
        if len(data) < size:
            try:
                data = self._decompress(data, size)
            except Malformed as error:
                raise Malformed(f"{self._path}: chunk {number} of the compressed stream: {error}", table + begin) from None
        if len(self._cache) >= _CACHE:
            del self._cache[next(iter(self._cache))]
        self._cache[number] = data
        return data

    def _boundary(self, number: int) -> int:
        """Return where chunk `number` begins."""
        return int.from_bytes(self._packed.read_at((number - 1) * self._width, self._width), "little")


def open_compressed(path: str, reparse: bytes, packed: Source | None, size: int) -> WofStream:
    """Return the decompressed content of the file at `path`.

    Args:
        path: for messages.
        reparse: the reparse data.
        packed: the stream `WofCompressedData`, None when the file has none.
        size: bytes of the file.
    """
    if len(reparse) < 16:
        raise Malformed(f"{path}: reparse data of CompactOS", 0, 16, len(reparse))
    version, provider = struct.unpack_from("<II", reparse, 8)
    if version != 1 or provider != 2:
        where = "kept in a WIM file (WIMBoot)" if provider == 1 else f"kept by provider {provider}, version {version}"
        raise Unsupported(f"{path}: its content is not on this volume as a file: {where}", code="elsewhere")
    if len(reparse) < 24:
        raise Malformed(f"{path}: reparse data of CompactOS", 0, 24, len(reparse))
    if packed is None:
        raise Malformed(f"{path}: compressed by CompactOS, but the compressed stream is missing")
    return WofStream(path, packed, size, struct.unpack_from("<I", reparse, 20)[0])
