"""Bucket: the sources behind URLs: below a prefix of a store by its listing alone, as far as names tell them, and single objects and files.

The listing has what tells an object from what replaced it, so that an unchanged source costs no request of its own. Bytes are looked at
only of objects whose names say nothing and that the catalog does not know as they are. What lies in one folder is held until the listing
has left it: so the later segments and the parents among it are known.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from hashlib import blake2b
from typing import NamedTuple, TypeVar

import msgspec

from forensic.batch.found import Found, stem_of
from forensic.batch.glance import Glance, glance_of
from forensic.batch.object_name import collection_of, may_be_late_segment, told_by_name
from forensic.errors import ForensicError, NotFound, Unreadable, Unsupported
from forensic.storage import listing
from forensic.storage.listing import Listed
from forensic.storage.location import locate
from forensic.storage.remote import RemoteLocation
from forensic.storage.store_failure import OUTAGES
from forensic.storage.url import address

HELD_LIMIT = 50_000
"""Objects of one folder that are held until all of it was seen."""
PATIENCE, LONGEST_PAUSE = 600.0, 30.0
"""Seconds for which a listing is tried again after its server was lost."""
_CHAINED = frozenset({"vhd", "vhdx", "vmdk", "qcow2"})
_BELOW = " below "
"""In a fingerprint, before the names and stamps of the parents of a disk: by them it is seen that these are unchanged."""
_PEEK = 8192

_Answer = TypeVar("_Answer")
Known = Callable[[str], str | None]
"""Returns the fingerprint with which a source is in the catalog."""
Say = Callable[..., None]
"""Takes path, sentence, and whether sources may be `lost`."""


class _Object(NamedTuple):
    url: str
    name: str
    size: int
    stamp: str
    glance: Glance


class _Folder:
    """A folder that the listing has entered and not left."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.images: list[_Object] = []
        self.full_sets: set[str] = set()
        """Stems of EWF sets that have a segment `.E99`."""


class Bucket:
    """Searches behind URLs for a discovery."""

    def __init__(
        self,
        excluded: Callable[[str], bool],
        say: Say,
        *,
        files: Callable[[str], Sequence[str]] | None = None,
        known: Known | None = None,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """Leave out what is `excluded`, and `say` what a person should know.

        `files` tells of which files a disk is made, `known` what the catalog has; `wait` sleeps so many seconds, and says whether to stop.
        """
        self._excluded, self._say, self._files = excluded, say, files
        self._known: Known = known or (lambda _: None)
        self._wait = wait or _sleep

    def below(self, url: str) -> Iterator[Found]:
        """Yield the sources below a prefix, or the one that is the object of this name."""
        try:
            at = address(url)
            if at.is_web or (at.key and not at.key.endswith("/") and self._is_object(url)):
                yield from self.listed(url)
                return
        except ForensicError as error:
            self._say(url, str(error), lost=True)
            return
        yield from self._below(url if url.endswith("/") else f"{url}/")

    def listed(self, url: str) -> Iterator[Found]:
        """Yield the source that a URL names, whatever it is; of an image the segments beside it count, where these are listed."""
        try:
            if address(url).query:
                what = "a URL with a query, which may be a signature, is not kept in a catalog; `forensic examine` takes it"
                self._say(url.partition("?")[0], what, lost=True)
                return
            where = locate(url)
            if not isinstance(where, RemoteLocation) or where.is_folder:
                yield from self._whole(url)
                return
            own, later = self._asked_patiently(partial(_beside, where))
        except ForensicError as error:
            self._say(url, str(error), lost=True)
            return
        yield Found(url, _fingerprint(own, later))

    def _is_object(self, url: str) -> bool:
        where = locate(url)
        if not isinstance(where, RemoteLocation):
            return False
        with suppress(NotFound):
            self._asked_patiently(partial(where.fingerprint, afresh=True))
            return True
        return False

    # A listing.

    def _below(self, prefix: str) -> Iterator[Found]:
        stack: list[_Folder] = []
        taken = ""
        for one in self._listing(prefix):
            folder, _, name = one.name.rpartition("/")
            while stack and not _is_within(folder, stack[-1].name):
                yield from self._sources(stack.pop())
            if (taken and one.path.startswith(taken)) or self._is_left_out(prefix, one.name):
                continue
            if not stack or stack[-1].name != folder:
                stack.append(_Folder(folder))
            here = stack[-1]
            seen = self._told(one, name, here)
            if seen.why:
                self._say(one.path, seen.why, lost=seen.role == "unread")
            if seen.role == "collected":
                taken = f"{prefix}{root}/" if (root := collection_of(folder)) else prefix
                yield from self._whole(taken)
            elif seen.role not in ("nothing", "unread"):
                here.images.append(_Object(one.path, name, one.size, one.stamp, seen))
                if len(here.images) >= HELD_LIMIT:
                    yield from self._sources(here)
                    here.images = []
        while stack:
            yield from self._sources(stack.pop())

    def _listing(self, prefix: str) -> Iterator[Listed]:
        """Yield what is listed; after a server was lost, from where it was."""
        after, pause, since = "", 1.0, time.monotonic()
        while True:
            try:
                for one in listing.below(prefix, after):
                    after = address(one.path).key
                    pause, since = 1.0, time.monotonic()
                    yield one
            except ForensicError as error:
                if error.code not in OUTAGES or time.monotonic() - since > PATIENCE or self._wait(pause):
                    self._say(prefix, str(error), lost=True)
                    return
                pause = min(LONGEST_PAUSE, 2 * pause)
            else:
                return

    def _asked_patiently(self, question: Callable[[], _Answer]) -> _Answer:
        pause, since = 1.0, time.monotonic()
        while True:
            try:
                return question()
            except Unreadable as error:
                if error.code not in OUTAGES or time.monotonic() - since > PATIENCE or self._wait(pause):
                    raise
                pause = min(LONGEST_PAUSE, 2 * pause)

    def _is_left_out(self, prefix: str, name: str) -> bool:
        """Whether an object, or a folder in which it lies, is excluded."""
        parts = name.split("/")
        return any(self._excluded(prefix + "/".join(parts[:count])) for count in range(1, len(parts) + 1))

    def _told(self, one: Listed, name: str, here: _Folder) -> Glance:
        seen = told_by_name(name, one.size)
        if seen is None and may_be_late_segment(name) and stem_of(name) in here.full_sets:
            seen = Glance("segment", "ewf")
        if seen is None and _is_known(self._known(one.path), one.stamp):
            seen = Glance("image", "known")
        if seen is None:
            seen = self._looked(one.path, name, one.size)
        if seen.format == "ewf" and name.lower().endswith("99"):
            here.full_sets.add(stem_of(name))
        return seen

    def _looked(self, url: str, name: str, size: int) -> Glance:
        try:
            return self._asked_patiently(lambda: glance_of(_Peek(url, size), name))
        except ForensicError as error:
            return Glance("unread", why=str(error))

    # Sets, chains and collections.

    def _sources(self, folder: _Folder) -> Iterator[Found]:
        """Yield one source for each set of segments and each chain of disks."""
        sets: dict[tuple[str, str], list[_Object]] = {}
        for image in folder.images:
            sets.setdefault((stem_of(image.name), image.glance.format), []).append(image)
        firsts: list[tuple[_Object, list[str]]] = []
        for members in sets.values():
            later = [one for one in members if one.glance.role == "segment"]
            first = [one for one in members if one.glance.role != "segment"]
            if not first:
                first, later = later[:1], later[1:]
            firsts += [(one, [other.stamp for other in later]) for one in first]
        chains = self._chains(firsts)
        parents = {parent.url for chain in chains.values() for parent in chain}
        for image, stamps in firsts:
            if image.url not in parents:
                yield Found(image.url, _fingerprint(image.stamp, stamps, chains.get(image.url, ())))

    def _chains(self, firsts: Sequence[tuple[_Object, list[str]]]) -> dict[str, list[_Object]]:
        """Return the disks that each differencing disk is made from, of those in the same folder."""
        found: dict[str, list[_Object]] = {}
        for form in _CHAINED:
            disks = {image.url: (image, stamps) for image, stamps in firsts if image.glance.format == form}
            by_name = {image.name: image for image, _ in disks.values()}
            if len(disks) < 2:  # its parent would lie beside it
                continue
            for url, (image, stamps) in disks.items():
                parents = self._known_parents(url, _fingerprint(image.stamp, stamps), by_name)
                if parents is not None:
                    found[url] = parents
            settled = {parent.url for parents in found.values() for parent in parents}
            for url, (image, _) in disks.items():
                if url not in found and url not in settled:
                    found[url] = [disks[one][0] for one in self._made_of(image) if one in disks and one != url]
        return found

    def _known_parents(self, url: str, base: str, by_name: dict[str, _Object]) -> list[_Object] | None:
        """Return the parents that the catalog knows of an unchanged disk; None where it, or one of them, is new or has changed."""
        known = self._known(url)
        if known == base:
            return []
        if known is None or not known.startswith(base + _BELOW):
            return None
        try:
            told = msgspec.json.decode(known[len(base + _BELOW) :], type=list[tuple[str, str]])
        except msgspec.MsgspecError:
            return None
        parents = [by_name[name] for name, stamp in told if name in by_name and by_name[name].stamp == stamp]
        return parents if len(parents) == len(told) else None

    def _made_of(self, image: _Object) -> Sequence[str]:
        """Return the files that a disk is made of; where its first bytes show that it is whole, nobody is asked."""
        if self._files is None:
            return ()
        if image.glance.format != "vhdx" and not self._looked(image.url, image.name, image.size).has_parent:
            return ()
        return self._files(image.url)

    def _whole(self, folder: str) -> Iterator[Found]:
        """Yield a folder of collected files as one source; where images lie in it too, these are the sources, and the rest is told."""
        digest, count = blake2b(digest_size=16), 0
        for one in self._listing(folder):
            count += 1
            digest.update(f"{one.name}\0{one.stamp}\0".encode())
            seen = told_by_name(one.name.rpartition("/")[2], one.size)
            if seen is not None and seen.role in ("image", "segment", "archive"):
                self._say(folder, "collected files beside images are not scanned; give their folder as a URL of its own", lost=True)
                return
        if count:
            yield Found(folder, f"files {count} {digest.hexdigest()}")


class _Peek:
    """An object as a source, of which each read is a request of its own, but for the first bytes."""

    def __init__(self, url: str, size: int) -> None:
        from forensic.storage.store import Store

        self._at, self.size = address(url), size
        self._store = Store(self._at)
        self._head = b""

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only at the end."""
        size = min(size, self.size - offset)
        if offset < 0 or size <= 0:
            return b""
        if not self._head:
            self._head = self._store.get(self._at, 0, _PEEK)[1]
        if offset + size <= len(self._head):
            return self._head[offset : offset + size]
        return self._store.get(self._at, offset, size)[1]


def _beside(where: RemoteLocation) -> tuple[str, list[str]]:
    """Return the stamp of an object, and those of the segments beside it."""
    stem = stem_of(where.name)
    try:
        names = where.siblings(where.name[: len(stem)])
    except Unsupported:  # nothing is listed there
        names = []
    if where.name not in names:
        return _stamp(where.fingerprint(afresh=True), where.path), []
    form = _format(where.name)
    later = [name for name in names if name != where.name and stem_of(name) == stem and form and _format(name) == form]
    return _stamp(where.fingerprint(), where.path), [_stamp(where.sibling(name).fingerprint(), "") for name in later]


def _format(name: str) -> str:
    seen = told_by_name(name, 1 << 20)
    return "" if seen is None else seen.format


def _stamp(fingerprint: str, path: str) -> str:
    return fingerprint.removeprefix(f"{path} ")


def _fingerprint(own: str, later: Sequence[str] = (), parents: Sequence[_Object] = ()) -> str:
    said = own
    if later:
        said += f" +{len(later)} {blake2b(' '.join(sorted(later)).encode(), digest_size=16).hexdigest()}"
    if parents:
        said += _BELOW + msgspec.json.encode([(one.name, one.stamp) for one in parents]).decode()
    return said


def _is_known(known: str | None, stamp: str) -> bool:
    return known is not None and (known == stamp or known.startswith((f"{stamp} +", f"{stamp}{_BELOW}")))


def _is_within(folder: str, above: str) -> bool:
    return not above or folder == above or folder.startswith(f"{above}/")


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False
