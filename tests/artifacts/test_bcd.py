"""Devices of the boot configuration."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic.artifacts.storage.bcd import BcdDevice, bcd_device
from forensic.errors import ForensicError, Malformed, NotFound
from forensic.volumes.directory import DirectoryTree
from forensic.windows.installation import Installation
from tests.artifacts.reading import open_hive, open_real, state
from tests.builders.hive import REG_BINARY, REG_SZ, HiveBuilder
from tests.builders.world_volume import guid_bytes

LOADER = "{733b62e5-f608-11eb-825c-c112f60133ab}"
DISK, PARTITION = "0b239488-0000-4a4a-8000-000000000001", "0f2c38e4-0000-4a4a-8000-000000000002"


def device(kind, partition=b"", scheme=0, disk=b""):
    body = partition.ljust(16, b"\0") + struct.pack("<II", 0, scheme) + disk.ljust(16, b"\0") + bytes(16)
    return bytes(16) + struct.pack("<IIII", kind, 0, 72, 0) + body


GPT = device(6, guid_bytes(PARTITION), 0, guid_bytes(DISK))
MBR = device(6, struct.pack("<Q", 1 << 20), 1, struct.pack("<I", 0x1234ABCD))
RAMDISK = (
    bytes(16) + struct.pack("<IIII", 0, 1, 0xB8, 0) + struct.pack("<II", 3, 0) + bytes(24) + struct.pack("<III", 1, 0x90, 5) + GPT[16:]
)


def store(element="11000001", data=GPT):
    hive = HiveBuilder(file_name="BCD")
    base = rf"Objects\{LOADER}\Elements"
    hive.value(rf"{base}\12000002", "Element", REG_SZ, r"\Windows\system32\winload.efi")
    hive.value(rf"{base}\{element}", "Element", REG_BINARY, data)
    return hive


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (GPT, {"scheme": "gpt", "disk_guid": DISK, "partition_guid": PARTITION}),
        (RAMDISK, {"scheme": "gpt", "disk_guid": DISK, "partition_guid": PARTITION}),
        (MBR, {"scheme": "mbr", "disk_signature": "1234abcd", "offset": 1 << 20}),
        (device(5), {"scheme": "boot"}),
        (device(8), {"scheme": "locate"}),
        (device(4), {"scheme": "other"}),
        (device(6, b"", 2), {"scheme": "other"}),
    ],
)
@pytest.mark.parametrize("element", ["11000001", "21000001"])
def test_a_device_is_named_by_what_identifies_it(data, expected, element):
    (fact,), failure = state(bcd_device, open_hive(store(element, data)), "Objects")
    assert failure is None
    assert fact.value == BcdDevice(LOADER[1:-1], element, application=r"\Windows\system32\winload.efi", **expected)
    assert fact.place.value == "Element"


def test_other_elements_are_no_devices_and_a_short_one_is_malformed():
    facts, failure = state(bcd_device, open_hive(store("22000002")), "Objects")
    assert (facts, type(failure)) == ([], NotFound)
    facts, failure = state(bcd_device, open_hive(store(data=GPT[:20])), "Objects")
    assert (facts, type(failure)) == ([], Malformed)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_end_in_facts_or_forensic_errors(data):
    _, failure = state(bcd_device, open_hive(store(data=data)), "Objects")
    assert failure is None or isinstance(failure, ForensicError)


@pytest.mark.parametrize(
    ("name", "scheme", "disks"),
    [
        ("hives/regipy/BCD", "gpt", {"376e5397-7d1f-4e4f-a668-5a62c1269e60", "0b2394a9-095e-487d-8d48-719ecd4d78ca"}),
        ("hives/ericzimmerman/BCD", "boot", {None}),
    ],
)
def test_real_stores(real, name, scheme, disks):
    facts, failure = state(bcd_device, open_real(real(name)), "Objects")
    assert failure is None
    assert {fact.value.scheme for fact in facts} == {scheme}
    assert {fact.value.disk_guid for fact in facts} == disks


def test_a_template_names_no_device(real):
    facts, failure = state(bcd_device, open_real(real("machines/win10-rathbun/Registry/BCD-Template")), "Objects")
    assert (facts, type(failure)) == ([], NotFound)


@pytest.mark.parametrize("path", ["Boot/BCD", "EFI/Microsoft/Boot/BCD"])
@pytest.mark.parametrize("own", [True, False])
def test_the_store_is_found_on_any_volume(tmp_path, path, own):
    system, other = tmp_path / "c", tmp_path / "s"
    file = (system if own else other) / path
    for folder in (system / "Windows", other, file.parent):
        folder.mkdir(parents=True, exist_ok=True)
    file.write_bytes(store().build())
    (system / "Boot").mkdir(exist_ok=True)
    installation = Installation(DirectoryTree(system), "Windows", {}, origin="active", other_trees=[DirectoryTree(other)])
    assert installation.hive("BCD").root.find("Objects") is not None
    assert installation.hive("BCD") is installation.hive("BCD")


def test_no_store_is_not_found_and_a_broken_one_malformed(tmp_path):
    for holder in (Installation(DirectoryTree(tmp_path), root, {}, origin="active") for root in ("Windows", None)):
        with pytest.raises(NotFound):
            holder.hive("BCD")
        with pytest.raises(NotFound):
            holder.hive("AMCACHE")
    (tmp_path / "Boot").mkdir()
    (tmp_path / "Boot/BCD").write_bytes(b"regf" + bytes(5000))
    with pytest.raises(Malformed):
        Installation(DirectoryTree(tmp_path), "Windows", {}, origin="active").hive("BCD")
