"""Where evidence lies, and the bytes that were read there."""

from __future__ import annotations

import hashlib
from typing import Literal, Protocol

import msgspec

from forensic.model.text import printable
from forensic.model.time import FileTime

RAW_LIMIT = 256
"""Bytes; a longer reading is stated by digest and length."""

State = Literal["stored", "recovered"]


class Locator(msgspec.Struct, frozen=True, omit_defaults=True):
    """A place in evidence: a chain from the volume to the byte. The image itself is the report's `source`."""

    volume: str = ""
    """Volume id, e.g. `p2`; empty for the disk itself and for collections."""
    file: str = ""
    """Path inside the volume or collection, with `/`, without a leading one; an alternate stream as `path:stream`."""
    hive: str = ""
    """Name of the hive, e.g. `SAM`, where the place lies in one."""
    control_set: int | None = None
    """Number of the control set, where the key lies in one."""
    key: str = ""
    r"""Key path inside the hive, with `\`, without the root's name."""
    value: str | None = None
    """Value name; empty for the default value; None where the place is a key or a file."""
    field: str = ""
    """What of the key or structure was read, where it is no value: `class name`, `last-written time`, `boot sector`."""
    offset: int | None = None
    """Absolute byte offset in the innermost container named above (hive, file, or the disk).

    Of bytes that lie in several places (data of a value in segments, the class names of the boot key), that of the first.
    """

    def inside(self, **changes: str | int | None) -> Locator:
        """Return this place with parts added."""
        return msgspec.structs.replace(self, **changes)

    def __str__(self) -> str:
        r"""Return e.g. `p2 > Windows/System32/config/SAM > SAM\Domains\Account > V @ 0x640c`."""
        parts = [self.volume or ("" if self.file else "disk"), self.file, self.key]
        if self.value is not None:
            parts.append(self.value or "(default)")
        if self.field:
            parts.append(f"({self.field})")
        text = " > ".join(printable(part) for part in parts if part)
        return text if self.offset is None else f"{text} @ {self.offset:#x}"


class Reading(Protocol):
    """Anything a fact can be stated from: a key, a value, a file, a field of a disk structure."""

    @property
    def place(self) -> Locator:
        """Where it lies."""

    @property
    def raw(self) -> bytes:
        """The bytes that were read."""

    @property
    def written(self) -> FileTime | None:
        """When it was last written, where the evidence says so."""

    @property
    def state(self) -> State:
        """Whether the bytes were stored in the file, or recovered from a transaction log."""


class Span(msgspec.Struct, frozen=True):
    """A run of bytes with its place: the plainest `Reading`."""

    place: Locator
    raw: bytes
    written: FileTime | None = None
    state: State = "stored"

    def part(self, offset: int, size: int) -> Span:
        """Return `size` bytes that start `offset` bytes into this run, with the place narrowed to them."""
        base = self.place.offset
        place = self.place if base is None else self.place.inside(offset=base + offset)
        return Span(place, self.raw[offset : offset + size], self.written, self.state)


class RawDigest(msgspec.Struct, frozen=True):
    """What stands in a report in place of bytes that are secret or longer than `RAW_LIMIT`."""

    sha256: str
    length: int

    @classmethod
    def of(cls, data: bytes) -> RawDigest:
        """Digest `data`."""
        return cls(hashlib.sha256(data).hexdigest(), len(data))


Raw = str | RawDigest
"""Bytes as a report states them: lower-case hex, or a digest."""


def raw_of(data: bytes, *, secret: bool = False) -> Raw:
    """Return `data` as a report may state it."""
    return RawDigest.of(data) if secret or len(data) > RAW_LIMIT else data.hex()
