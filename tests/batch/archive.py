"""Small archives of images for tests of the batch, and what is asserted of a catalog afterwards."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

import msgspec

from forensic.batch.executor import Local
from forensic.batch.plan import Plan
from forensic.batch.search import Search
from forensic.batch.summary import Summary
from forensic.catalog.catalog import open_catalog
from forensic.errors import Unreadable
from tests.batch.hostile import hostile_image
from tests.conftest import PROJECT

HOSTILE = "tests.batch.hostile:examine_hostile"
QUICK = Plan(workers=2, depth="triage", timeout=60, memory=512 << 20, tries=2, examiner=HOSTILE)


def healthy(folder, count):
    """Write copies of a sample; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for number in range(count):
        path = folder / f"pc-{number:03}.qcow2"
        shutil.copyfile(PROJECT / "samples" / "nt4.qcow2", path)
        made.append(str(path))
    return made


def poison(folder, *kinds):
    """Write an image for each kind of harm; return kind -> path."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {}
    for kind in kinds:
        path = folder / f"{kind.replace(' ', '-')}.dd"
        path.write_bytes(hostile_image(kind))
        made[kind] = str(path)
    return made


class Recorder:
    """A watcher that remembers."""

    def __init__(self, act=lambda event: None):
        self.events, self.act = [], act

    def happened(self, event):
        self.events.append(event)
        self.act(event)

    def progressed(self, summary):
        pass


def run(catalog, root, plan=QUICK, watcher=None):
    """Examine in this process, without comparing; return the summary."""
    with open_catalog(str(catalog)) as opened:
        return Local().examine(opened, plan, Search([str(root)], (), plan), [str(root)], watcher or Recorder(), lambda: False)


def start(catalog, root, plan=QUICK):
    """Start a node as a process."""
    command = [sys.executable, "-m", "tests.batch.node", str(catalog), str(root), msgspec.json.encode(plan).decode()]
    return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(process):
    """Return the summary of a node that ends by itself."""
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()
    return msgspec.json.decode(out, type=Summary)


def children(process):
    """Return the process ids of the children that live."""
    found = []
    for task in Path(f"/proc/{process.pid}/task").glob("*/children"):
        try:
            found += map(int, task.read_text().split())
        except OSError:
            continue
    return found


def lives(pid):
    """Whether a process is there, and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill_one(process, rng=random):
    """Kill one of the children; whether there was one."""
    living = children(process)
    if not living:
        return False
    os.kill(rng.choice(living), signal.SIGKILL)
    return True


def stored(catalog):
    """Return how often each path has a report of its own, by the reports themselves."""
    with open_catalog(str(catalog)) as opened:
        done = [row.path for row in opened.store.images(status="done")]
        return Counter(opened.report(path).source.path for path in done)


def done(catalog):
    """Return how many images are stored, while others write."""
    if "://" in str(catalog):
        with suppress(Unreadable), open_catalog(catalog, must_exist=True) as opened:
            return opened.counts().done
        return 0
    if not catalog.exists():
        return 0
    try:
        connection = sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)
        try:
            return connection.execute("SELECT count(*) FROM image WHERE status = 'done'").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.OperationalError:  # not made yet
        return 0


def failures(catalog):
    """Return path -> reason of what was set aside."""
    with open_catalog(str(catalog)) as opened:
        return {one.path: one.reason for one in opened.store.failures() if one.quarantined}
