"""BrokeredLocation: a file that the parent process reads for this one (`broker`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from threading import Lock
from typing import TypeVar

import msgspec

from forensic.errors import ForensicError, Malformed, NotFound, Unreadable, Unsupported
from forensic.storage import message
from forensic.storage.message import NAME_LIMIT, READ_LIMIT, Answer, Connection, Question, packed, unpacked
from forensic.storage.naming import last_part

_Expected = TypeVar("_Expected", bound=message.Message)
_FAILURES: dict[str, type[ForensicError]] = {kind.reason: kind for kind in (NotFound, Unreadable, Malformed, Unsupported)}


class Channel:
    """This end of the pipe to the parent; threads may share it."""

    def __init__(self, connection: Connection) -> None:
        """Ask over `connection`."""
        self._connection, self._lock = connection, Lock()
        self._decoder = msgspec.msgpack.Decoder(Answer)

    def ask(self, question: Question, expected: type[_Expected]) -> _Expected:
        """Return the answer; raises what the parent says has failed, Unreadable when the parent is gone."""
        try:
            with self._lock:
                self._connection.send_bytes(msgspec.msgpack.encode(question))
                answer = self._decoder.decode(self._connection.recv_bytes())
        except (EOFError, OSError) as error:
            raise Unreadable(f"the process that reads the evidence is gone: {error or 'it closed the connection'}") from None
        if isinstance(answer, message.Failed):
            raise _FAILURES[answer.reason](unpacked(answer.sentence), code=answer.code)
        if not isinstance(answer, expected):
            raise TypeError(f"{type(answer).__name__} is no answer to {type(question).__name__}")
        return answer


class BrokeredLocation:
    """A place of which only the parent knows how to read it."""

    def __init__(self, channel: Channel, place: message.Place) -> None:
        """Describe a place that the parent gave."""
        self._channel, self._number = channel, place.number
        self.path, self.name = unpacked(place.path), unpacked(place.name)
        self.is_folder = place.is_folder
        """Whether it is the folder of a store."""

    def open(self) -> BrokeredHandle:
        """Let the parent open the file."""
        opened = self._channel.ask(message.Open(self._number), message.Opened)
        return BrokeredHandle(self._channel, opened.file, opened.size)

    def siblings(self, prefix: str = "") -> list[str]:
        """Return the names in the same folder that begin with `prefix`, sorted."""
        answer = self._channel.ask(message.Siblings(self._number, packed(prefix)), message.Names)
        return [unpacked(name) for name in answer.names]

    def below(self) -> Iterator[tuple[str, BrokeredLocation, int]]:
        """Yield what lies below this place as a folder: the name from there on, the place and its size in bytes."""
        for one in self._channel.ask(message.Below(self._number), message.Members).members:
            yield unpacked(one.name), BrokeredLocation(self._channel, one.place), one.size

    def sibling(self, name: str) -> BrokeredLocation:
        """Return the place of `name` in the same folder."""
        return BrokeredLocation(self._channel, self._channel.ask(message.Sibling(self._number, packed(name)), message.Place))

    def resolve(self, name: str) -> BrokeredLocation:
        """Return the place of the file that evidence calls `name`."""
        if len(packed(name)) > NAME_LIMIT:
            raise NotFound(f"{self.name}: {last_part(name)!r} is not beside it", code="no-file")
        return BrokeredLocation(self._channel, self._channel.ask(message.Resolve(self._number, packed(name)), message.Place))

    def fingerprint(self, *, afresh: bool = False) -> str:
        """Return what tells the file from any other."""
        return unpacked(self._channel.ask(message.Fingerprint(self._number, afresh), message.Text).text)


class BrokeredHandle:
    """A file that the parent holds open."""

    def __init__(self, channel: Channel, file: int, size: int) -> None:
        """Describe open file number `file`, of `size` bytes."""
        self._channel, self._file, self.size = channel, file, size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only where the file has become shorter."""
        parts = []
        while size > 0:
            part = self._channel.ask(message.Read(self._file, offset, min(size, READ_LIMIT)), message.Data).data
            if not part:
                break
            parts.append(part)
            offset, size = offset + len(part), size - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Let the parent close the file."""
        with suppress(Unreadable):  # a parent that is gone has closed it
            self._channel.ask(message.Close(self._file), message.Closed)


def connect(connection: Connection) -> BrokeredLocation:
    """Return the place that this process was started for, read by the parent at the other end of `connection`."""
    channel = Channel(connection)
    return BrokeredLocation(channel, channel.ask(message.Start(), message.Place))
