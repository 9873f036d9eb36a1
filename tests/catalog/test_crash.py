"""Killed programs: nothing that was told to be stored is lost, and nothing is there in half."""

import random
import signal
import subprocess
import sys
import time

import pytest

from forensic.catalog.catalog import open_catalog
from forensic.catalog.record import Source

WRITER = """
import sys
from forensic.catalog.catalog import open_catalog
from tests.catalog.conftest import entry
catalog = open_catalog(sys.argv[1])
print("ready", flush=True)
while jobs := catalog.lease(3, sys.argv[2], 1.0):
    for job in jobs:
        values = [("machine-guid", job.path), ("sus-client-id", "all"), *((f"own-{number}", job.path) for number in range(30))]
        if catalog.done(job, entry(*values, body=job.path.encode() * 50), compare=False):
            print(job.path, flush=True)
"""
COUNT = 400
KILLS = 12


def started(url, name):
    return subprocess.Popen([sys.executable, "-c", WRITER, url, name], stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_writers_that_are_killed_lose_and_repeat_nothing(catalog_url, tmp_path):
    paths = [f"/evidence/{number:04}" for number in range(COUNT)]
    with open_catalog(catalog_url) as catalog:
        catalog.offer(Source(path, "1") for path in paths)
    chance, told, kills = random.Random(1), list[str](), 0
    while True:
        with started(catalog_url, f"writer-{kills}") as writer:
            assert writer.stdout.readline() == "ready\n"
            if kills < KILLS:
                time.sleep(chance.uniform(0.0, 0.12))
                writer.kill()
                kills += 1
            told += writer.stdout.read().split()
        with open_catalog(catalog_url) as catalog:
            counts = catalog.counts()
            if counts.waiting + counts.leased == 0:
                break
    assert len(told) == len(set(told))
    with open_catalog(catalog_url) as catalog:
        stored = {one.path: one for one in catalog.store.images(status="done")}
        assert set(stored) == set(paths)
        assert set(told) <= set(stored)
        assert all(catalog.store.body(one.id) == path.encode() * 50 for path, one in stored.items())
        assert {one.name for one in catalog.store.check(repair=True)} <= {"report-not-named"}
        assert catalog.check() == []
        assert catalog.counts().states == COUNT
    assert kills == KILLS


def test_two_programs_share_the_work(catalog_url):
    with open_catalog(catalog_url) as catalog:
        catalog.offer(Source(f"/evidence/{number:04}", "1") for number in range(120))
    with started(catalog_url, "one") as one, started(catalog_url, "two") as two:
        told = [writer.communicate()[0].split()[1:] for writer in (one, two)]
    assert sorted([*told[0], *told[1]]) == [f"/evidence/{number:04}" for number in range(120)]
    with open_catalog(catalog_url) as catalog:
        assert catalog.counts().done == 120
        assert catalog.check() == []


def test_a_state_whose_comparison_was_cut_short_is_compared_by_the_next(catalog_url, reports, monkeypatch):
    from forensic.catalog import judging
    from tests.catalog.conftest import stored

    def killed(*_, **__):
        raise KeyboardInterrupt

    with open_catalog(catalog_url) as catalog:
        stored(catalog, reports[:1])
        monkeypatch.setattr(judging, "judge_pair", killed)
        with pytest.raises(KeyboardInterrupt):
            stored(catalog, reports[1:2])
        assert catalog.counts().done == 2
        assert (catalog.counts().uncompared, catalog.counts().pairs) == (1, 0)
    monkeypatch.undo()
    with open_catalog(catalog_url) as catalog:
        assert catalog.judge_pending() == 1
        assert (catalog.counts().uncompared, catalog.counts().pairs) == (0, 1)
