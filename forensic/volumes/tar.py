"""TarTree: a tar file of collected files as a tree, also compressed; a compressed one is unpacked once, as a whole, within a limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from forensic.containers.formats import is_tar
from forensic.containers.unpacking import packed_by, unpack
from forensic.errors import ForensicError, Malformed, NotFound, Unsupported
from forensic.model import FileTime, Problem
from forensic.storage.file import EvidenceFile
from forensic.storage.location import Where
from forensic.storage.meter import ReadMeter
from forensic.storage.source import Source, Window
from forensic.storage.unpacked import Unpacked
from forensic.volumes.member_tree import MemberTree, member_path
from forensic.volumes.tar_header import SIZE, Header, pax_records
from forensic.volumes.tree import Content

MEMBER_LIMIT = 200_000
_EXTRA_LIMIT = 1 << 20
"""Bytes of a long name or of pax records."""
_WITHOUT_CONTENT = "123456"
"""Types of which no content follows: links, devices, folders, pipes."""
_FILE, _HARD_LINK, _LINK, _FOLDER, _LONG_NAME, _SPARSE, _PAX = "0\x007", "1", "2", "5", "L", "S", "x"


class Member(NamedTuple):
    """Where one member lies in the tar file."""

    path: str
    start: int
    size: int
    type: str


class TarFile(Content):
    """One member. It states no times: which time a tar keeps depends on the tool that collected the files."""

    written: FileTime | None = None
    created: FileTime | None = None

    def __init__(self, data: Source, member: Member) -> None:
        """Describe `member` of the tar in `data`."""
        self.path, self._member = member.path, member
        self._data = Window(data, member.start, member.size)

    @property
    def size(self) -> int:
        """Bytes, as the header declares them."""
        return self._member.size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only where the member, or a tar that is cut short, ends."""
        return self._data.read_at(offset, size)

    def stream(self, name: str) -> TarFile:
        """Raise NotFound: a tar holds no alternate data streams that are read."""
        raise NotFound(f"{self.path}:{name}: a tar holds no alternate data streams")


class TarTree(MemberTree[Member]):
    """A tar file as a tree. Links are shown and never followed; devices and pipes do not exist."""

    def __init__(self, where: Where, meter: ReadMeter | None = None) -> None:
        """Read all headers of the tar file at `where`; Malformed when it is none. What is cut short or damaged is read up to there."""
        self._file = EvidenceFile(where, meter)
        super().__init__(self._file.name)
        self._extra: dict[bytes, bytes] = {}
        try:
            self._data = self._plain()
            self._read_headers()
        except BaseException:
            self._file.close()
            raise

    def open(self, path: str) -> TarFile:
        """Return the member at `path`; Unsupported when it is stored in a way that is not read."""
        member = self._find(path)
        if member.type in {_LINK, _HARD_LINK}:
            raise NotFound(f"{member.path}: is a link, links are not followed", code="is-link")
        if member.type == _SPARSE:
            raise Unsupported(f"{member.path}: stored as a sparse file of GNU tar, which is not read; unpack it first (tar -xf)")
        return TarFile(self._data, member)

    def _plain(self) -> Source:
        """Return the tar itself: of a compressed one what could be unpacked."""
        if packed_by(self._file.read_at(0, 8)) is None:
            return self._file
        store, first = Unpacked(self._file.size), True

        def pieces() -> Iterator[bytes]:
            nonlocal first
            for piece in unpack(self._file, self._name):
                if first and not is_tar(piece[:SIZE]):
                    raise Malformed(f"{self._name}: no tar archive in it", 0)
                first = False
                yield piece

        try:
            store.add(self._name, pieces())
        except ForensicError as error:
            if first:
                raise
            code = "limit-reached" if error.code == "too-much" else "archive-damaged"
            self.problems.append(Problem("error", self._name, f"{error}; what lies behind was not read", code))
        return store

    def _read_headers(self) -> None:
        if not is_tar(self._data.read_at(0, SIZE)):
            raise Malformed(f"{self._name}: no tar archive", 0)
        position, count = 0, 0
        while position < self._data.size:
            try:
                header = Header.parse(self._data.read_at(position, SIZE), position)
            except Malformed as error:
                what = f"damaged: {error}; what lies behind was not read"
                self.problems.append(Problem("error", self._name, what, "archive-damaged"))
                return
            if header is None:
                return
            position += SIZE
            count += 1
            if count > MEMBER_LIMIT:
                what = f"more than {MEMBER_LIMIT} members; the rest was not looked at"
                self.problems.append(Problem("error", self._name, what, "limit-reached"))
                return
            position += self._take(header, position)
        if not self.problems:  # two blocks of zeros end a whole one
            self.problems.append(Problem("error", self._name, "cut short: the mark of its end is missing", "archive-damaged"))

    def _take(self, header: Header, start: int) -> int:
        """Keep what one header describes; return the bytes to the next one."""
        if header.type in {_LONG_NAME, _PAX, "g", "K"}:
            data = self._data.read_at(start, header.size) if header.size <= _EXTRA_LIMIT else b""
            if header.type == _LONG_NAME:
                self._extra[b"path"] = data.split(b"\0")[0]
            elif header.type == _PAX:
                self._extra |= pax_records(data)
            return header.padded
        extra, self._extra = self._extra, {}
        size = extra.get(b"size", b"")
        if size.isdigit() and len(size) < 20:
            header = header._replace(size=int(size))
        name = extra.get(b"path", header.name).decode("utf-8", "replace")
        kind = _SPARSE if any(key.startswith(b"GNU.sparse") for key in extra) else header.type
        has_content = kind in _FILE or kind == _SPARSE
        is_directory = kind == _FOLDER or name.endswith("/")
        if has_content or kind in {_HARD_LINK, _LINK} or is_directory:
            try:
                path = "/".join(member_path(name))
            except NotFound:
                path = ""
            self._add(name, Member(path, start, header.size, kind), is_directory=is_directory)
            if has_content and start + header.size > self._data.size:
                self.problems.append(Problem("error", path, "cut short: the archive ends inside it", "archive-damaged"))
        return 0 if kind in _WITHOUT_CONTENT else header.padded

    def _size(self, member: Member) -> int:
        return member.size

    def _is_link(self, key: tuple[str, ...]) -> bool:
        member = self._members.get(key)
        return member is not None and member.type in {_LINK, _HARD_LINK}
