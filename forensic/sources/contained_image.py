"""Contained images: images of disks and volumes among the files of a folder or an archive, found by content and opened where they lie."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from forensic.containers import open_image
from forensic.containers.formats import HEAD, OPENED, RAW, WIM, is_later_segment, recognize
from forensic.errors import ForensicError
from forensic.model import Problem, SetAside
from forensic.sources.disk import DiskSource
from forensic.sources.wim import WimSource
from forensic.storage.meter import ReadMeter
from forensic.storage.source import Source
from forensic.volumes.content import identify_boot_sector
from forensic.volumes.gpt import SIGNATURE as GPT_SIGNATURE
from forensic.volumes.mbr import read_entries
from forensic.volumes.partition_table import read_table
from forensic.volumes.tree import Tree
from forensic.volumes.tree_location import TreeLocation
from forensic.volumes.volume_key import VolumeKey

IMAGE_LIMIT = 16
"""Images of one source that are opened at most."""
NAMED_LIMIT = 20
"""Images that were not opened, each a problem of its own, at most."""
SMALLEST_DISK = 1 << 20
"""Bytes of the smallest raw image: what is smaller is a copy of a boot sector or of a partition table."""
_RAW_NAME = re.compile(r"\.(?:dd|raw|img|image|a?vhd)$", re.IGNORECASE)
_SECTOR = 512


class ContainedImages(msgspec.Struct):
    """The images that were found among the files of a tree."""

    disks: list[DiskSource | WimSource] = []
    left: list[str] = []
    """The other files, in their order."""
    set_aside: list[SetAside] = []
    problems: list[Problem] = []

    left_out: int = 0
    """Images that were not opened."""

    def leave(self, path: str, why: str, code: str | None = None) -> None:
        """Set an image aside that was not opened, as a problem: a Windows in it would not be seen."""
        self.left_out += 1
        self.set_aside.append(SetAside(path, why))
        if self.left_out <= NAMED_LIMIT:
            self.problems.append(Problem("error", path, f"not opened: {why}", "encrypted" if code == "encrypted" else "not-opened"))


def open_contained(tree: Tree, paths: Sequence[str], keys: Sequence[VolumeKey] = ()) -> ContainedImages:
    """Open the images among the files at `paths`; each once, whatever the number of its segments, parents and copies.

    An image that lies in one of these images is not looked for. `keys` are tried on encrypted volumes.
    """
    found = ContainedImages()
    images = [path for path in paths if is_image(tree, path)]
    taken: set[str] = set()
    for path in sorted(images, key=lambda path: (is_later_segment(path), path)):
        if path in taken:
            continue
        if len(found.disks) >= IMAGE_LIMIT:
            found.leave(path, f"more than {IMAGE_LIMIT} images")
            continue
        try:
            disk = _open(tree, path, keys)
        except ForensicError as error:
            found.leave(path, str(error), error.code)
            continue
        taken.update(disk.paths)
        found.disks.append(disk)
    if found.left_out > NAMED_LIMIT:
        what = f"{found.left_out - NAMED_LIMIT} more images were not opened"
        found.problems.append(Problem("error", "collection", what, "not-opened"))
    _drop_parents(found)
    _drop_copies(found)
    known = taken.union(images)
    found.left = [path for path in paths if path not in known]
    return found


def _open(tree: Tree, path: str, keys: Sequence[VolumeKey]) -> DiskSource | WimSource:
    """Open the image or the WIM at `path`, and let go of its files until they are read; the tree counts what is read."""
    where, meter = TreeLocation(tree, path), ReadMeter()
    if WIM.detect(tree.open(path).read_at(0, HEAD), b""):
        captured = WimSource(where, meter, within=path)
        captured.wim.release()
        return captured
    image = open_image(where, meter)
    disk = DiskSource(image, path, keys)
    for file in image.files:
        file.release()
    return disk


def is_image(tree: Tree, path: str) -> bool:
    """Tell by content whether a file is an image or a WIM that is opened; of one without any mark, as a wiped disk, by name and size."""
    try:
        file = tree.open(path)
        if file.size == 0:
            return False
        row = recognize(file.read_at(0, HEAD), b"")
        if row is not RAW:
            return row in OPENED or row is WIM
        if file.size < SMALLEST_DISK:
            return False
        return is_disk(file) or (file.size % _SECTOR == 0 and bool(_RAW_NAME.search(path) or is_later_segment(path)))
    except ForensicError:
        return False  # whoever asks what it is says so


def is_disk(source: Source) -> bool:
    """Tell whether bytes are those of a disk or a volume, and not a copy of its first sectors alone."""
    head = source.read_at(0, HEAD)
    sector = head[:_SECTOR]
    if identify_boot_sector(sector) is not None:
        return True
    has_table = GPT_SIGNATURE in (head[_SECTOR : _SECTOR + 8], source.read_at(HEAD, 8)) or read_entries(sector)
    return bool(has_table) and any(0 < partition.start < source.size for partition in read_table(source).partitions)


def _drop_parents(found: ContainedImages) -> None:
    """Set aside the images that others are made from: what those show is read through them."""
    for disk in list(found.disks):
        own = disk.paths[0]
        child = next((other for other in found.disks if other is not disk and own in other.paths), None)
        if child is not None:
            _drop(found, disk, f"{child.within} is made from it, and shows a later state of the same disk")


def _drop_copies(found: ContainedImages) -> None:
    """Set aside each image whose content is, by the hash that both store, that of one before it."""
    seen: dict[tuple[object, ...], DiskSource] = {}
    for disk in [one for one in found.disks if isinstance(one, DiskSource)]:
        for name, value in disk.image.stored_hashes.items():
            first = seen.setdefault((disk.image.size, name, value), disk)
            if first is not disk:
                why = f"the same content as {first.within}: both store {name.upper()} {value}"
                found.problems.append(Problem("warning", disk.within, f"not examined a second time: {why}", "set-aside"))
                _drop(found, disk, why)
                break


def _drop(found: ContainedImages, disk: DiskSource | WimSource, why: str) -> None:
    found.disks.remove(disk)
    found.set_aside.append(SetAside(disk.within, why))
    disk.close()
