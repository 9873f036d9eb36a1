"""A web server for the tests, good or hostile: what it does for a path is said by the name of the file's behaviour."""

import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Web:
    """What the server has, and what it was asked."""

    def __init__(self):
        self.files, self.etags, self.behaviour = {}, {}, {}
        self.requests, self.bytes, self.port = [], 0, 0
        self.stop = threading.Event()
        self.afterwards = None
        """What is done once, after the next answer."""

    def url(self, path):
        return f"http://127.0.0.1:{self.port}/{path}"

    def asked(self):
        return [path for _, path, _, _ in self.requests]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    web: Web

    def log_message(self, *_):
        pass

    def do_GET(self):
        web, path = self.web, self.path.lstrip("/").partition("?")[0]
        web.requests.append((self.command, self.path.lstrip("/"), self.headers.get("Range"), self.headers.get("If-Match")))
        how = web.behaviour.get(path, "")
        if how == "drip head":
            with suppress(OSError):
                self.wfile.write(b"HTTP/1.1 206 Partial Content\r\nX-Name: ")
                while not web.stop.wait(0.05):
                    self.wfile.write(b"x")
            self.close_connection = True
            return
        if how == "head without end":
            with suppress(OSError):
                self.wfile.write(b"HTTP/1.1 206 Partial Content\r\n")
                while not web.stop.is_set():
                    self.wfile.write(b"X-Name: " + b"y" * 5000 + b"\r\n")
            self.close_connection = True
            return
        if how.endswith(" without end"):
            self._answer(int(how[:3]), b"", 1 << 40)
            self._endless()
            return
        if how.isdigit():
            self._answer(int(how), b"<html>no</html>")
            return
        if how.startswith("redirect "):
            self._answer(302, b"", Location=how.partition(" ")[2])
            return
        if path not in web.files:
            self._answer(404, b"<html>no such file</html>")
            return
        data, etag = web.files[path], web.etags.get(path, '"1"')
        if etag and self.headers.get("If-Match", etag) != etag:
            self._answer(412, b"")
            return
        asked = self.headers.get("Range")
        if asked is None or how == "no ranges":
            self._answer(200, data if self.command != "HEAD" else b"", len(data), ETag=etag)
            return
        start, _, last = asked.removeprefix("bytes=").partition("-")
        start, last = int(start), min(int(last), len(data) - 1)
        if start > last:
            self._answer(416, b"")
        else:
            self._part(how, data[start : last + 1], (start, last, len(data)), {"ETag": etag} if etag else {})

    def _part(self, how, body, span, headers):
        """Answer with a part of a file, as this server does it."""
        start, last, total = span
        if how == "other range":
            start, last = start + 1, last + 1
        if how == "other size":
            total += len(self.web.requests)
        if how != "no range said":
            headers["Content-Range"] = f"bytes {start}-{last}/{total}"
        if how == "packed":
            headers["Content-Encoding"] = "gzip"
        if how == "promises more":
            self._answer(206, body[: len(body) // 2], len(body), **headers)
            self.close_connection = True
        elif how == "says less":
            self._answer(206, body[: len(body) // 2], **headers)
        elif how == "sends more":
            self._answer(206, body, 1 << 40, **headers)
            self._endless()
        elif how == "endless chunks":
            self.send_response_only(206)
            for name, value in {**headers, "Transfer-Encoding": "chunked"}.items():
                self.send_header(name, value)
            self.end_headers()
            self._endless(b"10000\r\n" + bytes(65536) + b"\r\n")
        elif how == "drip":
            self._answer(206, b"", len(body), **headers)
            with suppress(OSError):
                while not self.web.stop.wait(0.05):
                    self.wfile.write(b"x")
            self.close_connection = True
        elif how == "silent":
            self.web.stop.wait(30)
            self.close_connection = True
        else:
            self._answer(206, body, **headers)
            self.close_connection = how == "closes"

    do_HEAD = do_GET  # noqa: N815  the name that http.server looks for

    def _answer(self, status, body, length=None, **headers):
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            with suppress(OSError):
                self.wfile.write(body)
                self.web.bytes += len(body)
        if self.web.afterwards is not None:
            self.web.afterwards()
            self.web.afterwards = None

    def _endless(self, piece=bytes(65536)):
        with suppress(OSError):
            while not self.web.stop.is_set():
                self.wfile.write(piece)
                self.web.bytes += len(piece)
                time.sleep(0)
        self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # the client went away


@contextmanager
def running():
    """Run a web server; give what it has."""
    web = Web()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"web": web}))
    web.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield web
    finally:
        web.stop.set()
        server.shutdown()
        server.server_close()
