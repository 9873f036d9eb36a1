"""The catalog at scale: a synthetic archive, skewed as in life, and what it costs to ask and to add.

    python -m benchmarks.catalog make FOLDER --images 100000
    python -m benchmarks.catalog measure FOLDER

Of 50 identifiers of each image 15 are equal within a group of copies (a fifth of all images are in groups of 2 to 30), 17 are its own,
8 come from installation media (some 250 images each), 5 from a model of hardware (some 17), and 5 are constants that up to a quarter of all
images have. `make` writes the tables in order, as a bulk load; everything that `measure` does goes through the store, as in a scan.
"""

import argparse
import multiprocessing
import os
import random
import sqlite3
import statistics
import tempfile
import time
from array import array
from itertools import groupby
from pathlib import Path

from forensic.catalog.grouping import grouped
from forensic.catalog.key import key_of
from forensic.catalog.record import Entry, Source, StateEntry
from forensic.catalog.sqlite import SqliteStore
from forensic.model import Identifier
from forensic.reasoning import KNOWLEDGE

STRONG, OWN, MEDIA, MODEL, CONSTANT = 15, 17, 8, 5, 5
KINDS = [
    *(f"strong-{number}" for number in range(STRONG)),
    *(f"own-{number}" for number in range(OWN)),
    *(f"media-{number}" for number in range(MEDIA)),
    *(f"model-{number}" for number in range(MODEL)),
    *(f"constant-{number}" for number in range(CONSTANT)),
]
SHARES = (0.264, 0.12, 0.05, 0.02, 0.005)
"""Of the images that have the most frequent value of each kind of constants."""
BUCKETS = 64
REPORT = 20_000
"""Bytes of a compressed report."""


def groups_of(images, seed):
    """Sizes of the groups of copies, until a fifth of the images are in one: most are small."""
    chance, left = random.Random(seed), images // 5
    while left > 1:
        size = min(left, 30, 2 + int(chance.expovariate(0.75)))
        yield size
        left -= size


def identifiers(image, group, images, chance):
    """Values of one image: kind -> text."""
    for number in range(STRONG):
        yield number, f"group {group}" if group is not None else f"image {image}"
    for number in range(STRONG, STRONG + OWN):
        yield number, f"image {image}"
    at = STRONG + OWN
    for number in range(at, at + MEDIA):
        yield number, f"media {chance.randrange(max(1, images // 250))}"
    at += MEDIA
    for number in range(at, at + MODEL):
        yield number, f"model {chance.randrange(max(1, images // 17))}"
    at += MODEL
    for number, share in enumerate(SHARES):
        yield at + number, "constant" if chance.random() < share else f"image {image}"


def make(folder, images, seed=1):
    """Make the archive."""
    began = time.perf_counter()
    path = Path(folder) / "archive.db"
    SqliteStore(path, durable=False).close()
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA synchronous=OFF")
    database.execute("DROP INDEX occurrence_of_state")
    database.execute("BEGIN")
    database.executemany("INSERT INTO kind VALUES (?, ?, 'current')", list(enumerate(KINDS, 1)))
    database.execute("INSERT INTO extraction VALUES (1, '{}')")
    sizes = list(groups_of(images, seed))
    member_of = [group for group, size in enumerate(sizes) for _ in range(size)]
    order = list(range(images))
    random.Random(seed).shuffle(order)
    group_of = dict(zip(order, member_of, strict=False))
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        buckets = [array("q") for _ in range(BUCKETS)]
        files = [(Path(scratch) / str(number)).open("wb") for number in range(BUCKETS)]
        chance = random.Random(seed)
        for image in range(1, images + 1):
            group = group_of.get(image - 1)
            for kind, text in identifiers(image, group, images, chance):
                key = key_of(KINDS[kind], text)
                bucket = buckets[(key >> 58) & (BUCKETS - 1)]
                bucket.extend((key, image, kind + 1))
                if len(bucket) > 30_000:
                    bucket.tofile(files[(key >> 58) & (BUCKETS - 1)])
                    del bucket[:]
        for bucket, file in zip(buckets, files, strict=True):
            bucket.tofile(file)
            file.close()
        database.executemany(
            "INSERT INTO image(source, fingerprint, wanted_depth, status, stored, stored_fingerprint, format, size, examined, depth, tool,"
            " knowledge, policy, incomplete, extraction) VALUES (?, '1', 'full', 'done', '2026-11-29T00:00:00Z', '1', 'ewf', 64023257088,"
            " '2026-11-29T00:00:00Z', 'full', '0.1.0', ?, 'none-found', 0, 1)",
            ((f"/evidence/archive/site-{image % 97:02}/room-{image % 1013:04}/disk-{image:07}.E01", KNOWLEDGE) for image in range(images)),
        )
        database.executemany(
            "INSERT INTO state(image, installation, origin, computer_name, machine_sid, product, era, role, history, policy, strength,"
            " compared) VALUES (?, 'p2/Windows', 'active', ?, ?, 'Windows 10 Pro', '10', 'workstation', 'installed', 'none-found',"
            " 'strong', ?)",
            (
                (image, f"PC-{image:07}", f"S-1-5-21-{image * 7919 % 4294967291}-{image * 104729 % 4294967291}-1000", KNOWLEDGE)
                for image in range(1, images + 1)
            ),
        )
        for number in sorted(range(BUCKETS), key=lambda one: one if one < BUCKETS // 2 else one - BUCKETS):
            values = array("q")
            data = (Path(scratch) / str(number)).read_bytes()
            values.frombytes(data)
            rows = sorted(zip(values[0::3], values[1::3], values[2::3], strict=True))
            database.executemany("INSERT INTO occurrence VALUES (?, ?, ?)", rows)
            shared = ((key, held[0][2], len(held)) for key, some in groupby(rows, key=lambda row: row[0]) if len(held := list(some)) > 1)
            database.executemany("INSERT INTO frequency VALUES (?, ?, ?)", shared)
    database.execute("CREATE INDEX occurrence_of_state ON occurrence(state)")
    _pairs(database, group_of)
    database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    print(f"made: {images:,} images, {len(sizes):,} groups of {len(member_of):,} images, {time.perf_counter() - began:.0f} s")


def _pairs(database, group_of):
    """Write the pairs that a scan would have judged: each state with up to 16 members of its group that were there before it."""
    kinds = "machine-sid sus-client-id dtc-cid machine-guid lsa-boot-key dpapi-master-key"
    database.execute(
        "INSERT INTO answer VALUES (1, ?, 'duplicated-without-sysprep', 'violation', 'proven', 'proven', 'yes', 'a-is-source', ?)",
        (KNOWLEDGE, kinds),
    )
    members = {}
    for image, group in group_of.items():
        members.setdefault(group, []).append(image + 1)
    pairs = sorted((a, b) for some in members.values() for place, b in enumerate(sorted(some)) for a in sorted(some)[:place][:16])
    database.executemany("INSERT INTO pair VALUES (?, ?, 1, '2024-03-11T08:14:00.0000000Z', '2024-03-11T09:02:00.0000000Z')", pairs)


def entry(image, group, images, chance):
    """The entry of a new image."""
    found = tuple(sorted(Identifier(KINDS[kind], text, "current") for kind, text in identifiers(image, group, images, chance)))
    state = StateEntry(
        "p2/Windows", "active", f"PC-{image}", None, None, "Windows 10 Pro", "10", "workstation", "installed", "none-found", "strong", found
    )
    body = random.Random(image).randbytes(REPORT)
    return Entry(body, "ewf", 1, None, "full", "0.1.0", KNOWLEDGE, "none-found", False, {}, (state,))


def told(name, seconds):
    """Print median, 95th and 99th percentile in milliseconds, and the processor's time of one: the others wait for who else is there."""
    ordered = sorted(one * 1000 for one, _ in seconds)
    cpu = statistics.mean(one * 1000 for _, one in seconds)
    parts = (statistics.median(ordered), ordered[int(len(ordered) * 0.95)], ordered[int(len(ordered) * 0.99)], ordered[-1])
    print(f"{name:<44} median {parts[0]:8.2f}  p95 {parts[1]:8.2f}  p99 {parts[2]:8.2f}  max {parts[3]:8.2f} ms  CPU {cpu:6.2f}")


def timed(function, over):
    """Seconds of each call: those that passed, and those of the processor."""
    found = []
    for one in over:
        began, busy = time.perf_counter(), time.process_time()
        function(one)
        found.append((time.perf_counter() - began, time.process_time() - busy))
    return found


def measure(folder, writers, count):
    """Ask and add, through the store."""
    path = Path(folder) / "archive.db"
    store = SqliteStore(path)
    images = sum(store.counts(knowledge=KNOWLEDGE).policies.values())
    print(f"{images:,} images; {path.stat().st_size / 1e9:.2f} GB without reports")
    chance = random.Random(os.getpid())
    some = [chance.randrange(1, images + 1) for _ in range(count)]
    told("candidates of a state", timed(store.candidates_of, some))
    told("the same again, pages in memory", timed(store.candidates_of, some))
    fresh = [entry(images + 10_000 + number, chance.randrange(1000), images, chance) for number in range(count)]
    told("relatives: candidates of a new report", timed(lambda one: store.candidates(one.states[0].identifiers), fresh))
    run = chance.getrandbits(32)
    told(
        "insert, durable (two fsyncs)",
        timed(lambda number: store.add(Source(f"/new/{run}/{number}.E01", "1"), fresh[number]), range(count)),
    )
    lazy = SqliteStore(path, durable=False)
    told("insert, not durable", timed(lambda number: lazy.add(Source(f"/lazy/{run}/{number}.E01", "1"), fresh[number]), range(count)))
    lazy.close()
    began = time.perf_counter()
    found = grouped(store)
    print(f"groups over stored pairs: {len(found):,}, the largest {max(len(one.group.members) for one in found)}, "
          f"{sum(len(one.pairs) for one in found):,} pairs: {time.perf_counter() - began:.1f} s")  # fmt: skip
    began = time.perf_counter()
    edges = stars(path)
    print(f"candidates of all groups: {edges[0]:,} edges, {edges[1]:,} groups, the largest {edges[2]}: {time.perf_counter() - began:.1f} s")
    jobs(store, run, count)
    several(path, writers, count)
    store.close()


def stars(path):
    """Who shares a value of a strong kind with whom, over the whole archive: as a bulk judgement asks."""
    database = sqlite3.connect(path)
    sql = (
        "SELECT o.key, o.state FROM frequency f JOIN kind ON kind.id = f.kind CROSS JOIN occurrence o ON o.key = f.key"
        " WHERE f.count <= 200 AND namespace LIKE 'strong-%'"
    )
    parent, edges, last, first = {}, set(), None, 0
    for key, state in database.execute(sql):
        if key != last:
            last, first = key, state
        else:
            edges.add((first, state))

    def root(one):
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for a, b in edges:
        parent.setdefault(a, a)
        parent.setdefault(b, b)
        parent[root(a)] = root(b)
    sizes = {}
    for one in parent:
        sizes[root(one)] = sizes.get(root(one), 0) + 1
    return len(edges), len(sizes), max(sizes.values(), default=0)


def jobs(store, run, count):
    """Leases and reports, as one supervisor takes and gives them."""
    began = time.perf_counter()
    store.offer(Source(f"/jobs/{run}/{number}.E01", "1") for number in range(count * 10))
    print(f"offer: {count * 10 / (time.perf_counter() - began):,.0f} sources/s")
    began, leased = time.perf_counter(), 0
    while jobs := store.lease(8, "benchmark", 600):
        leased += len(jobs)
    print(f"lease, 8 at a time, durable: {leased / (time.perf_counter() - began):,.0f} jobs/s")
    store.forget([f"/jobs/{run}"])


def _writer(path, number, count, ready, answers):
    store = SqliteStore(Path(path))
    chance = random.Random(number)
    images = 1_000_000
    mine = [entry(10_000_000 + number * 1_000_000 + one, chance.randrange(1000), images, chance) for one in range(count)]
    ready.wait()
    began = time.time()
    seconds = timed(lambda one: store.add(Source(f"/writer/{os.getpid()}/{one}.E01", "1"), mine[one]), range(count))
    answers.put((began, time.time(), seconds))
    store.close()


def several(path, writers, count):
    """Several processes that add at once."""
    context = multiprocessing.get_context("spawn")
    ready, answers = context.Barrier(writers), context.Queue()
    processes = [context.Process(target=_writer, args=(str(path), one, count // 4, ready, answers)) for one in range(writers)]
    for one in processes:
        one.start()
    found = [answers.get() for _ in processes]
    for one in processes:
        one.join()
    span = max(one[1] for one in found) - min(one[0] for one in found)
    done = sum(len(one[2]) for one in found)
    print(f"{writers} writers at once, durable: {done / span:,.0f} reports/s")
    told(f"  each insert of {writers} writers", [second for one in found for second in one[2]])


def main():
    """Make or measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("make", "measure"))
    parser.add_argument("folder")
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--count", type=int, default=400)
    given = parser.parse_args()
    if given.what == "make":
        make(given.folder, given.images)
    else:
        measure(given.folder, given.writers, given.count)


if __name__ == "__main__":
    main()
