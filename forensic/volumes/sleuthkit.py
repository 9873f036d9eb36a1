"""The boundary to pytsk3: a source as the image that The Sleuth Kit reads, and its failures as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytsk3

from forensic.errors import ForensicError, Malformed, Unreadable
from forensic.storage.source import Source


class SourceImage(pytsk3.Img_Info):  # type: ignore[misc]  # pytsk3 has no type information
    """A source as pytsk3 wants it. No exception crosses the C code: failures are kept here and raised by `boundary`."""

    def __init__(self, source: Source, size: int) -> None:
        """Show `size` bytes; those past the end of `source` are unreadable, never zeros."""
        self._source, self._shown = source, size
        self._failures: list[tuple[int, int, ForensicError]] = []
        self.forgiving = False
        """Whether zeros stand for what cannot be read at the second question: The Sleuth Kit keeps no such answer for later ones."""
        self.forgiven: list[ForensicError] = []
        super().__init__(url="", type=pytsk3.TSK_IMG_TYPE_EXTERNAL)

    def get_size(self) -> int:
        """Return the bytes shown."""
        return self._shown

    def read(self, offset: int, size: int) -> bytes:
        """Return exactly `size` bytes, or none.

        The Sleuth Kit asks for 64 KiB around what it needs, and asks again for just that when it got nothing:
        an answer to the second question heals the failure of the first.
        """
        size = min(size, self._shown - offset)
        try:
            data = self._source.read_at(offset, size)
            if len(data) < size:
                raise Unreadable(
                    f"the image ends at offset {offset + len(data):#x} of the volume, {size - len(data)} bytes before what is needed"
                )
        except ForensicError as error:
            again = any(start <= offset and offset + size <= end for start, end, _ in self._failures)
            self._failures.append((offset, offset + size, error))
            if self.forgiving and again:
                self.forgiven.append(error)
                return bytes(size)
            return b""
        if self._failures:
            self._failures = [failure for failure in self._failures if offset < failure[0] or failure[1] < offset + size]
        return data

    def close(self) -> None:
        """Do nothing: the source belongs to whoever opened it."""

    def failure(self) -> ForensicError | None:
        """Return the last read that failed and was not healed, and forget all."""
        failures, self._failures = self._failures, []
        return failures[-1][2] if failures else None


@contextmanager
def boundary(image: SourceImage, what: str, *, strict: bool = True) -> Iterator[None]:
    """Turn what pytsk3 raises into `Unreadable` where bytes were missing, else `Malformed`.

    With `strict`, missing bytes count even when pytsk3 went on without them.
    """
    image.failure()
    try:
        yield
    except (OSError, SystemError, RuntimeError) as error:
        failure = image.failure()
        if failure is not None:
            raise Unreadable(f"{what}: {failure}") from None
        raise Malformed(f"{what}: {_reason(error)}") from None
    failure = image.failure()
    if strict and failure is not None:
        raise Unreadable(f"{what}: {failure}")


def _reason(error: Exception) -> str:
    """Return the last, most telling part of a message such as `FS_Info_Con: (tsk3.cpp:327) Unable to …: Invalid … (ntfs_open: …)`."""
    text = " ".join(str(error).split())
    return text.rsplit(") ", 1)[-1] or type(error).__name__
