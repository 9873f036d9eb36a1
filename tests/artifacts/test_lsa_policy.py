from forensic.artifacts.identity.lsa_policy import lsa_policy_time
from forensic.errors import NotFound
from forensic.model import FileTime
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import HiveBuilder

SID_WRITTEN = FileTime.from_iso("2009-11-08T15:35:15.2187500Z")
RENAMED = FileTime.from_iso("2009-11-09T00:15:18.6871250Z")


def security():
    hive = HiveBuilder(file_name="SECURITY")
    hive.key(r"Policy\PolAcDmN", written=RENAMED)
    hive.key(r"Policy\PolAcDmS", written=SID_WRITTEN)
    hive.value(r"Policy\PolEKList", "", 0, b"key material")
    hive.key(r"Policy\Secrets")
    return hive


def test_the_times_of_the_policy_keys_are_stated_and_nothing_of_what_they_hold():
    facts, failure = state(lsa_policy_time, open_hive(security(), "SECURITY"), "Policy")
    assert failure is None
    assert [fact.value for fact in facts] == ["PolAcDmS", "PolAcDmN", "PolEKList"]
    assert [fact.written for fact in facts[:2]] == [SID_WRITTEN, RENAMED]
    assert facts[0].raw == SID_WRITTEN.to_bytes(8, "little").hex()
    assert (facts[0].place.key, facts[0].place.field) == (r"Policy\PolAcDmS", "last-written time")
    assert b"key material".hex() not in str(facts)


def test_a_policy_without_any_of_the_keys_is_not_found():
    hive = HiveBuilder(file_name="SECURITY")
    hive.key(r"Policy\Secrets")
    facts, failure = state(lsa_policy_time, open_hive(hive), "Policy")
    assert facts == []
    assert isinstance(failure, NotFound)


def test_a_hive_without_a_policy_is_not_found():
    facts, failure = state(lsa_policy_time, open_hive(HiveBuilder()), "Policy")
    assert facts == []
    assert isinstance(failure, NotFound)
