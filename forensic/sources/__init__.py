"""Sources: from what was handed in to the installations that are proposed in it.

An evidence source is a disk image (`disk`) or collected files (`collection`). It says what was given, what was found, and what was set
aside. A Windows is found by the hives at its system root (`system_root`), bare hives by their content (`hive_kind`, `hive_set`).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from contextlib import closing, suppress

from forensic.containers import open_image
from forensic.containers.formats import L01, VMA, WIM, is_archive
from forensic.errors import NotFound, Unreadable, Unsupported
from forensic.sources.disk import DiskSource
from forensic.sources.evidence_source import EvidenceSource
from forensic.sources.lone_mark import GLANCE, may_be_lone
from forensic.storage.file import EvidenceFile
from forensic.storage.location import locate
from forensic.storage.meter import ReadMeter
from forensic.volumes.volume_key import VolumeKey


def open_source(path: str, meter: ReadMeter, *, image: int | None = None, keys: Sequence[VolumeKey] = ()) -> EvidenceSource:
    """Open whatever is at `path`, by its content; a ForensicError says in one sentence why that is not possible.

    `image` is the number of the only image of a WIM that is looked at; it is wrong for anything else.
    `keys` are tried on encrypted volumes.
    """
    source = _open(path, meter, image, keys)
    if image is not None and not source.has_numbered_images:
        source.close()
        raise Unsupported(f"image {image} was asked for, and this is no WIM, which alone holds several by number")
    return source


def _open(path: str, meter: ReadMeter, image: int | None, keys: Sequence[VolumeKey]) -> EvidenceSource:
    locate(path)
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116  a Path would turn "" into "."
    except FileNotFoundError:
        raise NotFound("no such file or folder", code="no-file") from None
    except (OSError, ValueError) as error:
        raise Unreadable(str(getattr(error, "strerror", None) or error)) from None
    if stat.S_ISDIR(mode):
        from forensic.sources.collection import CollectionSource
        from forensic.volumes.directory import DirectoryTree

        return CollectionSource(DirectoryTree(path, meter), "directory", keys)
    head = b""
    if stat.S_ISREG(mode):
        with closing(EvidenceFile(path)) as file, suppress(Unreadable):  # a bad first sector ends no image
            head = file.read_at(0, max(GLANCE, 512))
    if is_archive(head):
        from forensic.sources.archive import open_archive

        return open_archive(path, meter, head, keys)
    if WIM.detect(head, b""):
        from forensic.sources.wim import WimSource

        return WimSource(path, meter, image)
    if L01.detect(head, b""):
        from forensic.sources.collection import CollectionSource
        from forensic.volumes.logical_tree import LogicalTree

        return CollectionSource(LogicalTree(path, meter), L01.name, keys)
    if VMA.detect(head, b""):
        from forensic.sources.collection import CollectionSource
        from forensic.volumes.vma import VmaTree

        return CollectionSource(VmaTree(path, meter), VMA.name, keys)
    if stat.S_ISREG(mode) and may_be_lone(os.path.basename(path), head):  # noqa: PTH119
        from forensic.sources.lone_file import open_lone_file

        lone = open_lone_file(path, meter)
        if lone is not None:
            return lone
    return DiskSource(open_image(path, meter), keys=keys)


__all__ = ["DiskSource", "EvidenceSource", "open_source"]
