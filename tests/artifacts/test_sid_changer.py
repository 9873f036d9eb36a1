import pytest

from forensic.artifacts.identity.sid_changer import SidChangerTrace, newsid_trace
from forensic.errors import NotFound
from forensic.model import FileTime
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_DWORD, HiveBuilder

TOOLS = r"Software\Sysinternals"
RUN = FileTime.from_iso("2008-03-04T05:06:07.0000000Z")
SECOND = 10_000_000


def ntuser(accepted=1, others=()):
    hive = HiveBuilder(file_name="NTUSER.DAT")
    hive.key(rf"{TOOLS}\NewSID", written=RUN)
    if accepted is not None:
        hive.value(rf"{TOOLS}\NewSID", "EulaAccepted", REG_DWORD, accepted)
    for number, time in enumerate(others):
        hive.key(rf"{TOOLS}\Tool {number}", written=FileTime(time))
    return open_hive(hive, "NTUSER.DAT")


def test_a_licence_that_was_accepted_is_stated_with_its_time():
    (fact,), failure = state(newsid_trace, ntuser(), TOOLS)
    assert failure is None
    assert (fact.kind, fact.value, fact.written) == ("sid-changer-trace", SidChangerTrace("NewSID", "EulaAccepted"), RUN)
    assert (fact.place.key, fact.place.value) == (rf"{TOOLS}\NewSID", "EulaAccepted")


@pytest.mark.parametrize(("accepted", "value"), [(0, "EulaAccepted"), (None, None)])
def test_a_key_without_acceptance_is_still_a_trace(accepted, value):
    (fact,), _ = state(newsid_trace, ntuser(accepted), TOOLS)
    assert fact.value.trace == "key"
    assert fact.place.value == value


def test_keys_written_within_ten_seconds_are_counted_as_companions():
    others = [RUN - 10 * SECOND, RUN + 10 * SECOND, RUN + 10 * SECOND + 1, RUN - 3600 * SECOND]
    (fact,), _ = state(newsid_trace, ntuser(others=others), TOOLS)
    assert fact.value.companions == 2


def test_a_profile_without_newsid_or_without_sysinternals_is_not_found():
    hive = HiveBuilder(file_name="NTUSER.DAT")
    hive.key(rf"{TOOLS}\PsExec")
    for built in (hive, HiveBuilder()):
        facts, failure = state(newsid_trace, open_hive(built), TOOLS)
        assert facts == []
        assert isinstance(failure, NotFound)
