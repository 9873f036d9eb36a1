"""Archives as sources: a zip or a tar, told by its content, of collected files, of images, or of a single raw image."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from forensic.containers.formats import AFF4, HEAD, RAW, recognize
from forensic.containers.image import Image
from forensic.containers.unpacking import packed_by
from forensic.errors import ForensicError, Malformed
from forensic.sources.collection import CollectionSource, WholeTree
from forensic.sources.contained_image import is_image
from forensic.sources.disk import DiskSource
from forensic.sources.evidence_source import EvidenceSource
from forensic.sources.lone_file import LoneFileSource, is_lone_file
from forensic.storage.file import EvidenceFile
from forensic.storage.location import Where, locate
from forensic.storage.meter import ReadMeter
from forensic.volumes.archive import ArchiveTree
from forensic.volumes.tar import TarTree
from forensic.volumes.tree import walk
from forensic.volumes.volume_key import VolumeKey

ZIP = (b"PK\x03\x04", b"PK\x05\x06")


def open_archive(where: Where, meter: ReadMeter, head: bytes, keys: Sequence[VolumeKey] = ()) -> EvidenceSource:
    """Open the archive at `where`, which begins with `head`; a ForensicError says in one sentence why that is not possible.

    `keys` are tried on encrypted volumes.
    """
    if head.startswith(ZIP):
        tree: WholeTree = ArchiveTree(where, meter)
        form = "zip"
    else:
        form = "tar"
        try:
            tree = TarTree(where, meter)
        except Malformed:
            if packed_by(head) is None:
                raise
            raise recognize(head, b"").refuse(EvidenceFile(where).name) from None
    if form == "zip" and any(entry.name == "information.turtle" for entry in tree.list()):
        raise AFF4.of(EvidenceFile(where).name)
    if form == "tar" and _is_appliance(tree):
        form = "ova"
    files = list(islice((name for name, entry in walk(tree) if not entry.is_directory), 2))
    if len(files) == 1 and (image := _single_image(tree, locate(where).path, files[0], meter, f"raw in {form}", keys)) is not None:
        return image
    if len(files) == 1 and is_lone_file(tree, files[0]):
        return LoneFileSource(tree, files[0], form)
    return CollectionSource(tree, form, keys)


def _is_appliance(tree: WholeTree) -> bool:
    """Tell whether a tar is an OVA, a virtual machine: the description and the disks that it names lie in its root."""
    return any(entry.name.lower().endswith(".ovf") and not entry.is_directory for entry in tree.list())


def _single_image(tree: WholeTree, path: str, member: str, meter: ReadMeter, form: str, keys: Sequence[VolumeKey]) -> DiskSource | None:
    """Return the raw image that is all that an archive holds; None where its file is anything else."""
    try:
        file = tree.open(member)
        file.read_at(HEAD, 1)  # all of it will be needed: unpacked now, it is not begun twice
        head = file.read_at(0, HEAD)
    except ForensicError:
        return None
    if recognize(head, b"") is not RAW or not is_image(tree, member):
        return None
    image = Image(path, form, file, (), meter)
    image.problems = tree.problems
    return DiskSource(image, keys=keys)
