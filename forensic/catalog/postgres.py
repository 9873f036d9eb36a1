"""PostgreSQL: the catalog in a database of a server, for scans on many machines; schema in `postgres.sql` (the extra `postgres`).

Jobs are leased by `FOR UPDATE SKIP LOCKED`: programs that ask at once get different ones and wait for nobody. Leases run by the clock of
the server, whatever those of the machines say. Reports lie in a table; their compressed bytes are kept out of line, so that the index
stays small. What writers have to agree on is said in `postgres_row`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import islice
from typing import Any, Literal

from forensic.catalog.candidate import weighed
from forensic.catalog.key import asked_for, is_below, key_of, named, path_of, text_of
from forensic.catalog.postgres_check import findings
from forensic.catalog.postgres_row import count, digest, drop_states, json_text, offered, put, put_tags
from forensic.catalog.postgres_server import Connection, PostgresServer
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
from forensic.catalog.row import ANSWER, LAPSED, answer_values, image_row, now, pair_row, state_row
from forensic.catalog.store import FEW, SAMPLE, TRIES
from forensic.model import Identifier

_BATCH = 500
"""Sources or images that one transaction takes."""
_NOW = "extract(epoch FROM clock_timestamp())::float8"
_TAGS = "(SELECT coalesce(json_agg(tag ORDER BY tag), '[]')::text FROM tag WHERE tag.image = {})"
_IMAGE = (
    "id, source, status, fingerprint, format, size, examined, stored, depth, tool, knowledge, policy,"
    f" {_TAGS.format('image.id')} FROM image"
)
_STATE = (
    "state.id, image, source, installation, computer_name, machine_sid, domain_sid, product, history, state.policy, strength, stored,"
    f" compared, unjudged, {_TAGS.format('state.image')} FROM state JOIN image ON image.id = state.image"
)
_PAIR = f"a, b, fork_after, fork_before, {ANSWER} FROM pair JOIN answer ON answer.id = pair.answer"


class PostgresStore:
    """A catalog in PostgreSQL."""

    def __init__(self, url: str, *, durable: bool = True, must_exist: bool = False) -> None:
        """Open or make it; an error with one sentence where that cannot be."""
        self.url = url
        script = (files("forensic.catalog") / "postgres.sql").read_text(encoding="utf-8")
        self._server = PostgresServer(url, (script,), durable=durable, must_exist=must_exist)
        self._answers: dict[tuple[str | bool, ...], int] = {}
        self._kinds: dict[tuple[str, str], int] = {}
        self._extractions: dict[str, int] = {}

    def close(self) -> None:
        """Let go of the server."""
        self._server.close()

    # Jobs.

    def offer(self, sources: Iterable[Source], *, stale: Collection[int] = ()) -> Offered:
        """Add what is new or has changed to what is to do."""
        counted: dict[str, int] = {}
        old = frozenset(stale)
        for some in _parted(sources):
            for fate in self._server.write(lambda connection, some=some: offered(connection, some, old)):  # type: ignore[misc]
                counted[fate] = counted.get(fate, 0) + 1
        return Offered(**counted)

    def lease(self, count: int, owner: str, seconds: float, *, tries: int = TRIES) -> list[Job]:
        """Give `owner` up to `count` jobs for so long; those whose lease ran out last, or not any more."""

        def work(connection: Connection) -> list[tuple[Any, ...]]:
            connection.execute(
                "WITH lapsed AS MATERIALIZED (SELECT id, tries + 1 >= %s AS over FROM image"
                f" WHERE status = 'leased' AND expires <= {_NOW} ORDER BY id FOR UPDATE SKIP LOCKED)"
                " UPDATE image SET status = CASE WHEN over THEN 'failed' ELSE 'waiting' END, tries = tries + 1, lapses = lapses + 1,"
                f" reason = CASE WHEN over THEN {LAPSED} ELSE reason END, failed = CASE WHEN over THEN %s ELSE failed END,"
                " owner = NULL, expires = NULL FROM lapsed WHERE image.id = lapsed.id",
                (tries, now()),
            )
            return connection.execute(
                "WITH chosen AS MATERIALIZED"
                " (SELECT id FROM image WHERE status = 'waiting' ORDER BY tries, id LIMIT %s FOR UPDATE SKIP LOCKED)"
                f" UPDATE image SET status = 'leased', owner = %s, expires = {_NOW} + %s, ticket = ticket + 1 FROM chosen"
                " WHERE image.id = chosen.id"
                f" RETURNING tries, image.id, source, fingerprint, wanted_depth, ticket, {_TAGS.format('image.id')}",
                (count, owner, seconds),
            ).fetchall()

        found = self._server.in_one(work)
        return [
            Job(image, path_of(name), fingerprint, depth, tried, ticket, tuple(json.loads(tags)))
            for tried, image, name, fingerprint, depth, ticket, tags in sorted(found)
        ]

    def renew(self, owner: str, seconds: float) -> int:
        """Extend all leases of `owner` to so many seconds from now."""
        return self._server.run(f"UPDATE image SET expires = {_NOW} + %s WHERE status = 'leased' AND owner = %s", seconds, owner)

    def release(self, owner: str) -> int:
        """Give back all leases of `owner`, untried."""
        return self._server.run(
            "UPDATE image SET status = 'waiting', owner = NULL, expires = NULL WHERE status = 'leased' AND owner = %s", owner
        )

    def done(self, job: Job, entry: Entry) -> bool:
        """Store the report of a job, unless it is stored already, has changed, or was forgotten."""
        parts = self._numbers(entry)

        def work(connection: Connection) -> bool:
            asked = "SELECT 1 FROM image WHERE id = %s AND fingerprint = %s AND status <> 'done' FOR UPDATE"
            if connection.execute(asked, (job.image, job.fingerprint)).fetchone() is None:
                return False
            put(connection, job.image, entry, job.fingerprint, *parts)
            return True

        return self._server.write(work, flushed=True)

    def fail(self, job: Job, reason: str, *, tries: int = TRIES, final: bool = False) -> Literal["again", "quarantined", "ignored"]:
        """State that a job failed."""
        found = self._server.rows(
            "UPDATE image SET status = CASE WHEN %s OR tries + 1 >= %s THEN 'failed' ELSE 'waiting' END, tries = tries + 1, owner = NULL,"
            " expires = NULL, reason = %s, failed = %s WHERE id = %s AND status = 'leased' AND ticket = %s RETURNING status",
            final, tries, text_of(reason), now(), job.image, job.ticket,
        )  # fmt: skip
        if not found:
            return "ignored"
        return "quarantined" if found[0][0] == "failed" else "again"

    def retry_failed(self, paths: Collection[str] = ()) -> int:
        """Put sources that were set aside back to what is to do."""
        found = self._server.rows("SELECT id, source FROM image WHERE status = 'failed' AND reason IS NOT NULL")
        chosen = [one for one, name in found if not paths or any(is_below(path_of(name), path) for path in paths)]
        sql = "UPDATE image SET status = 'waiting', tries = 0, lapses = 0 WHERE id = ANY(%s) AND status = 'failed'"
        return self._server.run(sql, chosen) if chosen else 0

    def failures(self) -> Iterator[Failure]:
        """Yield the sources that failed, those that are set aside first."""
        sql = (
            "SELECT source, reason, tries, failed, status FROM image WHERE reason IS NOT NULL AND status <> 'done'"
            " ORDER BY status <> 'failed', source"
        )
        for name, reason, tries, last, status in self._server.streamed(sql):
            yield Failure(path_of(name), reason, tries, last, status == "failed")

    def counts(self, *, knowledge: str) -> Counts:
        """Count what is to do and what was found."""

        def work(connection: Connection) -> Counts:
            images = connection.execute("SELECT status, policy, count(*) FROM image GROUP BY status, policy ORDER BY policy").fetchall()
            sql = "SELECT count(*), count(*) FILTER (WHERE compared IS DISTINCT FROM %s), coalesce(sum(unjudged), 0) FROM state"
            ((states, uncompared, unjudged),) = connection.execute(sql, (knowledge,)).fetchall()
            ((pairs,),) = connection.execute("SELECT count(*) FROM pair").fetchall()
            statuses: dict[str, int] = {}
            for status, _, number in images:
                statuses[status] = statuses.get(status, 0) + number
            policies = {policy: number for status, policy, number in images if status == "done"}
            return Counts(**statuses, policies=policies, states=states, uncompared=uncompared, pairs=pairs, unjudged=int(unjudged))

        return self._server.read(work)

    # Images and their reports.

    def add(self, source: Source, entry: Entry, *, stored: str | None = None) -> int | None:
        """Keep a report that no job asked for."""
        name, parts = named(source.path), self._numbers(entry)

        def work(connection: Connection) -> int | None:
            found = connection.execute(
                "INSERT INTO image(digest, source, fingerprint, wanted_depth, status) VALUES (%s, %s, %s, %s, 'waiting')"
                " ON CONFLICT (digest) DO UPDATE SET digest = excluded.digest"  # so that it is locked, and told below
                " RETURNING id, status = 'done' AND stored_fingerprint = %s",
                (digest(name), name, source.fingerprint, source.depth, source.fingerprint),
            )
            ((image, same),) = found.fetchall()
            if same:
                return None
            connection.execute("UPDATE image SET fingerprint = %s WHERE id = %s", (source.fingerprint, image))
            put_tags(connection, [(image, text_of(tag)) for tag in source.tags])
            put(connection, image, entry, source.fingerprint, *parts, stored=stored)
            return int(image)

        return self._server.write(work, flushed=True)

    def replace(self, image: int, before: str, entry: Entry) -> bool:
        """Replace the report of an image by the same one judged anew."""
        parts = self._numbers(entry)

        def work(connection: Connection) -> bool:
            asked = "SELECT stored_fingerprint, stored FROM image WHERE id = %s AND knowledge = %s AND stored IS NOT NULL FOR UPDATE"
            row = connection.execute(asked, (image, before)).fetchone()
            if row is not None:
                put(connection, image, entry, row[0], *parts, stored=row[1], same_facts=True)
            return row is not None

        return self._server.write(work, flushed=True)

    def body(self, image: int) -> bytes | None:
        """Return the compressed report of an image."""
        found = self._server.rows("SELECT body FROM report WHERE image = %s", image)
        return bytes(found[0][0]) if found else None

    def images(self, *, status: str | None = None) -> Iterator[ImageRow]:
        """Yield the sources in the order of their numbers."""
        where = "" if status is None else " WHERE status = %s"
        for row in self._server.streamed(f"SELECT {_IMAGE}{where} ORDER BY id", *([status] if status else [])):
            yield image_row(row)

    def image_of(self, path: str) -> ImageRow | None:
        """Return the source of this path."""
        found = self._server.rows(f"SELECT {_IMAGE} WHERE digest = %s", digest(named(path)))
        return image_row(found[0]) if found else None

    def older(self, knowledge: str, after: int = 0, limit: int = 1000) -> list[tuple[int, str]]:
        """Return images above `after` whose reports were judged by another knowledge than this."""
        sql = "SELECT id, knowledge FROM image WHERE id > %s AND stored IS NOT NULL AND knowledge <> %s ORDER BY id LIMIT %s"
        return [(row[0], row[1]) for row in self._server.rows(sql, after, knowledge, limit)]

    def extractions(self) -> dict[int, dict[str, int]]:
        """Return the versions of artifacts that the stored reports were made with."""
        return {number: json.loads(versions) for number, versions in self._server.rows("SELECT id, versions FROM extraction")}

    def images_of_extraction(self, numbers: Collection[int]) -> Iterator[ImageRow]:
        """Yield the images whose reports were made with these extractions."""
        for row in self._server.streamed(f"SELECT {_IMAGE} WHERE extraction = ANY(%s) ORDER BY id", sorted(numbers)):
            yield image_row(row)

    def forget(self, paths: Collection[str]) -> int:
        """Remove the sources at or below these paths with all that is known of them."""
        wanted = list(paths)
        sources = self._server.streamed("SELECT id, source FROM image ORDER BY id")
        found = [image for image, name in sources if any(is_below(path_of(name), path) for path in wanted)]

        def work(connection: Connection, some: Sequence[int]) -> None:
            connection.execute("SELECT 1 FROM image WHERE id = ANY(%s) ORDER BY id FOR UPDATE", (some,))
            sql = "SELECT id FROM state WHERE image = ANY(%s) ORDER BY id FOR UPDATE"
            changes = drop_states(connection, [row[0] for row in connection.execute(sql, (some,))])
            for table, column in (("report", "image"), ("tag", "image"), ("image", "id")):
                connection.execute(f"DELETE FROM {table} WHERE {column} = ANY(%s)", (some,))
            count(connection, changes)

        for start in range(0, len(found), _BATCH):
            self._server.write(lambda connection, some=found[start : start + _BATCH]: work(connection, some), flushed=True)  # type: ignore[misc]
        return len(found)

    # States, identifiers and candidates.

    def states(self, numbers: Collection[int] | None = None) -> Iterator[StateRow]:
        """Yield states in the order of their numbers."""
        if numbers is None:
            found = self._server.streamed(f"SELECT {_STATE} ORDER BY state.id")
        else:
            found = iter(self._server.rows(f"SELECT {_STATE} WHERE state.id = ANY(%s) ORDER BY state.id", sorted(numbers)))
        yield from map(state_row, found)

    def states_of(self, image: int) -> list[StateRow]:
        """Return the states of an image."""
        return list(map(state_row, self._server.rows(f"SELECT {_STATE} WHERE image = %s ORDER BY state.id", image)))

    def uncompared(self, knowledge: str, *, unjudged: bool = False, after: int = 0, limit: int = 1000) -> list[StateRow]:
        """Return states above `after` whose relatives were not looked for by this knowledge."""
        more = " OR unjudged > 0" if unjudged else ""
        sql = f"SELECT {_STATE} WHERE state.id > %s AND (compared IS DISTINCT FROM %s{more}) ORDER BY state.id LIMIT %s"
        return list(map(state_row, self._server.rows(sql, after, knowledge, limit)))

    def candidates(self, identifiers: Iterable[Identifier], *, excluding: Collection[int] = ()) -> list[Candidate]:
        """Return the states that share values with these, the greatest weight first."""
        keys = {(one.namespace, key_of(one.namespace, one.text)) for one in identifiers}
        return self._candidates(sorted(keys), excluding, None)

    def candidates_of(self, state: int) -> list[Candidate]:
        """Return the same for a state of the catalog."""
        sql = "SELECT namespace, key FROM occurrence JOIN kind ON kind.id = occurrence.kind WHERE state = %s"
        return self._candidates([(row[0], row[1]) for row in self._server.rows(sql, state)], (), state)

    def _candidates(self, keys: Iterable[tuple[str, int]], excluding: Collection[int], myself: int | None) -> list[Candidate]:
        def work(connection: Connection) -> list[Candidate]:
            constants = {row[0] for row in connection.execute("SELECT key FROM constant")} | set(excluding)
            ((last,),) = connection.execute("SELECT coalesce(max(id), 0) FROM state").fetchall()
            held: dict[tuple[int, bool], list[int]] = {}

            def counts(wanted: Collection[int]) -> dict[int, int]:
                """Count, and fetch who holds what at once: each question costs the way to the server and back."""
                sql = "SELECT key, count FROM frequency WHERE key = ANY(%s)"
                known: dict[int, int] = {row[0]: row[1] for row in connection.execute(sql, (sorted(wanted),))}
                few = [key for key in wanted if known.get(key, 1) <= FEW]
                many = [key for key in wanted if known.get(key, 1) > FEW]
                for some, order, limit in ((few, "", FEW), (many, "", SAMPLE), (many, " DESC", SAMPLE)):
                    sql = (
                        "SELECT asked.key, held.state FROM unnest(%s::bigint[]) AS asked(key) CROSS JOIN LATERAL"
                        f" (SELECT state FROM occurrence WHERE occurrence.key = asked.key ORDER BY state{order} LIMIT %s) AS held"
                    )
                    for key, state in connection.execute(sql, (some, limit)) if some else ():
                        held.setdefault((key, order == ""), []).append(state)
                return known

            def lookup(key: int, count: int) -> list[int]:
                return held.get((key, count > 0), [])

            found = weighed(keys, counts, lookup, all_states=last, excluding=constants, myself=myself)
            places = connection.execute("SELECT id, image, installation FROM state WHERE id = ANY(%s)", (list(found),))
            place: dict[int, tuple[int, str]] = {row[0]: (row[1], row[2]) for row in places}
            return [Candidate(state, *place[state], shared, weight) for state, (shared, weight) in found.items() if state in place]

        return self._server.read(work)

    def holders(self, namespace: str, text: str) -> Iterator[Holder]:
        """Yield the states that hold a value, now or formerly; of a machine SID also those whose domain has it."""
        for name in asked_for(namespace):
            sql = "SELECT state, standing FROM occurrence JOIN kind ON kind.id = occurrence.kind WHERE key = %s ORDER BY state"
            found = self._server.rows(sql, key_of(name, text))
            for start in range(0, len(found), _BATCH):
                some = {row[0]: row[1] for row in found[start : start + _BATCH]}
                for state in self.states(some):
                    yield Holder(state, name, some[state.id])

    def shared_by_many(self, bound: int) -> Iterator[tuple[int, str, int]]:
        """Yield key, namespace and count of the values that more than `bound` states hold."""
        sql = "SELECT key, namespace, count FROM frequency JOIN kind ON kind.id = kind WHERE count > %s ORDER BY count DESC, key"
        yield from ((row[0], row[1], row[2]) for row in self._server.streamed(sql, bound))

    def holders_of_key(self, key: int, limit: int) -> list[int]:
        """Return the first states that hold the value of a key."""
        return [row[0] for row in self._server.rows("SELECT state FROM occurrence WHERE key = %s ORDER BY state LIMIT %s", key, limit)]

    # Pairs.

    def keep_pairs(self, pairs: Iterable[JudgedPair], *, state: int | None = None, knowledge: str = "", unjudged: int = 0) -> int:
        """Keep judged pairs; then `state`, if any, counts as compared."""
        given = {(one.row.a, one.row.b): one for one in pairs}
        answers = {at: self._answer(one.row) for at, one in given.items()}

        def work(connection: Connection) -> int:
            # One that is being forgotten waits for us, or we for it: no pair of a state that is gone is kept.
            sql = "SELECT id FROM state WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"
            alive = {row[0] for row in connection.execute(sql, (sorted({one for at in given for one in at}),))} if given else set()
            kept = [(at, one) for at, one in sorted(given.items()) if at[0] in alive and at[1] in alive]
            if kept:
                connection.execute(
                    "INSERT INTO pair SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::integer[], %s::text[], %s::text[])"
                    " ON CONFLICT (a, b) DO UPDATE SET answer = excluded.answer, fork_after = excluded.fork_after,"
                    " fork_before = excluded.fork_before",
                    (
                        [at[0] for at, _ in kept],
                        [at[1] for at, _ in kept],
                        [answers[at] for at, _ in kept],
                        [one.row.fork_after for _, one in kept],
                        [one.row.fork_before for _, one in kept],
                    ),
                )
                for at, one in kept:
                    if one.body is None:
                        connection.execute("DELETE FROM pair_body WHERE a = %s AND b = %s", at)
                    else:
                        sql = "INSERT INTO pair_body VALUES (%s, %s, %s) ON CONFLICT (a, b) DO UPDATE SET body = excluded.body"
                        connection.execute(sql, (*at, one.body), binary=True)
            if state is not None:
                connection.execute("UPDATE state SET compared = %s, unjudged = %s WHERE id = %s", (knowledge, unjudged, state))
            return len(kept)

        return self._server.write(work)

    def pairs(self, relations: Collection[str] | None = None, *, lineages: Collection[str] = ()) -> Iterator[PairRow]:
        """Yield pairs by `a`, then `b`."""
        if relations is None:
            found = self._server.streamed(f"SELECT {_PAIR} ORDER BY a, b")
        else:
            sql = f"SELECT {_PAIR} WHERE relation = ANY(%s) OR lineage = ANY(%s) ORDER BY a, b"
            found = self._server.streamed(sql, sorted(relations), sorted(lineages))
        yield from map(pair_row, found)

    def pairs_of(self, state: int) -> list[PairRow]:
        """Return all pairs of a state."""
        return list(map(pair_row, self._server.rows(f"SELECT {_PAIR} WHERE a = %s UNION ALL SELECT {_PAIR} WHERE b = %s", state, state)))

    def pairs_among(self, states: Collection[int]) -> list[PairRow]:
        """Return all pairs between these states."""
        chosen = sorted(states)
        return list(map(pair_row, self._server.rows(f"SELECT {_PAIR} WHERE a = ANY(%s) AND b = ANY(%s) ORDER BY a, b", chosen, chosen)))

    def pair_body(self, a: int, b: int) -> bytes | None:
        """Return all of a pair, compressed."""
        found = self._server.rows("SELECT body FROM pair_body WHERE a = %s AND b = %s", a, b)
        return bytes(found[0][0]) if found else None

    def keep_groups(self, members: Iterable[GroupMember]) -> int:
        """Keep these as the groups in place of those that were kept before."""
        rows = [(one.state, one.number, one.relation, one.policy, one.strength) for one in members]

        def work(connection: Connection) -> int:
            connection.execute("LOCK TABLE member IN SHARE ROW EXCLUSIVE MODE")
            connection.execute("DELETE FROM member")
            sql = "SELECT id FROM state WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"
            alive = {row[0] for row in connection.execute(sql, ([row[0] for row in rows],))}
            connection.cursor().executemany("INSERT INTO member VALUES (%s, %s, %s, %s, %s)", [row for row in rows if row[0] in alive])
            return len(rows)

        return self._server.write(work)

    # Constants and upkeep.

    def constants(self) -> dict[tuple[str, str], str]:
        """Return the values that are known to be shared by strangers."""
        sql = "SELECT namespace, value, note FROM constant ORDER BY namespace, value"
        return {(row[0], row[1]): row[2] for row in self._server.rows(sql)}

    def set_constants(self, values: Mapping[tuple[str, str], str]) -> int:
        """Let exactly these values be constants."""
        wanted = {key_of(*value): (value, note) for value, note in values.items()}

        def work(connection: Connection) -> int:
            connection.execute("LOCK TABLE constant IN SHARE ROW EXCLUSIVE MODE")
            before = {row[0] for row in connection.execute("SELECT key FROM constant")}
            connection.execute("DELETE FROM constant")
            connection.cursor().executemany(
                "INSERT INTO constant VALUES (%s, %s, %s, %s)",
                [(key, text_of(namespace), text_of(text), text_of(note)) for key, ((namespace, text), note) in wanted.items()],
            )
            changed = before ^ wanted.keys()
            for key in sorted(changed):
                holders = "(SELECT state FROM occurrence WHERE key = %s)"
                connection.execute(f"SELECT 1 FROM state WHERE id IN {holders} ORDER BY id FOR UPDATE", (key,))
                for table in ("pair", "pair_body"):
                    connection.execute(f"DELETE FROM {table} WHERE a IN {holders} AND b IN {holders}", (key, key))
                connection.execute(f"UPDATE state SET compared = NULL WHERE id IN {holders}", (key,))
            return len(changed)

        return self._server.write(work)

    def require_writable(self) -> None:
        """Refuse nothing: what a role may do the server says when it is done."""

    def check(self, *, repair: bool = False) -> Sequence[Finding]:
        """Check the database."""
        return findings(self._server, repair=repair)

    # Numbers of what many rows share: made in a transaction of their own, so that nobody waits for the one that needs them.

    def _numbers(self, entry: Entry) -> tuple[dict[tuple[str, str], int], int]:
        """Return the numbers of the namespaces with standings of an entry, and that of its extraction."""
        wanted = {(one.namespace, one.standing) for state in entry.states for one in state.identifiers}
        for one in sorted(wanted - self._kinds.keys()):
            self._kinds[one] = self._number("kind", "namespace, standing", one)
        versions = json_text(entry.extraction)
        if versions not in self._extractions:
            self._extractions[versions] = self._number("extraction", "digest", (digest(versions),), versions=versions)
        return self._kinds, self._extractions[versions]

    def _answer(self, row: PairRow) -> int:
        """Return the number of what a pair is, which many pairs may be."""
        parts = answer_values(row)
        if parts not in self._answers:
            self._answers[parts] = self._number("answer", ANSWER, parts)
        return self._answers[parts]

    def _number(self, table: str, columns: str, values: Sequence[Any], **more: str) -> int:
        """Return the number of the row that has these values, made where there is none, then with `more` in it."""
        places = ", ".join(["%s"] * len(values))
        asked = f"SELECT id FROM {table} WHERE ({columns}) = ({places})"
        found = self._server.rows(asked, *values)
        if not found:
            names, all_places = ", ".join([columns, *more]), ", ".join(["%s"] * (len(values) + len(more)))
            self._server.run(f"INSERT INTO {table}({names}) VALUES ({all_places}) ON CONFLICT DO NOTHING", *values, *more.values())
            found = self._server.rows(asked, *values)
        return int(found[0][0])


def _parted(sources: Iterable[Source]) -> Iterator[list[Source]]:
    """Yield sources in batches, in none of which a path is twice."""
    remaining = iter(sources)
    while some := list(islice(remaining, _BATCH)):
        batch: dict[str, Source] = {}
        for source in some:
            if source.path in batch:
                yield list(batch.values())
                batch = {}
            batch[source.path] = source
        yield list(batch.values())
