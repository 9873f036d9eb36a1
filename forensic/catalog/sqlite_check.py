"""Check of a catalog in SQLite: damage, rows that point nowhere, and counts compared with what is counted anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from forensic.catalog.record import Finding
from forensic.catalog.sqlite_file import Damaged, SqliteFile, damage_in
from forensic.errors import ForensicError


class _Question(NamedTuple):
    """One thing that must not be there."""

    name: str
    what: str
    asked: str
    """SQL that counts it."""
    repair: tuple[str, ...] = ()
    """SQL that sets it right, where nothing is lost by that."""


_ANEW = "SELECT key, min(kind), count(*) FROM occurrence GROUP BY key HAVING count(*) > 1"
_QUESTIONS = (
    _Question(
        "count-differs",
        "values of which another number of holders is stored than there are",
        "SELECT count(*) FROM (SELECT key, count FROM frequency EXCEPT SELECT key, count FROM (SELECT key, count(*) AS count"
        " FROM occurrence GROUP BY key HAVING count(*) > 1))",
        ("DELETE FROM frequency", f"INSERT INTO frequency {_ANEW}"),
    ),
    _Question(
        "count-missing",
        "values that several states hold and whose number is not stored",
        "SELECT count(*) FROM (SELECT key FROM occurrence GROUP BY key HAVING count(*) > 1 EXCEPT SELECT key FROM frequency)",
        ("DELETE FROM frequency", f"INSERT INTO frequency {_ANEW}"),
    ),
    _Question(
        "state-without-image",
        "states of images that are gone",
        "SELECT count(*) FROM state WHERE image NOT IN (SELECT id FROM image)",
    ),
    _Question(
        "occurrence-without-state",
        "identifiers of states that are gone",
        "SELECT count(*) FROM occurrence WHERE state NOT IN (SELECT id FROM state)",
        ("DELETE FROM occurrence WHERE state NOT IN (SELECT id FROM state)", "DELETE FROM frequency", f"INSERT INTO frequency {_ANEW}"),
    ),
    _Question(
        "pair-without-state",
        "pairs of states that are gone",
        "SELECT count(*) FROM pair WHERE a NOT IN (SELECT id FROM state) OR b NOT IN (SELECT id FROM state)",
        ("DELETE FROM pair WHERE a NOT IN (SELECT id FROM state) OR b NOT IN (SELECT id FROM state)",),
    ),
    _Question(
        "done-without-report",
        "images that are said to be done and name no report",
        "SELECT count(*) FROM image WHERE status = 'done' AND report IS NULL",
        ("UPDATE image SET status = 'waiting', tries = 0, lapses = 0 WHERE status = 'done' AND report IS NULL",),
    ),
    _Question(
        "unknown-status",
        "images whose status this version does not know",
        "SELECT count(*) FROM image WHERE status NOT IN ('waiting', 'leased', 'done', 'failed')",
    ),
)


def findings(index: SqliteFile, reports: SqliteFile, *, repair: bool) -> list[Finding]:
    """Return what is wrong with the two files of a catalog; what a repair sets right is found once more, and then not again."""
    found = [Finding("damaged", f"{file.path.name}: {said}") for file in (index, reports) for said in file.damage()]
    if found:
        return found  # what a damaged file answers means nothing
    for question in _QUESTIONS:
        count = index.rows(question.asked)[0][0]
        if count:
            found.append(Finding(question.name, question.what, count))
            if repair and question.repair:
                with index.writing() as connection:
                    for statement in question.repair:
                        connection.execute(statement)
    return [*found, *_bodies(index, reports, repair=repair)]


def damage(paths: tuple[Path, ...], error: ForensicError) -> list[Finding]:
    """Return what is wrong with the files of a catalog that failed by `error`; nothing where it failed by anything but damage."""
    said = [f"{path.name}: {one}" for path in paths for one in damage_in(path)]
    if not said and isinstance(error, Damaged):
        said = [error.said]
    return [Finding("damaged", one) for one in said]


def _bodies(index: SqliteFile, reports: SqliteFile, *, repair: bool) -> Iterator[Finding]:
    """Compare the reports that images name with those that are there; a report that is being stored is named a moment later."""
    there = {row[0] for row in reports.streamed("SELECT id FROM report")}
    named = {row[1]: row[0] for row in index.streamed("SELECT id, report FROM image WHERE report IS NOT NULL")}
    lost = sorted(named.keys() - there)
    if lost:
        yield Finding("report-missing", "reports that images name and that are not there; a repair has them examined again", len(lost))
        if repair:
            with index.writing() as connection:
                connection.executemany(
                    "UPDATE image SET status = 'waiting', tries = 0, lapses = 0, report = NULL, stored_fingerprint = NULL WHERE id = ?",
                    [(named[body],) for body in lost],
                )
    newest = max(named, default=0)
    over = sorted(body for body in there - named.keys() if body < newest)
    if over:
        yield Finding("report-not-named", "reports that no image names, left by programs that were killed", len(over))
        if repair:
            with reports.writing() as connection:
                connection.executemany("DELETE FROM report WHERE id = ?", [(body,) for body in over])
