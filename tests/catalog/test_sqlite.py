"""SQLite: which files are opened and which are refused, migrations, and a disk that is full."""

import os
import shutil
import sqlite3
from importlib.resources import files

import pytest

from forensic.catalog import sqlite as module
from forensic.catalog import sqlite_file
from forensic.catalog.catalog import open_catalog
from forensic.catalog.location import without_password
from forensic.catalog.opening import open_store
from forensic.catalog.record import Source
from forensic.catalog.sqlite import SqliteStore
from forensic.errors import Malformed, Unreadable, Unsupported
from forensic.reasoning import KNOWLEDGE
from tests.catalog.conftest import entry


@pytest.fixture
def path(tmp_path):
    return tmp_path / "archive.db"


def made(path, count=1):
    store = SqliteStore(path)
    for number in range(count):
        store.add(Source(f"/{number}", "1"), entry(("machine-guid", "g")))
    store.close()


@pytest.mark.parametrize("url", ["{}", "sqlite:///{}"])
def test_a_path_and_a_url_name_one_file(path, url):
    made(path)
    with open_catalog(url.format(path), must_exist=True) as catalog:
        assert catalog.counts().done == 1


def test_a_url_may_name_a_file_here(path, monkeypatch):
    made(path)
    monkeypatch.chdir(path.parent)
    with open_catalog("sqlite:///archive.db", must_exist=True) as catalog:
        assert catalog.counts().done == 1


@pytest.mark.parametrize(
    ("url", "error", "says"),
    [
        ("mysql://host/x", Unsupported, "postgresql"),
        ("sqlite://host/x", Unsupported, "sqlite:///"),
        ("sqlite:///", Unsupported, "sqlite:///"),
        ("{}/missing/archive.db", Unreadable, "no folder"),
        ("{}", Unreadable, "no file"),
    ],
)
def test_what_names_no_catalog_is_refused_with_a_sentence(tmp_path, url, error, says):
    with pytest.raises(error, match=says):
        open_store(url.format(tmp_path))


def test_a_catalog_that_must_exist_is_not_made(path):
    with pytest.raises(Unreadable, match="is not there"):
        open_store(str(path), must_exist=True)
    assert not path.exists()


def test_passwords_are_not_shown():
    assert without_password("postgresql://ann:secret@host:5432/db") == "postgresql://ann:***@host:5432/db"
    assert without_password("postgresql://host/db") == "postgresql://host/db"


@pytest.mark.parametrize("content", [b"EVF\x09\x0d\x0a\xff\x00 evidence", b"hello", b"SQLite format 4\0" + b"\0" * 100])
def test_a_file_that_is_no_database_is_refused_and_stays(path, content):
    path.write_bytes(content)
    with pytest.raises(Malformed, match="is not a catalog"):
        SqliteStore(path)
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_refused_and_stays(path):
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE evidence (id)")
    other.commit()
    other.close()
    before = path.read_bytes()
    with pytest.raises(Malformed, match="another one"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_a_newer_schema_is_refused(path):
    made(path)
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version=99")
    with pytest.raises(Unsupported, match="version 99"):
        SqliteStore(path)


def test_an_older_schema_is_brought_up_to_date(tmp_path):
    file = sqlite_file.SqliteFile(tmp_path / "x.db", 7, ("CREATE TABLE one (id);\nINSERT INTO one VALUES (1);",))
    file.close()
    later = ("CREATE TABLE never (id);", "CREATE TABLE two (id);\nINSERT INTO two SELECT id FROM one;")
    file = sqlite_file.SqliteFile(tmp_path / "x.db", 7, later)
    assert file.rows("SELECT id FROM two") == [(1,)]
    assert file.rows("PRAGMA user_version") == [(2,)]
    file.close()


def test_a_catalog_of_version_1_is_brought_to_version_2_and_its_pairs_are_judged_anew(path):
    script = (files("forensic.catalog") / "schema.sql").read_text()
    first = sqlite_file.SqliteFile(path, module.INDEX, (script,))
    with first.writing() as connection:
        connection.execute("INSERT INTO image(source, fingerprint, wanted_depth, status) VALUES ('/a', '1', 'full', 'waiting')")
        for name in ("x", "y", "z"):
            columns = "image, installation, origin, history, policy, strength, compared"
            connection.execute(f"INSERT INTO state({columns}) VALUES (1, '{name}', '', '', '', '', '{KNOWLEDGE}')")
        for number, (lineage, shared) in enumerate([("strong", ""), ("indicated", "machine-guid machine-sid"), ("indicated", "x")], 1):
            connection.execute(
                "INSERT INTO answer VALUES (?, ?, 'same-machine', 'p', 's', ?, 'no', 'd', ?)", (number, KNOWLEDGE, lineage, shared)
            )
        connection.executemany("INSERT INTO pair VALUES (?, ?, ?, NULL, NULL)", [(1, 2, 1), (1, 3, 2), (2, 3, 3)])
    first.close()
    store = SqliteStore(path)
    assert [(row.a, row.b, row.joins, row.generalized) for row in store.pairs()] == [(1, 2, True, ""), (1, 3, True, ""), (2, 3, False, "")]
    assert {row.knowledge for row in store.pairs()} == {f"{KNOWLEDGE} (version 1)"}
    assert [one.id for one in store.uncompared(KNOWLEDGE)] == [1, 2, 3]
    assert store._index.rows("SELECT count(*) FROM pairs") == [(3,)]
    assert [job.path for job in store.lease(1, "me", 60)] == ["/a"]
    assert store.check() == []
    store.close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path):
    sqlite_file.SqliteFile(tmp_path / "x.db", 7, ("CREATE TABLE one (id);",)).close()
    with pytest.raises(Unreadable):
        sqlite_file.SqliteFile(tmp_path / "x.db", 7, ("", "CREATE TABLE two (id);\nCREATE TABLE one (id);"))
    file = sqlite_file.SqliteFile(tmp_path / "x.db", 7, ("",))
    assert file.rows("SELECT name FROM sqlite_schema") == [("one",)]
    file.close()


def test_the_reports_of_another_catalog_are_refused(tmp_path):
    made(tmp_path / "a.db")
    made(tmp_path / "b.db")
    shutil.copyfile(tmp_path / "b.reports.db", tmp_path / "a.reports.db")
    with pytest.raises(Malformed, match="another catalog"):
        SqliteStore(tmp_path / "a.db")


def test_reports_that_are_gone_are_said_and_not_made_anew(path):
    made(path)
    (path.parent / "archive.reports.db").unlink()
    with pytest.raises(Unreadable, match=r"archive\.reports\.db: is not there; it is the second file of the catalog") as caught:
        SqliteStore(path)
    assert "restore it from a backup, or scan into a new catalog" in str(caught.value)
    assert "makes a catalog" not in str(caught.value)
    assert not (path.parent / "archive.reports.db").exists()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not hold who may do everything")
def test_a_write_protected_catalog_is_read(path):
    made(path)
    for name in ("archive.db", "archive.reports.db"):
        (path.parent / name).chmod(0o444)
    path.parent.chmod(0o555)
    try:
        _read_only(path)
    finally:
        path.parent.chmod(0o755)


def test_a_catalog_that_counts_as_write_protected_is_read(path, monkeypatch):
    made(path)
    monkeypatch.setattr(sqlite_file.os, "access", lambda *_: False)
    _read_only(path)


def _read_only(path):
    store = SqliteStore(path)
    assert [one.path for one in store.images()] == ["/0"]
    assert store.body(1) == b"body"
    with pytest.raises(Unreadable, match="write-protected"):
        store.offer([Source("/b", "1")])
    store.close()


def test_a_full_disk_is_said_and_what_was_stored_stays(path):
    store = SqliteStore(path)
    store.add(Source("/a", "1"), entry(("machine-guid", "g")))
    for file in (store._index, store._reports):
        (pages,) = file.rows("PRAGMA page_count")[0]
        file.rows(f"PRAGMA max_page_count={pages + 2}")

    def fill():
        for number in range(1000):
            store.add(Source(f"/evidence/{number}", "1"), entry(("machine-guid", str(number)), body=b"x" * 5000))

    with pytest.raises(Unreadable, match="disk is full"):
        fill()
    store.close()
    with open_catalog(str(path)) as catalog:
        assert catalog.store.image_of("/a") is not None
        assert [one.name for one in catalog.store.check()] in ([], ["report-not-named"])


def test_a_database_that_stays_locked_is_said(path, monkeypatch):
    made(path)
    monkeypatch.setattr(sqlite_file, "WAIT", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store = SqliteStore(path)
    with pytest.raises(Unreadable, match="kept it locked"):
        store.offer([Source("/b", "1")])
    other.execute("ROLLBACK")
    assert store.offer([Source("/b", "1")]).new == 1
    store.close()
    other.close()


def test_a_check_finds_what_is_wrong_and_repairs_what_it_can(path):
    made(path, 3)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE frequency SET count = 7")
        database.execute("INSERT INTO occurrence VALUES (5, 99, 1)")
        database.execute("INSERT INTO answer VALUES (1, '', '', '', '', '', '', '', '', 0, '')")
        database.execute("INSERT INTO pair VALUES (1, 99, 1, NULL, NULL)")
    with sqlite3.connect(path.parent / "archive.reports.db") as reports:
        reports.execute("DELETE FROM report WHERE id = 1")
        reports.execute("DELETE FROM report WHERE id = 2")
        reports.execute("INSERT INTO report VALUES (2, x'00')")
    with open_catalog(str(path)) as catalog:
        found = {one.name: one.count for one in catalog.check(reports=True)}
        assert found == {
            "count-differs": 1, "occurrence-without-state": 1, "pair-without-state": 1, "report-missing": 1, "report-damaged": 3,
        }  # fmt: skip
        catalog.check(repair=True)
        assert catalog.check() == []
        assert [job.path for job in catalog.lease(9, "me", 60)] == ["/0"]
        assert catalog.store._index.rows("SELECT count FROM frequency") == [(3,)]


def test_a_damaged_file_is_found(path):
    made(path, 300)
    data = bytearray(path.read_bytes())
    for at in range(8 * 4096, len(data) - 4096, 3 * 4096):
        data[at : at + 64] = b"\xff" * 64
    path.write_bytes(data)
    try:
        store = module.SqliteStore(path)
    except Malformed as error:
        assert "damaged" in str(error)  # noqa: PT017  either is right: it depends on which pages opening reads
    else:
        assert {one.name for one in store.check()} == {"damaged"}
        store.close()
