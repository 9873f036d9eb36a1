"""EWF2 image (EnCase 7 Ex01), read by libewf.

libewf gives out the bytes of a damaged chunk without a word (seen with version 20260924), so such an image carries a warning:
only its stored hash, compared with the computed one, vouches for its content.

Source: J. Metz, "Expert Witness Compression Format version 2 specification" (libewf documentation).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from forensic.containers.image import Image
from forensic.containers.segment import siblings, split_name
from forensic.containers.source import EvidenceFile, Roster, SourceReader
from forensic.errors import ForensicError, NotFound, Unreadable, Unsupported
from forensic.model import Problem

SIGNATURE = b"EVF2\r\n\x81\x00"
LOGICAL = b"LEF2\r\n\x81\x00"
BLOCK = 1 << 20
"""Bytes asked of the library at a time."""


def detect(head: bytes, tail: bytes) -> bool:
    """Tell whether `head` begins an EWF2 segment file."""
    del tail
    return head.startswith((SIGNATURE, LOGICAL))


def open_container(file: EvidenceFile) -> Image:
    """Open the image that `file` is a segment of; a later segment leads to the first one beside it."""
    if file.read_at(0, 8) == LOGICAL:
        raise Unsupported(f"{file.path.name} is a logical evidence file (Lx01): it holds copied files, not a disk")
    files = _find(file)
    try:
        media = _Media([SourceReader(_Woken(segment, roster)) for roster in [Roster()] for segment in files], file.path.name)
    except BaseException:
        for segment in files:
            segment.close()
        raise
    image = _LibraryImage(str(file.path), "ewf2", media, files, file.accounting)
    image.sector_size = media.sector_size
    image.stored_hashes = media.hashes
    what = "read by libewf, which does not report damaged chunks: compare the stored hash before relying on the content"
    image.problems.append(Problem("warning", file.path.name, what))
    return image


def _number(extension: str) -> int | None:
    """Read the extensions Ex01 to Ex99, then ExAA to ExZZ, EyAA to EzZZ."""
    text = extension.upper()
    if re.fullmatch(r"EX[0-9]{2}", text):
        return int(text[2:])
    if re.fullmatch(r"E[X-Z][A-Z]{2}", text):
        return 100 + ((ord(text[1]) - ord("X")) * 26 + ord(text[2]) - ord("A")) * 26 + ord(text[3]) - ord("A")
    return None


def _find(file: EvidenceFile) -> list[EvidenceFile]:
    """Return the segments beside `file` in the order of the numbers in them; NotFound when one is missing."""
    named = siblings(file.path, _number) if _number(split_name(file.path)[1]) is not None else {}
    numbered: dict[int, EvidenceFile] = {}
    roster = Roster()
    try:
        for path in dict.fromkeys([file.path, *named.values()]):
            segment = file if path == file.path else EvidenceFile(path, file.accounting)
            head = roster.wake(segment).read_at(0, 32)
            number = int.from_bytes(head[12:16], "little")
            if head.startswith(SIGNATURE) and number not in numbered:
                numbered[number] = segment
            else:
                segment.close()
    except BaseException:
        for segment in numbered.values():
            segment.close()
        raise
    missing = next(number for number in range(1, len(numbered) + 2) if number not in numbered)
    if missing <= len(numbered):
        raise NotFound(f"{file.path.name}: segment {missing} of this EWF image is not beside it")
    return [numbered[number] for number in sorted(numbered)]


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


class _Woken:
    """A segment that is counted among the open ones when it is read."""

    def __init__(self, file: EvidenceFile, roster: Roster) -> None:
        self._file, self._roster = file, roster

    @property
    def size(self) -> int:
        return self._file.size

    def read_at(self, offset: int, size: int) -> bytes:
        return self._roster.wake(self._file).read_at(offset, size)


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
