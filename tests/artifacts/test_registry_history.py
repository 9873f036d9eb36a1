import msgspec
import pytest

from forensic.artifacts.logs.registry_history import (
    ALGORITHM,
    KeyTime,
    Overlap,
    RegistryHistory,
    overlap,
    path_hash,
    profile_history,
    sam_history,
    security_history,
    software_history,
    system_history,
)
from forensic.errors import Unsupported
from forensic.model import FileTime, RawDigest, codec
from forensic.model.codec import to_builtins
from tests.artifacts.reading import open_hive, open_real, state
from tests.builders.hive import DEFAULT_TIME, HiveBuilder

DAY = 864_000_000_000
NEVER = FileTime(0)


def day(number):
    return FileTime(DEFAULT_TIME + number * DAY)


def history(*keys, hive="SYSTEM", algorithm=ALGORITHM):
    sample = tuple(KeyTime(path, day(number), 7) for path, number in keys)
    return RegistryHistory(hive, len(sample), None, None, algorithm, 1 << 32, sample)


@pytest.mark.parametrize(
    ("read", "name"),
    [(system_history, "SYSTEM"), (software_history, "SOFTWARE"), (sam_history, "SAM"), (security_history, "SECURITY")],
)
def test_a_hive_is_stated_with_its_count_times_and_sample(read, name):
    built = HiveBuilder(file_name=name)
    built.key(r"One\Two", written=day(3))
    (fact,), failure = state(read, open_hive(built, name), "")
    assert failure is None
    assert (fact.kind, fact.value.hive, fact.value.keys, fact.value.first, fact.value.last) == ("registry-history", name, 3, day(0), day(3))
    assert [(key.path, key.written) for key in fact.value.sample] == [("One", day(0)), (r"One\Two", day(3))]
    assert (fact.place.file, fact.place.key, fact.place.field) == (name, "", "last-written times")
    assert fact.raw == (day(0).to_bytes(8, "little") + day(3).to_bytes(8, "little")).hex()
    assert to_builtins(fact)["value"]["sample"][1]["written"] == str(day(3))


def test_keys_are_chosen_by_their_times_too():
    built = HiveBuilder(file_name="SYSTEM")
    for number in range(3000):
        built.key(f"Key {number}")
    built.key("Fresh", written=day(9))
    (fact,), _ = state(system_history, open_hive(built, "SYSTEM"), "")
    assert fact.value.recent_times[path_hash("Fresh")] == day(9)
    assert len(fact.value.recent_times) == 33  # 32 of the hour in which all others were written
    saved = codec.msgspec.convert(to_builtins(fact.value), RegistryHistory, dec_hook=codec._decode_value)
    assert saved == fact.value
    assert fact.value.times.keys() == fact.value.recent_times.keys() | {path_hash(key.path) for key in fact.value.sample}


def test_of_sam_and_security_all_keys_are_there():
    for read, name in ((sam_history, "SAM"), (security_history, "SECURITY")):
        built = HiveBuilder(file_name=name)
        for number in range(300):
            built.key(rf"Policy\Secrets\S{number}\CurrVal")
        (fact,), _ = state(read, open_hive(built, name), "")
        assert path_hash(r"Policy\Secrets\S299\CurrVal") in fact.value.recent_times
        assert len(fact.value.recent_times) == 602


def test_what_was_written_about_the_fork_brackets_it():
    """Keys by name alone would hardly be among those few of the hour in which two copies parted."""
    machines = []
    for own in (1, 2):
        built = HiveBuilder(file_name="SYSTEM")
        for number in range(4000):
            built.key(rf"Old\Key {number}")
        built.key(r"Old\Last common", written=day(5))
        built.key(r"Old\Last common too", written=day(5) - 7)
        built.key(r"Old\Goes on", written=day(5 + own))
        (fact,), _ = state(system_history, open_hive(built, "SYSTEM"), "")
        machines.append(fact.value)
    shared = overlap(*machines, NEVER)
    assert (shared.after, shared.before) == (day(5), day(7))
    assert shared == overlap(*reversed(machines), NEVER)


def test_a_report_of_before_has_no_keys_by_time_and_is_compared_by_the_others():
    old, new = history(("A", 1), ("B", 2)), history(("A", 1), ("B", 3))
    assert old.recent_packed == b""
    assert overlap(old, msgspec.structs.replace(new, recent_packed=path_hash("B") + day(3).to_bytes(8, "little")), NEVER).paths == 2
    assert msgspec.structs.replace(new, recent_packed=b"rest").times == new.times


def test_a_profile_gives_a_smaller_sample():
    built = HiveBuilder(file_name="NTUSER.DAT")
    for number in range(1000):
        built.key(f"Key {number}")
    (fact,), _ = state(profile_history, open_hive(built), "")
    assert (fact.value.keys, fact.value.complete_below < 1 << 32) == (1001, True)
    assert 100 < len(fact.value.sample) <= 128
    assert isinstance(fact.raw, RawDigest)


def test_a_hive_that_cannot_be_counted_is_a_gap():
    facts, failure = state(system_history, open_hive(HiveBuilder(version=(1, 1))), "")
    assert facts == []
    assert isinstance(failure, Unsupported)


def test_the_times_of_two_copies_bracket_their_separation():
    one = history(("Old", 1), ("Shared", 5), ("Mine", 9), ("Both", 8), ("Only here", 2))
    other = history(("Old", 1), ("Shared", 5), ("Mine", 3), ("Both", 12))
    assert overlap(one, other, day(1)) == overlap(other, one, day(1)) == Overlap(4, 2, 1, day(5), day(9))


def test_hives_that_share_nothing_bracket_nothing():
    assert overlap(history(("A", 1)), history(("B", 1)), NEVER) == Overlap(0, 0, 0, None, None)
    assert overlap(history(("A", 1)), history(("A", 2)), NEVER) == Overlap(1, 0, 0, None, day(2))


def test_a_hive_is_its_own_copy():
    one = history(("A", 1), ("B", 2))
    assert overlap(one, one, NEVER) == Overlap(2, 2, 2, day(2), None)


def test_unlike_hives_and_unlike_algorithms_are_not_compared():
    assert overlap(history(("A", 1)), history(("A", 1), hive="SOFTWARE"), NEVER) is None
    assert overlap(history(("A", 1)), history(("A", 1), algorithm=2), NEVER) is None


def test_samples_of_unrelated_real_machines_share_only_what_came_with_the_media(real):
    histories = {}
    for name in ("SYSTEM_2", "SYSTEM_B", "SYSTEM_WIN_10_1709"):
        (fact,), _ = state(system_history, open_real(real(f"hives/regipy/{name}")), "")
        histories[name] = fact.value
    assert {name: history.keys for name, history in histories.items()} == PINNED
    media = FileTime.from_iso("2017-09-30T00:00:00Z")
    for one, other in (("SYSTEM_2", "SYSTEM_B"), ("SYSTEM_B", "SYSTEM_WIN_10_1709"), ("SYSTEM_2", "SYSTEM_WIN_10_1709")):
        shared = overlap(histories[one], histories[other], media)
        assert shared.paths > 20
        assert shared.equal_since == 0


PINNED = {"SYSTEM_2": 20015, "SYSTEM_B": 33123, "SYSTEM_WIN_10_1709": 43211}


def test_earlier_and_later_copy_of_one_real_profile_share_their_times(real):
    one, other = (
        state(profile_history, open_real(real(f"hives/regipy/{name}")), "")[0][0].value for name in ("NTUSER.DAT", "NTUSER_modified.DAT")
    )
    shared = overlap(one, other, FileTime.from_iso("2009-07-15T00:00:00Z"))
    assert (shared.paths, shared.equal, shared.equal_since > 130) == (174, 174, True)
