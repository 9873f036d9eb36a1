"""The pages of explain, the diagnosis of doctor, progress."""

import importlib
import io
import json
import re
from typing import get_args

import pytest

from forensic import cli
from forensic.containers.formats import OPENED
from forensic.model import Basis, Change, Claim, Kind, Origin, Sid, always, kept, usually
from forensic.model.comparison import Mark, Observed
from forensic.model.gap import CODES
from forensic.model.problem import CODES as PROBLEMS
from forensic.reasoning import table
from forensic.reasoning.pair.relation import load as relations
from forensic.reasoning.verdict import load as verdicts
from forensic.reporting import diagnosis, explanation, progress
from forensic.reporting.explanation import kind as kind_pages
from forensic.reporting.explanation.glossary import GLOSSARY
from forensic.reporting.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Reader:
    place, hive, path, depth, since, until = "registry", "SAM", r"SAM\Domains\Account", "triage", (5, 1), (10, 0, 19041)
    name = "machine-sid"
    documentation = "State it.\n\n    Where the bytes lie."

    def __init__(self, *kinds):
        self.kinds = kinds


class Rule:
    title, documentation, supports, against, group = "One line.", "One line.\n\n    What it does not say.", "installed", None, "setup"
    reads = frozenset({"some-sid"})


@pytest.fixture
def kind(monkeypatch):
    monkeypatch.setattr("forensic.model.kind.KINDS", {})
    url = "https://example.org/" + "long/" * 30
    return Kind(
        "some-sid", Sid, "Some SID", origin=Origin.RANDOM,
        renews={
            Change.GENERALIZE: usually(Basis.SOURCED, "a book", exception="it is Sunday"),
            Change.SPECIALIZE: always(Basis.INFERRED), Change.RENAME: kept(Basis.OBSERVED, "two hives", machines=2),
        },
        secret=True, decisive=True, known_values=[Sid("S-1-5-18")],
        claims=[Claim("It changes.", Basis.INFERRED, "a paper")], references=[url],
    )  # fmt: skip


def test_the_page_of_a_kind_names_the_rules_and_verdicts_that_use_it(kind):
    text = explanation.pages({"some-sid": kind}, [], {"some-rule": Rule()}, {})["some-sid"][0].text
    assert "Rules that look at it, themselves or by what they ask: some-rule." in text


def test_the_page_of_the_clone_tag_leads_to_its_rules_and_verdicts():
    from forensic import artifacts
    from forensic.reasoning import rule

    artifacts.load()
    from forensic.artifacts.setup.clone_tag import CLONE_TAG

    pages = explanation.pages({"clone-tag": CLONE_TAG}, [], rule.load(), verdicts())
    text = " ".join(pages["clone-tag"][0].text.split())
    for name in ("clone-tag-of-media", "setup-armed", "generalize-of-master-logged", "hardware-before-generalize", "disk-is-another"):
        assert name in text.partition("Rules that look at it")[2].partition(".")[0]
    assert "Verdicts that need it, to be more than indicated: sealed-generalized, relocated-not-generalized" in text
    assert "Looks at the fact kinds" in pages["clone-tag-of-media"][0].text
    assert "clone-tag" in " ".join(pages["installed"][0].text.split()).partition("Facts that it needs")[2]


def test_the_page_of_a_kind_says_all_that_is_declared(kind):
    text = explanation.pages({"some-sid": kind}, [Reader(kind)], {}, {})["some-sid"][0].text
    for part in (
        "some-sid (fact kind)",
        "Some SID",
        "random",
        "secret",
        "decisive",
        "A new value is given by:\n  - Sysprep's generalize, unless it is Sunday (sourced: a book)",
        "the next start after a generalize (specialize) (inferred)",
        "Left alone by:\n  - a rename (observed on 2 machines: two hives)",
        r"SAM: SAM\Domains\Account (Windows XP to 10 build 19041)",
        "Where the bytes lie.",
        "S-1-5-18",
        "It changes. (inferred: a paper)",
        kind.references[0],
    ):
        assert part in text
    assert text.endswith("\n")


def test_the_page_says_on_which_real_data_each_artifact_was_validated(kind):
    reader = Reader(kind)
    assert "Validated on real data that holds it: " in kind_pages.validation_in_words(reader)
    text = " ".join(explanation.pages({"some-sid": kind}, [reader], {}, {})["some-sid"][0].text.split())
    assert kind_pages.validation_in_words(reader) in text
    reader.name = "never-tried"
    text = " ".join(explanation.pages({"some-sid": kind}, [reader], {}, {})["some-sid"][0].text.split())
    assert "Validated on written data only" in text


def test_every_event_has_words():
    assert set(kind_pages.EVENTS) == set(Change)


def test_the_page_of_a_rule_says_what_it_speaks_for():
    text = explanation.pages({}, [], {"some-rule": Rule()}, {})["some-rule"][0].text
    assert text.count("One line.") == 1
    assert "What it does not say." in text
    assert "Speaks for installed." in text


@pytest.mark.parametrize("history", verdicts())
def test_every_verdict_has_a_page(history):
    text = explanation.pages({}, [], {}, verdicts())[history][0].text
    assert f"Policy: {verdicts()[history].policy}," in text
    assert "Rests on" in text
    assert "Beware" in text


@pytest.mark.parametrize("code", CODES)
def test_every_gap_code_has_a_page(code):
    (page,) = [one for one in explanation.pages({}, [], {}, {})[code] if one.group == "Gap code"]
    text = " ".join(page.text.split())
    assert text.startswith(f"{code} (gap code) ")
    assert CODES[code].says in text
    assert f"Reason: {CODES[code].reason}, " in text
    assert "never evidence" in text


def test_the_list_of_names_is_grouped_and_complete(kind):
    pages = explanation.pages({"some-sid": kind}, [], {"some-rule": Rule()}, verdicts())
    text = explanation.contents(pages)
    assert [line for line in text.splitlines() if re.fullmatch("[A-Z].*", line)] == [
        "Fact kinds", "Rules", "Verdicts", "Gap codes", "Problem codes", "Words",
    ]  # fmt: skip
    assert all(f"  {name} " in text for name, found in pages.items() if found[0].group != "Word")
    words = " ".join(text.partition("\nWords\n")[2].split()).split(", ")
    assert words == sorted((name for name, found in pages.items() if found[-1].group == "Word"), key=str.casefold)


def test_a_group_is_listed_alone_by_its_name_in_the_plural():
    pages = explanation.pages({}, [], {"some-rule": Rule()}, verdicts())
    assert explanation.group_named("Problem Codes", pages) == "Problem code"
    assert explanation.group_named("glossary", pages) == explanation.group_named("words", pages) == "Word"
    assert explanation.group_named("verdict", pages) is None
    text = explanation.contents(pages, "Problem code")
    assert text.startswith("Problem codes\n")
    assert all(f"  {code} " in text for code in PROBLEMS)
    assert "some-rule" not in text
    assert "  veto  " in explanation.contents(pages, "Word")


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_problem_code_has_a_page_with_its_consequence(code):
    (page,) = [one for one in explanation.pages({}, [], {}, {})[code] if one.group == "Problem code"]
    text = " ".join(page.text.split())
    for part in (PROBLEMS[code].title, PROBLEMS[code].effect, PROBLEMS[code].remedy):
        assert part in text
    assert ("exit code is 3" in text) == PROBLEMS[code].incomplete


@pytest.fixture(scope="module")
def everything():
    from forensic import artifacts
    from forensic.model import KINDS
    from forensic.reasoning import rule

    readers = artifacts.load()
    pages = explanation.pages(KINDS, readers, rule.load(), verdicts())
    return pages, explanation.Names(pages, readers)


@pytest.mark.parametrize(("asked", "meant"), [
    ("machine-sid", "machine-sid"), ("Machine SID", "machine-sid"), ("machine_sid", "machine-sid"), ("MachineGuid", "machine-guid"),
    ("susclientid", "sus-client-id"), ("CloneTag", "clone-tag"), ("ImageState", "image-state"),
    ("AccountDomainSid", "wu-account-domain-sid"),
    ("WSUS", "WSUS"), ("Sysprep_succeeded.tag", "sysprep-tag"), ("6167", "event-identity-conflict"), ("PingID", "wu-ping-id"),
    (r"HKLM\SOFTWARE\Microsoft\Cryptography\MachineGuid", "machine-guid"), ("event 6167", "event-identity-conflict"),
    ("State.ini", "image-state"), ("MountedDevices", "mounted-device"), ("Windows.OLD", "Windows.old"), ("Hash Mismatch", "hash-mismatch"),
])  # fmt: skip
def test_a_name_is_taken_as_windows_and_the_field_write_it(everything, asked, meant):
    _, names = everything
    assert meant in names.meant(asked)


@pytest.mark.parametrize("asked", ["", " - _", "no such thing whatever", "машина"])
def test_what_has_no_page_is_not_guessed(everything, asked):
    _, names = everything
    assert names.meant(asked) == []
    if not asked.strip(" -_"):
        assert names.near(asked) == []


def test_near_names_are_suggested_by_spelling_and_by_what_pages_say(everything):
    _, names = everything
    assert names.near("machine_sit")[0] == "machine-sid"
    assert names.near("sus client idd")[0] == "sus-client-id"
    assert names.mentions("ghostwalker")
    assert "sid-changer-trace" in names.mentions("NewSID")
    assert names.near("zzzz") == names.mentions("zzzz") == names.mentions("a") == []
    assert "; it stands on the pages of machine-sid, sid-changer-trace" in explanation.unknown("NewSID", names)
    assert explanation.unknown("machine_sit", names).startswith("'machine_sit' is not the name of a page; did you mean machine-sid")
    assert len(names.near("sid")) <= 5


def test_a_word_of_many_pages_gives_their_list_and_one_of_few_their_text(everything):
    pages, _ = everything
    text = explanation.told("System", pages, ["machine-sid", "machine-guid", "clone-tag", "image-state"])
    assert "'System' stands in the description of several:" in text
    assert "  clone-tag " in text
    assert "A new value is given by" not in text
    assert explanation.told("x", pages, ["WSUS"]).startswith("WSUS (word of the glossary, Windows)\n")


def test_all_that_the_program_declares_has_a_page():
    from forensic import artifacts
    from forensic.model import KINDS
    from forensic.reasoning import rule

    pages = explanation.pages(KINDS, artifacts.load(), rule.load(), verdicts())
    made = [page for found in pages.values() for page in found]
    words = sum(len(section) for section in GLOSSARY.values())
    assert len(made) == len(KINDS) + len(rule.load()) + len(verdicts()) + len(CODES) + len(PROBLEMS) + words
    assert not any("\x1b" in page.text or "None" in page.title for page in made)
    for page in made:
        for line in page.text.splitlines():
            prose = not line.lstrip().startswith(("|", "Read from")) and " " in line.strip(" -")
            assert len(line) <= explanation.WIDTH or not prose, line


def test_a_name_that_stands_for_two_things_has_both_pages(kind):
    pages = explanation.pages({"some-sid": kind}, [], {"some-sid": Rule()}, {})
    assert [page.text.partition("\n")[0] for page in pages["some-sid"]] == ["some-sid (fact kind)", "some-sid (rule)"]
    assert explanation.contents(pages).count("  some-sid ") == 2


def test_prose_is_filled_and_fields_lists_and_tables_keep_their_lines():
    class Long(Rule):
        documentation = """One line.

        Supports: one thing
        or another.
        Does not say: more.

        - an entry
          that goes on
        | a | b |
        | c | d |
        """

    text = explanation.pages({}, [], {"some-rule": Long()}, {})["some-rule"][0].text
    assert "\nSupports: one thing or another.\nDoes not say: more.\n\n- an entry that goes on\n| a | b |\n| c | d |\n" in text


def test_a_missing_library_is_named_and_told_from_an_optional_one(monkeypatch):
    real = importlib.import_module

    def broken(name, package=None):
        if name in ("pytsk3", "isal.isal_zlib"):
            raise ImportError(f"no {name} here")
        return real(name, package)

    monkeypatch.setattr(diagnosis.importlib, "import_module", broken)
    parts = diagnosis.diagnose("1.2.3", OPENED)
    assert not diagnosis.sound(parts)
    text = diagnosis.render(parts, OPENED)
    assert text.startswith("Parts\n")
    assert all(f"  works   {row.title} images\n" in text for row in OPENED)
    assert "  works   QCOW2 images compressed with zstd\n" in text
    assert "BROKEN  pytsk3" in text
    assert "no pytsk3 here" in text
    assert "absent  isal" in text
    assert "FAILS   NTFS" in text
    assert text.endswith("install the program anew, as its README says.\n")


def test_short_work_draws_nothing():
    stream = Terminal()
    with Progress(stream) as draw:
        draw("reading", 1, 2)
    assert stream.getvalue() == ""


def test_long_work_is_drawn_harmlessly_and_cleared(monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", 0)
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with Progress(stream, "a\x1b[31m[red]") as draw:
        draw("reading \x07[bold]", 1, 0)
        draw("hashing", 5, 10)
        draw._bar.refresh()
    text = stream.getvalue()
    assert "a\\x1b[31m[red]: hashing" in text
    assert "\x07" not in text
    assert text.endswith(("\x1b[2K", "\x1b[?25h", "\x1b[1A\x1b[2K"))


@pytest.mark.parametrize("code", relations())
def test_the_page_of_a_relation_says_what_it_rests_on_and_what_to_do(code):
    (page,) = [one for one in explanation.pages({}, [], {}, {}, relations())[code] if one.group == "Relation"]
    words, kind = " ".join(page.text.split()), relations()[code]
    for part in (kind.title, kind.says, f"Policy: {kind.policy}", *kind.rests_on, *kind.beware, *kind.not_excluded):
        assert part in words
    assert "{" not in page.text
    assert all(len(line) <= explanation.WIDTH for line in page.text.splitlines())


def test_the_page_of_the_table_explains_every_column_mark_and_observation():
    (page,) = explanation.pages({}, [], {}, {}, {}, (table.__doc__, table.COLUMNS))["hypothesis-table"]
    for column in table.COLUMNS:
        assert f"- {column.name}: {column.title}; supposes " in page.text
    for word in (*get_args(Observed), *get_args(Mark), "blank"):
        assert f"- {word}: " in page.text
    assert "never: never one; supposes no common origin" in page.text
    assert all(len(line) <= explanation.WIDTH for line in page.text.splitlines())


def test_explain_prints_the_pages_of_a_comparison_and_its_schema(capsys):
    assert cli.main(["explain", "hypothesis-table"]) == 0
    assert "hypothesis-table (table of a comparison)" in capsys.readouterr().out
    assert cli.main(["explain", "same machine"]) == 0
    assert "same-machine (relation of two installations)" in capsys.readouterr().out
    assert cli.main(["explain", "relations"]) == 0
    listed = capsys.readouterr().out
    assert all(f"  {code} " in listed for code in relations())
    assert cli.main(["explain", "--schema", "comparison"]) == 0
    assert json.loads(capsys.readouterr().out)["$id"] == "forensic.comparison/1"
    assert cli.main(["explain", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out)["$id"] == "forensic.report/1"
