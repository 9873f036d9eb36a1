"""Whatever is killed, locked, full or gone: every healthy image is in the catalog exactly once, every bad one is named with its reason."""

import os
import random
import signal
import sqlite3
import sys
import time
from collections import Counter

import msgspec
import pytest

from forensic.batch.event import Examined, GaveUp, Said
from forensic.catalog import sqlite_file
from forensic.catalog.catalog import open_catalog
from tests.batch.archive import QUICK, Recorder, children, done, failures, finish, healthy, kill_one, lives, poison, run, start, stored

ON_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children are found in /proc")


@ON_LINUX
def test_children_killed_at_random(tmp_path):
    images, catalog, rng = healthy(tmp_path / "evidence", 200), tmp_path / "archive.db", random.Random(12)
    process, kills = start(catalog, tmp_path / "evidence", msgspec.structs.replace(QUICK, tries=20)), 0
    while process.poll() is None:
        time.sleep(rng.uniform(0.3, 0.8))
        kills += kill_one(process, rng)
    summary = finish(process)
    print(f"{kills} kills, {summary.children} children, {summary.done} done, {summary.failed} failed")
    assert (kills > 5, summary.stopped) == (True, "")
    assert stored(catalog) == Counter(images)
    assert failures(catalog) == {}


def test_poison_costs_no_other_image_and_is_named(tmp_path):
    bad = poison(tmp_path / "evidence", "segv", "abort", "hang", "memory", "shared memory", "exit", "raise", "garbage")
    images, catalog = healthy(tmp_path / "evidence", 20), tmp_path / "archive.db"
    watcher = Recorder()
    plan = msgspec.structs.replace(QUICK, timeout=6)  # a healthy image takes a tenth of a second, on a busy machine some
    summary = run(catalog, tmp_path / "evidence", plan, watcher)
    reasons = {kind: failures(catalog)[path] for kind, path in bad.items()}
    print(f"{summary.done} of {len(images)} done, {summary.failed} of {len(bad)} named, {summary.killed} children ended: {reasons}")
    assert stored(catalog) == Counter(images)
    assert reasons == {
        "segv": "killed by SIGSEGV",
        "abort": "killed by SIGABRT",
        "hang": "no answer in 6 s",
        "memory": "more memory was needed than there is",
        "shared memory": "took more than 512 MiB of memory",
        "exit": "ended with exit code 3",
        "raise": "internal error, RuntimeError: a defect",
        "garbage": "answered what is no answer",
    }
    tried = Counter(event.job.path for event in watcher.events if isinstance(event, GaveUp))
    assert {kind: tried[path] for kind, path in bad.items()} == {**dict.fromkeys(bad, 2), "raise": 1}


def test_failed_ones_are_left_alone_until_they_are_asked_for(tmp_path):
    bad, catalog = poison(tmp_path / "evidence", "segv"), tmp_path / "archive.db"
    run(catalog, tmp_path / "evidence")
    again = run(catalog, tmp_path / "evidence")
    assert (again.set_aside_before, again.failed, again.children) == (1, 0, 0)
    assert not again.is_whole
    with open_catalog(str(catalog)) as opened:
        assert opened.retry_failed() == 1
    assert run(catalog, tmp_path / "evidence").failed == 1
    assert set(failures(catalog)) == set(bad.values())


@ON_LINUX
def test_supervisor_killed_twenty_times(tmp_path, catalog):
    images, rng = healthy(tmp_path / "evidence", 120), random.Random(20)
    plan = msgspec.structs.replace(QUICK, examiner="tests.batch.hostile:examine_slowly")
    kills, orphans, progress = 0, 0, []
    while kills < 20:
        process = start(catalog, tmp_path / "evidence", plan)
        before, deadline = progress[-1] if progress else 0, time.monotonic() + 10
        while kills % 2 and done(catalog) <= before and time.monotonic() < deadline:  # every other one is killed in the middle of its work
            time.sleep(0.05)
        time.sleep(rng.uniform(0, 0.4))
        assert process.poll() is None, process.communicate()
        living = children(process)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        kills += 1
        deadline = time.monotonic() + 5
        while any(map(lives, living)) and time.monotonic() < deadline:
            time.sleep(0.02)
        orphans += sum(map(lives, living))
        progress.append(done(catalog))
    summary = finish(start(catalog, tmp_path / "evidence", msgspec.structs.replace(plan, examiner=QUICK.examiner)))
    print(f"{kills} kills, {orphans} orphans, stored after each {progress}, {summary.done} done by the last one")
    assert orphans == 0
    assert progress == sorted(progress)
    assert 10 <= progress[-1] < len(images)
    assert stored(catalog) == Counter(images)
    assert failures(catalog) == {}
    assert summary.done == len(images) - progress[-1]


def test_catalog_locked_for_a_while(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite_file, "WAIT", 0.05)
    images, catalog = healthy(tmp_path / "evidence", 20), tmp_path / "archive.db"
    locks = []

    def lock(event):
        if isinstance(event, Examined) and not locks:
            locks.append(sqlite3.connect(catalog, isolation_level=None, check_same_thread=False))
            locks[0].execute("BEGIN IMMEDIATE")
        elif isinstance(event, Said):
            locks[0].execute("ROLLBACK")

    watcher = Recorder(lock)
    summary = run(catalog, tmp_path / "evidence", watcher=watcher)
    locks[0].close()
    said = [event.sentence for event in watcher.events if isinstance(event, Said)]
    print(f"{summary.done} of {len(images)} done; said: {said}")
    assert any("locked" in sentence for sentence in said)
    assert stored(catalog) == Counter(images)
    assert summary.stopped == ""


@ON_LINUX
def test_database_server_killed_in_the_middle_and_started_again(tmp_path, own_server):
    images, catalog = healthy(tmp_path / "evidence", 40), own_server.database()
    kills = []

    def kill(event):
        if isinstance(event, Examined) and not kills:
            own_server.kill()
            kills.append(event.job.path)
        elif isinstance(event, Said):
            own_server.start()

    watcher = Recorder(kill)
    summary = run(catalog, tmp_path / "evidence", watcher=watcher)
    said = [event.sentence for event in watcher.events if isinstance(event, Said)]
    print(f"{len(kills)} kill, {summary.done} of {len(images)} done; said: {said}")
    assert any("the server cannot be reached" in sentence for sentence in said)
    assert (summary.stopped, len(kills)) == ("", 1)
    assert stored(catalog) == Counter(images)
    assert failures(catalog) == {}


def test_full_disk_stops_with_what_is_saved_and_goes_on_later(tmp_path):
    images, catalog = healthy(tmp_path / "evidence", 20), tmp_path / "archive.db"
    run(catalog, tmp_path / "nothing")

    def fill(event):
        if isinstance(event, Examined):
            for file in opened:
                file._connection.execute(f"PRAGMA max_page_count={file.rows('PRAGMA page_count')[0][0] + 1}")

    from forensic.batch.executor import Local
    from forensic.batch.search import Search

    root = str(tmp_path / "evidence")
    with open_catalog(str(catalog)) as whole:
        opened = (whole.store._index, whole.store._reports)
        summary = Local().examine(whole, QUICK, Search([root], (), QUICK), [root], Recorder(fill), lambda: False)
    before = stored(catalog)
    print(f"full after {summary.done} of {len(images)}: {summary.stopped}")
    assert "the disk is full" in summary.stopped
    assert 0 < summary.done < len(images)
    assert sum(before.values()) == summary.done
    later = run(catalog, root)
    assert later.done == len(images) - summary.done
    assert stored(catalog) == Counter(images)


def test_share_gone_in_the_middle_fails_nothing(tmp_path):
    share, away, catalog = tmp_path / "share", tmp_path / "away", tmp_path / "archive.db"
    images = healthy(share / "evidence", 30)

    def unplug(event):
        if isinstance(event, Examined) and share.exists():
            share.rename(away)

    summary = run(catalog, share, watcher=Recorder(unplug))
    print(f"gone after {summary.done} of {len(images)}: {summary.stopped}")
    assert "is gone" in summary.stopped
    assert summary.done < len(images)
    assert failures(catalog) == {}
    away.rename(share)
    assert run(catalog, share).stopped == ""
    assert stored(catalog) == Counter(images)
    assert failures(catalog) == {}


def test_removed_image_is_named_and_tried_again_when_it_is_back(tmp_path):
    from forensic import scan

    images, catalog = healthy(tmp_path / "evidence", 6), tmp_path / "archive.db"
    last, kept = tmp_path / "evidence" / "pc-005.qcow2", tmp_path / "kept"

    def remove(event):
        if isinstance(event, Examined) and last.exists():
            last.rename(kept)

    plan = msgspec.structs.replace(QUICK, workers=1)
    run(catalog, tmp_path / "evidence", plan, Recorder(remove))
    assert failures(catalog) == {str(last): "it is no longer there"}
    kept.rename(last)
    summary = scan([tmp_path / "evidence"], catalog=catalog, plan=plan)
    assert (summary.done, summary.failed) == (1, 0)
    assert stored(catalog) == Counter(images)


@ON_LINUX
def test_two_scans_share_the_work(tmp_path, catalog):
    images = healthy(tmp_path / "evidence", 60)
    summaries = [finish(process) for process in [start(catalog, tmp_path / "evidence") for _ in range(2)]]
    print(f"done by each: {[one.done for one in summaries]}")
    assert sum(one.done for one in summaries) == len(images)
    assert stored(catalog) == Counter(images)


def test_children_are_replaced_after_so_many_images(tmp_path):
    images, catalog = healthy(tmp_path / "evidence", 9), tmp_path / "archive.db"
    summary = run(catalog, tmp_path / "evidence", msgspec.structs.replace(QUICK, workers=1, renewed=3))
    assert summary.children == 3
    assert stored(catalog) == Counter(images)
