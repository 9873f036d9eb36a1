"""VHDX: fixed, dynamic, differencing, 4096-byte sectors, the log, and what cannot be read."""

import struct
from uuid import UUID

import pytest
from hypothesis import given

from forensic.containers import open_image
from forensic.errors import Malformed, Unreadable, Unsupported
from tests.builders.damage import damage, damages, survives
from tests.builders.virtual_disk import BAT_AT, MIB, PAYLOAD_AT, WRITTEN, pattern, seal, vhdx, vhdx_log_entry

CONTENT = pattern(3 * MIB + 4096)
BELOW = pattern(3 * MIB + 4096, seed=2)
HELD = {0, 3, 8, 9, 4000, *range(2048, 2300), *range(4096, 6144)}
LOG = UUID(int=0x1234)


def opened(folder, data, name="disk.vhdx"):
    path = folder / name
    path.write_bytes(data)
    return open_image(path)


@pytest.mark.parametrize("options", [{}, {"fixed": True}, {"block_size": 2 * MIB}, {"sector_size": 4096}], ids=str)
def test_reads_fixed_and_dynamic_disks(tmp_path, options):
    image = opened(tmp_path, vhdx(CONTENT, **options))
    assert (image.format, image.size, image.problems) == ("vhdx", len(CONTENT), [])
    assert image.sector_size == options.get("sector_size", 512)
    assert image.read_at(0, image.size) == CONTENT
    assert image.read_at(MIB - 7, 70_000) == CONTENT[MIB - 7 : MIB + 69_993]
    assert image.read_at(len(CONTENT) - 1, 600) == CONTENT[-1:]


def test_states_without_data_are_zeros(tmp_path):
    image = opened(tmp_path, vhdx(b"\xaa" * 5 * MIB, stored=[4], states={0: 0, 1: 1, 2: 2, 3: 3}))
    assert image.read_at(0, 5 * MIB) == bytes(4 * MIB) + b"\xaa" * MIB


@pytest.mark.parametrize("state", [4, 5, 7])
def test_impossible_state_is_malformed(tmp_path, state):
    with pytest.raises(Malformed, match=f"state {state}"):
        opened(tmp_path, vhdx(CONTENT, states={0: state})).read_at(0, 1)


def differencing(linkage=WRITTEN, sector_size=512, key="relative_path", name=".\\base.vhdx"):
    unit, held = sector_size, {sector for sector in HELD if sector * sector_size < len(CONTENT)}
    mixed = bytearray(BELOW)
    for sector in held:
        mixed[sector * unit : sector * unit + unit] = CONTENT[sector * unit : sector * unit + unit]
    parent = {"parent_linkage": f"{{{linkage}}}", key: name}
    return bytes(mixed), vhdx(CONTENT, held=held, parent=parent, data_write=UUID(int=10), sector_size=sector_size)


@pytest.mark.parametrize("sector_size", [512, 4096])
@pytest.mark.parametrize("names", [{}, {"key": "absolute_win32_path", "name": "C:\\vm\\Base.vhdx"}], ids=str)
def test_differencing_disk_takes_from_its_parent_sector_by_sector(tmp_path, sector_size, names):
    (tmp_path / "base.vhdx").write_bytes(vhdx(BELOW, sector_size=sector_size))
    mixed, child = differencing(sector_size=sector_size, **names)
    image = opened(tmp_path, child)
    assert image.read_at(0, image.size) == mixed
    assert image.read_at(1500, 9000) == mixed[1500:10_500]
    assert (image.segments, image.problems) == (("disk.vhdx", "base.vhdx"), [])


def test_missing_parent_is_a_problem_and_unreadable_never_zeros(tmp_path):
    image = opened(tmp_path, differencing()[1])
    assert image.read_at(0, 512) == CONTENT[:512]
    with pytest.raises(Unreadable, match=r"base\.vhdx"):
        image.read_at(512, 1)
    assert [problem.severity for problem in image.problems] == ["error"]


def test_parent_that_was_written_to_is_refused(tmp_path):
    (tmp_path / "base.vhdx").write_bytes(vhdx(BELOW))
    image = opened(tmp_path, differencing(linkage=UUID(int=99))[1])
    with pytest.raises(Unreadable, match="linkage"):
        image.read_at(512, 1)


def stale(entries, **options):
    """Write a disk whose table knows no blocks, and a log of `entries`."""
    data = bytearray(vhdx(CONTENT, log=b"".join(entries), log_guid=LOG, **options))
    table = bytes(data[BAT_AT : BAT_AT + 4096])
    data[BAT_AT : BAT_AT + 4096] = bytes(4096)
    return bytes(data), table


def entry(writes, sequence=7, tail=0, size=1 << 24, guid=LOG):
    return vhdx_log_entry(writes, sequence=sequence, tail=tail, guid=guid, flushed=MIB, last=size)


def test_log_is_applied_in_memory(tmp_path):
    data, table = stale([])
    wrong = b"\xff" * 4096
    log = entry([(BAT_AT, wrong)]) + entry([(BAT_AT, 4096), (BAT_AT + 4096, 4096)], 8) + entry([(BAT_AT, table)], 9)
    data = data[:MIB] + log.ljust(MIB, b"\0") + data[2 * MIB :]
    image = opened(tmp_path, data)
    assert image.read_at(0, image.size) == CONTENT
    assert [(problem.severity, "3 log entries" in problem.what) for problem in image.problems] == [("warning", True)]
    assert (tmp_path / "disk.vhdx").read_bytes() == data


def test_log_that_goes_around_its_end_is_applied(tmp_path):
    data, table = stale([])
    first, second = entry([(BAT_AT, b"\xff" * 4096)], 7, MIB - 8192), entry([(BAT_AT, table)], 8, MIB - 8192)
    data = data[:MIB] + (second.ljust(MIB - 8192, b"\0") + first) + data[2 * MIB :]
    image = opened(tmp_path, data)
    assert image.read_at(0, image.size) == CONTENT


def test_older_sequences_and_other_logs_are_not_applied(tmp_path):
    data, table = stale([])
    log = entry([(BAT_AT, table)], 20) + bytes(4096) + entry([(BAT_AT, b"\xff" * 4096)], 5, 12_288)
    log += bytes(4096) + entry([(BAT_AT, b"\xff" * 4096)], 30, 24_576, guid=UUID(int=1))
    image = opened(tmp_path, data[:MIB] + log.ljust(MIB, b"\0") + data[2 * MIB :])
    assert image.read_at(0, image.size) == CONTENT


def test_log_that_cannot_be_applied_is_an_error(tmp_path):
    broken = bytearray(entry([(BAT_AT, bytes(4096))]))
    broken[5000] ^= 1
    image = opened(tmp_path, vhdx(CONTENT, log=bytes(broken), log_guid=LOG))
    assert image.read_at(0, 512) == CONTENT[:512]
    assert [(problem.severity, "log was not applied" in problem.what) for problem in image.problems] == [("error", True)]


def test_log_of_a_hostile_image_is_bounded(tmp_path):
    one = bytearray(64)
    struct.pack_into("<4sIIIQII16sQQ", one, 0, b"loge", 0, MIB, 0, 7, 0, 0, LOG.bytes_le, 0, 0)
    image = opened(tmp_path, vhdx(CONTENT, log=bytes(one).ljust(4096, b"\0") * 256, log_guid=LOG))
    assert [problem.severity for problem in image.problems] == ["error"]
    many = entry([(0, 1 << 40)] * 1100)
    image = opened(tmp_path, vhdx(CONTENT, log=many, log_guid=LOG))
    assert ["zeroed ranges" in problem.what for problem in image.problems] == [True]


def test_one_damaged_header_gives_way_to_the_other(tmp_path):
    data = bytearray(vhdx(CONTENT))
    data[131_072 + 8] ^= 1
    image = opened(tmp_path, bytes(data))
    assert image.read_at(0, image.size) == CONTENT
    assert [problem.severity for problem in image.problems] == ["warning"]
    data[65_536 + 8] ^= 1
    with pytest.raises(Malformed, match="headers"):
        opened(tmp_path, bytes(data))


def test_damaged_region_table_gives_way_to_its_copy(tmp_path):
    data = bytearray(vhdx(CONTENT))
    data[196_608 + 20] ^= 1
    image = opened(tmp_path, bytes(data))
    assert image.read_at(0, image.size) == CONTENT
    data[262_144 + 20] ^= 1
    with pytest.raises(Malformed, match="region tables"):
        opened(tmp_path, bytes(data))


def test_unknown_required_region_is_unsupported(tmp_path):
    data = bytearray(vhdx(CONTENT))
    table = data[196_608:262_144]
    table[8] = 3
    table[16 + 64 : 16 + 96] = UUID(int=4).bytes_le + struct.pack("<QII", 0, 0, 1)
    data[196_608:262_144] = seal(bytes(table))
    with pytest.raises(Unsupported, match="region"):
        opened(tmp_path, bytes(data))


@pytest.mark.parametrize(("offset", "value"), [(0, 3), (0, 0), (12, 100), (12, 0x10000000)], ids=str)
def test_impossible_metadata_is_malformed(tmp_path, offset, value):
    data = bytearray(vhdx(CONTENT))
    struct.pack_into("<I", data, 2 * MIB + 65_536 + offset, value)
    with pytest.raises(Malformed):
        opened(tmp_path, bytes(data))


def test_truncated_file_is_unreadable_with_one_problem(tmp_path):
    image = opened(tmp_path, vhdx(CONTENT)[: PAYLOAD_AT + MIB])
    assert image.read_at(0, MIB) == CONTENT[:MIB]
    for _ in range(2):
        with pytest.raises(Unreadable, match="file offset"):
            image.read_at(2 * MIB, 512)
    assert [problem.severity for problem in image.problems] == ["error"]


@pytest.mark.parametrize("size", [None, MIB, 4096, 1])
def test_an_end_that_is_cut_off_is_told_when_the_image_is_opened(tmp_path, size):
    """Nobody reads the last block of a disk for its own sake: what lies there would be missing unsaid."""
    data = vhdx(CONTENT)
    image = opened(tmp_path, data if size is None else data[:-size])
    assert [problem.code for problem in image.problems] == ([] if size is None else ["truncated-image"])


REGIONS = [(65_536, 80), (131_072, 80), (MIB, 8192), (2 * MIB, 400), (2 * MIB + 65_536, 300), (BAT_AT, 64)]


@given(changes=damages(sum(size for _, size in REGIONS)))
def test_any_damage_ends_in_bytes_or_a_forensic_error(tmp_path_factory, changes):
    path = tmp_path_factory.getbasetemp() / "damaged.vhdx"
    placed = []
    for position, value in changes:
        at = position
        for start, size in REGIONS:
            if at < size:
                placed.append((start + at, value))
                break
            at -= size
    data = bytearray(damage(DAMAGED, placed))
    for start in (65_536, 131_072):  # sealed again, so that what was changed in them is looked at
        data[start : start + 4096] = seal(bytes(data[start : start + 4096]))
    path.write_bytes(bytes(data))
    survives(path)


DAMAGED = vhdx(pattern(MIB), held={0, 1, 2}, parent={"relative_path": "gone"}, log=entry([(BAT_AT + 4096, bytes(4096))]), log_guid=LOG)
