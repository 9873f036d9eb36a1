"""A saved report is enough to judge: judged from disk in a fresh process, it says what the examination said."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from forensic import examine
from forensic.artifacts.known_values import KnownValue, media
from forensic.examination import rejudge
from forensic.model import Basis, ImageReport
from forensic.reasoning import KNOWLEDGE
from forensic.reasoning.subject import Subject
from forensic.reporting.formats import console, html
from tests.conftest import real_files
from tests.scenarios.histories import changed, deployed, moved

PROJECT = Path(__file__).resolve().parents[2]
SAMPLES = json.loads((PROJECT / "samples" / "manifest.json").read_text())
LATER_RULES = {"machine-sid-of-setup"}
"""Rules that were not there when the reports of minor 0 were made, and that find something in them."""
MINOR_0 = sorted((PROJECT / "tests" / "golden" / "minor0").glob("*.json"))
CORRECTED = ("media of Windows 7 RTM (6.1.7600)", "media of Windows 7 RTM x86 (6.1.7600)")
"""What is known better since those reports were made."""
REJUDGE = """
import sys
from forensic.examination import rejudge
from forensic.model import codec
for line in sys.stdin.buffer:
    for report in codec.decode_all(line):
        print(rejudge(report).to_json(indent=None))
"""
HIVES = sorted({str(Path(name).parent) for name in real_files("hives")})


def rejudged(reports):
    """Judge saved reports in a process that has imported nothing yet."""
    lines = "".join(report.to_json(indent=None) + "\n" for report in reports)
    done = subprocess.run([sys.executable, "-c", REJUDGE], input=lines.encode(), capture_output=True, check=True, cwd=PROJECT)
    return done.stdout.decode().splitlines()


def test_each_sample_is_judged_alike_from_its_report():
    reports = [examine(PROJECT / "samples" / story["image"], strict=True) for story in SAMPLES]
    assert rejudged(reports) == [report.to_json(indent=None) for report in reports]


@pytest.mark.parametrize("depth", ["full", "triage"])
def test_lives_with_earlier_states_are_judged_alike_from_their_reports(spread, depth):
    reports = []
    for number, life in enumerate((changed(21, "10")[0], moved(22, "7")[0], deployed(23, "11")[0], changed(24, "xp")[0])):
        folder = spread(life, f"life{number}")
        root = folder / life.release.root
        config = next(path for path in root.rglob("config") if path.is_dir())
        copies = root / "repair" if life.release.nt < (6, 0) else config / "RegBack"
        copies.mkdir(exist_ok=True)
        for hive in config.iterdir():
            if hive.name in ("SAM", "SECURITY", "SOFTWARE", "SYSTEM"):
                (copies / hive.name).write_bytes(hive.read_bytes())
        reports.append(examine(folder, depth=depth, strict=True))
    assert any(one.earlier_states for report in reports for one in report.installations) is (depth == "full")
    assert rejudged(reports) == [report.to_json(indent=None) for report in reports]


def test_real_hives_are_judged_alike_from_their_reports(real, tmp_path):
    if not HIVES:
        pytest.skip("real data absent: hives")
    reports = []
    for folder in HIVES:
        target = tmp_path / folder
        target.mkdir(parents=True)
        for name in real_files(folder):
            if str(Path(name).parent) == folder:
                (target / Path(name).name).write_bytes(Path(real(name)).read_bytes())
        reports.append(examine(target, strict=True))
    assert rejudged(reports) == [report.to_json(indent=None) for report in reports]


@pytest.mark.parametrize("path", MINOR_0, ids=lambda path: path.stem)
def test_a_report_of_the_first_schema_loads_renders_and_is_judged_as_it_was(path):
    text = path.read_text(encoding="utf-8")
    old = ImageReport.from_json(text)
    assert old.schema_minor == 0
    (before,) = old.installations
    page = "".join(console.render([old]))
    assert before.verdict.title in page
    assert before.machine_sid in page
    assert before.verdict.title in "".join(html.render([old]))
    now = rejudge(old)
    (after,) = now.installations
    assert (after.verdict.history, after.verdict.strength) == (before.verdict.history, before.verdict.strength)
    found = {one.because for one in after.evidence if one.rule not in LATER_RULES}
    assert found == {one.because.replace(*CORRECTED) for one in before.evidence}
    told = [(entry.time, entry.event, entry.facts) for entry in after.timeline]
    assert told == [(entry.time, entry.event, entry.facts) for entry in before.timeline]
    assert (after.computer_name, after.machine_sid, after.accounts) == (before.computer_name, before.machine_sid, before.accounts)
    assert after.verdict.decided_by
    assert (now.schema_minor, now.tool.knowledge) == (2, KNOWLEDGE)
    assert ImageReport.from_json(now.to_json()).to_json() == now.to_json()


def test_old_gaps_get_places_and_codes_and_old_facts_their_hives():
    (one,) = ImageReport.from_json(MINOR_0[1].read_text(encoding="utf-8")).installations
    assert all(gap.code for gap in one.gaps)
    assert {gap.place.hive for gap in one.gaps if "SOFTWARE" in gap.searched} == {"SOFTWARE"}
    sids = {fact.place.hive: fact.value for fact in one.facts if fact.kind == "machine-sid"}
    assert sids == {"SAM": one.machine_sid, "SECURITY": one.machine_sid}


def test_knowledge_that_was_corrected_reaches_an_old_report(spread, monkeypatch):
    report = ImageReport.from_json(examine(spread(deployed(25, "10")[0]), strict=True).to_json())
    (one,) = report.installations
    assert one.verdict.history == "deployed-generalized"
    (tag,) = [fact.value.text for fact in one.facts if fact.kind == "clone-tag"]
    monkeypatch.setitem(media.CLONE_TAGS, tag, KnownValue("a refreshed medium", Basis.OBSERVED, "a test"))
    (again,) = rejudge(report).installations
    assert again.verdict.history != "deployed-generalized"
    assert again.facts == one.facts
    assert "clone-tag-of-media" in {found.rule for found in again.evidence}


def test_what_stood_in_the_report_before_is_not_believed(spread):
    report = examine(spread(moved(26, "10")[0]), strict=True)
    (one,) = report.installations
    forged = msgspec.structs.replace(one, evidence=(), verdict=msgspec.structs.replace(one.verdict, history="installed"), machine_sid=None)
    assert rejudge(msgspec.structs.replace(report, installations=(forged,))) == report


def test_values_get_their_types_though_nothing_was_imported_before():
    code = (
        "import sys; from forensic.model import ImageReport\n"
        "facts = ImageReport.from_json(sys.stdin.buffer.read()).installations[0].facts\n"
        "print({type(fact.value).__name__ for fact in facts if fact.kind in ('clone-tag', 'machine-sid', 'install-date')})"
    )
    done = subprocess.run([sys.executable, "-c", code], input=MINOR_0[1].read_bytes(), capture_output=True, check=True, cwd=PROJECT)
    assert ast.literal_eval(done.stdout.decode()) == {"CloneTag", "FileTime", "Sid"}


def test_an_installation_is_asked_for_by_its_id(spread):
    report = examine(spread(moved(27, "10")[0]), strict=True)
    assert Subject.of(report, report.installations[0].id).facts.named("machine-sid")
    with pytest.raises(KeyError):
        Subject.of(report, "p9/Windows")
