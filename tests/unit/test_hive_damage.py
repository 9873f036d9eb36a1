"""Damage of any kind to hives and logs: every walk ends, and only with expected errors."""

import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensic.errors import ForensicError, Malformed, Unsupported
from forensic.registry.base_block import checksum
from forensic.registry.hive import Hive
from tests.builders.hive import REG_BINARY, REG_DWORD, REG_MULTI_SZ, REG_SZ, HiveBuilder
from tests.builders.source import Bytes
from tests.builders.transaction_log import changed_blocks, dirty, entry, new_log, old_log

WORK_LIMIT = 3000
QUICK = settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def built(**options) -> bytes:
    h = HiveBuilder(**options)
    for number in range(12):
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


def explore(hive: Hive, limit: int = WORK_LIMIT) -> int:
    """Ask a hive everything, about at most `limit` keys and values; return how many there were."""
    waiting, work = [hive.root], 0
    while waiting and work < limit:
        key = waiting.pop()
        work += 1
        for ask in ("security", "class_name", "class_text", "written_span", "state", "place"):
            attempt(lambda key=key, ask=ask: getattr(key, ask))
        attempt(lambda key=key: key.find("k3"))
        attempt(lambda key=key: key.find_value("SZ"))
        for value in attempt(lambda key=key: list(key.values())) or ():
            work += 1
            for ask in ("raw", "state", "place"):
                attempt(lambda value=value, ask=ask: getattr(value, ask))
            for ask in ("text", "texts", "number", "filetime"):
                attempt(lambda value=value, ask=ask: getattr(value, ask)())
            attempt(lambda value=value: value.part(1, 2))
        children = attempt(lambda key=key: list(key.keys()))
        assert attempt(lambda key=key: list(key.subkey_times())) == (children and [child.written for child in children])
        waiting.extend(children or ())
    assert len([problem for problem in hive.problems if not problem.startswith("cross-check disagrees")]) <= 50
    return work


def attempt(ask):
    try:
        return ask()
    except ForensicError:
        return None


@QUICK
@given(st.sampled_from(HIVES), mutations, st.booleans())
def test_any_bytes_of_a_hive_may_be_wrong(data, changes, repair):
    try:
        hive = Hive(Bytes(mutated(data, changes, repair=repair)), cross_check=True)
    except ForensicError:
        return
    assert explore(hive) < WORK_LIMIT


@QUICK
@given(st.sampled_from(HIVES), st.integers(0, 1 << 16))
def test_a_hive_may_end_anywhere(data, end):
    try:
        hive = Hive(Bytes(data[: end % len(data)]))
    except ForensicError:
        return
    assert explore(hive) < WORK_LIMIT


@QUICK
@given(st.sampled_from(LOGS), mutations, st.integers(0, 1 << 16), st.booleans())
def test_any_bytes_of_a_log_may_be_wrong(log, changes, end, cut):
    planted = mutated(log, changes)
    hive = Hive(Bytes(DIRTY), logs=[Bytes(planted[: end % len(planted)] if cut else planted)])
    assert hive.recovered == "logs" or hive.problems
    assert explore(hive) < WORK_LIMIT


@given(st.binary(max_size=600), st.binary(max_size=200))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_anything_may_be_given_as_hive_or_log(data, tail):
    for planted in (data, b"regf" + data, DIRTY[:4096] + data, DIRTY):
        attempt(lambda planted=planted: explore(Hive(Bytes(planted), logs=[Bytes(tail), Bytes(LOGS[0][:512] + tail)])))


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
    hive = Hive(Bytes(planted_hive(cells)))
    assert levels < explore(hive) <= 2 * levels + 1


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


def test_walks_over_endless_damage_give_up():
    keys, entries = 40, 65_535
    size = len(node(0, 0, 0, b"a"))
    first = 32 + size
    cells = node(0xFFFFFFFF, first + keys * size, keys, b"r")
    lists = first + keys * size + len(cell(bytes(4 + 4 * keys)))
    length = len(cell(bytes(4 + 4 * entries)))
    cells += b"".join(node(32, lists + length * number, entries, b"a") for number in range(keys))
    cells += cell(struct.pack(f"<2sH{keys}I", b"li", keys, *(first + size * number for number in range(keys))))
    cells += cell(struct.pack(f"<2sH{entries}I", b"li", entries, *range(8, 8 * entries + 8, 8))) * keys
    hive = Hive(Bytes(planted_hive(cells)))
    with pytest.raises(Malformed, match="more than 500000 damaged entries"):
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
