"""Check of a catalog in PostgreSQL: rows that point nowhere, and counts compared with what is counted anew.

Damage of its files is for the server to find (`pg_amcheck`, checksums of pages).
"""

from __future__ import annotations

from typing import NamedTuple

from forensic.catalog.postgres_row import COUNTING
from forensic.catalog.postgres_server import Connection, PostgresServer
from forensic.catalog.record import Finding


class _Question(NamedTuple):
    """One thing that must not be there."""

    name: str
    what: str
    asked: str
    """SQL that counts it."""
    repair: tuple[str, ...] = ()
    """SQL that sets it right, where nothing is lost by that."""


_ANEW = "SELECT key, min(kind), count(*) FROM occurrence GROUP BY key HAVING count(*) > 1"
_COUNTED = (
    f"SELECT pg_advisory_xact_lock({COUNTING})",
    "LOCK TABLE occurrence IN SHARE MODE",
    "DELETE FROM frequency",
    f"INSERT INTO frequency {_ANEW}",
)
_NO_STATE = "NOT EXISTS (SELECT 1 FROM state WHERE state.id = {})"
_NO_PAIR = f"{_NO_STATE.format('a')} OR {_NO_STATE.format('b')}"
_NO_REPORT = "status = 'done' AND NOT EXISTS (SELECT 1 FROM report WHERE report.image = image.id)"
_QUESTIONS = (
    _Question(
        "occurrence-without-state",
        "identifiers of states that are gone",
        f"SELECT count(*) FROM occurrence WHERE {_NO_STATE.format('occurrence.state')}",
        (f"DELETE FROM occurrence WHERE {_NO_STATE.format('occurrence.state')}", *_COUNTED),
    ),
    _Question(
        "count-differs",
        "values of which another number of holders is stored than there are",
        f"SELECT count(*) FROM frequency LEFT JOIN ({_ANEW}) AS anew(key, kind, count) ON anew.key = frequency.key"
        " WHERE anew.count IS DISTINCT FROM frequency.count",
        _COUNTED,
    ),
    _Question(
        "count-missing",
        "values that several states hold and whose number is not stored",
        f"SELECT count(*) FROM ({_ANEW}) AS anew(key, kind, count)"
        " WHERE NOT EXISTS (SELECT 1 FROM frequency WHERE frequency.key = anew.key)",
        _COUNTED,
    ),
    _Question(
        "pair-without-state",
        "pairs of states that are gone",
        f"SELECT count(*) FROM pair WHERE {_NO_PAIR}",
        (f"DELETE FROM pair WHERE {_NO_PAIR}", f"DELETE FROM pair_body WHERE {_NO_PAIR}"),
    ),
    _Question(
        "report-missing",
        "reports of images that are done and that are not there; a repair has them examined again",
        f"SELECT count(*) FROM image WHERE {_NO_REPORT}",
        (f"UPDATE image SET status = 'waiting', tries = 0, lapses = 0, stored = NULL, stored_fingerprint = NULL WHERE {_NO_REPORT}",),
    ),
    _Question(
        "unknown-status",
        "images whose status this version does not know",
        "SELECT count(*) FROM image WHERE status NOT IN ('waiting', 'leased', 'done', 'failed')",
    ),
)


def findings(server: PostgresServer, *, repair: bool) -> list[Finding]:
    """Return what is wrong with a catalog; what a repair sets right is found once more, and then not again."""

    def asked(connection: Connection) -> list[int]:
        return [next(iter(connection.execute(one.asked)))[0] for one in _QUESTIONS]

    def set_right(connection: Connection, statements: tuple[str, ...]) -> None:
        for statement in statements:
            connection.execute(statement)

    found: list[Finding] = []
    for question, count in zip(_QUESTIONS, server.read(asked), strict=True):
        if count:
            found.append(Finding(question.name, question.what, count))
            if repair and question.repair:
                server.write(lambda connection, how=question.repair: set_right(connection, how))  # type: ignore[misc]
    return found
