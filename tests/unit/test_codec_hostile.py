"""Saved reports that are damaged, or were made to mislead: one clear sentence, and never another verdict."""

import copy
import json
from pathlib import Path

import pytest

from forensic.cli import main
from forensic.errors import Malformed
from forensic.model import ImageReport, LocalTime, codec

PROJECT = Path(__file__).resolve().parents[2]
MINOR_0 = json.loads((PROJECT / "tests" / "golden" / "minor0" / "nt4.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def minor_1():
    from forensic import examine

    return json.loads(examine(PROJECT / "samples" / "nt4.qcow2", depth="triage", strict=True).to_json())


def value_of(body, kind):
    return next(fact for fact in body["installations"][0]["facts"] if fact["kind"] == kind)


def deep(levels):
    value = "leaf"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda body: body["installations"].append(copy.deepcopy(body["installations"][0])), "two installations have one id"),
        (lambda body: value_of(body, "machine-sid").update(value="x"), "text is not a SID"),
        (lambda body: value_of(body, "machine-sid").update(kind="from-tomorrow", value=deep(65)), "nests deeper than 64 levels"),
        (lambda body: body.pop("installations"), "installations is missing"),
        (lambda body: body.pop("depth"), "depth is missing"),
        (lambda body: body["installations"][0].pop("facts"), "facts is missing"),
        (lambda body: body.update(schema_minor=-1), "schema_minor is not a number from 0 on"),
        (lambda body: body.update(schema_minor=False), "schema_minor is not a number from 0 on"),
        (lambda body: body.update(installations=7), "not a report of this program"),
    ],
)
def test_a_spoiled_report_is_malformed_with_its_reason(minor_1, spoil, words):
    body = copy.deepcopy(minor_1)
    codec.decode(json.dumps(body))
    spoil(body)
    with pytest.raises(Malformed, match=words):
        codec.decode(json.dumps(body))


@pytest.mark.parametrize("member", ["facts", "gaps", "verdict", "computer_name"])
def test_a_report_of_the_first_schema_that_lacks_something_is_malformed(member):
    body = copy.deepcopy(MINOR_0)
    del body["installations"][0][member]
    with pytest.raises(Malformed):
        codec.decode(json.dumps(body))
    with pytest.raises(Malformed, match="is missing or of another type"):
        codec.decode('{"schema":"forensic.report/1","installations":[{}]}')


def test_a_kind_from_tomorrow_keeps_its_plain_value(minor_1):
    body = copy.deepcopy(minor_1)
    value_of(body, "machine-sid").update(kind="from-tomorrow", value=deep(60))
    assert codec.decode(json.dumps(body)).installations[0].facts


def test_no_sentence_repeats_a_megabyte():
    with pytest.raises(Malformed) as caught:
        codec.decode(json.dumps({"schema": "A" * 1_000_000}))
    assert len(str(caught.value)) < 1000


def test_a_byte_order_mark_is_no_damage(minor_1):
    text = json.dumps(minor_1)
    assert ImageReport.from_json(b"\xef\xbb\xbf" + text.encode()) == ImageReport.from_json(text)


def test_a_local_time_is_one():
    with pytest.raises(ValueError, match="not a time"):
        LocalTime("x")


@pytest.mark.parametrize("name", ["n" * 300, "n" * 245])
def test_an_output_with_too_long_a_name_is_refused_in_one_sentence(name, tmp_path, capsys):
    report = PROJECT / "tests" / "golden" / "minor0" / "nt4.json"
    assert main(["show", "--format", "json", "--output", str(tmp_path / name), str(report)]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_output_that_is_a_loop_of_links_is_refused(tmp_path, capsys):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    report = PROJECT / "tests" / "golden" / "minor0" / "nt4.json"
    assert main(["show", "--format", "json", "--output", str(tmp_path / "loop"), str(report)]) == 2
    assert capsys.readouterr().err.startswith("forensic: ")
