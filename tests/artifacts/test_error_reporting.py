from forensic.artifacts.logs.error_reporting import wer_machine_id
from forensic.errors import Malformed, NotFound
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_SZ, HiveBuilder

KEY = r"Microsoft\Windows\Windows Error Reporting"


def software(name, text):
    hive = HiveBuilder()
    hive.value(KEY, name, REG_SZ, text)
    return open_hive(hive)


def test_the_machine_id_is_stated():
    (fact,), failure = state(wer_machine_id, software("MachineID", "57EAB7BA-1D37-4E1C-B3D8-4C9D0F5F0A11"), KEY)
    assert (fact.value, failure) == ("57eab7ba-1d37-4e1c-b3d8-4c9d0f5f0a11", None)


def test_a_machine_id_that_is_malformed_or_absent_is_a_gap():
    assert isinstance(state(wer_machine_id, software("MachineID", "x"), KEY)[1], Malformed)
    assert isinstance(state(wer_machine_id, software("Other", "x"), KEY)[1], NotFound)
