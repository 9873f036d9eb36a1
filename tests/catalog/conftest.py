"""A catalog to test, of every backend that is there; and reports of families whose relations are known."""

import msgspec
import pytest

from forensic.catalog.catalog import open_catalog
from forensic.catalog.entry import entry_of
from forensic.catalog.record import Entry, Source, StateEntry
from forensic.model import Identifier
from forensic.reasoning import KNOWLEDGE
from tests.builders.comparison import families_examined

NAMES = ("two clones", "siblings", "strangers", "clone with a changed SID", "imaged twice")


@pytest.fixture(params=["sqlite", "postgres"])
def catalog_url(request, tmp_path):
    """Give the URL of a catalog that does not exist yet, of each backend."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'archive.db'}"
        return
    server = request.getfixturevalue("postgres")
    url = server.database()
    yield url
    server.drop(url)


def asked(store, sql):
    """Return what a database answers to a question, of whichever backend."""
    return (store._index if hasattr(store, "_index") else store._server).rows(sql)


@pytest.fixture
def catalog(catalog_url):
    with open_catalog(catalog_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def families(tmp_path_factory):
    """Reports of both sides of families: name -> [a, b]."""
    return families_examined("10", tmp_path_factory.mktemp("families"), NAMES)


@pytest.fixture(scope="session")
def reports(families):
    """The same as one list, each of a path of its own, short and the same in every run."""
    return [
        moved(report, f"/evidence/{name.replace(' ', '-')}-{side}.E01")
        for name, pair in families.items()
        for side, report in zip("ab", pair, strict=True)
    ]


def moved(report, path):
    """The same report, as if its source lay elsewhere."""
    return msgspec.structs.replace(report, source=msgspec.structs.replace(report.source, path=path))


def stored(catalog, reports, *, compare=True, tags=()):
    """Offer, lease and store reports in this order."""
    by_path = {report.source.path: report for report in reports}
    catalog.offer(Source(path, "1", tags) for path in by_path)
    while jobs := catalog.lease(1, "test", 60):
        for job in jobs:
            assert catalog.done(job, by_path[job.path], compare=compare)


def entry(*identifiers, installation="p2/Windows", body=None, **parts):
    """An entry of one state that holds values: `("machine-sid", "S-1")`, or with `former` as a third part."""
    values = tuple(sorted(Identifier(one[0], one[1], one[2] if len(one) > 2 else "current") for one in identifiers))
    state = StateEntry(
        installation, "active", "PC", None, None, "Windows", "10", "workstation", "installed", "none-found", "strong", values
    )
    made = Entry(body or b"body", "raw", 1, None, "full", "0", KNOWLEDGE, "none-found", False, {}, (state,))
    return msgspec.structs.replace(made, **parts)


__all__ = ["asked", "entry", "entry_of", "moved", "stored"]
