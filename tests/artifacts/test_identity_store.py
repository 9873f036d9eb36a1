"""The store of Microsoft's account service: its age, and the device identities of accounts."""

import pytest

from forensic.artifacts.users import identity_store as module
from forensic.artifacts.users.identity_store import DEVICE_IDENTITY, DeviceIdentity, device_identity, identity_store
from forensic.errors import Malformed, NotFound
from forensic.model import FileTime
from tests.artifacts.reading import open_hive, open_real, state
from tests.builders.hive import REG_DWORD, REG_SZ, HiveBuilder

STORE = r"Software\Microsoft\IdentityCRL"
PRODUCTION = rf"{STORE}\DeviceIdentities\production"
USER = "S-1-5-21-1000-2000-3000-1001"
FIRST, LATER, LAST = (FileTime.from_iso(f"202{year}-03-02T09:12:00.0000000Z") for year in (0, 1, 2))


def store(file="Windows/System32/config/DEFAULT"):
    hive = HiveBuilder()
    hive.key(STORE, written=LATER)
    hive.key(rf"{STORE}\Environment", written=FIRST)
    hive.key(rf"{STORE}\Immersive\production", written=LAST)
    hive.key(rf"{STORE}\Immersive", written=LATER)
    return open_hive(hive, file)


@pytest.mark.parametrize(
    ("file", "system"),
    [("Windows/System32/config/DEFAULT", True), ("default", True), ("Users/ann/NTUSER.DAT", False), ("Users/Default/NTUSER.DAT", False)],
)
def test_a_store_is_as_old_as_its_oldest_key_and_the_system_s_is_told_apart(file, system):
    (fact,), failure = state(identity_store, store(file), STORE)
    assert failure is None
    assert (fact.value.system, fact.value.oldest, fact.value.newest, fact.value.keys) == (system, FIRST, LAST, 4)


def test_keys_without_end_are_bounded(monkeypatch):
    monkeypatch.setattr(module, "KEY_LIMIT", 2)
    assert state(identity_store, store(), STORE)[0][0].value.keys == 3


def identities(*accounts):
    hive = HiveBuilder()
    hive.key(PRODUCTION)
    for name, kind, value in accounts:
        hive.value(rf"{PRODUCTION}\{name}", "ValidDeviceId", kind, value)
    return state(device_identity, open_hive(hive), PRODUCTION)


def test_each_account_has_its_identity_and_names_its_machine():
    facts, failure = identities(("S-1-5-18", REG_SZ, "02FCZQQEDDBSAGLP"), (USER, REG_SZ, "02rnqyosbdysacts"), ("Logs", REG_SZ, "x"))
    assert failure is None
    assert [fact.value for fact in facts] == [DeviceIdentity("S-1-5-18", "02fczqqeddbsaglp"), DeviceIdentity(USER, "02rnqyosbdysacts")]
    assert [(one.namespace, one.text, one.standing) for one in DEVICE_IDENTITY.identifiers(facts[1].value)] == [
        ("device-identity", "02rnqyosbdysacts", "current"),
        ("machine-sid", "S-1-5-21-1000-2000-3000", "former"),
    ]
    assert len(list(DEVICE_IDENTITY.identifiers(facts[0].value))) == 1


def test_damage_leaves_the_others_and_no_identity_is_not_found():
    facts, failure = identities(("S-1-5-19", REG_SZ, "short"), ("S-1-5-20", REG_DWORD, 1), ("S-1-5-18", REG_SZ, "02fczqqeddbsaglp"))
    assert ([fact.value.account for fact in facts], type(failure)) == (["S-1-5-18"], Malformed)
    assert isinstance(identities()[1], NotFound)
    assert isinstance(identities((USER + "-x", REG_SZ, "02fczqqeddbsaglp"))[1], Malformed)


@pytest.mark.parametrize(("machine", "day", "count"), [("win10-rathbun", "2022-02-05", 5), ("win10-belkasoft", "2020-08-01", 5)])
def test_real_machines_have_a_store_of_the_day_of_setup(real, machine, day, count):
    hive = open_real(real(f"machines/{machine}/Registry/DEFAULT"))
    (fact,), _ = state(identity_store, hive, STORE)
    assert (fact.value.system, str(fact.value.oldest)[:10]) == (True, day)
    facts, failure = state(device_identity, hive, PRODUCTION)
    assert failure is None
    assert len({fact.value.id for fact in facts}) == count
