"""Identifiers of Storage Spaces."""

import pytest

from forensic.artifacts.setup.setup_progress import setup_timer
from forensic.artifacts.storage.storage_space import STORAGE_SPACE_ID, StorageSpaceId, storage_space_id
from forensic.errors import Malformed, NotFound
from forensic.model import FileTime
from tests.artifacts.reading import key_hive, open_real, state
from tests.builders.hive import REG_DWORD, REG_SZ

PATH = r"ControlSet001\Services\spaceport\Parameters"
CONTROL, PRIMORDIAL = "5c31089d-31c0-11e8-9b10-806e6f6e6963", "5c31089c-31c0-11e8-9b10-806e6f6e6963"
RANDOM = "5f3f359e-9d52-4566-9bec-37efdfb25abe"


def stated(*values):
    return state(storage_space_id, key_hive(PATH, values), PATH)


def test_both_identifiers_are_stated_with_their_own_time():
    facts, failure = stated(("ControlId", REG_SZ, f"{{{CONTROL.upper()}}}"), ("PrimordialId", REG_SZ, f"{{{PRIMORDIAL}}}"))
    assert failure is None
    made = FileTime.from_iso("2018-03-27T13:11:28.4999325Z")
    assert [fact.value for fact in facts] == [
        StorageSpaceId("ControlId", CONTROL, made),
        StorageSpaceId("PrimordialId", PRIMORDIAL, FileTime(made - 1)),
    ]
    assert [one.text for one in STORAGE_SPACE_ID.identifiers(facts[0].value)] == [CONTROL]


@pytest.mark.parametrize("guid", [RANDOM, "00000000-31c0-1000-9b10-806e6f6e6963", "ffffffff-31c0-1fff-9b10-806e6f6e6963"])
def test_a_guid_without_a_plausible_time_has_none(guid):
    assert [fact.value for fact in stated(("ControlId", REG_SZ, f"{{{guid}}}"))[0]] == [StorageSpaceId("ControlId", guid)]


@pytest.mark.parametrize(
    "values", [[], [("HwTimeout", REG_DWORD, 6000)], [("ControlId", REG_SZ, "{00000000-0000-0000-0000-000000000000}")]]
)
def test_what_is_not_there_is_not_found(values):
    facts, failure = stated(*values)
    assert (facts, type(failure)) == ([], NotFound)


def test_a_damaged_one_leaves_the_other():
    facts, failure = stated(("ControlId", REG_SZ, "junk"), ("PrimordialId", REG_SZ, f"{{{PRIMORDIAL}}}"))
    assert [fact.value.id for fact in facts] == [PRIMORDIAL]
    assert isinstance(failure, Malformed)


@pytest.mark.parametrize(("hive", "day"), [("SYSTEM_2", "2015-12-12"), ("SYSTEM_B", "2018-03-27"), ("SYSTEM_WIN_10_1709", "2017-07-12")])
def test_real_installations_made_theirs_when_they_were_set_up(real, hive, day):
    opened = open_real(real(f"hives/regipy/{hive}"))
    facts, failure = state(storage_space_id, opened, PATH)
    assert failure is None
    assert {str(fact.value.made)[:10] for fact in facts} == {day}
    assert {fact.value.id.node for fact in facts} == {"80:6e:6f:6e:69:63"}
    if hive != "SYSTEM_WIN_10_1709":  # whose upgrade rewrote the timers
        timers = [state(setup_timer, opened, rf"Setup\Timers\{child.name}")[0] for child in opened.key(r"Setup\Timers").keys()]
        first = min(fact.value.start for facts in timers for fact in facts if fact.value.start)
        assert abs(first - max(fact.value.made for fact in facts_of(opened))) < 24 * 3600 * 10_000_000


def facts_of(opened):
    return state(storage_space_id, opened, PATH)[0]
