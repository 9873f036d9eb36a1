import pytest

from forensic.artifacts.users.sqm import sqm_machine_id, sqm_user_id
from forensic.errors import Malformed, NotFound
from forensic.model import Guid
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_DWORD, REG_SZ, HiveBuilder

CASES = [
    (sqm_machine_id, r"Microsoft\SQMClient", "MachineId", "sqm-machine-id"),
    (sqm_user_id, r"Software\Microsoft\SQMClient", "UserId", "sqm-user-id"),
]


def hive(path, name, kind, data):
    builder = HiveBuilder()
    builder.value(path, name, kind, data)
    return open_hive(builder)


@pytest.mark.parametrize(("read", "path", "name", "kind"), CASES)
def test_the_identifier_is_stated(read, path, name, kind):
    (fact,), failure = state(read, hive(path, name, REG_SZ, "{12FFDBA5-BE26-416D-ACA6-41D193FC4D13}"), path)
    assert failure is None
    assert (fact.kind, fact.value, type(fact.value)) == (kind, "12ffdba5-be26-416d-aca6-41d193fc4d13", Guid)
    assert (fact.place.key, fact.place.value) == (path, name)


@pytest.mark.parametrize(("read", "path", "name", "kind"), CASES)
def test_an_identifier_that_is_absent_or_malformed_is_a_gap_of_that_sort(read, path, name, kind):
    for built, reason in [
        (hive(path, "Other", REG_SZ, ""), NotFound),
        (hive("Elsewhere", "Other", REG_SZ, ""), NotFound),
        (hive(path, name, REG_SZ, "12FFDBA5"), Malformed),
        (hive(path, name, REG_DWORD, 5), Malformed),
    ]:
        facts, failure = state(read, built, path)
        assert facts == []
        assert isinstance(failure, reason)
