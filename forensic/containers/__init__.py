"""Containers: from a path to the bytes of a disk; one module per format, each recognized by content."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from importlib import import_module

from forensic.containers.image import Image
from forensic.errors import Malformed, Unreadable, Unsupported
from forensic.model import Problem
from forensic.storage.source import Accounting, EvidenceFile

__all__ = ["Image", "open_image"]

FORMATS: tuple[tuple[str, Callable[[bytes, bytes], bool]], ...] = (
    ("ewf", lambda head, _: head[:3] in {b"EVF", b"LVF"} or head[13:19] == b"header"),
    ("ewf2", lambda head, _: head[:4] in {b"EVF2", b"LEF2"}),
    ("qcow2", lambda head, _: head[:4] == b"QFI\xfb"),
    ("vdi", lambda head, _: head[64:68] == b"\x7f\x10\xda\xbe"),
    ("vhdx", lambda head, _: head[:8] == b"vhdxfile"),
    ("vmdk", lambda head, _: head[:4] in {b"KDMV", b"COWD", b"\xbe\xba\xfe\xca"} or b"# disk descriptorfile" in head[:512].lower()),
    ("vhd", lambda head, tail: head[:8] == b"conectix" or b"conectix" in tail[:9]),
)
"""In this order: the module, and whether it is worth importing for these first 4096 and last 512 bytes; its `detect` decides."""

FOREIGN = (
    (0, b"AFF10\r\n\0", "an AFF image"),
    (0, b"QED\0", "a QED image"),
    (0, b"WithoutFreeSpace", "a Parallels image"),
    (0, b"WithouFreSpacExt", "a Parallels image"),
    (0, b"ADSEGMENTEDFILE\0", "an AD1 logical image"),
    (0, b"ADCRYPT\0", "an encrypted FTK image"),
    (0, b"\x1f\x8b\x08", "a gzip archive"),
    (0, b"\xfd7zXZ\0", "an xz archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"BZh9", "a bzip2 archive"),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"MSWIM\0\0\0", "a WIM archive"),
    (0, b"\xfe\xef\x01", "a Ghost image"),
    (0, b"partclone-image", "a Partclone image"),
    (257, b"ustar", "a tar archive (as OVA files are)"),
)
"""What people hand over in place of an image, by bytes at an offset where no disk or volume has them."""


def open_image(path: str | os.PathLike[str], accounting: Accounting | None = None) -> Image:
    """Open the image at `path`, recognized by its content; what nothing recognizes is a raw image.

    Raises NotFound, Unreadable, Malformed or Unsupported, each with one sentence that names the file and the reason.
    """
    file = EvidenceFile(path, accounting)
    try:
        return _open(file)
    except BaseException:
        file.close()
        raise


def _open(file: EvidenceFile) -> Image:
    name = file.name
    if file.size == 0:
        raise Malformed(f"{name} is empty")
    head = _glance(file, 0, 4096) or _glance(file, 0, 512)
    tail = _glance(file, max(0, file.size - 512), 512)
    for format_name, promising in FORMATS:
        if promising(head, tail):
            module = import_module(f"{__name__}.{format_name}")
            if module.detect(head, tail):
                image: Image = module.open_container(file)
                return image
    for offset, magic, what in FOREIGN:
        if head.startswith(magic, offset):
            raise Unsupported(f"{name} is {what}, not an image of a disk or volume; extract or convert it first")
    from forensic.containers import raw

    image = raw.open_container(file)
    if not head:
        what = "its first sectors cannot be read, so that no format can be recognized: read as a raw image"
        image.problems.append(Problem("warning", name, what))
    if re.search(r"\.[EeSs][Xx]?[0-9]{2}$", name):
        image.problems.insert(0, Problem("warning", name, "named like an EWF image, but its content is none: read as a raw image"))
    return image


def _glance(file: EvidenceFile, offset: int, size: int) -> bytes:
    """Return bytes that may tell the format; none where they cannot be read: a raw image with a bad sector there is still one."""
    try:
        return file.read_at(offset, size)
    except Unreadable:
        return b""
