"""The replay of transaction logs, on written logs and on what Windows itself recovered."""

import io
import itertools
import struct

import pytest

from forensic.errors import Unreadable
from forensic.model import FileTime
from forensic.registry.hive import Hive
from forensic.registry.log_entry import marvin32
from tests.builders.hive import BLOCK, REG_BINARY, REG_SZ, HiveBuilder, checksum
from tests.builders.source import Bytes
from tests.builders.transaction_log import changed_blocks, dirty, entry, new_log, old_log
from tests.builders.transaction_log import marvin32 as obvious_marvin32

OLDER = FileTime(131_000_000_000_000_000)


def states(count: int) -> list[bytes]:
    """Return the same hive after 0, 1, … changes; each change is in another block."""
    h = HiveBuilder()
    built = []
    for step in range(count):
        for number in range(count):
            h.value(f"k{number}", "v", REG_SZ, "new" if number < step else "old")
            h.value(f"k{number}", "filler", REG_BINARY, bytes([number]) * 5000)
        built.append(h.build())
    return built


def values(hive: Hive) -> list[str]:
    return [key.value("v").text() for key in hive.root.keys()]


def steps(built: list[bytes], first: int, sequence: int, count: int) -> list[bytes]:
    return [entry(built[at + 1], changed_blocks(built[at], built[at + 1]), sequence + at - first) for at in range(first, first + count)]


def opened(data: bytes, *logs: bytes) -> Hive:
    return Hive(Bytes(data), logs=[Bytes(log) for log in logs])


BUILT = states(5)
PRIMARY = dirty(BUILT[0], primary=11, secondary=10)
LOG_1 = new_log(BUILT[0], 10, steps(BUILT, 0, 10, 2))
LOG_2 = new_log(BUILT[2], 12, steps(BUILT, 2, 12, 2))


def test_the_two_hashes_agree_on_any_length():
    for size in range(0, 64, 4):
        assert marvin32(bytes(range(size))) == obvious_marvin32(bytes(range(size)))


def test_a_clean_hive_does_not_look_at_its_logs():
    class Untouched:
        size = 1 << 20

        def read_at(self, _offset, _size):
            raise AssertionError("a clean hive's logs are stale")

    hive = Hive(Bytes(BUILT[0]), logs=[Untouched()])
    assert (hive.dirty, hive.recovered, hive.problems) == (False, "none", [])


def test_a_dirty_hive_without_logs_is_read_as_it_is_and_said_so():
    for logs in ((), (b"",), (bytes(4096), b"")):
        hive = opened(PRIMARY, *logs)
        assert (hive.dirty, hive.recovered, values(hive)) == (True, "none", ["old"] * 5)
        assert "sequence numbers 11 and 10" in hive.problems[0]


@pytest.mark.parametrize("logs", list(itertools.permutations([LOG_1, LOG_2, b""])))
def test_both_logs_are_applied_in_the_order_of_their_entries(logs):
    hive = opened(PRIMARY, *logs)
    assert (hive.dirty, hive.recovered, hive.problems) == (True, "logs", [])
    assert values(hive) == ["new"] * 4 + ["old"]


def test_recovered_is_only_what_differs_from_the_file():
    hive = opened(PRIMARY, LOG_1, LOG_2)
    assert [key.value("v").state for key in hive.root.keys()] == ["recovered"] * 4 + ["stored"]
    assert {key.value("filler").state for key in hive.root.keys()} == {"stored"}
    assert {key.state for key in hive.root.keys()} == {"stored"}
    assert {key.written_span.state for key in hive.root.keys()} == {"stored"}


def test_a_log_that_does_not_continue_the_other_is_left_out():
    gap = new_log(BUILT[3], 20, steps(BUILT, 2, 20, 2))
    hive = opened(PRIMARY, gap, LOG_1)
    assert values(hive) == ["new", "new", "old", "old", "old"]
    assert "do not continue" in hive.problems[0]


def test_a_stale_log_is_left_out():
    hive = opened(dirty(BUILT[0], primary=31, secondary=30), LOG_1)
    assert (hive.recovered, values(hive)) == ("none", ["old"] * 5)
    assert "older than the hive" in hive.problems[0]


def test_a_stale_log_beside_one_that_fits_is_no_problem():
    hive = opened(dirty(BUILT[2], primary=13, secondary=12), LOG_1, LOG_2)
    assert (hive.recovered, values(hive), hive.problems) == ("logs", ["new"] * 4 + ["old"], [])
    hive = opened(PRIMARY, old_log(BUILT[0], BUILT[4], 11), old_log(BUILT[0], BUILT[1], 9, written=OLDER))
    assert (hive.recovered, values(hive), hive.problems) == ("logs", ["new"] * 4 + ["old"], [])


def test_a_log_that_begins_before_the_end_of_the_other_is_an_old_one_and_no_problem():
    overlapping = new_log(BUILT[1], 11, steps(BUILT, 1, 11, 3))
    hive = opened(PRIMARY, LOG_1, overlapping)
    assert (values(hive), hive.problems) == (["new", "new", "old", "old", "old"], [])


def test_a_log_without_entries_leaves_the_other_alone():
    hive = opened(PRIMARY, new_log(BUILT[0], 9, []), LOG_1)
    assert (values(hive), hive.problems) == (["new", "new", "old", "old", "old"], [])


def test_a_log_whose_first_entry_is_not_the_one_that_its_base_block_names_is_left_out():
    hive = opened(PRIMARY, new_log(BUILT[0], 9, steps(BUILT, 0, 10, 2)))
    assert (hive.recovered, values(hive)) == ("none", ["old"] * 5)
    assert "transaction log 1 of 1 is not applied: its entries are older" in hive.problems[0]


def test_old_entries_behind_the_last_one_are_left_out():
    for remnant in (steps(BUILT, 2, 3, 1)[0], b"HvLE" + b"remnant." * 64, b"HvLE", b"remnant." * 64):
        hive = opened(PRIMARY, LOG_1 + remnant)
        assert (values(hive), hive.problems) == (["new", "new", "old", "old", "old"], [])


@pytest.mark.parametrize("wrong", [{"hash_1": 1}, {"hash_2": 1}])
def test_the_first_entry_with_a_wrong_hash_ends_the_replay(wrong):
    good, _, last = steps(BUILT, 0, 10, 3)
    bad = entry(BUILT[2], changed_blocks(BUILT[1], BUILT[2]), 11, **wrong)
    hive = opened(PRIMARY, new_log(BUILT[0], 10, [good, bad, last]))
    assert values(hive) == ["new", "old", "old", "old", "old"]
    assert "hash" in hive.problems[0]


@pytest.mark.parametrize("missing", [600, 601])
def test_a_log_cut_within_an_entry_is_applied_up_to_it(missing):
    hive = opened(PRIMARY, LOG_1[:-missing])
    assert values(hive) == ["new", "old", "old", "old", "old"]
    assert "cut short" in hive.problems[0]


def test_a_log_with_a_bad_sector_is_applied_up_to_it():
    class Broken(Bytes):
        def read_at(self, offset, size):
            if offset + size > len(LOG_1) - 600:
                raise Unreadable("bad sector")
            return super().read_at(offset, size)

    hive = Hive(Bytes(PRIMARY), logs=[Broken(LOG_1)])
    assert values(hive) == ["new", "old", "old", "old", "old"]
    assert "applied only in part" in hive.problems[0]
    assert "bad sector" in hive.problems[0]


def test_no_more_of_a_log_is_read_than_windows_writes(monkeypatch):
    first = len(steps(BUILT, 0, 10, 1)[0])
    monkeypatch.setattr("forensic.registry.transaction_log.LOG_LIMIT", 512 + first)
    hive = opened(PRIMARY, LOG_1)
    assert values(hive) == ["new", "old", "old", "old", "old"]
    assert "sizes are impossible" in hive.problems[0]
    monkeypatch.setattr("forensic.registry.transaction_log.LOG_LIMIT", 1024)
    hive = opened(PRIMARY, old_log(BUILT[0], BUILT[4], 11))
    assert hive.recovered == "none"
    assert "more than 1024 bytes" in hive.problems[0]


@pytest.mark.parametrize(("size", "bins", "count"), [(100, None, None), (None, 100, None), (None, 1 << 31, None), (None, None, 0xFFFFFFFF)])
def test_impossible_sizes_end_the_replay(size, bins, count):
    good = bytearray(steps(BUILT, 0, 10, 1)[0])
    for at, number in ((4, size), (16, bins), (20, count)):
        if number is not None:
            struct.pack_into("<I", good, at, number)
    struct.pack_into("<Q", good, 32, marvin32(bytes(good[:32])))
    hive = opened(PRIMARY, new_log(BUILT[0], 10, [bytes(good)]))
    assert (hive.recovered, values(hive)) == ("none", ["old"] * 5)
    assert "sizes are impossible" in hive.problems[0]


OUTSIDE = len(BUILT[0]) - BLOCK


@pytest.mark.parametrize(("start", "length"), [(OUTSIDE, BLOCK), (OUTSIDE - 512, BLOCK), (100, 512), (0, 500), (0, 4608)])
def test_a_page_outside_the_hive_or_the_entry_ends_the_replay(start, length):
    body = struct.pack("<II", start, length) + bytes(BLOCK)
    body = body.ljust(4608 - 40, b"\0")
    head = struct.pack("<4sIIIIIQ", b"HvLE", 4608, 0, 10, len(BUILT[0]) - BLOCK, 1, marvin32(body))
    planted = head + struct.pack("<Q", marvin32(head)) + body
    hive = opened(PRIMARY, new_log(BUILT[0], 10, [planted]))
    assert hive.recovered == "none"
    assert "outside the hive" in hive.problems[0]


def test_a_hive_grows_by_its_log():
    h = HiveBuilder()
    h.value("a", "v", REG_SZ, "old")
    before = h.build()
    h.value("b", "v", REG_BINARY, bytes(range(250)) * 80)
    after = h.build()
    assert len(after) > len(before)
    log = new_log(before, 10, [entry(after, changed_blocks(before, after), 10)])
    hive = opened(dirty(before, primary=11, secondary=10), log)
    assert hive.key("b").value("v").raw == bytes(range(250)) * 80
    assert hive.key("b").value("v").state == "recovered"
    assert hive.problems == []


def test_a_damaged_base_block_is_taken_from_the_log_with_the_latest_entries():
    broken = bytes(512) + PRIMARY[512:]
    hive = opened(broken, LOG_1, new_log(BUILT[2], 20, steps(BUILT, 2, 20, 2)))
    assert (hive.dirty, hive.recovered) == (True, "logs")
    assert "base block of the hive is damaged" in " ".join(hive.problems)
    assert values(hive)[2:] == ["new", "new", "old"]


def test_a_base_block_whose_checksum_is_wrong_gives_way_to_that_of_the_log():
    wrong = bytearray(BUILT[0])
    struct.pack_into("<I", wrong, 40, 1 << 30)  # the size of the bins, and the checksum is left as it was
    later = new_log(BUILT[0], 20, steps(BUILT, 0, 20, 2))
    hive = opened(bytes(wrong), later)
    assert (hive.recovered, values(hive)) == ("logs", ["new", "new", "old", "old", "old"])
    assert hive.problems == ["base block of the hive is damaged; its copy in a transaction log stands in for it"]
    assert "stands in" not in " ".join(opened(bytes(wrong)).problems)


def test_a_log_with_a_damaged_base_block_is_left_out():
    hive = opened(PRIMARY, bytes([*LOG_1[:12], 1, *LOG_1[13:]]))
    assert hive.recovered == "none"
    assert "checksum" in hive.problems[0]


def test_pages_that_the_log_holds_whole_need_not_be_readable():
    start = Hive(Bytes(BUILT[1])).key("k0").value("v").start // BLOCK * BLOCK

    class Broken(Bytes):
        def read_at(self, offset, size):
            if offset < start + BLOCK and offset + size > start:
                raise Unreadable("bad sector")
            return super().read_at(offset, size)

    hive = Hive(Broken(PRIMARY), logs=[Bytes(LOG_1)])
    assert hive.key("k0").value("v").state == "recovered"
    assert hive.key("k0").value("v").text() == "new"
    with pytest.raises(Unreadable):
        Hive(Broken(PRIMARY)).key("k0").value("v")


def test_an_unreadable_log_is_a_problem_and_no_failure():
    class Broken:
        size = 4096

        def read_at(self, _offset, _size):
            raise Unreadable("bad sector")

    hive = Hive(Bytes(PRIMARY), logs=[Broken()])
    assert (hive.recovered, values(hive)) == ("none", ["old"] * 5)
    assert "bad sector" in hive.problems[0]


@pytest.mark.parametrize("kind", [1, 2])
def test_a_log_of_the_old_format_is_applied(kind):
    hive = opened(PRIMARY, b"", old_log(BUILT[0], BUILT[4], 11, kind=kind))
    assert (hive.dirty, hive.recovered, hive.problems) == (True, "logs", [])
    assert values(hive) == ["new"] * 4 + ["old"]


def test_an_old_log_of_another_state_is_left_out():
    hive = opened(PRIMARY, old_log(BUILT[0], BUILT[4], 11, written=OLDER))
    assert (hive.recovered, values(hive)) == ("none", ["old"] * 5)
    assert "another state" in hive.problems[0]


def test_an_old_log_that_was_not_completed_is_left_out():
    hive = opened(PRIMARY, old_log(BUILT[0], BUILT[4], 11, secondary=10))
    assert hive.recovered == "none"
    assert "not completed" in hive.problems[0]


def test_an_old_log_cut_short_is_left_out_whole():
    hive = opened(PRIMARY, old_log(BUILT[0], BUILT[4], 11)[:-512])
    assert (hive.recovered, values(hive)) == ("none", ["old"] * 5)


@pytest.mark.parametrize(("offset", "number"), [(40, len(BUILT[0]) - BLOCK + 512), (40, 1 << 30), (44, 16)])
def test_an_old_log_of_impossible_sizes_is_left_out(offset, number):
    log = bytearray(old_log(BUILT[0], BUILT[4], 11))
    struct.pack_into("<I", log, offset, number)
    struct.pack_into("<I", log, 508, checksum(log))
    hive = opened(PRIMARY, bytes(log))
    assert (hive.recovered, values(hive)) == ("none", ["old"] * 5)
    assert "sizes in its base block" in hive.problems[0]


def test_an_old_log_cut_in_its_bitmap_is_left_out():
    hive = opened(PRIMARY, old_log(BUILT[0], BUILT[4], 11)[: 512 + 5])
    assert hive.recovered == "none"
    assert "bitmap of pages" in hive.problems[0]


def test_the_other_old_log_is_used_where_the_newer_one_is_damaged():
    bad = old_log(BUILT[0], BUILT[4], 12).replace(b"DIRT", b"INVL")
    hive = opened(PRIMARY, bad, old_log(BUILT[0], BUILT[3], 11))
    assert values(hive) == ["new"] * 3 + ["old"] * 2


def test_an_old_log_with_a_hive_bin_in_the_wrong_place_is_left_out():
    log = bytearray(old_log(BUILT[0], BUILT[4], 11))
    at = log.index(b"hbin")
    log[at + 4 : at + 8] = b"\0\0\1\0"
    hive = opened(PRIMARY, bytes(log))
    assert hive.recovered == "none"
    assert "wrong place" in hive.problems[0]


def test_an_old_log_serves_a_hive_whose_base_block_is_damaged():
    hive = opened(bytes(512) + PRIMARY[512:], old_log(BUILT[0], BUILT[4], 11))
    assert hive.recovered == "logs"
    assert values(hive) == ["new"] * 4 + ["old"]


def contents(hive: Hive, limit: int = 10_000) -> dict:
    found, waiting = {}, [hive.root]
    while waiting and len(found) < limit:
        key = waiting.pop()
        found[key.path] = (key.written, [(value.name, value.type, value.raw) for value in key.values()])
        waiting.extend(key.keys())
    return found


YARP = "hives/yarp/"


@pytest.mark.parametrize(
    ("name", "recovered"),
    [
        ("NewDirtyHive", "RecoveredHive_Windows10"),
        ("OldDirtyHive", "RecoveredHive_Windows7"),
        ("BadBaseBlockHive", "RecoveredHive_Windows7"),
    ],
)
def test_recovers_what_windows_recovered(real, name, recovered):
    logs = [Bytes(real(f"{YARP}{name}.{end}").read_bytes()) for end in ("LOG1", "LOG2")]
    expected = contents(Hive(Bytes(real(YARP + recovered).read_bytes())))
    for order in (logs, logs[::-1]):
        hive = Hive(Bytes(real(YARP + name).read_bytes()), logs=order)
        assert hive.recovered == "logs"
        assert contents(hive) == expected


def test_a_real_log_without_its_signature_is_left_out(real):
    logs = [Bytes(real(f"{YARP}BadLogHive.{end}").read_bytes()) for end in ("LOG1", "LOG2")]
    hive = Hive(Bytes(real(YARP + "BadLogHive").read_bytes()), logs=logs)
    assert (hive.dirty, hive.recovered) == (True, "none")
    assert "bitmap" in hive.problems[0]


RATHBUN = "machines/win10-rathbun/Registry/"
REAL_NEW = [
    ("hives/regipy/SYSTEM_B", "hives/regipy/SYSTEM_B.LOG1", "hives/regipy/SYSTEM_B.LOG2"),
    ("hives/regipy/UsrClass.dat", "hives/regipy/UsrClass.dat.LOG1", "hives/regipy/UsrClass.dat.LOG2"),
    ("hives/regipy/transactions_NTUSER.DAT", "hives/regipy/transactions_ntuser.dat.log1", "hives/regipy/transactions_ntuser.dat.log2"),
    (RATHBUN + "BBI", RATHBUN + "BBI.LOG1", RATHBUN + "BBI.LOG2"),
    (RATHBUN + "DEFAULT", RATHBUN + "DEFAULT.LOG1", RATHBUN + "DEFAULT.LOG2"),
    (RATHBUN + "UsrClass.dat", RATHBUN + "UsrClass.dat.LOG1", RATHBUN + "UsrClass.dat.LOG2"),
    (RATHBUN + "SECURITY", RATHBUN + "SECURITY.LOG1"),
    (RATHBUN + "NTUSER.DAT", RATHBUN + "ntuser.dat.LOG1", RATHBUN + "ntuser.dat.LOG2"),
]


@pytest.mark.parametrize("names", REAL_NEW[2:5], ids=lambda names: names[0].rpartition("/")[2])
def test_real_replays_give_the_bytes_that_python_registry_gives(real, names):
    from Registry.RegistryLog import RegistryLog

    primary, *logs = (real(name).read_bytes() for name in names)
    recovered, readers = io.BytesIO(primary), []
    for log in logs:
        recovered.seek(0)
        if log[:4] == b"regf":
            readers.append(RegistryLog(recovered, io.BytesIO(log)))
    order = [log for log in readers if log.is_eligible_log()]
    if len(order) == 2 and not order[0].is_starting_log(order[1]):
        order.reverse()
    sequence = order[0].recover_hive()
    for log in order[1:]:
        log.recover_hive_continue(sequence + 1)
    hive = Hive(Bytes(primary), logs=[Bytes(log) for log in logs])
    assert hive.cells.image(1 << 30)[BLOCK:] == recovered.getvalue()[BLOCK : BLOCK + hive.cells.bins_size]


@pytest.mark.parametrize("names", REAL_NEW, ids=lambda names: names[0].rpartition("/")[2])
def test_real_hives_are_whole_after_the_replay(real, names):
    primary, *logs = (Bytes(real(name).read_bytes()) for name in names)
    hive = Hive(primary, logs=logs)
    assert (hive.dirty, hive.recovered) == (True, "logs")
    walked = contents(hive)
    assert len(walked) > 50
    assert hive.problems == []


def test_a_hive_that_is_cut_short_says_so_with_and_without_a_log_that_fits():
    whole, cut = opened(PRIMARY, LOG_1), opened(PRIMARY[: BLOCK * 3], LOG_1)
    assert not any("cut short" in problem for problem in whole.problems)
    assert any("cut short" in problem for problem in cut.problems)
    assert any("cut short" in problem for problem in opened(PRIMARY[: BLOCK * 3]).problems)
