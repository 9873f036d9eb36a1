"""Inflate: what virtual disks keep compressed, each piece bounded by the size that it must have."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from forensic.errors import Malformed


@contextmanager
def inflation(what: str, error: type[Exception]) -> Iterator[None]:
    """Turn a decompressor's `error` into Malformed: `what` cannot be decompressed."""
    try:
        yield
    except error as reason:
        raise Malformed(f"{what} cannot be decompressed: {reason}") from None


def deflate_engine() -> Any:
    """Return isal, which is about twice as fast as zlib and has its interface; zlib where there is no wheel for the machine."""
    try:
        return importlib.import_module("isal.isal_zlib")
    except ImportError:
        return zlib


def inflate(data: bytes, size: int, window: int, what: str) -> bytes:
    """Decompress deflate data, which must give at most `size` bytes; Malformed when they are damaged or more.

    `window` is zlib's `wbits`. The zlib checksum is checked where the format has one.
    """
    engine = deflate_engine()
    with inflation(what, engine.error):
        stream = engine.decompressobj(window)
        plain: bytes = stream.decompress(data, size + 1)
    if len(plain) > size or not stream.eof:
        raise Malformed(f"{what} does not decompress to {size} bytes")
    return plain
