"""Listing: the files below a folder of this computer or a prefix of a store, one after the other, however many there are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from forensic.errors import NotFound, Unreadable, Unsupported
from forensic.storage.url import is_url, local_path


class Listed(NamedTuple):
    """One file that was found."""

    path: str
    """The path, or the URL, by which `location.locate` finds it."""
    name: str
    """The part of it below the folder that was asked about, with `/` between its parts."""
    size: int
    """Bytes."""
    stamp: str
    """What is another once the file was changed: its size, and the time of its last change or its etag."""


def below(where: str, after: str = "") -> Iterator[Listed]:
    """Yield the files below a folder or a prefix: of a store in its order, of this computer folder by folder, sorted.

    Of a store only those are yielded whose key is `after` this one, where that is said: so a listing that broke off goes on.

    Nothing is held but the names of one folder, or of one page of a listing. On this computer links are not followed, and what is no
    regular file is not there; a folder that cannot be read is Unreadable. NotFound where there is no such folder, bucket or container; of a
    prefix without objects nothing is yielded. Unsupported for web servers, which list nothing.
    """
    local = local_path(where) if is_url(where) else where
    if local is not None:
        yield from _on_this_computer(local)
        return
    from forensic.storage.store import Store
    from forensic.storage.url import address

    at = address(where)
    if at.is_web:
        raise Unsupported(f"{at.shown}: a web server does not list its folders; give the URL of each file")
    prefix = at.key if not at.key or at.key.endswith("/") else f"{at.key}/"
    for key, stamp in Store(at).list(prefix, after):
        yield Listed(f"{at.scheme}://{at.place}/{key}", key.removeprefix(prefix), stamp.size, " ".join(map(str, stamp)))


def _on_this_computer(root: str) -> Iterator[Listed]:
    """Yield the regular files below a folder, by a stack of its own: evidence may have any depth."""
    if not os.path.isdir(root):  # noqa: PTH112  a Path would turn "" into "."
        raise NotFound(f"{root}: no such folder", code="no-file")
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            raise Unreadable(f"{folder}: {error.strerror or error}") from None
        folders = []
        for entry in entries:
            if entry.is_symlink() or (hasattr(entry, "is_junction") and entry.is_junction()):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
            elif entry.is_file(follow_symlinks=False):
                try:
                    status = entry.stat(follow_symlinks=False)
                except OSError:
                    continue  # gone since the folder was read
                name = os.path.relpath(entry.path, root).replace(os.sep, "/")
                yield Listed(entry.path, name, status.st_size, f"{status.st_size} {status.st_mtime_ns}")
        pending += reversed(folders)
