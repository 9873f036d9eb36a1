"""Known values: each has its source, kinds refer to them, and what they say of a value is looked up when it is judged."""

import json

import pytest

from forensic.artifacts.hardware.hypervisor import HYPERVISOR_MARK, HypervisorMark
from forensic.artifacts.hardware.smbios import Smbios
from forensic.artifacts.identity.domain import DOMAIN_NAME
from forensic.artifacts.identity.former_sid import FORMER_SID, FormerSid
from forensic.artifacts.identity.hardware_profile import HARDWARE_PROFILE_GUID
from forensic.artifacts.identity.machine_guid import MACHINE_GUID
from forensic.artifacts.identity.machine_sid import MACHINE_SID, SAM_DOMAIN_CREATED
from forensic.artifacts.known_values import default, media, public, vendor
from forensic.artifacts.known_values.product import SERVICE_KEYS, SOFTWARE_KEYS, TRACES, meaning_of
from forensic.artifacts.network.network import NETWORK_ADAPTER, NETWORK_INTERFACE, NetworkAdapter, NetworkInterface
from forensic.artifacts.products.imaging_product import IMAGING_PRODUCT_TRACE, ImagingProductTrace
from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.artifacts.storage.disk import DISK_SIGNATURE, VOLUME_SERIAL
from forensic.model import FileTime, Guid, Sid, codec
from tests.builders.report import fact, installation, report

TABLES = (
    media.CLONE_TAGS, media.HARDWARE_PROFILES, media.GUID_SUFFIXES, media.SAM_CREATED, media.SID_PREFIXES,
    default.EMPTY_GUIDS, default.DISK_SIGNATURES, default.VOLUME_SERIALS, default.WORKGROUPS,
    vendor.VENDOR_SYSTEM_UUIDS, vendor.VIRTUAL_MAKERS, public.MACHINE_SIDS,
)  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_every_value_says_whose_it_is_and_how_that_is_known(table):
    assert table
    assert all(entry.of and entry.source and entry.basis for entry in table.values())


def test_kinds_refer_to_them():
    assert {value.text for value in CLONE_TAG.known_values} == set(media.CLONE_TAGS)
    assert set(media.HARDWARE_PROFILES) <= set(HARDWARE_PROFILE_GUID.known_values)
    assert set(SAM_DOMAIN_CREATED.known_values) == set(media.SAM_CREATED)
    assert set(MACHINE_GUID.known_values) == set(default.EMPTY_GUIDS)
    assert {value.netbios for value in DOMAIN_NAME.known_values} == set(default.WORKGROUPS)
    assert (DISK_SIGNATURE.known_values, VOLUME_SERIAL.known_values) == (("00000000",), ("0000000000000000", "00000000"))


def test_builds_have_days_that_rise_with_them():
    assert all(entry.source and entry.basis for entry in media.BUILDS.values())
    days = [(int(build), FileTime.from_iso(f"{entry.day}T12:00:00")) for build, entry in media.BUILDS.items()]
    times = [day for _, day in sorted(days)]
    assert times == sorted(times)


def test_guids_and_sids_of_media_are_told_from_others():
    assert media.is_media_guid(Guid("e29ac6c2-7037-11de-816d-806e6f6e6963"))
    assert media.is_media_guid(Guid("ffffffff-ffff-ffff-ffff-ffffffffffff"))
    assert not media.is_media_guid(Guid("5c310893-31c0-11e8-9b10-806e6f6e6963"))
    assert media.is_media_sid(Sid("S-1-5-21-397955417-626881126-188441444"))
    assert not media.is_media_sid(Sid("S-1-5-21-397955417-626881126-188441445"))


def test_virtual_machines_are_told_from_computers_by_their_firmware():
    assert vendor.is_virtual("VMware, Inc.", None)
    assert vendor.is_virtual("Microsoft Corporation", "Virtual Machine")
    assert not vendor.is_virtual("Microsoft Corporation", "Surface Pro 7")
    assert not vendor.is_virtual(None, None)


def test_a_public_image_is_named_and_its_sid_identifies_all_the_same():
    sid = Sid("S-1-5-21-3461203602-4096304019-2269080069")
    assert "MSEDGEWIN10" in public.public_image(sid).of
    assert public.public_image(Sid("S-1-5-21-1-2-3")) is None
    assert all(one.is_machine_or_domain and MACHINE_SID.identifies(one) for one in public.MACHINE_SIDS)


@pytest.mark.parametrize("row", [*TRACES, *SOFTWARE_KEYS, *SERVICE_KEYS], ids=lambda row: row.path)
def test_the_meaning_of_a_trace_follows_from_product_and_path(row):
    assert meaning_of(row.product, row.path.replace("%SystemDrive%/", "").rstrip("/")) == row.meaning


def test_an_unknown_product_has_no_meaning():
    assert meaning_of("Some later product", "x") is None


@pytest.mark.parametrize(
    ("kind", "value", "former"),
    [
        (FORMER_SID, FormerSid(Sid("S-1-5-21-7-8-9"), "task", 1), {"media": True}),
        (NETWORK_INTERFACE, NetworkInterface(Guid("5c310893-31c0-11e8-9b10-806e6f6e6963")), {"media": True}),
        (NETWORK_ADAPTER, NetworkAdapter(Guid("5c310893-31c0-11e8-9b10-806e6f6e6963")), {"media": True, "software": True}),
        (IMAGING_PRODUCT_TRACE, ImagingProductTrace("Veeam", "Program Files/Veeam"), {"meaning": "cloning"}),
        (HYPERVISOR_MARK, HypervisorMark("VMware Tools", "VMTools"), {"meaning": "conversion"}),
    ],
)
def test_what_older_reports_said_of_a_value_is_not_heeded(kind, value, former):
    saved = json.loads(codec.encode(report(installations=[installation(facts=(fact(kind.name, value, "SYSTEM"),))])))
    stated = saved["installations"][0]["facts"][0]["value"]
    assert not set(former) & set(stated)
    stated |= former
    assert codec.decode(json.dumps(saved)).installations[0].facts[0].value == value


def test_firmware_that_names_no_uuid_states_none():
    assert Smbios().uuid is None
    assert set(default.EMPTY_GUIDS) <= set(vendor.VENDOR_SYSTEM_UUIDS)
