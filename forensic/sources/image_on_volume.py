"""Images on volumes: files on a disk without a Windows that may hold one, virtual disks and other images; named, and not opened."""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensic.containers.formats import HEAD, RAW, recognize
from forensic.errors import ForensicError
from forensic.model import Locator, Problem
from forensic.sources.system_root import entries_of, nested_folders
from forensic.volumes.disk import Volume

NAMED_LIMIT = 20
"""Images on one volume that are named one by one."""
_NAME = re.compile(
    r"\.(?:a?vhdx?|vmdk|qcow2?|vdi|[es]01|ex01|l01|lx01|ad1|aff|dd|raw|img|001|wim|esd|swm|gho|tib|zip|tar|tgz|7z|rar|gz|xz|ova|parallels)$",
    re.IGNORECASE,
)


def images_on(volume: Volume) -> Iterator[Problem]:
    """Yield a problem for each file, down to three folders, that by name and content is an image or an archive."""
    found = 0
    for folder in ("", *nested_folders(volume.tree)):
        for entry in entries_of(volume.tree, folder):
            path = f"{folder}/{entry.name}".lstrip("/")
            if entry.is_directory or entry.is_link or not _NAME.search(entry.name) or (title := _title(volume, path)) is None:
                continue
            found += 1
            if found > NAMED_LIMIT:
                yield Problem("error", volume.id, f"more than {NAMED_LIMIT} images in it, which were not opened", "not-opened")
                return
            yield Problem("error", str(Locator(volume=volume.id, file=path)), f"not opened: {title}", "not-opened")


def _title(volume: Volume, path: str) -> str | None:
    try:
        file = volume.tree.open(path)
        row = recognize(file.read_at(0, HEAD), b"")
    except ForensicError as error:
        return f"named like an image, and cannot be read: {error}"
    if row is RAW:
        return "named like a raw image of a disk" if file.size >= 1 << 20 else None
    if row.holds_files:
        return row.title
    return row.refusals[0].what if row.module is None else f"a disk image ({row.title})"
