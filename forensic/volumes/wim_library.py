"""libwim, where this computer has it: the decompressors of WIM files (XPRESS, LZX, LZMS), called through ctypes.

Only these two functions of it are used, which turn a block of bytes into another; nothing of it reads evidence or writes files. Importing
this module raises ImportError where the library is absent. Source: `wimlib.h` of wimlib, section *Compression and decompression functions*.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

from forensic.errors import Malformed, Unreadable

_NAMES = {
    "linux": ("libwim.so.15", "libwim.so"),
    "darwin": ("/opt/homebrew/lib/libwim.15.dylib", "/usr/local/lib/libwim.15.dylib"),
    "win32": ("libwim-15.dll",),
}
"""Names of the library, without those that a folder of evidence could answer to."""


def _load() -> Any:
    for name in _NAMES.get(sys.platform, _NAMES["linux"]):
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise ImportError("the shared library libwim is not installed (Debian, Ubuntu: libwim15; Fedora: wimlib; macOS: wimlib of Homebrew)")


_LIBRARY = _load()
_CREATE, _DECOMPRESS, _FREE = (
    _LIBRARY.wimlib_create_decompressor,
    _LIBRARY.wimlib_decompress,
    _LIBRARY.wimlib_free_decompressor,
)
_CREATE.argtypes, _CREATE.restype = (ctypes.c_int, ctypes.c_size_t, ctypes.POINTER(ctypes.c_void_p)), ctypes.c_int
_DECOMPRESS.argtypes = (ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p)
_DECOMPRESS.restype = ctypes.c_int
_FREE.argtypes, _FREE.restype = (ctypes.c_void_p,), None


class Decompressor:
    """One decompressor of libwim, for blocks of one size; it keeps that much memory."""

    def __init__(self, kind: int, block: int) -> None:
        """Prepare for blocks of at most `block` bytes; `kind` is 1 XPRESS, 2 LZX, 3 LZMS."""
        self._handle = ctypes.c_void_p()
        if _CREATE(kind, block, ctypes.byref(self._handle)):
            raise Unreadable(f"libwim has no decompressor for blocks of {block} bytes")

    def __call__(self, data: bytes, size: int) -> bytes:
        """Return the `size` bytes that `data` holds; Malformed when it does not."""
        plain = ctypes.create_string_buffer(size)
        if _DECOMPRESS(data, len(data), plain, size, self._handle):
            raise Malformed(f"{len(data)} bytes do not decompress to {size}")
        return plain.raw

    def __del__(self) -> None:
        """Give the memory back."""
        if self._handle:
            _FREE(self._handle)
