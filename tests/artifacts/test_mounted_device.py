"""Mounted devices."""

import struct

import pytest

from forensic.artifacts.storage.mounted_device import MountedDevice, mounted_device
from forensic.errors import NotFound
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_BINARY, HiveBuilder

C = r"\DosDevices\C:"
GUID = "5c3108bb-31c0-11e8-9b10-806e6f6e6963"
PARTITION = bytes.fromhex("211f9309af7fa94481d81e73c14b9eaf")


def facts_of(*values):
    hive = HiveBuilder(file_name="SYSTEM")
    hive.key("MountedDevices")
    for name, raw in values:
        hive.value("MountedDevices", name, REG_BINARY, raw)
    return state(mounted_device, open_hive(hive), "MountedDevices")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (struct.pack("<IQ", 0x273E4CFE, 368050176), MountedDevice(C, "mbr", disk_signature="273e4cfe", offset=368050176)),
        (b"DMIO:ID:" + PARTITION, MountedDevice(C, "gpt", partition_guid="09931f21-7faf-44a9-81d8-1e73c14b9eaf")),
        (r"\??\SCSI#CdRom&Ven_VBOX#4".encode("utf-16-le"), MountedDevice(C, "device", text=r"\??\SCSI#CdRom&Ven_VBOX#4")),
        *(
            (raw, MountedDevice(C, "unknown"))
            for raw in (b"", b"\x01\x02\x03", b"DMIO:ID:" + PARTITION[:12], b"\x00\xd8" * 5, b"_\0?\0?\0_")
        ),
    ],
)
def test_states_each_form_of_device(raw, expected):
    facts, failure = facts_of((C, raw))
    assert failure is None
    assert facts[0].value == expected
    assert (facts[0].place.value, facts[0].raw) == (C, raw.hex())


@pytest.mark.parametrize(
    ("name", "guid"),
    [(rf"\??\Volume{{{GUID}}}", GUID), (f"#{{{GUID.upper()}}}", GUID), (C, None), (r"\??\Volume{no}", None), (f"{{{GUID}}}", None)],
)
def test_takes_the_volume_guid_from_the_name(name, guid):
    facts, _ = facts_of((name, bytes(12)))
    assert facts[0].value.volume_guid == guid


def test_says_that_there_are_none():
    facts, failure = facts_of()
    assert not facts
    assert isinstance(failure, NotFound)
