"""Sparse disks: what all virtual-disk formats share, a disk put together from runs of other sources.

A format says for a byte of the disk which source holds it and where (`SparseDisk.locate`); reading, joining neighbours, and saying
what is missing is the same for all.
"""

from __future__ import annotations

import importlib
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from itertools import islice
from pathlib import Path, PureWindowsPath
from typing import Any, Literal

from forensic.containers.image import Image
from forensic.errors import ForensicError, Malformed, NotFound, Unreadable, Unsupported
from forensic.model import Problem
from forensic.storage.source import EvidenceFile, Source

Run = tuple[Source, int, int]
"""A source, a position in it, and how many bytes from there lie in a row."""

MAX_DEPTH = 64
"""The longest chain of parents that is followed; Hyper-V allows 50 checkpoints, VMware 32 snapshots."""

_PAGE = 4096
_PAGES_KEPT = 1024
_FOLDER_LIMIT = 100_000
_opening: ContextVar[tuple[Path, ...]] = ContextVar("opening", default=())


class Memory:
    """Bytes in memory, as a source."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        """Hold `data`."""
        self._data = data

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self._data)

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`."""
        return self._data[offset : offset + size]


class Zeros:
    """What a format defines as zeros without storing them. Never a stand-in for bytes that could not be read."""

    size = 1 << 64

    def read_at(self, offset: int, size: int) -> bytes:  # noqa: ARG002  a source has positions, also where they do not matter
        """Return `size` zeros."""
        return bytes(size)


ZEROS = Zeros()


class Missing:
    """A file that belongs to the disk and is not there: every read is Unreadable and says so."""

    size = 1 << 64

    def __init__(self, why: str) -> None:
        """Remember `why`."""
        self._why = why

    def read_at(self, offset: int, size: int) -> bytes:
        """Raise Unreadable."""
        raise Unreadable(f"{size} bytes at disk offset {offset:#x}: {self._why}")


class Table:
    """Integers of one width that lie somewhere in a file: read by pages of 4 KiB when needed, the last 1024 pages kept."""

    def __init__(self, source: Source, name: str, width: int, byteorder: Literal["little", "big"]) -> None:
        """Read integers of `width` bytes from `source`; `name` is that of the file, for messages."""
        self._source, self._name, self._width, self._byteorder = source, name, width, byteorder
        self._page = lru_cache(maxsize=_PAGES_KEPT)(self._load)

    def _load(self, page: int) -> bytes:
        return self._source.read_at(page * _PAGE, _PAGE)

    def at(self, offset: int) -> int:
        """Return the integer at the byte `offset`; Unreadable where the file ends before it."""
        page, within = divmod(offset, _PAGE)
        part = self._page(page)[within : within + self._width]
        if len(part) < self._width:
            if offset % self._width:
                raise Malformed(f"{self._name}: a table that is not aligned to its entries", offset)
            raise Unreadable(f"{self._name}: a table entry at file offset {offset:#x} lies beyond the end of the file")
        return int.from_bytes(part, self._byteorder)


class Bitmap:
    """Bits that say sector by sector whether a disk holds it: read by 512 bytes when needed, the last 256 such pieces kept."""

    def __init__(self, source: Source, name: str, byteorder: Literal["little", "big"]) -> None:
        """Read bits from `source`; in each byte the least (`little`) or the most (`big`) significant bit comes first."""
        self._source, self._name, self._byteorder = source, name, byteorder
        self._piece = lru_cache(maxsize=256)(self._load)

    def _load(self, offset: int) -> str:
        data = self._source.read_at(offset, 512)
        digits = f"{int.from_bytes(data, self._byteorder):0{8 * len(data)}b}"
        return digits if self._byteorder == "big" else digits[::-1]

    def run(self, offset: int, bit: int) -> tuple[bool, int]:
        """Return whether bit number `bit` of the bitmap at the byte `offset` is set, and how many from there (at least 1) equal it."""
        piece, first = divmod(bit, 4096)
        digits = self._piece(offset + 512 * piece)
        if first >= len(digits):
            raise Unreadable(f"{self._name}: the sector bitmap at file offset {offset:#x} lies beyond the end of the file")
        here = digits[first]
        end = digits.find("0" if here == "1" else "1", first)
        return here == "1", (end if end >= 0 else len(digits)) - first


class SparseDisk(ABC):
    """A disk whose bytes lie in runs of other sources. Formats subclass it and say which (`locate`)."""

    def __init__(self, file: EvidenceFile, size: int) -> None:
        """Describe a disk of `size` bytes whose container is `file`."""
        self.file, self._size = file, size
        self.problems: list[Problem] = []

    @property
    def size(self) -> int:
        """Bytes."""
        return self._size

    @property
    def name(self) -> str:
        """Name of the container's file."""
        return self.file.name

    @abstractmethod
    def locate(self, offset: int) -> Run:
        """Return where the byte at `offset` of the disk lies, and how many bytes follow it there in a row (at least 1)."""

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`, fewer at the end of the disk. Unreadable or Malformed when they cannot be had."""
        if offset < 0:
            return b""
        parts = [self._read(run, at) for at, run in self._runs(offset, min(offset + size, self._size))]
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _runs(self, offset: int, end: int) -> Iterator[tuple[int, Run]]:
        """Give the runs between two offsets, neighbours that continue each other joined."""
        start, source, position, length = offset, None, 0, 0
        while offset < end:
            found, at, available = self.locate(offset)
            available = min(available, end - offset)
            if found is source and at == position + length:
                length += available
            else:
                if source is not None:
                    yield start, (source, position, length)
                start, source, position, length = offset, found, at, available
            offset += available
        if source is not None:
            yield start, (source, position, length)

    def _read(self, run: Run, offset: int) -> bytes:
        source, position, length = run
        data = source.read_at(position, length)
        if len(data) != length:
            name = source.path.name if isinstance(source, EvidenceFile) else self.name
            self.note("error", name, "truncated: parts of the disk lie beyond the end of the file")
            raise Unreadable(
                f"{name}: {length} bytes of disk offset {offset:#x} are stored at file offset {position:#x}, "
                f"the file ends at {source.size:#x}"
            )
        return data

    def note(self, severity: Literal["warning", "error"], where: str, what: str) -> None:
        """Remember a problem, once."""
        problem = Problem(severity, where, what)
        if problem not in self.problems:
            self.problems.append(problem)


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


def open_parent(child: SparseDisk, name: str, *, raw: bool = False) -> Parent:
    """Open the image that `name` (as the child spells it) stands for, beside the child.

    With `raw` its content is the disk, whatever format it looks like: a guest can write any header to the start of its disk.
    NotFound when there is none; Malformed when the chain of parents leads back; Unsupported when it is longer than `MAX_DEPTH`;
    whatever else opening an image raises.
    """
    from forensic.containers import open_image

    path = find_beside(child.file, name)
    accounting = child.file.accounting
    if raw:
        file = EvidenceFile(path, accounting)
        return Parent(Image(str(path), "raw", file, [file], accounting), child)
    chain = (*_opening.get(), child.file.path.resolve())
    if path.resolve() in chain:
        raise Malformed(f"{child.name}: the chain of parents leads back to {path.name}")
    if len(chain) > MAX_DEPTH:
        raise Unsupported(f"{child.name}: more than {MAX_DEPTH} parents")
    token = _opening.set(chain)
    try:
        return Parent(open_image(path, accounting), child)
    finally:
        _opening.reset(token)


def find_beside(file: EvidenceFile, name: str) -> Path:
    """Return the file that the evidence `file` calls `name`; NotFound when there is none.

    Evidence must not choose which files of the examiner's machine are read. A relative name is looked for in the folder of `file` or
    below, any other name (absolute, with `..`, with a drive) only by its last part beside `file`. Both separators are understood, and
    upper and lower case are the same where nothing is spelled exactly so, as on Windows. Only regular files count.
    """
    windows = PureWindowsPath(name)
    folder = file.path.parent
    candidates = [folder / windows.name]
    if not windows.anchor and ".." not in windows.parts:
        candidates.insert(0, folder.joinpath(*windows.parts))
    try:
        for path in candidates:
            if windows.name and path.is_file():
                return path
        for path in islice(folder.iterdir(), _FOLDER_LIMIT):
            if path.name.lower() == windows.name.lower() and path.is_file():
                return path
    except (OSError, ValueError):  # a name that no file system takes
        pass
    raise NotFound(f"{file.name}: {windows.name!r} is not beside it")


def join_parent(child: SparseDisk, names: list[str], what: str, *, raw: bool = False) -> Parent | Missing:
    """Return the parent under the first of `names` that is there; else a source that is Unreadable, with the problem noted.

    `what` names the parent in messages: `backing file`, `parent`; `raw` as for `open_parent`.
    """
    for name in names:
        try:
            return open_parent(child, name, raw=raw)
        except NotFound:
            continue
        except ForensicError as error:
            return reject_parent(child, f"the {what} {name!r} cannot be opened ({error})")
    spelled = " or ".join(repr(name) for name in dict.fromkeys(names)) or "that it does not name"
    return reject_parent(child, f"the {what} {spelled} is not beside {child.name}, the only place where it is looked for")


def reject_parent(child: SparseDisk, why: str) -> Missing:
    """Note that what `child` does not hold itself cannot be read, and return the source that says so."""
    child.note("error", child.name, f"{why}; what the file does not hold itself is unreadable")
    return Missing(f"{child.name}: {why}")


def image_of(disk: SparseDisk, format: str, below: list[Source]) -> Image:  # noqa: A002  the contract's word
    """Return the image of `disk`, whose further files are those of the parents and files in `below`."""
    files = [disk.file]
    for source in below:
        if isinstance(source, Parent):
            files += source.image.files
        elif isinstance(source, EvidenceFile):
            files.append(source)
    image = Image(str(disk.file.path), format, disk, files, disk.file.accounting)
    image.problems = disk.problems
    return image


@contextmanager
def inflation(what: str, error: type[Exception]) -> Iterator[None]:
    """Turn a decompressor's `error` into Malformed: `what` cannot be decompressed."""
    try:
        yield
    except error as reason:
        raise Malformed(f"{what} cannot be decompressed: {reason}") from None


def _deflate_engine() -> Any:
    """Return isal, which is about twice as fast as zlib and has its interface; zlib where there is no wheel for the machine."""
    try:
        return importlib.import_module("isal.isal_zlib")
    except ImportError:
        return zlib


def inflate(data: bytes, size: int, window: int, what: str) -> bytes:
    """Decompress deflate data, which must give at most `size` bytes; Malformed when they are damaged or more.

    `window` is zlib's `wbits`. The zlib checksum is checked where the format has one.
    """
    engine = _deflate_engine()
    with inflation(what, engine.error):
        stream = engine.decompressobj(window)
        plain: bytes = stream.decompress(data, size + 1)
    if len(plain) > size or not stream.eof:
        raise Malformed(f"{what} does not decompress to {size} bytes")
    return plain
