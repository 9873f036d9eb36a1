"""Values of binary XML: what their bytes mean by their type, as text.

| Type | Value | As text |
|---|---|---|
| 01 | UTF-16 | without a final NUL |
| 02 | text of one byte per character | Windows-1252, without final NULs |
| 03 … 0a | integers of 1, 2, 4, 8 bytes, signed and unsigned by turns | decimal |
| 0b, 0c | floating point, 4 and 8 bytes | decimal |
| 0d | truth value, 4 bytes | `true`, `false` |
| 0e | bytes | hexadecimal, as everything unknown |
| 0f | GUID | |
| 10 | size of a pointer | hexadecimal |
| 11 | FILETIME | ISO 8601, UTC |
| 12 | SYSTEMTIME | ISO 8601 |
| 13 | SID | |
| 14, 15 | integers of 4 and 8 bytes | hexadecimal |
| 21 | a fragment of binary XML | not here |
| 80 + type | array of it | |

Source: libyal, libevtx format documentation.
"""

from __future__ import annotations

import struct

from forensic.errors import ForensicError
from forensic.model import FileTime, Guid, Sid, decode_utf16

FRAGMENT = 0x21

_STRING, _ANSI, _ARRAY = 0x01, 0x02, 0x80
_NUMBERS = {kind: struct.Struct(f"<{code}") for kind, code in enumerate("bBhHiIqQfd", 0x03)}
_BOOLEAN, _GUID, _SIZE, _FILETIME, _SYSTEMTIME, _SID = 0x0D, 0x0F, 0x10, 0x11, 0x12, 0x13
_HEXADECIMAL = {_SIZE, 0x14, 0x15}
_SIZES = {kind: layout.size for kind, layout in _NUMBERS.items()} | {
    _BOOLEAN: 4,
    _GUID: 16,
    _FILETIME: 8,
    _SYSTEMTIME: 16,
    0x14: 4,
    0x15: 8,
}


def texts_of(kind: int, data: bytes) -> list[str]:
    """Return a value as text: one, or as many as an array has."""
    if kind == _ARRAY | _STRING:
        texts = decode_utf16(data).split("\0")
        return texts[:-1] if data and not texts[-1] else texts
    if kind & _ARRAY:
        size = _SIZES.get(kind & ~_ARRAY)
        if size is None:
            return [data.hex()]
        return [_text(kind & ~_ARRAY, data[at : at + size]) for at in range(0, len(data), size)]
    return [_text(kind, data)]


def _text(kind: int, data: bytes) -> str:
    """Return one value as text: numbers in decimal or, as Windows shows them, in hexadecimal; bytes in hexadecimal."""
    if kind == _STRING:
        return decode_utf16(data).removesuffix("\0")
    if kind == _ANSI:
        return data.rstrip(b"\0").decode("cp1252", "backslashreplace")
    layout = _NUMBERS.get(kind)
    if layout is not None:
        return str(layout.unpack(data)[0]) if len(data) == layout.size else data.hex()
    if kind in {_SID, _GUID}:
        try:
            return Sid.from_bytes(data) if kind == _SID else Guid.from_bytes(data)
        except ForensicError:
            return data.hex()
    if kind == _FILETIME and len(data) == 8:
        return str(FileTime.from_bytes_le(data))
    if kind == _BOOLEAN:
        return "true" if any(data) else "false"
    if kind == _SYSTEMTIME and len(data) == 16:
        year, month, _, day, hour, minute, second, thousandth = struct.unpack("<8H", data)
        return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{thousandth:03}"
    if kind in _HEXADECIMAL:
        return hex(int.from_bytes(data, "little"))
    return data.hex()
