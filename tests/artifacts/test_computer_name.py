"""The computer's names."""

from forensic.artifacts.identity.computer_name import ComputerName, computer_name, host_name
from forensic.errors import Malformed, NotFound
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_DWORD, REG_SZ, HiveBuilder

NAMES = r"ControlSet002\Control\ComputerName"
TCPIP = r"ControlSet001\Services\Tcpip\Parameters"


def test_states_the_configured_and_the_active_name_with_their_control_set():
    hive = HiveBuilder(file_name="SYSTEM")
    hive.value(rf"{NAMES}\ComputerName", "", REG_SZ, "mnmsrvc")
    hive.value(rf"{NAMES}\ComputerName", "ComputerName", REG_SZ, "PC-NEW")
    hive.value(rf"{NAMES}\ActiveComputerName", "ComputerName", REG_SZ, "PC-OLD")
    facts, failure = state(computer_name, open_hive(hive), NAMES)
    assert failure is None
    assert [fact.value for fact in facts] == [ComputerName("PC-NEW", "configured", 2), ComputerName("PC-OLD", "active", 2)]
    assert facts[0].place.value == "ComputerName"


def test_states_both_host_names():
    hive = HiveBuilder(file_name="SYSTEM")
    hive.value(TCPIP, "Hostname", REG_SZ, "pc-new")
    hive.value(TCPIP, "NV Hostname", REG_SZ, "pc-newer")
    facts, _ = state(host_name, open_hive(hive), TCPIP)
    assert [fact.value for fact in facts] == [ComputerName("pc-new", "hostname", 1), ComputerName("pc-newer", "nv-hostname", 1)]


def test_says_which_key_is_missing():
    hive = HiveBuilder(file_name="SYSTEM")
    hive.key(NAMES)
    facts, failure = state(computer_name, open_hive(hive), NAMES)
    assert not facts
    assert isinstance(failure, NotFound)


def test_an_empty_name_is_none():
    hive = HiveBuilder(file_name="SYSTEM")
    hive.value(rf"{NAMES}\ComputerName", "ComputerName", REG_SZ, "")
    assert isinstance(state(computer_name, open_hive(hive), NAMES)[1], NotFound)


def test_a_damaged_host_name_hides_not_the_other():
    hive = HiveBuilder(file_name="SYSTEM")
    hive.value(TCPIP, "Hostname", REG_DWORD, 1)
    hive.value(TCPIP, "NV Hostname", REG_SZ, "pc")
    facts, failure = state(host_name, open_hive(hive), TCPIP)
    assert len(facts) == 1
    assert isinstance(failure, Malformed)
