"""Unread volumes: what follows from a volume that was not examined, for the question whether a Windows was missed.

| The volume | no Windows was found on the disk | a Windows was found beside it |
|---|---|---|
| cannot hold an installed Windows: ext, xfs, APFS, swap, …; reserved partitions; only zeros | nothing | nothing |
| BitLocker | `encrypted` | `encrypted-beside`: it may be data, or a second Windows |
| LUKS | `encrypted` | `volume-beside` |
| ReFS, Storage Spaces, LVM, RAID, dynamic disk, unknown or unreadable content | `volume-not-read` | `volume-beside` |
"""

from __future__ import annotations

from forensic.errors import ForensicError
from forensic.model import Problem
from forensic.storage.source import Source
from forensic.volumes.content import ENCRYPTED, WITHOUT_WINDOWS
from forensic.volumes.disk import Volume

BLANK_LIMIT = 1 << 30
"""Bytes of a volume that begins with zeros that are looked at, to say that it holds nothing else."""
_PIECE = 1 << 20
_RESERVED_TYPES = frozenset({
    "e3c9e316-0b5c-4db8-817d-f92df00215ae",  # Microsoft reserved
    "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3",  # LDM metadata
    "21686148-6449-6e6f-744e-656564454649",  # BIOS boot
    "0x82",  # Linux swap
})  # fmt: skip
"""Types of partitions in which no file system with a Windows lies."""


def problem_of(volume: Volume, *, has_windows: bool) -> Problem | None:
    """Return the problem that a volume which was not examined is; `has_windows`: one was examined on its disk. None where it is none."""
    if volume.not_examined is None or volume.filesystem in WITHOUT_WINDOWS or volume.partition_type in _RESERVED_TYPES:
        return None
    if volume.filesystem == "empty" and (has_windows or is_blank(volume.source)):
        return None
    what = f"not examined: {volume.not_examined}"
    if not has_windows:
        return Problem("error", volume.id, what, "encrypted" if volume.filesystem in ENCRYPTED else "volume-not-read")
    return Problem("warning", volume.id, what, "encrypted-beside" if volume.filesystem == "bitlocker" else "volume-beside")


def is_blank(source: Source) -> bool:
    """Tell whether all bytes are zeros; False where that is more than is looked at."""
    if source.size > BLANK_LIMIT:
        return False
    zeros = bytes(_PIECE)
    try:
        pieces = (source.read_at(offset, _PIECE) for offset in range(0, source.size, _PIECE))
        return all(piece == zeros[: len(piece)] for piece in pieces)
    except ForensicError:
        return False
