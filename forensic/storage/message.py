"""Messages between a child process and the parent that reads for it: one question, one answer.

| Question | Answer |
|---|---|
| `Start` | `Place` 0: the file that the child was started for |
| `Sibling` place, name | `Place`: the file of that name in the same folder |
| `Resolve` place, name | `Place`: the file that evidence at this place calls `name` |
| `Siblings` place, prefix | `Names` in the same folder |
| `Below` place | `Members`: what lies below it as a folder |
| `Fingerprint` place, whether afresh | `Text` |
| `Open` place | `Opened`: a number for the open file, and its size |
| `Read` file, offset, size | `Data`, fewer only at the end of the file |
| `Close` file | `Closed` |

Any question may be answered by `Failed`. Messages are msgpack arrays that begin with their type; each travels as one message of a pipe that
keeps messages apart. Text is UTF-8 that may hold lone surrogates, as names of files do.
"""

from __future__ import annotations

from typing import Annotated, Protocol

import msgspec

READ_LIMIT = 1 << 24
"""Bytes that one `Read` asks for at most."""
NAME_LIMIT = 1 << 15
"""Bytes of a name that is asked about; no file system has longer ones, and evidence may say any."""

Number = Annotated[int, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=0, le=READ_LIMIT)]


class Connection(Protocol):
    """One end of a duplex pipe that keeps messages apart: `multiprocessing.connection.Connection`."""

    def send_bytes(self, buf: bytes, /) -> None:
        """Send one message; OSError when the other end is gone."""

    def recv_bytes(self, maxlength: int | None = None, /) -> bytes:
        """Return the next message; EOFError when the other end is gone, OSError when the message is longer than `maxlength`."""

    def close(self) -> None:
        """Close this end."""


class Message(msgspec.Struct, frozen=True, array_like=True, tag=True, forbid_unknown_fields=True):
    """A question or an answer."""


class Start(Message, frozen=True):
    """Asks for the place that the child was started for."""


class Sibling(Message, frozen=True):
    """Asks for a file in the same folder."""

    place: Number
    name: bytes


class Resolve(Message, frozen=True):
    """Asks for the file that evidence names."""

    place: Number
    name: bytes


class Siblings(Message, frozen=True):
    """Asks for the names in the same folder."""

    place: Number
    prefix: bytes


class Below(Message, frozen=True):
    """Asks for what lies below a place that is a folder."""

    place: Number


class Fingerprint(Message, frozen=True):
    """Asks for what tells a file from any other: as it is known, or as it is now."""

    place: Number
    afresh: bool


class Open(Message, frozen=True):
    """Asks for a file to be opened."""

    place: Number


class Read(Message, frozen=True):
    """Asks for bytes of an open file."""

    file: Number
    offset: Number
    size: Count


class Close(Message, frozen=True):
    """Says that a file is no longer needed."""

    file: Number


class Place(Message, frozen=True):
    """A place that may be asked about."""

    number: int
    path: bytes
    name: bytes
    is_folder: bool = False
    """Whether it is the folder of a store."""


class Member(Message, frozen=True):
    """A file below a folder: its name from there on, its place and its size in bytes."""

    name: bytes
    place: Place
    size: int


class Members(Message, frozen=True):
    """Files below a folder."""

    members: list[Member]


class Names(Message, frozen=True):
    """Names of files."""

    names: list[bytes]


class Text(Message, frozen=True):
    """A text."""

    text: bytes


class Opened(Message, frozen=True):
    """A file that may be read."""

    file: int
    size: int


class Data(Message, frozen=True):
    """Bytes of a file."""

    data: bytes


class Closed(Message, frozen=True):
    """A file that was closed."""


class Failed(Message, frozen=True):
    """What would have been raised: the gap reason of its class, its sentence and its code."""

    reason: str
    sentence: bytes
    code: str


Question = Start | Sibling | Resolve | Siblings | Below | Fingerprint | Open | Read | Close
Answer = Place | Names | Members | Text | Opened | Data | Closed | Failed


def packed(text: str) -> bytes:
    """Return text as it travels."""
    return text.encode("utf-8", "surrogatepass")


def unpacked(data: bytes) -> str:
    """Return the text that travelled; UnicodeDecodeError where it is none."""
    return data.decode("utf-8", "surrogatepass")
