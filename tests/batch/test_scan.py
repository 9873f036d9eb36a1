"""The command and the function: what they say, what they store, and how they end."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from functools import partial

import msgspec
import pytest

import forensic
from forensic.batch import supervisor
from forensic.batch.comparing import Interrupted, compare_stored
from forensic.catalog.catalog import open_catalog
from forensic.catalog.sqlite import SqliteStore
from forensic.cli import main
from forensic.errors import Unreadable
from tests.batch.archive import QUICK, done, healthy, run
from tests.conftest import PROJECT

SAMPLES = str(PROJECT / "samples")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Give a catalog of the samples."""
    catalog = tmp_path_factory.mktemp("catalog") / "archive.db"
    summary = forensic.scan([SAMPLES], catalog=catalog, tags=["sample"], workers=2)
    assert (summary.done, summary.failed, summary.is_whole) == (6, 0, True)
    return catalog


def test_reports_are_those_of_examine(archive):
    with open_catalog(str(archive)) as opened:
        for row in opened.store.images():
            assert row.tags == ("sample",)
            assert row.path.startswith(SAMPLES)
            stored, made = opened.report(row.path), forensic.examine(row.path)
            assert stored.installations == made.installations
            assert stored.problems == made.problems
            assert stored.source == made.source


def test_unchanged_images_are_not_examined_again_and_changed_ones_are(archive, tmp_path):
    assert forensic.scan([SAMPLES], catalog=archive).unchanged == 6
    image, catalog = tmp_path / "disk.qcow2", tmp_path / "archive.db"
    image.write_bytes((PROJECT / "samples" / "nt4.qcow2").read_bytes())
    assert forensic.scan([tmp_path], catalog=catalog, depth="triage").done == 1
    assert forensic.scan([tmp_path], catalog=catalog, depth="triage").unchanged == 1
    assert forensic.scan([tmp_path], catalog=catalog).done == 1
    os.utime(image, ns=(1, 1))
    assert forensic.scan([tmp_path], catalog=catalog).done == 1


def test_rejudge_alone_opens_no_image(archive):
    summary = forensic.scan(catalog=archive, rejudge=True)
    assert (summary.found, summary.children, summary.done) == (0, 0, 0)


def aged(catalog):
    """Let all stored reports be judged by an older knowledge."""
    with closing(sqlite3.connect(catalog)) as connection, connection:
        connection.execute("UPDATE image SET knowledge = 'older' WHERE report IS NOT NULL")


def test_rejudging_can_be_interrupted_and_goes_on(archive, capsys):
    aged(archive)
    summary = forensic.scan(catalog=archive, rejudge=True, workers=1, stop=lambda: True)
    assert (summary.stopped, summary.rejudged, summary.rejudging) == ("interrupted", 1, 5)
    assert main(["scan", "--rejudge", "--catalog", str(archive), "--workers", "1"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "5 stored reports were judged by today's rules",
        f"Next: forensic groups --catalog {archive}",
    ]
    assert main(["scan", "--rejudge", "--catalog", str(archive)]) == 0
    assert "all stored reports are judged by today's rules already" in capsys.readouterr().out


def test_rejudging_makes_no_catalog(tmp_path, capsys):
    assert main(["scan", "--rejudge", "--catalog", str(tmp_path / "typo.db")]) == 2
    assert "is not there" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_constants_are_set_before_anything_is_judged(tmp_path):
    catalog, listed = tmp_path / "archive.db", tmp_path / "constants.tsv"
    listed.write_text("machine-guid\t00000000-0000-0000-0000-000000000001\tof a vendor\n")
    assert main(["scan", SAMPLES, "--catalog", str(catalog), "--constants", str(listed), "--depth", "triage", "-q"]) == 0
    with open_catalog(str(catalog)) as opened:
        assert opened.store.constants() == {("machine-guid", "00000000-0000-0000-0000-000000000001"): "of a vendor"}
        assert opened.counts().uncompared == 0
    assert main(["scan", "--catalog", str(catalog), "--constants", str(tmp_path / "none.tsv")]) == 2


def test_unknown_option_is_refused(archive):
    with pytest.raises(ValueError, match="worker: no option of a scan; those are workers"):
        forensic.scan([SAMPLES], catalog=archive, worker=2)


def test_command_says_a_line_for_each_image_and_what_is_next(tmp_path, capsys):
    catalog = tmp_path / "archive.db"
    told = tmp_path / "told.json"
    assert main(["scan", SAMPLES, "--catalog", str(catalog), "--stats", "--on-finish", f"cat > {told}"]) == 0
    out, errors = capsys.readouterr()
    lines = out.splitlines()
    assert sum(line.startswith(SAMPLES) for line in lines) == 6
    assert any("lab-xp.raw.zip: LAB-17: Machine SID changed" in line for line in lines)
    assert any(line.startswith("6 examined in ") for line in lines)
    assert any(line.startswith("guard: landlock ") for line in lines)
    assert lines[-1] == f"Next: forensic groups --catalog {catalog}"
    assert errors == ""
    assert json.loads(told.read_text())["done"] == 6


def test_jsonl_is_reports_alone(tmp_path, capsys):
    listed = tmp_path / "list.txt"
    listed.write_text(f"{SAMPLES}/nt4.qcow2\n{SAMPLES}/moved-7.vhdx\n")
    assert main(["scan", "--from", str(listed), "--catalog", str(tmp_path / "a.db"), "--format", "jsonl", "-q"]) == 0
    reports = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(one["source"]["format"] for one in reports) == ["qcow2", "vhdx"]


def test_failed_sources_give_six_and_are_named(tmp_path, capsys):
    (tmp_path / "a.ad1").write_bytes(b"ADSEGMENTEDFILE\0" + bytes(600))
    catalog = str(tmp_path / "a.db")
    assert main(["scan", str(tmp_path / "a.ad1"), str(tmp_path / "none"), "--catalog", catalog]) == 6
    out = capsys.readouterr().out
    assert "FAILED: a.ad1 is an AD1 logical image" in out
    assert f"not searched: {tmp_path / 'none'}: No such file or directory" in out
    assert main(["scan", str(tmp_path / "a.ad1"), "--catalog", catalog]) == 6
    assert "1 failed before" in capsys.readouterr().out


def test_a_write_protected_catalog_is_refused_at_once(tmp_path, capsys, monkeypatch):
    (image,), catalog = healthy(tmp_path / "evidence", 1), str(tmp_path / "a.db")
    assert main(["scan", image, "--catalog", catalog]) == 0
    capsys.readouterr()
    for more in ([image], ["--rejudge"]):
        with monkeypatch.context() as protected:
            protected.setattr(os, "access", lambda *_: False)
            assert main(["scan", *more, "--catalog", catalog]) == 2
        said = capsys.readouterr()
        assert "write-protected" in said.err
        assert "saved" not in said.out + said.err
    assert main(["scan", image, "--catalog", catalog]) == 0


def test_what_could_not_be_saved_is_not_said_to_be(tmp_path, capsys, monkeypatch):
    images = healthy(tmp_path / "evidence", 2)
    monkeypatch.setattr(supervisor, "PATIENCE", 0.2)
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.05)
    with monkeypatch.context() as broken:
        broken.setattr(SqliteStore, "_add_body", _fails)
        assert main(["scan", str(tmp_path / "evidence"), "--catalog", str(tmp_path / "a.db"), "--workers", "1"]) == 6
    said = capsys.readouterr()
    assert said.err.count("trying again: it cannot be written to") == 1
    assert "Stopped: the catalog cannot be used: it cannot be written to." in said.out
    assert "could not be saved; what was saved before stays; 2 sources wait" in said.out
    assert "What was examined is saved" not in said.out
    assert forensic.scan([tmp_path / "evidence"], catalog=tmp_path / "a.db", depth="triage").done == len(images)


def _fails(*_):
    raise Unreadable("it cannot be written to")


def test_a_copy_that_failed_does_not_vanish(tmp_path, capsys):
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    (evidence / "empty.E01").touch()
    for name in ("zeros.vmdk", "zeros.dd"):
        (evidence / name).write_bytes(bytes(1 << 20))
    assert main(["scan", str(evidence), "--catalog", str(tmp_path / "a.db")]) == 6
    out = capsys.readouterr().out
    assert "empty.E01: FAILED: empty.E01 is empty" in out
    assert "zeros.vmdk: no Windows installation found, and not everything could be read" in out
    assert "zeros.dd: no Windows installation found\n" in out
    assert "2 examined" in out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--catalog", "{tmp}/a.db"], "nothing to scan"),
        (["{samples}", "--catalog", "{tmp}/no/folder/a.db"], "there is no folder"),
        (["{samples}", "--catalog", "{samples}/a.db"], "evidence is never written to"),
        (["{samples}", "--catalog", "{tmp}/a.db", "--cluster", "tcp://127.0.0.1:1"], "share a catalog in PostgreSQL"),
        (["--from", "{tmp}/none", "--catalog", "{tmp}/a.db"], "cannot be read"),
        (["{samples}", "--catalog", "{tmp}/text"], "not a catalog of this program"),
    ],
)
def test_refusals(tmp_path, capsys, arguments, why):
    (tmp_path / "text").write_text("no database")
    assert main(["scan", *(one.format(tmp=tmp_path, samples=SAMPLES) for one in arguments)]) == 2
    assert why in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
@pytest.mark.parametrize(("number", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")])
def test_interrupted_scan_says_what_is_saved_and_goes_on(tmp_path, number, code, word):
    images, catalog = healthy(tmp_path / "evidence", 60), tmp_path / "archive.db"
    command = [sys.executable, "-m", "forensic", "scan", str(tmp_path / "evidence"), "--catalog", str(catalog), "--workers", "1"]
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a shell lets what it starts in the background ignore it
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heed)  # noqa: PLW1509  one call of the system
    deadline = time.monotonic() + 30
    while done(catalog) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    out, errors = process.communicate(timeout=30)
    saved = done(catalog)
    assert process.returncode == code
    assert errors == f"forensic: {word}\n"
    assert "Stopped: interrupted. What was examined is saved;" in out
    assert out.splitlines()[-1] == f"  forensic {' '.join(command[3:])}"
    assert 2 <= saved < len(images)
    with open_catalog(str(catalog)) as opened:
        counts = opened.counts()
    assert (counts.leased, counts.failed) == (0, 0)
    assert forensic.scan([tmp_path / "evidence"], catalog=catalog, depth="triage", workers=2).done == len(images) - saved


def test_a_scan_that_is_killed_has_its_pairs(tmp_path, monkeypatch):
    monkeypatch.setattr("forensic.batch.supervisor.JUDGING_SHARE", 1)
    healthy(tmp_path / "evidence", 24)
    catalog = tmp_path / "archive.db"
    run(catalog, tmp_path / "evidence", msgspec.structs.replace(QUICK, examiner="tests.batch.hostile:examine_slowly"))
    with open_catalog(str(catalog)) as opened:
        counts = opened.counts()
    assert counts.done == 24
    assert counts.uncompared < 24
    assert counts.pairs > 0


def test_comparing_is_shared_and_can_be_interrupted(tmp_path, monkeypatch):
    monkeypatch.setattr("forensic.batch.supervisor.JUDGING_SHARE", -1)
    healthy(tmp_path / "evidence", 24)
    catalog = tmp_path / "archive.db"
    run(catalog, tmp_path / "evidence")
    with open_catalog(str(catalog)) as opened:
        assert opened.counts().uncompared == 24
        with pytest.raises(Interrupted):
            compare_stored(opened, 2, lambda: True)
        assert compare_stored(opened, 2, lambda: False) > 0
        counts = opened.counts()
    assert (counts.done, counts.uncompared) == (24, 0)
    assert counts.pairs > 24
