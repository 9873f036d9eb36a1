"""Runs of Sysprep in the judgement: two witnesses accuse, one does not; the summary says what is on record; the gate of a sealed master."""

import msgspec
import pytest

from forensic.artifacts.setup.first_boot import FIRST_BOOT_SETUP, IMAGE_STATE_CHANGE, FirstBootSetup
from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.artifacts.setup.sysprep_log import SYSPREP_ERROR, SYSPREP_LOG
from forensic.model import FactSet, LocalTime
from forensic.reasoning.installation import judge
from forensic.reasoning.installation.gate import conditions
from forensic.reasoning.installation.sysprep_runs import success_file_is_missing
from forensic.reasoning.subject import Subject
from forensic.reasoning.verdict import load
from tests.builders.facts import fact, gap
from tests.rules.full_examples import FAILED, FAILED_CHECK
from tests.rules.gate_stories import (
    AT_REST,
    BEGUN,
    DEAD,
    GATE_STORIES,
    GAVE_UP,
    NO_TAG,
    OWN_CERTIFICATE,
    TAG,
    TOLD,
    plain,
    run,
    sealed,
)
from tests.rules.stories import STORIES

ACCUSATIONS = {code for code, kind in load().items() if kind.accuses}


def verdict(subject):
    return judge(subject)[1]


@pytest.mark.parametrize("name", GATE_STORIES)
def test_the_story_is_told(name):
    subject, allowed = GATE_STORIES[name]
    found = verdict(subject)
    assert found.history in allowed, found
    assert found.remedies


@pytest.mark.parametrize("name", GATE_STORIES)
def test_no_single_fact_turns_an_accusation_into_an_acquittal_or_back(name):
    subject, _ = GATE_STORIES[name]
    found = verdict(subject)
    for one in subject.facts:
        less = verdict(subject.without(one))
        determined = "undetermined" not in (found.policy, less.policy)
        assert not determined or (found.history in ACCUSATIONS) == (less.history in ACCUSATIONS), (one, less)


@pytest.mark.parametrize("planted", [BEGUN, DEAD[0], FAILED, GAVE_UP], ids=lambda one: one.kind)
@pytest.mark.parametrize("name", ["plain 10", "deployed from a generalized master"])
def test_one_planted_value_accuses_no_innocent(name, planted):
    told, _ = STORIES[name]
    replaced = [one for one in told.facts if one.kind != planted.kind or (one.kind == IMAGE_STATE.name and one.value.copy == "state.ini")]
    for facts in ([*told.facts, planted], [*replaced, planted]):
        assert verdict(msgspec.structs.replace(told, facts=FactSet(facts))).history not in ACCUSATIONS


def test_the_step_that_failed_is_named():
    found = verdict(
        plain(
            AT_REST, run("2024-03-01T09:58:00.0000000", "failed", component="Windows-SenseClient-Service", code="0x80070005"), states=DEAD
        )
    )
    assert found.history == "generalize-failed"
    assert "Windows-SenseClient-Service, 0x80070005" in found.summary


@pytest.mark.parametrize("name", TOLD)
def test_the_summary_says_what_is_on_record_of_sysprep(name):
    subject, words = TOLD[name]
    found = verdict(subject)
    assert words in found.summary
    assert "No trace" not in found.summary


@pytest.mark.parametrize("name", ["plain 10", "deployed from a generalized master", "SID changed on 10", "undetermined"])
def test_a_refused_run_is_said_beside_whatever_verdict(name):
    told, _ = STORIES.get(name) or GATE_STORIES["a refused generalize does not explain UNDEPLOYABLE"]
    found = verdict(msgspec.structs.replace(told, facts=FactSet([*told.facts, FAILED_CHECK])))
    assert "Sysprep was run with generalize on 2024-03-01 and refused" in found.summary


def test_no_trace_is_said_only_with_the_places_that_were_read():
    logs = [gap(SYSPREP_LOG), gap(IMAGE_STATE_CHANGE)]
    begun = fact(FIRST_BOOT_SETUP, FirstBootSetup("continuing", LocalTime("2022-06-23T01:25:00.0000000")))
    assert "was found; read was the CloneTag (the media's own, Sat Dec 07 02:18:00 2019, local time). " in verdict(plain(AT_REST)).summary
    assert ", local time), Sysprep's log and the logs in Panther. " in verdict(plain(AT_REST, begun, gaps=logs)).summary
    subject = plain(AT_REST)
    (tag,) = subject.facts.named("clone-tag")
    assert "No trace" not in verdict(subject.without(tag)).summary


def test_a_generalize_that_began_here_is_no_firm_acquittal_and_a_refused_one_changes_nothing():
    for name, caps in (("a refused generalize", ()), ("one witness: a log that failed, all at rest", ("generalize-on-record",))):
        found = verdict(GATE_STORIES[name][0])
        assert (found.history, found.caps) == ("installed", caps)


def test_a_seal_without_its_success_file_is_indicated_at_most_where_its_place_was_read():
    for subject, strength in (
        (sealed(TAG), "proven"),
        (sealed(gaps=[NO_TAG]), "indicated"),
        (sealed(gaps=[NO_TAG], origin="collection"), "proven"),
    ):
        found = verdict(subject)
        assert (found.history, found.strength) == ("sealed-generalized", strength)
    assert any("Sysprep_succeeded.tag is absent" in text for text in verdict(sealed(gaps=[NO_TAG])).not_excluded)


def test_in_a_collection_the_success_file_is_missing_only_beside_a_log_of_its_folder():
    logged = run("2024-03-02T10:00:00.0000000", "succeeded")
    assert not success_file_is_missing(sealed(gaps=[NO_TAG], origin="collection"))
    assert success_file_is_missing(sealed(logged, gaps=[NO_TAG], origin="collection"))
    assert not success_file_is_missing(sealed(logged))
    assert SYSPREP_ERROR.name not in {one.kind for one in sealed(logged).facts}


def met(subject):
    return [(one.met, one.closes(strict=False), one.closes(strict=True)) for one in conditions(subject)]


def test_the_gate_asks_for_success_and_its_file_and_warns_of_what_is_carried():
    good, unknown, warning, closed = (True, False, False), (None, False, False), (False, False, True), (False, True, True)
    logged = run("2024-03-02T10:00:00.0000000", "succeeded")
    assert met(sealed(TAG, logged)) == [good, good, good, good]
    assert met(sealed(TAG, logged, OWN_CERTIFICATE)) == [good, good, good, good]
    assert met(sealed()) == [good, unknown, unknown, good]
    assert met(sealed(FAILED, gaps=[NO_TAG])) == [good, closed, closed, good]
    assert met(GATE_STORIES["sealed, run refused"][0]) == [good, closed, closed, good]
    assert met(GATE_STORIES["sealed, carrying"][0]) == [good, unknown, good, warning]
    assert met(plain(AT_REST))[0] == closed
    assert met(Subject(FactSet([])))[0] == unknown


def test_everything_that_is_carried_is_named():
    remedies = " ".join(verdict(GATE_STORIES["sealed, carrying"][0]).remedies)
    for what in ("membership of the domain", "Microsoft Entra ID", "the certificate of the store SMS", "PowerShell Desired State"):
        assert f"Remove before capture: {what}" in remedies or what in remedies
    assert "Remote Desktop" not in remedies
