"""Location: the URL of a catalog, as it may be shown."""

from __future__ import annotations

import re

_BEFORE_HOST = re.compile(r"^([^:/?#]+://[^/@:]*:)[^/]+(@)")
"""As libpq reads it: the password ends at an `@`, and stands before the first `/`."""
_IN_QUERY = re.compile(r"(?i)([?&](?:ssl)?password=)[^&#]+")


def without_password(url: str) -> str:
    """Return a URL as it may be shown: without the passwords in it."""
    return _IN_QUERY.sub(r"\1***", _BEFORE_HOST.sub(r"\1***\2", url))


def has_password(url: str) -> bool:
    """Whether a URL holds a password, which others could read."""
    return without_password(url) != url
