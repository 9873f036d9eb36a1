"""Text logs: lines that hold given words, found in large files by searching bytes; every line keeps its place.

A log is never decoded as a whole: it is read in windows, and only the lines that were asked for become text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from forensic.errors import Malformed
from forensic.model import LocalTime, Span

if TYPE_CHECKING:
    from forensic.volumes.tree import File

SCAN_LIMIT = 256 << 20
"""Bytes of one log that are searched at most."""
LINE_LIMIT = 8 << 10
"""Bytes; a longer line is cut on both sides of what was found in it."""
WINDOW = 4 << 20
_SAMPLE = 512

_MARKS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8"))
_TIME = re.compile(r"(\d{4})[-/](\d\d)[-/](\d\d) (\d\d):(\d\d):(\d\d)(?:[.:](\d{3}))?")


class Line(NamedTuple):
    """One line of a log."""

    offset: int
    """Bytes from the start of the file."""
    raw: bytes
    """As stored, without the line's end."""
    text: str
    """Bytes that are no text in the log's encoding become `\\xNN`; NULs are left out."""


class TextLog:
    r"""A log in UTF-16 (by its byte order mark, or by its NULs), UTF-8, or one byte per character in an unknown code page."""

    def __init__(self, file: File, *, limit: int = SCAN_LIMIT) -> None:
        """Look at the first bytes of `file`; at most `limit` bytes of it are searched."""
        self.file, self.size = file, min(file.size, limit)
        head = file.read_at(0, _SAMPLE)
        self.encoding = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), "utf-8")
        if self.encoding == "utf-8" and len(head) >= 4:
            odd, even = head[1::2].count(0), head[::2].count(0)
            if max(odd, even) > len(head) // 4 and min(odd, even) < max(odd, even) // 4:  # zeros alone are no encoding
                self.encoding = "utf-16-le" if odd > even else "utf-16-be"
        self.unit = 2 if self.encoding.startswith("utf-16") else 1
        self._newline = "\n".encode(self.encoding)

    def settle(self) -> None:
        """Raise Malformed (`too-much`) when the log is longer than what was searched."""
        if self.file.size > self.size:
            raise Malformed(f"{self.file.path}: only the first {self.size} of {self.file.size} bytes were searched", code="too-much")

    def find(self, words: Sequence[str], limit: int) -> Iterator[Line]:
        """Yield each line that holds one of `words`, in the order of the file, once; Malformed (`too-much`) after `limit` lines."""
        needles = [word.encode(self.encoding) for word in words]
        end = found = 0
        for base, data, first, last in self._windows():
            position, hits = max(first, end - base), dict.fromkeys(needles, -1)
            while (at := self._next_hit(data, hits, position, last)) < last:
                found += 1
                if found > limit:
                    raise Malformed(f"{self.file.path}: more than {limit} lines with {' or '.join(words)}", code="too-much")
                line, end = self._line(base, data, at)
                yield line
                position = max(at + 1, end - base)

    def count(self, word: str) -> int:
        """Return how often `word` stands in the log, overlaps not counted."""
        needle, total = word.encode(self.encoding), 0
        for _, data, first, last in self._windows():
            total += data.count(needle, first, last + len(needle) - 1)
        return total

    def lines(self, offset: int = 0, size: int = 64 << 10) -> Iterator[Line]:
        """Yield the lines in `size` bytes from `offset`, where a line begins; the last one may be cut."""
        yield from self._split(offset, self.file.read_at(offset, max(0, min(size, self.size - offset))))

    def last_lines(self, size: int = 64 << 10) -> list[Line]:
        """Return the lines in the last `size` bytes, the last line first; a line cut at the beginning is left out."""
        start = max(0, self.file.size - size) // 2 * 2
        lines = list(self._split(start, self.file.read_at(start, self.file.size - start)))
        return (lines[1:] if start else lines)[::-1]

    def span(self, offset: int, end: int) -> Span:
        """Return the bytes from `offset` to `end` as a reading, at most `LINE_LIMIT`."""
        raw = self.file.read_at(offset, max(0, min(end - offset, LINE_LIMIT)))
        return Span(self.file.place.inside(offset=offset), raw, self.file.written, self.file.state)

    def reading(self, line: Line) -> Span:
        """Return one line as a reading."""
        return Span(self.file.place.inside(offset=line.offset), line.raw, self.file.written, self.file.state)

    def _windows(self) -> Iterator[tuple[int, bytes, int, int]]:
        """Yield base offset, bytes, and the range in them that is this window's own; around it lies room for a line."""
        for start in range(0, self.size, WINDOW):
            base = max(0, start - LINE_LIMIT)
            stop = min(self.size, start + WINDOW)
            data = self.file.read_at(base, min(self.size, stop + LINE_LIMIT) - base)
            yield base, data, start - base, stop - base

    def _next_hit(self, data: bytes, hits: dict[bytes, int], position: int, last: int) -> int:
        """Return where the next needle begins in `data[position:last]`, `last` for nowhere; `hits` remembers the next one of each."""
        for needle, hit in hits.items():
            if hit < position:
                at, end = position, min(len(data), last + len(needle) - 1)
                while (at := data.find(needle, at, end)) % self.unit and at >= 0:
                    at += 1
                hits[needle] = last if at < 0 else at
        return min(hits.values(), default=last)

    def _line(self, base: int, data: bytes, at: int) -> tuple[Line, int]:
        """Return the line around `at`, and the offset in the file where it ends."""
        begin = self._newline_before(data, at)
        end = self._newline_after(data, at)
        return self._decoded(base + begin, data[begin:end]), base + end

    def _newline_before(self, data: bytes, at: int) -> int:
        low, position = max(0, at - LINE_LIMIT), at
        while (position := data.rfind(self._newline, low, position)) >= 0:
            if position % self.unit == 0:
                return position + self.unit
            position += self.unit - 1
        return low

    def _newline_after(self, data: bytes, at: int) -> int:
        high, position = min(len(data), at + LINE_LIMIT), at
        while (position := data.find(self._newline, position, high)) >= 0:
            if position % self.unit == 0:
                return position
            position += 1
        return high

    def _split(self, base: int, data: bytes) -> Iterator[Line]:
        begin = 0
        while begin < len(data):
            end = self._newline_after(data, begin)
            yield self._decoded(base + begin, data[begin:end])
            begin = end + (self.unit if data.startswith(self._newline, end) else 0)

    def _decoded(self, offset: int, raw: bytes) -> Line:
        if offset == 0:
            mark = next((len(mark) for mark, encoding in _MARKS if raw.startswith(mark) and encoding == self.encoding), 0)
            offset, raw = mark, raw[mark:]
        text = raw.decode(self.encoding, "backslashreplace").replace("\0", "")
        return Line(offset, raw, text.rstrip("\r"))


def local_time(text: str) -> LocalTime | None:
    """Return the first time in `text` written as `yyyy-mm-dd hh:mm:ss`, also with `/` and milliseconds; None when there is none."""
    match = _TIME.search(text)
    return None if match is None else clock_reading(*match.groups())


def clock_reading(*digits: str | None) -> LocalTime | None:
    """Return the time that year, month, day, hour, minute, second and thousandths spell; None when they name no moment."""
    *parts, thousandths = digits
    try:
        whole = LocalTime.from_parts(*(int(part or 0) for part in parts))
    except ValueError:
        return None
    return LocalTime(f"{whole.time[:20]}{thousandths or '000'}0000")
