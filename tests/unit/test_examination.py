"""The way from a source to its report, where no scenario leads."""

from pathlib import Path

import pytest

from forensic import examination

SAMPLE = Path(__file__).parent.parent.parent / "samples/desk-10.E01"


@pytest.fixture
def defect(monkeypatch):
    """Plant a defect in the judgement."""

    def fail(*_):
        raise KeyError("planted")

    monkeypatch.setattr(examination, "judge", fail)


def test_a_defect_of_ours_is_a_visible_problem(defect):
    report = examination.examine(SAMPLE)
    assert report.source.format == "unreadable"
    assert "internal error, KeyError" in report.problems[0].what


def test_a_defect_propagates_when_asked_to(defect):
    with pytest.raises(KeyError):
        examination.examine(SAMPLE, strict=True)


def test_a_source_that_is_not_there_is_told():
    report = examination.examine("no such image.E01")
    assert report.source.format == "unreadable"
    assert "no such file" in report.problems[0].what


def test_verification_compares_with_what_the_container_stores():
    result = examination.verify(SAMPLE)
    assert result["verdict"] == "match"
    assert result["stored"].keys() <= result["computed"].keys()
