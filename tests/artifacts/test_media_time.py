"""When the media was built."""

import pytest

from forensic.artifacts.setup.media_time import DENSE, MediaTime, media_time, policy_revision
from forensic.errors import NotFound
from forensic.model import FileTime
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_DWORD, HiveBuilder

BUILD = FileTime.from_iso("2017-09-29T13:47:03.6344770Z")
DEPLOYED = FileTime.from_iso("2018-03-27T12:11:51.2905080Z")
MINUTE = 60 * 10_000_000
DAY = 1440 * MINUTE
CONTROL, CLASS, SERVICES = r"ControlSet001\Control", r"ControlSet001\Control\Class", r"ControlSet001\Services"


def system(*, deployed=DEPLOYED, current=1):
    hive = HiveBuilder(file_name="SYSTEM", written=DEPLOYED + DAY)
    hive.value("Select", "Current", REG_DWORD, current)
    hive.key("ControlSet001")
    if deployed is not None:
        hive.key(r"Setup\SetupCl", written=deployed)
    return hive


def fill(hive, folder, count, first, step=MINUTE, prefix="k"):
    for number in range(count):
        hive.key(rf"{folder}\{prefix}{number:03}", written=FileTime(first + number * step))


def test_states_the_newest_time_of_the_oldest_dense_cluster():
    hive = system()
    fill(hive, CLASS, 25, BUILD)
    fill(hive, CLASS, 40, DEPLOYED, prefix="deployed")
    facts, failure = state(media_time, open_hive(hive), "")
    assert failure is None
    basis = r"key times below Control, Control\Class"
    assert [fact.value for fact in facts] == [MediaTime(FileTime(BUILD + 24 * MINUTE), 25, 66, basis, BUILD)]
    assert facts[0].place.key == "ControlSet001"


def test_an_image_that_was_built_up_from_media_keeps_the_media_time():
    hive = system(deployed=FileTime(DEPLOYED + 30 * DAY))
    fill(hive, CLASS, 25, BUILD)
    fill(hive, CLASS, 60, DEPLOYED, prefix="master")
    facts, _ = state(media_time, open_hive(hive), "")
    assert facts[0].value.newest == BUILD + 24 * MINUTE


def test_a_few_stray_keys_older_than_the_build_do_not_count():
    hive = system()
    fill(hive, CLASS, DENSE - 1, BUILD - 100 * DAY, prefix="stray")
    fill(hive, CLASS, DENSE, BUILD)
    facts, _ = state(media_time, open_hive(hive), "")
    assert facts[0].value.oldest == BUILD


def test_asks_services_where_the_others_do_not_suffice():
    hive = system()
    fill(hive, CONTROL, 5, BUILD)
    fill(hive, SERVICES, 30, BUILD)
    facts, _ = state(media_time, open_hive(hive), "")
    assert facts[0].value.keys == 35
    assert facts[0].value.basis.endswith("Services")


def test_says_that_nothing_is_older_than_the_deployment():
    hive = system()
    fill(hive, CLASS, 60, DEPLOYED)
    facts, failure = state(media_time, open_hive(hive), "")
    assert not facts
    assert isinstance(failure, NotFound)


def test_says_that_nothing_separates_media_from_installation_without_setupcl():
    hive = system(deployed=None)
    fill(hive, CLASS, 60, BUILD)
    assert isinstance(state(media_time, open_hive(hive), "")[1], NotFound)


def test_says_that_the_control_set_in_use_is_missing():
    assert isinstance(state(media_time, open_hive(system(current=7)), "")[1], NotFound)


def test_keys_spread_over_months_are_no_build():
    hive = system()
    fill(hive, CLASS, 60, BUILD, step=DAY)
    assert isinstance(state(media_time, open_hive(hive), "")[1], NotFound)


def test_states_the_key_time_of_the_policy_revision_with_its_bytes():
    hive = HiveBuilder(file_name="SECURITY")
    hive.value(r"Policy\PolRevision", "", 0, b"\x0b\0\1\0")
    hive.key(r"Policy\PolRevision", written=BUILD)
    facts, _ = state(policy_revision, open_hive(hive), r"Policy\PolRevision")
    assert (facts[0].value.newest, facts[0].value.keys) == (BUILD, 1)
    assert bytes.fromhex(facts[0].raw) == int(BUILD).to_bytes(8, "little")


@pytest.mark.parametrize("revision", [7, 9, 13, 14, 18])
def test_the_policy_revision_of_other_releases_says_nothing_of_the_media(revision):
    hive = HiveBuilder(file_name="SECURITY")
    hive.value(r"Policy\PolRevision", "", 0, bytes([revision, 0, 1, 0]))
    facts, failure = state(policy_revision, open_hive(hive), r"Policy\PolRevision")
    assert (facts, type(failure)) == ([], NotFound)


def test_a_policy_database_without_a_revision_says_nothing_of_the_media():
    hive = HiveBuilder(file_name="SECURITY")
    hive.key(r"Policy\PolRevision")
    facts, failure = state(policy_revision, open_hive(hive), r"Policy\PolRevision")
    assert (facts, type(failure)) == ([], NotFound)
