import contextlib
import struct
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic.errors import ForensicError, Unreadable, Unsupported
from forensic.model import FileTime
from forensic.registry import key_sample as module
from forensic.registry.hive import Hive
from forensic.registry.key_sample import sample_keys
from tests.artifacts.reading import open_hive, open_real
from tests.builders.hive import DEFAULT_TIME, REG_BINARY, REG_SZ, HiveBuilder
from tests.builders.source import Bytes
from tests.conftest import real_files

DAY = 864_000_000_000
SMALL = ["hives/regipy/SYSTEM_2", "hives/regipy/SYSTEM_WIN_10_1709", "hives/m57-pat-xp/SYSTEM", "hives/m57-pat-xp/NTUSER.DAT"]
SMALL += [f"hives/servers/win20{name}/security.reg" for name in ("08_32", "08r2_64", "12_64", "16_64", "19_64", "22_64")]


def hive(count, **options):
    built = HiveBuilder(**options)
    for number in range(count):
        built.key(rf"Folder {number % 7}\Key {number}", written=FileTime(DEFAULT_TIME + number * DAY))
    return built


def walk(root):
    waiting, keys = [root], {}
    while waiting:
        key = waiting.pop()
        keys[key.path] = key.written
        waiting.extend(key.keys())
    return keys


def test_a_small_hive_is_counted_and_sampled_whole():
    root = open_hive(hive(20)).root
    taken, keys = sample_keys(root, 512), walk(root)
    assert (taken.keys, taken.first, taken.last) == (28, DEFAULT_TIME, DEFAULT_TIME + 19 * DAY)
    assert taken.complete_below == module.ALL
    assert {key.path: key.written for key in taken.sample} == {path: time for path, time in keys.items() if path}
    assert [key.path for key in taken.sample] == sorted(key.path for key in taken.sample)


@pytest.mark.parametrize("version", [(1, 2), (1, 3), (1, 5)])
def test_the_sample_is_bounded_and_complete_as_far_as_it_says(version):
    root = open_hive(hive(3000, version=version)).root
    taken, whole = sample_keys(root, 100), sample_keys(root, 10_000)
    assert taken.keys == whole.keys == 3008
    assert 90 < len(taken.sample) <= 100
    assert set(taken.sample) == {key for key in whole.sample if key.hash < taken.complete_below}


def test_names_beyond_latin_1_and_long_ones_are_sampled():
    built = HiveBuilder()
    names = ["Ключ", "日本", "n" * 255, "n" * 200 + "ö", "w" * 100 + "ż"]
    for name in names:
        built.key(name)
    assert {key.path for key in sample_keys(open_hive(built).root, 64).sample} == set(names)


def test_names_of_many_keys_are_left_out():
    built = HiveBuilder()
    for number in range(9):
        built.key(rf"Part {number}\Parameters")
        if number:
            built.key(rf"Part {number}\Linkage")
    taken = sample_keys(open_hive(built).root, 512)
    assert taken.keys == 27 - 1 + 1
    names = [key.path.rpartition("\\")[2] for key in taken.sample]
    assert (names.count("Parameters"), names.count("Linkage")) == (0, 8)


def test_common_names_do_not_crowd_out_the_others():
    built = HiveBuilder()
    for number in range(2000):
        built.key(rf"Part {number}\Parameters\Linkage")
    taken = sample_keys(open_hive(built).root, 20)
    assert len(taken.sample) > 10
    assert all(key.path.startswith("Part") and "\\" not in key.path for key in taken.sample)


def test_common_names_without_end_are_forgotten(monkeypatch):
    monkeypatch.setattr(module, "_COMMON_LIMIT", 20)
    built = HiveBuilder()
    for number in range(3000):
        built.key(rf"Part {number // 100}\Name {number % 100}")
    root = open_hive(built).root
    taken, whole = sample_keys(root, 4), sample_keys(root, 512)
    assert taken.complete_below < module.ALL
    assert set(taken.sample) <= set(whole.sample)
    assert all(key.path.startswith("Part") and "\\" not in key.path for key in whole.sample)


def test_a_name_that_becomes_common_late_is_left_out_though_it_was_chosen_before():
    names = sorted((f"Name {number}" for number in range(5000)), key=lambda name: crc32(name.encode()))
    rare, common, others = names[0], names[1], names[100:1100]
    built = HiveBuilder()
    for number in range(8):
        built.key(rf"A {number}\{common}")
    for name in others:
        built.key(rf"Between\{name}")
    built.key(rf"C\{common}")
    for number in range(8):
        built.key(rf"D {number}\{rare}")
    names = {key.path.rpartition("\\")[2] for key in sample_keys(open_hive(built).root, 16).sample}
    assert rare in names
    assert common not in names


def test_remembered_common_names_are_halved(monkeypatch):
    monkeypatch.setattr(module, "_COMMON_LIMIT", 20)
    choice = module._Choice(4)
    choice._common = set(range(100, 200))
    choice._prune()
    assert (choice._limit, choice._common) == (110, set(range(100, 110)))


def test_two_copies_choose_the_same_keys_though_one_has_grown():
    before, after = hive(3000), hive(3000)
    for number in range(3000):
        after.key(rf"Added\Later {number}", written=FileTime(DEFAULT_TIME + 9000 * DAY))
    old, new = (sample_keys(open_hive(built).root, 200) for built in (before, after))
    assert new.complete_below < old.complete_below
    kept = {key for key in old.sample if key.hash < new.complete_below}
    assert kept == {key for key in new.sample if not key.path.startswith("Added")}
    assert len(kept) > 80


def test_a_node_at_every_distance_from_the_edge_of_a_window_is_counted_once(monkeypatch):
    data = hive(300).build()
    whole = sample_keys(open_hive(data).root, 512)
    for window in (1024, 1032, 1160, 4096):
        monkeypatch.setattr(module, "_WINDOW", window)
        monkeypatch.setattr(module, "_READ", 8 * 4096)
        assert sample_keys(open_hive(data).root, 512) == whole


def test_deleted_keys_and_times_that_are_none_do_not_count():
    built = hive(20)
    built.key("Never", written=FileTime(1))
    built.key("Far", written=FileTime((1 << 64) - 1))
    data = bytearray(built.build())
    at = data.index(b"Key 7") - 80
    assert data[at + 4 : at + 6] == b"nk"
    size = struct.unpack_from("<i", data, at)[0]
    struct.pack_into("<i", data, at, -size)  # free
    taken = sample_keys(open_hive(bytes(data)).root, 512)
    assert (taken.keys, taken.first, taken.last) == (29, DEFAULT_TIME, DEFAULT_TIME + 19 * DAY)
    assert not any(key.path.endswith("Key 7") for key in taken.sample)


def test_a_node_that_nothing_leads_to_is_counted_but_not_sampled():
    built = hive(5)
    remnant = struct.pack("<i2sHQ15I2H", -96, b"nk", 0x20, DEFAULT_TIME, 0, 0x20, *[0] * 13, 4, 0) + b"Lost"
    built.value("Folder 0", "Slack", REG_BINARY, remnant)
    taken = sample_keys(open_hive(built).root, 512)
    assert taken.keys == 5 + 5 + 1 + 1
    assert not any("Lost" in key.path for key in taken.sample)


def test_hives_of_windows_nt_3_1_are_unsupported():
    for minor in (0, 1):
        with pytest.raises(Unsupported, match=rf"keys of a hive of version 1\.{minor} are not counted"):
            sample_keys(open_hive(hive(5, version=(1, minor))).root, 512)


class Scratched(Bytes):
    def read_at(self, offset, size):
        if offset <= 8192 < offset + size:
            raise Unreadable("bad sector")
        return super().read_at(offset, size)


def test_a_hive_with_a_bad_sector_is_unreadable_and_not_counted_in_part():
    with pytest.raises(Unreadable):
        sample_keys(Hive(Scratched(hive(200).build())).root, 512)


def test_what_the_logs_of_a_dirty_hive_add_is_counted(real):
    data = Bytes(real("hives/regipy/SYSTEM_B").read_bytes())
    logs = [Bytes(real(f"hives/regipy/SYSTEM_B.{log}").read_bytes()) for log in ("LOG1", "LOG2")]
    before, after = sample_keys(Hive(data).root, 512), Hive(data, logs=logs)
    taken, keys = sample_keys(after.root, 512), walk(after.root)
    assert taken.keys == len(keys) != before.keys
    assert taken.last == max(keys.values()) > before.last


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in SMALL])
def test_real_hives_are_counted_and_sampled_as_the_tree_says(real, name):
    root = open_real(real(name)).root
    taken, keys = sample_keys(root, 512), walk(root)
    assert (taken.keys, taken.first, taken.last) == (len(keys), min(keys.values()), max(keys.values()))
    assert all(keys[key.path] == key.written for key in taken.sample)
    assert len(taken.sample) <= 512


@pytest.mark.parametrize("name", real_files("hives/yarp") or ["hives/yarp"])
def test_strange_hives_end_soundly(real, name):
    try:
        root = open_real(real(name)).root
        taken = sample_keys(root, 64)
    except ForensicError:
        return
    assert len(taken.sample) <= 64


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(4096, 40_000), st.binary(min_size=1, max_size=8)), max_size=40))
def test_no_damage_escapes(changes):
    data = bytearray(DAMAGED)
    for offset, patch in changes:
        data[offset : offset + len(patch)] = patch
    with contextlib.suppress(ForensicError):
        assert len(sample_keys(open_hive(bytes(data)).root, 32).sample) <= 32


FIRST, LAST = 122_756_256_000_000_000, 157_469_184_000_000_000


def test_times_from_1990_to_2100_count_and_no_others():
    assert str(FileTime(FIRST)) == "1990-01-01T00:00:00.0000000Z"
    assert str(FileTime(LAST)) == "2100-01-01T00:00:00.0000000Z"
    for outside in ((FIRST - 1, LAST + 1), (0, (1 << 64) - 1)):
        built = HiveBuilder(written=FileTime(FIRST))
        for number, time in enumerate((FIRST, LAST, *outside)):
            built.key(f"Key {number}", written=FileTime(time))
        taken = sample_keys(open_hive(built).root, 512)
        assert (taken.keys, taken.first, taken.last) == (5, FIRST, LAST)
    never = HiveBuilder(written=FileTime(FIRST - 1))
    taken = sample_keys(open_hive(never).root, 512)
    assert (taken.keys, taken.first, taken.last) == (1, None, None)
    once = sample_keys(open_hive(HiveBuilder(written=FileTime(FIRST))).root, 512)
    assert (once.first, once.last) == (FIRST, FIRST)


def test_the_sample_has_as_many_keys_as_it_may_have():
    built = HiveBuilder()
    for number in range(40):
        built.key(f"Key {number}")
    root = open_hive(built).root
    hashes = sorted(crc32(name.encode()) for name in ["ROOT", *(f"Key {number}" for number in range(40))])
    for size in (1, 7, 39, 40):
        taken = sample_keys(root, size)
        assert taken.complete_below == hashes[size]
        assert sorted(key.hash for key in taken.sample) == [one for one in hashes[:size] if one != crc32(b"ROOT")]
    whole = sample_keys(root, 41)
    assert (len(whole.sample), whole.complete_below) == (40, 1 << 32)


def test_keys_of_one_name_are_sampled_all_or_none():
    built = HiveBuilder()
    for number in range(3):
        built.key(rf"Part {number}\Same")
    root = open_hive(built).root
    same = crc32(b"Same")
    below = sum(crc32(name) < same for name in (b"ROOT", b"Part 0", b"Part 1", b"Part 2"))
    assert sample_keys(root, below + 2).complete_below == same
    assert [key.hash for key in sample_keys(root, below + 3).sample].count(same) == 3


@pytest.mark.parametrize("length", [1, 254, 255, 256, 257, 300, 450])
def test_a_long_name_is_hashed_by_the_length_that_one_byte_tells(length):
    built, name = HiveBuilder(), "n" * length
    built.key(name, written=FileTime(DEFAULT_TIME + DAY))
    (key,) = sample_keys(open_hive(built).root, 512).sample
    assert (key.path, key.hash, key.written) == (name, crc32(name[: length % 256].encode()), DEFAULT_TIME + DAY)


def parents(*stated):
    """Return a hive with as many keys, each below the one before, that name these keys as their parents (None: the right one)."""
    built = HiveBuilder()
    built.key("\\".join(f"k{number}" for number in range(len(stated))))
    data = bytearray(built.build())
    key, keys = open_hive(bytes(data)).root, []
    while (key := next(key.keys(), None)) is not None:
        keys.append(key)
    for key, parent in zip(keys, stated, strict=True):
        if parent is not None:
            struct.pack_into("<I", data, key.start + 16, keys[parent].offset)
    return open_hive(bytes(data)).root


def test_parents_that_go_round_in_a_circle_lead_nowhere():
    assert {key.path for key in sample_keys(parents(None, None, None), 512).sample} == {"k0", r"k0\k1", r"k0\k1\k2"}
    assert sample_keys(parents(2, None, None), 512).sample == ()
    assert sample_keys(parents(0, None, None), 512).sample == ()
    assert {key.path for key in sample_keys(parents(None, 1, None), 512).sample} == {"k0"}


def test_paths_are_followed_as_deep_as_windows_makes_them():
    deep = parents(*[None] * 512)
    taken = sample_keys(deep, 1024)
    assert taken.keys == 513
    assert max(len(key.path.split("\\")) for key in taken.sample) == 512


def test_what_is_too_short_for_a_key_node_does_not_count():
    for size, counted in ((73, 0), (74, 0), (75, 1), (76, 1)):
        built = hive(5)
        built.value("Folder 0", "Planted", REG_BINARY, b"\xff\xffnk" + bytes(size) + b"\xff\xffnk" + bytes(10))
        assert sample_keys(open_hive(built).root, 512).keys == 11 + counted


DAMAGED = hive(300).build()


def test_a_sparse_hive_of_ten_gigabytes_is_not_read_through(tmp_path):
    """Its base block names all that offsets can reach, or is damaged: nothing of the hole is read, and no memory taken for it."""
    import os
    import time

    from forensic import examine
    from forensic.registry.key_sample import SIZE_LIMIT
    from tests.builders.hive import checksum

    builder = HiveBuilder()
    builder.value(r"ControlSet001\Control\ComputerName\ComputerName", "ComputerName", REG_SZ, "PC")
    sound = bytearray(builder.build())
    sound[40:44] = (0xFFFFF000).to_bytes(4, "little")
    sound[508:512] = checksum(sound).to_bytes(4, "little")
    damaged = bytearray(sound)
    damaged[508] ^= 1
    for data in (sound, damaged):
        (tmp_path / "SYSTEM").write_bytes(data)
        os.truncate(tmp_path / "SYSTEM", 10 << 30)
        start = time.perf_counter()
        report = examine(tmp_path, stats=True, strict=True)
        assert time.perf_counter() - start < 5
        assert report.stats["bytes_read"] < SIZE_LIMIT
        assert [one.computer_name for one in report.installations] == ["PC"]
        assert "too-large" in {gap.code for gap in report.installations[0].gaps if gap.artifact == "registry-history"}
