"""Header of a VHDX: which content the file has, and where its log lies. Two of them stand at 64 KiB and 128 KiB.

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | signature | `head` |
| 4 | 4 | checksum | CRC-32C of the 4096 bytes, this field as 0 |
| 8 | 8 | sequence number | of the two sound headers the one with the higher number counts |
| 16 | 16 | file write GUID | |
| 32 | 16 | data write GUID | changes when the content does; children remember it |
| 48 | 16 | log GUID | zero: nothing to replay |
| 64 | 2 | log version | 0 |
| 66 | 2 | version | 1 |
| 68 | 4 | log length | bytes |
| 72 | 8 | log offset | bytes |

Source: Microsoft, MS-VHDX, 2.2.2.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from forensic.containers.crc32c import crc32c
from forensic.model import Guid

PLACES = (64 * 1024, 128 * 1024)
SIZE = 4096
SIGNATURE = b"head"
LAYOUT = struct.Struct("<4sIQ16s16s16sHHIQ")


class Header(NamedTuple):
    """The fields of a header, as they are stored."""

    signature: bytes
    checksum: int
    sequence_number: int
    file_write_guid: bytes
    data_write_guid: bytes
    log_guid: bytes
    log_version: int
    version: int
    log_length: int
    log_offset: int

    @classmethod
    def parse(cls, data: bytes) -> Header | None:
        """Read the 4096 bytes of a header; None when they are none, or damaged."""
        if not data.startswith(SIGNATURE) or len(data) < LAYOUT.size or not is_sound(data):
            return None
        return cls._make(LAYOUT.unpack_from(data))

    @property
    def content(self) -> Guid:
        """The data write GUID: names the content of the disk."""
        return Guid.from_bytes(self.data_write_guid)

    @property
    def has_log(self) -> bool:
        """Whether there are writes in the log that may not have reached their places."""
        return any(self.log_guid)


def is_sound(data: bytes) -> bool:
    """Tell whether the checksum at 4, which all structures of VHDX have there, is right."""
    return crc32c(data[:4] + bytes(4) + data[8:]) == int.from_bytes(data[4:8], "little")
