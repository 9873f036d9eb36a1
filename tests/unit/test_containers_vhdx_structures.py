"""The structures of VHDX one by one, each at the edge of what it may hold."""

import struct
from uuid import UUID

import pytest

from forensic.containers import open_image, vhdx_log
from forensic.containers.crc32c import crc32c
from forensic.containers.vhdx_header import Header, is_sound
from forensic.containers.vhdx_log import LogEntry, Replayed, active_sequence
from forensic.containers.vhdx_metadata import DISK_SIZE, FILE_PARAMETERS, PARENT_LOCATOR, SECTOR_SIZE, Metadata
from forensic.containers.vhdx_region import BLOCK_TABLE, METADATA, Region, read_regions
from forensic.errors import ForensicError, Malformed, Unreadable, Unsupported
from tests.builders.source import Bytes
from tests.builders.virtual_disk import (
    BAT_AT,
    LOG_AT,
    METADATA_AT,
    MIB,
    PAYLOAD_AT,
    WRITTEN,
    pattern,
    seal,
    vhdx,
    vhdx_header,
    vhdx_log_entry,
)

GUID = UUID(int=0x1234)
KIB = 1024
CONTENT = pattern(3 * MIB)


def opened(folder, data, name="disk.vhdx"):
    (folder / name).write_bytes(data)
    return open_image(folder / name)


def changed(data, *changes):
    """Return `data` with other bytes at these places."""
    block = bytearray(data)
    for at, new in changes:
        block[at : at + len(new)] = new
    return bytes(block)


def test_the_checksum_is_crc_32c():
    assert (crc32c(b""), crc32c(b"123456789"), crc32c(bytes(32))) == (0, 0xE3069283, 0x8A9136AA)


class TestHeader:
    FIELDS = (1, 7, b"a" * 16, WRITTEN.bytes_le, b"c" * 16, 2, 3, 4, 5)

    def test_each_field_is_read_from_its_place(self):
        data = seal(struct.pack("<4sIQ16s16s16sHHIQ", b"head", *self.FIELDS))
        header = Header.parse(data)
        assert header[2:] == self.FIELDS[1:]
        assert (len(data), str(header.content)) == (80, str(WRITTEN))
        assert Header.parse(seal(data + bytes(4016)))[2:] == self.FIELDS[1:]

    def test_what_is_no_header_is_none(self):
        data = seal(struct.pack("<4sIQ16s16s16sHHIQ", b"head", *self.FIELDS))
        for wrong in (seal(data[:79]), seal(b"heaD" + data[4:]), data[:8] + b"\xff" + data[9:], data[:4] + b"\xff" + data[5:], b""):
            assert Header.parse(wrong) is None
        assert not is_sound(data + b"\0")

    @pytest.mark.parametrize("guid", [bytes(16), b"\1" + bytes(15), bytes(15) + b"\1"])
    def test_a_log_has_a_name(self, guid):
        data = seal(struct.pack("<4sIQ16s16s16sHHIQ", b"head", *self.FIELDS[:4], guid, *self.FIELDS[5:]))
        assert Header.parse(data).has_log == any(guid)

    @pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 1), (9, 10)])
    def test_of_two_sound_headers_the_newer_one_counts(self, tmp_path, first, second):
        headers = [vhdx_header(number, UUID(int=number)) for number in (first, second)]
        image = opened(tmp_path, changed(vhdx(CONTENT), (64 * KIB, headers[0]), (128 * KIB, headers[1])))
        assert str(image.data.data_write_guid) == str(UUID(int=max(first, second)))
        assert image.problems == []

    def test_one_header_is_a_warning_and_none_the_end(self, tmp_path):
        one = changed(vhdx(CONTENT), (64 * KIB, bytes(4096)))
        assert [problem.severity for problem in opened(tmp_path, one).problems] == ["warning"]
        with pytest.raises(Malformed, match="neither of the two VHDX headers is sound at offset 0x10000"):
            opened(tmp_path, changed(one, (128 * KIB, bytes(4096))))

    @pytest.mark.parametrize("version", [0, 2])
    def test_another_version_is_unsupported(self, tmp_path, version):
        header = bytearray(vhdx_header(1)[:4096])
        header[66] = version
        data = changed(vhdx(CONTENT), *((place, seal(bytes(header))) for place in (64 * KIB, 128 * KIB)))
        with pytest.raises(Unsupported, match=f"VHDX version {version}"):
            opened(tmp_path, data)


def region_table(entries, count=None):
    table = struct.pack("<4sIII", b"regi", 0, len(entries) if count is None else count, 0)
    table += b"".join(UUID(guid).bytes_le + struct.pack("<QII", *numbers) for guid, *numbers in entries)
    return seal(table.ljust(64 * KIB, b"\0"))


class TestRegions:
    BOTH = [(BLOCK_TABLE, MIB, 10, 1), (METADATA, 2 * MIB, 20, 1)]
    OTHER = str(UUID(int=77))

    def read(self, first, second=bytes(64 * KIB)):
        return read_regions(Bytes(bytes(192 * KIB) + first + second), "disk")

    def test_both_regions_are_read_from_their_entries_in_any_order(self):
        for entries in (self.BOTH, self.BOTH[::-1], [(self.OTHER, 5, 5, 0), *self.BOTH], [*self.BOTH, (self.OTHER, 5, 5, 2)]):
            assert self.read(region_table(entries)) == (Region(MIB, 10), Region(2 * MIB, 20))

    def test_the_first_sound_copy_counts(self):
        good, other = region_table(self.BOTH), region_table([(guid, 1, 1, 1) for guid, *_ in self.BOTH])
        wanted = (Region(MIB, 10), Region(2 * MIB, 20))
        assert self.read(good, other) == wanted
        for wrong in (changed(good, (20, b"\xff")), seal(b"regx" + good[4:]), region_table(self.BOTH, 2048)):
            assert self.read(wrong, good) == wanted
            with pytest.raises(Malformed, match="region tables is sound at offset 0x30000"):
                self.read(wrong, wrong)
        with pytest.raises(Malformed):
            read_regions(Bytes(bytes(192 * KIB) + good[: 64 * KIB - 1]), "disk")

    def test_as_many_entries_as_fit_are_read(self):
        filler = [(self.OTHER, 0, 0, 0)] * 2045
        assert self.read(region_table([*filler, *self.BOTH])) == (Region(MIB, 10), Region(2 * MIB, 20))

    def test_a_table_without_one_of_them_is_malformed(self):
        for entries in (self.BOTH[:1], self.BOTH[1:], []):
            with pytest.raises(Malformed, match="without block table or metadata at offset 0x30000"):
                self.read(region_table(entries))

    @pytest.mark.parametrize("required", [1, 3])
    def test_an_unknown_region_that_must_be_known_is_unsupported(self, required):
        with pytest.raises(Unsupported, match=self.OTHER):
            self.read(region_table([(self.OTHER, 0, 0, required), *self.BOTH]))


def metadata_table(items, count=None, flags=0):
    entries, values = b"", b""
    for guid, value in items:
        entries += UUID(guid).bytes_le + struct.pack("<IIII", 64 * KIB + len(values), len(value), flags, 0)
        values += value
    head = struct.pack("<8sHH20x", b"metadata", 0, len(items) if count is None else count)
    return (head + entries).ljust(64 * KIB, b"\0") + values


def locator(pairs, count=None):
    entries, text = b"", b""
    for key, value in ((key.encode("utf-16-le"), value.encode("utf-16-le")) for key, value in pairs):
        at = 20 + 12 * len(pairs) + len(text)
        entries += struct.pack("<IIHH", at, at + len(key), len(key), len(value))
        text += key + value
    return bytes(16) + struct.pack("<HH", 0, len(pairs) if count is None else count) + entries + text


class TestMetadata:
    ITEMS = [(FILE_PARAMETERS, struct.pack("<II", MIB, 3)), (DISK_SIZE, struct.pack("<Q", 1 << 40)), (SECTOR_SIZE, struct.pack("<I", 4096))]

    def read(self, data, *, length=MIB, front=100):
        return Metadata.read(Bytes(bytes(front) + data), Region(front, length), "disk")

    def test_each_item_is_read_from_its_place(self):
        pairs = [("relative_path", "base"), ("parent_linkage", "{1}")]
        data = metadata_table([*self.ITEMS, (PARENT_LOCATOR, locator(pairs)), (str(UUID(int=1)), b"x")])
        assert self.read(data) == (MIB, True, 1 << 40, 4096, dict(pairs))

    @pytest.mark.parametrize(("flags", "differencing"), [(0, False), (1, False), (2, True), (4, False), (7, True)])
    def test_only_a_differencing_disk_has_a_parent(self, flags, differencing):
        items = [(FILE_PARAMETERS, struct.pack("<II", MIB, flags)), (PARENT_LOCATOR, locator([("a", "b")]))]
        found = self.read(metadata_table(items))
        assert (found.is_differencing, found.parent) == (differencing, {"a": "b"} if differencing else {})

    def test_items_of_a_user_and_missing_ones_say_nothing(self):
        assert self.read(metadata_table(self.ITEMS, flags=1)) == self.read(metadata_table([])) == (0, False, 0, 0, {})
        assert self.read(metadata_table(self.ITEMS, flags=6)).block_size == MIB

    def test_items_are_no_wider_than_their_fields(self):
        items = [(guid, value + b"\xff" * 8) for guid, value in self.ITEMS]
        assert self.read(metadata_table(items)) == (MIB, True, 1 << 40, 4096, {})

    def test_the_table_may_fill_what_is_read_of_it_and_no_more(self):
        data = metadata_table(self.ITEMS)
        assert self.read(data, length=32 + 3 * 32).sector_size == 4096
        with pytest.raises(Malformed, match="VHDX metadata table at offset 0x64"):
            self.read(data, length=32 + 3 * 32 - 1)
        with pytest.raises(Malformed):
            self.read(b"metadatb" + data[8:])
        with pytest.raises(Malformed):
            self.read(b"")
        many = [(str(UUID(int=5)), b"")] * 2044 + self.ITEMS
        assert self.read(metadata_table(many)).sector_size == 4096
        with pytest.raises(Malformed):
            self.read(metadata_table(self.ITEMS, count=2048))

    def test_a_long_item_is_cut(self):
        pairs = [("a", "b")]
        data = metadata_table([self.ITEMS[0], (PARENT_LOCATOR, locator(pairs).ljust(64 * KIB, b"\0") + b"behind")])
        assert self.read(data).parent == {"a": "b"}
        behind = locator(pairs).ljust(64 * KIB, b"\0") + "behind".encode("utf-16-le")
        behind = changed(behind, (24, struct.pack("<I", 64 * KIB)), (30, struct.pack("<H", 12)))
        assert self.read(metadata_table([self.ITEMS[0], (PARENT_LOCATOR, behind)])).parent == {"a": ""}

    @pytest.mark.parametrize(("count", "found"), [(0, {}), (1, {"a": "b"}), (2, {"a": "b", "c": "d"}), (3, None)])
    def test_a_locator_has_as_many_pairs_as_it_says(self, count, found):
        parent = self.read(metadata_table([self.ITEMS[0], (PARENT_LOCATOR, locator([("a", "b"), ("c", "d")], count))])).parent
        assert parent == found if found is not None else parent.keys() >= {"a", "c"}

    def test_a_locator_cut_short_has_the_pairs_that_are_whole(self):
        whole = locator([("a", "b"), ("c", "d")])
        for size, found in ((20 + 23, {"": ""}), (20 + 24, {"": ""}), (19, {}), (0, {})):
            assert self.read(metadata_table([self.ITEMS[0], (PARENT_LOCATOR, whole[:size])])).parent == found


def entry(writes, sequence=7, tail=0, guid=GUID, flushed=0, last=0):
    return vhdx_log_entry(writes, sequence=sequence, tail=tail, guid=guid, flushed=flushed, last=last)


def reseal(data, *changes):
    return seal(changed(data, *changes))


class TestLogEntries:
    SECTOR = bytes(at % 251 for at in range(4096))

    def sequence(self, log):
        return active_sequence(log, GUID.bytes_le)

    def numbers(self, log):
        return [one.sequence for one in self.sequence(log)]

    def nothing(self, log):
        with pytest.raises(Malformed, match="no sound sequence"):
            self.sequence(log)

    def test_each_field_and_write_is_read_from_its_place(self):
        (found,) = self.sequence(entry([(8192, self.SECTOR), (4096, 3 * 4096)], sequence=5 << 32 | 9, flushed=77, last=88))
        assert found == (5 << 32 | 9, 0, 8192, 77, 88, [(8192, 12_288, self.SECTOR), (4096, 16_384, None)])

    @pytest.mark.parametrize("log", [b"", bytes(4095), bytes(4097), bytes((16 << 20) + 4096)], ids=len)
    def test_a_log_has_whole_sectors_and_is_no_larger_than_16_mib(self, log):
        with pytest.raises(Malformed, match=f"a log of {len(log)} bytes"):
            self.sequence(log)

    def test_the_largest_log_is_read(self):
        assert self.numbers(entry([]).ljust(16 << 20, b"\0")) == [7]

    @pytest.mark.parametrize(
        "change",
        [
            (0, b"logE"), (8, struct.pack("<I", 0)), (8, struct.pack("<I", 4097)), (8, struct.pack("<I", 16_384)), (16, bytes(8)),
            (32, b"\xff"), (64, b"desk"), (64 + 16, struct.pack("<Q", 8193)), (64 + 24, struct.pack("<Q", 8)), (4096, b"dat_"),
            (4100, b"\1"), (8188, b"\6"), (24, struct.pack("<I", 2)), (24, struct.pack("<I", 200)), (24, struct.pack("<I", 0xFFFFFFFF)),
            (12, struct.pack("<I", 4096)),
        ],
        ids=str,
    )  # fmt: skip
    def test_an_entry_with_anything_wrong_is_none(self, change):
        sound = entry([(8192, self.SECTOR)])
        assert self.numbers(sound) == [7]
        self.nothing(reseal(sound, change))

    def test_an_entry_with_a_wrong_checksum_is_none(self):
        sound = entry([(8192, self.SECTOR)])
        for at in (4, 7, 60, 100, 4095, 4096, 8191):
            self.nothing(changed(sound, (at, bytes([sound[at] ^ 1]))))

    def test_an_entry_may_fill_the_log(self):
        writes = [(8192, self.SECTOR)]
        assert self.numbers(entry(writes)) == [7]
        assert self.numbers(entry(writes) + bytes(4096)) == [7]

    def test_descriptors_may_fill_their_sector_and_no_more(self):
        for count, size in ((126, 4096), (127, 8192)):
            log = entry([(4096 * number, 4096) for number in range(count)])
            assert len(log) == size
            assert len(self.sequence(log)[0].writes) == count
        short = reseal(entry([(4096 * number, 4096) for number in range(126)]), (24, struct.pack("<I", 127)))
        self.nothing(short)

    def test_a_missing_data_sector_is_not_taken_from_elsewhere(self):
        two = entry([(8192, self.SECTOR), (12_288, self.SECTOR)])
        assert len(self.sequence(two)[0].writes) == 2
        self.nothing(reseal(two[:8192], (8, struct.pack("<I", 8192))))

    def test_entries_belong_to_one_sequence_while_their_numbers_follow_each_other(self):
        assert self.numbers(entry([], 7) + entry([], 8) + entry([], 9)) == [7, 8, 9]
        assert self.numbers(entry([], 7) + entry([], 9, 4096)) == [9]
        assert self.numbers(entry([], 7) + entry([], 8) + bytes(4096) + entry([], 9)) == [7, 8]
        assert self.numbers(entry([], 9) + entry([], 8, 4096)) == [9]

    def test_the_last_entry_says_where_the_sequence_begins(self):
        self.nothing(entry([], 7) + entry([], 8, 4096 * 5))
        assert self.numbers(entry([], 7, 4096) + entry([], 8, 0)) == [7, 8]
        assert self.numbers(entry([], 7) + entry([], 8, 4096)) == [8]

    def test_of_several_sequences_that_with_the_highest_number_counts(self):
        gap = bytes(4096)
        for first, second in (((7, 8), (3,)), ((3,), (7, 8)), ((4, 5), (7, 8)), ((7, 8), (6, 7)), ((6, 7), (7, 8))):
            log, starts = b"", []
            for numbers in (first, second):
                starts.append(len(log))
                log += b"".join(entry([], number, starts[-1]) for number in numbers) + gap
            assert self.numbers(log) == [7, 8]

    def test_a_sequence_may_go_around_the_end(self):
        log = entry([], 8, 8192) + entry([], 9, 8192) + entry([], 7, 8192)
        assert self.numbers(log) == [7, 8, 9]
        spread = entry([(8192, self.SECTOR)], 7, 4096)
        assert self.numbers(spread[4096:] + spread[:4096]) == [7]

    def test_a_sequence_that_fills_the_log_ends_where_it_began(self):
        log = entry([], 5, 0) + entry([], 6, 0)
        assert self.numbers(log) == [5, 6]
        assert [self.numbers(entry([], number, 0)) for number in (1, 2)] == [[1], [2]]

    def test_no_more_is_checked_than_twice_the_log_or_8_mib(self, monkeypatch):
        good = entry([], 9, 3 * 4096)
        large = reseal(good[:4096], (8, struct.pack("<I", 4 * 4096)))  # four sectors, whose checksum is wrong
        log = large + large + large + good
        with pytest.raises(Malformed, match="more entries than are checked") as caught:
            self.sequence(log)
        assert caught.value.code == "too-much"
        three = reseal(good[:4096], (8, struct.pack("<I", 3 * 4096)))
        assert self.numbers(three + three + bytes(4096) + good) == [9]
        monkeypatch.setattr(vhdx_log, "_MAX_CHECKED", 6 * 4096)
        with pytest.raises(Malformed, match="more entries than are checked"):
            self.sequence(three + three + bytes(4096) + good)


class TestReplay:
    FILE = bytes(at % 249 for at in range(20_000))

    def replayed(self, *entries):
        found = [LogEntry(number, 0, 4096, flushed, last, writes) for number, (flushed, last, writes) in enumerate(entries)]
        return Replayed(Bytes(self.FILE), found)

    @pytest.mark.parametrize(
        ("flushed", "last", "size"), [(0, 0, 20_000), (0, 24_000, 24_000), (20_000, 24_000, 24_000), (20_001, 24_000, 20_000)]
    )
    def test_the_file_grows_as_the_last_entry_says_unless_it_is_cut(self, flushed, last, size):
        found = self.replayed((99_999, 99_999, []), (flushed, last, []))
        assert found.size == size
        assert found.read_at(0, 30_000) == self.FILE.ljust(size, b"\0")
        assert found.read_at(size - 3, 10) == self.FILE.ljust(size, b"\0")[-3:]

    def test_later_writes_lie_over_earlier_ones_wherever_one_reads(self):
        a, b = b"a" * 4096, b"b" * 4096
        earlier = [(4096, 8192, a), (8192, 12_288, a), (0, 4096, None)]
        later = [(8192, 12_288, b), (4096, 6000, None), (100, 200, None)]
        found = self.replayed((0, 0, earlier), (0, 0, later))
        expected = bytearray(self.FILE)
        expected[:4096], expected[4096:8192], expected[8192:12_288] = bytes(4096), self.FILE[4096:8192], b
        expected[4096:6000] = bytes(1904)
        for offset in (0, 1, 99, 150, 4000, 4095, 4096, 5999, 6000, 8191, 8192, 12_287, 12_288, 19_999):
            for size in (1, 2, 100, 4096, 9000):
                assert found.read_at(offset, size) == bytes(expected[offset : offset + size]), (offset, size)

    def test_a_sector_that_begins_in_a_later_zeroed_range_is_gone(self):
        a = b"a" * 4096
        assert self.replayed((0, 0, [(4096, 8192, a), (4096, 8192, None)])).read_at(4096, 4096) == bytes(4096)
        assert self.replayed((0, 0, [(4096, 8192, a), (0, 4096, None)])).read_at(4096, 4096) == a
        assert self.replayed((0, 0, [(4096, 8192, a), (8192, 9000, None)])).read_at(4096, 4096) == a
        assert self.replayed((0, 0, [(4096, 8192, None), (4096, 8192, a)])).read_at(4096, 4096) == a

    def test_zeroed_ranges_are_bounded(self):
        assert self.replayed((0, 0, [(0, 1, None)] * 1024)).read_at(0, 2) == b"\0" + self.FILE[1:2]
        with pytest.raises(Malformed, match="more than 1024 zeroed ranges") as caught:
            self.replayed((0, 0, [(0, 1, None)] * 1025))
        assert caught.value.code == "too-much"


def table_entry(number):
    return BAT_AT + 8 * number


def described(data, block_size=None, size=None, sector_size=None):
    """Return a VHDX whose metadata say something else; the items lie one behind the other in the order in which they are written."""
    at = METADATA_AT + 64 * KIB
    if block_size is not None:
        data = changed(data, (at, struct.pack("<I", block_size)))
    if size is not None:
        data = changed(data, (at + 8, struct.pack("<Q", size)))
    return data if sector_size is None else changed(data, (at + 32, struct.pack("<I", sector_size)))


class TestDisk:
    @pytest.mark.parametrize("shift", range(-1, 10))
    def test_blocks_have_1_to_256_mib(self, tmp_path, shift):
        data = described(vhdx(CONTENT), block_size=int(MIB * 2.0**shift))
        if 0 <= shift <= 8:
            assert opened(tmp_path, data).read_at(0, 1) == CONTENT[:1]
        else:
            with pytest.raises(Malformed, match=f"blocks of {int(MIB * 2.0**shift)} bytes"):
                opened(tmp_path, data)

    @pytest.mark.parametrize("wrong", [{"block_size": 3 * MIB}, {"sector_size": 1024}, {"sector_size": 0}])
    def test_impossible_sizes_are_malformed(self, tmp_path, wrong):
        with pytest.raises(Malformed, match="VHDX with blocks of"):
            opened(tmp_path, described(vhdx(CONTENT), **wrong))

    def test_a_disk_has_64_tib_at_most(self, tmp_path):
        limit = 64 << 40
        assert opened(tmp_path, described(vhdx(CONTENT), block_size=256 * MIB, size=1 << 44)).size == 1 << 44
        with pytest.raises(Malformed, match="block table of 1048576 bytes"):  # the size is possible, the table too small for it
            opened(tmp_path, described(vhdx(CONTENT), block_size=256 * MIB, size=limit))
        with pytest.raises(Malformed, match=f"a disk of {limit + 1}"):
            opened(tmp_path, described(vhdx(CONTENT), block_size=256 * MIB, size=limit + 1))

    @pytest.mark.parametrize(("blocks", "length"), [(16, 16), (17, 18), (32, 33), (33, 35)])
    def test_the_table_has_an_entry_for_each_block_and_for_each_chunk_before_the_last(self, tmp_path, blocks, length):
        """With blocks of 256 MiB and sectors of 512 bytes a chunk has 16 blocks."""
        data = described(vhdx(CONTENT), block_size=256 * MIB, size=blocks * 256 * MIB - 1)
        region = struct.pack("<QI", BAT_AT, 8 * length)
        table = data[192 * KIB : 256 * KIB]
        sealed = seal(changed(table, (32, region)))
        image = opened(tmp_path, changed(data, (192 * KIB, sealed)))
        assert image.size == blocks * 256 * MIB - 1
        short = seal(changed(table, (32, struct.pack("<QI", BAT_AT, 8 * length - 1))))
        with pytest.raises(Malformed, match=f"block table of {8 * length - 1} bytes for {blocks} blocks at offset {BAT_AT:#x}"):
            opened(tmp_path, changed(data, (192 * KIB, short)))

    @pytest.mark.parametrize(("block", "entry"), [(0, 0), (15, 15), (16, 17), (31, 32), (32, 34)])
    def test_entries_of_bitmaps_stand_between_those_of_blocks(self, tmp_path, block, entry):
        data = described(vhdx(CONTENT), block_size=256 * MIB, size=40 * 256 * MIB)
        data = changed(data, (BAT_AT, bytes(8)), (table_entry(entry), struct.pack("<Q", PAYLOAD_AT | 6)))
        image = opened(tmp_path, data)
        assert image.read_at(block * 256 * MIB + 100, 512) == CONTENT[100:612]
        assert image.read_at((block * 256 - 1) * MIB, 512) == (bytes(512) if block else b"")
        assert image.read_at((block + 1) * 256 * MIB, 512) == bytes(512)

    def test_a_chunk_of_large_sectors_has_more_blocks(self, tmp_path):
        data = described(vhdx(CONTENT, sector_size=4096), block_size=256 * MIB, size=200 * 256 * MIB)
        data = changed(data, (table_entry(129), struct.pack("<Q", PAYLOAD_AT | 6)))
        image = opened(tmp_path, data)
        assert image.read_at(128 * 256 * MIB, 512) == CONTENT[:512]
        assert image.sector_size == 4096

    def test_the_place_of_a_block_is_counted_in_mib(self, tmp_path):
        data = vhdx(CONTENT)
        (stated,) = struct.unpack_from("<Q", data, BAT_AT)
        for bits in (0, 8, 0xFFFF8):
            image = opened(tmp_path, changed(data, (BAT_AT, struct.pack("<Q", stated | bits))))
            assert image.read_at(5, 1000) == CONTENT[5:1005]

    @pytest.mark.parametrize("state", [0, 1, 2, 3])
    def test_a_block_without_data_ends_with_the_block(self, tmp_path, state):
        image = opened(tmp_path, changed(vhdx(CONTENT), (table_entry(1), struct.pack("<Q", state))))
        assert image.read_at(MIB - 10, MIB + 20) == CONTENT[MIB - 10 : MIB] + bytes(MIB) + CONTENT[2 * MIB : 2 * MIB + 10]

    @pytest.mark.parametrize("state", [4, 5, 7])
    def test_an_impossible_state_names_its_entry(self, tmp_path, state):
        image = opened(tmp_path, changed(vhdx(CONTENT), (table_entry(2), struct.pack("<Q", state))))
        with pytest.raises(Malformed, match=f"VHDX block 2 with the state {state} at offset {table_entry(2):#x}"):
            image.read_at(2 * MIB, 1)

    def test_a_truncated_log_is_told(self, tmp_path):
        plain = vhdx(CONTENT, log_guid=GUID)
        for flushed, told in ((len(plain), 1), (len(plain) + 1, 2)):
            log = vhdx_log_entry([], sequence=7, tail=0, guid=GUID, flushed=flushed, last=0)
            image = opened(tmp_path, changed(plain, (LOG_AT, log)))
            assert [problem.severity for problem in image.problems] == ["warning", "error"][:told]
            assert "1 log entries were applied" in image.problems[0].what

    def test_a_log_larger_than_any_is_not_applied(self, tmp_path):
        header = bytearray(vhdx_header(3, log_guid=GUID)[:4096])
        for length, severity in ((16 << 20, "warning"), ((16 << 20) + 1, "error")):
            struct.pack_into("<I", header, 68, length)
            log = vhdx_log_entry([], sequence=7, tail=0, guid=GUID, flushed=0, last=0)
            data = changed(vhdx(CONTENT), (64 * KIB, seal(bytes(header))), (LOG_AT, log)).ljust(LOG_AT + (16 << 20) + 4096, b"\0")
            assert [problem.severity for problem in opened(tmp_path, data).problems] == [severity]


BELOW = pattern(3 * MIB, seed=2)


class TestDifferencing:
    def child(self, folder, *changes, linkage=WRITTEN, key="parent_linkage", parent=None):
        (folder / "base.vhdx").write_bytes(vhdx(BELOW) if parent is None else parent)
        pair = {key: f"{{{linkage}}}".upper(), "relative_path": "base.vhdx"}
        held = {0, 1, 5, *range(2048, 4096)}
        data = vhdx(CONTENT, held=held, parent=pair, data_write=UUID(int=10))
        return opened(folder, changed(data, *changes), "child.vhdx")

    def test_sectors_come_from_the_child_or_its_parent(self, tmp_path):
        image = self.child(tmp_path)
        expected = bytearray(BELOW)
        for start, end in ((0, 1024), (5 * 512, 6 * 512), (MIB, 2 * MIB)):
            expected[start:end] = CONTENT[start:end]
        assert image.read_at(0, 3 * MIB) == bytes(expected)
        for offset in (0, 511, 512, 1023, 1024, 2559, 2560, 3071, 3072, MIB - 1, MIB, 2 * MIB - 1, 2 * MIB):
            for size in (1, 512, 513, 5000):
                assert image.read_at(offset, size) == bytes(expected[offset : offset + size])

    @pytest.mark.parametrize("key", ["parent_linkage", "parent_linkage2"])
    def test_either_linkage_may_name_the_parent(self, tmp_path, key):
        assert self.child(tmp_path, key=key).read_at(2 * MIB, 512) == BELOW[2 * MIB : 2 * MIB + 512]

    def test_a_parent_of_another_format_or_content_is_refused(self, tmp_path):
        for options in ({"linkage": UUID(int=1)}, {"key": "parent_linkage3"}, {"parent": BELOW}):
            image = self.child(tmp_path, **options)
            with pytest.raises(Unreadable, match="the linkage differs"):
                image.read_at(2 * MIB, 512)

    @pytest.mark.parametrize("state", [0, 1, 5, 7])
    def test_a_partial_block_needs_its_bitmap(self, tmp_path, state):
        """The entry of the first chunk's bitmap is the one behind its 4096 blocks."""
        image = self.child(tmp_path, (table_entry(4096), struct.pack("<Q", PAYLOAD_AT | state)))
        with pytest.raises(Malformed, match=f"VHDX block 0 is partial, and its bitmap is not present at offset {BAT_AT:#x}"):
            image.read_at(0, 512)
        assert image.read_at(MIB, 512) == CONTENT[MIB : MIB + 512]

    def test_each_chunk_has_its_own_bitmap(self, tmp_path):
        """With blocks of 256 MiB a chunk has 16: block 17 is the second of the second chunk, whose bitmap has the entry 33."""
        parent = described(vhdx(BELOW), block_size=256 * MIB, size=40 * 256 * MIB)
        parent = changed(parent, (table_entry(18), struct.pack("<Q", PAYLOAD_AT | 6)))
        (tmp_path / "base.vhdx").write_bytes(parent)
        pair = {"parent_linkage": f"{{{WRITTEN}}}", "relative_path": "base.vhdx"}
        data = described(vhdx(CONTENT, held={0}, parent=pair, data_write=UUID(int=10)), block_size=256 * MIB, size=40 * 256 * MIB)
        bits = bytearray(MIB)
        bits[(256 * MIB // 512 + 3) // 8] |= 1 << 3  # the fourth sector of block 17
        at = len(data)
        entries = [(BAT_AT, bytes(MIB)), (table_entry(18), struct.pack("<Q", PAYLOAD_AT | 7)), (table_entry(33), struct.pack("<Q", at | 6))]
        image = opened(tmp_path, changed(data, *entries) + bytes(bits), "child.vhdx")
        start = 17 * 256 * MIB
        assert at % MIB == 0
        assert image.read_at(start, 2048) == BELOW[:1536] + CONTENT[1536:2048]
        assert image.read_at(start + 2000, 100) == CONTENT[2000:2048] + BELOW[2048:2100]


def test_failures_are_ours(tmp_path):
    """A file of which only the signature is right ends in a sentence that names it."""
    for size in (8, 100, 64 * KIB, 200 * KIB, MIB):
        with pytest.raises(ForensicError, match=r"disk\.vhdx"):
            opened(tmp_path, b"vhdxfile".ljust(size, b"\0"))
