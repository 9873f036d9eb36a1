"""Unpacked: what was unpacked of one source of evidence, kept once, under one budget of bytes, and never under a name of the evidence."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable

from forensic.errors import Malformed, Unreadable
from forensic.storage.source import Window

LEAST, MOST = 1 << 30, 32 << 30
"""Bytes that are unpacked of the smallest and of the largest archive at most."""
RATIO = 64
"""Between the two, as many times the size of the archive: hives and logs pack to a fifth, disks with much empty space to a fiftieth."""
_IN_MEMORY = 32 << 20
_ZEROS = bytes(1 << 20)


class Unpacked:
    """An unnamed file, in memory while it is small, that grows by what is unpacked; it goes with its last user. Zeros take no space."""

    def __init__(self, packed_size: int) -> None:
        """Allow for an archive of `packed_size` bytes what is plausible."""
        self.left = min(MOST, max(LEAST, RATIO * packed_size))
        """Bytes that may still be unpacked."""
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  lives as long as this
        self._end = 0

    @property
    def size(self) -> int:
        """Bytes unpacked so far."""
        return self._end

    def add(self, name: str, pieces: Iterable[bytes], limit: int | None = None) -> Window:
        """Keep the pieces (at most 1 MiB each) in a row, and return where; Malformed when they are more than `limit`, or than is left.

        What was unpacked until then counts: no second attempt gets further.
        """
        start = self._end
        for piece in pieces:
            self.left -= len(piece)
            if self.left < 0:
                raise Malformed(f"{name}: the limit of what is unpacked of one source was reached", code="too-much")
            if limit is not None and self._end + len(piece) - start > limit:
                raise Malformed(f"{name}: unpacks to more than the {limit} bytes it declares", code="too-much")
            self._append(name, piece)
        return Window(self, start, self._end - start)

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only where nothing more was unpacked."""
        if offset < 0 or size <= 0 or offset >= self._end:
            return b""
        size = min(size, self._end - offset)
        self._file.seek(offset)
        return self._file.read(size).ljust(size, b"\0")

    def _append(self, name: str, piece: bytes) -> None:
        if piece != _ZEROS[: len(piece)]:
            if self._end + len(piece) > _IN_MEMORY:
                self._file.rollover()  # before the jump: memory would be filled up to there
            try:
                self._file.seek(self._end)
                self._file.write(piece)
            except OSError as error:
                raise Unreadable(f"{name}: what is unpacked cannot be kept on this computer: {error.strerror or error}") from None
        self._end += len(piece)

    def __del__(self) -> None:
        """Give the space back with the last user."""
        self._file.close()
