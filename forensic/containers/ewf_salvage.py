"""Salvage: the chunks of an EWF1 `sectors` section whose table is lost, as when an acquisition broke off or the file was cut.

Chunks lie behind one another without a gap, and each says where it ends: a compressed one is a zlib stream, which ends in the Adler-32 of
its content; a plain one has its known size and its Adler-32 behind it. So from the start of the section on each chunk can be found and
checked until one is damaged; past that nothing says where the next one begins.
"""

from __future__ import annotations

import zlib
from array import array
from types import ModuleType
from typing import Any

from forensic.containers.ewf_segment import Gap
from forensic.storage.file import EvidenceFile

LIMIT, MEDIA_LIMIT = 1 << 20, 1 << 35
"""Chunks that are searched for at most, tables have no more than some 65,000; and bytes of media, for each is decompressed on the way."""
READ = 1 << 20
"""Bytes searched at a time."""
_SLACK = 1024
"""Bytes by which a compressed chunk may be longer than its content."""


class Salvage:
    """The places of the chunks in the section that a `Gap` names, found in order as they are asked for."""

    def __init__(self, file: EvidenceFile, gap: Gap, chunk_size: int, inflate: ModuleType) -> None:
        """Start at the first chunk."""
        self._file, self._end, self._chunk_size, self._inflate = file, gap.end, chunk_size, inflate
        self._most = min(LIMIT, MEDIA_LIMIT // chunk_size)
        self._starts = array("Q", [gap.start])
        self._plain = bytearray()
        self._stuck = False

    def find(self, index: int, last_size: int, last: int) -> tuple[int, int, bool] | None:
        """Return offset, size and whether it is plain of chunk `index`, None past damage; chunk `last` has `last_size` bytes of content."""
        while index >= len(self._plain) and not self._stuck:
            self._search(last_size, last)
        if index >= len(self._plain):
            return None
        return self._starts[index], self._starts[index + 1] - self._starts[index], bool(self._plain[index])

    def _search(self, last_size: int, last: int) -> None:
        """Find the chunks in the next bytes of the section."""
        begin, most = self._starts[-1], self._chunk_size + _SLACK
        data = memoryview(self._file.read_at(begin, min(max(READ, most), self._end - begin)))
        whole = begin + len(data) >= min(self._end, self._file.size)
        position = 0
        while position < len(data) and (whole or position + most <= len(data)):
            number = len(self._plain)
            expected = last_size if number == last else self._chunk_size
            size, plain = self._measure(data[position : position + most], expected)
            if not size or number > last or number >= self._most:
                self._stuck = True
                return
            position += size
            self._starts.append(begin + position)
            self._plain.append(plain)
        self._stuck = whole

    def _measure(self, stored: memoryview, expected: int) -> tuple[int, bool]:
        """Return the size of the chunk that begins here, 0 where none does, and whether it is plain."""
        for size in {expected: None, self._chunk_size: None}:
            if len(stored) >= size + 4 and zlib.adler32(stored[:size]) == int.from_bytes(stored[size : size + 4], "little"):
                return size + 4, True
        inflater: Any = self._inflate.decompressobj()
        try:
            content = inflater.decompress(stored, self._chunk_size + 1)
        except (self._inflate.error, zlib.error):
            return 0, False
        sound = inflater.eof and expected <= len(content) <= self._chunk_size
        return (len(stored) - len(inflater.unused_data) if sound else 0), False
