"""Object name: what an object of a store may be by its name alone, since each look at its bytes is a request.

Names are believed where they say it: what is wrong there fails with its reason. Of a name that says nothing the bytes are asked for.
"""

from __future__ import annotations

import re

from forensic.batch.folder import PART_NAME
from forensic.batch.glance import NOTHING, PACKED_NAME, Glance, by_name
from forensic.containers.formats import is_later_segment
from forensic.sources.contained_image import SMALLEST_DISK

_FORMATS = (
    (re.compile(r"\.[es]\d\d$", re.IGNORECASE), "ewf"),
    (re.compile(r"\.ex\d\d$", re.IGNORECASE), "ewf2"),
    (re.compile(r"\.qcow2?$", re.IGNORECASE), "qcow2"),
    (re.compile(r"\.vdi$", re.IGNORECASE), "vdi"),
    (re.compile(r"\.a?vhdx$", re.IGNORECASE), "vhdx"),
    (re.compile(r"\.a?vhd$", re.IGNORECASE), "vhd"),
    (re.compile(r"\.vmdk$", re.IGNORECASE), "vmdk"),
)
_RAW = re.compile(r"\.(?:dd|raw|img|image|0*[01]|\d{3,5})$", re.IGNORECASE)
_ARCHIVE = re.compile(r"\.(?:zip|tar)$", re.IGNORECASE)
_UNOPENED = re.compile(r"\.(?:7z|rar)$", re.IGNORECASE)
_OTHER = re.compile(
    r"^\$|\.(?:txt|md|json|jsonl|csv|tsv|xml|html?|pdf|jpe?g|png|gif|bmp|svg|ico|mp[34]|docx?|xlsx?|pptx?|rtf|log|ini|inf|cfg|ya?ml|toml|"
    r"md5|sha\d{1,3}(?:sums?)?|sig|asc|pem|py|ps1|bat|cmd|sh|js|exe|dll|sys|msi|cab|cat|mum|lnk|etl|pf|tmp|db|sqlite)$",
    re.IGNORECASE,
)
"""Names of what is no image. Locally the bytes are looked at all the same."""
_COLLECTED = re.compile(r"(?:sam|security|software|system|ntuser\.dat|usrclass\.dat|.+\.evtx?)", re.IGNORECASE)
_PROFILES = re.compile(r"users?|user ?hives?|profiles?|documents and settings", re.IGNORECASE)
_LATE_EWF = re.compile(r"\.[E-Z][A-Z]{2}$", re.IGNORECASE)
_SECTOR = 512


def told_by_name(name: str, size: int) -> Glance | None:
    """Return what an object is, as far as name and size in bytes say it; None where its bytes are to be looked at."""
    if not name or _OTHER.search(name):
        return NOTHING
    if not size:
        return by_name(name)
    if _COLLECTED.fullmatch(name):
        return Glance("collected")
    for pattern, form in _FORMATS:
        if pattern.search(name):
            return Glance("segment" if is_later_segment(name) else "image", form)
    if _RAW.search(name):
        if size % _SECTOR or size < SMALLEST_DISK:
            return None
        return Glance("segment" if is_later_segment(name) else "image", "raw")
    if _ARCHIVE.search(name) or PACKED_NAME.search(name):
        return Glance("archive", "archive")
    if _UNOPENED.search(name):
        return Glance("nothing", why="archives of 7-Zip and RAR are not opened; unpack it")
    return None


def may_be_late_segment(name: str) -> bool:
    """Whether a name is that of a segment after `.E99`, where there is one."""
    return _LATE_EWF.search(name) is not None


def collection_of(folder: str) -> str:
    """Return the folder of the whole collection of which collected files in `folder` are a part, by the names of the folders."""
    parts = folder.split("/") if folder else []
    profiles = max((place for place, part in enumerate(parts) if _PROFILES.fullmatch(part)), default=None)
    if profiles is not None:
        parts = parts[: profiles + 1]
    while parts and PART_NAME.fullmatch(parts[-1]):
        parts.pop()
    return "/".join(parts)
