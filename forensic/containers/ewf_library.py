"""EWF2 images that our own reader cannot interpret, read by libewf.

libewf gives out the bytes of a damaged chunk without a word (seen with version 20260924), so such an image carries a warning:
only its stored hash, compared with the computed one, vouches for its content.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from forensic.containers.image import Image
from forensic.errors import ForensicError, Unreadable
from forensic.model import Problem
from forensic.storage.file import EvidenceFile, FilePool
from forensic.storage.source import SourceReader

BLOCK = 1 << 20
"""Bytes asked of the library at a time."""


def open_files(file: EvidenceFile, files: Sequence[EvidenceFile], pool: FilePool, problems: list[Problem]) -> Image:
    """Open the image in `files`, its segments in order; `file` is the one it was asked for by. Unreadable when libewf cannot either."""
    media = _Media([SourceReader(_Pooled(segment, pool)) for segment in files], file.name)
    image = _LibraryImage(file.location.path, "ewf2", media, files, file.meter)
    image.sector_size, image.stored_hashes, image.problems = media.sector_size, media.hashes, problems
    what = "read by libewf, which does not report damaged chunks: compare the stored hash before relying on the content"
    image.problems.append(Problem("warning", file.name, what))
    return image


@contextmanager
def _library(name: str) -> Iterator[None]:
    """Turn what libewf raises into Unreadable; what a segment raised while libewf read it stays as it was."""
    try:
        yield
    except (OSError, RuntimeError, OverflowError, MemoryError, SystemError) as error:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ForensicError):
                raise cause from None
            cause = cause.__cause__ or cause.__context__
        raise Unreadable(f"{name}: libewf: {error}") from None


class _Pooled:
    """A segment that is held open when it is read, and released when it was not for long."""

    def __init__(self, file: EvidenceFile, pool: FilePool) -> None:
        self._file, self._pool = file, pool

    @property
    def size(self) -> int:
        return self._file.size

    def read_at(self, offset: int, size: int) -> bytes:
        return self._pool.acquire(self._file).read_at(offset, size)


class _Media:
    """The media as libewf gives it."""

    def __init__(self, readers: list[SourceReader], name: str) -> None:
        import pyewf

        self._name = name
        self._handle: Any = pyewf.handle()
        with _library(name):
            self._handle.open_file_objects(readers)
            self.size: int = self._handle.get_media_size()
            self.sector_size: int = self._handle.get_bytes_per_sector()
            stored: dict[str, str] = self._handle.get_hash_values()
        self.hashes = {key.lower(): value.lower() for key, value in stored.items() if key.lower() in {"md5", "sha1"}}

    def read_at(self, offset: int, size: int) -> bytes:
        if offset < 0 or offset >= self.size:
            return b""
        size = min(size, self.size - offset)
        parts = []
        while size > 0:
            want = min(size, BLOCK)
            with _library(self._name):
                part: bytes = self._handle.read_buffer_at_offset(want, offset)
            if len(part) < want:
                raise Unreadable(f"{self._name}: media offset {offset + len(part):#x}: libewf gave {len(part)} of {want} bytes")
            parts.append(part)
            offset, size = offset + want, size - want
        return b"".join(parts)

    def close(self) -> None:
        with _library(self._name):
            self._handle.close()


class _LibraryImage(Image):
    """An image whose library handle is released before its files."""

    data: _Media

    def close(self) -> None:
        self.data.close()
        super().close()
