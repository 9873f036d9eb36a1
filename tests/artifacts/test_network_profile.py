import struct

from forensic.artifacts.network.network_profile import NetworkProfile, NetworkSignature, network_profile, network_signature
from forensic.errors import Malformed, NotFound
from forensic.model import LocalTime
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_BINARY, REG_DWORD, REG_SZ, HiveBuilder

LIST = r"Microsoft\Windows NT\CurrentVersion\NetworkList"
ID = "57eab7ba-1d37-4e1c-b3d8-4c9d0f5f0a11"
PROFILE = rf"{LIST}\Profiles\{{{ID.upper()}}}"
CREATED = struct.pack("<8H", 2021, 3, 2, 2, 9, 41, 7, 250)


def software(*values):
    hive = HiveBuilder()
    for name in ("Profiles", "Signatures"):
        hive.key(rf"{LIST}\{name}")
    for path, name, kind, data in values:
        hive.value(path, name, kind, data)
    return open_hive(hive)


def test_a_profile_is_stated_with_its_local_times():
    hive = software(
        (PROFILE, "ProfileName", REG_SZ, "Contoso"),
        (PROFILE, "DateCreated", REG_BINARY, CREATED),
        (PROFILE, "DateLastConnected", REG_BINARY, bytes(16)),
    )
    (fact,), failure = state(network_profile, hive, rf"{LIST}\Profiles")
    assert failure is None
    assert fact.value == NetworkProfile(ID, "Contoso", LocalTime("2021-03-02T09:41:07.2500000"), None)


def test_a_time_that_is_none_is_a_gap_beside_the_profile():
    for data in (CREATED[:15], struct.pack("<8H", 2021, 13, 2, 2, 9, 41, 7, 250)):
        (fact,), failure = state(network_profile, software((PROFILE, "DateCreated", REG_BINARY, data)), rf"{LIST}\Profiles")
        assert fact.value == NetworkProfile(ID)
        assert isinstance(failure, Malformed)


def test_a_key_that_is_no_guid_is_a_gap_and_no_key_is_not_found():
    assert isinstance(
        state(network_profile, software((rf"{LIST}\Profiles\x", "ProfileName", REG_SZ, "")), rf"{LIST}\Profiles")[1], Malformed
    )
    assert isinstance(state(network_profile, software(), rf"{LIST}\Profiles")[1], NotFound)


def test_a_signature_is_stated_with_its_gateway():
    key = rf"{LIST}\Signatures\Unmanaged\010103000F0000F0"
    hive = software(
        (key, "ProfileGuid", REG_SZ, f"{{{ID}}}"),
        (key, "DefaultGatewayMac", REG_BINARY, bytes.fromhex("0018f8ea2ea2")),
        (key, "DnsSuffix", REG_SZ, "contoso.example"),
        (key, "FirstNetwork", REG_SZ, "Network"),
        (rf"{LIST}\Signatures\Managed\0101", "DefaultGatewayMac", REG_BINARY, bytes(6)),
    )
    facts, failure = state(network_signature, hive, rf"{LIST}\Signatures")
    assert failure is None
    assert [fact.value for fact in facts] == [
        NetworkSignature(managed=True),
        NetworkSignature(ID, gateway_mac="00:18:f8:ea:2e:a2", dns_suffix="contoso.example", first_name="Network"),
    ]


def test_malformed_parts_of_a_signature_are_a_gap_beside_it():
    key = rf"{LIST}\Signatures\Unmanaged\0101"
    hive = software((key, "DefaultGatewayMac", REG_BINARY, b"\1\2"), (key, "DnsSuffix", REG_DWORD, 1))
    (fact,), failure = state(network_signature, hive, rf"{LIST}\Signatures")
    assert (fact.value, isinstance(failure, Malformed)) == (NetworkSignature(), True)
    assert isinstance(state(network_signature, software(), rf"{LIST}\Signatures")[1], NotFound)
