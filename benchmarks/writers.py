"""Several programs at one catalog at once: how many reports they store, and how many jobs they lease.

    python -m benchmarks.writers archive.db
    python -m benchmarks.writers postgresql://host/name
    python -m benchmarks.writers server        # a PostgreSQL of its own, as the tests start it, that writes through to the disk

The reports are those of `benchmarks.catalog`: 50 identifiers each, shared as in life, and 20 KB.
"""

import argparse
import contextlib
import multiprocessing
import os
import random
import time

from benchmarks.catalog import entry, timed, told
from forensic.catalog.opening import open_store
from forensic.catalog.record import Source

IMAGES = 1_000_000
"""Of the archive from which the values are drawn."""


def _store(url, number, count, ready, answers):
    chance = random.Random(number)
    mine = [entry(number * count + one, chance.randrange(1000), IMAGES, chance) for one in range(count)]
    store = open_store(url)
    ready.wait()
    began = time.time()
    seconds = timed(lambda one: store.add(Source(f"/writer/{number}/{one}.E01", "1"), mine[one]), range(count))
    answers.put((began, time.time(), seconds))
    store.close()


def _lease(url, number, at_once, ready, answers):
    store = open_store(url)
    ready.wait()
    began, leased = time.time(), []
    while jobs := store.lease(at_once, f"writer {number}", 600):
        leased += [(0.0, 0.0)] * len(jobs)
    answers.put((began, time.time(), leased))
    store.close()


def together(work, url, writers, amount):
    """Let several processes do the same; how much they did in a second, and how long each step took."""
    context = multiprocessing.get_context("spawn")
    ready, answers = context.Barrier(writers), context.Queue()
    processes = [context.Process(target=work, args=(url, number, amount, ready, answers)) for number in range(writers)]
    for one in processes:
        one.start()
    found = [answers.get() for _ in processes]
    for one in processes:
        one.join()
    span = max(one[1] for one in found) - min(one[0] for one in found)
    steps = [step for one in found for step in one[2]]
    return len(steps) / span, steps


def measure(url, writers, count):
    """Store and lease, by one and by several."""
    for number in sorted({1, writers}):
        speed, steps = together(_store, url, number, count)
        print(f"{number} storing at once, durable: {speed:,.0f} reports/s")
        told(f"  each report of {number}", steps)
        clean(url)
    for at_once in (1, 8):
        store = open_store(url)
        began = time.perf_counter()
        store.offer(Source(f"/jobs/{one}.E01", "1") for one in range(count * 5 * at_once))
        offered = count * 5 * at_once / (time.perf_counter() - began)
        store.close()
        speed, steps = together(_lease, url, writers, at_once)
        print(f"{writers} leasing {at_once} at a time: {speed:,.0f} jobs/s ({len(steps):,}); offered before: {offered:,.0f} sources/s")
        clean(url)


def clean(url):
    """Check what was stored, and take it away again."""
    store = open_store(url)
    print("  check:", [one.name for one in store.check()] or "nothing is wrong")
    store.forget(["/writer", "/jobs"])
    store.close()


def main():
    """Measure one catalog."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("catalog")
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--count", type=int, default=200)
    given = parser.parse_args()
    with contextlib.ExitStack() as stack:
        url = given.catalog
        if url == "server":
            from tests.catalog import server

            os.environ["PGPASSWORD"] = server.PASSWORD
            running = server.Server(durable=True)
            stack.callback(running.stop)
            url = running.database()
            print(running.execute("SELECT version()")[0][0])
        measure(url, given.writers, given.count)


if __name__ == "__main__":
    main()
