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
from forensic.storage.local import LocalLocation
from forensic.storage.location import Location, Where, locate
from forensic.storage.meter import ReadMeter
from forensic.volumes.volume_key import VolumeKey


def open_source(given: Where, meter: ReadMeter, *, image: int | None = None, keys: Sequence[VolumeKey] = ()) -> EvidenceSource:
    """Open whatever is at a path, a URL or a place, by its content; a ForensicError says in one sentence why that is not possible.

    `image` is the number of the only image of a WIM that is looked at; it is wrong for anything else.
    `keys` are tried on encrypted volumes.
    """
    source = _open(given, meter, image, keys)
    if image is not None and not source.has_numbered_images:
        source.close()
        raise Unsupported(f"image {image} was asked for, and this is no WIM, which alone holds several by number")
    return source


def _open(given: Where, meter: ReadMeter, image: int | None, keys: Sequence[VolumeKey]) -> EvidenceSource:
    where = locate(given)
    if not isinstance(where, LocalLocation):
        return open_remote(where, meter, image=image, keys=keys)
    try:
        mode = os.stat(where.path).st_mode  # noqa: PTH116  a Path would turn "" into "."
    except FileNotFoundError:
        raise NotFound("no such file or folder", code="no-file") from None
    except (OSError, ValueError) as error:
        raise Unreadable(str(getattr(error, "strerror", None) or error)) from None
    if stat.S_ISDIR(mode):
        from forensic.sources.collection import CollectionSource
        from forensic.volumes.directory import DirectoryTree

        return CollectionSource(DirectoryTree(where.path, meter), "directory", keys)
    if stat.S_ISREG(mode):
        return _open_file(where, meter, image, keys)
    return DiskSource(open_image(where, meter), keys=keys)


def open_remote(where: Location, meter: ReadMeter, *, image: int | None = None, keys: Sequence[VolumeKey] = ()) -> EvidenceSource:
    """Open the object at `where`, or what lies below it where it is a folder of a store."""
    from forensic.storage.brokered import BrokeredLocation
    from forensic.storage.remote import RemoteLocation
    from forensic.volumes.prefix import prefix_tree

    tree = None
    if isinstance(where, RemoteLocation) or (isinstance(where, BrokeredLocation) and where.is_folder):
        tree = prefix_tree(where, meter)
    if tree is not None:
        from forensic.sources.collection import CollectionSource

        return CollectionSource(tree, "directory", keys)
    return _open_file(where, meter, image, keys)


def _open_file(where: Location, meter: ReadMeter, image: int | None, keys: Sequence[VolumeKey]) -> EvidenceSource:
    """Open a file as what its first bytes show."""
    head = b""
    with closing(EvidenceFile(where)) as file, suppress(Unreadable):  # a bad first sector ends no image
        head = file.read_at(0, max(GLANCE, 512))
    if is_archive(head):
        from forensic.sources.archive import open_archive

        return open_archive(where, meter, head, keys)
    if WIM.detect(head, b""):
        from forensic.sources.wim import WimSource

        return WimSource(where, meter, image)
    if L01.detect(head, b""):
        from forensic.sources.collection import CollectionSource
        from forensic.volumes.logical_tree import LogicalTree

        return CollectionSource(LogicalTree(where, meter), L01.name, keys)
    if VMA.detect(head, b""):
        from forensic.sources.collection import CollectionSource
        from forensic.volumes.vma import VmaTree

        return CollectionSource(VmaTree(where, meter), VMA.name, keys)
    if may_be_lone(where.name, head):
        from forensic.sources.lone_file import open_lone_file

        lone = open_lone_file(where, meter)
        if lone is not None:
            return lone
    return DiskSource(open_image(where, meter), keys=keys)


__all__ = ["DiskSource", "EvidenceSource", "open_source"]
