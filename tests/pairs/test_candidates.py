"""Candidates: which pairs of many states are compared at all."""

from types import SimpleNamespace

from forensic import comparison


def test_of_many_states_only_those_that_share_a_value_are_compared(monkeypatch):
    def side(machine, domain=None, **values):
        state = SimpleNamespace(current={name: {text: frozenset()} for name, text in values.items()}, former={})
        return SimpleNamespace(state=state, machine_sids=frozenset(machine), installation=SimpleNamespace(domain_sid=domain))

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
