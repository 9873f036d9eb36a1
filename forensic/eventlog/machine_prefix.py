"""Machine prefix: the SIDs `S-1-5-21-a-b-c` of machines and domains in the bytes of a record, wherever in it they stand."""

from __future__ import annotations

import re

from forensic.model import Sid, decode_utf16

_BINARY_MARK, _TEXT_MARK = b"\0\0\0\0\0\x05\x15\0\0\0", "S-1-5-21-".encode("utf-16-le")
_BINARY_SID = re.compile(rb"\x01[\x04\x05]\0\0\0\0\0\x05\x15\0\0\0(?!\0{12}).{12}", re.DOTALL)
_TEXT_SID = re.compile(_TEXT_MARK + rb"(?!0\0-\x000\0-\x000\0)(?:(?:[0-9]\0){1,10}-\0){2}(?:[0-9]\0){1,10}(?![0-9]\0)", re.DOTALL)


def prefixes_in(chunk: bytes, at: int, end: int, known: dict[bytes, Sid]) -> tuple[Sid, ...]:
    """Return the SIDs of machines and domains in the bytes of a record, those of their accounts without the last part."""
    found: list[bytes] = []
    if chunk.find(_BINARY_MARK, at, end) >= 0:  # much faster than an expression that most records do not match
        found += [b"\x01\x04" + match[0][2:] for match in _BINARY_SID.finditer(chunk, at, end)]
    if chunk.find(_TEXT_MARK, at, end) >= 0:
        found += [match[0] for match in _TEXT_SID.finditer(chunk, at, end)]
    if not found:
        return ()
    for data in found:
        if data not in known:
            known[data] = Sid.from_bytes(data) if data[0] == 1 else Sid(decode_utf16(data))
    return tuple(dict.fromkeys([known[data] for data in found]))
