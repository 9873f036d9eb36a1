"""Broker: reads files of evidence for a child process, which then needs no right to open any itself, and no network.

A child names no path: it asks about places that the broker gave it a number for, the first of them the file that it was started for. From
there it reaches what `Location.sibling` and `Location.resolve` lead to, files beside that one or below, and may only read them (`message`).
"""

from __future__ import annotations

import time

import msgspec

from forensic.errors import ForensicError, NotFound, Unreadable, Unsupported
from forensic.storage import message
from forensic.storage.location import Handle, Location
from forensic.storage.message import Answer, Connection, Question, packed
from forensic.storage.remote import RemoteLocation
from forensic.storage.store_failure import OUTAGES

MESSAGE_LIMIT = 1 << 16
"""Bytes of a question."""
PLACE_LIMIT = 1 << 16
"""Places that one child is given."""
OPEN_LIMIT = 128
"""Files that one child holds open."""


class Broker:
    """Answers what is asked about one source."""

    def __init__(self, location: Location | None = None) -> None:
        """Answer for what can be reached from `location`; where there is none, nothing is there."""
        self._places: list[Location] = [] if location is None else [location]
        self._files: dict[int, Handle] = {}
        self._opened = 0
        self.outage = ""
        """What kept this process from reading and is no matter of the evidence: a server that is lost, credentials that ended."""
        self.is_gone = False
        """Whether the source itself was not there when it was opened."""
        self._asked: float | None = None

    @property
    def waiting(self) -> float:
        """Seconds for which the question in hand has waited for its answer; another thread may ask."""
        asked = self._asked
        return 0.0 if asked is None else time.monotonic() - asked

    @property
    def traffic(self) -> tuple[int, int]:
        """Requests to a server, and bytes that came from there."""
        requests, size = getattr(self._places[0], "traffic", (0, 0)) if self._places else (0, 0)
        return requests, size

    def serve(self, connection: Connection) -> None:
        """Answer one child about this source alone (see `Desk.serve`)."""
        Desk(self).serve(connection)

    def close(self) -> None:
        """Close the files that are open."""
        for handle in self._files.values():
            handle.close()
        self._files.clear()

    def answer(self, question: Question) -> Answer:
        """Return the answer to one question; what may not be asked is `Failed`, as what cannot be read is."""
        self._asked = time.monotonic()
        try:
            return self._answer(question)
        except ForensicError as error:
            if error.code in OUTAGES:
                self.outage = self.outage or str(error)
            return message.Failed(error.reason, packed(str(error)), error.code)
        finally:
            self._asked = None

    def _answer(self, question: Question) -> Answer:
        match question:
            case message.Start():
                return self._place(0)
            case message.Sibling(place, name):
                return self._give(self._at(place).sibling(_text(name)))
            case message.Resolve(place, name):
                return self._give(self._at(place).resolve(_text(name)))
            case message.Siblings(place, prefix):
                return message.Names([packed(name) for name in self._at(place).siblings(_text(prefix))])
            case message.Below(place):
                return self._below(self._at(place))
            case message.Fingerprint(place, afresh):
                return message.Text(packed(self._at(place).fingerprint(afresh=afresh)))
            case message.Open(place):
                return self._open(self._at(place))
            case message.Read(file, offset, size):
                return message.Data(self._read(file, offset, size))
            case message.Close(file):
                self._file(file).close()
                del self._files[file]
                return message.Closed()

    def _at(self, place: int) -> Location:
        if place >= len(self._places):
            raise NotFound(f"place {place} was never given", code="no-file")
        return self._places[place]

    def _place(self, number: int) -> message.Place:
        location = self._places[number]
        return message.Place(number, packed(location.path), packed(location.name), bool(getattr(location, "is_folder", False)))

    def _give(self, location: Location) -> message.Place:
        if len(self._places) >= PLACE_LIMIT:
            raise Unsupported(f"more than {PLACE_LIMIT} files belong to one source", code="too-large")
        self._places.append(location)
        return self._place(len(self._places) - 1)

    def _below(self, location: Location) -> message.Members:
        if not isinstance(location, RemoteLocation) or not location.is_folder:
            raise Unsupported(f"{location.name} is no folder of a store", code="not-listed")
        found = []
        for name, place, size in location.below():
            found.append(message.Member(packed(name), self._give(place), size))
        self.is_gone = self.is_gone or (not found and location is self._places[0])
        return message.Members(found)

    def _open(self, location: Location) -> message.Opened:
        if len(self._files) >= OPEN_LIMIT:
            raise Unreadable(f"{location.name}: more than {OPEN_LIMIT} files are open")
        try:
            handle = location.open()
        except NotFound:
            self.is_gone = self.is_gone or location is self._places[0]
            raise
        self._opened += 1
        self._files[self._opened] = handle
        return message.Opened(self._opened, handle.size)

    def _file(self, number: int) -> Handle:
        if number not in self._files:
            raise Unreadable(f"file {number} is not open")
        return self._files[number]

    def _read(self, number: int, offset: int, size: int) -> bytes:
        handle = self._file(number)
        size = min(size, handle.size - offset)
        return handle.read_at(offset, size) if size > 0 else b""


class Desk:
    """Serves one child for its life: it asks the broker of the source that it has in hand."""

    def __init__(self, broker: Broker | None = None) -> None:
        """Begin with this broker, or with one that knows of nothing."""
        self.broker = Broker() if broker is None else broker
        """May be replaced by another thread: what was given by the one before is then not there any more."""
        self._decoder = msgspec.msgpack.Decoder(Question)

    def serve(self, connection: Connection) -> None:
        """Answer questions until the child is gone, or sends what is no question; then close its files and this end.

        Blocks: a parent with several children gives each a thread.
        """
        try:
            while (question := self._next(connection)) is not None:
                answer = msgspec.msgpack.encode(self.broker.answer(question))
                try:
                    connection.send_bytes(answer)
                except OSError:  # the child is gone
                    break
        finally:
            self.broker.close()
            connection.close()

    def _next(self, connection: Connection) -> Question | None:
        """Return the next question; None where the child is gone, or is no child of this program any more."""
        try:
            question: Question = self._decoder.decode(connection.recv_bytes(MESSAGE_LIMIT))
        except (EOFError, OSError, msgspec.MsgspecError):
            return None
        return question


def _text(data: bytes) -> str:
    try:
        return message.unpacked(data)
    except UnicodeDecodeError:
        raise NotFound("a name that is no text", code="no-file") from None
