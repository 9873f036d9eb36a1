"""Frames: how parent and child speak over a pipe: the length of a message in four bytes, little-endian, then its bytes."""

from __future__ import annotations

from typing import BinaryIO

LIMIT = 256 << 20
"""Bytes of one message: a report has some hundred thousand."""


class Overlong(Exception):
    """A frame announces more bytes than `LIMIT`."""


def send(stream: BinaryIO, message: bytes) -> None:
    """Write one frame; OSError where the other end is gone."""
    stream.write(len(message).to_bytes(4, "little") + message)
    stream.flush()


def receive(stream: BinaryIO) -> bytes | None:
    """Return the next message, waiting for it; None where the other end is gone. Overlong where it is too long to be one."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    size = int.from_bytes(head, "little")
    if size > LIMIT:
        raise Overlong(f"a message of {size} bytes")
    message = stream.read(size)
    return message if len(message) == size else None
