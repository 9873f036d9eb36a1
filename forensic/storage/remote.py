"""RemoteLocation: an object of a store, or a file of a web server, read in parts and never as a whole.

The first question for an object is already its first block: the answer says how large it is and by what its content is told (`Stamp`).
Every further one carries the etag, so that a store refuses it once the object was replaced, and every answer is compared with the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Protocol

from forensic.errors import ForensicError, NotFound, Unreadable, Unsupported
from forensic.storage.block_cache import BLOCK, BlockCache, CachedFile
from forensic.storage.naming import candidates, last_part
from forensic.storage.stamp import Stamp
from forensic.storage.url import Address, address

LISTING_LIMIT = 20_000
"""Names of one folder that are listed at most; in a larger one, files are asked for by their names."""
SKIPPED_FOLDERS = 100
"""Folders inside of it that are passed over, each by a request of its own."""
REFUSALS = frozenset({"access-refused", "credentials-refused"})
_LAST = "\U0010ffff"


class Reader(Protocol):
    """Asks for remote files: `store.Store`, `web.WebServer`."""

    requests: int
    bytes_read: int

    def get(self, address: Address, start: int, size: int, known: Stamp | None = None, total: int | None = None, /) -> tuple[Stamp, bytes]:
        """Return bytes of a file, and what tells its content, which must be as it was known."""

    def head(self, address: Address, /) -> Stamp:
        """Return what tells the content of a file."""

    def list(self, prefix: str, after: str = "", /) -> Iterator[tuple[str, Stamp]]:
        """Yield the keys below the folder `prefix`, those after `after`; Unsupported (`not-listed`) where nothing lists."""


def _reader(given: Address) -> Reader:
    """Return what reads an address; Unsupported where the library for it is missing."""
    if given.is_web:
        from forensic.storage.web import WebServer

        return WebServer()
    from forensic.storage.store import Store  # late: it loads obstore

    return Store(given)


class Folder:
    """What one examination knows of the objects beside the given one."""

    def __init__(self, given: Address) -> None:
        """Begin with nothing known."""
        self.store = _reader(given)
        self._given, self._cache = given, BlockCache()
        self._files: dict[str, CachedFile] = {}
        self._stamps: dict[str, Stamp] = {}
        """By key: what told the content of an object when it was first met."""
        self._listings: dict[str, dict[str, Stamp]] = {}
        """By the prefix that was asked for: names and what the listing said."""
        self._from_listing: set[str] = set()
        """Keys that were first met in a listing: what stores say there and in an answer need not be spelled alike."""
        self._again: dict[str, Stamp] = {}

    def names(self, prefix: str) -> list[str]:
        """Return the names in the folder that begin with `prefix`; Unsupported (`not-listed`) where it cannot be listed."""
        found = next((names for known, names in self._listings.items() if prefix.startswith(known)), None)
        if found is None:
            found = self._listings[prefix] = self._list(prefix)
            for name, stamp in found.items():
                self.know(self._given.beside(name), stamp)
        return sorted(name for name in found if name.startswith(prefix))

    def know(self, at: Address, stamp: Stamp) -> None:
        """Remember what a listing said of an object that nobody asked for yet."""
        if at.key not in self._stamps:
            self._stamps[at.key] = stamp
            self._from_listing.add(at.key)

    def _list(self, prefix: str) -> dict[str, Stamp]:
        """Ask for the names of the folder that begin with `prefix`, and pass over the folders in it."""
        folder = self._given.folder
        after, found, asked, seen = folder + _before(prefix) if prefix else "", dict[str, Stamp](), 0, 0
        while asked <= SKIPPED_FOLDERS:
            asked += 1
            for key, stamp in self.store.list(folder, after):
                name = key.removeprefix(folder)
                seen += 1
                if seen > LISTING_LIMIT:
                    raise Unsupported(f"{folder}: more than {LISTING_LIMIT} objects lie beside it", code="not-listed")
                if not name.startswith(prefix):
                    if name > prefix:
                        return found
                elif "/" not in name:
                    found[name] = stamp
                elif key > after:  # else the store does not know where to begin: all of it is gone through
                    after = f"{folder}{name.partition('/')[0]}/{_LAST}"
                    break
            else:
                return found
        raise Unsupported(f"{folder}: more than {SKIPPED_FOLDERS} folders lie beside it", code="not-listed")

    def open(self, at: Address) -> CachedFile:
        """Return the file at an address; NotFound and Unreadable say why not."""
        file = self._files.get(at.key)
        if file is None:
            first, known = b"", None
            if at.key not in self._stamps:
                known, first = self.store.get(at, 0, BLOCK)
                self._stamps[at.key] = known
            size, reader = self._stamps[at.key].size, self.store

            def fetch(offset: int, count: int) -> bytes:
                nonlocal known
                known, data = reader.get(at, offset, count, known, size)
                return data

            file = self._files[at.key] = CachedFile(self._cache, at.key, size, fetch)
            if first:
                with self._cache.lock:
                    self._cache.keep(at.key, 0, first)
        return file

    def stamp(self, at: Address, *, afresh: bool = False) -> Stamp:
        """Return what tells the content of an object: as it was when it was first met, or as it is now, from where it was met.

        One new listing answers for all objects of the first one, for each once.
        """
        if not afresh:
            if at.key not in self._stamps:
                self.open(at)
            return self._stamps[at.key]
        if at.key not in self._from_listing:
            return self.store.head(at)
        if at.key not in self._again:
            prefix = next((known for known, names in self._listings.items() if at.name in names and at.folder == self._given.folder), None)
            listed = {} if prefix is None else self._list(prefix)
            self._again = {self._given.beside(name).key: stamp for name, stamp in listed.items()}
        return self._again.pop(at.key, None) or self._alone(at)

    def _alone(self, at: Address) -> Stamp:
        """Return what a listing says of one object."""
        for key, stamp in self.store.list(at.folder, at.folder + _before(at.key.removeprefix(at.folder))):
            if key == at.key:
                return stamp
            if key > at.key:
                break
        raise NotFound(f"{at.name}: it is no longer there", code="no-file")


class RemoteLocation:
    """The place of one object. Nothing that evidence names leads out of the folder in which it lies."""

    def __init__(self, at: Address, folder: Folder | None = None) -> None:
        """Remember the address; nothing is asked yet."""
        self._at = at
        self._folder = Folder(at) if folder is None else folder

    @property
    def name(self) -> str:
        """The last part of the URL."""
        return self._at.name

    @property
    def path(self) -> str:
        """The URL, without what may be a signature."""
        return self._at.shown

    @property
    def is_folder(self) -> bool:
        """Whether the URL names a folder by its spelling."""
        return not self._at.key or self._at.key.endswith("/")

    @property
    def traffic(self) -> tuple[int, int]:
        """Requests and bytes that this location, and all that were reached from it, have cost."""
        return self._folder.store.requests, self._folder.store.bytes_read

    def open(self) -> RemoteHandle:
        """Open the object; NotFound, Unreadable or Unsupported say why not."""
        if self.is_folder:
            raise Unsupported(f"{self.path} is a folder, no file")
        return RemoteHandle(self._folder.open(self._at))

    def siblings(self, prefix: str = "") -> list[str]:
        """Return the names in the same folder that begin with `prefix`; Unsupported (`not-listed`) where only names can be asked for."""
        if self._at.query:
            return [self.name] if self.name.startswith(prefix) else []
        try:
            return self._folder.names(prefix)
        except Unreadable as error:
            if error.code in REFUSALS:  # objects may often be read by those who may not list
                raise Unsupported(str(error), code="not-listed") from None
            raise Unreadable(f"{self.path}: cannot look for further segments: {error}", code=error.code) from None

    def sibling(self, name: str) -> RemoteLocation:
        """Return the place of `name` in the same folder."""
        if name in {"", ".", ".."} or "/" in name or "\\" in name:
            raise NotFound(f"{self.name}: {name!r} is no name of a file beside it", code="no-file")
        if name == self.name:
            return self
        if self._at.query:
            raise NotFound(f"{name}: its URL is not known; a signed URL, or one with a query, is for one file alone", code="no-file")
        return RemoteLocation(self._at.beside(name), self._folder)

    def resolve(self, name: str) -> RemoteLocation:
        """Return the place of the object that evidence calls `name`; upper and lower case are the same where none is spelled so."""
        last = last_part(name)
        if not self._at.query:
            for parts in candidates(name):
                place = RemoteLocation(self._at.beside(*parts), self._folder)
                if place.is_there():
                    return place
            with suppress(ForensicError):
                for other in self._folder.names(""):
                    if other.lower() == last.lower():
                        return self.sibling(other)
        raise NotFound(f"{self.name}: {last!r} is not beside it", code="no-file")

    def below(self) -> Iterator[tuple[str, RemoteLocation, int]]:
        """Yield what lies below this place as a folder: the name from there on, the place and its size in bytes."""
        if self._at.is_web:
            raise Unsupported(f"{self.path}: a web server does not list its folders; give the URL of a file")
        prefix = self._at.key if self.is_folder else f"{self._at.key}/"
        for key, stamp in self._folder.store.list(prefix):
            at = self._at._replace(key=key)
            self._folder.know(at, stamp)
            yield key.removeprefix(prefix), RemoteLocation(at, self._folder), stamp.size

    def is_there(self) -> bool:
        """Whether there is such an object, as far as is said: one that may not be read is there for nobody."""
        try:
            self._folder.stamp(self._at)
        except NotFound:
            return False
        except ForensicError as error:
            return error.code not in REFUSALS
        return True

    def fingerprint(self, *, afresh: bool = False) -> str:
        """Return the URL, the size, the etag and the time of the last change: as they were when first asked for, or are now."""
        return f"{self.path} {' '.join(map(str, self._folder.stamp(self._at, afresh=afresh)))}"


class RemoteHandle:
    """An object that is read; what was read of it stays in the cache of its folder when it is closed."""

    def __init__(self, file: CachedFile) -> None:
        """Read from `file`."""
        self._file, self.size = file, file.size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only at the end."""
        return self._file.read_at(offset, size)

    def close(self) -> None:
        """Do nothing: no connection belongs to one object."""


def _before(prefix: str) -> str:
    """Return a name that stands before all that begin with `prefix`, and after nearly all others that do: listings begin after a name."""
    below = ord(prefix[-1]) - 1
    if 0xD800 <= below <= 0xDFFF:
        below = 0xD7FF
    return prefix[:-1] + (chr(below) + _LAST if below > 0x20 else "")


def locate_url(url: str) -> RemoteLocation:
    """Return the place that a URL names."""
    return RemoteLocation(address(url))
