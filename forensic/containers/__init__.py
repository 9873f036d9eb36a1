"""Containers: from a location to the bytes of a disk; one row per format (`formats`), one module per format that is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forensic.containers.image import Image
    from forensic.storage.location import Where
    from forensic.storage.meter import ReadMeter

__all__ = ["open_image"]


def open_image(where: Where, meter: ReadMeter | None = None) -> Image:
    """Open the image at `where`, recognized by its content; what nothing recognizes is a raw image.

    What is read from its files is added to `meter`. Raises NotFound, Unreadable, Malformed or Unsupported, each with one sentence that
    names the file and the reason.
    """
    from forensic.containers.opening import open_file  # late: `doctor` reads the rows of `formats` where a library is missing
    from forensic.storage.file import EvidenceFile

    return open_file(EvidenceFile(where, meter))
