"""The structures of a hive one by one, each at the edge of what it may hold: what is told names the bytes that are missing."""

import struct

import pytest

from forensic.errors import ForensicError, Malformed, Unreadable, Unsupported
from forensic.model import FileTime, Locator
from forensic.registry import big_data, cell, key_node, key_security, key_value, page, subkey_list
from forensic.registry.base_block import BaseBlock, checksum
from forensic.registry.cell import Cells
from forensic.registry.hive import Hive
from forensic.registry.key_node import KeyNode, glance
from forensic.registry.key_security import read_security_descriptor
from forensic.registry.key_value import KeyValue, listed_values
from forensic.registry.page import Pages
from forensic.registry.subkey_list import SubkeyList, name_hash, subkey_lists
from tests.builders.hive import REG_BINARY, REG_SZ, HiveBuilder
from tests.builders.hive import name_hash as obvious_hash
from tests.builders.source import Bytes

BLOCK = 4096


def failure(ask):
    """Return the failure that `ask` ends in."""
    with pytest.raises(ForensicError) as caught:
        ask()
    return caught.value


def parts(error):
    """Return offset, bytes needed and bytes there of a Malformed."""
    assert isinstance(error, Malformed)
    return error.offset, error.need, error.have


class TestBaseBlock:
    NUMBERS = dict(zip(BaseBlock._fields[1:-2], [7, 8, 1 << 40, 1, 5, 6, 1, 32, 4096, 2], strict=True))

    def block(self, name="SAM"):
        data = bytearray(512)
        struct.pack_into("<4s2IQ7I", data, 0, b"regf", *self.NUMBERS.values())
        data[48 : 48 + 2 * len(name)] = name.encode("utf-16-le")
        struct.pack_into("<I", data, 508, checksum(data))
        return data

    def test_each_field_is_read_from_its_place(self):
        base = BaseBlock.parse(self.block())
        assert base._asdict() == {"signature": b"regf", **self.NUMBERS, "file_name": "SAM", "is_sound": True}
        assert isinstance(base.last_written, FileTime)
        assert base.version == (1, 5)
        assert BaseBlock.parse(self.block("n" * 32)).file_name == "n" * 32

    def test_is_dirty_by_its_numbers_or_its_checksum(self):
        data = self.block()
        assert BaseBlock.parse(data).is_dirty
        struct.pack_into("<2I", data, 4, 7, 7)
        assert BaseBlock.parse(data).is_dirty
        struct.pack_into("<I", data, 508, checksum(data))
        assert not BaseBlock.parse(data).is_dirty

    def test_the_checksum_covers_every_word_before_it_and_none_behind(self):
        data = self.block() + bytes(8)
        for at in range(0, 520, 4):
            data[at + 1] ^= 0x40
            if at >= 4:
                assert BaseBlock.parse(data).is_sound == (at >= 512)
            data[at + 1] ^= 0x40

    def test_two_checksums_are_never_stored(self):
        assert checksum(bytes(512)) == 1
        assert checksum(b"\1" + bytes(511)) == 1
        assert checksum(b"\xff" * 4 + bytes(508)) == 0xFFFFFFFE
        assert checksum(b"\xfe\xff\xff\xff" + bytes(508)) == 0xFFFFFFFE
        assert checksum(b"\2" + bytes(511)) == 2

    def test_what_is_no_base_block_is_told(self):
        assert parts(failure(lambda: BaseBlock.parse(self.block()[:511]))) == (0, 512, 511)
        assert failure(lambda: BaseBlock.parse(self.block()[:511])).code == "hive-broken"
        wrong = failure(lambda: BaseBlock.parse(b"regg" + self.block()[4:]))
        assert (wrong.code, parts(wrong)) == ("hive-broken", (0, None, None))


class Recorder(Bytes):
    """Bytes that remember what was asked of them; from `broken` on they cannot be read."""

    def __init__(self, data, broken=1 << 40):
        super().__init__(data)
        self.asked, self.broken = [], broken

    def read_at(self, offset, size):
        self.asked.append((offset, size))
        if offset + size > self.broken:
            raise Unreadable("bad sector")
        return super().read_at(offset, size)


class TestPages:
    DATA = b"".join(bytes([number]) * BLOCK for number in range(1, 7)) + b"\x07" * 100

    def test_bytes_are_those_of_the_file_wherever_they_lie(self):
        pages = Pages(Bytes(self.DATA), {})
        for offset, size in [(0, 1), (0, BLOCK), (4095, 1), (4095, 2), (BLOCK, BLOCK), (100, 3 * BLOCK), (len(self.DATA) - 3, 3)]:
            assert pages.read(offset, size) == pages.available(offset, size) == self.DATA[offset : offset + size]
        assert pages.available(len(self.DATA) - 3, 10) == b"\x07" * 3

    def test_more_than_there_is_is_malformed(self):
        pages = Pages(Bytes(self.DATA), {})
        for offset, size, have in [(len(self.DATA) - 3, 4, 3), (len(self.DATA), 1, 0), (5 * BLOCK, BLOCK + 101, BLOCK + 100)]:
            assert parts(failure(lambda offset=offset, size=size: pages.read(offset, size))) == (offset, size, have)

    def test_spare_bytes_are_those_of_the_same_page(self):
        pages = Pages(Bytes(self.DATA), {})
        assert pages.read(10, 4, 6) == self.DATA[10:20]
        assert pages.read(4086, 4, 100) == self.DATA[4086:4096]
        assert pages.read(4092, 4, 100) == self.DATA[4092:4096]
        assert pages.read(4092, 5, 100) == self.DATA[4092:4097]

    def test_a_run_of_pages_is_one_request_and_what_is_kept_is_not_asked_for(self):
        source = Recorder(self.DATA)
        pages = Pages(source, {})
        pages.read(2 * BLOCK, 10)
        pages.read(0, 5 * BLOCK)
        pages.read(BLOCK, 4 * BLOCK)
        assert source.asked == [(2 * BLOCK, BLOCK), (0, 2 * BLOCK), (3 * BLOCK, 2 * BLOCK)]

    def test_the_pages_used_last_are_kept(self, monkeypatch):
        monkeypatch.setattr(page, "PAGE_LIMIT", 2)
        source = Recorder(self.DATA)
        pages = Pages(source, {})
        for number in (0, 1, 0, 2, 0, 1):
            assert pages.read(number * BLOCK, 1) == bytes([number + 1])
        assert [offset // BLOCK for offset, _ in source.asked] == [0, 1, 2, 1]

    def test_replaced_sectors_are_read_and_a_page_of_them_needs_no_file(self):
        overlay = {8: b"a" * 512, 15: b"b" * 512, **dict.fromkeys(range(16, 24), b"c" * 512)}
        source = Recorder(self.DATA)
        pages = Pages(source, overlay)
        expected = (
            self.DATA[:BLOCK] + b"a" * 512 + self.DATA[BLOCK + 512 : 2 * BLOCK - 512] + b"b" * 512 + b"c" * BLOCK + self.DATA[3 * BLOCK :]
        )
        assert pages.read(0, len(expected)) == expected
        assert source.asked == [(0, 2 * BLOCK), (3 * BLOCK, 4 * BLOCK)]
        for offset in (0, BLOCK - 512, BLOCK, BLOCK + 512, 2 * BLOCK - 512, 2 * BLOCK, 3 * BLOCK - 512):
            for size in (512, 1024, BLOCK, 2 * BLOCK):
                assert pages.read_uncached(offset, size) == expected[offset : offset + size]

    def test_a_log_may_make_the_hive_grow(self):
        pages = Pages(Bytes(self.DATA[: BLOCK + 512]), {10: b"x" * 512})
        grown = self.DATA[: BLOCK + 512] + bytes(512) + b"x" * 512
        assert pages.read(0, len(grown)) == grown
        assert pages.read_uncached(BLOCK, BLOCK) == grown[BLOCK:]
        assert parts(failure(lambda: pages.read(BLOCK, 1537))) == (BLOCK, 1537, 1536)

    def test_a_pass_keeps_no_pages_and_reads_what_only_a_log_has(self):
        source = Recorder(self.DATA)
        pages = Pages(source, {})
        pages.read_uncached(0, 3 * BLOCK)
        pages.read(0, 1)
        assert source.asked == [(0, 3 * BLOCK), (0, BLOCK)]
        broken = Pages(Recorder(self.DATA, broken=BLOCK), dict.fromkeys(range(8, 16), b"x" * 512))
        assert broken.read_uncached(512, BLOCK) == self.DATA[512:BLOCK] + b"x" * 512
        with pytest.raises(Unreadable):
            broken.read_uncached(BLOCK, BLOCK + 512)

    def test_changed_is_what_a_log_made_different(self):
        same, other = self.DATA[BLOCK : BLOCK + 512], b"z" * 512
        pages = Pages(Bytes(self.DATA), {8: same, 10: other})
        assert not pages.changed(BLOCK, 512)
        assert pages.changed(BLOCK + 1024, 512)
        assert pages.changed(BLOCK + 1023, 2)
        assert pages.changed(BLOCK + 1535, 1)
        assert not pages.changed(BLOCK + 1023, 1)
        assert not pages.changed(BLOCK + 1536, 512)
        source = Recorder(self.DATA)
        assert not Pages(source, {10: other}).changed(BLOCK, 1024)
        assert not Pages(source, {}).changed(BLOCK, 1024)
        assert source.asked == []
        assert Pages(Recorder(self.DATA, broken=BLOCK), {8: same}).changed(BLOCK, 512)


def cells_of(*contents, version=(1, 5), bins=BLOCK):
    """Return the cells with these data, one behind the other from offset 32 on, and the offset of each."""
    header = 8 if version <= (1, 1) else 4
    data, offsets = bytearray(b"hbin" + bytes(28)), []
    for content in contents:
        offsets.append(len(data))
        size = (len(content) + header + 7) // 8 * 8
        data += struct.pack("<i", -size) + bytes(header - 4) + content.ljust(size - header, b"\0")
    assert len(data) <= bins
    base = BaseBlock(b"regf", 1, 1, FileTime(0), *version, 0, 1, 32, bins, 1, "", True)
    return Cells(Pages(Bytes(bytes(BLOCK) + data.ljust(bins, b"\0")), {}), base, bins, Locator(file="F")), offsets


def patched(cells, offset, new):
    """Return the same cells with other bytes at an offset from the start of the hive bins."""
    data = bytearray(cells.pages._source.data)
    data[BLOCK + offset : BLOCK + offset + len(new)] = new
    cells.pages = Pages(Bytes(data), {})
    return cells


class TestCells:
    def test_a_cell_gives_where_its_data_lie_how_many_they_are_and_themselves(self):
        cells, (first, second) = cells_of(b"1234", b"x" * 20)
        assert cells.open(first, 4, "it") == (BLOCK + 36, 4, b"1234")
        assert cells.open(second, 20, "it") == (BLOCK + 44, 20, b"x" * 20)
        assert cells.find(second, 0, "it") == (BLOCK + 44, 20)
        old, (first, second) = cells_of(b"12345678", b"x" * 16, version=(1, 1))
        assert old.open(first, 8, "it") == (BLOCK + 40, 8, b"12345678")
        assert old.open(second, 16, "it") == (BLOCK + 56, 16, b"x" * 16)

    def test_data_beyond_the_first_page_are_left_to_whoever_needs_them(self):
        cells, (_, long) = cells_of(bytes(4000), b"xx" + bytes(200), bins=2 * BLOCK)
        start, capacity, data = cells.open(long, 0, "it")
        assert (capacity, len(data)) == (204, 2 * BLOCK - start)
        assert cells.record(long, b"xx", 20, "it") == (start, data, capacity)
        at, record, capacity = cells.record(long, b"xx", 200, "it")
        assert (at, record, capacity) == (start, b"xx" + bytes(198), 204)

    @pytest.mark.parametrize("offset", [0, 24, 31, 33, 36, BLOCK, BLOCK - 3, BLOCK + 8, 0xFFFFFFF8])
    def test_an_offset_outside_the_hive_bins_is_told(self, offset):
        cells, _ = cells_of(b"")
        error = failure(lambda: cells.open(offset, 0, "it"))
        assert "outside the hive bins" in str(error)
        assert parts(error) == (BLOCK + offset, None, None)

    def test_the_last_cell_may_end_with_the_hive_bins_and_no_cell_behind_them(self):
        cells, _ = cells_of(b"")
        for version, size in (((1, 5), 8), ((1, 1), 8), ((1, 5), 16)):
            cells, _ = cells_of(b"", version=version)
            patched(cells, BLOCK - size, struct.pack("<i", -size))
            header = 8 if version == (1, 1) else 4
            assert cells.find(BLOCK - size, 0, "it") == (2 * BLOCK - size + header, size - header)
            patched(cells, BLOCK - size, struct.pack("<i", -size - 8))
            assert parts(failure(lambda cells=cells, size=size: cells.open(BLOCK - size, 0, "it"))) == (2 * BLOCK - size, size + 8, size)

    @pytest.mark.parametrize("size", [0, 8, 2**31 - 1])
    def test_a_free_cell_is_told(self, size):
        cells, (offset,) = cells_of(b"x")
        assert "not in use" in str(failure(lambda: patched(cells, offset, struct.pack("<i", size)).open(offset, 0, "it")))

    def test_too_small_a_cell_is_told_with_both_numbers(self):
        cells, (offset,) = cells_of(b"xx" + bytes(18))
        assert parts(failure(lambda: cells.open(offset, 21, "it"))) == (BLOCK + offset + 4, 21, 20)
        assert parts(failure(lambda: cells.record(offset, b"xx", 21, "it"))) == (BLOCK + offset + 4, 21, 20)
        assert parts(failure(lambda: cells.record(offset, b"yy", 20, "it"))) == (BLOCK + offset + 4, None, None)
        tiny = patched(cells_of(b"x", version=(1, 1))[0], 32, struct.pack("<i", -4))
        assert parts(failure(lambda: tiny.open(32, 1, "it"))) == (BLOCK + 40, 1, 0)

    def test_names_are_latin_1_only_where_they_say_so_and_the_version_has_it(self):
        new, old = cells_of()[0], cells_of(version=(1, 1))[0]
        assert (new.name(b"\xe4\0", is_latin=True), new.name(b"\xe4\0", is_latin=False), old.name(b"\xe4\0", is_latin=True)) == (
            "ä\0",
            "ä",
            "ä",
        )
        assert cells_of(version=(1, 2))[0].name(b"\xe4", is_latin=True) == "ä"

    def test_only_short_lists_may_be_shared(self):
        cells, _ = cells_of()
        cells.own_list(40, 1, 64, 7)
        cells.own_list(40, 2, 64, 7)
        cells.own_list(40, 1, 65, 7)
        cells.own_list(40, 1, 65, 7)
        cells.own_list(48, 2, 65, 7)
        assert parts(failure(lambda: cells.own_list(40, 2, 65, 7))) == (7, None, None)

    def test_problems_are_told_once_and_fifty_of_them(self):
        cells, _ = cells_of()
        for number in range(60):
            cells.note(f"problem {number}")
            cells.note(f"problem {number}")
        assert cells.problems == [f"problem {number}" for number in range(50)]

    def test_a_walk_remembers_the_first_damage_and_gives_up_after_much(self, monkeypatch):
        monkeypatch.setattr(cell, "DAMAGE_LIMIT", 3)
        cells, damage, errors = cells_of()[0], [], [Malformed(f"damage {number}") for number in range(4)]
        for error in errors[:3]:
            cells.step_over(error, damage)
        assert damage == errors[:1]
        assert cells.problems == ["damage 0", "damage 1", "damage 2"]
        error = failure(lambda: cells.step_over(errors[3], damage))
        assert str(error) == "hive has more than 3 damaged entries; the last: damage 3"
        assert error.code == "too-much"

    def test_the_image_is_the_whole_hive_with_its_size_and_root(self):
        cells, _ = cells_of(b"data", bins=2 * BLOCK)
        image = cells.image(3 * BLOCK)
        assert (len(image), image[:4], struct.unpack_from("<II", image, 36)) == (3 * BLOCK, b"regf", (32, 2 * BLOCK))
        assert image[BLOCK:] == cells.pages._source.data[BLOCK:]
        error = failure(lambda: cells.image(3 * BLOCK - 1))
        assert isinstance(error, Unsupported)
        assert error.code == "too-large"

    def test_the_image_of_a_large_hive_is_read_in_steps(self, monkeypatch):
        monkeypatch.setattr(cell, "_IMAGE_STEP", BLOCK)
        cells, _ = cells_of(bytes(range(256)) * 40, bins=3 * BLOCK)
        assert cells.image(1 << 20)[BLOCK:] == cells.pages._source.data[BLOCK:]


def node(name=b"name", *, flags=0x20, parent=32, **fields):
    stated = {"signature": b"nk", "flags": flags, "parent": parent, "key_name_length": len(name)}
    return key_node.LAYOUT.pack(*(dict.fromkeys(KeyNode._fields, 0) | stated | fields).values()) + name


class TestKeyNode:
    def test_each_field_is_read_from_its_place(self):
        fields = {name: number for number, name in enumerate(KeyNode._fields[1:-2], 1)} | {"key_name_length": 4, "class_name_length": 99}
        cells, (offset,) = cells_of(node(**fields))
        read, start, raw = KeyNode.read(cells, offset)
        assert read._asdict() == {"signature": b"nk", **fields}
        assert (start, raw) == (BLOCK + offset + 4, node(**fields))
        flags, written, parent, subkeys, count, name = struct.unpack_from("<2xHQ4xI8xI4xI32xH", raw)
        assert (flags, written, parent, subkeys, count, name) == (1, 2, 4, 7, 9, 4)

    def test_a_name_may_fill_the_cell_and_no_more(self):
        cells, (offset,) = cells_of(node(b"12345678"))
        assert KeyNode.read(cells, offset)[2][76:] == b"12345678"
        cells, (offset,) = cells_of(node(b"12345678", key_name_length=9))
        assert parts(failure(lambda: KeyNode.read(cells, offset))) == (BLOCK + offset + 80, 9, 8)

    def test_a_name_in_the_next_page_is_read(self):
        cells, (_, offset) = cells_of(bytes(3960), node(b"n" * 100), bins=2 * BLOCK)
        assert KeyNode.read(cells, offset)[2] == node(b"n" * 100)

    def test_a_glance_tells_what_the_whole_key_node_tells(self):
        cells, (other, offset) = cells_of(node(), node(b"Name 1", last_written=77))
        cells.root = other
        assert glance(cells, offset, 32) == (77, b"NAME 1")

    @pytest.mark.parametrize(
        "odd",
        [
            {"signature": b"xk"}, {"flags": 0}, {"flags": 0x10}, {"parent": 40}, {"key_name_length": 17}, {"key_name_length": 400},
            {"name": b"N\xe4me"},
        ],
    )  # fmt: skip
    def test_a_glance_leaves_what_is_odd_to_the_whole_key_node(self, odd):
        cells, (first, offset) = cells_of(node(), node(**{"name": b"a name here!", **odd}))
        cells.root = first
        assert glance(cells, offset, 32) is None

    def test_a_glance_leaves_places_that_hold_no_subkey_to_the_whole_key_node(self):
        cells, (first, offset) = cells_of(node(), node())
        cells.root = first
        assert glance(cells, offset, 32) is not None
        assert glance(cells, first, 32) is None  # the root
        for odd in (offset + 4, 24, 8 * BLOCK, BLOCK - 8, BLOCK - 80):
            assert glance(cells, odd, 32) is None
        cells.bins_size = offset + 80
        assert glance(cells, offset, 32) is None  # its cell goes on behind the hive bins
        cells.bins_size = offset + 88
        assert glance(cells, offset, 32) is not None
        free = patched(cells_of(node(), node())[0], offset, struct.pack("<i", 88))
        free.root = first
        assert glance(free, offset, 32) is None
        old, (first, offset) = cells_of(node(), node(), version=(1, 1))
        old.root = first
        assert glance(old, offset, 32) is None

    def test_a_glance_takes_the_first_cell_and_a_name_that_fills_its_cell(self):
        cells, (first, _) = cells_of(node(b"12345678", parent=7), node())
        cells.root = 4000
        assert glance(cells, first, 7) == (0, b"12345678")


def record(data_size, data_offset, name=b"name", **fields):
    stated = dict(zip(KeyValue._fields, [b"vk", len(name), data_size, data_offset, 3, 1, 0], strict=True))
    return key_value.LAYOUT.pack(*(stated | fields).values()) + name


class TestKeyValue:
    def test_each_field_is_read_from_its_place(self):
        cells, (offset,) = cells_of(record(1, 2, data_type=4, flags=5, spare=6))
        read, start, raw = KeyValue.read(cells, offset)
        assert read == (b"vk", 4, 1, 2, 4, 5, 6)
        assert (start, raw) == (BLOCK + offset + 4, record(1, 2, data_type=4, flags=5, spare=6))

    def test_a_name_may_fill_the_cell_and_no_more(self):
        cells, (offset,) = cells_of(record(0, 0, b"12345678"))
        assert KeyValue.read(cells, offset)[2][20:] == b"12345678"
        cells, (offset,) = cells_of(record(0, 0, b"12345678", name_length=9))
        assert parts(failure(lambda: KeyValue.read(cells, offset))) == (BLOCK + offset + 24, 9, 8)
        cells, (_, offset) = cells_of(bytes(4020), record(0, 0, b"n" * 40), bins=2 * BLOCK)
        assert KeyValue.read(cells, offset)[2] == record(0, 0, b"n" * 40)

    def runs(self, cells, offset):
        read, start, _ = KeyValue.read(cells, offset)
        return read.data_runs(cells, start)

    @pytest.mark.parametrize("size", range(5))
    def test_at_most_four_bytes_lie_in_the_record(self, size):
        cells, (offset,) = cells_of(record(0x80000000 | size, 0x04030201))
        assert self.runs(cells, offset) == [(BLOCK + offset + 12, size)]

    def test_five_bytes_do_not_lie_in_the_record(self):
        cells, (offset,) = cells_of(record(0x80000005, 0))
        assert parts(failure(lambda: self.runs(cells, offset))) == (BLOCK + offset + 12, 5, 4)

    def test_data_fill_their_cell_and_no_more(self):
        cells, (data, offset, longer, none) = cells_of(b"x" * 12, record(12, 32), record(13, 32), record(0, 0xFFFFFFFF))
        assert self.runs(cells, offset) == [(BLOCK + data + 4, 12)]
        assert parts(failure(lambda: self.runs(cells, longer))) == (BLOCK + data + 4, 13, 12)
        assert self.runs(cells, none) == []

    def test_more_data_than_the_hive_has_and_more_than_are_read_are_told_apart(self, monkeypatch):
        cells, (offset,) = cells_of(record(BLOCK + 1, 32))
        error = failure(lambda: self.runs(cells, offset))
        assert (type(error), parts(error)) == (Malformed, (BLOCK + offset + 8, None, None))
        monkeypatch.setattr(key_value, "DATA_LIMIT", 100)
        cells, (_, full, offset) = cells_of(b"x" * 104, record(100, 32), record(101, 32))
        assert self.runs(cells, full) == [(BLOCK + 36, 100)]
        error = failure(lambda: self.runs(cells, offset))
        assert (type(error), error.code) == (Unsupported, "too-large")
        assert str(error) == f"value claims 101 bytes of data, more than the 100 that are read, at offset {BLOCK + offset + 8:#x}"
        cells, (offset,) = cells_of(record(BLOCK, 32))
        monkeypatch.setattr(key_value, "DATA_LIMIT", 1 << 20)
        assert parts(failure(lambda: self.runs(cells, offset))) == (BLOCK + 36, BLOCK, 28)

    def listed(self, cells, offset, count, key=1):
        damage = []
        return list(listed_values(cells, offset, count, key, damage)), damage

    def test_a_list_of_values_may_fill_its_cell_and_no_more(self):
        cells, (offset,) = cells_of(struct.pack("<3I", 40, 48, 56))
        assert self.listed(cells, offset, 3) == ([40, 48, 56], [])
        assert self.listed(cells, offset, 2) == ([40, 48], [])
        found, (damage,) = self.listed(cells, offset, 4)
        assert (found, parts(damage)) == ([40, 48, 56], (BLOCK + offset + 4, 16, 12))

    def test_a_list_of_values_over_several_pages_is_read_whole(self):
        wanted = list(range(0, 8 * 3000, 8))
        cells, (_, offset) = cells_of(bytes(100), struct.pack("<3000I", *wanted), bins=4 * BLOCK)
        assert self.listed(cells, offset, 3000) == (wanted, [])

    def test_a_value_that_is_listed_twice_counts_once(self):
        cells, (offset,) = cells_of(struct.pack("<3I", 40, 48, 40))
        found, (damage,) = self.listed(cells, offset, 3)
        assert (found, parts(damage)) == ([40, 48], (BLOCK + 40, None, None))

    def test_a_list_that_is_no_cell_or_that_of_another_key_is_told(self):
        cells, (offset,) = cells_of(struct.pack("<65I", *range(0, 520, 8)))
        found, (damage,) = self.listed(cells, 0, 1)
        assert (found, parts(damage)) == ([], (BLOCK, None, None))
        assert len(self.listed(cells, offset, 65)[0]) == 65
        found, (damage,) = self.listed(cells, offset, 65, key=2)
        assert found == []
        assert parts(damage) == (BLOCK + offset + 4, None, None)


class TestBigData:
    SIZE = 2 * 16344 + 10

    def data(self, *, version=(1, 4), count=3, size=SIZE, last=10, signature=b"db"):
        cells, (first, second, third, listing, head) = cells_of(
            b"a" * 16344, b"b" * 16344, b"c" * last, bytes(12), signature + bytes(6), version=version, bins=10 * BLOCK
        )
        patched(cells, listing + 4, struct.pack("<3I", first, second, third))
        patched(cells, head + 4, struct.pack("<2sHI", signature, count, listing))
        start, capacity = cells.find(head, 0, "head")
        return cells, big_data.runs(cells, start, capacity, size)

    def test_segments_are_read_in_order_the_last_one_in_part(self):
        cells, runs = self.data()
        assert [size for _, size in runs] == [16344, 16344, 10]
        assert b"".join(cells.pages.read(start, size) for start, size in runs) == b"a" * 16344 + b"b" * 16344 + b"c" * 10
        assert len(self.data(size=2 * 16344)[1]) == 2
        assert [size for _, size in self.data(size=16345, count=2)[1]] == [16344, 1]

    def test_what_is_no_big_data_is_told_as_data_too_short_for_their_cell(self):
        for options in ({"version": (1, 3)}, {"signature": b"dc"}, {"size": 16344}):
            error = failure(lambda options=options: self.data(**options))
            assert error.what == "data of a value"
            assert parts(error)[1:] == (options.get("size", self.SIZE), 12)
        cells, (offset,) = cells_of(b"db\1\0")
        assert parts(failure(lambda: big_data.runs(cells, BLOCK + offset + 4, 4, 20_000))) == (BLOCK + offset + 4, 20_000, 4)

    def test_missing_segments_are_told(self):
        error = failure(lambda: self.data(count=2))
        assert (error.what, parts(error)[1:]) == ("list of big data", (3, 2))
        error = failure(lambda: self.data(last=4))
        assert (error.what, parts(error)[1:]) == ("segment of big data", (10, 4))


class TestKeySecurity:
    def descriptor(self, size, stored):
        return cells_of(struct.pack("<2sH4I", b"sk", 0, 0, 0, 1, size) + stored)

    def test_a_descriptor_may_fill_its_cell_and_no_more(self):
        cells, (offset,) = self.descriptor(8, b"12345678")
        assert read_security_descriptor(cells, offset) == (BLOCK + offset + 24, b"12345678")
        cells, (offset,) = self.descriptor(9, b"12345678")
        assert parts(failure(lambda: read_security_descriptor(cells, offset))) == (BLOCK + offset + 24, 9, 8)

    def test_a_descriptor_is_bounded(self, monkeypatch):
        monkeypatch.setattr(key_security, "DESCRIPTOR_LIMIT", 7)
        cells, (offset,) = self.descriptor(7, b"12345678")
        assert read_security_descriptor(cells, offset) == (BLOCK + offset + 24, b"1234567")
        cells, (offset,) = self.descriptor(8, b"12345678")
        assert parts(failure(lambda: read_security_descriptor(cells, offset)))[1] == 8


class TestSubkeyList:
    def test_hashes_are_those_that_windows_computes(self):
        assert name_hash("") == 0
        assert name_hash("A") == 65
        assert name_hash("AB") == 65 * 37 + 66
        for name in ("CONTROLSET001", "X" * 63, "X" * 64, "X" * 65, "X" * 300, "ÄÖÜ", "日本", "\U0001f600", "A\xc9"):
            assert name_hash(name) == obvious_hash(name)
        assert name_hash("Z" * 40) < 1 << 32

    @pytest.mark.parametrize(("kind", "step"), [(b"li", 4), (b"lf", 8), (b"lh", 8)])
    def test_offsets_hints_and_what_is_in_the_list(self, kind, step):
        hints = [b"ALPH", b"BETA", b"GAMM"]
        listed = SubkeyList(kind, b"".join(struct.pack("<I", 8 * number + 32) + hint[: step - 4] for number, hint in enumerate(hints)))
        assert list(listed.offsets()) == [32, 40, 48]
        assert list(listed.hints()) == list(zip([32, 40, 48], hints if step == 8 else [b""] * 3, strict=True))
        assert [listed.holds(offset) for offset in (24, 32, 40, 48, 56)] == [False, True, True, True, False]

    def test_an_offset_across_two_elements_or_in_a_hint_is_not_in_the_list(self):
        listed = SubkeyList(b"lf", struct.pack("<I4sI4s", 0x20202020, b"    ", 0x40, b"XXXX"))
        assert listed.holds(0x20202020)
        assert not SubkeyList(b"lf", struct.pack("<I4s", 0x40, b"    ")).holds(0x20202020)
        assert not SubkeyList(b"li", struct.pack("<II", 0x20000000, 0x20)).holds(0x2020)
        assert SubkeyList(b"li", struct.pack("<III", 0x20000000, 0x20, 0x2020)).holds(0x2020)

    def test_hash_leaves_hint_by_the_whole_name(self):
        listed = SubkeyList(
            b"lh", b"".join(struct.pack("<II", offset, name_hash(name)) for offset, name in [(32, "ONE"), (40, "TWO"), (48, "ONE")])
        )
        assert list(listed.hinted("ONE")) == [32, 48]
        assert list(listed.hinted("TWO")) == [40]
        assert list(listed.hinted("TEN")) == []
        assert listed.is_right(struct.pack("<I", name_hash("ONE")), "ONE")
        assert not listed.is_right(struct.pack("<I", name_hash("ONE")), "TWO")

    def test_a_hash_that_stands_across_two_elements_or_as_an_offset_hints_at_nothing(self):
        value = name_hash("ONE")
        packed = struct.pack("<I", value)
        assert list(SubkeyList(b"lh", struct.pack("<II", value, 1)).hinted("ONE")) == []
        assert list(SubkeyList(b"lh", bytes(6) + packed + bytes(6)).hinted("ONE")) == []
        assert list(SubkeyList(b"lh", packed + packed).hinted("ONE")) == [value]

    def test_fast_leaves_hint_by_the_first_four_characters(self):
        listed = SubkeyList(
            b"lf",
            b"".join(
                struct.pack("<I4s", 8 * number, hint) for number, hint in enumerate([b"alph", b"BETA", b"AL\0\0", b"\0\0\0\0", b"\xe4xyz"])
            ),
        )
        assert list(listed.hinted("ALPHABET")) == [0, 24, 32]
        assert list(listed.hinted("BETA")) == [8, 24, 32]
        assert list(listed.hinted("AL")) == [16, 24, 32]
        assert [listed.is_right(hint, "ALPHABET") for hint in (b"alph", b"beta", b"AL\0\0", bytes(4), b"\xe4lph")] == [
            True,
            False,
            False,
            True,
            True,
        ]

    def test_index_leaves_have_no_hints(self):
        listed = SubkeyList(b"li", struct.pack("<II", 32, 40))
        assert list(listed.hinted("ONE")) == []
        assert not listed.is_right(b"", "ONE")

    def lists(self, cells, offset, key=1):
        damage = []
        return [list(found.offsets()) for found in subkey_lists(cells, offset, key, damage)], damage

    def test_a_list_may_fill_its_cell_and_no_more(self):
        for kind, count in ((b"lh", 2), (b"li", 4)):
            cells, (offset,) = cells_of(struct.pack("<2sH", kind, count) + struct.pack("<4I", 32, 40, 48, 56))
            found, damage = self.lists(cells, offset)
            assert (found, damage) == ([[32, 48] if count == 2 else [32, 40, 48, 56]], [])
            cells, (offset,) = cells_of(struct.pack("<2sH", kind, count + 1) + struct.pack("<4I", 32, 40, 48, 56))
            found, (error,) = self.lists(cells, offset)
            assert parts(error) == (BLOCK + offset + 8, (count + 1) * 16 // count, 16)
            assert found == [[32, 48] if count == 2 else [32, 40, 48, 56]]
        cells, (offset,) = cells_of(struct.pack("<2sH", b"li", 1) + struct.pack("<4I", 32, 40, 48, 56))
        assert self.lists(cells, offset) == ([[32]], [])

    def test_a_list_over_several_pages_is_read_whole(self):
        wanted = list(range(32, 32 + 8 * 2000, 8))
        cells, (_, offset) = cells_of(bytes(100), struct.pack("<2sH2000I", b"li", 2000, *wanted), bins=4 * BLOCK)
        assert self.lists(cells, offset) == ([wanted], [])

    def test_lists_of_lists_are_read_in_order(self):
        cells, (one, two, three, inner, outer) = cells_of(
            *(struct.pack("<2sHI", b"li", 1, number) for number in (11, 22, 33)), bytes(12), bytes(12), bins=BLOCK
        )
        patched(cells, inner + 4, struct.pack("<2sHII", b"ri", 2, two, three))
        patched(cells, outer + 4, struct.pack("<2sHII", b"ri", 2, one, inner))
        assert self.lists(cells, outer) == ([[11], [22], [33]], [])

    @pytest.mark.parametrize(("levels", "is_read"), [(4, True), (5, False)])
    def test_lists_of_lists_are_entered_to_four_levels(self, levels, is_read):
        cells, (leaf, *roots) = cells_of(struct.pack("<2sHI", b"li", 1, 11), *[bytes(8)] * levels)
        for at, below in zip(roots, [leaf, *roots], strict=False):
            patched(cells, at + 4, struct.pack("<2sHI", b"ri", 1, below))
        found, damage = self.lists(cells, roots[-1])
        assert (found, len(damage)) == (([[11]], 0) if is_read else ([], 1))

    def test_a_list_that_is_entered_twice_or_strange_is_told_and_the_rest_is_read(self):
        cells, (leaf, strange, root) = cells_of(struct.pack("<2sHI", b"li", 1, 11), b"xx\1\0" + bytes(4), bytes(24))
        patched(cells, root + 4, struct.pack("<2sH4I", b"ri", 4, leaf, leaf, strange, 8))
        found, (error,) = self.lists(cells, root)
        assert (found, parts(error)) == ([[11]], (BLOCK + leaf + 4, None, None))
        assert cells.problems == [
            f"subkey list is entered twice, or nested too deep at offset {BLOCK + leaf + 4:#x}",
            f"subkey list has no known signature (7878) at offset {BLOCK + strange + 4:#x}",
            f"subkey list is said to lie outside the hive bins, at offset {BLOCK + 8:#x}",
        ]

    def test_a_long_list_belongs_to_one_key(self, monkeypatch):
        cells, (offset,) = cells_of(struct.pack("<2sH65I", b"li", 65, *range(0, 520, 8)))
        assert len(self.lists(cells, offset)[0]) == 1
        found, (error,) = self.lists(cells, offset, key=2)
        assert (found, parts(error)) == ([], (BLOCK + offset + 4, None, None))
        monkeypatch.setattr(subkey_list, "INDEX_DEPTH_LIMIT", -1)
        assert self.lists(cells, offset)[0] == []


def opened(builder):
    return Hive(Bytes(builder.build()))


class TestKeysAndValues:
    def test_a_part_of_data_in_segments_lies_where_its_first_byte_does(self):
        h = HiveBuilder()
        h.value("k", "v", REG_BINARY, bytes(at % 251 for at in range(40_000)))
        data = h.build()
        value = Hive(Bytes(data)).key("k").value("v")
        for at in (0, 1, 16343, 16344, 16345, 32687, 32688, 39_999):
            part = value.part(at, 1)
            assert part.raw == bytes([at % 251]) == data[part.place.offset : part.place.offset + 1]
        assert value.part(40_000, 0).raw == b""
        assert value.part(0, 40_000).raw == value.raw
        error = failure(lambda: value.part(39_999, 2))
        assert parts(error) == (39_999, 2, 1)
        assert parts(failure(lambda: value.part(40_001, 0))) == (40_001, 0, 0)
        assert parts(failure(lambda: value.part(-1, 3))) == (-1, 3, 40_000)

    def test_wrong_numbers_and_types_name_their_place(self):
        h = HiveBuilder()
        h.value("k", "v", REG_BINARY, b"12345")
        h.value("k", "text", REG_SZ, "x")
        key = opened(h).key("k")
        value = key.value("v")
        assert parts(failure(value.number)) == (value.place.offset, 8, 5)
        assert parts(failure(value.filetime)) == (value.place.offset, 8, 5)
        assert parts(failure(value.text)) == (value.start + 12, None, None)
        assert parts(failure(key.value("text").number)) == (key.value("text").start + 12, None, None)

    @pytest.mark.parametrize(
        ("data", "told"),
        [
            (b"", "hive is empty at offset 0x0: needs 4096 bytes, has 0"),
            (bytes(9000), "hive holds only zeros where its base block should be at offset 0x0"),
            (bytes(BLOCK) + b"hbin" + bytes(4092), "hive holds only zeros where its base block should be at offset 0x0"),
            (b"x" * 300, "base block at offset 0x0: needs 512 bytes, has 300"),
            (b"MZ" + bytes(600), "base block lacks the signature 'regf' at offset 0x0"),
        ],
    )
    def test_what_is_no_hive_is_broken_and_told_from_its_first_byte(self, data, told):
        error = failure(lambda: Hive(Bytes(data)))
        assert (str(error), error.code) == (told, "hive-broken")

    def test_a_log_that_is_no_hive_names_the_place_of_its_type(self):
        data = bytearray(HiveBuilder().build())
        data[28] = 6
        struct.pack_into("<I", data, 508, checksum(data))
        assert Hive(Bytes(data)).root.name == "ROOT"
        data[BLOCK] = 0
        error = failure(lambda: Hive(Bytes(data)))
        assert (parts(error), error.code) == ((28, None, None), "hive-broken")

    @pytest.mark.parametrize("count", [3, 100])
    def test_a_value_is_found_beside_a_damaged_one_and_no_absence_is_believed(self, count):
        h = HiveBuilder()
        for number in range(count):
            h.value("k", f"v{number}", REG_SZ, str(number))
        data = bytearray(h.build())
        data[Hive(Bytes(data)).key("k").value("v1").start] = 0
        key = Hive(Bytes(data)).key("k")
        for _ in range(2):
            for number in (0, 2, count - 1):
                assert key.value(f"v{number}").text() == str(number)
            for name in ("v1", "absent"):
                assert isinstance(failure(lambda name=name: key.find_value(name)), Malformed)

    def test_damage_in_lists_of_subkeys_names_the_cell(self):
        h = HiveBuilder(list_kind="li")
        for name in ("one", "two", "six"):
            h.key(rf"a\{name}")
        data = bytearray(h.build())
        key = Hive(Bytes(data)).key("a")
        at, first = BLOCK + key.node.subkeys_list_offset + 8, next(key.keys())
        struct.pack_into("<2I", data, at + 4, first.offset, Hive(Bytes(data)).root.offset)
        hive = Hive(Bytes(data))
        assert [child.name for child in hive.key("a").keys()] == ["one"]
        assert hive.problems == [
            f"subkey is listed twice at offset {BLOCK + first.offset:#x}",
            f"root key is listed as a subkey at offset {hive.root.start:#x}",
        ]

    def test_keys_nested_too_deep_name_the_last_one(self):
        h = HiveBuilder()
        h.key("\\".join(["k"] * 513))
        hive = opened(h)
        key = hive.key("\\".join(["k"] * 512))
        assert (list(key.keys()), hive.problems) == ([], [f"keys are nested deeper than 512 levels at offset {key.start:#x}"])
        error = failure(lambda: key.key("k"))
        assert error.code == "too-much"

    def test_a_key_that_names_another_parent_is_told_with_its_place(self):
        h = HiveBuilder()
        h.key("a")
        data = bytearray(h.build())
        start = Hive(Bytes(data)).key("a").start
        struct.pack_into("<I", data, start + 16, 8)
        hive = Hive(Bytes(data))
        assert [key.name for key in hive.root.keys()] == ["a"]
        assert hive.problems == [f"key node names another parent than the key that lists it, at offset {start:#x}"]

    def test_absence_has_a_code(self):
        hive = opened(HiveBuilder())
        assert failure(lambda: hive.key("x")).code == "no-key"
        assert failure(lambda: hive.root.value("x")).code == "no-value"
        assert failure(lambda: hive.root.class_name).code == "nothing-there"

    @pytest.mark.parametrize("field", [48, 44])
    def test_what_a_key_does_not_have_is_not_found(self, field):
        h = HiveBuilder()
        h.key("k", class_name="c")
        data = bytearray(h.build())
        at = Hive(Bytes(data)).key("k").start
        struct.pack_into("<I", data, at + field, 0xFFFFFFFF)
        key = Hive(Bytes(data)).key("k")
        assert failure(lambda: key.class_name if field == 48 else key.security).reason == "not-found"

    def test_counts_that_say_none_are_none(self):
        h = HiveBuilder()
        h.value(r"k\sub", "v", REG_SZ, "x")
        h.value("k", "v", REG_SZ, "x")
        data = bytearray(h.build())
        at = Hive(Bytes(data)).key("k").start
        struct.pack_into("<I", data, at + 20, 0xFFFFFFFF)
        struct.pack_into("<I", data, at + 36, 0xFFFFFFFF)
        hive = Hive(Bytes(data))
        key = hive.key("k")
        assert (key.key_count, key.value_count, list(key.keys()), list(key.values())) == (0, 0, [], [])
        assert hive.problems == [f"key states no subkeys or no values, and has a list of them, at offset {at:#x}"]

    @pytest.mark.parametrize("field", [20, 36])
    def test_a_count_of_none_beside_a_list_is_told(self, field):
        h = HiveBuilder()
        h.value(r"k\sub", "v", REG_SZ, "x")
        h.value("k", "v", REG_SZ, "x")
        data = bytearray(h.build())
        at = Hive(Bytes(data)).key("k").start
        struct.pack_into("<I", data, at + field, 0)
        hive = Hive(Bytes(data))
        assert hive.key("k").name == "k"
        assert [problem.code for problem in hive.coded_problems] == ["hive-damaged"]

    @pytest.mark.parametrize(("stated", "listed"), [(1, 3), (2, 3), (9, 3)])
    def test_another_count_of_subkeys_than_the_lists_have_is_told(self, stated, listed):
        h = HiveBuilder()
        for number in range(listed):
            h.key(rf"k\sub{number}")
        data = bytearray(h.build())
        key = Hive(Bytes(data)).key("k")
        assert len(list(key.keys())) == listed
        assert key.tree.cells.problems == []
        struct.pack_into("<I", data, key.start + 20, stated)
        hive = Hive(Bytes(data))
        assert len(list(hive.key("k").keys())) == listed
        assert hive.problems == [f"key states {stated} subkeys, its lists have {listed}, at offset {key.start:#x}"]
        assert [problem.code for problem in hive.coded_problems] == ["hive-damaged"]

    def test_depth_and_paths_grow_with_each_level(self):
        h = HiveBuilder()
        h.key(r"a\b\c")
        hive = opened(h)
        assert [(key.path, key.depth) for key in (hive.root, hive.key("a"), hive.key(r"a\b"), hive.key(r"a\b\c"))] == [
            ("", 0), ("a", 1), (r"a\b", 2), (r"a\b\c", 3),
        ]  # fmt: skip
        assert hive.key(r"a\b").parent.path == "a"

    def test_a_hive_whose_root_is_damaged_is_broken(self):
        data = bytearray(HiveBuilder().build())
        data[Hive(Bytes(data)).root.start] = 0
        assert failure(lambda: Hive(Bytes(data))).code == "hive-broken"

    @pytest.mark.parametrize(
        ("size", "sound", "told"),
        [
            (0, True, "base block is damaged: it gives 0 bytes of hive bins; the 4096 of the file are read"),
            (4097, True, "base block is damaged: it gives 4097 bytes of hive bins; the 4096 of the file are read"),
            (4096, False, "base block is damaged: it gives 4096 bytes of hive bins; the 4096 of the file are read"),
            (8192, True, "hive is cut short: the base block gives 8192 bytes of hive bins, the file has 4096"),
            (8192, False, "hive is cut short: the base block gives 8192 bytes of hive bins, the file has 4096"),
            (4096, True, None),
        ],
    )
    def test_the_size_of_the_hive_bins_is_checked_against_the_file(self, size, sound, told):
        data = bytearray(HiveBuilder().build())
        assert len(data) == 2 * BLOCK
        struct.pack_into("<I", data, 40, size)
        struct.pack_into("<I", data, 508, checksum(data) ^ (0 if sound else 8))
        hive = Hive(Bytes(data))
        assert [problem for problem in hive.problems if "dirty" not in problem] == ([] if told is None else [told])
        assert hive.root.name == "ROOT"
        assert hive.dirty != sound

    def test_half_a_block_at_the_end_does_not_count(self):
        data = bytearray(HiveBuilder().build()) + bytes(BLOCK - 1)
        struct.pack_into("<I", data, 40, 0)
        struct.pack_into("<I", data, 508, checksum(data))
        assert Hive(Bytes(data)).cells.bins_size == BLOCK
        data += b"\0"
        assert Hive(Bytes(data)).cells.bins_size == 2 * BLOCK
