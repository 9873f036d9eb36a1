"""Histories of domains, judged one by one: what is accused, what is not, and what no single value turns."""

import pytest

from forensic import examine
from forensic.reasoning.installation import judge
from forensic.reasoning.subject import Subject
from tests.scenarios.domain_histories import EQUAL, add_domains
from tests.scenarios.histories import Scenario

ACCUSING = {"violation", "suspect"}
SCENARIOS = {}


def _add(name, life, *expected, innocent=True, explanation="", missing=(), added=None):
    SCENARIOS[name] = Scenario(name, life, frozenset(expected), innocent, explanation, missing, added or {})


add_domains(_add)


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """Give `judged(name)`: the subject and the verdict."""
    known = {}

    def find(name):
        if name not in known:
            one, folder = SCENARIOS[name], tmp_path_factory.mktemp("drive")
            for path, content in (one.life.drive() | one.added).items():
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            report = examine(folder, strict=True)
            (found,) = report.installations
            known[name] = Subject.of(report, found.id), found.verdict
        return known[name]

    return find


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_is_judged_as_it_happened(judged, name):
    one, (_, verdict) = SCENARIOS[name], judged(name)
    assert verdict.history in one.expected, verdict
    assert (verdict.policy in ACCUSING) == (EQUAL in one.expected)
    assert one.explanation in " ".join((verdict.summary, *verdict.not_excluded)), verdict


@pytest.mark.parametrize("name", [name for name, one in SCENARIOS.items() if EQUAL in one.expected])
def test_the_equality_is_named_first_and_is_a_violation_where_two_places_have_it(judged, name):
    _, verdict = judged(name)
    assert verdict.summary.startswith("The machine SID S-1-5-21-")
    witnessed = name.startswith(("10", "2019"))
    assert (verdict.policy, verdict.strength) == (("violation", "strong") if witnessed else ("suspect", "indicated"))
    assert any("removable media" in one and "ann (" in one for one in verdict.consequences)


@pytest.mark.parametrize("name", [name for name, one in SCENARIOS.items() if EQUAL in one.expected])
def test_no_single_fact_that_is_removed_acquits(judged, name):
    subject, _ = judged(name)
    carrying = {place for one in judge(subject)[0] for place in one.facts}
    for place, fact in enumerate(subject.facts):
        if place in carrying:
            found = judge(subject.without(fact))[1]
            assert found.policy in {*ACCUSING, "undetermined"}, (fact, found)


def test_the_sealed_controller_is_not_to_be_captured(judged):
    _, verdict = judged("2019: domain controller, sealed")
    assert "demoted before it is made a master" in verdict.summary
    assert not any("capture and deploy" in one for one in verdict.remedies)
