"""Web: files of web servers, read in parts by the standard library.

A web server may be anybody's, and what it sends may have any length: obstore allocates what the head of an error promises, and takes the
whole program with it. Here no more is read of an answer than was asked for, of an error nothing, and each has to be there in time.
"""

from __future__ import annotations

import http.client
import random
import re
import socket
import ssl
import time
import weakref
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from threading import Event, Lock, Timer
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from forensic.errors import ForensicError, Unreadable, Unsupported
from forensic.storage import stamp as limits
from forensic.storage.heedful import heedful
from forensic.storage.stamp import Stamp, stamp
from forensic.storage.store_failure import CHANGED, meaning
from forensic.storage.url import WEB, Address, address

REDIRECTS = 5
_RANGE = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/([0-9]{1,19})")
_PIECE = 1 << 16
_MOVED = {301, 302, 303, 307, 308}


class WebServer:
    """Reads files of web servers, over one connection that is kept; threads may share it."""

    def __init__(self) -> None:
        """Make ready; nothing is asked yet."""
        self.requests = self.bytes_read = 0
        """Requests made (those that were repeated or redirected count once) and bytes of files that came."""
        self._lock = Lock()
        self._place, self._held = "", [http.client.HTTPConnection("")]
        weakref.finalize(self, _end, self._held).atexit = False  # with the last user, and before the socket itself is collected

    @property
    def _connection(self) -> http.client.HTTPConnection:
        return self._held[0]

    @_connection.setter
    def _connection(self, connection: http.client.HTTPConnection) -> None:
        self._held[0] = connection

    def get(self, at: Address, start: int, size: int, known: Stamp | None = None, total: int | None = None) -> tuple[Stamp, bytes]:
        """Return bytes of a file, fewer only at its end, and what tells its content.

        Unreadable where that is no longer `known`, or the file has not `total` bytes any more.
        """
        headers = {"Range": f"bytes={start}-{start + size - 1}"}
        if known is not None and known.is_strong:
            headers["If-Match"] = f'"{known.etag}"'
        self.requests += 1
        found, data = heedful(partial(self._patiently, "GET", at, headers, (start, size)))
        if found is None:  # a range of no bytes
            if total is not None or start:
                raise Unreadable(f"{at.name}: {CHANGED}")
            return self.head(at), b""
        if found.size != (found.size if total is None else total) or (known is not None and found != known):
            self._connection.close()  # there will be no further question
            raise Unreadable(f"{at.name}: {CHANGED}")
        self.bytes_read += len(data)
        return found, data

    def head(self, at: Address) -> Stamp:
        """Return what tells the content of a file, without any of it."""
        self.requests += 1
        found, _ = heedful(partial(self._patiently, "HEAD", at, {}, None))
        if found is None:
            raise meaning(at, 416)
        return found

    def list(self, prefix: str, after: str = "") -> Iterator[tuple[str, Stamp]]:
        """Raise Unsupported: nobody says what lies on a web server."""
        del after
        raise Unsupported(f"{prefix or 'it'}: a web server does not list what lies beside a file", code="not-listed")

    def _patiently(self, method: str, at: Address, headers: dict[str, str], span: tuple[int, int] | None) -> tuple[Stamp | None, bytes]:
        """Ask, and ask again where no answer came, or one that says that the server is at fault."""
        until, tries = time.monotonic() + limits.RETRY_TIMEOUT.total_seconds(), 0
        while True:
            try:
                with self._lock:
                    return self._followed(method, at, headers, span)
            except _Again as again:
                if again.failure is None:
                    continue
                if tries >= limits.RETRIES or time.monotonic() > until:
                    raise again.failure from None
            time.sleep(limits.FIRST_WAIT * 2**tries * random.uniform(0.7, 1.3))  # noqa: S311  so that many do not ask at once
            tries += 1

    def _followed(self, method: str, at: Address, headers: dict[str, str], span: tuple[int, int] | None) -> tuple[Stamp | None, bytes]:
        """Ask where the server says that the file is."""
        here = at
        for _ in range(REDIRECTS + 1):
            with self._answer(method, here, headers, at) as answer:
                if answer.status not in _MOVED:
                    return self._taken(answer, at, span)
                target = urljoin(here.request, answer.getheader("Location", ""))
            if target.partition("://")[0] not in WEB[: 1 + (at.scheme == "http")]:  # never from https to what is not
                raise meaning(at, answer.status)
            try:
                here = address(target)
            except ForensicError:
                raise meaning(at, answer.status) from None
        raise Unreadable(f"{at.name}: the server sends the request in a circle, at {at.place}")

    def _taken(self, answer: http.client.HTTPResponse, at: Address, span: tuple[int, int] | None) -> tuple[Stamp | None, bytes]:
        """Return what an answer says of the file, and the part that it holds."""
        if answer.status == 416 and span is not None:
            return None, b""
        if answer.status == 429 or answer.status >= 500:
            raise _Again(meaning(at, answer.status))
        if answer.status not in (200, 206):
            raise meaning(at, answer.status)
        etag, modified = answer.getheader("ETag", ""), answer.getheader("Last-Modified", "")
        if span is None:
            length = answer.getheader("Content-Length", "")
            if not (length.isascii() and length.isdigit() and len(length) < 20):
                raise meaning(at, kind="Protocol")
            return stamp(int(length), etag, modified), b""
        if answer.status == 200:
            if answer.getheader("Content-Length") == "0":
                return None, b""
            raise Unsupported(f"{at.name}: the server does not give parts of a file (range requests); copy the file to this computer first")
        said = _RANGE.fullmatch(answer.getheader("Content-Range", ""))
        if said is None or answer.getheader("Content-Encoding", "identity") != "identity":
            raise meaning(at, kind="Protocol")
        first, last, size = map(int, said.groups())
        wanted = min(span[1], size - span[0])
        if first != span[0] or last + 1 < first + wanted:
            raise meaning(at, kind="Protocol")
        return stamp(size, etag, modified), self._received(answer, at, wanted)

    def _received(self, answer: http.client.HTTPResponse, at: Address, wanted: int) -> bytes:
        data = bytearray()
        while len(data) < wanted:
            part = answer.read1(min(_PIECE, wanted - len(data)))
            if not part:
                raise _Again(
                    Unreadable(
                        f"{at.name}: the server broke off its answer after {len(data)} of {wanted} bytes at {at.place}",
                        code="server-unavailable",
                    )
                )
            data += part
        return bytes(data)

    @contextmanager
    def _answer(self, method: str, here: Address, headers: dict[str, str], at: Address) -> Iterator[http.client.HTTPResponse]:
        """Give the answer to one request; what was not read of it is left with its connection. `_Again` where there is none."""
        was_open = self._connection.sock is not None and self._place == f"{here.scheme}://{here.place}"
        late, done = Event(), False
        timer: Timer | None = None
        answer: http.client.HTTPResponse | None = None
        try:
            connection, target, more = self._connected(here, at)
            timer = Timer(limits.TIMEOUT.total_seconds(), partial(_cut, connection, late))
            timer.daemon = True
            timer.start()
            connection.request(method, target, headers={"User-Agent": "forensic", "Accept-Encoding": "identity", **headers, **more})
            answer = connection.getresponse()
            yield answer
            done = answer.isclosed() or answer.length == 0  # then the connection is good for a further question
        except (OSError, http.client.HTTPException, ForensicError, _Again) as error:
            if late.is_set() or isinstance(error, TimeoutError):
                raise _Again(meaning(at, kind="Timeout")) from None
            if isinstance(error, (ForensicError, _Again)):
                raise
            if isinstance(error, ssl.SSLCertVerificationError):
                raise Unreadable(f"{at.name}: the certificate of {here.place} is not one that this computer trusts") from None
            if was_open:
                raise _Again(None) from None  # a connection that was kept, and that the server had closed
            raise _Again(meaning(at, kind=_kind(error))) from None
        finally:
            if timer is not None:
                timer.cancel()
            if answer is not None:
                answer.close()
            if not done:
                self._connection.close()

    def _connected(self, here: Address, at: Address) -> tuple[http.client.HTTPConnection, str, dict[str, str]]:
        """Return the connection for an address, through a proxy where the environment names one, what is asked for over it, and how."""
        place = f"{here.scheme}://{here.place}"
        parts = urlsplit(place)
        host, path = parts.hostname or "", here.request[len(place) :] or "/"
        proxy = urlsplit(getproxies().get(here.scheme, "")) if not proxy_bypass(host) else urlsplit("")
        authorization = {}
        if proxy.username is not None:
            pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
            authorization["Proxy-Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        if self._place != place or self._connection.sock is None:
            self._connection.close()
            self._place = place
            try:
                self._connection = _connection(here, parts.hostname or "", parts.port, proxy.hostname, proxy.port, authorization)
                self._connection.connect()
            except (OSError, http.client.HTTPException, UnicodeError) as error:
                self._connection.close()
                if isinstance(error, ssl.SSLCertVerificationError):
                    raise
                raise _Again(meaning(at, kind="Timeout" if isinstance(error, TimeoutError) else "Connect")) from None
            self._connection.sock.settimeout(limits.TIMEOUT.total_seconds())
        through = proxy.hostname is not None and here.scheme == "http"
        return self._connection, place + path if through else path, authorization if through else {}


def _connection(
    here: Address, host: str, port: int | None, proxy: str | None, proxy_port: int | None, authorization: dict[str, str]
) -> http.client.HTTPConnection:
    timeout = limits.CONNECT_TIMEOUT.total_seconds()
    to, at = (host, port) if proxy is None else (proxy, proxy_port)
    if here.scheme == "http":
        return http.client.HTTPConnection(to, at, timeout=timeout)
    connection = http.client.HTTPSConnection(to, at, timeout=timeout, context=ssl.create_default_context())
    if proxy is not None:
        connection.set_tunnel(host, port or 443, authorization)
    return connection


class _Again(Exception):
    """No answer, or none that counts: the same may be asked again. `failure` is what to say if it is not; None: once more, at once."""

    def __init__(self, failure: ForensicError | None) -> None:
        super().__init__()
        self.failure = failure


def _end(held: list[http.client.HTTPConnection]) -> None:
    held[0].close()


def _cut(connection: http.client.HTTPConnection, late: Event) -> None:
    """End a connection whose answer took too long, whoever waits for it."""
    late.set()
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _kind(error: Exception) -> str:
    """Return the kind of a failure, by the words of `store_failure`."""
    return "Interrupted" if isinstance(error, (http.client.IncompleteRead, ConnectionError)) else "Protocol"
