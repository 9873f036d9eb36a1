"""SQLite file: a database of ours, opened, made, brought up to date or refused, and every way in which it can fail said in one sentence."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import RLock
from typing import Any
from urllib.parse import quote

from forensic.errors import Malformed, Unreadable, Unsupported

WAIT = 60.0
"""Seconds for which another writer is waited for."""
CACHE = 64_000
"""KiB of pages that a connection keeps."""
CHECKPOINT = 4000
"""Pages of the write-ahead log after which they are brought into the file: fewer make each insert slower, more make some of them slow."""
MAPPED = 8 << 30
"""Bytes of the file that are read through memory at most."""


_MAGIC = b"SQLite format 3\0"


class Damaged(Malformed):
    """A database of ours that SQLite finds to be damaged."""

    def __init__(self, path: Path, said: str) -> None:
        """State what SQLite said of the file."""
        super().__init__(f"{path}: the database is damaged ({said}); `forensic catalog check` says where")
        self.said = f"{path.name}: {said}"


class SqliteFile:
    """One SQLite database: its connection, which threads may share, and its transactions.

    `application` marks the file as ours (`PRAGMA application_id`); `scripts` brings it from each version to the next, the first one from
    nothing (`PRAGMA user_version`). With `durable` what was stored outlives a loss of power, not only of the process.
    """

    def __init__(
        self,
        path: Path,
        application: int,
        scripts: tuple[str, ...],
        *,
        durable: bool = True,
        must_exist: bool = False,
        missing: str = "",
    ) -> None:
        """Open or make the file; Unreadable, Malformed or Unsupported with one sentence where that cannot be.

        `missing` is what is said of a file that must exist and does not, where a scan would not make it.
        """
        self.path, self._lock = path, RLock()
        exists = path.exists()
        if must_exist and not exists:
            missing = missing or f"is not there; `forensic scan --catalog {path}` makes a catalog"
            raise Unreadable(f"{path}: {missing}")
        if not path.parent.is_dir():
            raise Unreadable(f"{path}: cannot be made: there is no folder {path.parent}")
        self.is_read_only = exists and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))
        self._refuse_what_is_none()
        with self.saying():
            self._connection = self._connect()
        try:
            self._prepare(application, scripts, durable=durable)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def require_writable(self) -> None:
        """Raise Unreadable where the file is write-protected."""
        if self.is_read_only:
            raise Unreadable(f"{self.path}: cannot be written to: it, or its folder, is write-protected")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Run a transaction that writes: whole, or not at all."""
        self.require_writable()
        with self._lock, self.saying():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Run a transaction that reads: all of it sees one state of the database."""
        with self._lock, self.saying():
            nested = self._connection.in_transaction
            if not nested:
                self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                if not nested and self._connection.in_transaction:
                    self._connection.execute("COMMIT")

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """Return the rows of one question."""
        with self._lock, self.saying():
            return self._connection.execute(sql, values).fetchall()

    def streamed(self, sql: str, *values: Any, size: int = 1000) -> Iterator[Any]:
        """Yield the rows of one question that may have many, through a connection of its own: it sees one state, and holds up nobody."""
        with self.saying():
            connection = self._connect()
        try:
            with self.saying():
                cursor = connection.execute(sql, values)
            while True:
                with self.saying():
                    some = cursor.fetchmany(size)
                if not some:
                    return
                yield from some
        finally:
            connection.close()

    def damage(self) -> list[str]:
        """Return what SQLite's own check says against the file; nothing where it is sound."""
        try:
            found = [str(row[0]) for row in self._connection.execute("PRAGMA integrity_check(100)")]
        except sqlite3.DatabaseError as error:
            return [str(error)]
        return [] if found == ["ok"] else found

    def _connect(self) -> sqlite3.Connection:
        how = ""
        if self.is_read_only:
            left = self.path.with_name(f"{self.path.name}-wal")
            how = "?mode=ro" if left.exists() or os.access(self.path.parent, os.W_OK) else "?mode=ro&immutable=1"
        return sqlite3.connect(
            f"file:{quote(str(self.path.absolute()))}{how}", uri=True, timeout=WAIT, isolation_level=None, check_same_thread=False
        )

    def _refuse_what_is_none(self) -> None:
        if not self.path.exists():
            return
        if not self.path.is_file():
            raise Unreadable(f"{self.path}: is no file")
        try:
            with self.path.open("rb") as file:
                head = file.read(16)
        except OSError as error:
            raise Unreadable(f"{self.path}: cannot be read: {error.strerror}") from None
        if head and head != _MAGIC:
            raise Malformed(f"{self.path}: is not a catalog of this program: it is no SQLite file")

    def _prepare(self, application: int, scripts: tuple[str, ...], *, durable: bool) -> None:
        with self.saying():
            synchronous = "FULL" if durable else "NORMAL"
            for pragma in (
                f"cache_size=-{CACHE}",
                f"mmap_size={MAPPED}",
                f"synchronous={synchronous}",
                f"wal_autocheckpoint={CHECKPOINT}",
            ):
                self._connection.execute(f"PRAGMA {pragma}")
        if self._version(application, len(scripts)) == len(scripts):
            return
        self._write_ahead()
        with self.writing() as connection:
            version = self._version(application, len(scripts))  # another program may have made it meanwhile
            for script in scripts[version:]:
                for statement in _statements(script):
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id={application}")
            connection.execute(f"PRAGMA user_version={len(scripts)}")

    def _version(self, application: int, known: int) -> int:
        with self.saying():
            mark, version, tables = (
                self._connection.execute(sql).fetchone()[0]
                for sql in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_schema")
            )
        if mark != application and (tables or mark):
            raise Malformed(f"{self.path}: is not a catalog of this program: it is a SQLite file of another one")
        if version > known:
            what = f"its schema has version {version}, and this version of forensic knows {known}: a newer forensic wrote it"
            raise Unsupported(f"{self.path}: {what}")
        return int(version) if mark == application else 0

    def _write_ahead(self) -> None:
        """Switch to the write-ahead log, in which readers and a writer do not hold each other up; it stays so."""
        deadline = time.monotonic() + WAIT
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:  # another program does the same just now
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise Unreadable(f"{self.path}: {_sentence(error)}") from None
                time.sleep(0.01)
            else:
                return

    @contextmanager
    def saying(self) -> Iterator[None]:
        """Turn what SQLite says against something into an error of ours."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise Unreadable(f"{self.path}: {_sentence(error)}") from None
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                raise  # a defect of ours
            raise Damaged(self.path, str(error)) from None


def damage_in(path: Path) -> list[str]:
    """Return what is wrong with the file of a database that may not be opened as one of ours; nothing where it cannot be told."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(32)
    except OSError:
        return []
    if not head.startswith(_MAGIC):
        return []
    found: list[str] = []
    whole = (int.from_bytes(head[16:18], "big") % 65535 or 65536) * int.from_bytes(head[28:32], "big")  # 1 stands for 65536
    if size < max(whole, 512):
        found.append(f"it is cut: it has {size:,} of {whole:,} bytes")
    how = "mode=ro" if os.access(path.parent, os.W_OK) else "mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?{how}", uri=True, timeout=WAIT)) as connection:
            said = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(100)")]
    except sqlite3.OperationalError:  # locked, or not to be read: that is no damage
        return found
    except sqlite3.DatabaseError as error:
        said = [str(error)]
    return found + ([] if said == ["ok"] else said)


def _sentence(error: sqlite3.Error) -> str:
    said = str(error)
    if "locked" in said:
        return f"another program has kept it locked for more than {WAIT:.0f} seconds"
    if "full" in said:
        return "the disk is full; nothing of this step was stored, and what was stored before stays"
    if "readonly" in said or "read-only" in said:
        return "it cannot be written to"
    return f"the database cannot be used: {said}"


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script; SQLite's own `executescript` would end the transaction."""
    pending = ""
    for line in script.splitlines():
        pending += f"{line}\n"
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
