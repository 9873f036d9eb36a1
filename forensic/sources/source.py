"""EvidenceSource: one source of evidence as it was handed in, opened: an image with its volumes, or collected files."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import islice
from typing import TYPE_CHECKING

from forensic.containers import open_image
from forensic.containers.image import Image
from forensic.errors import ForensicError, NotFound, Unreadable, Unsupported
from forensic.model import Problem, SourceInfo, VolumeInfo
from forensic.sources.discovery import find_boot_paths, find_collected, find_installations
from forensic.storage.file import EvidenceFile
from forensic.storage.location import locate
from forensic.storage.meter import ReadMeter
from forensic.volumes.disk import Disk, open_disk
from forensic.volumes.tree import walk
from forensic.windows.installation import Installation

if TYPE_CHECKING:
    from forensic.volumes.archive import ArchiveTree
    from forensic.volumes.directory import DirectoryTree
    from forensic.volumes.tree import Tree


class DiskSource:
    """A disk or volume image."""

    def __init__(self, image: Image) -> None:
        """Read the partition tables of `image`."""
        self.image = image
        self.disk: Disk = open_disk(image, image.sector_size)

    def installations(self, *, copies: bool, cross_check: bool) -> list[Installation]:
        """Return the installations of all volumes, in the order of the volumes."""
        found: list[Installation] = []
        boot_paths = find_boot_paths(self._trees())
        for volume in self.disk.volumes:
            if volume.not_examined is None:
                try:
                    found += find_installations(volume, self.disk.volumes, boot_paths=boot_paths, copies=copies, cross_check=cross_check)
                except ForensicError as error:
                    self.disk.problems.append(Problem("error", volume.id, str(error)))
        return found

    def _trees(self) -> Iterator[Tree]:
        for volume in self.disk.volumes:
            if volume.not_examined is None:
                try:
                    yield volume.tree
                except ForensicError:
                    continue  # looking for installations in it states why

    def source_info(self, path: str) -> SourceInfo:
        """Describe the container."""
        image = self.image
        return SourceInfo(path, image.format, image.size, image.segments, image.sector_size, image.stored_hashes)

    def volume_infos(self) -> tuple[VolumeInfo, ...]:
        """Describe the volumes, examined or not."""
        return tuple(
            VolumeInfo(v.id, v.scheme, v.start, v.size, v.filesystem, v.serial_text, v.label, v.not_examined) for v in self.disk.volumes
        )

    def problems(self) -> list[Problem]:
        """Return what was found wrong with the container, the tables and the file systems so far."""
        trees = [problem for volume in self.disk.volumes for problem in volume.problems]
        return [*self.image.problems, *self.disk.problems, *trees]

    def close(self) -> None:
        """Release the image."""
        self.image.close()


class CollectionSource:
    """Collected hives or a mounted Windows tree, in a folder or a zip archive."""

    def __init__(self, tree: DirectoryTree | ArchiveTree, format_name: str) -> None:
        """Look into `tree`; `format_name` is what the report calls it."""
        self.tree, self.format_name = tree, format_name
        self._found: list[Installation] = []

    def installations(self, *, copies: bool, cross_check: bool) -> list[Installation]:
        """Return the installations, without the earlier copies of their registries unless `copies`."""
        self._found = find_collected(self.tree, copies=copies, cross_check=cross_check)
        return self._found

    def source_info(self, path: str) -> SourceInfo:
        """Describe the collection; its size is that of the hives that were read."""
        return SourceInfo(path, self.format_name, sum(hive.size for found in self._found for hive in found.hive_infos()))

    def volume_infos(self) -> tuple[VolumeInfo, ...]:
        """Return nothing: volumes were not collected."""
        return ()

    def problems(self) -> list[Problem]:
        """Return what was found wrong so far."""
        return list(self.tree.problems)

    def close(self) -> None:
        """Do nothing: files are opened and released one by one."""


EvidenceSource = DiskSource | CollectionSource


def open_source(path: str, meter: ReadMeter) -> EvidenceSource:
    """Open whatever is at `path`, by its content; a ForensicError says in one sentence why that is not possible."""
    locate(path)
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116  one call answers all
    except FileNotFoundError:
        raise NotFound("no such file or folder") from None
    except (OSError, ValueError) as error:
        raise Unreadable(str(getattr(error, "strerror", None) or error)) from None
    if stat.S_ISDIR(mode):
        from forensic.volumes.directory import DirectoryTree

        return CollectionSource(DirectoryTree(path, meter), "directory")
    head = b""
    if stat.S_ISREG(mode):
        with closing(EvidenceFile(path)) as file, suppress(Unreadable):  # a bad first sector ends no image
            head = file.read_at(0, 4)
    if head == b"PK\x03\x04":
        return _open_archive(path, meter)
    if head == b"regf":
        raise Unsupported("this is a single registry hive; give the folder in which it lies together with the other hives")
    return DiskSource(open_image(path, meter))


def _open_archive(path: str, meter: ReadMeter) -> EvidenceSource:
    """Open a zip archive: of collected files, or of a single raw image."""
    from forensic.volumes.archive import ArchiveTree

    tree = ArchiveTree(path, meter)
    files = list(islice((name for name, entry in walk(tree) if not entry.is_directory), 2))
    if len(files) == 1:
        member = tree.open(files[0])
        if member.read_at(0, 4) != b"regf":
            return DiskSource(Image(path, "raw in zip", member, (), meter))
    return CollectionSource(tree, "zip")
