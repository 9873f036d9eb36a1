"""ArchiveTree: a zip file of collected files as a tree, read where it lies, nothing unpacked to disk by name."""

from __future__ import annotations

import lzma
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import IO

from forensic.errors import ForensicError, Malformed, NotFound, Unreadable, Unsupported
from forensic.model import FileTime, Problem, upcase
from forensic.storage.file import EvidenceFile
from forensic.storage.location import Where
from forensic.storage.meter import ReadMeter
from forensic.storage.source import SourceReader
from forensic.volumes.tree import Content, Entry, Unindexed, components, decoded, names_encoded_drive

MEMBER_LIMIT = 2 << 30
"""Bytes of one member that are unpacked at most."""
_RATIO_LIMIT, _SMALL = 2000, 64 << 20
"""A member larger than `_SMALL` bytes that claims to be packed better than this is a bomb: deflate ends near 1032."""
_DEPTH = 64
_SPOOL = 16 << 20
_CHUNK = 1 << 20
_HEAD = 512
_MEMBER_LIMIT = 200_000
_DIRECTORY_LIMIT = 64 << 20
_END, _END_64, _MEMBER = b"PK\5\6", b"PK\6\6", b"PK\1\2"
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
    """One member, unpacked into memory or an unnamed temporary file when it is first read.

    It states no times: zip keeps the time that the collecting tool gave, mostly in local time.
    """

    written: FileTime | None = None
    created: FileTime | None = None

    def __init__(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: str) -> None:
        """Describe `member`, called `path` in the tree."""
        self.path, self._archive, self._member = path, archive, member
        self._data: IO[bytes] | None = None
        self._complete = False

    @property
    def size(self) -> int:
        """Bytes."""
        return self._member.file_size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only where the member ends."""
        if offset < 0 or size <= 0 or offset >= self.size:
            return b""
        if offset + size <= _HEAD < self.size and not self._complete:
            return self._head[offset : offset + size]
        data = self._unpacked()
        data.seek(offset)
        return data.read(min(size, self.size - offset))

    def stream(self, name: str) -> ArchiveFile:
        """Raise NotFound: a zip holds no alternate data streams."""
        raise NotFound(f"{self.path}:{name}: a zip holds no alternate data streams")

    @cached_property
    def _head(self) -> bytes:
        """The first bytes, by which files are told apart without unpacking them; what a large file says lies behind them."""
        with _boundary(self.path), self._archive.open(self._member) as packed:
            return packed.read(_HEAD)

    def _unpacked(self) -> IO[bytes]:
        if self._data is None:
            self._data = tempfile.SpooledTemporaryFile(max_size=_SPOOL)  # noqa: SIM115  lives as long as the file
        if not self._complete:
            self._data.seek(0)
            self._unpack(self._data)
            self._complete = True
        return self._data

    def _unpack(self, target: IO[bytes]) -> None:
        done = 0
        with _boundary(self.path), self._archive.open(self._member) as packed:
            while chunk := packed.read(_CHUNK):
                done += len(chunk)
                if done > self.size:
                    raise Malformed(f"{self.path}: unpacks to more than the {self.size} bytes it declares", code="too-much")
                target.write(chunk)
        if done != self.size:
            raise Malformed(f"{self.path}: unpacks to {done} of {self.size} bytes")

    def __del__(self) -> None:
        """Release the temporary file with its last user."""
        if self._data is not None:
            self._data.close()


class ArchiveTree(Unindexed):
    r"""A zip file as a tree.

    Member names are split at `/` and `\`; a drive letter or leading separator is left away; a name with `..` is left out, with a problem.
    Of members with the same name the last counts, as zip tools do, with a problem. Names that Velociraptor encoded are shown and found as
    they were; the path of a file is spelled as it is stored.
    """

    volume = ""

    def __init__(self, where: Where, meter: ReadMeter | None = None) -> None:
        """Read the directory of the zip file at `where`; Malformed when it is none."""
        self.problems: list[Problem] = []
        self._file = EvidenceFile(where, meter)
        self._name = self._file.name
        self._folders: dict[tuple[str, ...], dict[str, str]] = {(): {}}
        self._members: dict[tuple[str, ...], zipfile.ZipInfo] = {}
        try:
            _count(self._file, self._name)
            with _boundary(self._name):
                self._archive = zipfile.ZipFile(SourceReader(self._file))
            for member in self._archive.infolist():
                self._add(member)
        except ForensicError:
            self._file.close()
            raise

    def open(self, path: str) -> ArchiveFile:
        """Return the member at `path`; Unsupported when it is encrypted, Malformed when it would unpack to more than is plausible."""
        member = self._members.get(self._resolve(path))
        if member is None:
            raise NotFound(f"{path}: a directory, not a file", code="no-file")
        spelled = "/".join(_parts(member))
        if member.flag_bits & _ENCRYPTED:
            raise Unsupported(f"{spelled}: encrypted, needs a password", code="encrypted")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise NotFound(f"{spelled}: is a link, links are not followed", code="is-link")
        if member.file_size > MEMBER_LIMIT:
            raise Malformed(f"{spelled}: {member.file_size} bytes are more than the {MEMBER_LIMIT} that are plausible", code="too-much")
        if member.file_size > max(_SMALL, _RATIO_LIMIT * member.compress_size):
            raise Malformed(f"{spelled}: {member.file_size} bytes packed into {member.compress_size} are not plausible", code="too-much")
        return ArchiveFile(self._archive, member, spelled)

    def list(self, path: str = "") -> list[Entry]:
        """Return the entries of the directory at `path`."""
        key = self._resolve(path)
        if key not in self._folders:
            raise NotFound(f"{path}: a file, not a directory", code="no-file")
        entries = (
            Entry(name, (*key, folded) in self._folders, self._is_link(self._members.get((*key, folded))))
            for folded, name in self._folders[key].items()
        )
        return sorted(entries, key=lambda entry: entry.name)

    def _resolve(self, path: str) -> tuple[str, ...]:
        key: tuple[str, ...] = ()
        spelled = ""
        for part in components(path):
            here = self._folders.get(key, {})
            folded = next((name for name in (upcase(part), upcase(decoded(part))) if name in here), None)
            if folded is None:
                raise NotFound(f"{path}: no {part} in {spelled or self._name}", code="no-file")
            key, spelled = (*key, folded), f"{spelled}/{here[folded]}".lstrip("/")
        return key

    def _add(self, member: zipfile.ZipInfo) -> None:
        name = _name(member).replace("\\", "/")
        try:
            parts = _parts(member)
        except NotFound:
            self.problems.append(Problem("warning", member.filename, "the member's name leads out of the archive; it was left out"))
            return
        if not parts or len(parts) > _DEPTH:
            return
        key: tuple[str, ...] = ()
        is_directory, is_encoded = name.endswith("/"), False
        for number, part in enumerate(parts, 1):
            shown = decoded(part) if is_encoded else part
            is_encoded = is_encoded or names_encoded_drive(part)
            self._folders[key].setdefault(upcase(shown), shown)
            key = (*key, upcase(shown))
            if number < len(parts) or is_directory:
                self._folders.setdefault(key, {})
        if not is_directory:
            if key in self._members:
                self.problems.append(Problem("warning", name, "several members have this name; the last one is read"))
            self._members[key] = member

    @staticmethod
    def _is_link(member: zipfile.ZipInfo | None) -> bool:
        return member is not None and stat.S_ISLNK(member.external_attr >> 16)


def _count(file: EvidenceFile, name: str) -> None:
    """Refuse an archive whose directory lists more members than it is plausible to hold in memory, before that is done."""
    start = max(0, file.size - (1 << 16) - 22)
    tail = file.read_at(start, file.size - start)
    end = tail.rfind(_END)
    if end < 0:
        return  # no archive: whoever opens it says so
    size, at = int.from_bytes(tail[end + 12 : end + 16], "little"), start + end
    if size == 0xFFFFFFFF and (end_64 := tail.rfind(_END_64, 0, end)) >= 0:
        size, at = int.from_bytes(tail[end_64 + 40 : end_64 + 48], "little"), start + end_64
    directory = file.read_at(max(0, at - size), size) if size <= _DIRECTORY_LIMIT else b""
    if size > _DIRECTORY_LIMIT or directory.count(_MEMBER) > _MEMBER_LIMIT:
        raise Malformed(f"{name}: more than {_MEMBER_LIMIT} members", code="too-much")


def _parts(member: zipfile.ZipInfo) -> list[str]:
    """Return the path of a member; NotFound when it leads out of the archive."""
    parts = components(_name(member))
    if parts and len(parts[0]) == 2 and parts[0][1] == ":":
        parts[0] = parts[0][0]
    return parts


def _name(member: zipfile.ZipInfo) -> str:
    """Return the name of a member: where nothing says what its bytes are, as UTF-8 if they are that, else in code page 437."""
    if member.flag_bits & _UTF8 or member.filename.isascii():
        return member.filename
    try:
        return member.filename.encode("cp437").decode()
    except UnicodeError:
        return member.filename
