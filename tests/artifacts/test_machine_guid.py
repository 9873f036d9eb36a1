"""MachineGuid."""

import pytest

from forensic.artifacts.identity.machine_guid import machine_guid
from forensic.errors import Malformed, NotFound
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_BINARY, REG_SZ, HiveBuilder

KEY = r"Microsoft\Cryptography"
TEXT = "6F1A2B3C-4d5e-4f60-8a9b-0c1d2e3f4a5b"


def test_states_the_guid_in_lower_case_at_its_value():
    hive = HiveBuilder()
    hive.value(KEY, "MachineGuid", REG_SZ, TEXT)
    facts, failure = state(machine_guid, open_hive(hive), KEY)
    assert failure is None
    assert (facts[0].value, facts[0].place.value) == (TEXT.lower(), "MachineGuid")
    assert bytes.fromhex(facts[0].raw) == (TEXT + "\0").encode("utf-16-le")


def test_says_that_the_value_is_absent():
    hive = HiveBuilder()
    hive.key(KEY)
    assert isinstance(state(machine_guid, open_hive(hive), KEY)[1], NotFound)


@pytest.mark.parametrize(("kind", "data"), [(REG_SZ, "no guid"), (REG_SZ, ""), (REG_BINARY, bytes(16))])
def test_what_spells_no_guid_is_malformed(kind, data):
    hive = HiveBuilder()
    hive.value(KEY, "MachineGuid", kind, data)
    facts, failure = state(machine_guid, open_hive(hive), KEY)
    assert not facts
    assert isinstance(failure, Malformed)
