"""CloneTag: when Sysprep last generalized this installation, or the media that it came from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts.declaration import artifact
from forensic.artifacts.known_values.media import CLONE_TAGS
from forensic.model import Basis, Change, Claim, Fact, Kind, LocalTime, Origin, always, decode_utf16, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key
    from forensic.registry.value import Value

_Q180962 = "https://jeffpar.github.io/kbarchive/kb/180/Q180962/"
_SEEN = "SYSTEM hives of Windows 7, 8.1 and 10"

_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_ASCTIME = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})")
_LIST_TYPE = 7
_TEXT_TYPES = (1, 2)


class CloneTag(msgspec.Struct, frozen=True):
    """The tag as it is written, and the moment it names."""

    text: str
    """E.g. `Sat Dec 07 09:18:25 2019`; hex of the bytes where they hold no text."""
    time: LocalTime | None = None
    """In local time of the machine that ran Sysprep; None where the text names no moment."""


def _moment(text: str) -> LocalTime | None:
    match = _ASCTIME.fullmatch(text.strip())
    if match is None or _MONTHS.find(match[1]) % 3:
        return None
    month = _MONTHS.index(match[1]) // 3 + 1
    try:
        return LocalTime.from_parts(int(match[6]), month, int(match[2]), int(match[3]), int(match[4]), int(match[5]))
    except ValueError:
        return None


CLONE_TAG = Kind(
    "clone-tag",
    CloneTag,
    "CloneTag: when this installation, or the media it came from, was last generalized",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: kept(Basis.OBSERVED, _SEEN, machines=3),
        Change.GENERALIZE: always(Basis.SOURCED, _Q180962),
        Change.SPECIALIZE: kept(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: always(Basis.OBSERVED, "regipy SYSTEM_WIN_10_1709", machines=1),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.USE: kept(Basis.INFERRED),
    },
    decisive=True,
    namespace="clone-tag",
    identity=lambda value: value.text,
    known_values=tuple(CloneTag(text, _moment(text)) for text in CLONE_TAGS),
    claims=(
        Claim("Microsoft's own test for whether Sysprep was used on Windows NT 4.0.", Basis.SOURCED, _Q180962),
        Claim(
            "Present on ordinary installations from Vista on, because Microsoft generalized its own image: presence shows nothing.",
            Basis.OBSERVED,
            _SEEN,
        ),
        Claim("Absent from retail installations of Windows XP.", Basis.OBSERVED, "three unrelated XP hives"),
        Claim("Only a tag later than the media's build shows that an administrator or a maker of computers generalized.", Basis.INFERRED),
        Claim(
            "The clock is local time of the machine that ran Sysprep: the tags of media until 2019 lie 7 h behind the key times (UTC) of "
            "the same media, that of build 19041 does not.",
            Basis.OBSERVED,
            _SEEN,
        ),
        Claim(
            "An upgrade in place brings the tag of the newer media.",
            Basis.OBSERVED,
            "regipy SYSTEM_WIN_10_1709 (1703 upgraded to 1803, then 1903)",
        ),
        Claim(
            "Equal tags that are later than the media come from the same run of Sysprep; the tag counts seconds.",
            Basis.INFERRED,
        ),
        Claim(
            "Administrators use the tag as the version of their own image.",
            Basis.SOURCED,
            "public fleet scripts that compare it with 2016 tags",
        ),
    ),
    references=(
        _Q180962,
        "https://learn.microsoft.com/en-us/windows-hardware/manufacture/desktop/sysprep--generalize--a-windows-installation",
    ),
)


@artifact("SYSTEM", "Setup", CLONE_TAG)
def clone_tag(key: Key) -> Iterator[Fact[CloneTag]]:
    """State the CloneTag, one text in the form of C's `asctime` in value `CloneTag`.

    | Release | Type | Content |
    |---|---|---|
    | Vista and later | REG_MULTI_SZ | one text, e.g. `Sat Dec 07 09:18:25 2019` |
    | NT 4.0 to 2003 | not documented beyond *the date, shown as hexadecimal* | read as text where it is text, else stated as hex |

    The time is local time of the machine that ran Sysprep, and to the second. On Vista and later compare it with `media-time`:
    every installation from Microsoft's media has the tag of the media.
    """
    value = key.value("CloneTag")
    text = _text(value)
    yield CLONE_TAG.fact(CloneTag(text, _moment(text)), value)


def _text(value: Value) -> str:
    if value.type == _LIST_TYPE:
        return next(iter(value.texts()), "")
    if value.type in _TEXT_TYPES:
        return value.text()
    for text in (value.raw.decode("latin-1"), decode_utf16(value.raw)):
        plain = text.partition("\0")[0].strip()
        if _ASCTIME.fullmatch(plain):
            return plain
    return value.raw.hex()
