"""Discovery: the sources below any number of paths, found while others are examined already.

A source is an image, by its first segment and by the last disk of a chain; an archive; or a collection, one folder as a whole. Files are
told by their bytes (`glance`), collections by what lies in them (`folder`). Links below a path are not followed: evidence may hold any.
Nothing is held for longer than its folder is looked at, but for the names of images there: so the later segments and the parents among
them are known.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from hashlib import blake2b
from typing import NamedTuple

from forensic.batch.bucket import Bucket, Known
from forensic.batch.folder import PART_NAME, Look, is_system_root
from forensic.batch.found import Found, Note, stem_of
from forensic.batch.glance import Glance, glance_at
from forensic.errors import ForensicError
from forensic.storage.url import is_url, local_path

HELD_LIMIT = 50_000
"""Images of one folder that are held until all of it was seen: of a larger one the parts are looked at by themselves."""
COUNT_LIMIT = 200_000
"""Files of a collection whose sizes and times make its fingerprint."""
NOTE_LIMIT = 1000
"""Places that are named one by one."""
_WINDOWS = frozenset({"windows", "winnt"})

Files = Callable[[str], Sequence[str]]
"""Returns the paths of the files that make an image, its own first; none where that is not known."""


class _Image(NamedTuple):
    path: str
    name: str
    glance: Glance
    status: os.stat_result


class Discovery:
    """One search; what it has to say of places that it left out is in `notes`."""

    def __init__(
        self,
        exclude: Sequence[str] = (),
        files: Files | None = None,
        *,
        known: Known | None = None,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """Leave out what matches one of the patterns `exclude`, by its name or by its path.

        `files` tells of which files a differencing disk is made; without it each disk of a chain is a source of its own. `known` tells
        with which fingerprint the catalog has a source behind a URL, `wait` waits for a server so many seconds and says whether to stop.
        """
        self._exclude, self._files = tuple(exclude), files
        self._linked: dict[tuple[int, int], str] = {}
        self._parents: set[tuple[int, int]] = set()
        self.notes: list[Note] = []
        self.notes_left_out = 0
        self._bucket = Bucket(self._is_excluded, self._note, files=files, known=known, wait=wait)

    def below(self, path: str) -> Iterator[Found]:
        """Yield the sources at or below a path that somebody gave; it may be a link."""
        if is_url(path):
            try:
                local = local_path(path)
            except ForensicError as error:
                self._note(path, str(error), lost=True)
                return
            if local is None:
                yield from self._bucket.below(path)
                return
            path = local
        path = os.path.abspath(path)
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError) as error:
            self._note(path, _said(error), lost=True)
            return
        if stat.S_ISDIR(mode):
            yield from self._walk(path, ())
        else:
            yield from self.listed(path)

    def listed(self, path: str) -> Iterator[Found]:
        """Yield the source at a path that is named as one, whatever it holds: a list says what is examined."""
        path = os.path.abspath(path)
        try:
            found = os.stat(path)
        except (OSError, ValueError) as error:
            self._note(path, _said(error), lost=True)
            return
        if stat.S_ISDIR(found.st_mode):
            yield Found(path, self._of_tree(path))
            return
        seen = glance_at(path, os.path.basename(path))
        yield self._found(_Image(path, os.path.basename(path), seen, found), self._beside(path, seen))

    def _walk(self, folder: str, above: tuple[tuple[int, int], ...]) -> Iterator[Found]:
        try:
            own = os.stat(folder)
            identity = (own.st_dev, own.st_ino)
            if identity in above:  # a folder that is mounted below itself
                return
            if is_system_root(folder):
                yield Found(folder, self._of_tree(folder))
                return
            entries = os.scandir(folder)
        except OSError as error:
            self._note(folder, _said(error), lost=True)
            return
        look = Look(self._is_excluded)
        images: list[_Image] = []
        collected: list[str] = []
        folders: list[str] = []
        whole = False
        with entries:
            for entry in self._entries(folder, entries):
                if entry.is_dir(follow_symlinks=False):
                    whole = whole or (entry.name.lower() in _WINDOWS and is_system_root(entry.path))
                    folders.append(entry.path)
                    continue
                seen = self._seen(entry)
                if seen is None:
                    continue
                if seen.glance.role == "collected":
                    collected.append(seen.path)
                else:
                    images.append(seen)
                if len(images) >= HELD_LIMIT:
                    yield from self._sources(images)
                    images = []
        if whole or (not images and self._is_collection(look, collected, folders)):
            yield Found(folder, self._of_tree(folder))
            return
        yield from self._sources(images)
        for path in sorted(collected):
            yield from self.listed(path)
        for path in sorted(folders):
            yield from self._walk(path, (*above, identity))

    def _entries(self, folder: str, entries: Iterator[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
        """Yield the folders and regular files that are not left out."""
        links = 0
        try:
            for entry in entries:
                if self._is_excluded(entry.path):
                    continue
                if entry.is_symlink():
                    links += 1
                elif entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False):
                    yield entry
        except OSError as error:  # a share that is gone in the middle
            self._note(folder, _said(error), lost=True)
        if links:
            what = "1 link" if links == 1 else f"{links} links"
            self._note(folder, f"{what} not followed; give as a path of its own what is to be examined there")

    def _seen(self, entry: os.DirEntry[str]) -> _Image | None:
        """Return what a file may be; None where it is nothing, or another name of a file that was seen."""
        seen = glance_at(entry.path, entry.name)
        if seen.why:
            self._note(entry.path, seen.why, lost=seen.role == "unread")
        if seen.role in ("nothing", "unread"):
            return None
        try:
            status = os.stat(entry.path)  # of Windows' folders the entry itself knows no inode
        except OSError as error:
            self._note(entry.path, _said(error), lost=True)
            return None
        if status.st_nlink > 1 and status.st_ino:
            first = self._linked.setdefault((status.st_dev, status.st_ino), entry.path)
            if first != entry.path:
                self._note(entry.path, f"the same file as {first}, by another name")
                return None
        return _Image(entry.path, entry.name, seen, status)

    def _is_collection(self, look: Look, collected: Sequence[str], folders: Sequence[str]) -> bool:
        """Whether a folder without images is one source: collected files lie in it, or in its parts, and no source of its own beside."""
        parts = [path for path in folders if PART_NAME.fullmatch(os.path.basename(path))]
        if not collected and not any(look.holds_collection(path) for path in parts):
            return False
        return not any(look.holds_evidence(path) for path in folders if path not in parts)

    def _sources(self, images: Sequence[_Image]) -> Iterator[Found]:
        """Yield one source for each set of segments and each chain of disks, in the order of their names."""
        sets: dict[tuple[str, str], list[_Image]] = {}
        for image in images:
            sets.setdefault((stem_of(image.name), image.glance.format), []).append(image)
        firsts: list[tuple[_Image, list[_Image]]] = []
        for members in sets.values():
            later = sorted((one for one in members if one.glance.role == "segment"), key=lambda one: one.name)
            first = [one for one in members if one.glance.role != "segment"]
            if not first:
                first, later = later[:1], later[1:]
            firsts += [(one, later) for one in first]
        chains = {image.path: self._chain(image) for image, _ in firsts}
        for image, later in sorted(firsts, key=lambda one: one[0].name):
            if (image.status.st_dev, image.status.st_ino) in self._parents:
                continue
            yield self._found(image, [one.status for one in later] + chains[image.path])

    def _chain(self, image: _Image) -> list[os.stat_result]:
        """Return the further files that an image is made of, and remember them: they are no sources of their own."""
        if self._files is None or not image.glance.has_parent:
            return []
        found: list[os.stat_result] = []
        own = (image.status.st_dev, image.status.st_ino)
        for path in self._files(image.path):
            with suppress(OSError):
                status = os.stat(path)
                if (status.st_dev, status.st_ino) != own and status.st_ino:
                    self._parents.add((status.st_dev, status.st_ino))
                    found.append(status)
        return found

    def _beside(self, path: str, seen: Glance) -> list[os.stat_result]:
        """Return the further files of an image that was named by itself."""
        found: list[os.stat_result] = []
        if seen.role not in ("image", "segment"):
            return found
        folder, name = os.path.split(path)
        stem = stem_of(name)
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.name != name and stem_of(entry.name) == stem and entry.is_file(follow_symlinks=False):
                    other = glance_at(entry.path, entry.name)
                    if other.role == "segment" and other.format == seen.format:
                        found.append(os.stat(entry.path))
        if self._files is not None and seen.has_parent:
            for other_path in self._files(path)[1:]:
                with suppress(OSError):
                    found.append(os.stat(other_path))
        return found

    def _found(self, image: _Image, further: Sequence[os.stat_result]) -> Found:
        return Found(image.path, _digest([image.status, *sorted(further, key=lambda one: (one.st_dev, one.st_ino))]))

    def _of_tree(self, root: str) -> str:
        """Return the fingerprint of a folder: of all files in it, by their paths, sizes and times."""
        digest, pending, count = blake2b(digest_size=16), [root], 0
        while pending and count < COUNT_LIMIT:
            folder = pending.pop()
            try:
                with os.scandir(folder) as entries:
                    listed = sorted(entries, key=lambda entry: entry.name)
            except OSError:
                digest.update(b"?")
                continue
            for entry in listed:
                count += 1
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        found = entry.stat(follow_symlinks=False)
                        digest.update(
                            f"{os.path.relpath(entry.path, root)}\0{found.st_size} {found.st_mtime_ns}\0".encode("utf-8", "surrogateescape")
                        )
        return f"files {count} {digest.hexdigest()}"

    def _is_excluded(self, path: str) -> bool:
        name = os.path.basename(path)
        return any(fnmatchcase(name, pattern) or fnmatchcase(path, pattern) for pattern in self._exclude)

    def _note(self, path: str, what: str, *, lost: bool = False) -> None:
        if len(self.notes) < NOTE_LIMIT:
            self.notes.append(Note(path, what, lost))
        else:
            self.notes_left_out += 1


def _digest(files: Iterable[os.stat_result]) -> str:
    parts = [f"{one.st_size} {one.st_mtime_ns} {one.st_ino}" for one in files]
    if len(parts) == 1:
        return parts[0]
    return f"{parts[0]} +{len(parts) - 1} {blake2b(' '.join(parts[1:]).encode(), digest_size=16).hexdigest()}"


def _said(error: OSError | ValueError) -> str:
    return str(getattr(error, "strerror", None) or error)
