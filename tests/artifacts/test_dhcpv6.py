"""DUID."""

import pytest

from forensic.artifacts.network.dhcpv6 import Duid, dhcpv6_duid
from forensic.errors import Malformed, NotFound, Unsupported
from forensic.model import FileTime
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_BINARY, HiveBuilder

KEY = r"ControlSet002\Services\Tcpip6\Parameters"


def facts_of(raw):
    hive = HiveBuilder(file_name="SYSTEM")
    hive.key(KEY)
    if raw is not None:
        hive.value(KEY, "Dhcpv6DUID", REG_BINARY, raw)
    return state(dhcpv6_duid, open_hive(hive), KEY)


@pytest.mark.parametrize(
    ("spelled", "parts"),
    [
        (
            "00010001146c9b4a000c297e7ed3",
            {"type": 1, "hardware_type": 1, "mac": "00:0c:29:7e:7e:d3", "time": FileTime.from_iso("2010-11-09T23:52:42Z")},
        ),
        ("0002000000090cc084d303000912", {"type": 2, "enterprise": 9}),
        ("00030001000c297e7ed3", {"type": 3, "hardware_type": 1, "mac": "00:0c:29:7e:7e:d3"}),
        ("0004564d1925efca37875c4450fe82f3ffde", {"type": 4, "uuid": "564d1925-efca-3787-5c44-50fe82f3ffde"}),
        ("000100200000000000000000000000000001", {"type": 1, "hardware_type": 32, "time": FileTime.from_iso("2000-01-01T00:00:00Z")}),
    ],
)
def test_states_each_type_with_its_parts(spelled, parts):
    facts, failure = facts_of(bytes.fromhex(spelled))
    assert failure is None
    assert facts[0].value == Duid(spelled, **parts)
    assert (facts[0].place.value, facts[0].place.control_set, facts[0].raw) == ("Dhcpv6DUID", 2, spelled)


@pytest.mark.parametrize("raw", [b"", b"\0", b"\0\x01\0\x01\0\0\0\0", b"\0\x02\0\0\0", b"\0\x03\0\x01", b"\0\x04" + bytes(15), bytes(131)])
def test_a_duid_that_is_cut_short_or_too_long_is_malformed(raw):
    facts, failure = facts_of(raw)
    assert not facts
    assert isinstance(failure, Malformed)


def test_other_types_are_unsupported_and_absence_is_not_found():
    assert isinstance(facts_of(b"\0\x05\0\0\0\0")[1], Unsupported)
    assert isinstance(facts_of(None)[1], NotFound)
