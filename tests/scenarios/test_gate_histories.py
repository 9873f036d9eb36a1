"""Histories of Sysprep's runs, judged singly, and what the gate of an image builder says to them."""

import pytest

from forensic import examine
from forensic.cli import main
from forensic.reasoning.installation.gate import conditions
from forensic.reasoning.subject import Subject
from tests.scenarios.gate_histories import gate
from tests.scenarios.histories import Scenario


def histories():
    found = {}

    def add(name, life, *expected, innocent=True, explanation="", missing=(), added=None):
        found[name] = Scenario(name, life, frozenset(expected), innocent, explanation, missing, added or {})

    gate(add)
    return found


HISTORIES = histories()
CLOSED = [name for name in HISTORIES if "sealed, though" in name]
CARRYING = [name for name in HISTORIES if "AgentId" in name or "certificate" in name]
OPEN = [name for name in HISTORIES if HISTORIES[name].expected == {"sealed-generalized"} and name not in CARRYING]


@pytest.fixture
def folder(tmp_path):
    """Give `folder(scenario)`: what it left on its drive."""

    def write(scenario):
        for path, data in (scenario.life.drive() | scenario.added).items():
            if path.rpartition("/")[2] not in scenario.missing:
                (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / path).write_bytes(data)
        return tmp_path

    return write


def judged(folder):
    report = examine(folder, strict=True)
    (one,) = [one for one in report.installations if one.earlier_state_of is None]
    return report, one


@pytest.mark.parametrize("name", HISTORIES)
def test_the_history_is_judged_as_it_happened(folder, name):
    scenario = HISTORIES[name]
    _, one = judged(folder(scenario))
    assert one.verdict.history in scenario.expected, one.verdict
    told = " ".join((one.verdict.summary, *one.verdict.not_excluded))
    assert scenario.explanation in told
    assert ("No trace of a generalize" in told) <= ("refused" not in name and "failed" not in name and "without generalize" not in name)
    assert one.verdict.remedies


@pytest.mark.parametrize("name", [*CLOSED, *OPEN, *CARRYING])
def test_the_gate_is_closed_by_a_failed_run_and_warns_of_what_is_carried(folder, capsys, name):
    path = str(folder(HISTORIES[name]))
    codes = [main(["examine", "--expect", "sealed-generalized", *more, path]) for more in ([], ["--strict-gate"])]
    said = " ".join(capsys.readouterr().out.split())
    assert codes == ([1, 1] if name in CLOSED else [0, 1] if name in CARRYING else [0, 0])
    assert ("not met the latest run of Sysprep succeeded" in said) == (name in CLOSED)
    assert ("warning no membership, certificate or agent identity" in said) == (name in CARRYING)
    assert ("the gate is closed" in said) == (name in CARRYING or name in CLOSED)


@pytest.mark.parametrize("name", CARRYING)
def test_what_is_carried_is_named_and_has_to_be_removed_before_capture(folder, name):
    report, one = judged(folder(HISTORIES[name]))
    what = "PowerShell Desired State Configuration" if "AgentId" in name else "store SMS"
    assert any(text.startswith("Remove before capture") and what in text for text in one.verdict.remedies)
    assert not any("Nothing has to be done" in text for text in one.verdict.remedies)
    *_, nothing = conditions(Subject.of(report, one.id))
    assert what in nothing.found
