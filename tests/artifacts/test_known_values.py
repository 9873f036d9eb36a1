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
from forensic.model import Basis, FileTime, Guid, Sid, codec
from tests.builders.report import fact, installation, report

TABLES = (
    media.CLONE_TAGS, media.HARDWARE_PROFILES, media.GUID_SUFFIXES, media.SAM_CREATED, media.SID_PREFIXES,
    media.INTERFACES, media.SETUP_STEPS, media.REFRESHES,
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


@pytest.mark.parametrize("build", ["7600", "7601", "15063", "19041", "22000", "26100"])
def test_days_of_media_that_setup_logs_show_are_observed(build):
    entry = media.BUILDS[build]
    assert entry.basis is Basis.OBSERVED
    minutes = [minute for minute, known in media.SETUP_STEPS.items() if f".{build}" in known.of]
    day = FileTime.from_iso(f"{entry.day}T12:00:00")
    assert minutes
    assert all(abs(FileTime.from_iso(f"{minute}:00") - day) <= 24 * 3600 * 10_000_000 for minute in minutes)


@pytest.mark.parametrize(("tag", "minute"), [("Mon Jul 13 21:55:53 2009", "2009-07-13T21:55"), ("Sat Dec 07 09:18:25 2019", None)])
def test_the_media_of_windows_7_was_generalized_in_the_minute_of_its_tag(tag, minute):
    (known,) = [value for value in CLONE_TAG.known_values if value.text == tag]
    assert (known.time.time[:16] in media.SETUP_STEPS) is (minute is not None)
    if minute is not None:
        assert media.SETUP_STEPS[minute].of == media.CLONE_TAGS[tag].of


def test_media_that_microsoft_refreshed_are_known_by_their_day():
    assert "2016" in media.refreshed_media(FileTime.from_iso("2016-11-20T23:59:00")).of
    assert media.refreshed_media(FileTime.from_iso("2016-11-19T10:00:00"))
    assert media.refreshed_media(FileTime.from_iso("2016-11-22T00:00:01")) is None
    assert media.refreshed_media(FileTime.from_iso("2019-02-03T12:00:00")) is None


def test_interfaces_that_windows_makes_are_nobodys_own():
    for guid in media.INTERFACES:
        assert not NETWORK_INTERFACE.identifies(NetworkInterface(guid))
        assert not NETWORK_ADAPTER.identifies(NetworkAdapter(guid))
    assert NETWORK_INTERFACE.identifies(NetworkInterface(Guid("5c310893-31c0-11e8-9b10-001122334455")))


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


@pytest.mark.parametrize(
    ("sid", "name"),
    [
        ("S-1-5-21-3461203602-4096304019-2269080069", "MSEDGEWIN10"),
        ("S-1-5-21-4144202625-3024446806-325092953", "MSEDGEWIN10 of 2016"),
        ("S-1-5-21-3463664321-2923530833-3546627382", "IE11Win7"),
        ("S-1-5-21-3583694148-1414552638-2922671848", "IEWIN7"),
        ("S-1-5-21-1552841522-3835366585-4197357653", "SANS"),
        ("S-1-5-21-2047949552-857980807-821054962", "Sandbox"),
        ("S-1-5-21-3182181239-2212841327-159266127", "jacqinthebox"),
    ],
)
def test_a_public_image_is_named(sid, name):
    assert name in public.public_image(Sid(sid)).of


def test_the_sid_of_a_public_image_identifies_all_the_same():
    assert len(public.MACHINE_SIDS) == 7
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
