"""Rows of the PostgreSQL catalog: what is written of a source, a report and a state, inside the caller's transaction.

Two things keep programs that write at once out of each other's way. Rows are locked in one order: images, then states, each by number, then
what hangs on them. And the counts of values, which all of them change, come last, under one lock for the whole catalog: of two reports that
bring the same new value at once, the second one sees the first, which under READ COMMITTED no condition of SQL could promise.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from forensic.catalog.key import key_of, named, text_of
from forensic.catalog.offering import Known, became
from forensic.catalog.postgres_server import Connection
from forensic.catalog.record import Entry, Source, StateEntry
from forensic.catalog.row import now

COUNTING, OFFERING = 0x466F7244, 0x466F7245
"""Numbers of the locks under which counts of values are changed, and sources are offered."""
_STATE_PARTS = "origin, computer_name, machine_sid, domain_sid, product, era, role, history, policy, strength"


def digest(text: str) -> bytes:
    """Return by what a text of any length is found: an index takes no text of more than some 2,700 bytes."""
    return blake2b(text.encode(), digest_size=16).digest()


def offered(connection: Connection, sources: Collection[Source], stale: frozenset[int]) -> list[str]:
    """Enter sources of different paths that are offered where they are to be examined; what became of each, as `Offered` counts it."""
    by_digest = {digest(named(source.path)): source for source in sources}
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (OFFERING,))  # two that offer the same sources would block each other
    found = connection.execute(
        "INSERT INTO image(digest, source, fingerprint, wanted_depth, status)"
        " SELECT digest, source, fingerprint, depth, 'waiting' FROM unnest(%s::bytea[], %s::text[], %s::text[], %s::text[])"
        " WITH ORDINALITY AS new(digest, source, fingerprint, depth, place) ORDER BY place"
        " ON CONFLICT (digest) DO NOTHING RETURNING digest, id",
        _columns(((key, named(one.path), one.fingerprint, one.depth) for key, one in by_digest.items()), 4),
    ).fetchall()
    new = {bytes(key): int(image) for key, image in found}
    rows = connection.execute(
        "SELECT digest, id, status, fingerprint, stored_fingerprint, wanted_depth, depth, extraction FROM image WHERE digest = ANY(%s)"
        " ORDER BY digest FOR UPDATE",
        (sorted(by_digest.keys() - new.keys()),),
    ).fetchall()
    fates, again = ["new"] * len(new), list[tuple[str, str, int]]()
    tags = [(image, text_of(tag)) for key, image in new.items() for tag in by_digest[key].tags]
    for key, *parts in rows:
        known, source = Known(*parts), by_digest[bytes(key)]
        fate, depth = became(known, source, stale)
        fates.append(fate)
        tags += [(known.image, text_of(tag)) for tag in source.tags]
        if depth is not None:
            again.append((source.fingerprint, depth, known.image))
    if again:
        connection.execute(
            "UPDATE image SET status = 'waiting', tries = 0, lapses = 0, owner = NULL, expires = NULL, reason = NULL, failed = NULL,"
            " fingerprint = new.fingerprint, wanted_depth = new.depth"
            " FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS new(fingerprint, depth, id) WHERE image.id = new.id",
            _columns(again, 3),
        )
    put_tags(connection, tags)
    missed = by_digest.keys() - new.keys() - {bytes(row[0]) for row in rows}  # they were forgotten between the two questions
    return fates + (offered(connection, [by_digest[key] for key in sorted(missed)], stale) if missed else [])


def put_tags(connection: Connection, tags: Collection[tuple[int, str | None]]) -> None:
    """Add tags to images, which the transaction has locked or made."""
    if tags:
        connection.execute(
            "INSERT INTO tag SELECT image, tag FROM (SELECT DISTINCT * FROM unnest(%s::bigint[], %s::text[])) AS new(image, tag)"
            " WHERE NOT EXISTS (SELECT 1 FROM tag WHERE tag.image = new.image AND tag.tag = new.tag)",
            _columns(tags, 2),
        )


def put(
    connection: Connection,
    image: int,
    entry: Entry,
    fingerprint: str,
    numbers: Mapping[tuple[str, str], int],
    extraction: int,
    *,
    stored: str | None = None,
    same_facts: bool = False,
) -> None:
    """Store a report and what it says of an image, which the transaction has locked, in place of what was stored.

    States of the same installation keep their numbers. Their pairs are dropped, but where the facts are the same (`same_facts`). `numbers`
    are those of namespaces with standings.
    """
    connection.execute(
        "UPDATE image SET status = 'done', owner = NULL, expires = NULL, reason = NULL, failed = NULL, tries = 0, lapses = 0, stored = %s,"
        " stored_fingerprint = %s, format = %s, size = %s, examined = %s, depth = %s, tool = %s, knowledge = %s, policy = %s,"
        " incomplete = %s, extraction = %s WHERE id = %s",
        (stored or now(), fingerprint, entry.format, entry.size, entry.examined, entry.depth, entry.tool, entry.knowledge, entry.policy,
         entry.incomplete, extraction, image),
    )  # fmt: skip
    connection.execute(
        "INSERT INTO report VALUES (%s, %s) ON CONFLICT (image) DO UPDATE SET body = excluded.body", (image, entry.body), binary=True
    )
    known = {
        row[1]: int(row[0])
        for row in connection.execute("SELECT id, installation FROM state WHERE image = %s ORDER BY id FOR UPDATE", (image,))
    }
    changes, kept = Counter[int](), list[int]()
    for one in entry.states:
        number = known.pop(text_of(one.installation) or "", None)
        if number is not None:
            kept.append(number)
        changes.update(_put_state(connection, image, number, one, numbers))
    if kept and not same_facts:
        drop_pairs(connection, kept)
    if known:
        for key, change in drop_states(connection, sorted(known.values())).items():
            changes[key] += change
    count(connection, changes)


def _put_state(
    connection: Connection, image: int, number: int | None, one: StateEntry, numbers: Mapping[tuple[str, str], int]
) -> Counter[int]:
    """Write a state, in place of what its number has where it has one; how many more hold each of its values now."""
    parts = tuple(map(text_of, (one.origin, one.computer_name, one.machine_sid, one.domain_sid, one.product, one.era, one.role, one.history,
                                one.policy, one.strength)))  # fmt: skip
    keys: dict[int, int] = {}
    for identifier in one.identifiers:
        key, kind = key_of(identifier.namespace, identifier.text), numbers[identifier.namespace, identifier.standing]
        if identifier.standing == "current" or key not in keys:
            keys[key] = kind
    columns, before = _columns(sorted(keys.items()), 2), set[int]()
    if number is None:
        connection.execute(
            f"WITH made AS (INSERT INTO state(image, installation, {_STATE_PARTS})"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id)"
            " INSERT INTO occurrence SELECT key, made.id, kind FROM made, unnest(%s::bigint[], %s::integer[]) AS new(key, kind)"
            " ORDER BY key",
            (image, text_of(one.installation), *parts, *columns),
        )
    else:
        connection.execute(
            f"UPDATE state SET ({_STATE_PARTS}, compared) = (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, NULL) WHERE id = %s", (*parts, number)
        )
        before = {row[0] for row in connection.execute("SELECT key FROM occurrence WHERE state = %s", (number,))}
        gone = sorted(before - keys.keys())
        if gone:
            connection.execute("DELETE FROM occurrence WHERE state = %s AND key = ANY(%s)", (number, gone))
        connection.execute(
            "INSERT INTO occurrence SELECT key, %s, kind FROM unnest(%s::bigint[], %s::integer[]) AS new(key, kind) ORDER BY key"
            " ON CONFLICT (key, state) DO UPDATE SET kind = excluded.kind WHERE occurrence.kind <> excluded.kind",
            (number, *columns),
        )
    changes = Counter(dict.fromkeys(keys.keys() - before, 1))
    changes.update(dict.fromkeys(before - keys.keys(), -1))
    return changes


def drop_states(connection: Connection, states: Sequence[int]) -> Counter[int]:
    """Remove states, which the transaction has locked, with all that hangs on them; how many fewer hold each of their values now.

    The caller passes that to `count`.
    """
    found = connection.execute("DELETE FROM occurrence WHERE state = ANY(%s) RETURNING key", (list(states),)).fetchall()
    changes = Counter[int]()
    changes.subtract(row[0] for row in found)
    drop_pairs(connection, states)
    connection.execute("DELETE FROM member WHERE state = ANY(%s)", (list(states),))
    connection.execute("DELETE FROM state WHERE id = ANY(%s)", (list(states),))
    return changes


def drop_pairs(connection: Connection, states: Sequence[int]) -> None:
    """Remove all pairs of states."""
    for table in ("pair", "pair_body"):
        connection.execute(f"DELETE FROM {table} WHERE a = ANY(%s)", (list(states),))
        connection.execute(f"DELETE FROM {table} WHERE b = ANY(%s)", (list(states),))


def count(connection: Connection, changes: Mapping[int, int]) -> None:
    """Keep the counts of values true: the last step of a transaction, since nobody else counts until it ends.

    `changes` are how many more, or fewer, states hold each value. A value that one state alone holds has no count.
    """
    changed = sorted((key, change) for key, change in changes.items() if change)
    if not changed:
        return
    columns = _columns(changed, 2)
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (COUNTING,))
    connection.execute(
        "UPDATE frequency SET count = frequency.count + new.change FROM unnest(%s::bigint[], %s::bigint[]) AS new(key, change)"
        " WHERE frequency.key = new.key",
        columns,
    )
    if any(change < 0 for change in columns[1]):
        connection.execute("DELETE FROM frequency WHERE key = ANY(%s) AND count < 2", (columns[0],))
    connection.execute(
        "INSERT INTO frequency SELECT key, min(kind), count(*) FROM occurrence WHERE key = ANY(%s)"
        " AND NOT EXISTS (SELECT 1 FROM frequency WHERE frequency.key = occurrence.key) GROUP BY key HAVING count(*) > 1",
        (columns[0],),
    )


def json_text(versions: Mapping[str, int]) -> str:
    """Return the versions of artifacts as they are kept."""
    return json.dumps(versions, sort_keys=True)


def _columns(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    """Return the columns of rows, as `unnest` takes them."""
    columns: list[list[Any]] = [[] for _ in range(width)]
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    return columns
