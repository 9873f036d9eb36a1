"""Parents: the image below a differencing disk, a snapshot or an overlay, opened by the name that the disk gives it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from forensic.containers.image import Image, Snapshot
from forensic.containers.sparse import Missing, ParentLink, SparseDisk
from forensic.errors import ForensicError, Malformed, NotFound, Unsupported
from forensic.storage.file import EvidenceFile
from forensic.storage.source import Source

MAX_DEPTH = 64
"""The longest chain of parents that is followed; Hyper-V allows 50 checkpoints, VMware 32 snapshots."""

OpenFile = Callable[[EvidenceFile, tuple[str, ...]], Image]
"""Opens the image in a file that is below disks with these fingerprints."""


class Parent:
    """The image below a disk: what the disk itself does not hold is read from there, zeros past its end."""

    size = 1 << 64

    def __init__(self, image: Image, child: SparseDisk) -> None:
        """Read from `image`, and tell `child` its problems."""
        self.image, self._child, self._told = image, child, 0
        self._tell()

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`."""
        try:
            data = self.image.read_at(offset, size)
        finally:
            self._tell()
        return data.ljust(size, b"\0")

    def _tell(self) -> None:
        self._child.problems += self.image.problems[self._told :]
        self._told = len(self.image.problems)


class SparseImage(Image):
    """The image of a sparse disk, with the files and problems of all that it is made from."""

    data: SparseDisk

    def __init__(self, disk: SparseDisk, format: str, files: Sequence[Source] = ()) -> None:  # noqa: A002  the contract's word
        """Describe `disk`; those of `files` that are files of evidence are its further ones."""
        found = [disk.file, *(file for file in files if isinstance(file, EvidenceFile))]
        super().__init__(disk.file.location.path, format, disk, found, disk.file.meter)
        self.problems = disk.problems

    def snapshots(self) -> Sequence[Snapshot]:
        """Return the earlier states of the disk that the container keeps; of a parent's nobody asks, they are of before this disk."""
        return self.data.snapshots()

    def join_parents(self, open_file: OpenFile, above: tuple[str, ...]) -> None:
        """Open the parent that the disk names. Where that is not possible, the disk says why, and what the parent held is unreadable."""
        disk, link = self.data, self.data.link
        if link is None:
            return
        disk.parent = _find(disk, link, open_file, above)
        if isinstance(disk.parent, Parent):
            self.files += disk.parent.image.files


def _find(disk: SparseDisk, link: ParentLink, open_file: OpenFile, above: tuple[str, ...]) -> Parent | Missing:
    for name in link.names:
        try:
            parent = Parent(_open(disk, link, name, open_file, above), disk)
        except NotFound as error:
            if error.code == "is-link":
                return _missing(disk, f"the {link.what} {name!r} is not opened ({error})")
            continue
        except ForensicError as error:
            return _missing(disk, f"the {link.what} {name!r} cannot be opened ({error})")
        fault = link.fault(parent.image.data)
        if fault is None:
            return parent
        parent.image.close()
        return _missing(disk, f"{parent.image.files[0].name!r} {fault}")
    spelled = " or ".join(repr(name) for name in dict.fromkeys(link.names)) or "that it does not name"
    return _missing(disk, f"the {link.what} {spelled} is not beside {disk.name}, the only place where it is looked for")


def _open(disk: SparseDisk, link: ParentLink, name: str, open_file: OpenFile, above: tuple[str, ...]) -> Image:
    """Open the image that `name` stands for; Malformed when the chain of parents leads back, Unsupported when it is too long."""
    location, meter = disk.file.location.resolve(name), disk.file.meter
    if link.raw:
        file = EvidenceFile(location, meter)
        return Image(location.path, "raw", file, [file], meter)
    chain = (*above, disk.file.location.fingerprint())
    if location.fingerprint() in chain:
        raise Malformed(f"{disk.name}: the chain of parents leads back to {location.name}")
    if len(chain) > MAX_DEPTH:
        raise Unsupported(f"{disk.name}: more than {MAX_DEPTH} parents", code="too-large")
    return open_file(EvidenceFile(location, meter), chain)


def _missing(disk: SparseDisk, why: str) -> Missing:
    """Note that what `disk` does not hold itself cannot be read, and return the source that says so."""
    disk.note("error", disk.name, f"{why}; what the file does not hold itself is unreadable", "backing-missing")
    return Missing(f"{disk.name}: {why}")
