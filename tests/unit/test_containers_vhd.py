"""VHD: fixed, dynamic, differencing, and what cannot be read."""

import struct
from uuid import UUID

import pytest
from hypothesis import given

from forensic.containers import open_image
from forensic.errors import Malformed, Unreadable, Unsupported
from tests.builders.damage import damage, damages, survives
from tests.builders.virtual_disk import DISK, NIL, pattern, vhd

CONTENT = pattern(614_400)
BELOW = pattern(614_400, seed=2)
HELD = {0, 3, 4, 5, 127, 128, 500, 1199}


def opened(folder, data, name="disk.vhd"):
    path = folder / name
    path.write_bytes(data)
    return open_image(path)


@pytest.mark.parametrize("options", [{}, {"kind": 2}, {"block_size": 1 << 21}, {"block_size": 4096}], ids=str)
def test_reads_fixed_and_dynamic_disks(tmp_path, options):
    image = opened(tmp_path, vhd(CONTENT, **options))
    assert (image.format, image.size, image.sector_size, image.problems) == ("vhd", len(CONTENT), 512, [])
    assert image.read_at(0, image.size) == CONTENT
    assert image.read_at(65_000, 70_000) == CONTENT[65_000:135_000]
    assert image.read_at(len(CONTENT) - 1, 600) == CONTENT[-1:]


def test_footer_that_is_one_byte_short_is_read(tmp_path):
    image = opened(tmp_path, vhd(CONTENT, kind=2)[:-1])
    assert image.read_at(0, image.size) == CONTENT


def differencing(**options):
    mixed = bytearray(BELOW)
    for sector in HELD:
        mixed[sector * 512 : sector * 512 + 512] = CONTENT[sector * 512 : sector * 512 + 512]
    return bytes(mixed), vhd(CONTENT, kind=4, held=HELD, **({"parent_id": DISK, "unique_id": UUID(int=6)} | options))


@pytest.mark.parametrize("names", [{"relative": ".\\base.vhd"}, {"parent_name": "C:\\vm\\base.vhd"}, {"relative": "..\\BASE.VHD"}], ids=str)
@pytest.mark.parametrize("kind", [2, 3])
def test_differencing_disk_takes_from_its_parent_sector_by_sector(tmp_path, names, kind):
    (tmp_path / "base.vhd").write_bytes(vhd(BELOW, kind=kind))
    mixed, child = differencing(**names)
    image = opened(tmp_path, child)
    assert image.read_at(0, image.size) == mixed
    assert image.read_at(1500, 3000) == mixed[1500:4500]
    assert image.segments == ("disk.vhd", "base.vhd")
    assert image.problems == []


def test_three_generations_are_read(tmp_path):
    (tmp_path / "base.vhd").write_bytes(vhd(BELOW))
    mixed, child = differencing(relative="base.vhd")
    (tmp_path / "child.avhd").write_bytes(child)
    image = opened(tmp_path, vhd(CONTENT, kind=4, held=set(), parent_id=UUID(int=6), relative="child.avhd"))
    assert image.read_at(0, image.size) == mixed


def test_missing_parent_is_a_problem_and_unreadable_never_zeros(tmp_path):
    image = opened(tmp_path, differencing(relative="gone.vhd")[1])
    assert image.read_at(0, 512) == CONTENT[:512]
    with pytest.raises(Unreadable, match=r"gone\.vhd"):
        image.read_at(512, 1)
    assert [problem.severity for problem in image.problems] == ["error"]


def test_parent_with_another_id_is_refused(tmp_path):
    (tmp_path / "base.vhd").write_bytes(vhd(BELOW, unique_id=UUID(int=77)))
    image = opened(tmp_path, differencing(relative="base.vhd")[1])
    with pytest.raises(Unreadable, match="unique id"):
        image.read_at(512, 1)


def test_disk_that_is_its_own_parent_is_a_problem(tmp_path):
    image = opened(tmp_path, differencing(relative="disk.vhd", parent_id=UUID(int=6))[1])
    with pytest.raises(Unreadable, match="leads back"):
        image.read_at(512, 1)


def test_damaged_footer_gives_way_to_its_copy(tmp_path):
    data = vhd(CONTENT)
    for broken in (data[:-512], data[:-512] + bytes(512), data[:-400] + b"\x01" + data[-399:]):
        image = opened(tmp_path, broken)
        assert image.read_at(0, image.size) == CONTENT
        assert [problem.severity for problem in image.problems] == ["warning"]


def test_wrong_checksum_of_the_only_footer_is_a_warning(tmp_path):
    data = bytearray(vhd(CONTENT, kind=2))
    data[-1] = 1
    image = opened(tmp_path, bytes(data))
    assert image.read_at(0, 512) == CONTENT[:512]
    assert ["checksum" in problem.what for problem in image.problems] == [True]


def test_fixed_disk_that_lost_a_part_is_unreadable_there(tmp_path):
    data = vhd(CONTENT, kind=2)
    image = opened(tmp_path, data[:400_000] + data[-512:])
    assert image.read_at(0, 400_000) == CONTENT[:400_000]
    for offset in (399_999, 400_000, 500_000):
        with pytest.raises(Unreadable):
            image.read_at(offset, 2)
    assert [problem.severity for problem in image.problems] == ["error"]


def test_truncated_dynamic_disk_is_unreadable_with_one_error(tmp_path):
    image = opened(tmp_path, vhd(CONTENT)[:-200_000])
    for _ in range(2):
        with pytest.raises(Unreadable, match="file offset"):
            image.read_at(600_000, 512)
    assert [problem.severity for problem in image.problems] == ["warning", "error"]


@pytest.mark.parametrize(("size", "codes"), [(0, []), (512, ["second-copy-used"]), (200_000, ["second-copy-used", "truncated-image"])])
def test_an_end_that_is_cut_off_is_told_when_the_image_is_opened(tmp_path, size, codes):
    image = opened(tmp_path, vhd(CONTENT)[: -size or None])
    assert [problem.code for problem in image.problems] == codes


@pytest.mark.parametrize(("at", "value"), [(28, 1), (32, 0), (32, 3000), (32, 1 << 31)])
def test_impossible_dynamic_header_is_malformed(tmp_path, at, value):
    data = bytearray(vhd(CONTENT))
    struct.pack_into(">I", data, 512 + at, value)
    with pytest.raises(Malformed):
        opened(tmp_path, bytes(data))


def test_other_types_are_unsupported(tmp_path):
    with pytest.raises(Unsupported, match="type 6"):
        opened(tmp_path, vhd(CONTENT, kind=6))


@given(changes=damages(3000))
def test_any_damage_ends_in_bytes_or_a_forensic_error(tmp_path_factory, changes):
    path = tmp_path_factory.getbasetemp() / "damaged.vhd"
    path.write_bytes(damage(DAMAGED, changes))
    survives(path)


DAMAGED = vhd(pattern(100_000), kind=4, held=set(range(0, 190, 3)), parent_id=NIL, relative="gone.vhd")
