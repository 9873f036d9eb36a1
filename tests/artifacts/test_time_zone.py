"""Time zone of the computer."""

from forensic.artifacts.setup.time_zone import TimeZone, time_zone
from forensic.errors import NotFound
from tests.artifacts.reading import key_hive, open_real, state

KEY = r"ControlSet001\Control\TimeZoneInformation"
SZ, DWORD = 1, 4


def text(value):
    return value.encode("utf-16-le") + b"\0\0"


def minutes(value):
    return value.to_bytes(4, "little", signed=True)


def stated(*values):
    facts, failure = state(time_zone, key_hive(KEY, values), KEY)
    return [fact.value for fact in facts], failure


def test_states_zone_and_bias():
    values = [
        ("TimeZoneKeyName", SZ, text("W. Europe Standard Time")), ("StandardName", SZ, text("@tzres.dll,-322")),
        ("Bias", DWORD, minutes(-60)), ("ActiveTimeBias", DWORD, minutes(-120)),
    ]  # fmt: skip
    assert stated(*values) == ([TimeZone("W. Europe Standard Time", -60, -120, hardware_clock_is_utc=False)], None)


def test_before_vista_the_name_is_that_of_the_standard_time():
    found, _ = stated(("StandardName", SZ, text("Westeuropäische Normalzeit")), ("Bias", DWORD, minutes(-60)))
    assert found == [TimeZone("Westeuropäische Normalzeit", -60, None, hardware_clock_is_utc=False)]


def test_a_clock_of_the_hardware_in_utc_is_stated():
    found, _ = stated(
        ("Bias", DWORD, minutes(480)), ("RealTimeIsUniversal", DWORD, minutes(1)), ("StandardName", SZ, text("@tzres.dll,-1"))
    )
    assert found == [TimeZone(None, 480, None, hardware_clock_is_utc=True)]


def test_a_key_without_a_zone_states_none():
    found, failure = stated(("DaylightStart", 3, bytes(16)))
    assert found == []
    assert isinstance(failure, NotFound)


def test_damage_of_one_value_leaves_the_others():
    found, failure = stated(("Bias", SZ, text("x")), ("TimeZoneKeyName", SZ, text("UTC")))
    assert found == [TimeZone("UTC", None, None, hardware_clock_is_utc=False)]
    assert failure is not None


def test_states_a_real_hive(real):
    facts, failure = state(time_zone, open_real(real("hives/regipy/SYSTEM_B")), KEY)
    assert [(fact.value.name, fact.value.bias) for fact in facts] == [("Eastern Standard Time", 300)]
    assert failure is None
