"""Damage of any kind to hives and logs: every walk ends, and only with expected errors."""

import struct
from collections.abc import Sequence
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensic.errors import ForensicError, Malformed, NotFound, Unsupported
from forensic.model import upcase
from forensic.model.gap import CODES
from forensic.registry.base_block import checksum
from forensic.registry.cell import Cells
from forensic.registry.hive import Hive
from forensic.registry.key import Key
from forensic.registry.value import Value
from tests.builders.hive import REG_BINARY, REG_DWORD, REG_MULTI_SZ, REG_SZ, HiveBuilder
from tests.builders.source import Bytes
from tests.builders.strict_hive import Strange, StrictHive, untouched
from tests.builders.transaction_log import changed_blocks, dirty, entry, new_log, old_log

WORK_LIMIT = 3000
QUICK = settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def built(**options) -> bytes:
    h = HiveBuilder(**options)
    for number in range(5):
        h.value(rf"a\k{number}", "sz", REG_SZ, f"text {number}")
        h.value(rf"a\k{number}\deep", "", REG_DWORD, number)
        h.key(rf"a\k{number}", class_name="class")
    h.value("b", "multi", REG_MULTI_SZ, ["x", "y"])
    h.value("b", "big", REG_BINARY, bytes(20_000))
    return h.build()


HIVES = [built(), built(list_kind="ri"), built(list_kind="lf"), built(version=(1, 1)), built(wide_names=True)]
CHANGED = HIVES[0].replace("text 1".encode("utf-16-le"), "next 1".encode("utf-16-le"))
BLOCKS = changed_blocks(HIVES[0], CHANGED)
DIRTY = dirty(HIVES[0], primary=11, secondary=10)
SOUND = [StrictHive(data) for data in HIVES]
LOGS = [new_log(HIVES[0], 10, [entry(CHANGED, BLOCKS, 10), entry(CHANGED, BLOCKS, 11)]), old_log(HIVES[0], CHANGED, 11)]

mutations = st.lists(
    st.tuples(st.integers(0, 1 << 20), st.sampled_from([0, 1, 0x7F, 0x80, 0xFF, 0x6E, 0x20]) | st.integers(0, 255)), max_size=24
)


def mutated(data: bytes, changes, *, repair: bool = True) -> bytes:
    block = bytearray(data)
    for at, byte in changes:
        block[at % len(block)] = byte
    if repair and len(block) >= 512:
        struct.pack_into("<I", block, 508, checksum(block))
    return bytes(block)


class Read:
    """All that a hive says, and whether it said what is wrong with it: asked for everything, about at most `limit` keys and values."""

    def __init__(self, hive: Hive, data: bytes, limit: int = WORK_LIMIT):
        self.hive, self.data, self.keys, self.values, self.work = hive, data, set(), set(), 0
        self.failures: list[ForensicError] = []
        waiting = [hive.root]
        while waiting and self.work < limit:
            waiting.extend(self._key(waiting.pop()))
        told = [problem for problem in hive.problems if not problem.startswith("cross-check disagrees")]
        assert len(told) <= 50
        assert not [problem for problem in hive.problems if problem.startswith("cross-check disagrees")] or not self.is_sound

    @property
    def is_sound(self) -> bool:
        """Whether the hive told of no damage whatever was asked."""
        return not self.hive.problems and not self.failures

    def _key(self, key) -> list:
        self.work += 1
        assert key.state in {"stored", "recovered"}
        assert key.state == "recovered" or self._stands(key.place.offset, key.raw)
        assert key.state == "recovered" or self._stands(key.written_span.place.offset, int(key.written).to_bytes(8, "little"))
        class_name, security = self._ask(lambda: key.class_name, absent=None), self._ask(lambda: key.security, absent=None)
        if class_name is not None:
            assert class_name.state == "recovered" or self._stands(class_name.place.offset, class_name.raw)
        if security is not None:
            assert security.state == "recovered" or self._stands(security.place.offset, security.raw)
        self.keys.add((key.path, int(key.written), *(None if span is None else span.raw for span in (class_name, security))))
        for value in self._ask(lambda: list(key.values()), absent=[]):
            self._value(key, value)
        children = self._ask(lambda: list(key.keys()), absent=[])
        assert self._ask(lambda: list(key.subkey_times()), absent=[]) == [child.written for child in children]
        names = [upcase(child.name) for child in children]
        for child in children[:3]:
            found = self._ask(lambda name=child.name: key.find(name), absent=child)
            assert found.offset == children[names.index(upcase(child.name))].offset
        assert "absent" in names or self._ask(lambda: key.find("absent"), absent=None) is None
        return children

    def _value(self, key, value) -> None:
        self.work += 1
        raw = self._ask(lambda: value.raw, absent=None)
        if raw is None:
            return
        self.values.add((key.path, value.name, value.type, raw))
        state = value.state
        for at in {0, len(raw) // 2, len(raw) - 1} if raw else ():
            part = value.part(at, 1)
            assert part.raw == raw[at : at + 1]
            assert state == "recovered" or self._stands(part.place.offset, part.raw)
        for read in (value.text, value.texts, value.number, value.filetime):
            self._ask(read, absent=None, counts=False)  # each is wrong for most types
        found = self._ask(lambda: key.find_value(value.name), absent=value)
        assert upcase(found.name) == upcase(value.name)

    def _stands(self, offset: int, raw: bytes) -> bool:
        return self.data[offset : offset + len(raw)] == raw

    def _ask(self, question, *, absent, counts: bool = True):
        """Return the answer, `absent` where there is none; only a ForensicError may stand for an answer."""
        try:
            return question()
        except NotFound:
            return absent
        except ForensicError as error:
            failure = error
        assert str(failure)
        assert failure.code in CODES
        if counts:
            self.failures.append(failure)
        return absent


def opened(data: bytes, logs: Sequence[bytes] = (), **options) -> Hive | ForensicError:
    try:
        return Hive(Bytes(data), logs=[Bytes(log) for log in logs], **options)
    except ForensicError as error:
        return error


def check(damaged: bytes, sound: StrictHive, changed: Sequence[int], **options) -> None:
    """Read a damaged hive: what it gives is what the bytes say, and what depends on no changed byte is all there."""
    hive = opened(damaged, **options)
    root = next(key for key in sound.keys if not key[0])
    if isinstance(hive, ForensicError):
        assert hive.code in CODES
        assert not untouched({root: sound.keys[root]}, changed), "a hive whose base block and root are sound opens"
        return
    found = Read(hive, damaged)
    assert found.work < WORK_LIMIT
    if found.is_sound:
        expected = StrictHive(damaged)  # Strange here: damage of which nothing was told
        assert (found.keys, found.values) == ({*expected.keys}, {*expected.values})
    assert found.keys >= untouched(sound.keys, changed)
    assert found.values >= untouched(sound.values, changed)


def places(data: bytes, changes) -> list[int]:
    """Return where these changes may make a difference."""
    return sorted({at % len(data) for at, _ in changes})


@pytest.mark.parametrize("data", HIVES)
def test_a_sound_hive_says_what_the_strict_reader_reads(data):
    hive, expected = Hive(Bytes(data)), StrictHive(data)
    found = Read(hive, data)
    assert found.is_sound
    assert (found.keys, found.values) == ({*expected.keys}, {*expected.values})
    assert len(found.keys) == 1 + 1 + 5 + 5 + 1


def swapped(raw):
    return property(lambda value: raw.func(value)[::-1])


@pytest.mark.parametrize(
    ("of", "name", "wrong"),
    [
        (Value, "raw", swapped(Value.raw)),
        (Key, "keys", lambda key, keys=Key.keys: islice(keys(key), 4)),
        (Key, "listed_values", lambda key, damage, values=Key.listed_values: islice(values(key, damage), 1)),
        (Key, "find", lambda key, _, keys=Key.keys: next(keys(key))),
        (Key, "find_value", lambda key, _: next(key.listed_values([]))),
        (Key, "subkey_times", lambda _: iter(())),
    ],
)
def test_a_reader_that_is_wrong_without_a_word_would_be_noticed(monkeypatch, of, name, wrong):
    monkeypatch.setattr(of, name, wrong)
    with pytest.raises(AssertionError):
        check(HIVES[0], SOUND[0], [])


def test_a_reader_that_tells_of_no_damage_would_be_noticed(monkeypatch):
    monkeypatch.setattr(Cells, "step_over", lambda *_: None)
    at = HIVES[0].index(b"k3") - 76
    with pytest.raises(Strange):
        check(mutated(HIVES[0], [(at, 0)]), SOUND[0], [at])


@QUICK
@given(st.sampled_from(range(len(HIVES))), mutations, st.booleans())
def test_any_bytes_of_a_hive_may_be_wrong(number, changes, repair):
    damaged = mutated(HIVES[number], changes, repair=repair)
    check(damaged, SOUND[number], places(HIVES[number], changes), cross_check=True)


@QUICK
@given(st.sampled_from(range(len(HIVES))), st.integers(0, 1 << 20), st.integers(0, 7))
def test_any_bit_of_a_hive_may_be_wrong(number, at, bit):
    at %= len(HIVES[number])
    check(mutated(HIVES[number], [(at, HIVES[number][at] ^ 1 << bit)]), SOUND[number], [at])


@QUICK
@given(st.sampled_from(range(len(HIVES))), st.integers(0, 1 << 20))
def test_a_hive_may_end_anywhere(number, end):
    end %= len(HIVES[number])
    check(HIVES[number][:end], SOUND[number], range(end, len(HIVES[number])))


@QUICK
@given(mutations, st.integers(0, 1 << 16), st.booleans())
def test_any_bytes_of_a_new_log_may_be_wrong(changes, end, cut):
    """Its entries have hashes: without a word about damage, what they said is there."""
    planted = mutated(LOGS[0], changes)
    hive = Hive(Bytes(DIRTY), logs=[Bytes(planted[: end % len(planted)] if cut else planted)])
    found = Read(hive, DIRTY)
    expected = StrictHive(CHANGED if hive.recovered == "logs" else HIVES[0])
    assert hive.recovered == "logs" or hive.problems
    assert not found.failures
    assert (found.keys, found.values) == ({*expected.keys}, {*expected.values})


@QUICK
@given(mutations, st.integers(0, 1 << 16), st.booleans())
def test_any_bytes_of_an_old_log_may_be_wrong(changes, end, cut):
    """Its pages have no checksums: they are what the log holds, in the order of its bitmap, or the log is left out."""
    planted = mutated(LOGS[1], changes)
    planted = planted[: end % len(planted)] if cut else planted
    hive = Hive(Bytes(DIRTY), logs=[Bytes(planted)])
    assert Read(hive, DIRTY).work < WORK_LIMIT
    assert hive.recovered == "logs" or hive.problems
    if hive.recovered == "logs":
        bits = planted[512 + 4 : 512 + 4 + (len(DIRTY) - 4096) // 4096]
        marked = [8 * at + bit for at, byte in enumerate(bits) for bit in range(8) if byte >> bit & 1]
        pages = [planted[at : at + 512] for at in range(1024, 1024 + 512 * len(marked), 512)]
        assert dict(hive.cells.pages.overlay) == dict(zip([8 + page for page in marked], pages, strict=True))


@given(st.binary(max_size=600), st.binary(max_size=200))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_anything_may_be_given_as_hive_or_log(data, tail):
    for planted in (data, b"regf" + data, DIRTY[:4096] + data, DIRTY):
        hive = opened(planted, [tail, LOGS[0][:512] + tail])
        if isinstance(hive, ForensicError):
            assert hive.code == "hive-broken"
        else:
            Read(hive, planted)
    found = Read(hive, DIRTY)
    assert (found.keys, found.values) == ({*SOUND[0].keys}, {*SOUND[0].values})


def cell(data: bytes) -> bytes:
    size = (len(data) + 4 + 7) // 8 * 8
    return struct.pack("<i", -size) + data.ljust(size - 4, b"\0")


def node(parent: int, subkeys: int, count: int, name: bytes, *, values: int = 0, value_list: int = 0) -> bytes:
    return cell(
        struct.pack(
            "<2sHQ15I2H",
            b"nk",
            0x20,
            0,
            0,
            parent,
            count,
            0,
            subkeys,
            0,
            values,
            value_list,
            0xFFFFFFFF,
            0xFFFFFFFF,
            0,
            0,
            0,
            0,
            0,
            len(name),
            0,
        )
        + name
    )


def planted_hive(cells: bytes, root: int = 32) -> bytes:
    size = (len(cells) + 32 + 4095) // 4096 * 4096
    block = bytearray(4096)
    struct.pack_into("<4sIIQIIIIIII", block, 0, b"regf", 1, 1, 0, 1, 5, 0, 1, root, size, 1)
    struct.pack_into("<I", block, 508, checksum(block))
    return bytes(block) + (struct.pack("<4sII", b"hbin", 0, size) + bytes(20) + cells).ljust(size, b"\0")


def test_levels_that_share_one_list_do_not_multiply():
    """Forty levels of two keys, each listing both keys of the next level: 2**40 paths, were nodes shared."""
    levels, size = 40, len(node(0, 0, 2, b"a"))
    pair = len(cell(b"li" + bytes(10)))
    step = 2 * size + pair
    cells = node(0xFFFFFFFF, 32 + size, 2, b"r") + cell(struct.pack("<2sHII", b"li", 2, 32 + size + pair, 32 + 2 * size + pair))
    at = 32 + size + pair
    for level in range(levels):
        below, last = at + 2 * size, level == levels - 1
        cells += node(32 if not level else at - step, below, 0 if last else 2, b"a") + node(0, below, 0 if last else 2, b"b")
        cells += cell(struct.pack("<2sHII", b"li", 2, below + pair, below + pair + size))
        at += step
    data = planted_hive(cells)
    assert levels < Read(Hive(Bytes(data)), data).work <= 2 * levels + 1


def test_keys_that_share_one_long_list_of_values_do_not_multiply():
    record = len(cell(struct.pack("<2sHIIIHH", b"vk", 0, 0x80000000, 0, 0, 0, 0)))
    size, keys, values = len(node(0, 0, 0, b"a")), 400, 2000
    first = 32 + size
    start_list = first + keys * size
    value_list = start_list + len(cell(struct.pack("<2sH", b"li", keys) + bytes(4 * keys)))
    start_values = value_list + len(cell(bytes(4 * values)))
    cells = node(0xFFFFFFFF, start_list, keys, b"r")
    cells += b"".join(node(32, 0, 0, b"a", values=values, value_list=value_list) for _ in range(keys))
    cells += cell(struct.pack(f"<2sH{keys}I", b"li", keys, *(first + size * number for number in range(keys))))
    cells += cell(struct.pack(f"<{values}I", *(start_values + record * number for number in range(values))))
    cells += cell(struct.pack("<2sHIIIHH", b"vk", 0, 0x80000000, 0, 0, 0, 0)) * values
    hive = Hive(Bytes(planted_hive(cells)))
    assert sum(1 for key in hive.root.keys() for _ in key.values()) == values
    assert "belongs to another key" in " ".join(hive.problems)


def test_walks_over_endless_damage_give_up(monkeypatch):
    monkeypatch.setattr("forensic.registry.cell.DAMAGE_LIMIT", 50_000)
    keys, entries = 40, 6553
    size = len(node(0, 0, 0, b"a"))
    first = 32 + size
    cells = node(0xFFFFFFFF, first + keys * size, keys, b"r")
    lists = first + keys * size + len(cell(bytes(4 + 4 * keys)))
    length = len(cell(bytes(4 + 4 * entries)))
    cells += b"".join(node(32, lists + length * number, entries, b"a") for number in range(keys))
    cells += cell(struct.pack(f"<2sH{keys}I", b"li", keys, *(first + size * number for number in range(keys))))
    cells += cell(struct.pack(f"<2sH{entries}I", b"li", entries, *range(8, 8 * entries + 8, 8))) * keys
    hive = Hive(Bytes(planted_hive(cells)))
    with pytest.raises(Malformed, match="more than 50000 damaged entries"):
        sum(len(list(key.keys())) for key in hive.root.keys())


def test_keys_nested_too_deep_end_the_walk():
    h = HiveBuilder()
    h.key("\\".join(["k"] * 600))
    hive = Hive(Bytes(h.build()))
    key, depth = hive.root, 0
    while (below := next(key.keys(), None)) is not None:
        key, depth = below, depth + 1
    assert depth == 512
    assert "deeper than 512" in hive.problems[0]


def test_an_index_of_indexes_without_end_is_left():
    h = HiveBuilder(list_kind="ri")
    h.key("a")
    data = bytearray(h.build())
    hive = Hive(Bytes(bytes(data)))
    index = 4096 + hive.root.node.subkeys_list_offset
    leaf = struct.unpack_from("<I", data, index + 8)[0]
    data[4096 + leaf + 4 : 4096 + leaf + 12] = struct.pack("<2sHI", b"ri", 1, hive.root.node.subkeys_list_offset)
    hive = Hive(Bytes(bytes(data)))
    assert list(hive.root.keys()) == []
    assert hive.problems


def test_data_longer_than_any_that_matter_are_not_read():
    h = HiveBuilder()
    h.value("K", "V", REG_BINARY, bytes(3 << 20))
    hive = Hive(Bytes(h.build()))
    with pytest.raises(Unsupported, match="value claims 3145728 bytes of data, more than the 2097152 that are read"):
        _ = hive.key("K").value("V").raw
