"""Microsoft's own emulator of Azure Blob Storage for the tests: Azurite (npm), where it is installed or `AZURITE` names its program."""

import base64
import hashlib
import hmac
import http.client
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from email.utils import formatdate

ACCOUNT = "devstoreaccount1"
KEY = base64.b64encode(hashlib.sha512(b"the key of the tests").digest()).decode()
VERSION = "2021-08-06"


def program():
    """Return the path of the server; None where it is not installed."""
    return os.environ.get("AZURITE") or shutil.which("azurite-blob")


@contextmanager
def running(folder):
    """Run a server whose data lie in `folder`, with a container `evidence`; give its port."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    options = ["--silent", "--location", str(folder), "--blobPort", str(port), "--skipApiVersionCheck", "--disableTelemetry"]
    environment = {**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([program(), *options], stdout=log, stderr=log, cwd=folder, env=environment)
        try:
            _make(port, "evidence")
            yield port
        finally:
            server.terminate()
            server.wait()


def _make(port, container):
    until = time.monotonic() + 60
    while True:
        date = formatdate(usegmt=True)
        signed = f"PUT{chr(10) * 12}x-ms-date:{date}\nx-ms-version:{VERSION}\n/{ACCOUNT}/{ACCOUNT}/{container}\nrestype:container"
        signature = base64.b64encode(hmac.new(base64.b64decode(KEY), signed.encode(), hashlib.sha256).digest()).decode()
        headers = {"x-ms-date": date, "x-ms-version": VERSION, "Authorization": f"SharedKey {ACCOUNT}:{signature}", "Content-Length": "0"}
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("PUT", f"/{ACCOUNT}/{container}?restype=container", headers=headers)
            status = connection.getresponse().status
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            assert status == 201, status
            return
        finally:
            connection.close()
