"""Times as Windows writes them, kept to the tick."""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

TICKS_PER_SECOND = 10_000_000
UNIX_EPOCH = 116_444_736_000_000_000
"""1970-01-01T00:00:00Z in ticks of 100 ns since 1601-01-01T00:00:00Z."""

_ISO = re.compile(r"\+?(\d{4,5})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,7}))?Z?")


class FileTime(int):
    """A FILETIME: ticks of 100 ns since 1601-01-01T00:00:00Z, 0 to 2**64-1.

    Compares and subtracts as the integer it is; prints as ISO 8601 in UTC with seven digits and `Z`.
    """

    __slots__ = ()

    @classmethod
    def from_unix(cls, seconds: float) -> FileTime:
        """Convert seconds since 1970-01-01T00:00:00Z."""
        return cls(int(seconds * TICKS_PER_SECOND) + UNIX_EPOCH)

    @classmethod
    def from_bytes_le(cls, data: bytes) -> FileTime:
        """Read eight little-endian bytes."""
        return cls(int.from_bytes(data[:8], "little"))

    @classmethod
    def from_iso(cls, text: str) -> FileTime:
        """Parse what `str()` gives; ValueError when it is something else."""
        return cls(_ticks(text))

    def __str__(self) -> str:
        """Return ISO 8601 in UTC, e.g. `2016-10-05T08:22:50.7651268Z`."""
        return _iso(int(self)) + "Z"

    def __repr__(self) -> str:
        """Return the time in ISO 8601, for people who debug."""
        return f"FileTime({self})"


class LocalTime(msgspec.Struct, frozen=True):
    """A time that was written in local time and cannot be converted, because the bias in force is not known."""

    time: str
    """ISO 8601 with seven digits and no zone."""
    local: bool = True

    def __post_init__(self) -> None:
        """Refuse what is not a time: ValueError."""
        _ticks(self.time)

    @classmethod
    def from_parts(cls, year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: float = 0) -> LocalTime:
        """Build from calendar parts; ValueError when they name no moment."""
        ticks = _ticks(f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{int(second):02}")
        ticks += round((second - int(second)) * TICKS_PER_SECOND)
        return cls(time=_iso(ticks))

    @property
    def ticks(self) -> int:
        """The same clock reading as if it were UTC, in ticks of 100 ns since 1601: for distances only."""
        return _ticks(self.time)

    def __str__(self) -> str:
        """Return the clock reading and say that it is local."""
        return f"{self.time} (local time)"


def _days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1601-01-01 of a proleptic Gregorian date (Howard Hinnant's public algorithm)."""
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 584_694


def _civil_from_days(days: int) -> tuple[int, int, int]:
    era, day_of_era = divmod(days + 584_694, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + (3 if shifted < 10 else -9)
    return year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1


def _iso(ticks: int) -> str:
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    days, second = divmod(seconds, 86_400)
    year, month, day = _civil_from_days(days)
    sign = "+" if year > 9999 else ""
    return f"{sign}{year:04}-{month:02}-{day:02}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.{fraction:07}"


@lru_cache(maxsize=1024)
def _ticks(text: str) -> int:
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError(f"not a time: {text!r}")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    days = _days_from_civil(year, month, day)
    if _civil_from_days(days) != (year, month, day) or hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"not a time: {text!r}")
    fraction = int((match[7] or "0").ljust(7, "0"))
    return (days * 86_400 + hour * 3600 + minute * 60 + second) * TICKS_PER_SECOND + fraction
