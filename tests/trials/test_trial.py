"""What the trials are made of: a change changes what it says and nothing else, donors are strangers, and what counts as failed."""

import msgspec
import pytest

from forensic.artifacts.identity.computer_name import COMPUTER_NAME, ComputerName
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.setup.setup_command import SETUP_FLAG, SetupFlag
from forensic.artifacts.setup.windows_release import PRODUCT_TYPE, WINDOWS_RELEASE, WindowsRelease
from forensic.model import Evidence, FactSet, Locator, Sid, Verdict
from forensic.reasoning.subject import EarlierState, Subject
from tests.builders.facts import fact, gap
from tests.rules.stories import STORIES
from tests.trials.outcome import OUTCOMES, Result, outcome_of, result_of, table
from tests.trials.scenarios import Scenario, donors, scenario
from tests.trials.trial import Change, Trial, counterpart, gifts, meaning, removals, sample, trials, unit_of

OWN, OTHER = "S-1-5-21-1-2-3", "S-1-5-21-4-5-6"


def lying(kind, value, hive="SYSTEM", *, key="", value_name=None, file=""):
    return msgspec.structs.replace(fact(kind, value), place=Locator(hive=hive, key=key, value=value_name, file=file))


def sid(text, hive="SAM"):
    return lying(MACHINE_SID, Sid(text), hive)


def verdict(history="installed", policy="none-found", strength="strong"):
    return Verdict(history, policy, strength, "So it is. More.", decided_by="a-row")


def machine(name, *facts, policy="none-found", history="installed", era="10", **parts):
    return Scenario(name, Subject(FactSet(facts), era=era, **parts), "full", verdict(history, policy))


def changes(found, how):
    return [change for change in found if change.how == how]


def test_each_fact_is_removed_once_and_nothing_else_is():
    facts = [sid(OWN), lying(PRODUCT_TYPE, "WinNT")]
    left = [list(change.of(facts)) for change in changes(removals(facts), "removed")]
    assert left == [facts[1:], facts[:1]]


def test_a_deleted_fact_leaves_a_gap_where_it_was_the_last_of_its_kind():
    facts = [sid(OWN), sid(OWN, "SECURITY"), *(lying(SETUP_FLAG, SetupFlag(name, 0)) for name in ("A", "B"))]
    told = [[(one.artifact, one.reason, one.place.hive) for one in change.gaps] for change in changes(removals(facts), "deleted")]
    assert told == [[("machine-sid", "not-found", "SAM")], [("machine-sid", "not-found", "SECURITY")]]


def test_a_lost_hive_takes_its_facts_along_and_says_that_it_is_unreadable():
    facts = [sid(OWN), lying(PRODUCT_TYPE, "WinNT")]
    own = [msgspec.structs.replace(gap(SETUP_FLAG), place=Locator(hive="SYSTEM")), gap(COMPUTER_NAME)]
    (lost,) = [change for change in changes(removals(facts, own), "hive or log lost") if change.what == "SYSTEM"]
    assert list(lost.of(facts)) == facts[:1]
    assert {(one.artifact, one.reason) for one in lost.gaps_of(own)} == {
        ("computer-name", "not-found"),
        ("setup-flag", "unreadable"),
        ("product-type", "unreadable"),
    }


def test_a_fact_is_replaced_by_the_donors_of_its_kind_and_hive_only():
    facts, lent = [sid(OWN), sid(OWN, "SECURITY")], [sid(OTHER), lying(PRODUCT_TYPE, "WinNT")]
    (replaced,) = changes(gifts(facts, lent), "replaced")
    assert list(replaced.of(facts)) == [lent[0], facts[1]]
    assert not changes(gifts(facts, [sid(OWN)]), "replaced"), "an equal value is no change"


def test_one_foreign_fact_of_each_kind_and_hive_comes_beside_the_own():
    facts, lent = [sid(OWN)], [sid(OWN), sid(OTHER), sid(OTHER, "SECURITY"), sid("S-1-5-21-7-8-9", "SECURITY")]
    added = [list(change.of(facts)) for change in changes(gifts(facts, lent), "added")]
    assert len(added) == 2
    assert all(one[:1] == facts and one[1] in lent[1:] for one in added)


def test_a_donors_hive_takes_the_place_of_the_own_with_its_gaps():
    facts, lent = [sid(OWN), lying(PRODUCT_TYPE, "WinNT")], [sid(OTHER), lying(PRODUCT_TYPE, "ServerNT", "", file="a.log")]
    theirs = [msgspec.structs.replace(gap(COMPUTER_NAME), place=Locator(hive="SAM"))]
    (whole,) = changes(gifts(facts, lent, theirs), "hive or log of donor")
    assert list(whole.of(facts)) == [facts[1], lent[0]]
    assert whole.gaps == tuple(theirs)
    (log,) = changes(gifts(facts, lent, theirs), "log of donor added")
    assert list(log.of(facts)) == [*facts, lent[1]]


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (lying(SETUP_FLAG, SetupFlag("SetupType", 0), key="Setup", value_name="SetupType"), 1),
        (lying(SETUP_FLAG, SetupFlag("SetupType", 0)), 1),
        (lying(SETUP_FLAG, SetupFlag("SetupPhase", 0)), 0),
    ],
)
def test_the_counterpart_is_what_stands_in_the_same_place(own, expected):
    lent = [lying(SETUP_FLAG, SetupFlag(name, 2), key="Setup", value_name=name) for name in ("OOBEInProgress", "SetupType")]
    assert counterpart(own, lent, 0) is lent[expected]
    assert counterpart(own, [], 0) is None


@pytest.mark.parametrize(
    ("hive", "file", "unit"),
    [
        ("SAM", "Windows/System32/config/SAM", "SAM"),
        ("NTUSER", "Users/ann/NTUSER.DAT", "Users/ann/NTUSER.DAT"),
        ("", "$Recycle.Bin/S-1-5-21-1-2-3-1001", "$Recycle.Bin/*"),
        ("", "Protect/68c7d89b-4bbb-5a05-9542-446f6a16ebd1", "Protect/*"),
        ("", "", ""),
    ],
)
def test_a_place_lies_in_a_hive_or_a_log(hive, file, unit):
    assert unit_of(Locator(hive=hive, file=file)) == unit


def test_where_in_a_hive_a_value_stands_is_no_part_of_its_meaning():
    assert meaning(sid(OWN)) == meaning(lying(MACHINE_SID, Sid(OWN), "SAM", key="SAM"))
    assert meaning(sid(OWN)) != meaning(sid(OWN, "SECURITY"))


def test_equal_trials_are_made_once():
    twice = machine("a", lying(SETUP_FLAG, SetupFlag("A", 0)), lying(SETUP_FLAG, SetupFlag("A", 0)))
    assert len(changes([trial.change for trial in trials(twice, ())], "removed")) == 1
    other = machine("b", lying(SETUP_FLAG, SetupFlag("A", 0)), lying(SETUP_FLAG, SetupFlag("B", 0)))
    assert len(changes([trial.change for trial in trials(other, ())], "removed")) == 2


def test_earlier_states_are_changed_fact_by_fact_and_as_a_whole():
    then = EarlierState(FactSet([sid(OWN)]))
    one, donor = machine("a", sid(OWN), earlier_states=(then,)), machine("b", sid(OTHER))
    made = {
        trial.how: [[str(each.value) for each in state.facts] for state in trial.subject.earlier_states] for trial in trials(one, (donor,))
    }
    assert made["removed"] == [[OWN]]
    assert made["removed (earlier state)"] == [[]]
    assert made["replaced (earlier state)"] == [[OTHER]]
    assert made["added (earlier state)"] == [[OWN, OTHER]]
    assert made["state lost"] == []
    assert made["state of donor"] == [[OTHER]]
    assert made["state of donor added"] == [[OWN], [OTHER]]


def test_the_release_is_told_anew_where_its_value_is_changed():
    facts = [lying(WINDOWS_RELEASE, WindowsRelease(version="10.0", build="19041"), "SOFTWARE"), lying(PRODUCT_TYPE, "WinNT")]
    one = machine("a", *facts)
    one = msgspec.structs.replace(one.subject, role="workstation")
    told = [
        Trial(Scenario("a", one, "full", verdict()), change, "").subject
        for change in (Change("removed", ""), Change("removed", "", lost=frozenset({0})), Change("removed", "", lost=frozenset({1})))
    ]
    assert [(each.era, each.role) for each in told] == [("10", "workstation"), (None, "workstation"), (None, None)]


def test_donors_are_strangers_of_the_same_release_on_either_side():
    one = machine("a", sid(OWN), lying(COMPUTER_NAME, ComputerName("PC", "configured", 1)))
    kin = machine("kin", sid(OWN), policy="suspect")
    far = machine("far", sid("S-1-5-21-7-8-9"), policy="violation", era="7")
    near = machine("near", sid(OTHER), policy="violation")
    clean = machine("clean", sid("S-1-5-21-7-7-7"))
    open_ = machine("open", sid("S-1-5-21-6-6-6"), policy="undetermined")
    nameless = machine("nameless")
    assert [each.name for each in donors(one, [one, kin, far, near, clean, open_, nameless], 1)] == ["near", "clean"]
    assert [each.name for each in donors(one, [one, kin, far, near, clean])] == ["near", "far", "clean"]


def test_the_second_donor_has_another_history():
    one, alike = machine("a", sid(OWN)), [machine(f"m{number}", sid(f"S-1-5-21-9-9-{number}")) for number in range(3)]
    odd = machine("odd", sid(OTHER), policy="compliant", history="deployed-generalized")
    assert "odd" in {each.name for each in donors(one, [*alike, odd])}


ACCUSING = Evidence("a", "sid-changed", "", "moderate", "g", "b")


@pytest.mark.parametrize(
    ("before", "after", "evidence", "is_removal", "expected"),
    [
        (verdict(), verdict(), (), True, "same"),
        (verdict(), verdict(strength="indicated"), (), True, "weaker"),
        (verdict(strength="indicated"), verdict(), (), True, "stronger"),
        (verdict(), verdict("undetermined", "undetermined", "undetermined"), (), True, "undetermined"),
        (verdict(), verdict("deployed-generalized", "compliant"), (), True, "other-acquitting"),
        (verdict("sid-changed", "violation"), verdict("relocated-not-generalized", "suspect"), (), True, "other-accusing"),
        (verdict("undetermined", "undetermined"), verdict(), (), True, "now-acquitted"),
        (verdict("undetermined", "undetermined"), verdict("sid-changed", "violation"), (), True, "now-accused"),
        (verdict(), verdict("sid-changed", "violation"), (), True, "accused"),
        (verdict("sid-changed", "violation"), verdict(), (), True, "only-trace"),
        (verdict("sid-changed", "violation"), verdict(), (msgspec.structs.replace(ACCUSING, strength="weak"),), True, "only-trace"),
        (verdict("sid-changed", "violation"), verdict(), (ACCUSING,), True, "acquitted"),
        (verdict("sid-changed", "violation"), verdict(), (), False, "acquitted"),
    ],
)
def test_what_becomes_of_a_verdict(before, after, evidence, is_removal, expected):
    assert outcome_of(before, after, evidence, is_removal=is_removal) == expected
    assert expected in OUTCOMES


def test_a_story_is_judged_with_its_change():
    one = scenario("plain", STORIES["plain 10"][0])
    (lost,) = [trial for trial in trials(one, ()) if trial.change.how == "hive or log lost" and trial.change.what == "disk"]
    assert {fact.place.hive for fact in lost.subject.facts} == {"SECURITY"}
    assert result_of(lost).outcome == "undetermined"


def test_the_table_counts_and_lists_what_failed():
    one = machine("a", sid(OWN))
    trial = next(trials(one, ()))
    told = list(table([Result(trial, verdict("sid-changed", "violation"), "accused"), Result(trial, verdict(), "same")]))
    assert told[:2] == ["| change | trials | same | accused |", "|---|---|---|---|"]
    assert "| removed | 2 | 1 | 1 |" in told
    assert "\naccused: 1 of 2 (50.00 %)" in told
    assert any(
        line.startswith("ACCUSED  a | removed | machine-sid of SAM | ") and "installed (strong) -> sid-changed" in line for line in told
    )


def test_the_sample_has_every_scenario_and_kind_and_is_the_same_at_every_run():
    those = [
        trial
        for name, kind, value in (("a", PRODUCT_TYPE, "WinNT"), ("b", PRODUCT_TYPE, "WinNT"), ("c", MACHINE_SID, Sid(OWN)))
        for trial in trials(machine(name, lying(kind, value)), ())
    ]
    chosen = sample(those, 4)
    assert {trial.scenario.name for trial in chosen} == {"a", "b", "c"}
    assert {trial.change.what.partition(" ")[0] for trial in chosen} >= {"machine-sid", "product-type"}
    assert len(chosen) < len(those)
    assert chosen == sample(those[::-1], 4)
    assert len(sample(those, 100)) == len(those)
