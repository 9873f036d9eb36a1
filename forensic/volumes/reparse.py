"""Reparse point: what makes a file or directory of NTFS stand for something else.

| Offset | Size | Field | Notes |
|--------|------|-------|-------|
| 0      | 4    | tag | bit 29: the name leads to another place |
| 4      | 2    | size of what follows offset 8 | |
| 8      | …    | data | by the tag |

Data of a junction (0xA0000003) and of a symbolic link (0xA000000C):

| Offset | Size | Field | Notes |
|--------|------|-------|-------|
| 8      | 2, 2 | target | offset and size in the path buffer |
| 12     | 2, 2 | target to be shown | |
| 16     | 4    | flags | of a symbolic link only |
| 16, 20 | …    | path buffer | UTF-16LE |

Source: [MS-FSCC] 2.1.2.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from forensic.model import decode_utf16

LIMIT = 16_384
"""Bytes of a reparse point; Windows allows no more."""
WOF = 0x8000_0017
_LINK = 0x2000_0000
_PATH_BUFFER = {0xA000_0003: 16, 0xA000_000C: 20}
_TARGET = struct.Struct("<8xHH4x")
_CLOUD, _CLOUD_MASK = 0x9000_001A, 0xFFFF_0FFF
_ELSEWHERE = {
    0x8000_0013: "deduplicated by Windows Server",
    0xC000_0004: "moved to other storage (HSM)",
    0x8000_0006: "moved to other storage (HSM2)",
    0x8000_0007: "in the single instance store",
    0x8000_0008: "in a WIM file",
    0x8000_0021: "kept by OneDrive",
}


class ReparsePoint(NamedTuple):
    """A reparse point; `data` is all of it."""

    tag: int
    data: bytes

    @classmethod
    def parse(cls, data: bytes) -> ReparsePoint:
        """Read the attribute, or its first bytes."""
        return cls(int.from_bytes(data[:4], "little"), data)

    @property
    def is_link(self) -> bool:
        """Whether the name leads to another place: a junction, a symbolic link, a mount point."""
        return is_link(self.tag)

    @property
    def is_cloud_file(self) -> bool:
        """Whether a cloud keeps the file, or parts of it; the file's attributes say whether it is complete here."""
        return self.tag & _CLOUD_MASK == _CLOUD

    @property
    def target(self) -> str:
        """Where a junction or symbolic link leads, as ` to …`; empty where it does not say."""
        start = _PATH_BUFFER.get(self.tag)
        if start is None or len(self.data) < _TARGET.size:
            return ""
        offset, size = _TARGET.unpack_from(self.data)
        return f" to {decode_utf16(self.data[start + offset : start + offset + size])}"

    @property
    def keeper(self) -> str:
        """What keeps the content of a file that is not here, in words."""
        return "kept in the cloud" if self.is_cloud_file else _ELSEWHERE.get(self.tag, "a reparse point of unknown meaning")


def is_link(tag: int | None) -> bool:
    """Tell whether a tag is that of a link; None: there is no reparse point."""
    return bool((tag or 0) & _LINK)
