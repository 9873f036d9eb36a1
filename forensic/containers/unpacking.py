"""Unpacking: a compressed file (gzip, bzip2, xz, Zstandard) as a stream of its plain bytes, in pieces of bounded size."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Iterator
from typing import Any

from forensic.containers.inflate import deflate_engine
from forensic.errors import Malformed, Unsupported
from forensic.storage.source import Source, SourceReader

PACKED = {b"\x1f\x8b\x08": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
"""First bytes -> what packed the file."""
_IN, _OUT = 1 << 16, 1 << 20
_MEMORY = 256 << 20
"""Bytes that a decompressor may take for its window: `xz -9` needs 65 MiB, `zstd --ultra` 128 MiB."""


def packed_by(head: bytes) -> str | None:
    """Return what packed a file that begins so; None when nothing that is known here did."""
    return next((name for magic, name in PACKED.items() if head.startswith(magic)), None)


def unpack(source: Source, name: str) -> Iterator[bytes]:
    """Yield the plain bytes of `source`, which is called `name`; Malformed once they are damaged or cut short.

    Parts that were packed one by one and put together (`pigz`, `cat`) are one stream.
    """
    kind = packed_by(source.read_at(0, 8))
    if kind == "zstd":
        yield from _unpack_zstd(source, name)
        return
    reader = SourceReader(source)
    data, begun = reader.read(_IN), False
    while data:
        stream = _decompressor(kind)
        if begun and packed_by(data.ljust(8, b"\0")) != kind:
            return  # padding, or a signature, behind the packed bytes
        begun = True
        while not stream.eof:
            try:
                piece = stream.decompress(data, _OUT)
            except (zlib.error, deflate_engine().error, lzma.LZMAError, OSError, EOFError) as error:
                raise Malformed(f"{name}: cannot be unpacked: {error}") from None
            if piece:
                yield piece
            data = getattr(stream, "unconsumed_tail", b"")
            if not data and not stream.eof and (not piece or getattr(stream, "needs_input", True)):
                data = reader.read(_IN)
                if not data and not piece:
                    raise Malformed(f"{name}: cut short, its packed bytes end early")
        data = stream.unused_data or reader.read(_IN)


def _decompressor(kind: str | None) -> Any:
    if kind == "gzip":
        return deflate_engine().decompressobj(31)
    if kind == "bzip2":
        return bz2.BZ2Decompressor()
    if kind == "xz":
        return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_MEMORY)
    raise Unsupported("packed in an unknown way")


def _unpack_zstd(source: Source, name: str) -> Iterator[bytes]:
    try:
        import zstandard
    except ImportError:
        raise Unsupported(f"{name}: packed with Zstandard, which needs the library zstandard") from None
    engine = zstandard.ZstdDecompressor(max_window_size=_MEMORY)
    try:
        with engine.stream_reader(SourceReader(source), read_size=_IN, read_across_frames=True) as stream:  # type: ignore[arg-type]
            while piece := stream.read(_OUT):
                yield piece
    except zstandard.ZstdError as error:
        raise Malformed(f"{name}: cannot be unpacked: {error}") from None
