"""Owner: the name under which a scan leases jobs, so that a later one on this computer gives back what a killed one held.

A scan holds a lock on a small file in the folder for temporary files as long as it lives; the system lets go of it however it ends. The
next scan of the same catalog that gets this lock has the same name, and so the leases of the dead one are its own, to give back at once.
Without it, as on Windows, they run out.
"""

from __future__ import annotations

import os
import socket
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path

SLOTS = 256
"""Scans of one catalog by one user on one computer that are told apart."""


@contextmanager
def owning(catalog: str) -> Iterator[str]:
    """Give a name that no other living scan of the catalog has, for as long as the context lasts."""
    descriptor, name = _locked(catalog)
    try:
        yield name
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _locked(catalog: str) -> tuple[int, str]:
    host = socket.gethostname()
    try:
        import fcntl
    except ImportError:  # Windows
        return -1, f"{host} {uuid.uuid4()}"
    key = blake2b(catalog.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
    folder = Path(tempfile.gettempdir()) / f"forensic-scans-{os.getuid()}"
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        for slot in range(SLOTS):
            descriptor = os.open(folder / f"{key}.{slot}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                continue
            found = os.fstat(descriptor)
            return descriptor, f"{host} {key}.{slot} {found.st_dev}:{found.st_ino}"
    return -1, f"{host} {uuid.uuid4()}"
