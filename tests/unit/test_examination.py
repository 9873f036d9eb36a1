"""The way from a source to its report, where no scenario leads."""

import os
from pathlib import Path

import pytest

import forensic
from forensic import examination
from forensic.reasoning.verdict import load as verdicts
from forensic.reporting.formats import case, console, html
from tests.builders.hive import REG_DWORD, REG_SZ, HiveBuilder

SAMPLE = Path(__file__).parent.parent.parent / "samples/desk-10.E01"


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
    ({"depth": "triage", "cross_check": True}, ["triage only: ", "cross-checked: "]),
])  # fmt: skip
def test_a_report_says_how_much_was_looked_at(options, said):
    one = forensic.examine(SAMPLE, **options)
    again = forensic.ImageReport.from_json(one.to_json())
    assert (again.depth, again.cross_check) == (options.get("depth", "full"), options.get("cross_check", False))
    for text in (console.render_one(again), "".join(html.render([again])), "".join(case.render([again]))):
        assert [words for words in ("triage only: ", "cross-checked: ") if words in text] == said


def test_the_verdicts_have_the_codes_that_the_contract_names():
    assert set(verdicts()) == {
        "installed", "deployed-generalized", "sealed-generalized", "relocated-not-generalized", "sid-changed", "generalized-after-use",
        "generalize-failed", "undetermined", "duplicated-without-sysprep",
    }  # fmt: skip
    assert forensic.verify is examination.verify
