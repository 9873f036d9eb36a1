"""The replay of transaction logs, on written logs and on what Windows itself recovered."""

import io
import itertools
import struct

import pytest

from forensic.errors import Malformed, Unreadable
from forensic.model import FileTime
from forensic.registry.base_block import BaseBlock
from forensic.registry.dirty_vector import read_dirty_pages
from forensic.registry.hive import Hive
from forensic.registry.log_entry import LogEntry, marvin32
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


@pytest.mark.parametrize("at", [0, 4, 8, 12, 13, 16, 20, 32, 39])
def test_a_damaged_header_between_entries_is_told_whatever_number_it_gives(at):
    entries = steps(BUILT, 0, 10, 4)
    damaged = bytearray(entries[1])
    damaged[at] ^= 1
    hive = opened(PRIMARY, new_log(BUILT[0], 10, [entries[0], bytes(damaged), *entries[2:]]))
    assert values(hive) == ["new", "old", "old", "old", "old"]
    (problem,) = hive.coded_problems
    assert problem.code == "log-not-applied"
    assert f"the entry at offset {512 + len(entries[0]):#x} and all behind it are not applied" in problem.what


@pytest.mark.parametrize("at", [0, 12, 33])
def test_a_damaged_first_entry_is_told_and_one_of_an_old_log_is_not(at):
    entries = steps(BUILT, 0, 10, 2)
    damaged = bytearray(entries[0])
    damaged[at] ^= 1
    log = new_log(BUILT[0], 10, [bytes(damaged), entries[1]])
    hive = opened(PRIMARY, log)
    assert values(hive) == ["old"] * 5
    assert "the entry at offset 0x200 and all behind it are not applied" in hive.problems[0]
    hive = opened(dirty(BUILT[2], primary=13, secondary=12), log, LOG_2)
    assert (hive.recovered, values(hive), hive.problems) == ("logs", ["new"] * 4 + ["old"], [])


def test_old_entries_behind_the_last_one_are_left_out():
    for remnant in (steps(BUILT, 2, 3, 1)[0], b"HvLE", b"remnant." * 64, bytes(512) + steps(BUILT, 2, 3, 1)[0]):
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


def log_head(kind=6, sequence=10, **numbers) -> BaseBlock:
    fields = dict(zip(BaseBlock._fields, [b"regf", sequence, sequence, FileTime(1), 1, 5, kind, 1, 32, 8192, 1, "", True], strict=True))
    return BaseBlock(**fields | numbers)


def one_entry(size=4608, bins=8192, count=1, references=((0, 4096),), sequence=10) -> tuple[LogEntry, bytes, bytes]:
    """Return an entry whose hashes are right, its header and what follows it."""
    body = b"".join(struct.pack("<II", *reference) for reference in references)
    body = body + bytes(at % 251 for at in range(max(0, size - 40 - len(body))))
    head = struct.pack("<4sIIIIIQ", b"HvLE", size, 0, sequence, bins, count, marvin32(body))
    head += struct.pack("<Q", marvin32(head))
    return LogEntry.parse(head), head, body


class TestLogEntry:
    def test_each_field_is_read_from_its_place(self):
        head = struct.pack("<4sIIIIIQQ", b"HvLE", 1, 2, 3, 4, 5, 6, 7)
        assert LogEntry.parse(head) == LogEntry.parse(head + b"more") == (b"HvLE", 1, 2, 3, 4, 5, 6, 7)
        assert LogEntry.parse(head[:39]) is LogEntry.parse(b"HvLF" + head[4:]) is LogEntry.parse(b"") is None

    @pytest.mark.parametrize(
        ("parts", "fault"),
        [
            ({}, None), ({"bins": 8192 + 4096}, "sizes"), ({"bins": 4096 + 512}, "sizes"), ({"bins": 4096}, None),
            ({"size": 4608 + 8}, "sizes"),
            ({"size": 512, "count": 59, "references": [(0, 0)] * 59}, None), ({"size": 512, "count": 60, "references": ()}, "sizes"),
        ],
    )  # fmt: skip
    def test_a_header_is_sound_to_the_edge_of_what_is_possible(self, parts, fault):
        entry, head, _ = one_entry(**parts)
        found = entry.header_fault(head, 8192)
        assert found is fault is None or fault in found
        assert "hash of its header" in entry.header_fault(head[:4] + b"\1" + head[5:], 8192)

    @pytest.mark.parametrize(
        ("references", "fault"),
        [
            ([(0, 4096)], None), ([(4096, 4096)], None), ([(4608, 4096)], "outside"), ([(256, 4096)], "outside"), ([(0, 256)], "outside"),
            ([(0, 512), (512, 3584)], None), ([(0, 512), (512, 4096)], "outside"), ([(0, 4096), (0, 0)], None), ([(0, 4608)], "outside"),
        ],
    )  # fmt: skip
    def test_pages_lie_in_the_hive_and_in_the_entry(self, references, fault):
        entry, _, body = one_entry(references=references, count=len(references))
        found = entry.body_fault(body)
        assert found is fault is None or fault in found
        if fault is None:
            at, expected = 8 * len(references), []
            for start, size in references:
                expected.append((start, body[at : at + size]))
                at += size
            assert list(entry.pages(body)) == expected

    def test_the_last_page_may_end_with_the_entry(self):
        entry, _, body = one_entry(size=40 + 8 + 4096 + 512 - 48, references=[(0, 4096)])
        assert entry.body_fault(body) is None
        entry, _, body = one_entry(size=40 + 8 + 464, references=[(0, 512)])
        assert "outside" in entry.body_fault(body)
        short, _, body = one_entry(size=40 + 8 + 512, references=[(0, 512)])
        assert short.body_fault(body) is None
        assert "cut short" in short.body_fault(body[:-1])
        assert "hash of its pages" in short.body_fault(body[:-1] + b"\1")

    @pytest.mark.parametrize("size", [4, 65528, 65532, 65536, 65540, 131_072, 131_080])
    def test_the_hash_of_much_is_that_of_all_of_it(self, size):
        data = bytes(at * 7 & 0xFF for at in range(size))
        assert marvin32(data) == obvious_marvin32(data)


class TestDirtyVector:
    """A log of a hive with two blocks: 16 sectors, two bytes of bitmap."""

    def log(self, bits=b"\x01\x80", sector=512, tail=b"", signature=b"DIRT"):
        head = bytes(sector) + (signature + bits).ljust(sector, b"\0")
        count = sum(byte.bit_count() for byte in bits)
        return head + b"".join(bytes([number + 1]) * 512 for number in range(count)) + tail

    def read(self, log, largest=8192, limit=1 << 20, **numbers):
        return read_dirty_pages(Bytes(log), log_head(1, **numbers), largest_hive=largest, limit=limit)

    def test_each_bit_stands_for_a_sector_of_the_hive_in_order(self):
        assert self.read(self.log()) == {8: b"\1" * 512, 23: b"\2" * 512}
        assert self.read(self.log(b"\x06\x00")) == {9: b"\1" * 512, 10: b"\2" * 512}
        assert self.read(self.log(b"\x00\x03")) == {16: b"\1" * 512, 17: b"\2" * 512}
        assert self.read(self.log(b"\0\0")) == {}

    @pytest.mark.parametrize(("factor", "sector"), [(0, 512), (1, 512), (2, 1024), (8, 4096)])
    def test_a_sector_of_the_log_is_that_of_the_disk(self, factor, sector):
        assert self.read(self.log(sector=sector), clustering_factor=factor) == {8: b"\1" * 512, 23: b"\2" * 512}

    def test_a_bitmap_may_end_with_its_sector_or_go_on_in_the_next(self):
        for blocks in (508, 509):
            bits = bytes(blocks - 1) + b"\1"
            vector = (b"DIRT" + bits).ljust(-(-(blocks + 4) // 512) * 512, b"\0")
            log = bytes(512) + vector + b"p" * 512
            found = self.read(log, largest=1 << 30, hive_bins_data_size=blocks * BLOCK)
            assert found == {8 + 8 * (blocks - 1): b"p" * 512}

    def test_impossible_sizes_are_malformed(self):
        assert self.read(self.log(), largest=8192)
        for numbers in ({"largest": 8191}, {"hive_bins_data_size": 8192 + 512}, {"clustering_factor": 9}):
            with pytest.raises(Malformed, match="sizes in its base block at offset 0x28"):
                self.read(self.log(), **numbers)

    def test_a_missing_or_short_bitmap_is_malformed(self):
        for log in (self.log(signature=b"DIRX"), self.log()[: 512 + 5], b""):
            with pytest.raises(Malformed, match="bitmap of pages at offset 0x200"):
                self.read(log)

    def test_missing_pages_are_malformed(self):
        with pytest.raises(Malformed, match="pages at offset 0x600: needs 512 bytes, has 511"):
            self.read(self.log()[:-1])
        with pytest.raises(Malformed, match="pages at offset 0x400: needs 1024 bytes, has 1000"):
            self.read(self.log(b"\x03\0")[:-24])

    def test_no_more_than_the_limit_is_read(self):
        assert len(self.read(self.log(), limit=0x600)) == 2
        with pytest.raises(Malformed, match="more than 1535 bytes of pages, at offset 0x600") as caught:
            self.read(self.log(), limit=0x5FF)
        assert caught.value.code == "too-much"

    def test_a_hive_bin_lies_where_it_says(self):
        for start, number in ((0, 0), (4096, 8)):
            bits = (1 << number).to_bytes(2, "little")
            log = self.log(bits)[:1024] + (b"hbin" + struct.pack("<I", start)).ljust(512, b"\0")
            assert len(self.read(log)) == 1
            with pytest.raises(Malformed, match="a hive bin in the wrong place, at offset 0x600"):
                self.read(log[:1028] + struct.pack("<I", start + 512) + log[1032:])


def test_entries_go_on_from_the_highest_number_to_zero():
    first, second = 0xFFFFFFFF, 0
    log = new_log(BUILT[0], first, [steps(BUILT, 0, first, 1)[0], steps(BUILT, 1, second, 1)[0]])
    hive = opened(dirty(BUILT[0], primary=1, secondary=first), log)
    assert values(hive) == ["new", "new", "old", "old", "old"]


def test_a_log_that_begins_with_the_number_of_the_hive_fits_and_one_below_does_not():
    for sequence, fits in ((10, True), (11, True), (9, False)):
        hive = opened(PRIMARY, new_log(BUILT[0], sequence, steps(BUILT, 0, sequence, 1)))
        assert (hive.recovered == "logs") is fits


def test_a_log_may_make_the_hive_grow_by_no_more_than_the_log_has():
    primary = dirty(BUILT[0], primary=11, secondary=10)
    size = len(primary) - BLOCK
    for more, applied in ((BLOCK, True), (2 * BLOCK, False)):
        log = new_log(BUILT[0], 10, [entry(BUILT[0] + bytes(more), [0], 10)])
        assert BLOCK <= len(log) < 2 * BLOCK
        hive = opened(primary, log)
        assert (hive.recovered == "logs") is applied
        assert hive.cells.bins_size == size + (more if applied else 0)


def test_a_hive_cut_short_may_be_as_large_as_it_says():
    whole = dirty(BUILT[0], primary=11, secondary=10)
    hive = opened(whole[: 3 * BLOCK], LOG_1)
    assert (hive.recovered, hive.cells.bins_size) == ("logs", len(whole) - BLOCK)
    broken = bytearray(whole[: 3 * BLOCK])
    broken[508] ^= 1  # what it says is not believed now
    assert opened(bytes(broken), new_log(BUILT[0], 10, steps(BUILT, 0, 10, 1))).cells.bins_size == len(whole) - BLOCK


def test_the_newest_log_stands_in_for_a_damaged_base_block_and_the_other_is_left_out():
    broken = bytes(512) + PRIMARY[512:]
    older, newer = new_log(BUILT[0], 10, steps(BUILT, 0, 10, 1)), new_log(BUILT[0], 30, steps(BUILT, 1, 30, 1))
    for logs in ((older, newer), (newer, older)):
        hive = opened(broken, *logs)
        assert values(hive) == ["old", "new", "old", "old", "old"]


def test_a_log_without_a_word_is_told_by_its_number():
    hive = opened(PRIMARY, b"", b"nonsense" * 100, LOG_1)
    assert hive.problems == ["transaction log 2 of 3 is not applied: base block lacks the signature 'regf' at offset 0x0"]
    hive = opened(PRIMARY, bytes(600), b"short")
    assert "transaction log 2 of 2 is not applied: base block at offset 0x0: needs 512 bytes, has 5" in hive.problems


@pytest.mark.parametrize("kind", [0, 3, 5, 7])
def test_a_log_of_an_unknown_type_is_not_applied(kind):
    hive = opened(PRIMARY, old_log(BUILT[0], BUILT[4], 11, kind=kind), LOG_1[:28] + bytes([kind]) + LOG_1[29:])
    assert hive.recovered == "none"


def test_of_two_old_logs_the_newer_one_is_applied():
    for logs in (
        (old_log(BUILT[0], BUILT[2], 11), old_log(BUILT[0], BUILT[4], 12)),
        (old_log(BUILT[0], BUILT[4], 12), old_log(BUILT[0], BUILT[2], 11)),
    ):
        assert values(opened(PRIMARY, *logs)) == ["new"] * 4 + ["old"]


def test_an_old_log_fits_by_the_time_of_the_first_hive_bin_where_the_base_block_is_lost():
    data = bytearray(bytes(512) + PRIMARY[512:])
    struct.pack_into("<Q", data, BLOCK + 20, OLDER)
    assert opened(bytes(data), old_log(BUILT[0], BUILT[4], 11, written=OLDER)).recovered == "logs"
    with pytest.raises(Malformed):
        opened(bytes(data), old_log(BUILT[0], BUILT[4], 11))


def test_an_old_log_fits_by_the_time_of_a_base_block_whose_checksum_is_wrong():
    data = bytearray(PRIMARY)
    data[508] ^= 1
    struct.pack_into("<Q", data, BLOCK + 20, OLDER)
    assert opened(bytes(data), old_log(BUILT[0], BUILT[4], 11)).recovered == "logs"
    assert opened(bytes(data), old_log(BUILT[0], BUILT[4], 11, written=OLDER)).recovered == "logs"
    assert opened(bytes(data), old_log(BUILT[0], BUILT[4], 11, written=FileTime(7))).recovered == "none"
