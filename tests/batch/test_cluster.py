"""A real Dask cluster of several processes over a real PostgreSQL: workers and the scheduler are killed, nothing is lost or done twice."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter

import msgspec
import pytest

from forensic.batch.cluster import Cluster
from forensic.batch.search import Search
from forensic.catalog.catalog import open_catalog
from forensic.errors import Unsupported
from tests.batch.archive import QUICK, Recorder, done, failures, healthy, poison, run, stored

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
pytestmark = [
    pytest.mark.filterwarnings("default"),  # Dask's own, as its processes are killed
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are found in /proc"),
]
PLAN = msgspec.structs.replace(QUICK, timeout=6)


@pytest.fixture
def cluster(tmp_path):
    """Give an executor over a scheduler, and a function that starts it and one that starts a worker: they return their processes."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        address, started = f"tcp://127.0.0.1:{one.getsockname()[1]}", []

    def process(*arguments):
        command = [sys.executable, "-m", "dask", *arguments]
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return started[-1]

    def scheduler():
        return process("scheduler", "--host", address, "--no-dashboard", "--no-show")

    def worker():
        return process(
            "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0", "--local-directory", str(tmp_path)
        )

    yield Cluster(address), scheduler, worker
    for one in started:
        one.kill()
        one.wait()


def examined(executor, catalog, root, act=lambda summary: None):
    watcher = Recorder()
    watcher.progressed = act
    with open_catalog(str(catalog)) as opened:
        return executor.examine(opened, PLAN, Search([str(root)], (), PLAN), [str(root)], watcher, lambda: False)


def test_workers_killed(tmp_path, cluster, shared):
    executor, scheduler, worker = cluster
    bad = poison(tmp_path / "evidence", "segv", "hang")
    images, catalog, rng = healthy(tmp_path / "evidence", 60), shared, random.Random(4)
    scheduler()
    workers, kills = [worker(), worker()], []

    def act(summary):
        if len(kills) < 3 and done(catalog) >= 10 * (len(kills) + 1):
            victim = workers.pop(rng.randrange(len(workers)))
            os.kill(victim.pid, signal.SIGKILL)
            kills.append(victim.pid)
            workers.append(worker())

    summary = examined(executor, catalog, tmp_path / "evidence", act)
    print(f"{len(kills)} workers killed, {summary.children} nodes, {summary.done} done, {summary.failed} failed: {summary.failures}")
    assert summary.stopped == ""
    assert len(kills) == 3
    assert stored(catalog) == Counter(images)
    assert failures(catalog) == {bad["segv"]: "killed by SIGSEGV", bad["hang"]: "no answer in 6 s"}


def test_scheduler_killed(tmp_path, cluster, shared):
    executor, scheduler, worker = cluster
    images, catalog = healthy(tmp_path / "evidence", 60), shared
    one, workers = scheduler(), [worker(), worker()]

    def act(summary):
        if done(catalog) >= 10 and one.poll() is None:
            one.kill()
            one.wait()

    summary = examined(executor, catalog, tmp_path / "evidence", act)
    saved = done(catalog)
    print(f"scheduler killed, {saved} of {len(images)} stored by its workers, stopped: {summary.stopped!r}")
    assert saved >= 10
    for process in workers:
        process.kill()
        process.wait()
    time.sleep(0.2)
    later = run(catalog, tmp_path / "evidence")
    assert later.done == len(images) - saved
    assert stored(catalog) == Counter(images)
    assert failures(catalog) == {}


def test_file_of_a_catalog_is_for_a_local_cluster(tmp_path):
    with pytest.raises(Unsupported, match="share a catalog in PostgreSQL"):
        examined(Cluster("tcp://127.0.0.1:1"), tmp_path / "archive.db", tmp_path)
