"""Measures a scan: workers against one, the supervisor against a loop in one process, and memory over many examinations.

`python -m benchmarks.scan [--images N] [--again N] [--depth triage]` copies a small sample N times into a temporary folder and prints a
table. A loop in one process does what a child does, and what the supervisor does with it: report, catalog entry, storing; so the
difference is the watching, the pipes and the guard. Ratios of processor time can be trusted on a busy machine, those of wall time not.
Comparing is not part of it: `benchmarks.catalog` measures that.
"""

import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

from forensic.batch.discovery import Discovery
from forensic.batch.event import Examined, Nobody
from forensic.batch.executor import Local
from forensic.batch.plan import Plan
from forensic.batch.search import Search
from forensic.catalog.catalog import open_catalog
from forensic.catalog.record import Source

SAMPLE = Path(__file__).parent.parent / "samples" / "desk-10.E01"


def made(folder, count):
    """Copy the sample `count` times."""
    folder.mkdir()
    for number in range(count):
        shutil.copyfile(SAMPLE, folder / f"pc-{number:05}.E01")
    return folder


def used():
    """Return processor seconds of this process, and of its children that ended."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime, children.ru_utime + children.ru_stime


class Sizes(Nobody):
    """Remembers the resident size of the children, over time."""

    def __init__(self):
        self.sizes, self._count = [], 0

    def happened(self, event):
        self._count += isinstance(event, Examined)
        if self._count % 50 == 0:
            self.sizes.append((self._count, sum(map(resident, children()))))


def children():
    """Return the process ids of the children that live."""
    return [int(pid) for task in Path("/proc/self/task").glob("*/children") for pid in task.read_text().split()]


def resident(pid):
    """Return the bytes that a process has in memory."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def scanned(folder, catalog, plan, watcher=None):
    """Run a scan; return the summary, wall seconds, and processor seconds of supervisor and children."""
    before, start = used(), time.perf_counter()
    with open_catalog(str(catalog)) as opened:
        summary = Local().examine(opened, plan, Search([str(folder)], (), plan), [str(folder)], watcher or Nobody(), lambda: False)
    wall, after = time.perf_counter() - start, used()
    return summary, wall, after[0] - before[0], after[1] - before[1]


def looped(folder, catalog, depth):
    """Do the same in a loop in this process; return how many, wall seconds, and processor seconds."""
    from forensic.examination import examine

    before, start = used(), time.perf_counter()
    with open_catalog(str(catalog)) as opened:
        opened.offer(Source(one.path, one.fingerprint, (), depth) for one in Discovery().below(str(folder)))
        count = 0
        while jobs := opened.lease(8, "benchmark", 600):
            for job in jobs:
                count += opened.done(job, examine(job.path, depth=job.depth), compare=False)
    return count, time.perf_counter() - start, used()[0] - before[0]


def in_process_of_its_own(function, *arguments):
    """Run a measurement in a fork, so that it begins with what this one has loaded and leaves nothing; return what it returns."""
    from multiprocessing import get_context

    def run(connection):
        connection.send(function(*arguments))

    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=run, args=(sender,))
    process.start()
    result = receiver.recv()
    process.join()
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--again", type=int, default=2000, help="examinations over which memory is watched")
    parser.add_argument("--depth", choices=("triage", "full"), default="full")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        folder = made(work / "images", given.images)
        print(f"{given.images} copies of {SAMPLE.name}, depth {given.depth}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
        print("| | wall s | images/s | CPU s of supervisor | CPU s of children | all CPU |\n|---|---|---|---|---|---|")
        count, wall, cpu = in_process_of_its_own(looped, folder, work / "loop.db", given.depth)
        print(f"| loop in one process | {wall:.1f} | {count / wall:.1f} | {cpu:.2f} | | 1.00 |", flush=True)
        walls = {}
        for workers in (1, 2):
            plan = Plan(workers=workers, depth=given.depth)
            summary, walls[workers], own, theirs = in_process_of_its_own(scanned, folder, work / f"scan{workers}.db", plan)
            rate, row = summary.done / walls[workers], f"scan, {workers} worker{'s' * (workers > 1)}"
            print(f"| {row} | {walls[workers]:.1f} | {rate:.1f} | {own:.2f} | {theirs:.2f} | {(own + theirs) / cpu:.2f} |", flush=True)
        print(f"\n2 workers against 1: {walls[1] / walls[2]:.2f} times")
        many = made(work / "many", given.again)
        watcher = Sizes()
        summary, *_ = scanned(many, work / "many.db", Plan(workers=1, depth="triage", renewed=given.again), watcher)
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        sizes = ", ".join(f"{size >> 20} MB after {count}" for count, size in watcher.sizes[:: max(1, len(watcher.sizes) // 5)])
        print(f"one child over {summary.done} triages: {sizes}; supervisor {own} MB at most")


if __name__ == "__main__":
    sys.exit(main())
