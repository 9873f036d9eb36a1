"""Image: an opened disk or volume image, whatever its container."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from forensic.storage.source import Accounting, EvidenceFile, Source

if TYPE_CHECKING:
    from forensic.model import Problem


class Image:
    """The disk or volume inside a container: a `Source` of its bytes, and what the container says about itself.

    Formats subclass it, or wrap a `Source` with it. `problems` grows while the image is read (a bad chunk is noticed when it is needed).
    """

    def __init__(self, path: str, format: str, data: Source, files: Sequence[EvidenceFile], accounting: Accounting) -> None:  # noqa: A002  the contract's word
        """Describe an image whose bytes are `data`, read from `files`."""
        self.path, self.format = path, format
        self.data, self.files, self.accounting = data, list(files), accounting
        self.segments: tuple[str, ...] = tuple(file.name for file in files)
        self.sector_size = 512
        """Bytes in a sector, as the container says; 512 where it says nothing."""
        self.stored_hashes: dict[str, str] = {}
        """Hashes of the content that the container carries: `md5`, `sha1`, lower-case hex."""
        self.problems: list[Problem] = []

    @property
    def size(self) -> int:
        """Bytes of the disk or volume."""
        return self.data.size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only at the end. Unreadable when they cannot be had."""
        return self.data.read_at(offset, size)

    def close(self) -> None:
        """Release all files."""
        for file in self.files:
            file.close()
