import pytest

from forensic.artifacts.users.profile_list import ProfileEntry, profile_sid
from forensic.errors import Malformed
from forensic.model import FileTime
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_BINARY, REG_DWORD, REG_EXPAND_SZ, HiveBuilder
from tests.builders.sam import sid_bytes

LIST = r"Microsoft\Windows NT\CurrentVersion\ProfileList"
ANN = "S-1-5-21-1-2-3-1001"
LOADED = FileTime.from_iso("2022-02-08T20:44:05.7503286Z")
UNLOADED = FileTime.from_iso("2022-02-08T21:00:00.0000001Z")


def entry(name, **values):
    hive = HiveBuilder(file_name="SOFTWARE")
    hive.key(rf"{LIST}\{name}")
    for value, data in values.items():
        kind = REG_DWORD if isinstance(data, int) else REG_BINARY if isinstance(data, bytes) else REG_EXPAND_SZ
        hive.value(rf"{LIST}\{name}", value, kind, data)
    return state(profile_sid, open_hive(hive, "SOFTWARE"), rf"{LIST}\{name}")


def halves(name, time):
    return {f"{name}High": time >> 32, f"{name}Low": time & 0xFFFFFFFF}


def test_an_entry_is_stated_with_its_folder_times_and_flags():
    values = {"ProfileImagePath": r"C:\Users\ann", "State": 256, "Sid": sid_bytes(ANN)}
    values |= halves("LocalProfileLoadTime", LOADED) | halves("LocalProfileUnloadTime", UNLOADED)
    (fact,), failure = entry(ANN, **values)
    assert failure is None
    assert fact.kind == "profile-sid"
    assert fact.value == ProfileEntry(ANN, r"C:\Users\ann", LOADED, UNLOADED, 256, backup=False, stored_sid=ANN)
    assert (fact.place.key, fact.place.value) == (rf"{LIST}\{ANN}", None)


def test_older_releases_keep_the_load_time_under_another_name():
    (fact,), _ = entry(ANN, ProfileImagePath=r"%SystemDrive%\Documents and Settings\ann", **halves("ProfileLoadTime", LOADED))
    assert (fact.value.path, fact.value.loaded, fact.value.unloaded) == (r"%SystemDrive%\Documents and Settings\ann", LOADED, None)


@pytest.mark.parametrize("values", [{}, halves("ProfileLoadTime", 0), {"LocalProfileLoadTimeHigh": 1}])
def test_times_that_are_absent_half_absent_or_zero_are_none(values):
    (fact,), failure = entry("S-1-5-18", **values)
    assert failure is None
    assert fact.value == ProfileEntry("S-1-5-18")


def test_an_entry_that_was_set_aside_is_stated_as_a_backup():
    (fact,), failure = entry(f"{ANN}.bak", ProfileImagePath=r"C:\Users\ann")
    assert failure is None
    assert (fact.value.sid, fact.value.backup) == (ANN, True)
    assert fact.place.key.endswith(".bak")


def test_a_stored_sid_that_differs_from_the_name_is_kept_beside_it():
    (fact,), failure = entry(ANN, Sid=sid_bytes("S-1-5-21-7-8-9-1001"))
    assert failure is None
    assert (fact.value.sid, fact.value.stored_sid) == (ANN, "S-1-5-21-7-8-9-1001")


@pytest.mark.parametrize("name", ["ann", "S-1-5-x", "{0e1a5f5c-0000-0000-0000-000000000000}"])
def test_a_name_that_is_no_sid_is_malformed(name):
    facts, failure = entry(name)
    assert facts == []
    assert isinstance(failure, Malformed)


@pytest.mark.parametrize("values", [{"State": "text"}, {"Sid": b"\x01"}, {"ProfileImagePath": 7}, {"LocalProfileLoadTimeLow": "x"}])
def test_a_malformed_part_is_none_and_a_gap_beside_the_fact(values):
    (fact,), failure = entry(ANN, **values)
    assert fact.value == ProfileEntry(ANN)
    assert isinstance(failure, Malformed)
