"""Opening: from a file to the image in it, and to the images below that one."""

from __future__ import annotations

import re
from importlib import import_module

from forensic.containers.formats import HEAD, RAW, READ, TAIL, named_as_image, recognize, warning_of
from forensic.containers.image import Image
from forensic.errors import Malformed, Unreadable
from forensic.model import Problem
from forensic.storage.file import EvidenceFile

_EWF_NAME = re.compile(r"\.[EeSs][Xx]?[0-9]{2}$")
_SECTOR = 512
_BOOTS = b"\x55\xaa"
"""What ends the first sector of a disk, and of a volume of Windows."""


def open_file(file: EvidenceFile, above: tuple[str, ...] = ()) -> Image:
    """Open the image in `file`, with its parents; `above` are the fingerprints of the disks that it is a parent of."""
    try:
        image = _open(file)
        image.join_parents(open_file, above)
    except BaseException:
        file.close()
        raise
    return image


def _open(file: EvidenceFile) -> Image:
    if file.size == 0:
        raise Malformed(f"{file.name} is empty")
    head = _glance(file, 0, HEAD) or _glance(file, 0, _SECTOR)
    row = recognize(head, _glance(file, max(0, file.size - TAIL), TAIL))
    if row.module is None:
        raise row.refuse(file.name)
    image: Image = import_module(f"forensic.containers.{row.module}").open_container(file)
    if row is RAW and not head:
        what = "its first sectors cannot be read, so that no format can be recognized: read as a raw image"
        image.problems.append(Problem("warning", file.name, what, "damaged-chunk"))
    if row is RAW and _EWF_NAME.search(file.name):
        what = "named like an EWF image, but its content is none: read as a raw image"
        image.problems.insert(0, Problem("warning", file.name, what, "container-malformed"))
    elif row is RAW and head and (said := named_as_image(file.name)) in READ and said is not RAW and head[510:512] != _BOOTS:
        what = f"named like {said.title}, but its content is none: read as a raw image"  # a disk under a wrong name is a disk
        image.problems.insert(0, Problem("warning", file.name, what, "container-malformed"))
    if row is RAW and (what_by_name := warning_of(file.name)) is not None:
        image.problems.append(Problem("warning", file.name, what_by_name))
    return image


def _glance(file: EvidenceFile, offset: int, size: int) -> bytes:
    """Return bytes that may tell the format; none where they cannot be read: a raw image with a bad sector there is still one."""
    try:
        return file.read_at(offset, size)
    except Unreadable:
        return b""
