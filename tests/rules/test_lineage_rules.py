"""The lineage of setup: Microsoft's own steps apart from its users', and the dated traces of a generalize."""

import random

import msgspec
import pytest

from forensic.artifacts.known_values.media import SETUP_STEPS
from forensic.artifacts.setup.setup_lineage import SETUP_LINEAGE_STEP
from forensic.model import FactSet
from forensic.reasoning.installation import judge
from forensic.reasoning.installation.lineage import file_name, generalizes, lineage_steps, specializes, sysprep_since
from forensic.reasoning.rule import load
from tests.builders.facts import at
from tests.rules.full_examples import MASTER_TAG, MEDIA, MEDIA_TAG, RUN_OF_TAG, UPGRADED, WHOLE, of, run
from tests.rules.lineage_examples import OF_MEDIA, SEALED_THEN, SET_UP, TWICE, lineage, lineage_step
from tests.rules.stories import STORIES

SINCE, BEFORE = at("2022-01-01 10:00"), at("2022-03-05 10:00")
"""Before and after a generalize on 2022-03-01."""
GENERALIZED = lineage(OF_MEDIA, SEALED_THEN)
TRACES = {
    "a generalize of 2022-03-01 10:01 in DtcInstall.log": [MEDIA_TAG, GENERALIZED[1]],
    "a generalize of 2022-03-01 09:58 in Sysprep's log": [MEDIA_TAG, RUN_OF_TAG],
    f"the CloneTag of {MASTER_TAG.value.text}": [MASTER_TAG],
}


def kinds(subject):
    return [step.value.kind for step in lineage_steps(subject)]


@pytest.mark.parametrize("words", TRACES)
def test_each_dated_trace_of_a_generalize_is_told(words):
    facts = TRACES[words]
    assert sysprep_since(of(facts), SINCE) == [(words, facts[-1])]


@pytest.mark.parametrize("words", TRACES)
def test_a_trace_is_younger_by_more_than_clocks_may_err(words):
    assert sysprep_since(of(TRACES[words]), BEFORE) == []
    assert sysprep_since(of(TRACES[words]), at("2022-02-28 10:00")) == []
    assert len(sysprep_since(of(TRACES[words]), at("2022-02-27 09:00"))) == 1


def test_all_traces_are_told():
    facts = [MASTER_TAG, *GENERALIZED, RUN_OF_TAG, *lineage(SEALED_THEN, ("generalize", "2022-09-01T10:00"), file="Windows/TSSysprep.log")]
    assert [words for words, _ in sysprep_since(of(facts), SINCE)] == [
        "a generalize of 2022-03-01 10:01 in DtcInstall.log",
        "a generalize of 2022-03-01 10:01 in TSSysprep.log",
        "a generalize of 2022-09-01 10:00 in TSSysprep.log",
        "a generalize of 2022-03-01 09:58 in Sysprep's log",
        f"the CloneTag of {MASTER_TAG.value.text}",
    ]


@pytest.mark.parametrize(
    "facts",
    [
        [lineage_step("cleanup", "2022-03-01T10:01")],  # Sysprep without /generalize
        [lineage_step("specialize", "2022-03-01T10:01")],
        [lineage_step("generalize", None)],
        [lineage_step("media-generalize", "2022-03-01T10:01")],
        [run("2022-03-01T09:58:00.0000000", "failed")],
        [run("2022-03-01T09:58:00.0000000", "succeeded", options=("oobe", "shutdown"))],
        [msgspec.structs.replace(RUN_OF_TAG, value=msgspec.structs.replace(RUN_OF_TAG.value, start=None))],
        [MASTER_TAG, UPGRADED],  # an upgrade in place brings the tag of newer media
        [
            MASTER_TAG,
            msgspec.structs.replace(MEDIA, value=msgspec.structs.replace(MEDIA.value, newest=at("2022-03-01 12:00"))),
        ],
    ],
)
def test_what_is_no_generalize_of_a_user_is_not_told(facts):
    assert sysprep_since(of(facts), SINCE) == []


def test_a_generalize_since_an_earlier_copy_explains_its_other_sid():
    """Deployed with the same files: no tool has to have changed the SID."""
    changed = STORIES["SID changed on 10, with RegBack"][0]
    silent = msgspec.structs.replace(changed, facts=FactSet([*changed.facts, lineage_step("generalize", "2024-04-30T10:01")]))
    rules = [{one.rule for one in judge(subject)[0]} for subject in (changed, silent)]
    assert "earlier-copy-has-another-sid" in rules[0]
    assert "earlier-copy-has-another-sid" not in rules[1]


def test_the_steps_that_lie_at_a_moment_of_the_media_are_microsofts():
    facts = lineage(*TWICE, SET_UP)
    assert kinds(of([MEDIA, *facts])) == ["media-specialize", "media-generalize", "specialize"]
    assert kinds(of(facts)) == ["specialize", "generalize", "specialize"]
    subject = of([MEDIA, *facts, *lineage(SEALED_THEN, file="Windows/TSSysprep.log")])
    assert [step.fact.value.kind for step in generalizes(subject)] == ["generalize"]
    assert [str(step.value.time)[:10] for step in specializes(subject)] == ["2022-06-23"]


@pytest.mark.parametrize("minute", sorted(SETUP_STEPS)[:2])
def test_a_minute_that_unrelated_machines_share_is_microsofts_without_any_estimate(minute):
    assert kinds(of(lineage(("specialize", "2010-11-20T10:00"), ("generalize", minute), SET_UP))) == [
        "media-specialize",
        "media-generalize",
        "specialize",
    ]


def test_the_zone_of_the_media_holds_until_setup_sets_its_own():
    steps = list(lineage_steps(of([MEDIA, *lineage(*TWICE, SET_UP, SEALED_THEN, SET_UP)])))
    assert [step.value.zone for step in steps] == ["media", "media", "media", "unknown", "unknown"]


def test_what_came_before_the_last_generalize_of_the_media_is_microsofts_too():
    """The media of a service pack: specialized and generalized a second time."""
    facts = lineage(("generalize", "2019-11-01T10:00"), *TWICE, SEALED_THEN, SET_UP)
    assert kinds(of([MEDIA, *facts])) == ["media-generalize", "media-specialize", "media-generalize", "generalize", "specialize"]


def test_each_log_is_told_by_itself_in_its_order():
    """A log of Terminal Services without Microsoft's steps takes nothing over from the other."""
    dtc, services = lineage(*TWICE, SET_UP), lineage(("specialize", "2019-12-01T10:00"), SEALED_THEN, file="Windows/TSSysprep.log")
    facts = [MEDIA, *dtc, *services]
    expected = ["media-specialize", "media-generalize", "specialize", "specialize", "generalize"]
    assert kinds(of(facts)) == expected
    for seed in range(5):
        random.Random(seed).shuffle(facts)
        steps = list(lineage_steps(of(facts)))
        for log, own in (("DtcInstall.log", expected[:3]), ("TSSysprep.log", expected[3:])):
            assert [step.value.kind for step in steps if file_name(step.fact) == log] == own
    assert {one.kind for one in facts[1:] if one is not MEDIA} == {SETUP_LINEAGE_STEP.name}


def test_the_latest_step_counts_whichever_log_has_it():
    """Two logs of one lineage, in either order: the one that was left behind hides nothing of the other."""
    dtc = lineage(OF_MEDIA, SEALED_THEN, SET_UP)
    services = lineage(("specialize", "2021-06-23T03:25"), ("generalize", "2021-03-01T10:00"), file="Windows/TSSysprep.log")
    for facts in ([*dtc, *services], [*services, *dtc]):
        subject = of([*WHOLE, *facts])
        assert [str(step.value.time)[:10] for step in generalizes(subject)] == ["2021-03-01", "2022-03-01"]
        assert [str(step.value.time)[:10] for step in specializes(subject)] == ["2021-06-23", "2022-06-23"]
        (found,) = load()["generalize-in-lineage"].evidence(subject)
        assert "DtcInstall.log has a generalize of 2022-03-01 10:01" in found.because


def test_the_specialize_of_an_upgrade_is_of_no_computers_setup():
    offline = lineage_step("offline-specialize", "2022-06-23T03:20", 200)
    upgrade = lineage_step("specialize", "2023-06-23T03:20", 300, in_upgrade=True)
    repeat = lineage_step("specialize-repeat", "2022-06-23T03:30", 250)
    assert [step.fact for step in specializes(of([offline, repeat, upgrade, lineage_step("specialize", None, 400)]))] == [offline]


@pytest.mark.parametrize(
    ("path", "name"), [("Windows/DtcInstall.log", "DtcInstall.log"), ("C:\\Windows\\DtcInstall.log", "DtcInstall.log"), ("", "a log")]
)
def test_a_step_names_its_log(path, name):
    assert file_name(lineage_step(*SET_UP, file=path)) == name
