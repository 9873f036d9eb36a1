"""Whole installations: the verdict that must come out, and what must never turn it into an accusation."""

import random

import msgspec
import pytest

from forensic.artifacts.identity.machine_guid import MACHINE_GUID
from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.artifacts.setup.windows_release import PRODUCT_TYPE
from forensic.model import FactSet, Guid
from forensic.reasoning.installation import judge
from forensic.reasoning.verdict import load
from tests.builders.facts import fact
from tests.rules.full_stories import FULL_STORIES
from tests.rules.stories import STORIES as TRIAGE_STORIES
from tests.rules.stories import to_go, without

STORIES = TRIAGE_STORIES | FULL_STORIES
NAMES = sorted(STORIES)
ACCUSATIONS = {code for code, kind in load().items() if kind.accuses}


def verdict(subject):
    return judge(subject)[1]


def having(subject, facts):
    role = subject.role if any(one.kind == PRODUCT_TYPE.name for one in facts) else None
    return msgspec.structs.replace(subject, facts=FactSet(facts), role=role)


@pytest.mark.parametrize("name", NAMES)
def test_the_story_is_told(name):
    subject, allowed = STORIES[name]
    found = verdict(subject)
    assert found.history in allowed, found
    assert found.policy == load()[found.history].policy
    assert found.summary
    assert found.remedies
    assert found.not_excluded


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_facts_changes_nothing(name):
    subject, _ = STORIES[name]
    facts = list(subject.facts)
    expected = verdict(subject)
    for seed in range(5):
        random.Random(seed).shuffle(facts)
        assert verdict(having(subject, facts)) == expected


@pytest.mark.parametrize("name", NAMES)
def test_an_unrelated_fact_changes_nothing(name):
    subject, _ = STORIES[name]
    added = [fact(MACHINE_GUID, Guid("11111111-2222-3333-4444-555555555555")), *subject.facts]
    found, expected = (verdict(having(subject, facts)) for facts in (added, list(subject.facts)))
    assert msgspec.structs.replace(found, consequences=()) == msgspec.structs.replace(expected, consequences=())


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_fact_never_accuses(name):
    subject, _ = STORIES[name]
    if verdict(subject).history in ACCUSATIONS:
        pytest.skip("accused already")
    facts = list(subject.facts)
    for left_out in range(len(facts)):
        found = verdict(having(subject, facts[:left_out] + facts[left_out + 1 :]))
        assert found.history not in ACCUSATIONS, (facts[left_out], found)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_kind_never_accuses(name):
    subject, _ = STORIES[name]
    if verdict(subject).history in ACCUSATIONS:
        pytest.skip("accused already")
    for kind in {one.kind for one in subject.facts}:
        found = verdict(having(subject, [one for one in subject.facts if one.kind != kind]))
        assert found.history not in ACCUSATIONS, (kind, found)


@pytest.mark.parametrize("name", NAMES)
def test_two_missing_facts_never_accuse(name):
    subject, _ = STORIES[name]
    if verdict(subject).history in ACCUSATIONS:
        pytest.skip("accused already")
    facts, chance = list(subject.facts), random.Random(7)
    for _ in range(40 if len(facts) > 2 else 0):
        lost = set(chance.sample(range(len(facts)), 2))
        found = verdict(having(subject, [one for place, one in enumerate(facts) if place not in lost]))
        assert found.history not in ACCUSATIONS, ([facts[place] for place in lost], found)


@pytest.mark.parametrize("name", NAMES)
def test_evidence_names_its_facts(name):
    subject, _ = STORIES[name]
    for one in judge(subject)[0]:
        assert one.facts, one
        assert all(0 <= place < len(subject.facts) for place in one.facts)
        assert one.supports or one.against


@pytest.mark.parametrize("origin", ["recovery", "old", "shadow-copy"])
def test_former_states_and_recovery_are_not_judged(origin):
    subject, _ = STORIES["SID changed on 10"]
    evidence, found = judge(msgspec.structs.replace(subject, origin=origin))
    assert evidence == ()
    assert found.history == "undetermined"
    assert "not judged on its own" in found.summary


def test_a_shadow_copy_with_another_sid_is_proof():
    found = verdict(STORIES["SID changed on 10, with a shadow copy"][0])
    assert (found.history, found.strength) == ("sid-changed", "proven")


@pytest.mark.parametrize("hives", ["SYSTEM and SOFTWARE", "SYSTEM", "SOFTWARE"])
def test_no_gate_passes_on_an_unread_registry(hives):
    found = verdict(STORIES[f"sealed, {hives} unreadable"][0])
    assert found.policy == "undetermined"
    assert "hive would tell is missing" in found.summary
    assert "Missing is" in found.summary


@pytest.mark.parametrize("name", NAMES)
def test_the_words_are_for_people(name):
    found = verdict(STORIES[name][0])
    text = " ".join((found.summary, *found.not_excluded, *found.remedies, *found.consequences))
    assert "(s)" not in text
    assert "\\\\" not in text


@pytest.mark.parametrize(
    ("name", "explanation"),
    [
        ("domain controller 2019", "domain controller"),
        ("upgraded to 10", "in-place upgrade"),
        ("reset", "Reset this PC"),
        ("moved virtual machine", "a repaired computer (another board, disk"),
        ("file of a backup, or a copy that was not started", "the volume was copied to another disk and not started there since"),
        ("moved virtual machine", "virtual machine moved to another host"),
        ("bought with an image of its maker", "the manufacturer of the computer"),
        ("the master itself", "master maintained for months"),
        ("generalized after use", "master was built and kept for months"),
        ("deployed with SkipRearm", "WerSvc"),
        ("deployed with SkipRearm", "SkipRearm"),
        ("mixed hives", "restored hives"),
        ("SID changed on 10", "hives restored from a backup"),
        ("plain 10", "clock errors during setup"),
        ("provisioned by Citrix", "same SID by design"),
        ("logs cleared", "event logs were cleared (last Security, 2023-01-01 10:00:00 UTC)"),
    ],
)
def test_the_innocent_explanation_is_named(name, explanation):
    found = verdict(STORIES[name][0])
    assert explanation in " ".join((found.summary, *found.not_excluded)), found.not_excluded


@pytest.mark.parametrize(("change", "named"), [((), False), ((CLONE_TAG,), True)])
def test_a_sealed_image_is_called_microsofts_own_only_where_nothing_shows_another_generalize(change, named):
    sealed = STORIES["sealed for first start"][0]
    found = verdict(msgspec.structs.replace(sealed, facts=FactSet(without(sealed.facts, *change))))
    assert found.history == "sealed-generalized"
    assert any("Microsoft's image" in one for one in found.not_excluded) is named


def test_consequences_name_what_collides():
    found = verdict(
        having(
            STORIES["moved virtual machine"][0],
            [fact(MACHINE_GUID, Guid("11111111-2222-3333-4444-555555555555")), *STORIES["moved virtual machine"][0].facts],
        )
    )
    assert any("6167" in one for one in found.consequences)
    assert any("machine-guid" in one for one in found.consequences)
    assert any("KMS" in one for one in found.consequences)
    changed = verdict(STORIES["SID changed on 10"][0])
    assert not any(one.startswith("equal machine-sid") for one in changed.consequences)
    assert verdict(STORIES["deployed from a generalized master"][0]).consequences == ()


def test_several_computers_say_nothing_of_windows_to_go():
    """Two marks are the installation's own; one alone clears nobody, for it may be planted, and none leaves a computer that was moved."""
    portable, ordinary = verdict(to_go(1)), verdict(to_go(0, usb=False))
    assert verdict(to_go(1, usb=False)).history == "undetermined"
    assert verdict(to_go(0)).history == "undetermined"
    assert (portable.history, portable.strength) == ("installed", "strong")
    assert "on a drive that is carried from computer to computer" in portable.summary
    assert any("Windows To Go" in one for one in portable.not_excluded)
    assert ordinary.history == "relocated-not-generalized"
