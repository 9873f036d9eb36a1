"""Prefixes of text logs that are only appended to: how far two of them are one, and the time up to which they are."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from forensic.artifacts.declaration import NtVersion, artifact_file
from forensic.artifacts.logs.text_log import LINE_LIMIT, TextLog, clock_reading
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, LocalTime, Origin, always, kept
from forensic.model.packed import records

if TYPE_CHECKING:
    from forensic.volumes.tree import File

SIZE_LIMIT = 16 << 20
"""Bytes from the beginning of a log of which prefixes are taken."""
PREFIX_LIMIT = 64
_FIRST, _GROWING, _EVEN = 256, 24, 39
_GROWING_PLACES = tuple(round(_FIRST * (SIZE_LIMIT / _FIRST) ** (at / (_GROWING - 1))) for at in range(_GROWING))
"""Offsets at or behind which a prefix ends, each 62 % farther than the one before: for a fork early in the log."""
_SMALLEST_STEP = 512
_PIECE, _LOOK_BACK = 1 << 20, 16 << 10
_PACKED = struct.Struct("<QQ16s")
_TIME = re.compile(
    r"(?P<y>\d{4})[-/](?P<m>\d\d)[-/](?P<d>\d\d)[ \t](?P<t>\d\d:\d\d:\d\d)|"
    r"(?<!\d)(?P<m2>\d\d)[-/](?P<d2>\d\d)[-/](?P<y2>\d{4}) (?P<t2>\d\d:\d\d(?::\d\d)?)",
    re.ASCII,
)
"""Year first, as most logs have it; month first in NetSetup.LOG and DtcInstall.log, the latter without seconds."""

LOGS: dict[str, tuple[str, NtVersion, NtVersion | None]] = {
    "devices": ("INF/setupapi.dev.log", (6, 0), None),
    "setup": ("INF/setupapi.setup.log", (6, 0), None),
    "setupapi": ("setupapi.log", (5, 0), (5, 2)),
    "net_setup": ("debug/NetSetup.LOG", (5, 0), None),
    "update_events": ("SoftwareDistribution/ReportingEvents.log", (5, 0), None),
    "windows_update": ("WindowsUpdate.log", (5, 0), (6, 3)),
}
"""Name of the artifact -> path in the system root, first and last release; DtcInstall.log apart."""


class Prefix(NamedTuple):
    """The beginning of a log."""

    end: int
    """Offset at which it ends: behind a line."""
    time: LocalTime | None
    """The last time that a line in it bears, in local time; None where none does."""
    hash: bytes
    """16 bytes of the SHA-256 of it."""


class TextLogPrefix(msgspec.Struct, frozen=True):
    """Beginnings of one log."""

    log: str
    size: int
    count: int
    packed: bytes
    """Of each prefix: its size (8 bytes, little-endian), last time in ticks since 1601 (8; 0 for none), hash (16)."""

    @property
    def prefixes(self) -> list[Prefix]:
        """The prefixes, the shortest first."""
        return [
            Prefix(end, LocalTime(str(FileTime(ticks))[:-1]) if ticks else None, digest)
            for end, ticks, digest in records(_PACKED, self.packed)
        ]


TEXT_LOG_PREFIX = Kind(
    "text-log-prefix",
    TextLogPrefix,
    "Logs that are only appended to: hashes of their beginnings",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.USE: always(Basis.INFERRED),
    },
    claims=(
        Claim(
            "Equal beginnings: one log, up to there, of which both are copies. Media bring such beginnings along too, with times of "
            "their own.",
            Basis.INFERRED,
        ),
        Claim(
            "The first prefix that differs ends behind the place where the logs part; a line or more before it may be common.",
            Basis.INFERRED,
        ),
        Claim(
            "A log that was rotated, or shortened at its beginning as ReportingEvents.log may be, begins anew: beginnings that differ "
            "show no separate origin.",
            Basis.UNVERIFIED,
        ),
        Claim("Times in them are local: when the time zone was set they step, also backwards.", Basis.INFERRED),
    ),
)


@artifact_file("%SystemRoot%/DtcInstall.log", TEXT_LOG_PREFIX, since=(6, 0), depth="full")
def text_log_prefix_dtc_install(file: File) -> Iterator[Fact[TextLogPrefix]]:
    """State hashes of at most 64 beginnings of DtcInstall.log, each with the last time in it.

    A beginning ends behind the first line that ends at or after a place (after 8 KiB without an end of line, there). Places are 256 bytes,
    62 % more, and so on up to 16 MiB; and the multiples of a power of two, of the smallest from 512 on that leaves at most 39. The last
    beginning is the whole log up to its last line. Where a place lies hangs on the log's content before it, and on its size only in how
    many there are, so two copies of a log have most in common however much either grew.

    The time is the last one of the 16 KiB before the end, else that of the beginning before: `2021/03/02 09:10:11` or `-`, in NetSetup.LOG
    and DtcInstall.log `03/02/2021 09:10:11` or `-`.

    `packed` is a row of beginnings, the shortest first:

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 8 | where it ends | bytes from the start of the log, little-endian |
    | 8 | 8 | time | local, in ticks of 100 ns since 1601; 0 for none |
    | 16 | 16 | hash | the first bytes of its SHA-256 |
    """
    return state_prefixes(file, "DtcInstall.log")


def state_prefixes(file: File, name: str) -> Iterator[Fact[TextLogPrefix]]:
    """State the prefixes of a log; NotFound where it has no whole line."""
    log = TextLog(file)
    packed, digest, done, time = list[bytes](), sha256(), 0, 0
    for end in _ends(log, file):
        for at in range(done, end, _PIECE):
            digest.update(file.read_at(at, min(_PIECE, end - at)))
        start = max(done, end - _LOOK_BACK) // 2 * 2
        time = _last_time(file.read_at(start, end - start).decode(log.encoding, "replace")) or time
        packed.append(_PACKED.pack(end, time, digest.digest()[:16]))
        done = end
    if not packed:
        raise NotFound("no whole line in it")
    value = TextLogPrefix(name, file.size, len(packed), b"".join(packed))
    yield TEXT_LOG_PREFIX.fact(value, log.span(0, 0))


def _ends(log: TextLog, file: File) -> Iterator[int]:
    """Yield where the prefixes end, each once."""
    done = 0
    for place in _places(file.size):
        start = place // log.unit * log.unit
        data = file.read_at(start, LINE_LIMIT)
        end = next(_line_ends(log, data), None)
        if end is None and len(data) < LINE_LIMIT:
            break  # no further line ends
        if start + (end or LINE_LIMIT) > done:  # else one long line holds two places
            done = start + (end or LINE_LIMIT)
            yield done
    if file.size <= SIZE_LIMIT:
        start = max(done, file.size - _LOOK_BACK) // log.unit * log.unit
        last = max(_line_ends(log, file.read_at(start, file.size - start)), default=0)
        if last and start + last > done:
            yield start + last


def _places(size: int) -> list[int]:
    """Return the offsets at or behind which prefixes of a log end: the growing ones, and multiples of a power of two, at most 39."""
    reached = min(size, SIZE_LIMIT)
    step = _SMALLEST_STEP
    while reached // step > _EVEN:
        step *= 2
    return sorted({*_GROWING_PLACES, *range(step, reached + 1, step)})


def _line_ends(log: TextLog, data: bytes) -> Iterator[int]:
    """Yield the offsets behind the ends of lines."""
    newline = "\n".encode(log.encoding)
    for match in re.finditer(b"(?=%b)" % re.escape(newline), data):  # ahead only: a match across two characters must hide none
        if match.start() % log.unit == 0:
            yield match.start() + log.unit


def _last_time(text: str) -> int:
    """Return the last time in a text in ticks, 0 where there is none."""
    for match in reversed(list(_TIME.finditer(text))):
        year, month, day, clock = (match[name] or match[f"{name}2"] for name in "ymdt")
        time = clock_reading(year, month, day, *[*clock.split(":"), "0"][:3], None)
        if time is not None:
            return max(0, time.ticks)
    return 0


def _declare(name: str, path: str, since: NtVersion, until: NtVersion | None) -> None:
    file_name = path.rpartition("/")[2]

    def read(file: File) -> Iterator[Fact[TextLogPrefix]]:
        return state_prefixes(file, file_name)

    read.__name__ = f"text_log_prefix_{name}"
    read.__doc__ = f"State hashes of at most {PREFIX_LIMIT} beginnings of {file_name}, as of DtcInstall.log."
    artifact_file(f"%SystemRoot%/{path}", TEXT_LOG_PREFIX, since=since, until=until, depth="full")(read)


for _name, (_path, _since, _until) in LOGS.items():
    _declare(_name, _path, _since, _until)
