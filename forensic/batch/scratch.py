"""Scratch: the folders in which children keep what they unpack, and what becomes of them when whoever made them was killed.

Each process that starts children has one folder, and holds a lock on a small file beside it as long as it lives; the system lets go of it
however it ends. Whoever starts next removes the folders whose lock nobody holds. Without such locks, as on Windows, a folder that was left
stays.
"""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

MARK = "forensic-"
"""What names of our folders begin with."""


def new_folder() -> str:
    """Make an empty folder that only this user reads; it is removed by whoever asked for it, and after a kill by the next start."""
    return tempfile.mkdtemp(prefix=MARK, dir=_own(tempfile.gettempdir()))


@cache
def _own(temporary: str) -> str:
    """Return the folder of this process, or `temporary` itself where none can be kept apart."""
    try:
        import fcntl
    except ImportError:  # Windows
        return temporary
    try:
        root = root_of(temporary)
        sweep(root)
        while True:
            folder = tempfile.mkdtemp(prefix=MARK, dir=root)
            lock = os.open(_lock_of(folder), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            with suppress(OSError):
                if Path(folder).is_dir() and os.path.samestat(_lock_of(folder).stat(), os.fstat(lock)):
                    atexit.register(_leave, folder, os.getpid())
                    return folder  # the lock is held to the end of this process
            os.close(lock)  # somebody swept before it was locked
    except OSError:
        return temporary


def root_of(temporary: str) -> Path:
    """Return where all scratch folders of this user lie; OSError where somebody else has made a folder of that name."""
    root = Path(temporary) / f"{MARK}scratch-{os.getuid()}"
    root.mkdir(mode=0o700, exist_ok=True)
    found = os.lstat(root)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(f"{root} belongs to somebody else")
    return root


def sweep(root: Path) -> None:
    """Remove the folders that nobody holds any more."""
    import fcntl

    for folder in root.iterdir():
        if not folder.is_dir():
            continue
        with suppress(OSError):
            lock = os.open(_lock_of(str(folder)), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
                _lock_of(str(folder)).unlink()
            finally:
                os.close(lock)


def _leave(folder: str, process: int) -> None:
    if os.getpid() == process:  # and not one that was forked from it
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            _lock_of(folder).unlink()


def _lock_of(folder: str) -> Path:
    return Path(f"{folder}.lock")
