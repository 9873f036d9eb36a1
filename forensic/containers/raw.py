"""Raw image: the bytes of the disk or volume themselves, in one file or split over several (`.001`, `.000`, `.aa` …).

Nothing in a raw image says that it is one: it is what every file is that no other format claims. Only names tell that a file is a
segment; a segment's neighbours are those with the same stem and the next number.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate

from forensic.containers.image import Image
from forensic.containers.segment import siblings, split_name
from forensic.errors import ForensicError, NotFound, Unreadable
from forensic.model import Problem
from forensic.storage.file import EvidenceFile, FilePool
from forensic.storage.source import Source

NEAR = 3
"""A file this many numbers past a missing segment may be a last, shorter segment; further off it must have the size of the others."""


def open_container(file: EvidenceFile) -> Image:
    """Open `file`, with the segments beside it where its name is that of a segment."""
    pattern = _pattern(split_name(file.name)[1])
    if pattern is None:
        return _whole(file)
    number, name = pattern
    return _open_split(file, siblings(file, number, name), number, name)


def _whole(file: EvidenceFile) -> Image:
    return Image(file.location.path, "raw", file, [file], file.meter)


def _pattern(extension: str) -> tuple[Callable[[str], int | None], Callable[[int], str]] | None:
    """Return how extensions of this one's kind are read and written as numbers; None where it is no segment's."""
    width = len(extension)
    if re.fullmatch(r"[0-9]{3,5}", extension):
        # .999 is followed by .1000, so a longer number counts where its first digit is not a zero
        shape = re.compile(rf"[0-9]{{{width}}}|[1-9][0-9]{{{width},5}}")
        return lambda text: int(text) if shape.fullmatch(text) else None, lambda index: f"{index:0{width}d}"
    if re.fullmatch(r"[A-Za-z]{2,3}", extension):

        def number(text: str) -> int | None:
            if len(text) != width or not text.isascii() or not text.isalpha():
                return None
            value = 0
            for letter in text.lower():
                value = value * 26 + ord(letter) - ord("a")
            return value

        def name(index: int) -> str:
            letters = ""
            for _ in range(width):
                index, rest = divmod(index, 26)
                letters = chr(ord("a") + rest) + letters
            return letters

        return number, name
    return None


def _open_split(file: EvidenceFile, found: dict[int, str], number: Callable[[str], int | None], name: Callable[[int], str]) -> Image:
    stem, extension = split_name(file.name)
    given = number(extension)
    digits = extension.isdigit()
    first = 0 if 0 in found or not digits else 1
    if given is None or not (digits or ({0, 1} <= found.keys() and {given - 1, given + 1} & found.keys())):  # `.dd` names a whole image
        return _whole(file)
    if first not in found:
        missing = f"{stem}.{name(first)}"
        if len(found) > 1:
            what = f"{file.name} is named like a later segment of a split raw image, and the first one, {missing}, is not beside it"
            raise NotFound(what, code="no-file")
        image = _whole(file)
        image.problems.append(
            Problem(
                "error",
                file.name,
                f"named like a later segment of a split raw image, but {missing} is not there: read as a whole image",
                "missing-segment",
            )
        )
        return image

    files: dict[int, EvidenceFile] = {}
    refused: dict[str, str] = {}
    pool = FilePool()
    last = first
    for index, beside in found.items():
        try:
            segment = file if index == given else file.beside(beside)
            if index != given and index > last + 1 and not _belongs(segment.size, files[first].size, index - last):
                segment.close()
                continue
            files[index] = pool.acquire(segment)
        except ForensicError as error:
            if index == first:
                raise
            refused[f"{stem}.{name(index)}"] = f" ({error})"
            continue
        last = index
    image = _join(file, stem, name, files, pool)
    image.problems += [Problem("error", where, f"this segment was not opened{why}", "missing-segment") for where, why in refused.items()]
    return image


def _belongs(size: int, usual: int, distance: int) -> bool:
    """Tell whether a file past a gap is a segment of the same image, judged by its size."""
    return size == usual or (distance <= NEAR and 0 < size < usual)


def _join(file: EvidenceFile, stem: str, name: Callable[[int], str], files: dict[int, EvidenceFile], pool: FilePool) -> Image:
    first, last = min(files), max(files)
    usual = files[first].size
    parts: list[EvidenceFile | None] = [files.get(index) for index in range(first, last + 1)]
    names = [f"{stem}.{name(index)}" for index in range(first, last + 1)]
    data: Source = parts[0] if len(parts) == 1 and parts[0] is not None else _Segments(parts, names, usual, pool)
    image = Image(file.location.path, "raw", data, list(files.values()), file.meter)
    gap = False
    for part, segment in zip(parts, names, strict=True):
        if part is None:
            if not gap:
                image.problems.append(
                    Problem(
                        "error",
                        segment,
                        "this segment is missing or unreadable; nothing from here on can be placed, so it is not read",
                        "missing-segment",
                    )
                )
            gap = True
        elif part.size != usual and (segment != names[-1] or part.size > usual):
            image.problems.append(
                Problem(
                    "error",
                    segment,
                    f"holds {part.size} bytes where the first segment holds {usual}: all that follows may be displaced",
                    "truncated-image",
                )
            )
    return image


class _Segments:
    """Segments one after the other; from the first missing one on everything is unreadable."""

    def __init__(self, parts: list[EvidenceFile | None], names: list[str], usual: int, pool: FilePool) -> None:
        self._parts, self._names, self._pool = parts, names, pool
        self._ends = list(accumulate(usual if part is None else part.size for part in parts))
        self._gap = next((index for index, part in enumerate(parts) if part is None), len(parts))

    @property
    def size(self) -> int:
        return self._ends[-1]

    def read_at(self, offset: int, size: int) -> bytes:
        if offset < 0:
            return b""
        size = min(size, self.size - offset)
        pieces = []
        while size > 0:
            index = bisect_right(self._ends, offset)
            part = self._parts[index] if index < self._gap else None
            if part is None:
                raise Unreadable(f"media offset {offset:#x} lies in or after the missing segment {self._names[self._gap]}")
            start = self._ends[index] - part.size
            want = min(size, part.size - (offset - start))
            piece = self._pool.acquire(part).read_at(offset - start, want)
            if len(piece) < want:
                raise Unreadable(f"{part.name}: ended early at offset {offset - start + len(piece):#x}")
            pieces.append(piece)
            offset, size = offset + want, size - want
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
