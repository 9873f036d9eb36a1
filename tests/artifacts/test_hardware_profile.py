"""Hardware profiles."""

from forensic.artifacts.identity.hardware_profile import HARDWARE_PROFILE_GUID, hardware_profile_guid
from forensic.artifacts.known_values.media import is_media_guid
from forensic.errors import Malformed, NotFound
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_DWORD, REG_SZ, HiveBuilder

KEY = r"ControlSet001\Control\IDConfigDB\Hardware Profiles"
MEDIA = "{e29ac6c0-7037-11de-816d-806e6f6e6963}"


def profiles(**guids):
    hive = HiveBuilder(file_name="SYSTEM")
    hive.value(rf"{KEY}\0000", "Pristine", REG_DWORD, 1)
    for name, text in guids.items():
        hive.value(rf"{KEY}\{name[1:]}", "HwProfileGuid", REG_SZ, text)
    return open_hive(hive)


def test_states_the_guid_of_each_profile_that_has_one():
    facts, failure = state(hardware_profile_guid, profiles(_0001=MEDIA, _0002="{5c310893-31c0-11e8-9b10-806e6f6e6963}"), KEY)
    assert failure is None
    assert [fact.value for fact in facts] == [MEDIA[1:-1], "5c310893-31c0-11e8-9b10-806e6f6e6963"]
    assert facts[0].place.key == rf"{KEY}\0001"


def test_the_guid_of_windows_7_media_is_a_constant():
    facts, _ = state(hardware_profile_guid, profiles(_0001=MEDIA), KEY)
    assert facts[0].value in HARDWARE_PROFILE_GUID.known_values
    assert is_media_guid(facts[0].value)


def test_says_that_no_profile_has_one():
    assert isinstance(state(hardware_profile_guid, profiles(), KEY)[1], NotFound)


def test_a_damaged_profile_hides_no_other():
    facts, failure = state(hardware_profile_guid, profiles(_0001="{}", _0002=MEDIA), KEY)
    assert len(facts) == 1
    assert isinstance(failure, Malformed)


def test_leaves_out_the_link_to_the_current_profile():
    hive = HiveBuilder(file_name="SYSTEM")
    hive.value(rf"{KEY}\0001", "HwProfileGuid", REG_SZ, MEDIA)
    hive.key(rf"{KEY}\Current", link=True)
    hive.value(rf"{KEY}\Current", "HwProfileGuid", REG_SZ, MEDIA)
    facts, _ = state(hardware_profile_guid, open_hive(hive), KEY)
    assert len(facts) == 1
