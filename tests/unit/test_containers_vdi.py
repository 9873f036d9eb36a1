"""VDI: dynamic and fixed disks, and what cannot be read."""

import struct
from uuid import UUID

import pytest
from hypothesis import given

from forensic.containers import open_image
from forensic.errors import Malformed, Unreadable, Unsupported
from tests.builders.damage import damage, damages, survives
from tests.builders.virtual_disk import pattern, vdi

CONTENT = pattern(500_000)


def opened(folder, data):
    path = folder / "disk.vdi"
    path.write_bytes(data)
    return open_image(path)


@pytest.mark.parametrize("options", [{}, {"kind": 2}, {"block_size": 4096}, {"extra": 512}, {"block_size": 1 << 20}], ids=str)
def test_reads_dynamic_and_fixed_disks(tmp_path, options):
    image = opened(tmp_path, vdi(CONTENT, **options))
    assert (image.format, image.size, image.sector_size, image.problems) == ("vdi", len(CONTENT), 512, [])
    assert image.read_at(0, image.size) == CONTENT
    assert image.read_at(65_000, 70_000) == CONTENT[65_000:135_000]
    assert image.read_at(len(CONTENT) - 1, 2) == CONTENT[-1:]


def test_blocks_not_stored_or_discarded_are_zeros(tmp_path):
    image = opened(tmp_path, vdi(b"\xaa" * 16_384, block_size=4096, stored=[0, 3], discarded=[2]))
    assert image.read_at(0, 16_384) == b"\xaa" * 4096 + bytes(8192) + b"\xaa" * 4096


def test_differencing_disk_is_unsupported_and_names_its_parent(tmp_path):
    parent = UUID("01234567-89ab-cdef-0123-456789abcdef")
    with pytest.raises(Unsupported, match=str(parent)):
        opened(tmp_path, vdi(CONTENT, kind=4, parent=parent))


@pytest.mark.parametrize("options", [{"kind": 3}, {"version": 1}, {"version": 0x20000}], ids=str)
def test_other_types_and_versions_are_unsupported(tmp_path, options):
    with pytest.raises(Unsupported):
        opened(tmp_path, vdi(CONTENT, **options))


@pytest.mark.parametrize(("at", "value"), [(376, 3), (376, 0), (376, 1 << 31), (384, 1)])
def test_impossible_header_is_malformed(tmp_path, at, value):
    data = bytearray(vdi(CONTENT))
    struct.pack_into("<I", data, at, value)
    with pytest.raises(Malformed):
        opened(tmp_path, bytes(data))


def test_header_that_is_cut_is_malformed(tmp_path):
    with pytest.raises(Malformed, match="header"):
        opened(tmp_path, vdi(CONTENT)[:200])


def test_block_number_beyond_the_disk_is_malformed(tmp_path):
    data = bytearray(vdi(CONTENT))
    struct.pack_into("<I", data, 512, 1000)
    with pytest.raises(Malformed, match="stored block 1000"):
        opened(tmp_path, bytes(data)).read_at(0, 1)


def test_truncated_file_is_unreadable_with_one_problem(tmp_path):
    image = opened(tmp_path, vdi(CONTENT, kind=2)[:-100_000])
    assert image.read_at(0, 300_000) == CONTENT[:300_000]
    for _ in range(2):
        with pytest.raises(Unreadable, match="file offset"):
            image.read_at(490_000, 512)
    assert [problem.severity for problem in image.problems] == ["error"]


@given(changes=damages(600))
def test_any_damage_ends_in_bytes_or_a_forensic_error(tmp_path_factory, changes):
    path = tmp_path_factory.getbasetemp() / "damaged.vdi"
    path.write_bytes(damage(DAMAGED, changes))
    survives(path)


DAMAGED = vdi(pattern(100_000))
