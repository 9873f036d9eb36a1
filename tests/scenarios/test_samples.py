"""The shipped samples say what their manifest says, from every byte on."""

import hashlib
import json
from pathlib import Path

import pytest

from forensic import examine

SAMPLES = Path(__file__).parent.parent.parent / "samples"
MANIFEST = json.loads((SAMPLES / "manifest.json").read_text())


@pytest.fixture(scope="module", params=MANIFEST, ids=lambda story: story["image"])
def sample(request):
    return request.param, examine(SAMPLES / request.param["image"], strict=True)


def test_every_file_is_the_one_that_was_built(sample):
    story, _ = sample
    for name, digest in story["sha256"].items():
        assert hashlib.sha256((SAMPLES / name).read_bytes()).hexdigest() == digest


def test_the_report_says_what_the_story_tells(sample):
    story, report = sample
    (installation,) = [found for found in report.installations if found.origin == "active"]
    assert installation.verdict.history == story["expected"]["verdict"]
    assert installation.era == story["expected"]["era"]
    assert installation.machine_sid == story["expected"]["machine_sid"]
    assert installation.computer_name == story["expected"]["computer_name"]


def test_a_sound_image_has_no_problems(sample):
    _, report = sample
    assert report.problems == ()


def test_every_fact_of_an_image_leads_to_bytes(sample):
    _, report = sample
    for installation in report.installations:
        for fact in installation.facts:
            assert fact.place.offset is not None or fact.place.file, fact


def test_triage_states_the_same_verdict(sample):
    story, _ = sample
    report = examine(SAMPLES / story["image"], depth="triage", strict=True)
    assert report.installations[0].verdict.history == story["expected"]["verdict"]


def test_little_of_the_image_is_read(sample):
    story, _ = sample
    stats = examine(SAMPLES / story["image"], depth="triage", stats=True, strict=True).stats
    assert stats["bytes_read"] < 800_000


def test_without_its_logs_the_dirty_sample_says_that_they_are_missing(tmp_path):
    from forensic.containers import open_image
    from forensic.volumes.disk import open_disk

    image = open_image(SAMPLES / "dirty-10.E01")
    tree = open_disk(image).volumes[0].tree
    for name in ("SAM", "SECURITY", "SOFTWARE", "SYSTEM"):
        (tmp_path / name).write_bytes(tree.open(f"Windows/System32/config/{name}").read_all())
    image.close()
    report = examine(tmp_path, strict=True)
    (system,) = [hive for hive in report.installations[0].hives if hive.path == "SYSTEM"]
    assert (system.dirty, system.recovered) == (True, "none")
    assert any("log" in problem.what for problem in report.problems)
    assert report.installations[0].computer_name == "DESK-5"
    assert report.installations[0].verdict.history != "relocated-not-generalized"
