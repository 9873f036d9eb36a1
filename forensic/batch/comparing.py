"""Comparing: the pairs of what a scan stored, judged in several processes, which an interrupt ends at any moment and loses nothing by."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from multiprocessing import get_context

from forensic.catalog.catalog import Catalog
from forensic.catalog.judging import Judging
from forensic.catalog.opening import open_store

FEW = 16
"""States for which no process is started."""
TICK = 0.1


class Interrupted(Exception):
    """Comparing was ended; the next scan goes on."""


def compare_stored(catalog: Catalog, processes: int, stop: Callable[[], bool]) -> int:
    """Judge the states that were not compared by today's knowledge; how many they were. Interrupted where `stop` says so."""
    before = catalog.counts().uncompared
    if before <= FEW or processes == 1:
        catalog.judge_pending(progress=lambda _: _heed(stop))
        return before
    context = get_context("spawn")
    working = [
        context.Process(target=_compare_part, args=(catalog.store.url, (number, processes)), daemon=True) for number in range(processes)
    ]
    try:
        for process in working:
            process.start()
        while any(process.is_alive() for process in working):
            _heed(stop)
            time.sleep(TICK)
    finally:
        for process in working:
            if process.is_alive():
                process.terminate()  # each state is one transaction: kept, or not
            process.join()
    catalog.judge_pending(progress=lambda _: _heed(stop))  # what one that failed has left
    return before - catalog.counts().uncompared


def _heed(stop: Callable[[], bool]) -> None:
    if stop():
        raise Interrupted


def _compare_part(url: str, part: tuple[int, int]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal: the parent ends this process
    store = open_store(url, must_exist=True)
    try:
        Judging(store).pending(part=part)
    finally:
        store.close()
