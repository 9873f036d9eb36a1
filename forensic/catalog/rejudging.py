"""Rejudging: every stored report judged anew by the knowledge of today, from its facts alone and in several processes; no image is opened.

It can be killed at any moment and goes on where it was: a report that was replaced has today's knowledge. Pairs follow from reports, so
they are judged anew after them.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

from forensic.catalog.entry import entry_of, unpacked
from forensic.catalog.judging import Judging
from forensic.catalog.opening import open_store
from forensic.catalog.record import Entry
from forensic.catalog.store import Store
from forensic.errors import ForensicError
from forensic.examination import rejudge
from forensic.reasoning import KNOWLEDGE

AHEAD = 4
"""Reports for each process that are given out before the first of them is back."""
Progress = Callable[[int], None]


class Rejudged(NamedTuple):
    """What became of the reports of a catalog."""

    reports: int
    """That were judged anew."""
    changed: int
    """Of which the verdict over an installation is another one."""
    damaged: int
    """That could not be read; `check` names them."""
    states: int
    """That were compared anew."""


def rejudge_all(store: Store, *, processes: int | None = None, everything: bool = False, progress: Progress | None = None) -> Rejudged:
    """Judge all reports of an older knowledge anew, then the pairs of their states; with `everything` those of today's too."""
    count = max(1, processes or os.cpu_count() or 1)
    done = rejudge_reports(store, processes=count, everything=everything, progress=progress)
    return done._replace(states=judge_pending(store, processes=count))


def rejudge_reports(store: Store, *, processes: int, everything: bool = False, progress: Progress | None = None) -> Rejudged:
    """Do the same without the pairs. What `progress` raises ends it after the report in hand; the next call goes on from there."""
    reports = changed = damaged = 0
    for image, before, answer in _answers(store, processes, everything=everything):
        if answer is None:
            damaged += 1
        else:
            entry, differs = answer
            reports += store.replace(image, before, entry)
            changed += differs
        if progress is not None:
            progress(reports + damaged)
    return Rejudged(reports, changed, damaged, 0)


def judge_pending(store: Store, *, processes: int = 1, unjudged: bool = False) -> int:
    """Compare the states that were not yet by today's knowledge, in several processes; how many they were."""
    if processes == 1 or len(store.uncompared(KNOWLEDGE, unjudged=unjudged, limit=100)) < processes * 8:
        return Judging(store).pending(unjudged=unjudged)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        parts = [pool.submit(_pending, store.url, (number, processes), unjudged=unjudged) for number in range(processes)]
        return sum(part.result() for part in parts)


def _pending(url: str, part: tuple[int, int], *, unjudged: bool) -> int:
    store = open_store(url, must_exist=True)
    try:
        return Judging(store).pending(unjudged=unjudged, part=part)
    finally:
        store.close()


def _answers(store: Store, processes: int, *, everything: bool) -> Iterator[tuple[int, str, tuple[Entry, bool] | None]]:
    """Yield image, the knowledge of its report before, and the report judged anew; None where it cannot be read."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_heed_nothing) as pool:
        waiting: list[tuple[int, str, Future[tuple[Entry, bool] | None]]] = []
        for image, before in _older(store, everything=everything):
            body = store.body(image)
            if body is None:
                continue
            waiting.append((image, before, pool.submit(_anew, body)))
            if len(waiting) >= processes * AHEAD:
                number, knowledge, answer = waiting.pop(0)
                yield number, knowledge, answer.result()
        for number, knowledge, answer in waiting:
            yield number, knowledge, answer.result()


def _heed_nothing() -> None:
    """Ignore the interrupt of a terminal: the parent ends its processes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _older(store: Store, *, everything: bool) -> Iterator[tuple[int, str]]:
    after = 0
    while some := store.older("" if everything else KNOWLEDGE, after, 500):
        yield from some
        after = some[-1][0]


def _anew(body: bytes) -> tuple[Entry, bool] | None:
    try:
        report = unpacked(body)
    except ForensicError:
        return None
    fresh = rejudge(report)
    return entry_of(fresh), [one.verdict.history for one in report.installations] != [one.verdict.history for one in fresh.installations]
