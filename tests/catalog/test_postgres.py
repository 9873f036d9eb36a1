"""PostgreSQL: what is opened and what is refused, many writers at once, a server that is killed, and one archive taken into another."""

import multiprocessing
import threading
from contextlib import closing
from itertools import combinations
from urllib.parse import quote

import msgspec
import pytest

from forensic.catalog.catalog import open_catalog
from forensic.catalog.grouping import list_groups
from forensic.catalog.location import has_password, without_password
from forensic.catalog.merging import merge
from forensic.catalog.opening import open_store
from forensic.catalog.record import JudgedPair, PairRow, Source
from forensic.catalog.row import ANSWER
from forensic.errors import ForensicError, Malformed, Unreadable, Unsupported
from forensic.reasoning import KNOWLEDGE
from tests.catalog.conftest import asked, entry, stored

pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")

from forensic.catalog.postgres_row import put

WRITERS = 8


@pytest.fixture
def url(postgres):
    made = postgres.database()
    yield made
    postgres.drop(made)


# What is opened.


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ann:se@cret@host:5432/db", "postgresql://ann:***@host:5432/db"),
        ("postgresql://ann:se?cr#et@host/db", "postgresql://ann:***@host/db"),
        ("postgresql:///db?host=/run&Password=secret&user=ann", "postgresql:///db?host=/run&Password=***&user=ann"),
        ("postgresql://host/db?sslpassword=secret", "postgresql://host/db?sslpassword=***"),
    ],
)
def test_a_password_in_a_url_is_refused_and_not_shown(url, shown):
    with pytest.raises(Unsupported, match="PGPASSWORD") as refused:
        open_store(url)
    assert str(refused.value).startswith(shown)
    assert "cret" not in str(refused.value).replace("sslpassword", "")


@pytest.mark.parametrize("url", ["postgresql:///db?host=/run", "postgresql://ann@host/db", "postgres://[::1]:5432/x", "archive.db"])
def test_a_url_without_a_password_is_as_it_is(url):
    assert without_password(url) == url
    assert not has_password(url)


def test_a_catalog_that_must_exist_is_not_made(url, postgres):
    with pytest.raises(Unreadable, match="holds no catalog"):
        open_store(url, must_exist=True)
    assert postgres.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", url) == [(0,)]


def test_what_cannot_be_reached_is_said_with_a_sentence(postgres, monkeypatch):
    for bad, error, says in (
        ("postgresql://127.0.0.1:1/x", Unreadable, "cannot be reached"),
        (postgres.url("absent"), Unreadable, "does not exist"),
        ("postgresql://host/db?no_such=1", Unsupported, "is not the URL"),
    ):
        with pytest.raises(error, match=says):
            open_store(bad)
    monkeypatch.setenv("PGPASSWORD", "wrong")
    with pytest.raises(Unreadable, match="password authentication failed") as refused:
        open_store(postgres.url())
    assert "wrong" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_password_comes_from_its_file(url, tmp_path, monkeypatch, postgres):
    file = tmp_path / "pgpass"
    file.write_text(f"127.0.0.1:{postgres.port}:*:*:the-password-of-the-tests\n")
    file.chmod(0o600)
    monkeypatch.delenv("PGPASSWORD")
    monkeypatch.setenv("PGPASSFILE", str(file))
    open_store(url).close()


def test_a_database_of_another_program_is_refused_and_stays(url, postgres):
    postgres.execute("CREATE TABLE image (id integer)", url)
    with pytest.raises(Malformed, match="another program"):
        open_store(url)
    assert postgres.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", url) == [(1,)]
    postgres.execute("CREATE TABLE about (id integer)", url)
    with pytest.raises(Malformed, match="is not a catalog"):
        open_store(url)


def test_a_newer_schema_is_refused(url, postgres):
    open_store(url).close()
    postgres.execute("UPDATE about SET value = '99'", url)
    with pytest.raises(Unsupported, match="version 99"):
        open_store(url)


def test_an_older_schema_is_brought_up_to_date_or_stays_as_it_was(url, postgres):
    from forensic.catalog.postgres_server import PostgresServer

    first = "CREATE TABLE about (name text PRIMARY KEY, value text); CREATE TABLE one (id integer); INSERT INTO one VALUES (1)"
    PostgresServer(url, (first,)).close()
    with pytest.raises(Malformed):
        PostgresServer(url, (first, "CREATE TABLE two AS SELECT id FROM one; CREATE TABLE one (id integer)"))
    assert postgres.execute("SELECT to_regclass('two')", url) == [(None,)]
    with closing(PostgresServer(url, (first, "CREATE TABLE two AS SELECT id FROM one"))) as server:
        assert server.rows("SELECT id FROM two") == [(1,)]
        assert server.rows("SELECT value FROM about") == [("2",)]


def test_a_user_who_may_only_read_reads(url, postgres):
    with open_catalog(url) as catalog:
        catalog.store.add(Source("/a", "1"), entry(("machine-guid", "g")))
    postgres.execute("DROP ROLE IF EXISTS reader")
    postgres.execute("CREATE ROLE reader LOGIN PASSWORD 'the-password-of-the-tests'")
    postgres.execute("GRANT pg_read_all_data TO reader")
    with open_catalog(url.replace("examiner@", "reader@"), must_exist=True) as catalog:
        assert [one.path for one in catalog.store.images()] == ["/a"]
        assert list_groups(catalog.store).groups == ()
        with pytest.raises(Unreadable, match="cannot be written to"):
            catalog.offer([Source("/b", "1")])


def test_a_catalog_may_lie_in_a_schema_of_its_own(url, postgres):
    postgres.execute("CREATE SCHEMA lab", url)
    inside = f"{url}?options={quote('-csearch_path=lab')}"
    with open_catalog(inside) as catalog:
        catalog.offer([Source("/a", "1")])
    with pytest.raises(Unreadable, match="holds no catalog"):
        open_store(url, must_exist=True)


def test_paths_and_tags_of_any_length_are_kept(url):
    long = f"/evidence/{'ä' * 4000}"
    with open_catalog(url) as catalog:
        assert catalog.offer([Source(long, "1", (long,)), Source(f"{long}/b", "1")]).new == 2
        assert catalog.offer([Source(long, "1", (long,))]).pending == 1
        (job, _) = catalog.lease(2, "me", 60)
        assert (job.path, job.tags) == (long, (long,))
        assert catalog.done(job, entry(installation=long, extraction={str(number): number for number in range(2000)}), compare=False)
        assert catalog.store.forget([long]) == 2


# Many at once.


def _open(url, ready):
    ready.wait()
    open_store(url).close()


def test_many_make_one_catalog_at_once(url, postgres):
    ready = threading.Barrier(WRITERS)
    threads = [threading.Thread(target=_open, args=(url, ready)) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert postgres.execute("SELECT value FROM about", url) == [("1",)]


def _write(url, number, ready, told):
    with open_catalog(url) as catalog:
        ready.wait()
        catalog.offer(Source(f"/evidence/{other:03}", "1", (f"by {number}",)) for other in range(160))
        while jobs := catalog.lease(3, f"writer {number}", 60):
            for job in jobs:
                place = int(job.path[-3:])
                values = [("machine-guid", "all"), ("sus-client-id", str(place // 8)), ("own", job.path), ("two", str(place % 80))]
                assert catalog.done(job, entry(*values, *(("many", f"{place % 4} {each}") for each in range(20))), compare=False)
                told.put(job.path)


def test_eight_writers_at_once_store_each_report_once_and_keep_the_counts(url):
    """New values that several of them bring at the same moment are what READ COMMITTED would miss."""
    context = multiprocessing.get_context("spawn")
    ready, told = context.Barrier(WRITERS), context.Queue()
    writers = [context.Process(target=_write, args=(url, number, ready, told)) for number in range(WRITERS)]
    for one in writers:
        one.start()
    paths = sorted(told.get(timeout=60) for _ in range(160))
    for one in writers:
        one.join()
    assert [one.exitcode for one in writers] == [0] * WRITERS
    assert paths == [f"/evidence/{number:03}" for number in range(160)]
    with open_catalog(url) as catalog:
        assert catalog.check() == []
        counts = dict(asked(catalog.store, "SELECT count, count(*) FROM frequency GROUP BY count"))
        assert counts == {160: 1, 8: 20, 2: 80, 40: 80}
        assert catalog.store.image_of("/evidence/000").tags == tuple(sorted(f"by {number}" for number in range(WRITERS)))


def test_of_two_that_bring_a_new_value_the_second_waits_for_the_first_and_counts_it(url):
    with open_catalog(url) as one, open_catalog(url) as other:
        one.offer([Source("/a", "1")])
        (job,), whole = one.lease(1, "me", 60), entry(("machine-guid", "g"))
        second = threading.Thread(target=other.store.add, args=(Source("/b", "1"), whole))
        parts = one.store._numbers(whole)

        def work(connection):
            put(connection, job.image, whole, "1", *parts)
            assert connection.execute("SELECT count(*) FROM occurrence").fetchall() == [(1,)]
            second.start()
            second.join(0.5)
            assert second.is_alive()

        one.store._server.write(work)
        second.join()
        assert [(namespace, count) for _, namespace, count in one.store.shared_by_many(1)] == [("machine-guid", 2)]
        assert one.check() == []


def test_what_is_forgotten_and_found_again_at_once_leaves_nothing_behind(url):
    """Two that store, two that forget, and two that keep pairs, over the same images."""
    open_store(url).close()
    stop, failed = threading.Event(), list[BaseException]()
    row = PairRow(0, 0, KNOWLEDGE, "same-machine", "none-found", "strong", "strong", "no", "undetermined")

    def store(catalog):
        for number in range(6):
            catalog.store.add(Source(f"/{number}", str(threading.get_ident())), entry(("machine-guid", "g"), ("own", str(number))))

    def forget(catalog):
        catalog.store.forget(["/2", "/4"])

    def keep(catalog):
        states = [one.id for one in catalog.store.states()]
        pairs = [JudgedPair(msgspec.structs.replace(row, a=a, b=b), b"x") for a, b in combinations(states, 2)]
        catalog.store.keep_pairs(pairs[::-1])

    def repeated(work):
        try:
            with open_catalog(url) as catalog:
                while not stop.is_set():
                    work(catalog)
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=repeated, args=(work,)) for work in (store, store, forget, forget, keep, keep)]
    for thread in threads:
        thread.start()
    threading.Event().wait(3)
    stop.set()
    for thread in threads:
        thread.join()
    assert failed == []
    with open_catalog(url) as catalog:
        assert catalog.check() == []


# A server that is gone.


def test_a_server_that_is_killed_loses_nothing_and_is_found_again(own_server):
    url = own_server.database()
    with open_catalog(url) as catalog:
        catalog.offer(Source(f"/{number}", "1") for number in range(20))
        jobs = catalog.lease(20, "me", 600)
        assert all(catalog.done(job, entry(("machine-guid", job.path)), compare=False) for job in jobs[:10])
        own_server.kill()
        with pytest.raises(Unreadable, match="cannot be reached"):
            catalog.counts()
        own_server.start()
        assert catalog.counts().done == 10
        own_server.kill()
        own_server.start()  # a connection that was lost meanwhile is made anew, and nobody hears of it
        assert catalog.done(jobs[10], entry(("machine-guid", "g")), compare=False)
        assert catalog.store.states_of(jobs[10].image)
        assert catalog.check() == []


def test_a_connection_that_is_cut_in_the_middle_of_a_transaction_leaves_nothing(url, postgres):
    from forensic.catalog import postgres as module

    with closing(module.PostgresStore(url)) as store:
        cuts = iter(range(1))

        def cut(connection):
            connection.execute("INSERT INTO kind(namespace, standing) VALUES ('x', 'y')")
            for _ in cuts:
                postgres.execute(f"SELECT pg_terminate_backend({connection.info.backend_pid})")
            return connection.execute("SELECT count(*) FROM kind").fetchone()

        assert store._server.write(cut) == (1,)
        assert store._server.rows("SELECT count(*) FROM kind") == [(1,)]


def test_one_that_keeps_a_row_locked_is_said(url, postgres, monkeypatch):
    from forensic.catalog import postgres_server

    monkeypatch.setattr(postgres_server, "WAIT", 1)
    with open_catalog(url) as one, open_catalog(url) as other:
        one.offer([Source("/a", "1")])
        (job,) = one.lease(1, "me", 60)
        with pytest.raises(Unreadable, match="kept it locked"):
            other.store._server.write(
                lambda connection: (connection.execute("SELECT 1 FROM image FOR UPDATE"), one.done(job, entry(), compare=False))
            )
        assert one.done(job, entry(), compare=False)


# Check, and one archive in another.


def test_a_check_finds_what_is_wrong_and_repairs_what_it_can(url, postgres):
    with open_catalog(url) as catalog:
        for number in range(3):
            catalog.store.add(Source(f"/{number}", "1"), entry(("machine-guid", "g")))
        assert catalog.check() == []
        for sql in (
            "UPDATE frequency SET count = 7",
            "INSERT INTO occurrence VALUES (5, 99, 1), (6, 1, 1), (6, 2, 1)",
            f"INSERT INTO answer({ANSWER}) VALUES ('', '', '', '', '', '', '', '', false, '')",
            "INSERT INTO pair VALUES (1, 99, 1, NULL, NULL)",
            "DELETE FROM report WHERE image = 1",
        ):
            postgres.execute(sql, url)
        found = {one.name: one.count for one in catalog.check(reports=True)}
        assert found == {
            "count-differs": 1, "count-missing": 1, "occurrence-without-state": 1, "pair-without-state": 1, "report-missing": 1,
            "report-damaged": 3,
        }  # fmt: skip
        catalog.check(repair=True)
        assert catalog.check() == []
        assert [job.path for job in catalog.lease(9, "me", 60)] == ["/0"]
        assert sorted(asked(catalog.store, "SELECT count FROM frequency")) == [(2,), (3,)]


@pytest.mark.parametrize("back", [False, True])
def test_an_archive_of_one_database_is_taken_into_another(url, tmp_path, reports, back):
    first, second = (url, str(tmp_path / "a.db")) if back else (str(tmp_path / "a.db"), url)
    with open_catalog(first) as one, open_catalog(second) as other:
        stored(one, reports, tags=("laptop",))
        done = merge(other.store, one.store)
        assert (done.taken, done.damaged, done.pairs) == (len(reports), 0, len(list(one.store.pairs())))
        other.judge_pending()
        mine, theirs = (list_groups(each.store).groups for each in (other, one))
        assert [(group.relation, group.members, group.suspected) for group in mine] == [
            (group.relation, group.members, group.suspected) for group in theirs
        ]
        assert other.report(reports[0].source.path) == reports[0]
        assert other.check(reports=True) == []


def test_nothing_escapes_but_errors_of_ours(url, postgres):
    with open_catalog(url) as catalog:
        postgres.execute(
            "DROP VIEW images, installations, pairs, members, groups, identifiers, failures; DROP TABLE report, tag, pair", url
        )
        for work in (
            lambda: catalog.store.body(1),
            lambda: list(catalog.store.images()),
            lambda: catalog.lease(1, "me", 1),
            catalog.counts,
        ):
            with pytest.raises(ForensicError):
                work()
