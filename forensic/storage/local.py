"""LocalLocation: a file of this computer."""

from __future__ import annotations

import os
import stat
from itertools import islice
from pathlib import Path

from forensic.errors import NotFound, Unreadable, Unsupported
from forensic.storage.naming import candidates, last_part

FOLDER_LIMIT = 100_000
"""Names of a folder that are compared at most, where none is spelled as it was asked for."""


class LocalLocation:
    """A path on this computer: a regular file or a block device.

    Whoever gives a path may give a link. Of what lies beside it, and of what evidence names, no link is followed that leads out of the
    folder: neither out of the one in which the path lies, nor out of the one in which the file itself does.
    """

    def __init__(self, path: str, homes: tuple[Path, ...] | None = None) -> None:
        """Remember `path`; nothing is looked at yet. `homes` are the folders out of which no link leads: its own unless said otherwise."""
        self.path = path
        self._path, self._homes = Path(path), homes

    @property
    def name(self) -> str:
        """The file's name."""
        return self._path.name

    def open(self) -> LocalHandle:
        """Open the file read-only."""
        return LocalHandle(self._path)

    def siblings(self, prefix: str = "") -> list[str]:
        """Return the names in the same folder that begin with `prefix`, sorted."""
        try:
            with os.scandir(self._path.parent) as entries:
                return sorted(entry.name for entry in entries if entry.name.startswith(prefix))
        except OSError as error:
            raise Unreadable(f"{self._path.parent}: cannot look for further segments: {error.strerror or error}") from None

    def sibling(self, name: str) -> LocalLocation:
        """Return the place of `name` in the same folder."""
        if name in {"", ".", ".."} or Path(name).name != name:
            raise NotFound(f"{self.name}: {name!r} is no name of a file beside it", code="no-file")
        return self._beside(self._path.parent / name)

    def resolve(self, name: str) -> LocalLocation:
        """Return the place of the regular file that evidence calls `name`; upper and lower case are the same where none is spelled so."""
        folder, last = self._path.parent, last_part(name)
        try:
            for parts in candidates(name):
                path = folder.joinpath(*parts)
                if path.is_file():
                    return self._beside(path)
            for path in islice(folder.iterdir(), FOLDER_LIMIT):
                if path.name.lower() == last.lower() and path.is_file():
                    return self._beside(path)
        except (OSError, ValueError):  # a name that no file system takes
            pass
        raise NotFound(f"{self.name}: {last!r} is not beside it", code="no-file")

    def _beside(self, path: Path) -> LocalLocation:
        """Return the place of another file of the same evidence; NotFound where a link leads out of its folder."""
        try:
            if self._homes is None:
                self._homes = (self._path.parent.resolve(), self._path.resolve().parent)
            real = path.resolve()
        except (OSError, RuntimeError):  # links in a circle
            raise NotFound(f"{path.name}: a link that leads nowhere", code="is-link") from None
        except ValueError:  # a name that no file has: opening it says so
            return LocalLocation(str(path), self._homes)
        if not any(real.is_relative_to(home) for home in self._homes):
            raise NotFound(f"{path.name}: a link to {real}, out of the folder of the evidence; it is not followed", code="is-link")
        return LocalLocation(str(path), self._homes)

    def fingerprint(self, *, afresh: bool = False) -> str:
        """Return the path without links, the size and the time of the last change; always as they are now."""
        del afresh
        found = _status(self._path)
        return f"{self._path.resolve()} {found.st_size} {found.st_mtime_ns}"


class LocalHandle:
    """An open file of this computer."""

    def __init__(self, path: Path) -> None:
        """Open `path`; NotFound, Unreadable or Unsupported with the reason when it cannot be."""
        self._name, self._descriptor = path.name, -1
        _status(path)
        # O_NONBLOCK: should the name have become a pipe since it was looked at, opening it does not wait
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            self._descriptor = os.open(path, flags)
            self.size = os.lseek(self._descriptor, 0, os.SEEK_END)  # also right for block devices
        except OSError as error:
            self.close()
            raise Unreadable(f"{self._name}: {error.strerror or error}") from None

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`, which lie within the file; fewer only where it has become shorter."""
        try:
            return self._read(offset, size)
        except OSError as error:
            raise Unreadable(f"{self._name}: cannot read {size} bytes at offset {offset:#x}: {error.strerror or error}") from None

    def _read(self, offset: int, size: int) -> bytes:
        parts = []
        while size > 0:
            if hasattr(os, "pread"):
                part = os.pread(self._descriptor, size, offset)
            else:  # Windows
                os.lseek(self._descriptor, offset, os.SEEK_SET)
                part = os.read(self._descriptor, size)
            if not part:
                break
            parts.append(part)
            offset, size = offset + len(part), size - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Give the descriptor back to the system."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        """Give the descriptor back with the last user of the file."""
        self.close()


def _status(path: Path) -> os.stat_result:
    """Return what the system says of a regular file or block device; a ForensicError says why anything else is none."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise NotFound(f"{path.name}: no such file", code="no-file") from None
    except OSError as error:
        raise Unreadable(f"{path.name}: {error.strerror or error}") from None
    if stat.S_ISDIR(found.st_mode):
        raise Unsupported(f"{path.name or path} is a directory, no file")
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISBLK(found.st_mode)):  # a pipe would wait for a writer, a character device may never end
        raise Unsupported(f"{path.name} is neither a regular file nor a block device")
    return found
