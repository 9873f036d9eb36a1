r"""LogicalTree: the files in a logical evidence file of EnCase (L01), by the list that it holds of them.

The list is text in UTF-16LE, lines that end with a line feed, values between tabs. Five categories follow each other, of which `entry`
holds the files: its number of entries, the names of the columns, then the root and below it, depth first, each entry as two lines: `26` and
the number of entries in it (the root: `0`), and its values.

| Column | Holds | Notes |
|---|---|---|
| `p` | 1 for a folder | |
| `n` | name | |
| `ls` | size | bytes, decimal |
| `be` | extents | number of them, then for each the offset into the content and the size, hexadecimal; `S` before a sparse one |
| `cr`, `wr` | created, written | seconds since 1970, UTC |

Source: libyal/libewf, documentation of the EWF format, and how libewf reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from forensic.containers.l01 import LogicalEvidence, open_logical
from forensic.errors import ForensicError, Malformed, NotFound, Unreadable
from forensic.model import FileTime, Problem
from forensic.storage.file import EvidenceFile
from forensic.storage.location import Where
from forensic.storage.meter import ReadMeter
from forensic.storage.source import Source
from forensic.volumes.member_tree import MemberTree
from forensic.volumes.tree import Content

MEMBER_LIMIT = 500_000
_LIST_LIMIT = 256 << 20
_EXTENT_LIMIT = 100_000
_DEPTH_LIMIT = 256
_UNIX_EPOCH, _TICKS = 116_444_736_000_000_000, 10_000_000
_LATEST = 1 << 35
"""Seconds since 1970 that a time may have at most."""


class Member(NamedTuple):
    """One entry of the list."""

    path: str
    size: int
    extents: str
    """As the list spells them."""
    created: FileTime | None
    written: FileTime | None


class LogicalFile(Content):
    """One file."""

    def __init__(self, data: Source, member: Member) -> None:
        """Describe `member`, whose content lies in `data`; Malformed where its extents cannot be understood."""
        self.path, self.created, self.written = member.path, member.created, member.written
        self._data, self._size = data, member.size
        self._extents = list(_extents(member))

    @property
    def size(self) -> int:
        """Bytes, as the list says."""
        return self._size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; Unreadable where the evidence file does not hold them."""
        size = min(size, self._size - offset)
        if offset < 0 or size <= 0:
            return b""
        parts, start, end = list[bytes](), 0, offset + size
        for position, length, sparse in self._extents:
            first, last = max(offset, start), min(end, start + length)
            if first < last:
                parts.append(bytes(last - first) if sparse else self._data.read_at(position + first - start, last - first))
            start += length
        data = b"".join(parts)
        if len(data) != size:
            raise Unreadable(f"{self.path}: {size} bytes at offset {offset:#x} give only {len(data)}: its content was not acquired")
        return data

    def stream(self, name: str) -> LogicalFile:
        """Raise NotFound: streams stand in the list as files."""
        raise NotFound(f"{self.path}:{name}: no stream of this name")


class LogicalTree(MemberTree[Member]):
    """A logical evidence file as a tree."""

    def __init__(self, where: Where, meter: ReadMeter | None = None) -> None:
        """Read the list of files in the logical evidence file at `where`, any segment of it; a ForensicError says why it cannot be read."""
        self._evidence: LogicalEvidence = open_logical(EvidenceFile(where, meter))
        super().__init__(self._evidence.image.files[0].name)
        self.problems = self._evidence.image.problems
        try:
            if self._evidence.text.size > _LIST_LIMIT:
                raise Malformed(f"{self._name}: a list of files of {self._evidence.text.size} bytes", code="too-much")
            text = self._evidence.text.read_at(0, self._evidence.text.size).decode("utf-16-le", "replace")
            self._read(text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"))
        except ForensicError:
            self.close()
            raise

    def open(self, path: str) -> LogicalFile:
        """Return the file at `path`."""
        return LogicalFile(self._evidence.image, self._find(path))

    @property
    def segments(self) -> tuple[str, ...]:
        """The names of all segments."""
        return self._evidence.image.segments

    def close(self) -> None:
        """Release the files."""
        self._evidence.image.close()

    def _read(self, lines: list[str]) -> None:
        start = next((number for number, line in enumerate(lines) if line == "entry"), None)
        if start is None or start + 2 >= len(lines):
            raise Malformed(f"{self._name}: the list of files has no entries")
        columns = {name: number for number, name in enumerate(lines[start + 2].split("\t"))}
        if not {"n", "ls", "be"} <= columns.keys():
            raise Malformed(f"{self._name}: the list of files has other columns than are known")
        position, count = start + 3, 0
        above: list[tuple[str, int]] = []
        while position + 1 < len(lines):
            number = lines[position].split("\t")
            values = lines[position + 1].split("\t")
            if len(number) != 2 or not number[1].isdecimal() or len(number[1]) > 9:
                self._note_broken(position)
                return
            below, position, count = int(number[1]), position + 2, count + 1
            if count > MEMBER_LIMIT or len(above) > _DEPTH_LIMIT:
                what = f"more than {MEMBER_LIMIT} files, or folders too deep; the rest was not looked at"
                self.problems.append(Problem("error", self._name, what, "limit-reached"))
                return
            path = self._take(columns, values, above[-1][0] if above else "")
            above.append((path, below))
            while above and above[-1][1] == 0:
                above.pop()
                if above:
                    above[-1] = (above[-1][0], above[-1][1] - 1)
            if not above:
                return
        self._note_broken(position)

    def _note_broken(self, line: int) -> None:
        what = f"the list of files breaks off at line {line + 1}; what it should name behind was not seen"
        self.problems.append(Problem("error", self._name, what, "archive-damaged"))

    def _take(self, columns: dict[str, int], values: list[str], folder: str) -> str:
        """Keep one entry below `folder`; return its path."""

        def value(name: str) -> str:
            number = columns.get(name, len(values))
            return values[number].strip("\0") if number < len(values) else ""

        name = value("n")
        path = f"{folder}/{name}".lstrip("/")
        if name:
            size = value("ls")
            member = Member(
                path, int(size) if size.isdecimal() and len(size) < 19 else 0, value("be"), _time(value("cr")), _time(value("wr"))
            )
            self._add(path, member, is_directory=value("p") == "1")
        return path

    def _size(self, member: Member) -> int:
        return member.size

    def _is_link(self, key: tuple[str, ...]) -> bool:  # noqa: ARG002  the list does not tell them
        return False


def _time(text: str) -> FileTime | None:
    if not text.isdecimal() or len(text) > 12 or not 0 < int(text) < _LATEST:
        return None
    return FileTime(_UNIX_EPOCH + int(text) * _TICKS)


def _extents(member: Member) -> Iterator[tuple[int, int, bool]]:
    """Yield offset, size and whether it is sparse of each extent."""
    words = member.extents.split(" ")[1:]
    if len(words) > 3 * _EXTENT_LIMIT:
        raise Malformed(f"{member.path}: more than {_EXTENT_LIMIT} extents", code="too-much")
    sparse = False
    numbers: list[int] = []
    for word in words:
        if word == "S" and not numbers:
            sparse = True
            continue
        try:
            numbers.append(int(word, 16))
        except ValueError:
            raise Malformed(f"{member.path}: extents that are no numbers") from None
        if len(numbers) == 2:
            if not (0 <= numbers[0] < 1 << 62 and 0 <= numbers[1] < 1 << 62):
                raise Malformed(f"{member.path}: extents that cannot be")
            yield numbers[0], numbers[1], sparse
            numbers, sparse = [], False
