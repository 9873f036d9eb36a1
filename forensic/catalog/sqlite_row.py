"""Rows of the SQLite catalog: what is written of a source, a report and a state, inside the caller's transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from forensic.catalog.key import key_of, named, text_of
from forensic.catalog.offering import Known, became
from forensic.catalog.record import Entry, PairRow, Source, StateEntry
from forensic.catalog.row import ANSWER, answer_values, now
from forensic.model import Identifier


def offered(connection: sqlite3.Connection, source: Source, stale: frozenset[int]) -> str:
    """Enter a source that is offered where it is to be examined; what became of it, as `Offered` counts it."""
    name = named(source.path)
    row = connection.execute(
        "SELECT id, status, fingerprint, stored_fingerprint, wanted_depth, depth, extraction FROM image WHERE source = ?", (name,)
    ).fetchone()
    if row is None:
        image = connection.execute(
            "INSERT INTO image(source, fingerprint, wanted_depth, status) VALUES (?, ?, ?, 'waiting')",
            (name, source.fingerprint, source.depth),
        ).lastrowid
        tag(connection, int(image or 0), source.tags)
        return "new"
    known = Known(*row)
    tag(connection, known.image, source.tags)
    fate, depth = became(known, source, stale)
    if depth is not None:
        connection.execute(
            "UPDATE image SET status = 'waiting', tries = 0, lapses = 0, owner = NULL, expires = NULL, reason = NULL, failed = NULL,"
            " fingerprint = ?, wanted_depth = ? WHERE id = ?",
            (source.fingerprint, depth, known.image),
        )
    return fate


def put(
    connection: sqlite3.Connection,
    image: int,
    entry: Entry,
    body: int,
    fingerprint: str,
    *,
    stored: str | None = None,
    same_facts: bool = False,
) -> int | None:
    """Store what a report says of an image in place of what was stored, and return the number of the body that was its own before.

    States of the same installation keep their numbers. Their pairs are dropped, but where the facts are the same (`same_facts`).
    """
    (before,) = connection.execute("SELECT report FROM image WHERE id = ?", (image,)).fetchone()
    versions = json.dumps(entry.extraction, sort_keys=True)
    connection.execute("INSERT OR IGNORE INTO extraction(versions) VALUES (?)", (versions,))
    connection.execute(
        "UPDATE image SET status = 'done', owner = NULL, expires = NULL, reason = NULL, failed = NULL, tries = 0, lapses = 0, stored = ?,"
        " stored_fingerprint = ?, format = ?, size = ?, examined = ?, depth = ?, tool = ?, knowledge = ?, policy = ?, incomplete = ?,"
        " extraction = (SELECT id FROM extraction WHERE versions = ?), report = ? WHERE id = ?",
        (stored or now(), fingerprint, entry.format, entry.size, entry.examined, entry.depth, entry.tool, entry.knowledge, entry.policy,
         entry.incomplete, versions, body, image),
    )  # fmt: skip
    known = {row[1]: row[0] for row in connection.execute("SELECT id, installation FROM state WHERE image = ?", (image,))}
    for one in entry.states:
        number = known.pop(text_of(one.installation), None)
        if number is not None and not same_facts:
            connection.execute("DELETE FROM pair WHERE a = ?1", (number,))
            connection.execute("DELETE FROM pair WHERE b = ?1", (number,))
        put_state(connection, image, number, one)
    for number in known.values():
        drop_state(connection, number)
    return None if before is None else int(before)


def put_state(connection: sqlite3.Connection, image: int, number: int | None, one: StateEntry) -> None:
    """Write a state, in place of what its number has where it has one, and keep the counts of its values true."""
    parts = tuple(map(text_of, (one.origin, one.computer_name, one.machine_sid, one.domain_sid, one.product, one.era, one.role, one.history,
                                one.policy, one.strength)))  # fmt: skip
    if number is None:
        number = connection.execute(
            "INSERT INTO state(image, installation, origin, computer_name, machine_sid, domain_sid, product, era, role, history, policy,"
            " strength) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (image, text_of(one.installation), *parts),
        ).lastrowid
    else:
        connection.execute(
            "UPDATE state SET origin = ?, computer_name = ?, machine_sid = ?, domain_sid = ?, product = ?, era = ?, role = ?, history = ?,"
            " policy = ?, strength = ?, compared = NULL WHERE id = ?",
            (*parts, number),
        )
    kinds = kinds_of(connection, one.identifiers)
    keys: dict[int, int] = {}
    for identifier in one.identifiers:
        key, kind = key_of(identifier.namespace, identifier.text), kinds[identifier.namespace, identifier.standing]
        if identifier.standing == "current" or key not in keys:
            keys[key] = kind
    before = {row[0] for row in connection.execute("SELECT key FROM occurrence WHERE state = ?", (number,))}
    for key in sorted(before - keys.keys()):
        forget_key(connection, key, int(number or 0))
    for key in sorted(keys):
        if key not in before:
            connection.execute(
                "INSERT INTO frequency SELECT ?1, ?2, 2 WHERE EXISTS (SELECT 1 FROM occurrence WHERE key = ?1)"
                " ON CONFLICT(key) DO UPDATE SET count = count + 1",
                (key, keys[key]),
            )
    connection.executemany(
        "INSERT INTO occurrence VALUES (?, ?, ?) ON CONFLICT(key, state) DO UPDATE SET kind = excluded.kind",
        [(key, number, keys[key]) for key in sorted(keys)],
    )


def forget_key(connection: sqlite3.Connection, key: int, state: int) -> None:
    """Take a value from a state; a value that one state alone holds has no count."""
    connection.execute("DELETE FROM occurrence WHERE key = ? AND state = ?", (key, state))
    connection.execute("DELETE FROM frequency WHERE key = ? AND count <= 2", (key,))
    connection.execute("UPDATE frequency SET count = count - 1 WHERE key = ?", (key,))


def drop_state(connection: sqlite3.Connection, state: int) -> None:
    """Remove a state with its values, pairs and membership."""
    for (key,) in connection.execute("SELECT key FROM occurrence WHERE state = ?", (state,)).fetchall():
        forget_key(connection, key, state)
    connection.execute("DELETE FROM pair WHERE a = ?", (state,))
    connection.execute("DELETE FROM pair WHERE b = ?", (state,))
    connection.execute("DELETE FROM member WHERE state = ?", (state,))
    connection.execute("DELETE FROM state WHERE id = ?", (state,))


def answer_of(connection: sqlite3.Connection, row: PairRow) -> int:
    """Return the number of what a pair is, which many pairs may be."""
    parts = answer_values(row)
    places = ", ".join("?" * len(parts))
    asked = f"SELECT id FROM answer WHERE ({ANSWER}) = ({places})"
    known = connection.execute(asked, parts).fetchone()
    if known is None:
        return int(connection.execute(f"INSERT INTO answer({ANSWER}) VALUES ({places})", parts).lastrowid or 0)
    return int(known[0])


def kinds_of(connection: sqlite3.Connection, identifiers: Iterable[Identifier]) -> dict[tuple[str, str], int]:
    """Return the numbers of namespaces with standings, made where they are new."""
    wanted = {(one.namespace, one.standing) for one in identifiers}
    found = {(row[1], row[2]): row[0] for row in connection.execute("SELECT id, namespace, standing FROM kind")}
    for one in sorted(wanted - found.keys()):
        found[one] = int(connection.execute("INSERT INTO kind(namespace, standing) VALUES (?, ?)", one).lastrowid or 0)
    return found


def tag(connection: sqlite3.Connection, image: int, tags: Iterable[str]) -> None:
    """Add tags to a source."""
    connection.executemany("INSERT OR IGNORE INTO tag VALUES (?, ?)", [(image, text_of(tag)) for tag in tags])


def tags_of(connection: sqlite3.Connection, image: int) -> tuple[str, ...]:
    """Return the tags of a source."""
    return tuple(row[0] for row in connection.execute("SELECT tag FROM tag WHERE image = ? ORDER BY tag", (image,)))
