"""No verdict hangs on one value: what one fact carries alone is undetermined, and that fact is named."""

import random

import msgspec
import pytest

from forensic.artifacts.hardware.device_generation import DEVICE_GENERATION
from forensic.artifacts.hardware.hardware_config import HARDWARE_CONFIG, PORTABLE_SYSTEM
from forensic.artifacts.identity.account import ACCOUNT_SID, LocalAccount
from forensic.artifacts.identity.sid_changer import SID_CHANGER_TRACE, SidChangerTrace
from forensic.artifacts.setup.setup_command import SETUP_FLAG
from forensic.artifacts.setup.windows_release import PRODUCT_TYPE
from forensic.model import FactSet, Sid, Verdict
from forensic.reasoning.installation import judge
from forensic.reasoning.installation.steadiness import MOST_OF_A_KIND, Judged, turns
from forensic.reasoning.installation.weighing import HANGS_ON_ONE_VALUE, weigh
from forensic.reasoning.rule import load
from tests.builders.facts import at, fact
from tests.rules.full_stories import FULL_STORIES
from tests.rules.stories import OTHER, STORIES, to_go

ALL = STORIES | FULL_STORIES
SETUP = at("2022-06-23 01:25")


def having(subject, facts):
    return msgspec.structs.replace(subject, facts=FactSet(facts))


def judged(subject):
    position = {id(one): place for place, one in enumerate(subject.facts)}
    rules = tuple(load("full").values())
    found = Judged(subject, rules, position)
    return found, weigh(found.evidence, subject)


@pytest.mark.parametrize(
    ("name", "kind", "source"),
    [
        ("second body of devices, by their list alone", "device-generation", "disk"),
        ("specialized elsewhere, by one log", "specialize-run", "disk"),
    ],
)
def test_an_accusation_that_one_fact_carries_is_undetermined_and_names_it(name, kind, source):
    verdict = judge(ALL[name][0])[1]
    assert (verdict.history, verdict.policy, verdict.strength) == ("undetermined", "undetermined", "undetermined")
    assert verdict.decided_by == HANGS_ON_ONE_VALUE
    assert (
        f"all of that hangs on one value, {kind} ({source}): without it this would be 'Ordinary installation' (installed)"
        in verdict.summary
    )
    assert verdict.summary.endswith("What is there does not decide whether this installation was duplicated without Sysprep.")


def test_the_evidence_of_what_hangs_on_one_fact_stays_in_the_report():
    subject = ALL["specialized elsewhere, by one log"][0]
    (found,) = [one for one in judge(subject)[0] if one.rule == "specialized-on-other-hardware"]
    assert found.strength == "strong"
    assert "specialize-run" in {list(subject.facts)[place].kind for place in found.facts}


def test_a_second_witness_carries_the_accusation():
    verdict = judge(ALL["specialized elsewhere, with another body of devices"][0])[1]
    assert (verdict.history, verdict.policy) == ("relocated-not-generalized", "suspect")


def test_a_second_fact_of_the_same_kind_is_a_second_witness():
    """The same sets of devices in another hive: one of the two may go."""
    subject = ALL["second body of devices, by their list alone"][0]
    bodies = [
        msgspec.structs.replace(one, place=one.place.inside(file="another")) for one in subject.facts if one.kind == DEVICE_GENERATION.name
    ]
    assert judge(having(subject, [*subject.facts, *bodies]))[1].history == "relocated-not-generalized"


def test_an_acquittal_that_one_mark_gives_is_undetermined_and_names_it():
    verdict = judge(to_go(1, usb=False))[1]
    assert (verdict.history, verdict.decided_by) == ("undetermined", HANGS_ON_ONE_VALUE)
    assert "hangs on one value, portable-system" in verdict.summary
    assert "(relocated-not-generalized)" in verdict.summary


def test_an_acquittal_that_two_marks_give_is_given():
    assert judge(to_go(1))[1].history == "installed"


def test_a_verdict_that_no_fact_less_turns_is_given_as_it_is():
    for name in ("plain 10", "moved virtual machine", "SID changed on 10, with RegBack", "deployed from a generalized master"):
        subject = ALL[name][0]
        found, verdict = judged(subject)
        assert judge(subject) == (found.evidence, verdict)
        assert verdict.policy != "undetermined"


@pytest.mark.parametrize(
    "subject", [ALL["second body of devices, by their list alone"][0], to_go(1, usb=False)], ids=["accused", "acquitted"]
)
def test_the_order_of_facts_changes_nothing(subject):
    facts, expected = list(subject.facts), judge(subject)[1]
    for seed in range(5):
        random.Random(seed).shuffle(facts)
        assert judge(having(subject, facts))[1] == expected


def test_an_accusation_is_judged_again_without_each_fact_that_carries_it():
    subject = ALL["moved virtual machine"][0]
    found, verdict = judged(subject)
    carrying = {place for one in found.evidence if one.supports == verdict.history for place in one.facts}
    facts = list(subject.facts)
    again = list(found.variations(verdict))
    assert {id(one) for one, _, _ in again} == {id(facts[place]) for place in carrying}
    for one, less, evidence in again:
        assert [id(each) for each in less.facts] == [id(each) for each in facts if each is not one]
        assert sorted(evidence, key=repr) == sorted(judged_anew(less, found), key=repr)


def judged_anew(less, found):
    """What all rules find without a fact: the judgement asks only those that look at such facts."""
    return [one for rule in load("full").values() for one in rule.evidence(less, found._position)]


OF_ALL_IDENTIFIERS = {"earlier-copy-has-another-sid", "shadow-copy-has-another-sid"}
"""These ask the hypothesis table, which looks at every kind that identifies: no name in their code says which."""


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_rule_finds_the_same_without_a_kind_at_which_it_does_not_look(name):
    """So it need not be asked again; a kind that it reads by a way that nobody sees would be a verdict that stays as it was."""
    subject, rules = ALL[name][0], load("full").values()
    position = {id(one): place for place, one in enumerate(subject.facts)}
    found = {rule.name: list(rule.evidence(subject, position)) for rule in rules}
    for kind in sorted({one.kind for one in subject.facts}):
        less = msgspec.structs.replace(subject, facts=subject.facts.without(subject.facts.named(kind)))
        for rule in rules:
            if kind not in rule.reads and rule.name not in OF_ALL_IDENTIFIERS:
                assert list(rule.evidence(less, position)) == found[rule.name], (rule.name, kind)


def test_an_acquittal_is_judged_again_only_where_an_accusation_comes_up():
    """On these, what may set evidence aside is all that could hide one: the marks of Windows To Go, and the role."""
    asked = {PORTABLE_SYSTEM.name, HARDWARE_CONFIG.name, PRODUCT_TYPE.name}
    for subject in (STORIES["plain 10"][0], STORIES["plain xp"][0]):
        found, verdict = judged(subject)
        kinds = {one.kind for one in subject.facts}
        assert verdict.history == "installed"
        assert {one.kind for one, _, _ in found.variations(verdict)} == asked & kinds
    found, verdict = judged(to_go(1))
    assert (verdict.history, DEVICE_GENERATION.name in {one.kind for one, _, _ in found.variations(verdict)}) == ("installed", True)


def test_of_a_kind_with_very_many_facts_only_the_first_are_left_out():
    """Nobody is to make the judgement long by many facts: where there are so many, none of them decides alone."""
    subject = to_go(1)
    marks = [fact(PORTABLE_SYSTEM, 1) for _ in range(40)]
    found, verdict = judged(having(subject, [*subject.facts, *marks]))
    assert verdict.history == "installed"
    assert sum(one.kind == PORTABLE_SYSTEM.name for one, _, _ in found.variations(verdict)) == MOST_OF_A_KIND
    accounts = [fact(ACCOUNT_SID, LocalAccount(Sid(f"{OTHER}-{rid}"), rid, f"u{rid}", SETUP)) for rid in range(2000, 2200)]
    changed = STORIES["SID changed on 10"][0]
    found, verdict = judged(having(changed, [*changed.facts, *accounts]))
    assert verdict.history == "sid-changed"
    assert sum(one.kind == ACCOUNT_SID.name for one, _, _ in found.variations(verdict)) == MOST_OF_A_KIND


def test_an_accusation_that_waits_for_a_hive_to_be_cleared_hangs_too():
    """What is missing would have cleared it: missing evidence makes no accusation of what is undetermined with all of it."""
    subject = ALL["second body of devices, by their list alone"][0]
    verdict = judge(having(subject, [one for one in subject.facts if one.kind != SETUP_FLAG.name]))[1]
    assert (verdict.history, verdict.decided_by) == ("undetermined", HANGS_ON_ONE_VALUE)
    assert "(undetermined)" in verdict.summary


def as_verdict(policy, decided_by="row"):
    return Verdict("history", policy, "strong", "so", decided_by=decided_by)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (as_verdict("suspect"), as_verdict("none-found"), True),
        (as_verdict("violation"), as_verdict("compliant"), True),
        (as_verdict("none-found"), as_verdict("suspect"), True),
        (as_verdict("compliant"), as_verdict("violation"), True),
        (as_verdict("suspect"), as_verdict("violation"), False),
        (as_verdict("compliant"), as_verdict("none-found"), False),
        (as_verdict("suspect"), as_verdict("undetermined", "nothing-carries"), False),
        (as_verdict("suspect"), as_verdict("undetermined", "evidence-against"), False),
        (as_verdict("none-found"), as_verdict("undetermined", "accusation-pending"), False),
        (as_verdict("suspect"), as_verdict("undetermined", "system-unread"), True),
        (as_verdict("suspect"), as_verdict("undetermined", "media-unread"), True),
        (as_verdict("violation"), as_verdict("undetermined", "image-state-unread"), True),
        (as_verdict("none-found"), as_verdict("undetermined", "system-unread"), False),
    ],
)
def test_a_verdict_turns_from_one_side_to_the_other(before, after, expected):
    assert turns(before, after) is expected


def test_a_trace_of_a_program_alone_turns_nothing():
    plain = STORIES["plain 10"][0]
    trace = fact(SID_CHANGER_TRACE, SidChangerTrace("NewSID", "EulaAccepted"), written="2024-05-01 12:00", profile="Users/ann")
    assert judge(having(plain, [*plain.facts, trace]))[1].history == "installed"
