"""PostgreSQL server: a connection that comes back when it was lost, its transactions, and every way in which it can fail in one sentence.

The password is never part of the URL: libpq finds it where it finds it for every program, in `PGPASSWORD`, the file `.pgpass` or that of a
service. So nothing that names the catalog, as a report, an error or the list of processes, can give it away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import count
from threading import RLock
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg import errors

from forensic.catalog.location import has_password, without_password
from forensic.errors import ForensicError, Malformed, Unreadable, Unsupported

Connection = psycopg.Connection[tuple[Any, ...]]
WAIT = 60
"""Seconds for which another writer is waited for."""
CONNECT = 30
"""Seconds within which the server has to answer first, where the URL or the environment states no other time."""
AGAIN = 8
"""Times that a transaction is tried which collided with another one."""
OLDEST = 13
"""Version of PostgreSQL that is needed at least."""
_MIGRATING = 0x466F7243
"""Number of the lock under which the schema is made."""
_Result = TypeVar("_Result")


class PostgresServer:
    """One database of a PostgreSQL server; threads may share it.

    `scripts` brings the schema from each version to the next, the first one from nothing. With `durable` what was stored outlives a loss of
    power of the server, not only of a program.
    """

    def __init__(self, url: str, scripts: Sequence[str], *, durable: bool = True, must_exist: bool = False) -> None:
        """Connect, and make the schema where there is none; Unreadable, Malformed or Unsupported with one sentence where that cannot be."""
        self.shown = without_password(url)
        if has_password(url):
            how = "PGPASSWORD, ~/.pgpass or a service file"
            raise Unsupported(f"{self.shown}: a password in a URL is seen by every user of the computer; give it by {how}")
        self._url, self._lock, self._durable = url, RLock(), durable
        self._connection = self._connect()
        try:
            self._prepare(scripts, must_exist=must_exist)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Let go of the server."""
        self._connection.close()

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of one question."""
        return self._in_turn(lambda connection: _run(connection, sql, values).fetchall())

    def run(self, sql: str, *values: Any) -> int:
        """Run one statement that writes, a transaction of its own; how many rows it changed."""
        return self._in_turn(lambda connection: _run(connection, sql, values).rowcount)

    def write(self, work: Callable[[Connection], _Result], *, flushed: bool = False) -> _Result:
        """Run `work` as a transaction: whole, or not at all; again from the start where another one came into its way.

        `flushed`: it does not wait for the disk as it commits, so as to hold its locks no longer; afterwards, all that was committed is
        written through, together with what others committed meanwhile.
        """
        return self._transaction("BEGIN", work, flushed=flushed)

    def in_one(self, work: Callable[[Connection], _Result]) -> _Result:
        """Run `work`, of which only the last statement is asked for its rows: all of it goes to the server at once, as one transaction."""

        def whole(connection: Connection) -> _Result:
            with _together(connection):
                return work(connection)

        return self._in_turn(whole)

    def read(self, work: Callable[[Connection], _Result]) -> _Result:
        """Run `work` as a transaction that reads: all of it sees one state of the database."""
        return self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", work)

    def streamed(self, sql: str, *values: Any, size: int = 1000) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of one question that may have many, over a connection of its own: it sees one state, and holds up nobody."""
        connection = self._connect()
        try:
            with self._saying():
                connection.execute("BEGIN READ ONLY")
            with connection.cursor("rows") as cursor:
                with self._saying():
                    cursor.execute(sql, values)
                while True:
                    with self._saying():
                        some = cursor.fetchmany(size)
                    if not some:
                        return
                    yield from some
        finally:
            connection.close()

    def _transaction(
        self, begin: LiteralString, work: Callable[[Connection], _Result], *, flushed: bool = False, together: bool = True
    ) -> _Result:
        """Run a transaction; `together`, what nobody waits for the answer of goes to the server with what comes next."""

        def whole(connection: Connection) -> _Result:
            try:
                with _together(connection) if together else nullcontext():
                    connection.execute(begin)
                    if flushed:
                        connection.execute("SET LOCAL synchronous_commit = off")
                    found = work(connection)
                    self._committing = True
                    connection.execute("COMMIT")
                    if flushed and self._durable:
                        connection.execute("SELECT pg_logical_emit_message(true, 'forensic', '')")  # the least for which the disk is waited
            except BaseException:
                if not connection.closed:
                    connection.execute("ROLLBACK")
                raise
            return found

        return self._in_turn(whole)

    def _in_turn(self, work: Callable[[Connection], _Result]) -> _Result:
        """Do something whole with the connection, again where another transaction came into its way, or where the connection was lost.

        A connection that is lost while a transaction is being committed leaves open whether it was: that is said, and not tried again.
        """
        with self._lock, self._saying():
            lost = False
            for number in count(1):
                if self._connection.closed:
                    self._connection = self._connect()
                self._committing = False
                try:
                    return work(self._connection)
                except (errors.DeadlockDetected, errors.SerializationFailure):
                    if number >= AGAIN:
                        raise
                except psycopg.OperationalError:
                    if lost or self._committing or not self._connection.closed:
                        raise
                    lost = True
            raise AssertionError  # the loop has no end of its own

    def _connect(self) -> Connection:
        try:
            with self._saying():
                known = psycopg.conninfo.conninfo_to_dict(self._url)
                wait = {} if "connect_timeout" in known else {"connect_timeout": CONNECT}
                connection = psycopg.connect(self._url, autocommit=True, client_encoding="UTF8", **wait)  # type: ignore[arg-type]
        except psycopg.ProgrammingError as error:
            raise Unsupported(f"{self.shown}: is not the URL of a PostgreSQL database: {_first(error)}") from None
        try:
            with self._saying():
                self._refuse_older(connection)
                connection.execute("SET jit = off")  # a question that takes a millisecond would be compiled for hundreds
                connection.execute(f"SET lock_timeout = '{WAIT}s'")
                connection.execute("SET statement_timeout = 0")
                if not self._durable:
                    connection.execute("SET synchronous_commit = off")
        except BaseException:
            connection.close()
            raise
        return connection

    def _refuse_older(self, connection: Connection) -> None:
        if connection.info.server_version < OLDEST * 10000:
            raise Unsupported(f"{self.shown}: PostgreSQL {OLDEST} or later is needed")

    def _prepare(self, scripts: Sequence[str], *, must_exist: bool) -> None:
        version = self._version()
        if version == 0 and must_exist:
            raise Unreadable(f"{self.shown}: holds no catalog; `forensic scan --catalog {self.shown}` makes one")
        if version > len(scripts):
            what = f"its schema has version {version}, and this version of forensic knows {len(scripts)}: a newer forensic wrote it"
            raise Unsupported(f"{self.shown}: {what}")
        if version < len(scripts):
            self._transaction("BEGIN", lambda connection: self._migrate(connection, scripts), together=False)  # a script is many statements

    def _migrate(self, connection: Connection, scripts: Sequence[str]) -> None:
        if _run(connection, "SHOW server_encoding", ()).fetchall() != [("UTF8",)]:
            raise Unsupported(f"{self.shown}: the database has to be one of the encoding UTF8")
        _run(connection, "SELECT pg_advisory_xact_lock(%s)", (_MIGRATING,))
        version = self._version(connection)  # another program may have made it meanwhile
        for script in scripts[version:]:
            try:
                connection.execute(script)
            except (errors.DuplicateTable, errors.DuplicateObject) as error:
                what = f"it holds tables of another program ({_first(error)}); give the catalog a database of its own"
                raise Malformed(f"{self.shown}: is not a catalog of this program: {what}") from None
        _run(
            connection,
            "INSERT INTO about VALUES ('version', %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (str(len(scripts)),),
        )

    def _version(self, connection: Connection | None = None) -> int:
        """Return the version of the schema; 0 where there is none."""

        def asked(connection: Connection) -> int:
            # Not `to_regclass`: it would answer from what this connection knew before it waited for another program that makes the schema.
            there = "SELECT count(*) FROM pg_catalog.pg_class WHERE relname = 'about' AND pg_catalog.pg_table_is_visible(oid)"
            if _run(connection, there, ()).fetchall() == [(0,)]:
                return 0
            try:
                ((value,),) = _run(connection, "SELECT value FROM about WHERE name = 'version'", ()).fetchall()
                return int(value)
            except (ValueError, errors.UndefinedColumn, errors.DatatypeMismatch):
                raise Malformed(f"{self.shown}: is not a catalog of this program: its table `about` is another's") from None

        return self._in_turn(asked) if connection is None else asked(connection)

    @contextmanager
    def _saying(self) -> Iterator[None]:
        """Turn what PostgreSQL says against something into an error of ours."""
        try:
            yield
        except ForensicError:
            raise
        except (errors.DataCorrupted, errors.IndexCorrupted) as error:
            raise Malformed(f"{self.shown}: the database is damaged ({_first(error)})") from None
        except (errors.UndefinedTable, errors.UndefinedColumn) as error:
            raise Malformed(f"{self.shown}: the schema of the catalog is not whole: {_first(error)}") from None
        except psycopg.InternalError as error:
            raise Malformed(f"{self.shown}: the database is damaged or the server has a defect: {_first(error)}") from None
        except (psycopg.OperationalError, errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction) as error:
            raise Unreadable(f"{self.shown}: {_sentence(error)}") from None


def _together(connection: Connection) -> AbstractContextManager[object]:
    """Let statements go to the server without waiting for the answer of each, where libpq can."""
    return connection.pipeline() if psycopg.Pipeline.is_supported() else nullcontext()


def _run(connection: Connection, sql: str, values: Sequence[Any]) -> psycopg.Cursor[tuple[Any, ...]]:
    return connection.execute(sql, values or None)


def _first(error: psycopg.Error) -> str:
    """Return the first line of what the server or libpq said."""
    return str(error).strip().partition("\n")[0]


def _sentence(error: psycopg.Error) -> str:
    if isinstance(error, errors.DiskFull):
        return "the disk is full; nothing of this step was stored, and what was stored before stays"
    if isinstance(error, errors.LockNotAvailable):
        return f"another program has kept it locked for more than {WAIT} seconds"
    if isinstance(error, errors.InsufficientPrivilege | errors.ReadOnlySqlTransaction):
        return f"cannot be written to, or not by this user: {_first(error)}"
    if isinstance(error, errors.TooManyConnections):
        return "the server has no connection left (max_connections)"
    if error.sqlstate is None:
        return f"the server cannot be reached: {_first(error)}"
    return f"the database cannot be used: {_first(error)}"
