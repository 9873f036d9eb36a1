"""Keys of a hive by when they were written."""

import random

import pytest

from forensic.registry.key_sample import sample_keys
from forensic.registry.recent_keys import DAYS, HOUR, LEAST, MONTHS, MOST, RecentKeys
from tests.artifacts.reading import open_hive
from tests.builders.hive import DEFAULT_TIME, HiveBuilder

NOW = 1_160_000
"""Hours since 1601, in 2033."""


def written(number, hour):
    """Return a key: a hash that its number gives, and a time in this hour."""
    return hour * HOUR + number % 1000, random.Random(number).randrange(1 << 32), number, b"%d" % number


def chosen(keys, size=1024, batch=100):
    recent = RecentKeys(size)
    for at in range(0, len(keys), batch):
        recent.add(*map(list, zip(*keys[at : at + batch], strict=True)))
    found = recent.chosen()
    assert len(found) <= size
    assert all(key.node == b"%d" % key.offset for key in found)
    return {key.offset: key.time // HOUR for key in found}


def life(first, last, seed, keys=40_000):
    """Return keys that were last written at random hours, as the computer's use goes."""
    source = random.Random(seed)
    active = [hour for hour in range(first, last) if source.random() < 0.2]
    return [written(number, source.choice(active)) for number in range(keys)]


def test_a_small_hive_is_there_whole():
    keys = [written(number, NOW) for number in range(1024)]
    assert len(chosen(keys)) == 1024
    assert len(chosen([*keys, written(1024, NOW)])) == MOST


def test_the_newest_time_has_the_most_keys():
    found = list(chosen(life(NOW - 20_000, NOW, 1)).values())
    newest = sorted(set(found), reverse=True)[:96]
    assert sum(found.count(hour) == LEAST for hour in newest) > 90
    assert 800 < len(found) <= 1024
    assert min(found) < NOW - 15_000


def test_where_there_is_room_a_bin_gives_more():
    keys = [written(number, NOW - number % 7) for number in range(20_000)]
    assert len(chosen(keys)) == 7 * MOST
    assert len(chosen([written(number, NOW - number % 60) for number in range(20_000)])) == 60 * 16


def test_a_hive_that_was_used_longer_has_the_keys_of_the_time_before_in_common():
    """Its hours of then are days or months by now; what both have of that time is the choice of the coarser one."""
    before = life(NOW - 2000, NOW, 2)
    one, other = (
        chosen(before),
        chosen(before + [written(50_000 + n, hour) for n, (_, _, _, _) in enumerate(before[:9000]) for hour in [NOW + n % 900]]),
    )
    old = {number for number, hour in other.items() if hour < NOW}
    assert len(old) > 100
    assert old <= set(one)


@pytest.mark.parametrize("batch", [1, 7, 5000])
def test_the_order_of_the_keys_does_not_matter(batch):
    keys = life(NOW - 30_000, NOW, 3, keys=6000)
    mixed = keys.copy()
    random.Random(4).shuffle(mixed)
    assert chosen(mixed, batch=batch) == chosen(keys)


def test_what_is_held_stays_small_whatever_the_times():
    recent = RecentKeys(1024)
    source = random.Random(5)
    for at in range(0, 60_000, 500):
        keys = [written(number, source.randrange(600_000, NOW)) for number in range(at, at + 500)]
        recent.add(*map(list, zip(*keys, strict=True)))
    assert sum(len(keys) for bins in recent._bins.values() for keys in bins.values()) < 40_000
    assert {length: len(bins) < 1000 for length, bins in recent._bins.items()} == {1: True, DAYS: True, MONTHS: True}
    assert 64 * LEAST <= len(recent.chosen()) <= 1024


def test_keys_without_a_time_are_left_out():
    recent = RecentKeys(16)
    recent.add([0, NOW * HOUR], [1, 2], [10, 20], [b"10", b"20"])
    assert [key.offset for key in recent.chosen()] == [20]
    recent.add([0] * 50, range(50), range(50), [b""] * 50)
    assert [key.offset for key in recent.chosen()] == [20]


def test_the_keys_of_a_hive_have_their_paths():
    built = HiveBuilder()
    for number in range(1500):
        built.key(rf"Old\Key {number}", written=DEFAULT_TIME - 1000 * HOUR)
    built.key(r"New\One", written=DEFAULT_TIME + 5 * HOUR)
    recent = sample_keys(open_hive(built).root, 512, 128).recent
    assert {(r"New\One", DEFAULT_TIME + 5 * HOUR), ("New", DEFAULT_TIME), ("Old", DEFAULT_TIME)} <= {
        (key.path, key.written) for key in recent
    }
    assert sum(key.path.startswith("Old\\") for key in recent) == MOST
    assert recent == tuple(sorted(recent))
    assert sample_keys(open_hive(built).root, 512).recent == ()
