"""Candidates: which pairs of many states are compared at all."""

from types import SimpleNamespace

from forensic import comparison


def side(machine, domain=None, **values):
    state = SimpleNamespace(current={name: {text: frozenset()} for name, text in values.items()}, former={})
    return SimpleNamespace(state=state, machine_sids=frozenset(machine), installation=SimpleNamespace(domain_sid=domain))


def test_of_a_thousand_copies_each_meets_the_first_few_and_its_own_twin():
    sides = [side({"S-1"}, guid=f"g{min(number, 998)}") for number in range(1000)]
    found = set(comparison._candidates(sides))
    assert len(found) == 8 * 7 // 2 + 8 * 992 + 1
    assert (998, 999) in found
    assert {b for _, b in found} == set(range(1, 1000))


def test_of_many_states_only_those_that_share_a_value_are_compared(monkeypatch):
    sides = [
        side({"S-1"}),
        side({"S-2"}, guid="g"),
        side({"S-1"}),
        side(set(), domain="S-2"),
        side({"S-3"}, guid="g"),
        side({"S-4"}, domain="S-4"),
    ]
    assert len(list(comparison._candidates(sides))) == 15
    monkeypatch.setattr(comparison, "EVERY_PAIR", 0)
    assert list(comparison._candidates(sides)) == [(0, 2), (1, 3), (1, 4)]
