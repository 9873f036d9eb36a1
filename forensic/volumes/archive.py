"""ArchiveTree: a zip file of collected files as a tree, read where it lies, nothing unpacked to disk by name, and nothing twice."""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from functools import cached_property

from forensic.errors import ForensicError, Malformed, NotFound, Unreadable, Unsupported
from forensic.model import FileTime, Problem
from forensic.storage.file import EvidenceFile
from forensic.storage.location import Where
from forensic.storage.meter import ReadMeter
from forensic.storage.source import SourceReader, Window
from forensic.storage.unpacked import Unpacked
from forensic.volumes.member_tree import MemberTree, member_path
from forensic.volumes.tree import Content

_RATIO_LIMIT, _SMALL = 2000, 64 << 20
"""A member larger than `_SMALL` bytes that claims to be packed better than this is a bomb: deflate ends near 1032."""
_CHUNK = 1 << 20
_HEAD = 4096
_MEMBER_LIMIT = 200_000
_DIRECTORY_LIMIT = 64 << 20
_END, _END_64, _MEMBER = b"PK\5\6", b"PK\6\6", b"PK\1\2"
_LOCAL, _LOCAL_MAGIC = struct.Struct("<4s22xHH"), b"PK\3\4"
_ENCRYPTED = 0x1
_UTF8 = 0x800


@contextmanager
def _boundary(what: str) -> Iterator[None]:
    """Turn what zipfile raises into ours."""
    try:
        yield
    except NotImplementedError as error:
        raise Unsupported(f"{what}: {error}") from None
    except OSError as error:
        if error.errno is None:  # bz2 says so that data is invalid
            raise Malformed(f"{what}: {error}") from None
        raise Unreadable(f"{what}: {error}") from None
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, KeyError, RuntimeError, OverflowError) as error:
        raise Malformed(f"{what}: {error}") from None


class ArchiveFile(Content):
    """One member, unpacked when it is first read.

    It states no times: zip keeps the time that the collecting tool gave, mostly in local time.
    """

    written: FileTime | None = None
    created: FileTime | None = None

    def __init__(self, tree: ArchiveTree, member: zipfile.ZipInfo, path: str) -> None:
        """Describe `member`, called `path` in the tree."""
        self.path, self._tree, self._member = path, tree, member

    @property
    def size(self) -> int:
        """Bytes."""
        return self._member.file_size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only where the member ends."""
        if offset < 0 or size <= 0 or offset >= self.size:
            return b""
        if offset + size <= _HEAD < self.size:
            return self._head[offset : offset + size]
        return self._unpacked().read_at(offset, min(size, self.size - offset))

    def stream(self, name: str) -> ArchiveFile:
        """Raise NotFound: a zip holds no alternate data streams."""
        raise NotFound(f"{self.path}:{name}: a zip holds no alternate data streams")

    @cached_property
    def _head(self) -> bytes:
        """The first bytes, by which files are told apart without unpacking them; what a large file says lies behind them."""
        return self._tree.head(self._member, self.path)

    def _unpacked(self) -> Window:
        return self._tree.unpacked(self._member, self.path)


class ArchiveTree(MemberTree[zipfile.ZipInfo]):
    """A zip file as a tree."""

    def __init__(self, where: Where, meter: ReadMeter | None = None) -> None:
        """Read the directory of the zip file at `where`; Malformed when it is none."""
        self._file = EvidenceFile(where, meter)
        super().__init__(self._file.name)
        self._store = Unpacked(self._file.size)
        self._unpacked: dict[int, Window | ForensicError] = {}
        """By the offset of the member: where its bytes are kept, or why they cannot be had."""
        try:
            _count(self._file, self._name)
            with _boundary(self._name):
                self._archive = zipfile.ZipFile(SourceReader(self._file))
            for member in self._archive.infolist():
                name = _name(member)
                self._add(name, member, is_directory=name.replace("\\", "/").endswith("/"))
        except ForensicError:
            self._file.close()
            raise
        self._note_encrypted()

    def open(self, path: str) -> ArchiveFile:
        """Return the member at `path`; Unsupported when it is encrypted."""
        member = self._find(path)
        spelled = "/".join(member_path(_name(member)))
        if member.flag_bits & _ENCRYPTED:
            raise Unsupported(f"{spelled}: encrypted, needs a password", code="encrypted")
        if _names_link(member):
            raise NotFound(f"{spelled}: is a link, links are not followed", code="is-link")
        return ArchiveFile(self, member, spelled)

    def head(self, member: zipfile.ZipInfo, path: str) -> bytes:
        """Return the first bytes of a member, unpacked or not."""
        kept = self._unpacked.get(member.header_offset)
        if isinstance(kept, Window):
            return kept.read_at(0, _HEAD)
        with _boundary(path), self._archive.open(member) as packed:
            return packed.read(_HEAD)

    def unpacked(self, member: zipfile.ZipInfo, path: str) -> Window:
        """Return the bytes of a member; why they cannot be had is raised each time, and is one problem of the tree."""
        found = self._unpacked.get(member.header_offset)
        if found is None:
            try:
                found = self._unpack(member, path)
            except ForensicError as error:
                found = error
                code = "limit-reached" if error.code == "too-much" else "archive-damaged"
                self.problems.append(Problem("error", path, f"cannot be unpacked: {str(error).removeprefix(f'{path}: ')}", code))
            self._unpacked[member.header_offset] = found
        if isinstance(found, ForensicError):
            raise found
        return found

    def _unpack(self, member: zipfile.ZipInfo, path: str) -> Window:
        if member.file_size > max(_SMALL, _RATIO_LIMIT * member.compress_size):
            raise Malformed(f"{path}: {member.file_size} bytes packed into {member.compress_size} are not plausible", code="too-much")
        if member.file_size > self._store.left:
            what = f"{path}: its {member.file_size} bytes are more than the {self._store.left} that may still be unpacked of {self._name}"
            raise Malformed(what, code="too-much")
        if member.compress_type == zipfile.ZIP_STORED and (stored := self._stored(member)) is not None:
            self._check(member, path, _checksum(stored))
            return stored
        unchecked, checksum = copy(member), 0
        del unchecked.CRC  # a wrong checksum is a problem, and keeps nobody from the bytes

        def pieces() -> Iterator[bytes]:
            nonlocal checksum
            with _boundary(path), self._archive.open(unchecked) as packed:
                while piece := packed.read(_CHUNK):
                    checksum = zlib.crc32(piece, checksum)
                    yield piece

        kept = self._store.add(path, pieces(), member.file_size)
        if kept.size != member.file_size:
            raise Malformed(f"{path}: unpacks to {kept.size} of {member.file_size} bytes")
        self._check(member, path, checksum)
        return kept

    def _stored(self, member: zipfile.ZipInfo) -> Window | None:
        """Return the bytes of a member that lies in the archive as it is; None where its header does not say that it does."""
        header = self._file.read_at(member.header_offset, _LOCAL.size)
        if len(header) < _LOCAL.size or member.compress_size != member.file_size:
            return None
        magic, name, extra = _LOCAL.unpack(header)
        start = member.header_offset + _LOCAL.size + name + extra
        window = Window(self._file, start, member.file_size)
        return window if magic == _LOCAL_MAGIC and window.size == member.file_size else None

    def _check(self, member: zipfile.ZipInfo, path: str, checksum: int) -> None:
        if checksum != member.CRC:
            what = f"CRC-32 of what was unpacked is {checksum:08x}, the archive says {member.CRC:08x}: not all of its bytes are as packed"
            self.problems.append(Problem("error", path, what, "checksum-differs"))

    def _size(self, member: zipfile.ZipInfo) -> int:
        return member.file_size

    def _is_link(self, key: tuple[str, ...]) -> bool:
        member = self._members.get(key)
        return member is not None and _names_link(member)

    def _note_encrypted(self) -> None:
        names = [_name(member) for member in self._members.values() if member.flag_bits & _ENCRYPTED]
        if names:
            what = f"{len(names)} of {len(self._members)} files in it are encrypted and were not read, {names[0]} among them"
            self.problems.append(Problem("error", self._name, what, "encrypted"))


def _checksum(source: Window) -> int:
    checksum = 0
    for offset in range(0, source.size, _CHUNK):
        checksum = zlib.crc32(source.read_at(offset, _CHUNK), checksum)
    return checksum


def _names_link(member: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(member.external_attr >> 16)


def _count(file: EvidenceFile, name: str) -> None:
    """Refuse an archive whose directory lists more members than it is plausible to hold in memory, before that is done."""
    start = max(0, file.size - (1 << 16) - 22)
    tail = file.read_at(start, file.size - start)
    end = tail.rfind(_END)
    if end < 0:
        raise Malformed(f"{name}: a zip archive without its directory, which stands at its end: it was cut short")
    size, at = int.from_bytes(tail[end + 12 : end + 16], "little"), start + end
    if size == 0xFFFFFFFF and (end_64 := tail.rfind(_END_64, 0, end)) >= 0:
        size, at = int.from_bytes(tail[end_64 + 40 : end_64 + 48], "little"), start + end_64
    directory = file.read_at(max(0, at - size), size) if size <= _DIRECTORY_LIMIT else b""
    if size > _DIRECTORY_LIMIT or directory.count(_MEMBER) > _MEMBER_LIMIT:
        raise Malformed(f"{name}: more than {_MEMBER_LIMIT} members", code="too-much")


def _name(member: zipfile.ZipInfo) -> str:
    """Return the name of a member: where nothing says what its bytes are, as UTF-8 if they are that, else in code page 437."""
    if member.flag_bits & _UTF8 or member.filename.isascii():
        return member.filename
    try:
        return member.filename.encode("cp437").decode()
    except UnicodeError:
        return member.filename
