"""CompactOS: files that the Windows Overlay Filter keeps compressed in the stream `WofCompressedData`."""

from __future__ import annotations

from forensic.containers.source import Source
from forensic.errors import Unsupported


def open_compressed(path: str, reparse: bytes, packed: Source | None, size: int) -> Source:  # noqa: ARG001  for now
    """Return the decompressed content."""
    raise Unsupported(f"{path}: CompactOS")
