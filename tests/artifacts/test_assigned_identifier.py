"""Identifiers that Windows Setup assigned, by its logs: on written bytes, and the truth of the real ones."""

import pytest

from forensic.artifacts.identity.assigned_identifier import (
    ASSIGNED_MACHINE_GUID,
    ONESETTINGS_DEVICE_ID,
    SETUP_LOG_SID,
    SetupLogSid,
    administrator_sid,
    assigned_machine_guid,
    onesettings_device_id,
    onesettings_device_id_of_media,
    upgrade_account_sid,
    upgrade_account_sid_of_media,
)
from forensic.artifacts.setup import panther_log
from forensic.errors import Malformed, NotFound
from forensic.model import Guid, LocalTime, Sid
from tests.builders.file import MemoryFile, stated
from tests.builders.setup_log import truths

T = "2021-09-27 04:03:50, Info                         "
WHEN = LocalTime("2021-09-27T04:03:50.0000000")
GUID = "4f882bc7-109a-4fae-b30d-43fe4dcc4d62"
OTHER = "d3920951-f804-4533-bf45-dcca3eb2b033"
MACHINE = "S-1-5-21-1111111111-2222222222-3333333333"
PE = f'{T}CryptoSetup assigned CAPI machine guid "{OTHER}"\r\n'
SPECIALIZE = f'{T}capisp.dll::CryptoSysPrep_Specialize: assigned CAPI machine guid "{GUID}"\r\n'
ADMINISTRATOR = f"{T}[oobeldr.exe] Admin profile {MACHINE}-500 was not found\r\n"
ACCOUNT = f"{T}MIG    SidString: [{MACHINE}-1001]\r\n"
DEVICE = f"{T}MOUPG  OneSettings: DeviceId [{{{OTHER.upper()}}}]\r\n"


def read(function, text, encoding="utf-8"):
    data = text.encode(encoding) if isinstance(text, str) else text
    return stated(function, MemoryFile(data, "Windows/Panther/setupact.log"))


def values(function, text, encoding="utf-8"):
    facts, failure = read(function, text, encoding)
    assert failure is None
    return [fact.value for fact in facts]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
def test_only_specialize_assigns_the_machine_guid(encoding):
    assert values(assigned_machine_guid, "Müller\r\n" + PE + SPECIALIZE, encoding) == [GUID]
    facts, failure = read(assigned_machine_guid, PE, encoding)
    assert facts == []
    assert isinstance(failure, NotFound)


def test_it_has_its_place():
    (fact,), _ = read(assigned_machine_guid, PE + SPECIALIZE)
    assert (fact.place.file, fact.place.offset) == ("Windows/Panther/setupact.log", len(PE))
    assert GUID in bytes.fromhex(fact.raw).decode()


def test_states_the_machine_sid_by_the_administrator():
    assert values(administrator_sid, ADMINISTRATOR) == [SetupLogSid(Sid(f"{MACHINE}-500"), Sid(MACHINE), "administrator-profile", WHEN)]
    assert read(administrator_sid, ADMINISTRATOR.replace("-500", "-501"))[0] == []


@pytest.mark.parametrize("function", [upgrade_account_sid, upgrade_account_sid_of_media])
def test_states_accounts_that_an_upgrade_migrated(function):
    assert values(function, ACCOUNT) == [SetupLogSid(Sid(f"{MACHINE}-1001"), Sid(MACHINE), "migrated-account", WHEN)]
    assert values(function, ACCOUNT.replace(": [", " = "))[0].prefix == MACHINE
    for no_account in ("S-1-5-18", MACHINE, f"{MACHINE}-1001-7"):
        assert read(function, ACCOUNT.replace(f"{MACHINE}-1001", no_account))[0] == []


@pytest.mark.parametrize("function", [onesettings_device_id, onesettings_device_id_of_media])
def test_states_the_device_id(function):
    assert values(function, DEVICE) == [OTHER]
    assert isinstance(read(function, DEVICE.replace("{", "").replace("-", "x"))[1], NotFound)


def test_what_is_no_sid_becomes_a_gap_and_the_others_stay():
    broken = ACCOUNT.replace("1111111111", "9999999999")
    facts, failure = read(upgrade_account_sid, broken + ACCOUNT)
    assert [fact.value.prefix for fact in facts] == [MACHINE]
    assert isinstance(failure, Malformed)


def test_all_of_them_are_former_values():
    assert list(ASSIGNED_MACHINE_GUID.identifiers(Guid(GUID))) == [("machine-guid", GUID, "former")]
    assert list(ONESETTINGS_DEVICE_ID.identifiers(Guid(GUID))) == [("sqm-machine-id", GUID, "former")]
    (value,) = values(administrator_sid, ADMINISTRATOR)
    assert list(SETUP_LOG_SID.identifiers(value)) == [("machine-sid", MACHINE, "former")]


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (assigned_machine_guid, SPECIALIZE),
        (administrator_sid, ADMINISTRATOR),
        (upgrade_account_sid, ACCOUNT),
        (onesettings_device_id, DEVICE),
    ],
)
def test_hostile_logs_end_in_facts_or_gaps(function, text, monkeypatch):
    for damaged in ("", "\0" * 9000, "x" * 90_000, text[: len(text) // 2]):
        assert isinstance(read(function, damaged)[1], NotFound)
    assert len(values(function, "x" * 20_000 + "\r\n" + text + "x" * 2_000_000)) == 1
    monkeypatch.setattr(panther_log, "FACT_LIMIT", 2)
    facts, failure = read(function, text * 5)
    assert len(facts) == 2
    assert failure.code == "too-much"


@pytest.mark.parametrize(("name", "truth"), [*truths("panther"), *truths("sysprep")])
def test_a_real_log_states_what_is_known_of_it(real, name, truth):
    data = real(name).read_bytes()
    assert [fact.value for fact in read(assigned_machine_guid, data)[0]] == [truth[key] for key in ("machine_guid",) if key in truth]
    devices = [truth[key].lower() for key in ("sqm_device_id",) if key in truth]
    assert [fact.value for fact in read(onesettings_device_id, data)[0]] == devices
    assert read(administrator_sid, data)[0] == read(upgrade_account_sid, data)[0] == []
