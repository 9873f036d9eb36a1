"""The way from a source to its report, where no scenario leads."""

import hashlib
import os
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

import forensic
from forensic import examination
from forensic.cli.outcome import exit_code
from forensic.containers import open_image
from forensic.model import Examination
from forensic.reasoning.verdict import load as verdicts
from forensic.reporting.formats import case, console, html
from tests.builders import ewf
from tests.builders.hive import REG_DWORD, REG_SZ, HiveBuilder

SAMPLES = Path(__file__).parent.parent.parent / "samples"
SAMPLE = SAMPLES / "desk-10.E01"


@pytest.fixture
def defect(monkeypatch):
    """Plant a defect in the judgement."""

    def fail(*_):
        raise KeyError("planted")

    monkeypatch.setattr(examination, "judged", fail)


def test_a_defect_of_ours_is_a_visible_problem(defect):
    report = examination.examine(SAMPLE)
    assert report.source.format == "unreadable"
    assert "internal error, KeyError" in report.problems[0].what
    assert report.problems[0].code == "internal-error"


def test_a_defect_propagates_when_asked_to(defect):
    with pytest.raises(KeyError):
        examination.examine(SAMPLE, strict=True)


def test_a_source_that_is_not_there_is_told():
    report = examination.examine("no such image.E01")
    assert report.source.format == "unreadable"
    assert "no such file" in report.problems[0].what
    assert report.problems[0].code == "source-unreadable"


def test_verification_compares_with_what_the_container_stores():
    result = examination.verify(SAMPLE)
    assert result["verdict"] == "match"
    assert result["stored"].keys() <= result["computed"].keys()


def test_the_computer_has_the_name_of_the_control_set_in_use(tmp_path):
    system = HiveBuilder()
    for number, name in ((1, "FORMER"), (2, "PRESENT")):
        system.value(rf"ControlSet{number:03}\Control\ComputerName\ComputerName", "ComputerName", REG_SZ, name)
    for value, number in (("Current", 2), ("Default", 1), ("LastKnownGood", 1)):
        system.value("Select", value, REG_DWORD, number)
    (tmp_path / "SYSTEM").write_bytes(system.build())
    assert [one.computer_name for one in examination.examine(tmp_path).installations] == ["PRESENT"]


def test_an_unknown_depth_is_refused_and_a_path_may_be_of_any_kind(tmp_path):
    with pytest.raises(ValueError, match="depth is 'deep'"):
        forensic.examine(tmp_path, depth="deep")
    for path in (tmp_path, str(tmp_path), os.fsencode(tmp_path)):
        assert forensic.examine(path).source.path == str(tmp_path)


@pytest.mark.parametrize(("options", "said"), [
    ({}, []),
    ({"depth": "triage"}, ["triage only: "]),
    ({"depth": "triage", "cross_check": True}, ["triage only: ", "cross-checked by a second library: "]),
])  # fmt: skip
def test_a_report_says_how_much_was_looked_at(options, said):
    one = forensic.examine(SAMPLE, **options)
    again = forensic.ImageReport.from_json(one.to_json())
    assert (again.depth, again.cross_check) == (options.get("depth", "full"), options.get("cross_check", False))
    for text in (console.render_one(again), "".join(html.render([again])), "".join(case.render([again]))):
        assert [words for words in ("triage only: ", "cross-checked by a second library: ") if words in text] == said


def test_a_report_says_for_whom_and_how_it_was_made():
    about = Examination(case="2026-17", examiner="A. Ng", notes="copy 2", command=("forensic", "examine", "x"))
    one = forensic.examine(SAMPLE, about=about, cross_check=True)
    made = forensic.ImageReport.from_json(one.to_json()).examination
    assert (made.case, made.examiner, made.notes, made.command) == ("2026-17", "A. Ng", "copy 2", about.command)
    assert made.started.endswith("Z")
    assert made.seconds >= 0
    assert made.cross_check.agree > 20
    assert (made.cross_check.differ, made.cross_check.one_reader) == (0, 0)
    text = console.render_one(one)
    assert f"{made.cross_check.agree:,} values read alike, 0 differently, 0 by one reader only" in text
    assert "case 2026-17   examiner A. Ng   examined 20" in text
    quiet = forensic.examine(SAMPLE, about=about, reproducible=True).examination
    assert (quiet.case, quiet.command, quiet.started, quiet.seconds) == ("2026-17", (), None, None)
    assert 0 < quiet.cross_check.agree < made.cross_check.agree  # SAM and SECURITY are always read twice


def test_the_content_is_hashed_in_the_same_run_where_asked_for(tmp_path, monkeypatch):
    one = forensic.examine(SAMPLE, verification=True)
    assert one.source.verification == "match"
    assert one.source.computed_hashes.items() >= one.source.stored_hashes.items()
    assert set(one.source.computed_hashes) == {"md5", "sha1", "sha256"}
    assert "verified: as acquired" in console.render_one(one)
    raw = forensic.examine(SAMPLES / "moved-7.vhdx", verification=True)
    assert raw.source.verification == "none-stored"
    assert "sha256" in raw.source.computed_hashes
    assert forensic.examine(SAMPLE).source.computed_hashes == {}
    with closing(open_image(SAMPLES / "moved-7.vhdx")) as image:
        data = image.read_at(0, image.size)
    wrong = SimpleNamespace(md5=lambda data: hashlib.md5(data[1:]), sha1=hashlib.sha1)
    monkeypatch.setattr(ewf, "hashlib", wrong)
    altered = ewf.write(tmp_path, data)
    bad = forensic.examine(altered, verification=True)
    assert bad.source.verification == "mismatch"
    assert [problem.code for problem in bad.problems][-1] == "hash-mismatch"
    assert forensic.examine(altered).installations[0].verdict.strength == "strong"
    assert bad.installations[0].verdict.strength == "indicated"
    assert "evidence-incomplete" in bad.installations[0].verdict.caps
    assert exit_code(bad) == 1  # a breach is shown all the same
    assert exit_code(bad, closed=False) == 3


def test_the_verdicts_have_the_codes_that_the_contract_names():
    assert set(verdicts()) == {
        "installed", "deployed-generalized", "sealed-generalized", "relocated-not-generalized", "sid-changed", "generalized-after-use",
        "generalize-failed", "undetermined", "duplicated-without-sysprep",
    }  # fmt: skip
    assert forensic.verify is examination.verify
