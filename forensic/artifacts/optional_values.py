"""Optional values of a fact: what is absent is None, what is damaged becomes a gap after the fact was stated."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from forensic.errors import ForensicError, Malformed, NotFound
from forensic.model import FileTime, Guid

if TYPE_CHECKING:
    from forensic.registry.key import Key
    from forensic.registry.value import Value

_FIRST_TIME = 631_152_000
"""1990-01-01 in seconds since 1970: no Windows NT is older."""


class Deferred:
    """The failures of evidence among several readings, kept back until the sound ones are stated: the first damage, and how many more.

    That something is absent counts only where nothing is damaged.

    ```python
    failures = Deferred()
    for child in key.keys():
        with failures:
            yield …
    failures.settle()
    ```
    """

    def __init__(self) -> None:
        """Start without a failure."""
        self.failure: ForensicError | None = None
        self._damaged = 0

    def __enter__(self) -> None:
        """Begin one reading."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        """Keep back a `ForensicError`; let anything else pass."""
        if not isinstance(error, ForensicError):
            return False
        if not isinstance(error, NotFound):
            self._damaged += 1
        if self.failure is None or (self._damaged == 1 and isinstance(self.failure, NotFound)):
            self.failure = error
        return True

    def settle(self) -> None:
        """Raise the first failure, if there was one, with the number of further ones."""
        if self.failure is None:
            return
        if self._damaged > 1:
            raise type(self.failure)(f"{self.failure}; {self._damaged - 1} more could not be read") from self.failure
        raise self.failure


class OptionalValues(Deferred):
    """The values of one key that a fact can do without: None where they are absent or damaged; `settle()` tells which damage."""

    def __init__(self, key: Key) -> None:
        """Read from `key`."""
        super().__init__()
        self._key = key

    def text(self, name: str) -> str | None:
        """Return the text of the value `name`."""
        with self:
            value = self._key.find_value(name)
            return None if value is None else value.text()
        return None

    def first_text(self, name: str) -> str | None:
        """Return the first text of the list `name`."""
        with self:
            value = self._key.find_value(name)
            return None if value is None else next(iter(value.texts()), None)
        return None

    def number(self, name: str) -> int | None:
        """Return the number in the value `name`."""
        with self:
            value = self._key.find_value(name)
            return None if value is None else value.number()
        return None

    def guid(self, name: str) -> Guid | None:
        """Return the GUID that the text of the value `name` spells."""
        with self:
            value = self._key.find_value(name)
            return None if value is None else Guid.parse(value.text())
        return None

    def unix_time(self, name: str) -> FileTime | None:
        """Return the time in the value `name`, seconds since 1970 in UTC; None also before 1990, where it is 0 or a duration."""
        with self:
            value = self._key.find_value(name)
            return None if value is None else unix_time(value)
        return None


def unix_time(value: Value) -> FileTime | None:
    """Return the time that `value` holds as seconds since 1970 in UTC; None before 1990, where it is 0 or a duration.

    Malformed when the number has more than 32 bits.
    """
    seconds = value.number()
    if seconds >> 32:
        raise Malformed("seconds since 1970", value.place.offset, 4, len(value.raw))
    return FileTime.from_unix(seconds) if seconds >= _FIRST_TIME else None
