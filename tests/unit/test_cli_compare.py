"""compare: its exit codes, saved reports as sources, its formats, and what it refuses."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from forensic import cli, examine
from forensic.model import Problem
from forensic.reporting import comparisons
from tests.builders.comparison import families_examined

NAMES = ("two clones", "later image", "siblings", "strangers", "clone of a stopped original")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("families")


@pytest.fixture(scope="module")
def families(folder):
    return families_examined("10", folder, NAMES)


@pytest.fixture
def saved(families, tmp_path):
    """Save both sides of a family; returns their paths."""

    def save(name, change=lambda report: report):
        paths = [tmp_path / f"{name}-{side}.json".replace(" ", "-") for side in "ab"]
        for path, report in zip(paths, families[name], strict=True):
            path.write_text(change(report).to_json(), encoding="utf-8")
        return [str(path) for path in paths]

    return save


def run(*arguments):
    try:
        return cli.main(["compare", *arguments])
    except SystemExit as left:
        return left.code


@pytest.mark.parametrize(
    ("name", "code"),
    [("later image", 0), ("siblings", 0), ("strangers", 0), ("two clones", 1), ("clone of a stopped original", 1)],
)
def test_the_code_says_what_policy_says(saved, capsys, name, code):
    assert run(*saved(name)) == code
    out = capsys.readouterr()
    assert out.out
    assert out.err == ""


def test_folders_are_examined_and_say_what_their_reports_say(folder, families, saved, capsys):
    drives = [str(folder / f"two clones-{side}") for side in "ab"]
    assert run(*drives, "--format", "json", "--reproducible") == 1
    fresh = json.loads(capsys.readouterr().out)
    assert run(*saved("two clones"), "--format", "json") == 1
    assert json.loads(capsys.readouterr().out) == fresh


def test_one_file_may_hold_both_reports(families, tmp_path, capsys):
    a, b = (report.to_json(indent=None) for report in families["two clones"])
    for name, text in (("array.json", f"[{a}, {b}]"), ("lines.jsonl", f"{a}\n{b}\n"), ("marked.json", f"\ufeff[{a},{b}]")):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        assert run(str(path), "-q") == 1, name
        assert "duplicated-without-sysprep" in capsys.readouterr().out


def test_an_undetermined_pair_ends_with_3(saved, capsys):
    def emptied(report):
        (one, *_) = report.installations
        bare = msgspec.structs.replace(one, facts=(), machine_sid=None, computer_name=None, accounts=(), domain_sid=None)
        return msgspec.structs.replace(report, installations=(bare,))

    assert run(*saved("two clones", emptied), "-q") == 3
    assert "undetermined" in capsys.readouterr().out


def test_evidence_that_is_known_to_be_missing_ends_with_3_and_is_said(saved, capsys):
    problem = Problem("error", "disk.E02", "a segment is missing", "missing-segment")
    assert run(*saved("strangers", lambda report: msgspec.structs.replace(report, problems=(problem,)))) == 3
    assert "a segment is missing" in capsys.readouterr().out
    assert run(*saved("two clones", lambda report: msgspec.structs.replace(report, problems=(problem,)))) == 1


def test_less_than_two_installations_end_with_4(families, tmp_path, capsys):
    path = tmp_path / "one.json"
    path.write_text(families["two clones"][0].to_json(), encoding="utf-8")
    assert run(str(path)) == 4
    assert "Nothing to compare" in capsys.readouterr().out
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "note.txt").write_text("no Windows", encoding="utf-8")
    assert run(str(path), str(empty)) in (3, 4)


def test_a_source_that_cannot_be_read_ends_with_5_and_the_others_are_compared(saved, tmp_path, capsys):
    assert run(*saved("two clones"), str(tmp_path / "gone.E01")) == 5
    out = capsys.readouterr()
    assert "duplicated-without-sysprep" in out.out
    assert "gone.E01" in out.err
    assert out.err.count("\n") == 1


@pytest.mark.parametrize("text", ["{", '{"schema": "forensic.report/9"}', "[1, 2]", "{}", '{"schema": "forensic.report/1"', "[]"])
def test_a_file_that_is_no_report_is_told_in_a_sentence(saved, tmp_path, capsys, text):
    path = tmp_path / "broken.json"
    path.write_text(text, encoding="utf-8")
    assert run(*saved("two clones"), str(path), "-q") == 5
    out = capsys.readouterr()
    assert out.err.startswith(f"forensic: {path}: not a report of this program")
    assert out.err.count("\n") == 1
    assert "duplicated-without-sysprep" in out.out  # the others are compared all the same


def test_quiet_is_one_line_for_each_pair(saved, capsys):
    assert run(*saved("two clones"), *saved("siblings"), "-q") == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert all(" and " in line for line in lines)


def test_every_format_comes_out(saved, capsys):
    sources = saved("two clones")
    for name, begins in (
        ("console", "\nA "),
        ("json", '{\n  "schema": "forensic.comparison/1"'),
        ("csv", "\ufeffa,"),
        ("html", "<!DOCTYPE"),
        ("table", "a "),
    ):
        assert run(*sources, "--format", name) == 1
        assert capsys.readouterr().out.startswith(begins), name
    assert set(comparisons.names()) == {"console", "json", "csv", "html", "table"}


def test_csv_has_a_row_for_each_pair_in_which_nothing_acts(saved, capsys):
    assert run(*saved("two clones"), *saved("strangers"), "--format", "csv") == 1
    head, *rows = capsys.readouterr().out.removeprefix("\ufeff").splitlines()
    assert head.startswith("a,a_computer,a_machine_sid,b,")
    assert len(rows) == 6
    assert any(",duplicated-without-sysprep,violation,proven," in row for row in rows)


def test_output_goes_to_a_file_and_never_over_a_source(saved, folder, families, tmp_path, capsys):
    sources = saved("two clones")
    target = tmp_path / "comparison.html"
    assert run(*sources, "--format", "html", "--output", str(target)) == 1
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert capsys.readouterr().out == ""
    for source in sources:
        before = (tmp_path / source).read_bytes()
        assert run(*sources, "--output", source) == 2
        assert "evidence is never written to" in capsys.readouterr().err
        assert (tmp_path / source).read_bytes() == before
    inside = folder / "two clones-a" / "out.txt"
    assert run(str(folder / "two clones-a"), sources[1], "--output", str(inside)) == 2
    assert not inside.exists()


def test_the_same_comes_out_of_every_run(saved, capsys):
    sources = saved("two clones")
    texts = []
    for _ in range(2):
        assert run(*sources, "--format", "html", "--reproducible") == 1
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    "arguments",
    [(), ("a.E01",), ("a", "b", "--format", "xml"), ("a", "b", "--width", "20"), ("a", "b", "-q", "-v"), ("a", "b", "--nothing")],
)
def test_wrong_usage_ends_with_2(capsys, arguments):
    assert run(*arguments) == 2
    assert capsys.readouterr().out == ""


def test_the_process_ends_with_its_code(saved):
    command = [sys.executable, "-m", "forensic", "compare", *saved("two clones"), "-q"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stdout.count(b"\n") == 1
    assert done.stderr == b""


def test_saved_reports_are_known_by_a_file_url_too(tmp_path, capsys):
    sample = Path(__file__).parents[2] / "samples" / "nt4.qcow2"
    path = tmp_path / "nt4.json"
    path.write_text(examine(sample).to_json(), encoding="utf-8")
    assert cli.main(["compare", path.as_uri(), str(path)]) == 0
    shown = capsys.readouterr().out
    assert "One content, acquired twice" in shown
    assert "Parted" not in shown
    assert "When they parted" not in shown
