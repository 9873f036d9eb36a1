import contextlib
import json
import os
import re
import subprocess
import sys

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from forensic.errors import Malformed
from forensic.model import (
    Account,
    DeviceId,
    Evidence,
    Fact,
    FileTime,
    Gap,
    HiveInfo,
    ImageReport,
    Locator,
    Problem,
    Product,
    Profile,
    Sid,
    SourceInfo,
    StateComparison,
    TableRow,
    TimelineEntry,
    Verdict,
    VolumeInfo,
    codec,
)
from forensic.model.judgement import POLICY_WORDS
from forensic.reasoning.verdict import load as verdicts
from forensic.reporting import overview
from forensic.reporting import wording as words
from forensic.reporting.formats import Layout, console, html
from forensic.reporting.formats.console import summary
from forensic.reporting.formats.console.timeline import TIMELINE_LIMIT
from tests.builders.report import MACHINE, STORIES, fact, installation, on_console, report, verdict

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def in_detail(one, **layout):
    return on_console(one, verbosity=1, **layout)


def flat(text):
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("verbosity", [0, 1, 2])
@pytest.mark.parametrize("width", [80, 81, 97, 120, 200])
@pytest.mark.parametrize("story", STORIES)
def test_no_line_is_wider_than_the_page_nor_ends_in_blanks(story, width, verbosity):
    for line in on_console(STORIES[story](), width=width, verbosity=verbosity).splitlines():
        assert cell_len(line) <= width
        assert line == line.rstrip()


@pytest.mark.parametrize("story", STORIES)
def test_colour_adds_nothing_but_colour(story):
    colored = in_detail(STORIES[story](), width=120, color=True)
    assert "\x1b[" in colored
    stripped = "\n".join(line.rstrip() for line in ESCAPE.sub("", colored).splitlines())
    assert stripped == in_detail(STORIES[story](), width=120).rstrip("\n")


def test_plain_text_is_ascii_where_the_evidence_is():
    assert in_detail(STORIES["relocated"](), plain=True).isascii()
    assert not in_detail(STORIES["relocated"]()).isascii()


def test_the_verdict_comes_first_and_problems_last():
    text = in_detail(STORIES["relocated"]())
    places = [
        text.index(part)
        for part in ("pc-07.vhdx", "Moved to other hardware", "policy", "suspect", "Innocent explanations", "What to do next", "Evidence ─",
                     "Identity ─",
                     "Identifiers", "Local accounts", "Profiles", "Gaps", "Problems", "Work done")
    ]  # fmt: skip
    assert places == sorted(places)


@pytest.mark.parametrize("history", verdicts())
def test_every_verdict_is_said_in_words(history):
    text = in_detail(report(installations=[installation(verdict=verdict(history, "indicated", "Because."))]))
    assert verdicts()[history].title in text
    assert history in text
    assert POLICY_WORDS[verdicts()[history].policy] in flat(text.replace("│", ""))


def test_identifiers_stand_whole_on_one_line_at_the_narrowest_width():
    lines = in_detail(STORIES["ordinary"](), width=80).splitlines()
    for value in (
        MACHINE,
        STORIES["ordinary"]().installations[0].facts[1].value,
        f"{MACHINE}-1001",
        "6e2c3f0a-5b1d-4c7e-9a8f-0d1e2f3a4b5c",
    ):
        assert any(value in line for line in lines)


def test_long_values_are_folded_never_cut():
    text = in_detail(STORIES["hostile"](), width=80)
    assert re.sub(r"\s", "", text).count("x" * 3000) == 1
    assert "…" not in text


def test_what_is_left_out_is_counted():
    text = in_detail(STORIES["hostile"]())
    assert "and 176 more accounts: -vv lists all" in text
    assert "user199" not in text
    assert "user199" in on_console(STORIES["hostile"](), verbosity=2)
    relocated = STORIES["relocated"]()
    shown = in_detail(relocated)
    assert f"and {len(relocated.installations[0].facts) - 14} more facts: -vv lists all" in shown


def test_facts_that_the_evidence_cites_are_always_listed():
    facts = (*(fact("network-adapter", f"nic{n}", "S") for n in range(40)), fact("unheard-of-kind", "odd", "S"))
    evidence = (Evidence("r", "installed", "", "weak", "g", "b", (39, 40)),)
    text = in_detail(report(installations=[installation(facts=facts, evidence=evidence)]))
    assert "[39] network-adapter" in text
    assert "[40] unheard-of-kind" in text
    assert "[38]" not in text


def test_the_detail_view_states_every_part_of_every_fact():
    one = STORIES["relocated"]()
    text = flat(on_console(one, width=200, verbosity=2))
    for number, stated in enumerate(one.installations[0].facts):
        assert f"[{number}] {stated.kind}" in text
        assert stated.source in text
    assert "state recovered from a transaction log" in text
    assert "16 bytes with SHA-256" in text
    assert "no time is kept there" in text
    for gap in one.installations[0].gaps:
        assert gap.searched in text
    assert "dirty, its transaction logs were applied" in text
    assert "dirty, read as it is" in text


def test_absence_is_said_in_words():
    text = in_detail(STORIES["undetermined"]())
    assert "not known: see the gaps" in text
    assert "there, but could not be read" in text
    assert "there, but damaged" in text
    assert "None" not in text
    text = in_detail(report(installations=[installation(gaps=(), evidence=(), profiles=(), accounts=(), facts=())]))
    assert text.count("none found") >= 4
    assert "none: everything that was looked for was found and read" in text


def test_sources_without_windows_and_unreadable_ones_say_so():
    text = in_detail(STORIES["linux"]())
    assert "No Windows installation found" in text
    assert "ext4" in text
    text = in_detail(STORIES["unreadable"]())
    assert "The source could not be read" in text
    assert "holds text" in text
    (line,) = summary.one_line_each(STORIES["unreadable"]())
    assert line == "evidence/notes.E01: the source could not be read: named like an E01 segment, but it holds text"


def test_the_quiet_report_is_one_line_per_installation():
    lines = "".join(console.render([STORIES["several"]()], Layout(verbosity=-1))).splitlines()
    assert lines[0] == (
        f"evidence/multi boot.dd: p2/Windows: WS-042, {MACHINE}, installed, nothing found that Microsoft's disk-duplication policy forbids,"
        " strong"
    )
    assert len(lines) == 3


def test_the_quiet_report_says_in_its_one_line_why_there_is_no_installation():
    (line,) = summary.one_line_each(STORIES["linux"]())
    assert line.startswith("evidence/server.qcow2: no Windows installation found: p1: not examined: it holds a Linux")
    warned = report("a.E01", installations=[], volumes=[], problems=(Problem("warning", "a.E01", "named like an EWF image, but is none"),))
    assert summary.one_line_each(warned) == ["a.E01: no Windows installation found: named like an EWF image, but is none"]


def test_an_earlier_copy_of_a_registry_gets_no_verdict_of_its_own():
    text = in_detail(STORIES["with-earlier-state"]())
    assert "an earlier state of p2/Windows" in text
    assert text.count("verdict") == 1
    (line,) = summary.one_line_each(STORIES["with-earlier-state"]())
    assert ", installed, " in line


def test_a_planted_long_name_fills_no_heading_and_stands_whole_below():
    one = report(installations=[installation(computer_name="L" * 5000)])
    (heading,) = [line for line in in_detail(one, width=200).splitlines() if "Windows 10 Pro (19045)" in line]
    assert heading.startswith(f"{'L' * 100}... (5,000 characters)   Windows 10 Pro (19045)   p2/Windows")
    assert "L" * 5000 in re.sub(r"\s", "", in_detail(one))


def test_the_short_list_of_gaps_contradicts_no_fact():
    gaps = (Gap("machine-guid", "not-found", "p2 > SOFTWARE"), Gap("dtc-cid", "not-found", "p2 > SOFTWARE"))
    text = in_detail(report(installations=[installation(gaps=gaps)]))
    assert "not there\n    dtc-cid\n    stated above, but not from every place: machine-guid\n" in text
    text = in_detail(report(installations=[installation(gaps=gaps[:1])]))
    assert "not there\n    stated above, but not from every place: machine-guid\n" in text


def test_the_detail_view_names_the_code_that_explain_knows():
    gaps = (
        Gap("machine-guid", "not-found", "p2 > SOFTWARE", code="no-key"),
        Gap("machine-sid", "malformed", "p2 > SAM", "base block: too short", code="hive-broken"),
        Gap("dtc-cid", "not-found", "p2 > SOFTWARE"),
    )
    one = report(installations=[installation(gaps=gaps)])
    text = on_console(one, verbosity=2)
    assert "- machine-guid  no-key\n" in text
    assert "- machine-sid  hive-broken\n" in text
    assert "- dtc-cid\n" in text
    assert "no-key" not in in_detail(one)
    assert "<bdi>machine-guid</bdi> <bdi>no-key</bdi>" in "".join(html.render([one])).replace("\n", "")


def test_of_a_key_without_a_value_the_short_report_says_when_it_was_written():
    when = FileTime.from_iso("2021-03-02T09:13:23.6843093Z")
    of_key = Fact("lsa-boot-key-time", "JD", Locator("p2", "SYSTEM", key="Lsa\\JD", field="last-written time"), "00", when)
    setupcl = Fact("setupcl-run", {"status": 0}, Locator("p2", "SYSTEM", key="Setup\\SetupCl"), "00", when)
    value = Fact("product-id", "x", Locator("p2", "SOFTWARE", key="CurrentVersion", value="ProductId"), "00", when)
    cited = Evidence("setup-clocks-agree", "installed", None, "moderate", "setup-clocks", "one setup", (0,))
    text = in_detail(report(installations=[installation(facts=(of_key, setupcl, value), evidence=(cited,))]))
    assert "SYSTEM > Lsa\\JD > (last-written time) 2021-03-02T09:13:23.6843093Z" in text
    assert "SYSTEM > Setup\\SetupCl, written 2021-03-02T09:13:23.6843093Z" in text
    assert "SOFTWARE > CurrentVersion > ProductId\n" in text


def test_the_overview_names_every_source_and_verdict():
    reports = [STORIES[story]() for story in ("ordinary", "changed", "linux", "unreadable")]
    text = "".join(console.render(reports, Layout(several=True)))
    for one in reports:
        assert one.source.path in text
    assert text.startswith("4 sources\n")
    assert re.search(r"^  sid-changed +evidence/old-xp.vmdk  WS-042", text, re.MULTILINE)
    assert "3 of 4 in order" not in text
    assert "no Windows installation found" in text


def test_outer_spaces_and_emptiness_can_be_seen():
    assert words.shown(" a") == '" a"'
    assert words.shown("a  b") == '"a  b"'
    assert words.shown("") == "(empty)"
    assert words.shown("a b") == "a b"


def test_values_are_said_in_words():
    assert words.value_in_words({"a_b": True, "b": [1, None], "c": {}, "d": None}) == "a b: yes; b: 1, none; c: (no parts)"
    assert words.value_in_words({"time": "2020-01-01T00:00:00.0000000", "local": True}) == "2020-01-01T00:00:00.0000000 (local time)"
    assert words.value_in_words(()) == "(none)"


def test_sizes_are_said_in_words():
    assert words.bytes_in_words(0) == "0 bytes"
    assert words.bytes_in_words(1023) == "1,023 bytes"
    assert words.bytes_in_words(64_996_425_728) == "60.5 GiB (64,996,425,728 bytes)"
    assert words.bytes_in_words(1024) == "1.0 KiB (1,024 bytes)"
    assert words.bytes_in_words(2**60).startswith("1024.0 PiB")
    assert words.bytes_in_words(10**400).endswith(",000 bytes)")
    assert words.bytes_in_words(-1) == "-1 bytes"


nasty = st.one_of(
    st.text(max_size=30),
    st.text(st.characters(categories=["Cc", "Cf", "Cs", "Mn", "Zl", "Zp"]), max_size=10),
    st.sampled_from(["[red]x[/red]", "[/]", ":smile:", "\x1b[2J", "\x9b31m", "\u202eabc", "鍵" * 60, "a\u0300" * 90]),
)


def report_of(text):
    """A report in which every text that may be any is `text`."""
    place = Locator(text, text, text, 1, text, text, text, 0)
    state = StateComparison(
        text,
        text,
        "strong",
        (text,),
        (TableRow(text, text, text, "equal", {"time": "contradicted", text: "possible"}, "strong", text, True),),
    )
    one = installation(
        id=text, volume=text, system_root=text, computer_name=text, product=Product(text, text, text, text, text),
        accounts=(Account(Sid(text), 1, text),), profiles=(Profile(Sid(text), text, (DeviceId(text, text),)),),
        hives=(HiveInfo(text, 1, True, "none", (text,)),), facts=(Fact(text, {text: [text]}, place, text, None, "stored", text),),
        gaps=(Gap(text, "malformed", text, text, text, text, place),), evidence=(Evidence(text, text, text, "weak", text, text, (0,)),),
        verdict=Verdict(text, "suspect", "strong", text, (text,), (text,), (text,), text, text, (text,)),
        timeline=(TimelineEntry(text, text, text, (0,), True),), earlier_states=(state,),
    )  # fmt: skip
    source = SourceInfo(text, text, 1, (text, text), 4096, {text: text})
    return report(
        text, [one, msgspec.structs.replace(one, earlier_state_of=text)], source=source, stats={text: text},
        volumes=(VolumeInfo(text, "mbr", 0, 1, text, text, text, text),), problems=(Problem("error", text, text),),
    )  # fmt: skip


@given(nasty, st.integers(80, 200), st.booleans(), st.integers(0, 2))
@settings(max_examples=60, deadline=None)
def test_nothing_from_evidence_acts_on_the_terminal(text, width, color, verbosity):
    hostile = report_of(text)
    made = on_console(hostile, width=width, color=color, verbosity=verbosity)
    made += summary.table(list(overview.rows(hostile)), Layout(width, color))
    harmless = ESCAPE.sub("", made) if color else made
    assert all(character == "\n" or character.isprintable() for character in harmless)
    made.encode()
    assert all(cell_len(line) <= width for line in harmless.splitlines())
    assert all(character.isprintable() for line in summary.one_line_each(hostile) for character in line)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_saved_report_with_any_one_value_replaced_is_rendered_or_malformed(data):
    body = json.loads(STORIES["several"]().to_json())
    node = body
    while True:
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        if isinstance(node[key], dict | list) and node[key] and data.draw(st.integers(0, 4)):
            node = node[key]
        else:
            break
    node[key] = data.draw(
        st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from([10**30, -(10**30), 10**400]), nasty, st.just([]), st.just({}))
    )
    with contextlib.suppress(Malformed):
        made = codec.decode(json.dumps(body))
        for verbosity in (-1, 0, 1, 2):
            "".join(console.render([made], Layout(verbosity=verbosity)))
        summary.table(list(overview.rows(made)))


def test_markup_in_evidence_stays_as_it_is():
    text = in_detail(STORIES["hostile"]())
    assert "[bold red]no[/] :smile:" in flat(text)


def test_the_report_does_not_depend_on_the_surroundings():
    code = "from tests.builders.report import on_console, relocated; print(ascii(on_console(relocated())))"
    # Where the environment lies in a folder with other letters, Python before 3.12 does not start in the C locale.
    locale = {"LC_ALL": "C"} if sys.prefix.isascii() else {}
    outputs = {
        subprocess.run([sys.executable, "-c", code], env=os.environ | extra, capture_output=True, check=True).stdout
        for extra in (
            {"PYTHONHASHSEED": "1", "COLUMNS": "40", "TERM": "dumb"},
            {"PYTHONHASHSEED": "2", "NO_COLOR": "1"} | locale,
            {"PYTHONHASHSEED": "3", "FORCE_COLOR": "1", "TERM": "xterm-256color"},
        )
    }
    assert len(outputs) == 1


def test_a_report_read_from_json_looks_as_the_one_that_was_made():
    for story in STORIES.values():
        made = story()
        assert on_console(ImageReport.from_json(made.to_json()), verbosity=2) == on_console(made, verbosity=2)


def test_verification_that_failed_cannot_be_overlooked():
    one = STORIES["ordinary"]()
    bad = msgspec.structs.replace(one, source=msgspec.structs.replace(one.source, verification="mismatch"))
    assert "NOT AS ACQUIRED" in in_detail(bad)


def long_story(count):
    hours = [f"2021-03-{1 + number // 24:02}T{number % 24:02}:00:00.1234567" for number in range(count)]
    return tuple(
        TimelineEntry(hour + "Z" * (number != 1), "x", f"Moment {number}.", (0,), number == 1) for number, hour in enumerate(hours)
    )


def test_the_timeline_follows_the_evidence_and_marks_local_times():
    text = in_detail(report(installations=[installation(timeline=long_story(3))]))
    assert text.index("Evidence ─") < text.index("Timeline (3) ─") < text.index("Identity ─")
    assert "  2021-03-01 00:00:00 UTC    Moment 0.  [0]\n" in text
    assert "  2021-03-01 01:00:00 local  Moment 1.  [0]\n" in text


def test_a_long_timeline_shows_both_ends_and_says_what_it_leaves_out():
    one = report(installations=[installation(timeline=long_story(100))])
    text = in_detail(one)
    assert "... 76 more between: -vv lists all" in text
    assert text.count("Moment ") == TIMELINE_LIMIT
    assert text.index("Moment 11.") < text.index("... 76 more") < text.index("Moment 88.")
    whole = on_console(one, verbosity=2)
    assert whole.count("Moment ") == 100
    assert "2021-03-01 00:00:00.1234567 UTC" in whole


def test_a_timeline_that_fits_is_whole_and_none_is_not_mentioned():
    one = report(installations=[installation(timeline=long_story(TIMELINE_LIMIT))])
    assert "more between" not in in_detail(one)
    assert "Timeline" not in in_detail(report())


def test_a_hive_that_cannot_be_read_is_said_once():
    hive = "p2 > Windows/System32/config/SYSTEM"
    place = Locator(volume="p2", file="Windows/System32/config/SYSTEM", hive="SYSTEM")
    lost = tuple(
        Gap(
            f"kind-{number}", "malformed", rf"{hive} > Setup\{number}", "base block: needs 512 bytes, has 13",
            place=place.inside(key=rf"Setup\{number}"),
        )
        for number in range(34)
    )  # fmt: skip
    other = Gap("log", "malformed", "p2 > Windows/a.log", "base block: needs 512 bytes, has 13")
    one = report(installations=[installation(gaps=(*lost, other))])
    text = in_detail(one)
    assert f"{hive}: 34 statements missing" in text
    assert text.count("base block: needs 512 bytes, has 13") == 2
    assert text.count(f"{hive}: 34 statements missing") == 1
    assert all(f"kind-{number}" in text for number in range(34))
    whole = on_console(one, verbosity=2)
    assert r"Setup\33" in whole
    assert whole.count("base block: needs 512 bytes, has 13") == 2


def test_what_breaks_is_said_before_the_evidence():
    judged = msgspec.structs.replace(installation().verdict, consequences=("WSUS would show one computer for both.",))
    text = in_detail(report(installations=[installation(verdict=judged)]))
    assert text.index("What breaks where") < text.index("WSUS would show") < text.index("Evidence ─")


def test_a_long_list_in_a_value_says_that_it_is_shortened():
    assert words.value_in_words(list(range(32))).endswith("30, 31")
    assert words.value_in_words({"step": 2, "packed": "QUJDRA=="}) == "step: 2; packed: 4 bytes, which the JSON report has"
    assert words.value_in_words({"sample": list(range(1040))}).endswith("30, 31, and 1,008 more: the JSON report has all")


def test_problems_that_differ_in_numbers_only_are_one_and_a_count():
    said = [Problem("warning", "p1 > SYSTEM", f"hive ends too early at offset {at:#x}: needs 4 bytes, has 0") for at in (4096, 0xABC, 9)]
    other = (Problem("warning", "p1 > SAM", said[0].what), Problem("error", "p1 > SYSTEM", "something else"))
    whole = report("a.E01", problems=(*said, *other))
    short = in_detail(whole, width=120, color=False)
    assert short.count("ends too early") == 2
    assert "and 2 more like it; -vv shows all" in short
    assert "Problems (5)" in short
    long = on_console(whole, width=120, color=False, verbosity=2)
    assert (long.count("ends too early"), "more like it" in long) == (4, False)
