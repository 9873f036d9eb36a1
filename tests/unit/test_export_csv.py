"""CSV: what a spreadsheet or a script reads is what was stated, and nothing in it acts."""

import csv as reader
import io
import json
from collections import Counter

import pytest

from forensic.model import Gap, Problem
from forensic.reporting.formats import csv
from tests.builders.report import CONFIG, STORIES, fact, identity, installation, report

BOM = "\ufeff"


def text_of(*reports):
    return "".join(csv.render(reports))


def rows(*reports):
    text = text_of(*reports)
    assert text.startswith(BOM)
    return list(reader.DictReader(io.StringIO(text.removeprefix(BOM), newline=""), strict=True))


def of_value(value, **changes):
    _, row = rows(report(installations=[installation(facts=(fact("computer-name", value, CONFIG + "SYSTEM", **changes),), gaps=())]))
    return row


def test_there_is_one_row_for_each_fact_gap_and_problem():
    one = STORIES["relocated"]()
    (inside,) = one.installations
    kinds = Counter(row["kind"].partition(":")[0] for row in rows(one))
    assert kinds["gap"] == len(inside.gaps)
    assert kinds["problem"] == len(one.problems)
    assert sum(kinds.values()) == 1 + len(inside.facts) + len(inside.gaps) + len(one.problems)


def test_it_begins_with_the_verdict_of_each_installation():
    found = rows(STORIES["several"]())
    judged = STORIES["several"]().installations
    for row, one in zip(found, judged, strict=False):
        assert (row["kind"], row["value"], row["policy"]) == ("verdict", one.verdict.history, one.verdict.policy)
        assert (row["strength"], row["computer_name"]) == (one.verdict.strength, one.computer_name or "")
        assert row["machine_sid"] == one.machine_sid
        assert row["summary"] == one.verdict.summary
    assert [row for row in found[len(judged) :] if row["kind"] == "verdict" or row["policy"]] == []
    assert [row["kind"] for row in rows(STORIES["with-earlier-state"]())].count("verdict") == 1


def test_several_reports_share_one_header_and_tell_their_source():
    found = rows(STORIES["ordinary"](), STORIES["relocated"]())
    assert {row["source_path"] for row in found} == {"evidence/ws-042.E01", "evidence/lab/room 12/pc-07.vhdx"}
    assert "source_path" not in {row["source_path"] for row in found}


def test_a_report_without_installations_still_states_its_problems():
    (row,) = rows(STORIES["unreadable"]())
    assert (row["kind"], row["installation"], row["source"]) == ("problem:error", "", "evidence/notes.E01")


def test_the_place_stands_in_parts_and_in_words():
    row = next(row for row in rows(STORIES["ordinary"]()) if row["kind"] == "machine-sid")
    assert row["volume"] == "p2"
    assert row["file"] == "Windows/System32/config/SAM"
    assert row["key"] == r"SAM\Domains\Account"
    assert row["value_name"] == "V"
    assert row["offset"] == "25612"
    assert row["source"].endswith("V @ 0x640c")
    assert row["raw"].startswith("0x0104000000")
    assert row["raw_length"] == "24"
    assert row["state"] == "stored"
    assert row["written"] == "2021-03-04T09:12:44.1234567Z"


def test_long_or_secret_bytes_are_stated_by_digest():
    row = next(row for row in rows(STORIES["ordinary"]()) if row["kind"] == "lsa-boot-key")
    assert row["raw"] == ""
    assert len(row["raw_sha256"]) == 64
    assert row["raw_length"] == "16"


def test_a_value_with_parts_is_json():
    row = next(row for row in rows(STORIES["relocated"]()) if row["kind"] == "hardware-config")
    assert json.loads(row["value"])["manufacturer"] == "Dell Inc."
    assert row["state"] == "recovered"


def test_every_line_ends_with_cr_lf_and_no_value_breaks_a_line():
    text = text_of(STORIES["hostile"]())
    assert text.count("\n") == text.count("\r\n") == len(rows(STORIES["hostile"]())) + 1


@pytest.mark.parametrize(
    "value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1+1", "'=1", "0018400fd2a1", "10.0", "1e5", "00000000000000000001"]
)
def test_what_a_spreadsheet_would_take_for_a_formula_or_number_is_marked_and_comes_back(value):
    cell = of_value(value)["value"]
    harmless = {"\t=1": r"\x09=1", "\r=1": r"\x0d=1"}.get(value, value)
    marked = value != "0018400fd2a1" and harmless == value
    assert cell == (f"'{value}" if marked else harmless)
    assert cell.removeprefix("'") == harmless or value == "'=1"


@pytest.mark.parametrize("value", ["WS-042", "S-1-5-18", "2021-03-04T09:12:44.1234567Z", "", "a=1", "鍵"])
def test_ordinary_text_is_left_alone(value):
    assert of_value(value)["value"] == value


def test_numbers_stay_numbers():
    assert of_value(-5)["value"] == "-5"


def test_formulas_in_any_cell_are_marked():
    evil = "=cmd|'/c calc'!A1"
    stated = fact(evil, evil, evil, evil, evil, field=evil, profile=evil, volume=evil)
    gap = Gap(evil, "malformed", evil, evil)
    one = report(evil, [installation(id=evil, facts=(stated,), gaps=(gap,))], problems=(Problem("error", evil, evil),))
    cells = [cell for row in rows(one) for cell in row.values()]
    assert sum(cell.startswith("'=cmd") for cell in cells) >= 12
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_hidden_characters_are_escaped_in_text_and_stay_valid_json_in_values():
    row = of_value({"name": "a\u202eb\x1b\x9b\U000e0001鍵"})
    assert row["value"].isprintable()
    assert json.loads(row["value"]) == {"name": "a\u202eb\x1b\x9b\U000e0001鍵"}


def test_the_default_value_is_not_an_absent_one():
    assert of_value("x", name="")["value_name"] == "(default)"
    assert of_value("x", name=None)["value_name"] == ""


def test_facts_of_one_report_come_back_whole():
    kinds = [row["kind"] for row in rows(report(installations=[installation(facts=identity(), gaps=())]))]
    assert kinds == ["verdict", *(one.kind for one in identity())]
