"""Stamp: what tells one content of a remote file from another one under the same name."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

CONNECT_TIMEOUT, TIMEOUT = timedelta(seconds=10), timedelta(seconds=60)
"""Until a server is connected, and until it has answered one request with all its bytes."""
RETRIES, RETRY_TIMEOUT = 4, timedelta(seconds=90)
"""How often a request that a server did not answer, or answered with an error of its own, is repeated, and for how long."""
FIRST_WAIT = 0.2
"""Seconds before the first repetition; each further wait is twice as long, and a little by chance."""
ATTEMPTS = 3
"""How often a request is made whose answer breaks off."""


class Stamp(NamedTuple):
    """What a server says of the content of a file."""

    size: int
    etag: str
    """Without its quotation marks, which not every listing has; with `W/` before it where it is a weak one."""
    modified: str
    """Time of the last change; empty where the etag is enough."""

    @property
    def is_strong(self) -> bool:
        """Whether a server compares the etag byte by byte (RFC 9110, 8.8.1): a weak one matches no range."""
        return bool(self.etag) and not self.etag.startswith("W/")


def stamp(size: int, etag: str, modified: str) -> Stamp:
    """Return the stamp of a file with this size, etag as it is sent, and time of the last change."""
    made = Stamp(size, etag.replace('"', ""), modified)
    return made._replace(modified="") if made.is_strong else made
