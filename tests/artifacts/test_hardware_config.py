"""Machines that the installation was started on."""

import pytest

from forensic.artifacts.hardware.hardware_config import (
    HardwareConfiguration,
    SystemInformation,
    hardware_config,
    portable_system,
    system_information,
)
from forensic.errors import Malformed, NotFound
from forensic.model import FileTime
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_BINARY, REG_DWORD, REG_SZ, HiveBuilder

FIRST, SECOND = "4c4c4544-0042-3210-804d-c4c04f4e3232", "25194d56-caef-8737-5c44-50fe82f3ffde"
USED = FileTime.from_iso("2018-03-27T21:45:39.8073530Z")
INFORMATION = r"ControlSet001\Control\SystemInformation"


def system(last=f"{{{FIRST}}}", names=(), values=()):
    hive = HiveBuilder(file_name="SYSTEM")
    hive.key("HardwareConfig")
    if last is not None:
        hive.value("HardwareConfig", "LastConfig", REG_SZ, last)
    for name in names:
        hive.key(rf"HardwareConfig\{name}", written=USED)
        for value in values:
            hive.value(rf"HardwareConfig\{name}", *value)
    return hive


def test_states_every_configuration_and_which_was_the_last():
    values = [
        ("Id", REG_DWORD, 0),
        ("LastUse", REG_BINARY, int(USED).to_bytes(8, "little")),
        ("SystemManufacturer", REG_SZ, "Dell Inc."),
        ("SystemProductName", REG_SZ, "Latitude E6430"),
        ("SystemFamily", REG_SZ, ""),
        ("BIOSVendor", REG_SZ, "Dell Inc."),
        ("BIOSVersion", REG_SZ, "A14"),
        ("BIOSReleaseDate", REG_SZ, "12/27/2013"),
        ("BaseBoardProduct", REG_SZ, "0CPWYR"),
    ]
    facts, failure = state(hardware_config, open_hive(system(names=[f"{{{FIRST}}}", f"{{{SECOND}}}"], values=values)), "HardwareConfig")
    assert failure is None
    assert {(fact.value.id, fact.value.is_last) for fact in facts} == {(FIRST, True), (SECOND, False)}
    first = next(fact for fact in facts if fact.value.is_last)
    assert first.value == HardwareConfiguration(
        FIRST,
        True,
        0,
        USED,
        "Dell Inc.",
        "Latitude E6430",
        "",
        "Dell Inc.",
        "A14",
        "12/27/2013",
        "0CPWYR",
    )
    assert (first.place.key, first.written) == (rf"HardwareConfig\{{{FIRST}}}", USED)


def test_leaves_out_the_link_to_the_current_configuration():
    hive = system(names=[f"{{{FIRST}}}"])
    hive.key(r"HardwareConfig\Current", link=True)
    facts, failure = state(hardware_config, open_hive(hive), "HardwareConfig")
    assert (len(facts), failure) == (1, None)


def test_says_that_there_is_no_configuration():
    facts, failure = state(hardware_config, open_hive(system()), "HardwareConfig")
    assert not facts
    assert isinstance(failure, NotFound)


def test_a_key_without_a_guid_and_a_damaged_last_config_hide_no_configuration():
    for hive in (system(names=["odd", f"{{{FIRST}}}"]), system(last="?", names=[f"{{{FIRST}}}"])):
        facts, failure = state(hardware_config, open_hive(hive), "HardwareConfig")
        assert [fact.value.id for fact in facts] == [FIRST]
        assert isinstance(failure, Malformed)


def test_a_damaged_part_hides_no_configuration():
    values = [("LastUse", REG_BINARY, b"\x01"), ("SystemManufacturer", REG_DWORD, 1), ("BIOSVersion", REG_SZ, "6.00")]
    facts, failure = state(hardware_config, open_hive(system(names=[f"{{{FIRST}}}"], values=values)), "HardwareConfig")
    assert facts[0].value == HardwareConfiguration(FIRST, True, bios_version="6.00")
    assert isinstance(failure, Malformed)


def test_states_the_machine_of_the_last_start_or_says_that_the_key_is_empty():
    hive = HiveBuilder(file_name="SYSTEM")
    hive.value(INFORMATION, "SystemManufacturer", REG_SZ, "innotek GmbH")
    hive.value(INFORMATION, "BIOSVersion", REG_SZ, "VirtualBox")
    facts, _ = state(system_information, open_hive(hive), INFORMATION)
    assert facts[0].value == SystemInformation(manufacturer="innotek GmbH", bios_version="VirtualBox")
    empty = HiveBuilder(file_name="SYSTEM")
    empty.key(INFORMATION)
    assert isinstance(state(system_information, open_hive(empty), INFORMATION)[1], NotFound)


@pytest.mark.parametrize("number", [0, 1])
def test_states_whether_it_is_windows_to_go(number):
    hive = HiveBuilder(file_name="SYSTEM")
    hive.value(r"ControlSet001\Control", "PortableOperatingSystem", REG_DWORD, number)
    facts, failure = state(portable_system, open_hive(hive), r"ControlSet001\Control")
    assert failure is None
    assert [fact.value for fact in facts] == [number]
    assert facts[0].place.value == "PortableOperatingSystem"


def test_an_ordinary_windows_does_not_say_so():
    hive = HiveBuilder(file_name="SYSTEM")
    hive.value(r"ControlSet001\Control", "SystemBootDevice", REG_SZ, "multi(0)")
    facts, failure = state(portable_system, open_hive(hive), r"ControlSet001\Control")
    assert (list(facts), type(failure)) == ([], NotFound)
