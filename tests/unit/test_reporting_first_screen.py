import re

import msgspec
import pytest

from forensic.model import DeviceId, Evidence, Gap, Locator, Problem, Profile, Sid
from forensic.reporting import formats
from forensic.reporting.formats import Layout, console
from forensic.reporting.formats.console.first_screen import LINES
from forensic.reporting.view import PROBLEM_LIMIT
from tests.builders.report import DOMAIN, MACHINE, STORIES, fact, installation, on_console, report, verdict

ONE_INSTALLATION = [name for name, story in STORIES.items() if len(story().installations) == 1]


def flat(text):
    return re.sub(r"[\s│|]+", " ", text)


def told(**changes):
    return on_console(report(installations=[installation(**changes)]))


@pytest.mark.parametrize("story", ONE_INSTALLATION)
def test_the_answer_is_on_the_first_screen(story):
    one = STORIES[story]()
    (found,) = one.installations
    lines = on_console(one).splitlines()
    assert len(lines) - len(one.stats or {}) * 2 <= LINES
    first = flat("\n".join(lines[:20]))
    assert (found.machine_sid or "machine SID not known") in first
    assert found.verdict.history in first
    assert on_console(one, width=80) != on_console(one)


def test_a_crowded_installation_gives_up_lists_before_lines():
    reasons = tuple(Evidence(f"rule-{n}", "installed", "", "moderate", f"g{n}", f"reason {n} " + "of many words " * 20) for n in range(12))
    people = tuple(Profile(Sid(f"{MACHINE}-{1001 + n}"), f"Users/u{n}", (DeviceId("msa-device-id", f"{n:016x}"),)) for n in range(40))
    gaps = tuple(Gap(f"kind-{n}", "not-found", "x", place=Locator(hive="SYSTEM"), decides=True) for n in range(60))
    problems = tuple(Problem("error", f"p{n}", f"something {n} " + "went wrong " * 30) for n in range(9))
    judged = verdict(
        "installed", "strong", "word " * 400, [f"explanation {n} " * 9 for n in range(9)], [f"step {n} " * 30 for n in range(9)]
    )
    one = installation(evidence=reasons, profiles=people, gaps=gaps, verdict=judged)
    text = on_console(report(installations=[one], problems=problems))
    assert len(text.splitlines()) <= LINES
    for said in (
        "all: -v",
        "more users: -v lists all",
        "more: -v",
        "… (-v)",
        f"and {9 - PROBLEM_LIMIT} more problems with the evidence: -v",
    ):
        assert said in text


def test_what_the_box_says_is_not_said_again_below_it():
    judged = verdict(
        "installed", "indicated", "Panther has a first start. The rest.", ["Panther has a first start", "a copy looks the same"]
    )
    text = flat(on_console(report(installations=[installation(verdict=judged)])))
    assert text.count("Panther has a first start") == 1
    assert "a copy looks the same" in text


def test_reasons_have_their_side_and_the_brief_words():
    evidence = (
        Evidence("a", "relocated-not-generalized", "", "strong", "board", "long words", (1,), "short words"),
        Evidence("b", "", "relocated-not-generalized", "moderate", "disk", "it knows this disk", (2, 3, 4, 5)),
        *(Evidence(f"c{n}", "relocated-not-generalized", "", "moderate", f"n{n}", f"reason {n}") for n in range(5)),
    )
    text = told(evidence=evidence, verdict=verdict("relocated-not-generalized", "strong", "Moved."))
    assert "  + strong    short words [1]\n" in text
    assert "long words" not in text
    assert "  - moderate  it knows this disk [2] [3] [4] ...\n" in text  # the one against is never crowded out
    assert "4 of 7, all: -v" in text


def test_the_machine_sid_says_where_it_is_from():
    sam = fact("machine-sid", MACHINE, "SAM")
    assert f"machine SID  {MACHINE}   from a log alone" in told(facts=(sam,))
    of = [msgspec.structs.replace(sam, place=Locator(hive=hive)) for hive in ("SAM", "SECURITY")]
    assert f"{MACHINE}   SAM and SECURITY agree" in told(facts=tuple(of))
    other = msgspec.structs.replace(of[1], value=DOMAIN)
    assert f"{MACHINE}   SECURITY says {DOMAIN}" in flat(told(facts=(of[0], other))).replace(" SECURITY", "   SECURITY")
    lost = Gap("machine-sid", "unreadable", "SAM", place=Locator(hive="SAM"))
    assert "machine SID  not known   SAM: could not be read" in told(machine_sid=None, facts=(), gaps=(lost,))
    assert "no SAM or SECURITY says it" in flat(told(facts=()))


def test_problems_stand_above_the_verdict_with_effect_and_remedy():
    text = on_console(
        report(
            problems=(
                Problem("warning", "p2", "a plain warning"),
                Problem("error", "ws-042.E03", "is missing", "missing-segment"),
                Problem("warning", "SAM", "a page is zeros", "hive-damaged", "p2/Windows"),
                Problem("warning", "SAM", "another page is", "hive-damaged", "p2/Windows"),
            )
        )
    )
    said = flat(text)
    assert "! ws-042.E03: is missing; what lay in it was not read. Put all segments of the image into one folder" in said
    assert "! SAM: a page is zeros (and 1 more of this kind); keys and values in the damaged places were not read. Collect it again" in said
    assert said.index("ws-042.E03: is missing") < said.index("SAM: a page") < said.index("Ordinary installation")
    assert "a plain warning" not in said
    assert "a plain warning" in on_console(report(problems=(Problem("warning", "p2", "a plain warning"),)), verbosity=1)


def test_users_are_named_with_the_device_ids_that_would_collide():
    text = told()
    assert "Users and devices                               push notifications fail where a copy has the same id" in text
    assert "ann  (machine SID)-1001  Users/ann  device id 0018400fd2a1c3e5" in text
    foreign = Profile(Sid(f"{DOMAIN}-1104"), "C:\\Users\\bob")
    text = told(profiles=(foreign,))
    assert f"bob  {DOMAIN}-1104  C:\\Users\\bob\n" in text
    assert "push notifications" not in text
    assert "Users and devices" not in told(profiles=())


def test_what_was_read_and_what_is_missing_is_said():
    lost = tuple(Gap(kind, "malformed", "p2 > SYSTEM", place=Locator(hive="SYSTEM"), decides=True) for kind in ("clone-tag", "setupcl-run"))
    text = told(gaps=(*lost, *installation().gaps))
    assert "Read    SAM SECURITY SOFTWARE SYSTEM, SOFTWARE recovered from its log, SYSTEM dirty, read" in flat(text).replace(
        "Read ", "Read    "
    )
    assert "Missing of what decides: SYSTEM (damaged): clone-tag, setupcl-run; of the rest 3 places had" in flat(text)
    assert "Read    no hive\nMissing nothing of what decides\n" in told(hives=(), gaps=(), facts=())


def test_details_of_calm_sources_are_one_flag_away():
    reports = [STORIES[name]() for name in ("ordinary", "sealed")]
    calm = "".join(console.render(reports, Layout(several=True)))
    assert "all 2 in order; -v shows the details" in calm
    assert "Why" not in calm
    missing = msgspec.structs.replace(reports[0], problems=(Problem("error", "x", "is missing", "missing-segment"),))
    assert "missing-segment" not in calm
    assert "1 of 2 in order" in "".join(console.render([missing, reports[1]], Layout(several=True)))
    everything = "".join(console.render(reports, Layout(several=True, verbosity=1)))
    assert everything.count("Evidence ─") == 2


def test_the_table_is_aligned_and_whole():
    from forensic.reporting.formats import table

    lines = "".join(table.render([STORIES["ordinary"](), STORIES["unreadable"](), STORIES["several"]()])).splitlines()
    assert lines[0].split() == ["source", "installation", "computer", "machine", "SID", "verdict", "policy", "strength"]
    assert len(lines) == 6
    column = lines[0].index("machine SID")
    assert lines[1][column:].startswith(MACHINE)
    assert "the source could not be read" in lines[2]


@pytest.mark.parametrize("where", ["SAM", "p1 > SAM"])
def test_a_place_is_not_said_twice(where):
    problem = Problem("error", where, "SAM: cannot be read", "hive-unreadable")
    text = flat(on_console(report(problems=[problem], installations=[installation()])))
    assert f"{where}: cannot be read; nothing that it holds is known" in text


@pytest.mark.parametrize("name", ["A" * 10_000, "日本語" * 300, "x" * 99 + " y"])
def test_a_name_of_any_length_leaves_room_for_the_answer(name):
    one = report(path=f"ev/{name}.E01", installations=[installation(id=f"p1/{name}", computer_name=name)])
    for width in (100, 80):
        lines = on_console(one, width=width).splitlines()
        assert len(lines) <= LINES if width == 100 else len(lines) <= LINES + 8
        first = "\n".join(lines[:20])
        assert MACHINE in first
        assert one.installations[0].verdict.history in first
    if len(name) > 200:
        assert "… (-v)" in first
        assert name[:200] in re.sub(r"\s", "", on_console(one, verbosity=1))


def test_a_table_is_not_widened_by_one_long_value():
    rows = "".join(formats.render("table", [report(), report(path="A" * 10_000)])).splitlines()
    assert max(map(len, rows[:2])) < 600
    assert len(rows[2]) > 10_000


def test_of_many_installations_only_those_are_told_that_need_reading():
    bad = verdict("sid-changed", "strong", "It was changed.")
    many = [installation(id=f"PC{number}/Windows", **({"verdict": bad} if number == 7 else {})) for number in range(30)]
    text = on_console(report(installations=many))
    assert all(f"PC{number}/Windows" in text for number in range(30))
    assert text.count("Do next") + text.count("╭─") <= 2
    assert "29 of the 30 installations are in order and told in the list alone; -v tells all of them" in text
    assert on_console(report(installations=many), verbosity=1).count("╭─") == 30
    assert on_console(report(installations=many[:3])).count("╭─") == 3
    lost = [Problem("error", "image.E02", "missing", "missing-segment")]
    assert on_console(report(installations=many, problems=lost)).count("╭─") == 30
