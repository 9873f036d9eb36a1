"""Orders and answers: what a parent asks of the child that examines for it, as msgpack in frames (`frame`).

| The parent sends | The child answers |
|---|---|
| `Setting`, once | `Ready`: which parts of the guard are on |
| `Order` | `Done` with the report, or `Failed` |
| `Chain` | `Files` |

Text that may be a name of a file travels as bytes (`storage.message`), since such names may hold what is no Unicode.
"""

from __future__ import annotations

from typing import Any

import msgspec

from forensic.batch.headline import Headline
from forensic.batch.protection import Protection
from forensic.catalog.record import Entry

EXAMINER = "forensic.examination:examine"
"""Module and name of the function that examines."""


class Message(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Anything that travels."""


class Setting(Message, frozen=True):
    """What a child is allowed."""

    readable: tuple[bytes, ...]
    """Folders and files that it may read."""
    scratch: bytes
    """The folder in which it may keep files."""
    memory: int
    """Bytes."""
    parent: int
    """Process id of the one that started it."""
    examiner: str = EXAMINER
    reads: int = -1
    """The number (on Windows the handle) of its end of the pipe over which the parent reads for it (`storage.message`)."""
    guarded: bool = True
    """Whether to put on the guard; without it only `memory` counts, watched from outside."""


class Order(Message, frozen=True):
    """A source to examine."""

    source: bytes
    options: dict[str, Any]
    """What `examine` is called with; of `about` its parts."""
    whole: bool = False
    """Whether the report itself is asked for, and not what a catalog keeps of it."""
    brokered: bool = False
    """Whether the parent reads it: a source for which a network or credentials are needed."""


class Chain(Message, frozen=True):
    """Asks of which files an image is made."""

    source: bytes
    brokered: bool = False


class Ready(Message, frozen=True):
    """The child waits for orders."""

    guard: list[Protection]


class Done(Message, frozen=True):
    """A source was examined."""

    bytes_read: int
    requests: int
    headline: Headline = Headline()
    entry: Entry | None = None
    """What a catalog keeps."""
    report: bytes = b""
    """The report as JSON, where it was asked for."""


class Files(Message, frozen=True):
    """Paths of the files that make an image, its own first; none where it cannot be opened."""

    paths: list[bytes]


class Failed(Message, frozen=True):
    """A source was not examined, and why."""

    reason: str
    code: str
    """`out-of-memory`, `internal-error`, or that of the problem for which the source could not be read."""


Question = Order | Chain
Answer = Ready | Done | Files | Failed
