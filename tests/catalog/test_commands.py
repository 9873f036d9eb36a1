"""The commands over a catalog: what they print, their exit codes, and what they refuse."""

import csv
import io
import json
import os

import jsonschema
import msgspec
import pytest

import forensic
from forensic import cli
from forensic.catalog.catalog import open_catalog
from forensic.catalog.record import Source
from forensic.model import codec
from forensic.reasoning.pair.relation import load
from forensic.reporting import comparisons, groups, holders
from tests.builders.report import HOSTILE
from tests.catalog.conftest import moved, stored


@pytest.fixture(scope="module")
def archive(tmp_path_factory, reports):
    """A catalog of everything but the copy of the first family, with one source that failed and one that waits."""
    path = str(tmp_path_factory.mktemp("archive") / "archive.db")
    with open_catalog(path) as catalog:
        stored(catalog, [reports[0], *reports[2:]], tags=("lab",))
        catalog.offer([Source("/bad.E01", "1")])
        catalog.fail(catalog.lease(1, "test", 60)[0], "killed by SIGSEGV", final=True)
        catalog.offer([Source("/later.E01", "1")])
    return path


@pytest.fixture
def copy(tmp_path, reports):
    path = tmp_path / "copy.json"
    path.write_text(reports[1].to_json(), encoding="utf-8")
    return str(path)


def run(*arguments):
    try:
        return cli.main(arguments)
    except SystemExit as left:
        return left.code


# groups


def test_groups_are_listed_and_what_is_open_is_said(archive, capsys):
    assert run("groups", "--catalog", archive) == 1
    out = capsys.readouterr().out
    assert "1      VIOLATION      sid-changed-duplicate" in out or "VIOLATION" in out
    assert "1 source still to be examined" in out
    assert "1 source set aside after failures" in out
    assert all(len(line) <= 100 for line in out.splitlines())


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--only", "violation"), 1), (("--only", "compliant"), 0), (("--since", "2199-01-01"), 0), (("--tag", "nowhere"), 0),
        (("--tag", "lab", "--limit", "1"), 1), (("--only", "same-machine", "-q"), 0),
    ],
)  # fmt: skip
def test_the_code_is_that_of_the_groups_that_are_shown(archive, capsys, more, code):
    assert run("groups", "--catalog", archive, *more) == code
    assert capsys.readouterr().err == ""


def test_every_format_of_groups_says_the_same(archive, capsys):
    assert run("groups", "--catalog", archive, "--format", "json") == 1
    body = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(codec.groups_schema(load())).validate(body)
    assert run("groups", "--catalog", archive, "--format", "jsonl") == 1
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == body["groups"]
    assert run("groups", "--catalog", archive, "--format", "csv") == 1
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out.removeprefix("\ufeff"))))
    assert [(int(row["group"]), row["source"]) for row in rows] == [
        (group["number"], one["path"]) for group in body["groups"] for one in group["members"]
    ]
    assert run("groups", "--catalog", archive, "--format", "table") == 1
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(body["groups"])
    assert run("groups", "--catalog", archive, "--format", "html") == 1
    page = capsys.readouterr().out
    assert page.startswith("<!DOCTYPE")
    assert all(one["path"] in page for group in body["groups"] for one in group["members"])
    assert set(groups.names()) == {"console", "csv", "json", "jsonl", "table"}
    assert json.loads(forensic.groups(archive).to_json()) == body


def test_one_group_is_a_comparison_of_its_members(archive, capsys):
    assert run("groups", "--catalog", archive, "1", "--format", "json") in (1, 3)
    body = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(codec.comparison_schema(load())).validate(body)
    assert len(body["groups"]) == 1
    assert body["groups"][0]["members"] == list(range(len(body["sources"])))
    for name in comparisons.names():
        assert run("groups", "--catalog", archive, "1", "--format", name) == 1
        assert capsys.readouterr().out


def test_a_group_that_is_not_there_and_a_format_that_it_has_not_are_refused(archive, capsys):
    assert run("groups", "--catalog", archive, "99") == 2
    assert "there is no group 99" in capsys.readouterr().err
    assert run("groups", "--catalog", archive, "1", "--format", "jsonl") == 2
    for wrong in (("0",), ("x",), ("--only", "bad"), ("--since", "yesterday"), ("--limit", "0")):
        assert run("groups", "--catalog", archive, *wrong) == 2


def test_a_catalog_without_groups_says_so(tmp_path, reports, capsys):
    path = str(tmp_path / "one.db")
    with open_catalog(path) as catalog:
        stored(catalog, reports[:1])
    assert run("groups", "--catalog", path) == 0
    assert "No two installations are known to be of one origin" in capsys.readouterr().out
    assert run("groups", "--catalog", path, "1") == 2
    assert run("groups", "--catalog", str(tmp_path / "none.db")) == 5
    assert "is not there" in capsys.readouterr().err


def test_constants_are_proposed_read_back_and_judged_anew(archive, tmp_path, capsys):
    file = tmp_path / "constants.tsv"
    assert run("groups", "--catalog", archive, "--propose-constants", str(file)) == 0
    assert file.read_text(encoding="utf-8").startswith("# Values that unrelated images share")
    assert run("groups", "--catalog", archive, "--propose-constants", archive) == 2
    file.write_text("machine-guid\t{nonsense\n", encoding="utf-8")
    assert run("groups", "--catalog", archive, "--constants", str(file)) == 1
    assert "1 constants of the catalog changed" in capsys.readouterr().err
    file.write_text("", encoding="utf-8")
    assert run("groups", "--catalog", archive, "--constants", str(file)) == 1
    file.write_text("oops\n", encoding="utf-8")
    assert run("groups", "--catalog", archive, "--constants", str(file)) == 2
    assert run("groups", "--catalog", archive, "--constants", str(tmp_path / "none.tsv")) == 2


def test_judging_on_demand_says_how_many(archive, capsys):
    assert run("groups", "--catalog", archive, "--judge", "-q") == 1
    assert "0 installations compared" in capsys.readouterr().err


# relatives


def test_an_image_that_came_in_is_judged_against_the_catalog(archive, copy, reports, capsys):
    assert run("relatives", "--catalog", archive, copy, "--format", "json") == 1
    said = capsys.readouterr()
    body = json.loads(said.out)
    jsonschema.Draft202012Validator(codec.comparison_schema(load())).validate(body)
    assert body["asked"] == 1
    assert body["sources"][0]["path"] == reports[1].source.path
    assert all(pair["a"] == 0 for pair in body["pairs"])
    of = {body["sources"][pair["b"]]["path"]: pair["relation"] for pair in body["pairs"]}
    assert of[reports[0].source.path] == "duplicated-without-sysprep"
    assert "1 sources of the catalog are not examined yet" in said.err
    for name in comparisons.names():
        assert run("relatives", "--catalog", archive, copy, "--format", name) == 1
    with open_catalog(archive) as catalog:
        assert catalog.store.image_of(reports[1].source.path) is None
    assert forensic.relatives([reports[1]], archive).pairs[0].relation == body["pairs"][0]["relation"]


def test_a_pair_of_relatives_is_what_compare_says(archive, copy, reports, capsys):
    assert run("relatives", "--catalog", archive, copy, "--format", "json", "--limit", "1") == 1
    body = json.loads(capsys.readouterr().out)
    nearest = next(one for one in reports if one.source.path == body["sources"][1]["path"])
    (pair,) = forensic.compare([reports[1], nearest]).pairs
    assert body["pairs"] == [json.loads(msgspec.json.encode(pair))]


def test_the_code_of_relatives_is_that_of_compare(archive, tmp_path, families, capsys):
    def asked(report):
        path = tmp_path / "asked.json"
        path.write_text(report.to_json(), encoding="utf-8")
        return run("relatives", "--catalog", archive, str(path))

    stranger = families["strangers"][1]
    alone = msgspec.structs.replace(stranger.installations[0], facts=(), machine_sid=None, domain_sid=None)
    assert asked(msgspec.structs.replace(stranger, installations=(alone,))) == 0
    assert asked(msgspec.structs.replace(stranger, installations=())) == 4
    assert run("relatives", "--catalog", archive, str(tmp_path / "none.E01")) == 5
    assert run("relatives", "--catalog", str(tmp_path / "none.db"), str(tmp_path / "asked.json")) == 5
    assert run("relatives", "--catalog", archive) == 2
    assert run("relatives", "--catalog", archive, "x", "--identifier", "machine-sid=S-1-5-21-1-2-3") == 2
    capsys.readouterr()


def test_a_constant_makes_nobody_a_relative(archive, tmp_path, copy, reports, capsys):
    rows = [row for pair in forensic.compare(reports[:2]).pairs for row in pair.table if row.observed in ("equal", "crossed")]
    everything = {(row.namespace, value) for row in rows for value in row.a.split("; ")}
    report = forensic.relatives([reports[1]], archive, constants=everything)
    known = forensic.relatives([reports[1]], archive)
    assert "duplicated-without-sysprep" in {pair.relation for pair in known.pairs}
    assert not {"duplicated-without-sysprep", "sid-changed-duplicate"} & {pair.relation for pair in report.pairs}


def test_who_holds_a_value_is_listed_with_what_it_is_there(archive, reports, tmp_path, capsys):
    sid = str(reports[0].installations[0].machine_sid)
    for name in holders.names():
        assert run("relatives", "--catalog", archive, "--identifier", f"machine-sid={sid.lower()}-1001", "--format", name) == 0
        assert reports[0].source.path in capsys.readouterr().out
    assert run("relatives", "--catalog", archive, "--identifier", f"machine-sid={sid}", "--format", "json") == 0
    body = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(codec.holders_schema()).validate(body)
    assert body["held"][0]["member"]["path"] == reports[0].source.path
    assert {one["standing"] for one in body["held"]} == {"current", "former"}
    listed = tmp_path / "list.csv"
    listed.write_text(f"namespace,value\nmachine-sid,{sid}\nmachine-guid-prefix,deadbeef\n", encoding="utf-8")
    assert run("relatives", "--catalog", archive, "--identifiers", str(listed)) == 0
    out = capsys.readouterr().out
    assert "nobody in the catalog holds it" in out
    assert "former machine-sid" in out


def test_the_beginning_of_a_machine_guid_finds_the_whole(archive, reports, capsys):
    guid = next(str(fact.value) for fact in reports[0].installations[0].facts if fact.kind == "machine-guid")
    sysmon = f"{{{guid[:8].upper()}-1234-5678-0000-000000000000}}"
    assert run("relatives", "--catalog", archive, "--identifier", f"machine-guid-prefix={sysmon}") == 0
    assert reports[0].source.path in capsys.readouterr().out


@pytest.mark.parametrize(
    "more",
    [
        ("--identifier", "machine-sid=x"), ("--identifier", "nothing"), ("--identifiers", "/nowhere.csv"),
        ("--identifier", "machine-sid=S-1-5-21-1-2-3", "--format", "html"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(archive, capsys, more):
    assert run("relatives", "--catalog", archive, *more) == 2
    assert capsys.readouterr().err.startswith("forensic: ")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("machine-sid=garbage", "--identifier: 'garbage' is no SID, as machine-sid is"),
        ("machine-guid=garbage", "--identifier: 'garbage' is no GUID, as machine-guid is"),
        (f"domain-sid={'x' * 5000}", f"--identifier: '{'x' * 59}…' is no SID, as domain-sid is"),
    ],
)
def test_a_value_that_is_none_is_named_with_its_option(archive, capsys, value, says):
    assert run("relatives", "--catalog", archive, "--identifier", value) == 2
    assert says in capsys.readouterr().err


def test_a_value_that_nobody_holds_ends_with_4(archive):
    assert run("relatives", "--catalog", archive, "--identifier", "machine-sid=S-1-5-21-9-9-9") == 4


# catalog


def test_the_status_counts_and_names_failures(archive, capsys):
    assert run("catalog", "status", "--catalog", archive, "--failures") == 0
    out = capsys.readouterr().out
    assert "examined 9   waiting 1" in out
    assert "/bad.E01: killed by SIGSEGV (1 tries" in out


def test_what_is_forgotten_tried_again_and_checked(tmp_path, reports, capsys):
    path = str(tmp_path / "a.db")
    with open_catalog(path) as catalog:
        stored(catalog, reports[:2])
        catalog.offer([Source("/bad.E01", "1")])
        catalog.fail(catalog.lease(1, "test", 60)[0], "no", final=True)
    assert run("catalog", "retry-failed", "--catalog", path) == 0
    assert run("catalog", "check", "--catalog", path, "--reports") == 0
    assert "nothing is wrong" in capsys.readouterr().out
    assert run("catalog", "forget", "--catalog", path, reports[0].source.path) == 0
    assert run("catalog", "forget", "--catalog", path, reports[0].source.path) == 4
    with open_catalog(path) as catalog:
        assert catalog.counts().done == 1
        assert catalog.counts().waiting == 1
        with catalog.store._index.writing() as database:
            database.execute("INSERT INTO frequency VALUES (1, 1, 9)")
    assert run("catalog", "check", "--catalog", path) == 1
    assert "count-differs" in capsys.readouterr().out
    assert run("catalog", "check", "--catalog", path, "--repair") == 0
    assert run("catalog", "check", "--catalog", path) == 0
    assert run("catalog", "stale", "--catalog", path) == 0
    assert run("catalog") == 2


@pytest.mark.parametrize("name", ["a.db", "a.reports.db"])
def test_a_check_of_a_damaged_catalog_says_what_it_can_and_not_itself(tmp_path, reports, capsys, name):
    path, cut = str(tmp_path / "a.db"), tmp_path / name
    with open_catalog(path) as catalog:
        stored(catalog, reports[:2])
    assert run("catalog", "check", "--catalog", path) == 0
    capsys.readouterr()
    whole = cut.stat().st_size
    os.truncate(cut, whole // 4096 // 2 * 4096)
    for more in ((), ("--repair",), ("--reports",)):
        assert run("catalog", "check", "--catalog", path, *more) == 1
        said = capsys.readouterr()
        assert f"{name}: it is cut: it has {cut.stat().st_size:,} of {whole:,} bytes (damaged)" in said.out
        assert "restore both files of the catalog from a backup" in said.out
        assert "catalog check" not in said.out + said.err


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0"])
def test_a_check_of_what_is_no_catalog_is_refused_or_damage(tmp_path, capsys, content):
    path = tmp_path / "a.db"
    path.write_bytes(content)
    assert run("catalog", "check", "--catalog", str(path)) == (1 if content.startswith(b"SQLite") else 5)
    assert "catalog check" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ("forget", ""),
        ("forget", " "),
        ("retry-failed", ""),
        ("report", ""),
        *(("forget", root) for root in ("/", "//", "/.", "C:\\", "c:/", "s3://")),
    ],
)
def test_a_path_that_would_be_above_everything_is_refused_and_nothing_is_forgotten(tmp_path, reports, capsys, arguments):
    path, (action, *paths) = str(tmp_path / "a.db"), arguments
    with open_catalog(path) as catalog:
        stored(catalog, reports[:2])
        assert catalog.store.forget([""]) == 0
    assert run("catalog", action, "--catalog", path, *paths) == 2
    assert ("PATH" in (said := capsys.readouterr().err), len(said.splitlines()) < 12) == (True, True)
    with open_catalog(path) as catalog:
        assert catalog.counts().done == 2


def test_a_folder_below_the_root_is_forgotten(tmp_path, reports):
    path = str(tmp_path / "a.db")
    with open_catalog(path) as catalog:
        stored(catalog, reports[:2])
    assert run("catalog", "forget", "--catalog", path, "/evidence/") == 0
    with open_catalog(path) as catalog:
        assert catalog.counts().done == 0


def test_a_stored_report_comes_out_as_it_was(archive, reports, tmp_path, capsys):
    assert run("catalog", "report", "--catalog", archive, reports[0].source.path) == 0
    assert forensic.ImageReport.from_json(capsys.readouterr().out) == reports[0]
    assert run("catalog", "report", "--catalog", archive, "/nowhere") == 4
    assert run("catalog", "report", "--catalog", archive, reports[0].source.path, "--output", archive) == 2


def test_stale_reports_are_listed_in_every_format(tmp_path, reports, capsys):
    path = str(tmp_path / "a.db")
    (one, *rest) = reports[0].installations
    name, how = min(one.extraction.items())
    older = msgspec.structs.replace(one, extraction=one.extraction | {name: msgspec.structs.replace(how, version=how.version - 1)})
    with open_catalog(path) as catalog:
        stored(catalog, [msgspec.structs.replace(reports[0], installations=(older, *rest)), reports[1]])
    for form in ("console", "csv", "jsonl"):
        assert run("catalog", "stale", "--catalog", path, "--format", form) == 0
        out = capsys.readouterr().out
        assert name in out
        assert reports[1].source.path not in out


def test_merging_says_what_became_of_all(tmp_path, archive, capsys):
    path = str(tmp_path / "new.db")
    assert run("catalog", "merge", "--catalog", path, archive) == 0
    assert "9 images taken" in capsys.readouterr().err
    assert run("catalog", "merge", "--catalog", path, path) == 2
    assert run("groups", "--catalog", path) == 1


def test_hostile_names_act_on_nothing(tmp_path, reports, capsys):
    path = str(tmp_path / "a.db")
    with open_catalog(path) as catalog:
        for number, report in enumerate(reports[:2]):
            one = msgspec.structs.replace(report.installations[0], computer_name=HOSTILE)
            evil = moved(msgspec.structs.replace(report, installations=(one,)), f"/evidence/{number}{HOSTILE}\udcff")
            stored(catalog, [evil], tags=(HOSTILE,))
        catalog.offer([Source(HOSTILE, "1")])
        catalog.fail(catalog.lease(1, "test", 60)[0], HOSTILE, final=True)
    asked = ("--catalog", path)
    for command in (
        ("groups", *asked), ("groups", *asked, "-v"), ("groups", *asked, "-q"), ("groups", *asked, "1"),
        ("catalog", "status", *asked, "--failures"),
        *(("groups", *asked, "--format", name) for name in (*groups.names(), "html")),
        *(("relatives", *asked, "--format", name, "--identifier", f"machine-sid={reports[0].installations[0].machine_sid}")
          for name in holders.names()),
    ):  # fmt: skip
        assert run(*command) in (0, 1), command
        out = capsys.readouterr().out
        out.encode()
        acting = {"\x1b", "\x07"} if {"json", "jsonl"} & set(command) else {"\x1b", "\x07", "\u202e"}
        assert not acting & set(out), command
