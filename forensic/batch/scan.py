"""Scan: find every source below paths, examine what is new or has changed, store the reports, and judge what is related."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import msgspec

from forensic.batch.comparing import Interrupted, compare_stored
from forensic.batch.event import Nobody, Said, Watcher
from forensic.batch.executor import Executor, Local
from forensic.batch.plan import Plan
from forensic.batch.search import Search
from forensic.batch.source_list import Listed
from forensic.batch.summary import Clock, Summary
from forensic.batch.supervisor import GONE
from forensic.catalog.catalog import Catalog, open_catalog
from forensic.catalog.opening import open_store
from forensic.catalog.rejudging import rejudge_reports
from forensic.catalog.store import Store
from forensic.errors import ForensicError
from forensic.reasoning import KNOWLEDGE
from forensic.storage.url import is_url, local_path


def scan(  # noqa: PLR0913  what a scan may be told is that much
    paths: Iterable[str | os.PathLike[str]] = (),
    *,
    catalog: str | os.PathLike[str] | Catalog,
    executor: Executor | None = None,
    listed: Iterable[Listed] = (),
    exclude: Sequence[str] = (),
    tags: Sequence[str] = (),
    rejudge: bool = False,
    constants: dict[tuple[str, str], str] | None = None,
    watcher: Watcher | None = None,
    stop: Callable[[], bool] = lambda: False,
    plan: Plan | None = None,
    **options: Any,
) -> Summary:
    """Examine everything below `paths`, and what is `listed`, into a catalog, which is made where there is none; go on where one stopped.

    `options` are those of a `Plan` (`workers`, `depth`, `timeout` in seconds, `memory` in bytes, `tries`, …). With `rejudge` all stored
    reports of an older knowledge are judged anew first; without any path nothing else is done. With `constants` exactly these values
    (namespace and value, with a note) count for nothing from now on (`catalog.constant`). `stop` is asked several times a second
    whether to end. What fails is in the summary, and so is why a scan was `stopped` before its end: then the same call goes on.

    Raises a ForensicError where the catalog cannot be opened or is write-protected, ValueError for options that are none, GuardMissing
    where the guard is asked for and not complete.
    """
    plan = _plan(Plan() if plan is None else plan, options)
    roots, watcher, clock = [_whole(os.fspath(path)) for path in paths], watcher or Nobody(), Clock()
    some = iter(listed)
    first = next(some, None)
    searching = bool(roots) or first is not None or not (rejudge or constants is not None)
    opened = catalog if isinstance(catalog, Catalog) else open_catalog(os.fspath(catalog), must_exist=not searching)
    try:
        opened.store.require_writable()
        summary = Summary(searching=False)
        if constants is not None:
            opened.use_constants(constants, judge=False)
        if rejudge:
            _rejudge(opened, plan, summary, watcher, stop)
        rejudged = summary.rejudged
        if searching and not summary.stopped:
            _retry_what_is_back(opened)
            with _Memory(opened.store.url) as memory:
                search = Search(roots, _again(first, some), plan, exclude=exclude, tags=tags, known=memory.fingerprint)
                summary = (executor or Local()).examine(opened, plan, search, roots, watcher, stop)
        summary.rejudged = rejudged
        if not summary.stopped:
            _compare(opened, plan, summary, watcher, stop)
        summary.seconds = clock.seconds()
        return summary
    finally:
        if opened is not catalog:
            opened.close()


def _rejudge(catalog: Catalog, plan: Plan, summary: Summary, watcher: Watcher, stop: Callable[[], bool]) -> None:
    """Judge the stored reports of an older knowledge anew; what is not done here does the next scan that is asked to."""
    old = summary.rejudging = sum(row.knowledge != KNOWLEDGE for row in catalog.store.images(status="done"))

    def advance(done: int) -> None:
        summary.rejudged, summary.rejudging = done, max(0, old - done)
        watcher.progressed(summary)
        if stop():
            raise Interrupted

    try:
        rejudge_reports(catalog.store, processes=plan.children(), progress=advance)
    except Interrupted:
        summary.stopped = "interrupted"
    else:
        summary.rejudging = 0


def _whole(path: str) -> str:
    """Return a path as it names a source in the catalog: from the root on, so that it is the same from every folder; a URL as it is."""
    local = local_path(path) if is_url(path) else path
    return path if local is None else os.path.abspath(local)


class _Memory:
    """What the catalog knows of sources, for the thread that searches: by a connection of its own, so that it waits for nobody."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._store: Store | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._store is not None:
            self._store.close()

    def fingerprint(self, path: str) -> str | None:
        """Return the fingerprint with which a source was offered last."""
        try:
            if self._store is None:
                self._store = open_store(self._url, must_exist=True)
            row = self._store.image_of(path)
        except ForensicError:  # a catalog that is busy: the bytes tell
            return None
        return None if row is None else row.fingerprint


def _plan(plan: Plan, options: dict[str, Any]) -> Plan:
    unknown = options.keys() - set(Plan.__struct_fields__)
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))}: no option of a scan; those are {', '.join(Plan.__struct_fields__)}")
    return msgspec.structs.replace(plan, **options)


def _again(first: Listed | None, rest: Iterable[Listed]) -> Iterable[Listed]:
    if first is not None:
        yield first
        yield from rest


def _retry_what_is_back(catalog: Catalog) -> None:
    """Let sources be tried again that had been removed when their turn came, and are there again."""
    back = [one.path for one in catalog.store.failures() if one.quarantined and one.reason == GONE and _is_there(one.path)]
    if back:
        catalog.retry_failed(back)


def _is_there(path: str) -> bool:
    """Whether a source may be there again: of one behind a URL that is seen when it is read."""
    return is_url(path) or Path(path).exists()


def _compare(catalog: Catalog, plan: Plan, summary: Summary, watcher: Watcher, stop: Callable[[], bool]) -> None:
    """Judge the pairs of what was stored; what is not done here does the next scan."""
    summary.comparing = True
    watcher.progressed(summary)
    try:
        summary.compared = compare_stored(catalog, plan.children(), stop)
        summary.grouped = catalog.keep_groups()
    except Interrupted:
        summary.stopped = "interrupted while comparing"
    except ForensicError as error:
        watcher.happened(Said(f"not everything was compared, the next scan goes on: {error}"))
    summary.comparing = False
