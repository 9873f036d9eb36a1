"""Identity towards update servers."""

import pytest

from forensic.artifacts.products.windows_update import (
    WU_ACCOUNT_DOMAIN_SID,
    SusClientValidation,
    account_domain_sid,
    ping_id,
    sus_client_id,
    sus_client_validation,
)
from forensic.errors import Malformed, NotFound
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_BINARY, REG_DWORD, REG_SZ, HiveBuilder

KEY = r"Microsoft\Windows\CurrentVersion\WindowsUpdate"
GUID = "1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9"
SID = "S-1-5-21-1004336348-1177238915-682003330"


def software(name=None, kind=REG_SZ, data=""):
    hive = HiveBuilder()
    hive.key(KEY)
    if name is not None:
        hive.value(KEY, name, kind, data)
    return open_hive(hive)


@pytest.mark.parametrize(("read", "name"), [(sus_client_id, "SusClientId"), (ping_id, "PingID")])
def test_states_a_guid_or_says_why_not(read, name):
    facts, failure = state(read, software(name, REG_SZ, GUID), KEY)
    assert failure is None
    assert (facts[0].value, facts[0].place.value) == (GUID, name)
    assert isinstance(state(read, software(), KEY)[1], NotFound)
    assert isinstance(state(read, software(name, REG_SZ, "?"), KEY)[1], Malformed)


def test_states_the_serial_number_that_the_validation_holds():
    text = "VB12345678-abcdef  ".encode("utf-16-le")
    raw = bytes([6, 2, len(text), 0, 1, 0]) + text + b"\x00\x01\x02"
    facts, failure = state(sus_client_validation, software("SusClientIdValidation", REG_BINARY, raw), KEY)
    assert failure is None
    assert facts[0].value == SusClientValidation("VB12345678-abcdef  ", raw.hex())


@pytest.mark.parametrize("raw", [b"", b"\x06\x02", bytes([6, 2, 40, 0, 0, 0, 65, 0]), bytes([0, 2, 4, 0, 0, 0, 65, 0]), b"\xff" * 8])
def test_a_validation_whose_text_leaves_the_value_is_malformed(raw):
    facts, failure = state(sus_client_validation, software("SusClientIdValidation", REG_BINARY, raw), KEY)
    assert not facts
    assert isinstance(failure, Malformed)


@pytest.mark.parametrize(
    ("kind", "data"),
    [(REG_SZ, SID), (REG_BINARY, bytes.fromhex("010400000000000515000000dcf4dc3b833d2b4682 8ba628".replace(" ", "")))],
)
def test_states_the_account_domain_sid_as_text_or_bytes(kind, data):
    facts, failure = state(account_domain_sid, software("AccountDomainSid", kind, data), KEY)
    assert failure is None
    assert facts[0].value == SID


@pytest.mark.parametrize(("kind", "data"), [(REG_SZ, "S-1"), (REG_DWORD, 1), (REG_BINARY, b"\x01\x05\0\0")])
def test_what_is_no_sid_is_malformed(kind, data):
    facts, failure = state(account_domain_sid, software("AccountDomainSid", kind, data), KEY)
    assert not facts
    assert isinstance(failure, Malformed)


@pytest.mark.parametrize(
    ("text", "machines"),
    [(SID, [SID]), (f"{SID}-1001", [SID]), ("S-1-5-18", []), ("S-1-5-21-1-2", []), ("S-1-5-21-3933942852-973373972-2766786355", [])],
)
def test_the_account_domain_sid_identifies_a_machine_or_domain_of_some_time(text, machines):
    (fact,), _ = state(account_domain_sid, software("AccountDomainSid", REG_SZ, text), KEY)
    assert [(one.namespace, one.text, one.standing) for one in WU_ACCOUNT_DOMAIN_SID.identifiers(fact.value)] == [
        ("machine-sid", machine, "former") for machine in machines
    ]
