"""Catalogs of the batch, in a file and in a server."""

import pytest


@pytest.fixture(params=["sqlite", "postgres"])
def catalog(request, tmp_path):
    """Give the path or the URL of a catalog that does not exist yet."""
    if request.param == "sqlite":
        yield tmp_path / "archive.db"
    else:
        yield from _database(request.getfixturevalue("postgres"))


@pytest.fixture
def shared(postgres):
    """Give the URL of a catalog in PostgreSQL that does not exist yet."""
    yield from _database(postgres)


def _database(server):
    url = server.database()
    yield url
    server.drop(url)
