"""Network interfaces, adapters, hardware addresses."""

import pytest

from forensic.artifacts.known_values.media import is_media_guid
from forensic.artifacts.network.network import (
    MacUse,
    NetworkAdapter,
    NetworkInterface,
    adapter_connection,
    adapter_driver,
    interface_address,
    network_interface,
)
from forensic.errors import Malformed, NotFound
from forensic.model import FileTime
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_BINARY, REG_DWORD, REG_MULTI_SZ, REG_SZ, HiveBuilder

GUID, MEDIA = "5f3f359e-9d52-4566-9bec-37efdfb25abe", "e29ac6c2-7037-11de-816d-806e6f6e6963"
INTERFACES = r"ControlSet001\Services\Tcpip\Parameters\Interfaces"
CLASS = r"ControlSet001\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}"
NETWORK = r"ControlSet001\Control\Network\{4D36E972-E325-11CE-BFC1-08002BE10318}"
SETUP2 = r"ControlSet001\Control\NetworkSetup2\Interfaces"
GATEWAY = bytes.fromhex("c0a8920206000000005056e03f3e0000")
PCI = r"PCI\VEN_8086&DEV_100F\1"


def system(path, *values):
    hive = HiveBuilder(file_name="SYSTEM")
    hive.key(path)
    for name, kind, data in values:
        hive.value(path, name, kind, data)
    return hive


def interface(*values, name=f"{{{GUID}}}"):
    path = rf"{INTERFACES}\{name}"
    return state(network_interface, open_hive(system(path, *values)), path)


def test_states_a_lease():
    values = [
        ("EnableDHCP", REG_DWORD, 1),
        ("DhcpIPAddress", REG_SZ, "192.168.146.128"),
        ("DhcpGatewayHardware", REG_BINARY, GATEWAY),
        ("LeaseObtainedTime", REG_DWORD, 1289408803),
        ("DhcpDomain", REG_SZ, "localdomain"),
        ("Domain", REG_SZ, ""),
    ]
    facts, failure = interface(*values)
    assert failure is None
    obtained = FileTime.from_iso("2010-11-10T17:06:43Z")
    assert facts[0].value == NetworkInterface(GUID, True, "192.168.146.128", "00:50:56:e0:3f:3e", obtained, "localdomain")
    assert facts[0].place.key == rf"{INTERFACES}\{{{GUID}}}"


def test_states_a_fixed_address_and_leaves_out_what_is_no_calendar_time():
    facts, failure = interface(
        ("EnableDHCP", REG_DWORD, 0), ("IPAddress", REG_MULTI_SZ, ["10.0.0.5", "10.0.0.6"]), ("LeaseObtainedTime", REG_DWORD, 812456)
    )
    assert failure is None
    assert facts[0].value == NetworkInterface(GUID, False, "10.0.0.5")


def test_an_interface_that_comes_with_the_media_is_stated_as_any_other():
    facts, _ = interface(name=f"{{{MEDIA}}}")
    assert facts[0].value == NetworkInterface(MEDIA)
    assert is_media_guid(facts[0].value.id)


@pytest.mark.parametrize("raw", [b"\x01", bytes(8), GATEWAY[:12], GATEWAY[:4] + b"\xff\xff\xff\xff" + GATEWAY[8:]])
def test_a_damaged_gateway_hides_no_interface(raw):
    facts, failure = interface(("DhcpGatewayHardware", REG_BINARY, raw), ("EnableDHCP", REG_DWORD, 1))
    assert facts[0].value == NetworkInterface(GUID, True)
    assert isinstance(failure, Malformed)


def test_a_key_that_is_named_by_no_guid_is_malformed():
    facts, failure = interface(name="Nonsense")
    assert not facts
    assert isinstance(failure, Malformed)


def driver(*values, name="0001"):
    hive = system(rf"{CLASS}\{name}", *values)
    hive.key(rf"{CLASS}\Properties")
    return state(adapter_driver, open_hive(hive), CLASS)


ADAPTER = (("NetCfgInstanceId", REG_SZ, f"{{{GUID.upper()}}}"), ("DriverDesc", REG_SZ, "Intel PRO/1000"))


def test_states_an_adapter_and_the_address_set_for_it():
    facts, failure = driver(
        *ADAPTER,
        ("MatchingDeviceId", REG_SZ, r"pci\ven_8086"),
        ("DeviceInstanceID", REG_SZ, PCI),
        ("NetworkAddress", REG_SZ, "020C29F3FFDE"),
    )
    assert failure is None
    assert [fact.value for fact in facts] == [
        NetworkAdapter(GUID, description="Intel PRO/1000", component=r"pci\ven_8086", instance=PCI),
        MacUse("02:0c:29:f3:ff:de", "NetworkAddress override", GUID),
    ]
    assert facts[1].place.value == "NetworkAddress"


@pytest.mark.parametrize(
    ("name", "text", "software"),
    [
        ("DeviceInstanceID", r"ROOT\KDNIC\0000", True),
        ("DeviceInstanceID", r"SWD\MSRRAS\MS_NDISWANIP", True),
        ("DeviceInstanceID", r"{5d624f94-8850-40c3-a3fa-a4fd2080baf3}\vwifimp_wfd\5", True),
        ("ComponentId", "ms_pptpminiport", True),
        ("ComponentId", "*isatap", True),
        ("ComponentId", r"pci\ven_1022&dev_2000", False),
        ("DeviceInstanceID", PCI, False),
    ],
)
def test_tells_hardware_from_what_windows_makes_itself(name, text, software):
    facts, _ = driver(*ADAPTER, (name, REG_SZ, text))
    assert facts[0].value.is_software is software


@pytest.mark.parametrize("text", ["00:0c:29:f3:ff:de", "00-0C-29-F3-FF-DE"])
def test_reads_an_address_in_each_spelling(text):
    facts, _ = driver(*ADAPTER, ("NetworkAddress", REG_SZ, text))
    assert facts[1].value.mac == "00:0c:29:f3:ff:de"


def test_an_address_that_is_none_hides_no_adapter():
    facts, failure = driver(*ADAPTER, ("NetworkAddress", REG_SZ, "n/a"))
    assert len(facts) == 1
    assert isinstance(failure, Malformed)
    facts, failure = driver(*ADAPTER, ("NetworkAddress", REG_SZ, ""))
    assert (len(facts), failure) == (1, None)


def test_says_that_there_is_no_adapter():
    assert isinstance(driver()[1], NotFound)
    assert isinstance(driver(("NetCfgInstanceId", REG_SZ, "?"))[1], Malformed)


def test_states_a_connection_under_the_guid_of_its_parent():
    path = rf"{NETWORK}\{{{GUID}}}\Connection"
    facts, failure = state(adapter_connection, open_hive(system(path, ("Name", REG_SZ, "Ethernet"), ("PnpInstanceID", REG_SZ, PCI))), path)
    assert failure is None
    assert facts[0].value == NetworkAdapter(GUID, instance=PCI, name="Ethernet")
    damaged = rf"{NETWORK}\Descriptions\Connection"
    assert isinstance(state(adapter_connection, open_hive(system(damaged)), damaged)[1], Malformed)


def addresses(*values):
    path = rf"{SETUP2}\{{{GUID}}}\Kernel"
    return state(interface_address, open_hive(system(path, *values)), path)


def test_states_permanent_and_current_address():
    mac = bytes.fromhex("000c29f3ffde")
    facts, failure = addresses(("CurrentAddress", REG_BINARY, mac[::-1]), ("PermanentAddress", REG_BINARY, mac))
    assert failure is None
    assert [fact.value for fact in facts] == [
        MacUse("00:0c:29:f3:ff:de", "NetworkSetup2 permanent", GUID),
        MacUse("de:ff:f3:29:0c:00", "NetworkSetup2 current", GUID),
    ]


def test_leaves_out_interfaces_without_hardware():
    assert addresses(("CurrentAddress", REG_BINARY, bytes(6)), ("PermanentAddress", REG_BINARY, b"")) == ([], None)
    assert addresses(("CurrentAddress", REG_BINARY, bytes(20))) == ([], None)
