"""Glance: what a file may be, by its first and last bytes: an image, a part of one, a collected file, or nothing that is examined.

It parses nothing: what evidence says is read by guarded children alone. Where the bytes say nothing and the name says an image, it is one:
a copy that failed is named by its report, and does not vanish.
"""

from __future__ import annotations

import re
from contextlib import closing
from typing import Literal, NamedTuple

from forensic.containers.formats import HEAD, MARKED, RAW, REFUSED, TAIL, Format, is_archive, is_later_segment, named_as_image, recognize
from forensic.errors import ForensicError
from forensic.sources.collected_place import is_log_name
from forensic.sources.contained_image import SMALLEST_DISK, is_disk
from forensic.sources.lone_mark import is_marked, is_text
from forensic.storage.file import EvidenceFile
from forensic.storage.source import Source

Role = Literal["image", "segment", "collected", "archive", "nothing", "unread"]
"""`segment` continues an image; `collected` is a hive, an event log or a log of setup; `archive` may hold any of them; `unread` could not
be looked at."""
_NOT_IMAGES = frozenset({"reg", "vmss"})
"""Formats that are recognized and that nobody takes for a disk."""
_PACKED = frozenset({"gzip", "xz", "bzip2", "zstd"})
_UNOPENED = frozenset({"7z", "rar"})
PACKED_NAME = re.compile(r"\.(?:t[gxb]z2?|(?:tar|ova|dd|raw|img|e01|vmdk|vhdx?|qcow2)\.\w{1,4})$", re.IGNORECASE)
"""A packed file is offered where its name says that a tar or an image is in it: most packed files are anything else."""
_DOCUMENT = (b"[Content_Types].xml", b"mimetype", b"_rels/", b"META-INF/", b"docProps/", b"AndroidManifest.xml", b"word/", b"xl/", b"ppt/")
"""With what zips of office documents, programs and books begin."""
_RAW_NAME = re.compile(r"\.(?:dd|raw|img|image|a?vhd)$", re.IGNORECASE)
_FIRST_NAME = re.compile(r"\.0*[01]$")
_SECTOR = 512


class Glance(NamedTuple):
    """What a file may be."""

    role: Role
    format: str = ""
    """`source.format` of an image."""
    has_parent: bool = False
    """Whether it may be a differencing disk, or otherwise name further files that belong to it."""
    why: str = ""
    """Of `unread` what the system says; of `nothing` what it is, where a person may miss it."""


NOTHING = Glance("nothing")


def glance_at(path: str, name: str) -> Glance:
    """Return what the file at `path` may be; it is opened and read in three places at most."""
    try:
        with closing(EvidenceFile(path)) as file:
            return glance_of(file, name)
    except ForensicError as error:
        return Glance("unread", why=str(error))


def glance_of(file: Source, name: str) -> Glance:
    """Return what the file with these bytes and this name may be."""
    if file.size == 0:
        return by_name(name)
    head = file.read_at(0, HEAD)
    if is_marked(head[:8]):
        return Glance("collected")
    row = recognize(head, file.read_at(max(0, file.size - TAIL), TAIL))
    if row in MARKED:
        return Glance("segment" if _continues(row, head, name) else "image", row.name, _may_have_parent(row, head))
    if row in REFUSED:
        return _refused(row, head, name)
    return _raw(file, head, name)


def _continues(row: Format, head: bytes, name: str) -> bool:
    """Whether a file of a set is not the first: of EWF by the number in its header, since names go on to ZZZ; else by its name."""
    if row.name == "ewf" and head.startswith(b"EVF"):
        return int.from_bytes(head[9:11], "little") > 1
    if row.name == "ewf2":
        return int.from_bytes(head[12:16], "little") > 1
    return is_later_segment(name)


def _may_have_parent(row: Format, head: bytes) -> bool:
    """Whether the image may be made from others; of a VHDX only its metadata would tell."""
    match row.name:
        case "vhd":
            return not head.startswith(b"conectix") or head[60:64] == b"\0\0\0\4"
        case "qcow2":
            return any(head[8:16]) or (len(head) > 79 and bool(head[79] & 4))  # a backing file, or a file with the data
        case "vmdk":
            return b"parentCID=ffffffff" not in head.lower().replace(b"parentcid", b"parentCID") or head[:4] not in (b"KDMV", b"COWD")
        case "vhdx":
            return True
    return False


def _refused(row: Format, head: bytes, name: str) -> Glance:
    if row.name == "zip":
        return NOTHING if head[30:60].startswith(_DOCUMENT) else Glance("archive", row.name)
    if row.name in _PACKED:
        return Glance("archive", row.name) if PACKED_NAME.search(name) else NOTHING
    if is_archive(head):
        return Glance("archive", row.name)
    if row.name in _NOT_IMAGES:
        return NOTHING
    if row.name in _UNOPENED:
        return Glance("nothing", why=f"{row.title}: {row.refusals[0].advice}")
    return Glance("image", row.name)  # its report says why it is not read, and what to do


def _raw(file: Source, head: bytes, name: str) -> Glance:
    if is_log_name(name):
        return Glance("collected")
    said = by_name(name)
    if is_text(head) or file.size < SMALLEST_DISK:
        return NOTHING if said.format == RAW.name else said
    later = RAW.later_segment is not None and RAW.later_segment.search(name) is not None
    if later and file.size % _SECTOR == 0:
        return Glance("segment", RAW.name)
    if is_disk(file) or (file.size % _SECTOR == 0 and (_RAW_NAME.search(name) or _FIRST_NAME.search(name))):
        return Glance("image", RAW.name)
    return said


def by_name(name: str) -> Glance:
    """Return what the name of a file says that it is, where its bytes say nothing."""
    row = named_as_image(name)
    return NOTHING if row is None else Glance("image", row.name)
