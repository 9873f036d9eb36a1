"""URL: addresses of evidence that lies in a store or on a web server, and how they are shown: never with a secret in them."""

from __future__ import annotations

import os
import re
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from forensic.errors import NotFound, Unsupported

STORES = {"s3": "bucket", "gs": "bucket", "az": "container"}
"""Schemes of object stores, and what each calls the place that holds its objects."""
WEB = ("https", "http")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]+://")


class Address(NamedTuple):
    """The parts of a URL.

    Of a store: `place` is the bucket, and `key` what follows, taken as it is written. Of a web server: `place` is the host with its port,
    `key` the path as it is encoded in the URL, `query` what follows a question mark, which may be a signature and so is a secret.
    """

    scheme: str
    place: str
    key: str
    query: str = ""

    @property
    def is_web(self) -> bool:
        """Whether a web server is meant, which lists nothing."""
        return self.scheme in WEB

    @property
    def shown(self) -> str:
        """The URL without its query."""
        return f"{self.scheme}://{self.place}/{self.key}"

    @property
    def request(self) -> str:
        """The URL as it is sent."""
        return f"{self.shown}?{self.query}" if self.query else self.shown

    @property
    def folder(self) -> str:
        """The key without its last part: what is beside it begins so."""
        return self.key[: self.key.rfind("/") + 1]

    @property
    def name(self) -> str:
        """The last part of the key, decoded; that of the whole place where there is no key."""
        last = self.key.rpartition("/")[2]
        return (unquote(last) if self.is_web else last) or self.place

    def beside(self, *parts: str) -> Address:
        """Return the address of what these parts lead to from its folder."""
        return self._replace(key=self.folder + "/".join(quote(part, safe="") if self.is_web else part for part in parts))


def is_url(text: str) -> bool:
    """Whether a text is a URL of any scheme."""
    return _URL.match(text) is not None


def address(url: str) -> Address:
    """Return the parts of a URL; Unsupported where its scheme is not read, or it holds credentials, NotFound where it names no place."""
    scheme = url.partition("://")[0].lower()
    if scheme in STORES:
        place, _, key = url.partition("://")[2].partition("/")
        if not place or "@" in place:
            raise NotFound(f"{scheme}:// names no {STORES[scheme]}: it is {scheme}://{STORES[scheme].upper()}/KEY", code="no-file")
        return Address(scheme, place, key)
    if scheme not in WEB:
        raise Unsupported(f"{scheme}:// is not a kind of URL that is read: s3, gs, az, https, http and file are")
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port is not None else ""
        host = parts.hostname or ""
    except ValueError:
        raise NotFound("a URL whose host or port is none", code="no-file") from None
    if parts.username is not None or parts.password is not None:
        raise Unsupported(
            "the URL holds a user name or a password, which would end in shell histories and reports; use a signed URL instead"
        )
    if not host:
        raise NotFound(f"{scheme}:// names no host", code="no-file")
    return Address(
        scheme, (f"[{host}]" if ":" in host else host) + port, quote(parts.path.lstrip("/"), safe="/%:@!$&'()*+,;=~-._"), parts.query
    )


def shown(where: str) -> str:
    """Return a source as it may be shown and kept: of a URL of a web server without user, password, query and fragment; else as it is."""
    if not is_url(where) or where.partition("://")[0].lower() not in WEB:
        return where
    scheme, _, rest = where.partition("://")
    place, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    return f"{scheme}://{place.rpartition('@')[2]}{slash}{path}"


def local_path(url: str) -> str | None:
    """Return the path that a `file://` URL names on this computer; None for any other text, Unsupported where it names another computer."""
    if url[:7].lower() != "file://":
        return None
    from urllib.request import url2pathname  # it imports a client for every protocol

    parts = urlsplit(url)
    if parts.netloc.lower() not in ("", "localhost"):
        raise Unsupported("a file:// URL of another computer; use file:///PATH, or a path")
    path = url2pathname(parts.path)
    return path if os.name == "nt" or path.startswith("/") else f"/{path}"
