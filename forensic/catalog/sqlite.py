"""SQLite: the catalog in two files of one folder, without any service; schema and meaning of its columns in `schema.sql`.

`archive.db` holds jobs, states, identifiers and pairs, `archive.reports.db` beside it the reports and the pairs in full: ten times as many
bytes, so that the index stays in memory. A body is stored in its file first and named in the index then: a process that is killed in
between leaves a body that nothing names, which `check` removes, and never an image without its report.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Literal

from forensic.catalog.candidate import weighed
from forensic.catalog.key import asked_for, is_below, key_of, named, path_of, text_of
from forensic.catalog.record import (
    Candidate,
    Counts,
    Entry,
    Failure,
    Finding,
    GroupMember,
    Holder,
    ImageRow,
    Job,
    JudgedPair,
    Offered,
    PairRow,
    Source,
    StateRow,
)
from forensic.catalog.row import ANSWER, LAPSED, image_row, now, pair_row, state_row
from forensic.catalog.sqlite_check import findings
from forensic.catalog.sqlite_file import SqliteFile
from forensic.catalog.sqlite_row import answer_of, drop_state, offered, put, tag, tags_of
from forensic.catalog.store import TRIES
from forensic.errors import Malformed
from forensic.model import Identifier

INDEX, REPORTS = 0x466F7243, 0x466F7252
"""`PRAGMA application_id` of the two files: `ForC`, `ForR`."""
_BATCH = 500
"""Sources, images or states that one transaction takes."""
_IMAGE = (
    "id, source, status, fingerprint, format, size, examined, stored, depth, tool, knowledge, policy,"
    " (SELECT json_group_array(tag) FROM (SELECT tag FROM tag WHERE image = image.id ORDER BY tag))"
)
_STATE = (
    "state.id, image, source, installation, computer_name, machine_sid, domain_sid, product, history, state.policy, strength, stored,"
    " compared, unjudged, (SELECT json_group_array(tag) FROM (SELECT tag FROM tag WHERE tag.image = state.image ORDER BY tag))"
    " FROM state JOIN image ON image.id = state.image"
)
_PAIR = f"a, b, fork_after, fork_before, {ANSWER}"
_PAIRS = "pair JOIN answer ON answer.id = pair.answer"


def beside_of(path: Path) -> Path:
    """Return the second file of a catalog, which has its reports."""
    return path.with_name(f"{path.stem}.reports{path.suffix or '.db'}")


class SqliteStore:
    """A catalog in SQLite."""

    def __init__(self, path: Path, *, durable: bool = True, must_exist: bool = False) -> None:
        """Open or make it; an error with one sentence where that cannot be."""
        self.url = str(path)
        scripts = (files("forensic.catalog") / name for name in ("schema.sql", "schema_2.sql", "reports.sql"))
        *schema, reports = (script.read_text(encoding="utf-8") for script in scripts)
        self._index = SqliteFile(path, INDEX, tuple(schema), durable=durable, must_exist=must_exist)
        try:
            beside = beside_of(path)
            missing = (
                f"is not there; it is the second file of the catalog {path}, which has the reports, and both belong together:"
                " restore it from a backup, or scan into a new catalog"
            )
            has_reports = self._has_reports()
            self._reports = SqliteFile(beside, REPORTS, (reports,), durable=durable, must_exist=has_reports, missing=missing)
        except BaseException:
            self._index.close()
            raise
        try:
            self._bind()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of both files."""
        self._reports.close()
        self._index.close()

    def _has_reports(self) -> bool:
        return bool(self._index.rows("SELECT 1 FROM image WHERE report IS NOT NULL LIMIT 1"))

    def _bind(self) -> None:
        """Make sure that the two files are of one catalog."""
        names = []
        fresh = uuid.uuid4().hex
        for file in (self._index, self._reports):
            if not file.is_read_only and not file.rows("SELECT 1 FROM about"):
                with file.writing() as connection:
                    connection.execute("INSERT OR IGNORE INTO about VALUES ('catalog', ?)", (fresh,))
            names.append(file.rows("SELECT value FROM about WHERE name = 'catalog'"))
            fresh = names[0][0][0] if names[0] else fresh
        if names[0] != names[1]:
            raise Malformed(f"{self._reports.path}: is not the file of reports of {self._index.path}, but that of another catalog")

    # Jobs.

    def offer(self, sources: Iterable[Source], *, stale: Collection[int] = ()) -> Offered:
        """Add what is new or has changed to what is to do."""
        counted: dict[str, int] = {}
        remaining, old = iter(sources), frozenset(stale)
        while some := list(islice(remaining, _BATCH)):
            with self._index.writing() as connection:
                for source in some:
                    became = offered(connection, source, old)
                    counted[became] = counted.get(became, 0) + 1
        return Offered(**counted)

    def lease(self, count: int, owner: str, seconds: float, *, tries: int = TRIES) -> list[Job]:
        """Give `owner` up to `count` jobs for so long; those whose lease ran out last, or not any more."""
        moment = time.time()
        columns = "id, source, fingerprint, wanted_depth, tries, ticket + 1"
        with self._index.writing() as connection:
            connection.execute(
                f"UPDATE image INDEXED BY image_leased SET status = 'failed', tries = tries + 1, lapses = lapses + 1, owner = NULL,"
                f" expires = NULL, reason = {LAPSED}, failed = ? WHERE status = 'leased' AND expires <= ? AND tries + 1 >= ?",
                (now(), moment, tries),
            )
            connection.execute(
                "UPDATE image INDEXED BY image_leased SET status = 'waiting', tries = tries + 1, lapses = lapses + 1, owner = NULL,"
                " expires = NULL WHERE status = 'leased' AND expires <= ?",
                (moment,),
            )
            found = connection.execute(
                f"SELECT {columns} FROM image INDEXED BY image_waiting WHERE status = 'waiting' ORDER BY tries, id LIMIT ?", (count,)
            ).fetchall()
            connection.executemany(
                "UPDATE image SET status = 'leased', owner = ?, expires = ?, ticket = ticket + 1 WHERE id = ?",
                [(owner, moment + seconds, row[0]) for row in found],
            )
            return [
                Job(image, path_of(name), fingerprint, depth, tried, ticket, tags_of(connection, image))
                for image, name, fingerprint, depth, tried, ticket in found
            ]

    def renew(self, owner: str, seconds: float) -> int:
        """Extend all leases of `owner` to so many seconds from now."""
        with self._index.writing() as connection:
            return connection.execute(
                "UPDATE image INDEXED BY image_leased SET expires = ? WHERE status = 'leased' AND owner = ?", (time.time() + seconds, owner)
            ).rowcount

    def release(self, owner: str) -> int:
        """Give back all leases of `owner`, untried."""
        with self._index.writing() as connection:
            return connection.execute(
                "UPDATE image INDEXED BY image_leased SET status = 'waiting', owner = NULL, expires = NULL"
                " WHERE status = 'leased' AND owner = ?",
                (owner,),
            ).rowcount

    def done(self, job: Job, entry: Entry) -> bool:
        """Store the report of a job, unless it is stored already, has changed, or was forgotten."""
        asked = "SELECT 1 FROM image WHERE id = ? AND fingerprint = ? AND status <> 'done'"
        if not self._index.rows(asked, job.image, job.fingerprint):
            return False
        body = self._add_body(entry.body)
        with self._index.writing() as connection:
            stored = connection.execute(asked, (job.image, job.fingerprint)).fetchone() is not None
            before = put(connection, job.image, entry, body, job.fingerprint) if stored else body
        self._drop_bodies(before)
        return stored

    def fail(self, job: Job, reason: str, *, tries: int = TRIES, final: bool = False) -> Literal["again", "quarantined", "ignored"]:
        """State that a job failed."""
        with self._index.writing() as connection:
            asked = "SELECT tries FROM image WHERE id = ? AND status = 'leased' AND ticket = ?"
            row = connection.execute(asked, (job.image, job.ticket)).fetchone()
            if row is None:
                return "ignored"
            over = final or row[0] + 1 >= tries
            connection.execute(
                "UPDATE image SET status = ?, tries = tries + 1, owner = NULL, expires = NULL, reason = ?, failed = ? WHERE id = ?",
                ("failed" if over else "waiting", text_of(reason), now(), job.image),
            )
        return "quarantined" if over else "again"

    def retry_failed(self, paths: Collection[str] = ()) -> int:
        """Put sources that were set aside back to what is to do."""
        with self._index.writing() as connection:
            found = connection.execute(
                "SELECT id, source FROM image INDEXED BY image_failed WHERE status = 'failed' AND reason IS NOT NULL"
            ).fetchall()
            chosen = [(one,) for one, name in found if not paths or any(is_below(path_of(name), path) for path in paths)]
            connection.executemany("UPDATE image SET status = 'waiting', tries = 0, lapses = 0 WHERE id = ?", chosen)
        return len(chosen)

    def failures(self) -> Iterator[Failure]:
        """Yield the sources that failed, those that are set aside first."""
        sql = (
            "SELECT source, reason, tries, failed, status FROM image WHERE reason IS NOT NULL AND status <> 'done'"
            " ORDER BY status <> 'failed', source"
        )
        for name, reason, tries, last, status in self._index.streamed(sql):
            yield Failure(path_of(name), reason, tries, last, status == "failed")

    def counts(self, *, knowledge: str) -> Counts:
        """Count what is to do and what was found."""
        with self._index.reading() as connection:
            statuses = dict(connection.execute("SELECT status, count(*) FROM image GROUP BY status").fetchall())
            policies = connection.execute("SELECT policy, count(*) FROM image WHERE status = 'done' GROUP BY policy ORDER BY policy")
            states = connection.execute("SELECT count(*), total(compared IS NOT ?), total(unjudged) FROM state", (knowledge,)).fetchone()
            pairs = connection.execute("SELECT count(*) FROM pair").fetchone()
            return Counts(**statuses, policies=dict(policies.fetchall()), states=states[0], uncompared=int(states[1]),
                          pairs=pairs[0], unjudged=int(states[2]))  # fmt: skip

    # Images and their reports.

    def add(self, source: Source, entry: Entry, *, stored: str | None = None) -> int | None:
        """Keep a report that no job asked for."""
        asked = "SELECT id FROM image WHERE source = ? AND status = 'done' AND stored_fingerprint = ?"
        name = named(source.path)
        if self._index.rows(asked, name, source.fingerprint):
            return None
        body = self._add_body(entry.body)
        image: int | None = None
        before: int | None = body
        with self._index.writing() as connection:
            if connection.execute(asked, (name, source.fingerprint)).fetchone() is None:
                connection.execute(
                    "INSERT INTO image(source, fingerprint, wanted_depth, status) VALUES (?, ?, ?, 'waiting')"
                    " ON CONFLICT(source) DO UPDATE SET fingerprint = excluded.fingerprint",
                    (name, source.fingerprint, source.depth),
                )
                image = int(connection.execute("SELECT id FROM image WHERE source = ?", (name,)).fetchone()[0])
                before = put(connection, image, entry, body, source.fingerprint, stored=stored)
                tag(connection, image, source.tags)
        self._drop_bodies(before)
        return image

    def replace(self, image: int, before: str, entry: Entry) -> bool:
        """Replace the report of an image by the same one judged anew."""
        body = self._add_body(entry.body)
        with self._index.writing() as connection:
            asked = "SELECT stored_fingerprint, stored FROM image WHERE id = ? AND knowledge = ? AND report IS NOT NULL"
            row = connection.execute(asked, (image, before)).fetchone()
            old = body if row is None else put(connection, image, entry, body, row[0], stored=row[1], same_facts=True)
        self._drop_bodies(old)
        return row is not None

    def body(self, image: int) -> bytes | None:
        """Return the compressed report of an image."""
        for _ in range(2):  # it may be replaced between the two questions
            named_by = self._index.rows("SELECT report FROM image WHERE id = ?", image)
            if not named_by or named_by[0][0] is None:
                return None
            found = self._reports.rows("SELECT body FROM report WHERE id = ?", named_by[0][0])
            if found:
                return bytes(found[0][0])
        raise Malformed(f"{self._reports.path}: lacks a report that {self._index.path} names; `forensic catalog check` lists them")

    def images(self, *, status: str | None = None) -> Iterator[ImageRow]:
        """Yield the sources in the order of their numbers."""
        where = "" if status is None else " WHERE status = ?"
        for row in self._index.streamed(f"SELECT {_IMAGE} FROM image{where} ORDER BY id", *([status] if status else [])):
            yield image_row(row)

    def image_of(self, path: str) -> ImageRow | None:
        """Return the source of this path."""
        found = self._index.rows(f"SELECT {_IMAGE} FROM image WHERE source = ?", named(path))
        return image_row(found[0]) if found else None

    def older(self, knowledge: str, after: int = 0, limit: int = 1000) -> list[tuple[int, str]]:
        """Return images above `after` whose reports were judged by another knowledge than this."""
        sql = "SELECT id, knowledge FROM image WHERE id > ? AND report IS NOT NULL AND knowledge <> ? ORDER BY id LIMIT ?"
        return [(row[0], row[1]) for row in self._index.rows(sql, after, knowledge, limit)]

    def extractions(self) -> dict[int, dict[str, int]]:
        """Return the versions of artifacts that the stored reports were made with."""
        return {number: json.loads(versions) for number, versions in self._index.rows("SELECT id, versions FROM extraction")}

    def images_of_extraction(self, numbers: Collection[int]) -> Iterator[ImageRow]:
        """Yield the images whose reports were made with these extractions."""
        sql = f"SELECT {_IMAGE} FROM image WHERE extraction IN (SELECT value FROM json_each(?)) ORDER BY id"
        for row in self._index.streamed(sql, json.dumps(sorted(numbers))):
            yield image_row(row)

    def forget(self, paths: Collection[str]) -> int:
        """Remove the sources at or below these paths with all that is known of them."""
        wanted = list(paths)
        found = [
            row for row in self._index.streamed("SELECT id, source FROM image") if any(is_below(path_of(row[1]), path) for path in wanted)
        ]
        for start in range(0, len(found), _BATCH):
            bodies: list[int] = []
            with self._index.writing() as connection:
                for image, _ in found[start : start + _BATCH]:
                    bodies += [row[0] for row in connection.execute("SELECT report FROM image WHERE id = ?", (image,)) if row[0]]
                    for (state,) in connection.execute("SELECT id FROM state WHERE image = ?", (image,)).fetchall():
                        drop_state(connection, state)
                    connection.execute("DELETE FROM tag WHERE image = ?", (image,))
                    connection.execute("DELETE FROM image WHERE id = ?", (image,))
            self._drop_bodies(*bodies)
        return len(found)

    # States, identifiers and candidates.

    def states(self, numbers: Collection[int] | None = None) -> Iterator[StateRow]:
        """Yield states in the order of their numbers."""
        if numbers is None:
            found = self._index.streamed(f"SELECT {_STATE} ORDER BY state.id")
        else:
            sql = f"SELECT {_STATE} WHERE state.id IN (SELECT value FROM json_each(?)) ORDER BY state.id"
            found = iter(self._index.rows(sql, json.dumps(sorted(numbers))))
        yield from map(state_row, found)

    def states_of(self, image: int) -> list[StateRow]:
        """Return the states of an image."""
        return list(map(state_row, self._index.rows(f"SELECT {_STATE} WHERE image = ? ORDER BY state.id", image)))

    def uncompared(self, knowledge: str, *, unjudged: bool = False, after: int = 0, limit: int = 1000) -> list[StateRow]:
        """Return states above `after` whose relatives were not looked for by this knowledge."""
        more = " OR unjudged > 0" if unjudged else ""
        sql = f"SELECT {_STATE} WHERE state.id > ? AND (compared IS NOT ?{more}) ORDER BY state.id LIMIT ?"
        return list(map(state_row, self._index.rows(sql, after, knowledge, limit)))

    def candidates(self, identifiers: Iterable[Identifier], *, excluding: Collection[int] = ()) -> list[Candidate]:
        """Return the states that share values with these, the greatest weight first."""
        keys = {(one.namespace, key_of(one.namespace, one.text)) for one in identifiers}
        return self._candidates(sorted(keys), excluding, None)

    def candidates_of(self, state: int) -> list[Candidate]:
        """Return the same for a state of the catalog."""
        sql = "SELECT namespace, key FROM occurrence JOIN kind ON kind.id = occurrence.kind WHERE state = ?"
        return self._candidates(self._index.rows(sql, state), (), state)

    def _candidates(self, keys: Iterable[tuple[str, int]], excluding: Collection[int], myself: int | None) -> list[Candidate]:
        with self._index.reading() as connection:
            constants = {row[0] for row in connection.execute("SELECT key FROM constant")} | set(excluding)
            last = connection.execute("SELECT max(id) FROM state").fetchone()[0] or 0

            def lookup(key: int, count: int) -> list[int]:
                order = "" if count > 0 else " DESC"
                sql = f"SELECT state FROM occurrence WHERE key = ? ORDER BY state{order} LIMIT ?"
                return [row[0] for row in connection.execute(sql, (key, abs(count)))]

            def counts(wanted: Collection[int]) -> dict[int, int]:
                sql = "SELECT key, count FROM frequency WHERE key IN (SELECT value FROM json_each(?))"
                return dict(connection.execute(sql, (json.dumps(sorted(wanted)),)).fetchall())

            found = weighed(keys, counts, lookup, all_states=last, excluding=constants, myself=myself)
            places = connection.execute(
                "SELECT id, image, installation FROM state WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(found)),)
            )
            place: dict[int, tuple[int, str]] = {row[0]: (row[1], row[2]) for row in places}
        return [Candidate(state, *place[state], shared, weight) for state, (shared, weight) in found.items() if state in place]

    def holders(self, namespace: str, text: str) -> Iterator[Holder]:
        """Yield the states that hold a value, now or formerly; of a machine SID also those whose domain has it."""
        for name in asked_for(namespace):
            sql = "SELECT state, standing FROM occurrence JOIN kind ON kind.id = occurrence.kind WHERE key = ? ORDER BY state"
            found = self._index.rows(sql, key_of(name, text))
            for start in range(0, len(found), _BATCH):
                some = dict(found[start : start + _BATCH])
                for state in self.states(some):
                    yield Holder(state, name, some[state.id])

    def shared_by_many(self, bound: int) -> Iterator[tuple[int, str, int]]:
        """Yield key, namespace and count of the values that more than `bound` states hold."""
        sql = "SELECT key, namespace, count FROM frequency JOIN kind ON kind.id = kind WHERE count > ? ORDER BY count DESC, key"
        yield from self._index.streamed(sql, bound)

    def holders_of_key(self, key: int, limit: int) -> list[int]:
        """Return the first states that hold the value of a key."""
        return [row[0] for row in self._index.rows("SELECT state FROM occurrence WHERE key = ? ORDER BY state LIMIT ?", key, limit)]

    # Pairs.

    def keep_pairs(self, pairs: Iterable[JudgedPair], *, state: int | None = None, knowledge: str = "", unjudged: int = 0) -> int:
        """Keep judged pairs; then `state`, if any, counts as compared."""
        given = list(pairs)
        bodies = [(one.row.a, one.row.b, one.body) for one in given if one.body is not None]
        if bodies:
            with self._reports.writing() as connection:
                connection.executemany("INSERT OR REPLACE INTO pair VALUES (?, ?, ?)", bodies)
        kept = 0
        with self._index.writing() as connection:
            for one in given:
                row = one.row
                kept += connection.execute(
                    "INSERT OR REPLACE INTO pair(a, b, answer, fork_after, fork_before) SELECT ?1, ?2, ?3, ?4, ?5"
                    " WHERE EXISTS (SELECT 1 FROM state WHERE id = ?1) AND EXISTS (SELECT 1 FROM state WHERE id = ?2)",
                    (row.a, row.b, answer_of(connection, row), row.fork_after, row.fork_before),
                ).rowcount
            if state is not None:
                connection.execute("UPDATE state SET compared = ?, unjudged = ? WHERE id = ?", (knowledge, unjudged, state))
        return kept

    def pairs(self, relations: Collection[str] | None = None, *, lineages: Collection[str] = ()) -> Iterator[PairRow]:
        """Yield pairs by `a`, then `b`."""
        if relations is None:
            found = self._index.streamed(f"SELECT {_PAIR} FROM {_PAIRS} ORDER BY a, b")
        else:
            chosen = "SELECT value FROM json_each(?)"
            sql = f"SELECT {_PAIR} FROM {_PAIRS} WHERE relation IN ({chosen}) OR lineage IN ({chosen}) ORDER BY a, b"
            found = self._index.streamed(sql, json.dumps(sorted(relations)), json.dumps(sorted(lineages)))
        yield from map(pair_row, found)

    def pairs_of(self, state: int) -> list[PairRow]:
        """Return all pairs of a state."""
        sql = f"SELECT {_PAIR} FROM {_PAIRS} WHERE a = ?1 UNION ALL SELECT {_PAIR} FROM {_PAIRS} WHERE b = ?1"
        return list(map(pair_row, self._index.rows(sql, state)))

    def pairs_among(self, states: Collection[int]) -> list[PairRow]:
        """Return all pairs between these states."""
        sql = (
            f"WITH chosen AS (SELECT value AS id FROM json_each(?)) SELECT {_PAIR} FROM chosen CROSS JOIN {_PAIRS}"
            " WHERE a = chosen.id AND b IN (SELECT id FROM chosen) ORDER BY a, b"
        )
        return list(map(pair_row, self._index.rows(sql, json.dumps(sorted(states)))))

    def pair_body(self, a: int, b: int) -> bytes | None:
        """Return all of a pair, compressed."""
        found = self._reports.rows("SELECT body FROM pair WHERE a = ? AND b = ?", a, b)
        return bytes(found[0][0]) if found else None

    def keep_groups(self, members: Iterable[GroupMember]) -> int:
        """Keep these as the groups in place of those that were kept before."""
        rows = [(one.state, one.number, one.relation, one.policy, one.strength) for one in members]
        with self._index.writing() as connection:
            connection.execute("DELETE FROM member")
            connection.executemany("INSERT INTO member SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM state WHERE id = ?1)", rows)
        return len(rows)

    # Constants and upkeep.

    def constants(self) -> dict[tuple[str, str], str]:
        """Return the values that are known to be shared by strangers."""
        sql = "SELECT namespace, value, note FROM constant ORDER BY namespace, value"
        return {(row[0], row[1]): row[2] for row in self._index.rows(sql)}

    def set_constants(self, values: Mapping[tuple[str, str], str]) -> int:
        """Let exactly these values be constants."""
        wanted = {key_of(*value): (value, note) for value, note in values.items()}
        with self._index.writing() as connection:
            before = {row[0] for row in connection.execute("SELECT key FROM constant")}
            changed = before ^ wanted.keys()
            connection.execute("DELETE FROM constant")
            connection.executemany(
                "INSERT INTO constant VALUES (?, ?, ?, ?)",
                [(key, text_of(namespace), text_of(text), text_of(note)) for key, ((namespace, text), note) in wanted.items()],
            )
            for key in sorted(changed):
                holders = "SELECT state FROM occurrence WHERE key = ?1"
                connection.execute(f"DELETE FROM pair WHERE a IN ({holders}) AND b IN ({holders})", (key,))
                connection.execute(f"UPDATE state SET compared = NULL WHERE id IN ({holders})", (key,))
        return len(changed)

    def require_writable(self) -> None:
        """Refuse where one of the two files is write-protected."""
        for file in (self._index, self._reports):
            file.require_writable()

    def check(self, *, repair: bool = False) -> Sequence[Finding]:
        """Check the database."""
        return findings(self._index, self._reports, repair=repair)

    # Bodies.

    def _add_body(self, body: bytes) -> int:
        with self._reports.writing() as connection:
            return int(connection.execute("INSERT INTO report(body) VALUES (?)", (body,)).lastrowid or 0)

    def _drop_bodies(self, *bodies: int | None) -> None:
        numbers = [(body,) for body in bodies if body]
        if numbers:
            with self._reports.writing() as connection:
                connection.executemany("DELETE FROM report WHERE id = ?", numbers)
