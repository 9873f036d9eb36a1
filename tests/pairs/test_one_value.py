"""One altered value never turns an accusation of a pair into an acquittal or back: every fact, dropped, exchanged or planted."""

import msgspec
import pytest

from forensic.comparison import compare
from forensic.reasoning.pair import Side, judge_pair
from forensic.reasoning.pair.relation import load
from forensic.reasoning.pair.side import sides_of

POLICIES = {code: kind.policy for code, kind in load().items()}
INNOCENT = ("none-found", "compliant")
MATERIAL = 12
"""Facts of one kind that are altered one by one: the others of that kind are alike."""


def one_value_less_or_another(side, foreign):
    """Yield what was done and the side with one fact less, or with one value of another computer."""
    facts = side.installation.facts
    counts = {}
    for number, fact in enumerate(facts):
        counts[fact.kind] = counts.get(fact.kind, 0) + 1
        if counts[fact.kind] > MATERIAL:
            continue
        yield f"without {fact.kind}", with_facts(side, (*facts[:number], *facts[number + 1 :]))
        for value in foreign.get(fact.kind, ()):
            if value != fact.value:
                changed = msgspec.structs.replace(fact, value=value)
                yield f"{fact.kind} of another", with_facts(side, (*facts[:number], changed, *facts[number + 1 :]))
                break


def with_facts(side, facts):
    installation = msgspec.structs.replace(side.installation, facts=facts)
    sids = [fact.value for fact in facts if fact.kind == "machine-sid"]
    if sids:
        installation = msgspec.structs.replace(installation, machine_sid=sids[0])
    report = msgspec.structs.replace(side.report, installations=(installation, *side.report.installations[1:]))
    return Side.of(report, installation)


def values_of(report):
    found = {}
    for fact in report.installations[0].facts:
        found.setdefault(fact.kind, []).append(fact.value)
    return found


@pytest.mark.parametrize("era", ["xp", "7", "10"])
@pytest.mark.parametrize("name", ["two clones", "siblings", "strangers", "later image", "generalized after deployment"])
def test_one_value_turns_no_pair_around(examined, era, name):
    _, a, b = examined(era)[name]
    stranger = examined(era)["strangers"][2] if name != "strangers" else examined(era)["two clones"][2]
    (pair,) = compare([a, b]).pairs
    (left,), (right,) = sides_of(a), sides_of(b)
    innocent = pair.policy in INNOCENT
    done = 0
    for foreign in (values_of(b), values_of(stranger)):
        for what, side in one_value_less_or_another(left, foreign):
            found = judge_pair(side, right)
            done += 1
            if innocent:
                assert found.policy != "violation", (what, found.relation, found.summary)
            else:
                assert found.policy not in INNOCENT, (what, found.relation, found.summary)
    assert done > 200
