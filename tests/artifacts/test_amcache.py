"""The census in Amcache."""

import pytest

from forensic.artifacts.logs.amcache import DeviceCensus, device_census, oobe_time
from forensic.errors import Malformed, NotFound
from tests.artifacts.reading import open_hive, open_real, state
from tests.builders.hive import REG_SZ, HiveBuilder

HARDWARE, SYSTEM = r"Root\DeviceCensus\Hardware", r"Root\DeviceCensus\OS"
ID = "{F6CBBE0F-8C9E-419C-29C6-02DB60000000}"


def hive_of(path, **values):
    hive = HiveBuilder(file_name="Amcache.hve")
    hive.key(path)
    for name, text in values.items():
        hive.value(path, name, REG_SZ, text)
    return open_hive(hive)


def test_hardware_is_stated_and_unknown_parts_are_none():
    hive = hive_of(HARDWARE, OEMManufacturerName="Contoso", OEMModelNumber="#", OEMSerialNumber=" ", InventoryId=ID, DeviceName="DESK-1")
    (fact,), failure = state(device_census, hive, HARDWARE)
    assert failure is None
    assert fact.value == DeviceCensus("Contoso", inventory_id=ID.strip("{}").lower(), device_name="DESK-1")


def test_a_damaged_part_is_told_after_the_fact():
    (fact,), failure = state(device_census, hive_of(HARDWARE, InventoryId="no guid", OEMSerialNumber="S1"), HARDWARE)
    assert (fact.value, type(failure)) == (DeviceCensus(serial="S1"), Malformed)


@pytest.mark.parametrize(("text", "error"), [("", Malformed), ("#", Malformed), ("2022-13-05T19:32:40.535", Malformed), (None, NotFound)])
def test_a_time_that_is_none_is_told(text, error):
    hive = hive_of(SYSTEM) if text is None else hive_of(SYSTEM, OSOOBEDateTime=text)
    facts, failure = state(oobe_time, hive, SYSTEM)
    assert (facts, type(failure)) == ([], error)


@pytest.mark.parametrize(
    ("name", "serial", "device_name", "time"),
    [
        ("hives/regipy/amcache.hve", "VMware-56 4d 4b 62 2f a0 de 23", "DESKTOP-2NP5KI6", "2017-08-01T11:51:55.8510000Z"),
        ("machines/win10-rathbun/Amcache/Amcache.hve", "VMware-56 4d fa 9e c6 2e 23 b1", None, "2022-02-05T19:32:40.5350000Z"),
    ],
)
def test_real_hives(real, name, serial, device_name, time):
    hive = open_real(real(name))
    (fact,), failure = state(device_census, hive, HARDWARE)
    assert failure is None
    assert (fact.value.manufacturer, fact.value.device_name) == ("VMware, Inc.", device_name)
    assert fact.value.serial.startswith(serial)
    assert fact.value.inventory_id is not None
    (fact,), failure = state(oobe_time, hive, SYSTEM)
    assert (str(fact.value), failure) == (time, None)
