"""A proxy before a real server, that counts what goes through, and does what networks do: waits, errors, answers that break off."""

import http.client
import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Proxy:
    """What goes through, and what befalls it."""

    def __init__(self, upstream):
        self.upstream, self.port = upstream, 0
        self.delay = 0.0
        self.fault = lambda number, handler: None
        """By the number of a request (from 1): `503`, `reset`, `cut` (half of the answer, then a reset), or a function to call first."""
        self.lock = threading.Lock()
        self.clear()

    def clear(self):
        self.requests, self.bytes, self.faults = [], 0, 0

    @property
    def heads(self):
        return [one for one in self.requests if one[0] == "HEAD"]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: Proxy

    def log_message(self, *_):
        pass

    def do_GET(self):
        proxy = self.proxy
        with proxy.lock:
            proxy.requests.append((self.command, self.path, self.headers.get("Range"), self.headers.get("If-Match")))
            number = len(proxy.requests)
        time.sleep(proxy.delay)
        fault = proxy.fault(number, self)
        if fault is not None:
            proxy.faults += 1
        if fault == "503":
            self._answer(503, b"<Error><Code>SlowDown</Code></Error>")
            return
        if fault == "reset":
            self._reset()
            return
        upstream = http.client.HTTPConnection("127.0.0.1", proxy.upstream, timeout=30)
        try:
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                upstream.putheader(name, value)
            upstream.endheaders()
            answer = upstream.getresponse()
            body = answer.read()
        finally:
            upstream.close()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        length = answer.getheader("Content-Length", "0") if self.command == "HEAD" else len(body)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if fault == "cut":
            self.wfile.write(body[: len(body) // 2])
            self._reset()
            return
        with proxy.lock:
            proxy.bytes += len(body)
        with suppress(OSError):
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815  the name that http.server looks for

    def _answer(self, status, body):
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _reset(self):
        """Close the connection so that the other side gets a reset and no end."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # the client went away, or was sent away


@contextmanager
def before(upstream):
    """Run a proxy before the server at port `upstream`; give it."""
    proxy = Proxy(upstream)
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": proxy}))
    proxy.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
