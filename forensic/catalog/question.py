"""Question: what programs ask of an archive, in one call each: `forensic.groups`, `forensic.relatives`, `forensic.holders`."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from forensic.catalog.catalog import Catalog, open_catalog
from forensic.catalog.grouping import Wanted, grouped, in_full, list_groups
from forensic.catalog.holders import holders_of, identifier
from forensic.catalog.relatives import LIMIT, relatives_of
from forensic.examination import examine
from forensic.model import ImageReport
from forensic.model.archive import GroupsReport, HoldersReport
from forensic.model.pair import ComparisonReport


def groups(
    catalog: str | Catalog, *, only: Collection[str] = (), since: str = "", tags: Collection[str] = (), limit: int | None = None
) -> GroupsReport:
    """Return the groups of related installations in a catalog (its path, URL, or opened), the gravest first.

    `only` are policies or relations, `since` a time or its beginning (ISO 8601), `tags` those of which a member has one. Raises a
    ForensicError where the catalog cannot be read.
    """
    with _opened(catalog) as opened:
        return list_groups(opened.store, Wanted(frozenset(only), since, frozenset(tags), limit))


def group(catalog: str | Catalog, number: int) -> ComparisonReport:
    """Return all of one group, by its number among the groups; LookupError where there is none of this number."""
    with _opened(catalog) as opened:
        found = grouped(opened.store)
        if not 1 <= number <= len(found):
            raise LookupError(f"there is no group {number}")
        return in_full(opened.store, found[number - 1 : number])


def relatives(
    sources: Iterable[ImageReport | str | os.PathLike[str]],
    catalog: str | Catalog,
    *,
    limit: int = LIMIT,
    constants: Collection[tuple[str, str]] = (),
) -> ComparisonReport:
    """Return which installations of a catalog are related to those of sources: reports, or what `examine` takes.

    Of each installation the `limit` states that share most with it are judged. `constants` are values, each with its namespace, that do not
    count, beside those of the catalog, which stays as it is.
    """
    reports = [one if isinstance(one, ImageReport) else examine(one) for one in sources]
    with _opened(catalog) as opened:
        return relatives_of(opened.store, reports, limit=limit, constants=constants)


def holders(identifiers: Iterable[str], catalog: str | Catalog) -> HoldersReport:
    """Return which installations of a catalog hold values, each given as `NAMESPACE=VALUE`; Malformed where one is no identifier."""
    wanted = [identifier(text) for text in identifiers]
    with _opened(catalog) as opened:
        return holders_of(opened.store, wanted)


@contextmanager
def _opened(catalog: str | Catalog) -> Iterator[Catalog]:
    if isinstance(catalog, Catalog):
        yield catalog
    else:
        with open_catalog(catalog, must_exist=True) as opened:
            yield opened
