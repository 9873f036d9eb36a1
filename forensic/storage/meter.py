"""ReadMeter: how much was read from the evidence itself, before any decompression."""

from __future__ import annotations

import msgspec


class ReadMeter(msgspec.Struct):
    """Counts what all files of one examination were asked for; every `EvidenceFile` adds to the one that it was given."""

    bytes_read: int = 0
    requests: int = 0
