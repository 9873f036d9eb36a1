"""VMDK: sparse, flat, split, stream-optimized, copy-on-write, deltas, and what cannot be read."""

import struct

import pytest
import pyvmdk
from hypothesis import given

from forensic.containers import open_image
from forensic.errors import Malformed, Unreadable, Unsupported
from tests.builders.damage import damage, damages, survives
from tests.builders.virtual_disk import cowd, descriptor, pattern, vmdk

CONTENT = pattern(614_400)
SECTORS = len(CONTENT) // 512


def opened(folder, data, name="disk.vmdk"):
    path = folder / name
    path.write_bytes(data)
    return open_image(path)


def sparse(content=CONTENT, name="disk.vmdk", cid=0x1234ABCD, parent_cid=0xFFFFFFFF, hint="", **options):
    create = "streamOptimized" if options.get("at_end") else "monolithicSparse"
    text = descriptor([f'RW {len(content) // 512} SPARSE "{name}"'], cid=cid, parent_cid=parent_cid, hint=hint, create=create)
    return vmdk(content, text=text, **options)


@pytest.mark.parametrize(
    "options",
    [{}, {"grain": 128}, {"entries": 16}, {"packed": True, "grain": 128}, {"packed": True, "at_end": True, "grain": 16}],
    ids=str,
)
def test_reads_sparse_and_stream_optimized_disks(tmp_path, options):
    image = opened(tmp_path, sparse(**options))
    assert (image.format, image.size, image.sector_size, image.problems) == ("vmdk", len(CONTENT), 512, [])
    assert image.read_at(0, image.size) == CONTENT
    assert image.read_at(65_000, 70_000) == CONTENT[65_000:135_000]
    assert image.read_at(len(CONTENT) - 1, 600) == CONTENT[-1:]


def test_reads_a_split_disk_of_every_kind_of_extent(tmp_path):
    (tmp_path / "d-s001.vmdk").write_bytes(vmdk(CONTENT[:102_400]))
    (tmp_path / "d-f002.vmdk").write_bytes(b"\xee" * 1024 + CONTENT[102_400:204_800])
    (tmp_path / "d-c003.vmdk").write_bytes(cowd(CONTENT[204_800:307_200]))
    lines = ['RW 200 SPARSE "d-s001.vmdk"', 'RW 200 FLAT "d-f002.vmdk" 2', 'RW 200 VMFSSPARSE "d-c003.vmdk"', "RW 200 ZERO"]
    image = opened(tmp_path, descriptor(lines))
    assert image.size == 409_600
    assert image.read_at(0, image.size) == CONTENT[:307_200] + bytes(102_400)
    assert image.read_at(102_000, 1000) == CONTENT[102_000:103_000]
    assert image.segments == ("disk.vmdk", "d-s001.vmdk", "d-f002.vmdk", "d-c003.vmdk")
    assert image.problems == []


def test_more_extents_than_a_process_may_open_are_read(tmp_path):
    lines = []
    for number in range(150):
        (tmp_path / f"f{number:03}").write_bytes(bytes([number]) * 512)
        lines.append(f'RW 1 FLAT "f{number:03}" 0')
    image = opened(tmp_path, descriptor(lines))
    assert image.read_at(0, image.size) == b"".join(bytes([number]) * 512 for number in range(150))
    assert sum(file._handle is not None for file in image.files) <= 65


def test_zeroed_grains_hide_the_parent(tmp_path):
    (tmp_path / "base.vmdk").write_bytes(sparse(b"\xaa" * 16_384, cid=5))
    child = sparse(b"\xbb" * 16_384, parent_cid=5, hint="base.vmdk", stored=[0], zeroed=[1])
    image = opened(tmp_path, child)
    assert image.read_at(0, 16_384) == b"\xbb" * 4096 + bytes(4096) + b"\xaa" * 8192
    assert (image.segments, image.problems) == (("disk.vmdk", "base.vmdk"), [])


def test_delta_of_a_delta_is_read(tmp_path):
    (tmp_path / "base.vmdk").write_bytes(sparse(b"\xaa" * 16_384, cid=5))
    (tmp_path / "one.vmdk").write_bytes(sparse(b"\xbb" * 16_384, cid=6, parent_cid=5, hint="C:\\vm\\base.vmdk", stored=[1]))
    image = opened(tmp_path, sparse(b"\xcc" * 16_384, parent_cid=6, hint="/vmfs/volumes/x/one.vmdk", stored=[2]))
    assert image.read_at(0, 16_384) == b"\xaa" * 4096 + b"\xbb" * 4096 + b"\xcc" * 4096 + b"\xaa" * 4096


def test_changed_content_id_of_the_parent_is_an_error(tmp_path):
    (tmp_path / "base.vmdk").write_bytes(sparse(b"\xaa" * 16_384, cid=7))
    image = opened(tmp_path, sparse(b"\xbb" * 16_384, parent_cid=5, hint="base.vmdk", stored=[0]))
    assert image.read_at(8192, 1) == b"\xaa"
    assert [(problem.severity, "00000007, not 00000005" in problem.what) for problem in image.problems] == [("error", True)]


@pytest.mark.parametrize("hint", ["gone.vmdk", "", "disk.vmdk"])
def test_missing_parent_is_a_problem_and_unreadable_never_zeros(tmp_path, hint):
    image = opened(tmp_path, sparse(b"\xbb" * 16_384, parent_cid=5, hint=hint, stored=[0]))
    assert image.read_at(0, 4096) == b"\xbb" * 4096
    with pytest.raises(Unreadable, match="parent"):
        image.read_at(4096, 1)
    assert [problem.severity for problem in image.problems] == ["error"]


@pytest.mark.parametrize("name", ["../secret", "ABSOLUTE/secret", "sub/../../secret", "/dev/zero", "..", "", "sub", "x" * 5000])
def test_extent_elsewhere_is_never_read(tmp_path, name):
    (tmp_path / "secret").write_bytes(b"secret!!" * 64)
    folder = tmp_path / "case"
    (folder / "sub").mkdir(parents=True)
    image = opened(folder, descriptor([f'RW 1 FLAT "{name.replace("ABSOLUTE", str(tmp_path))}" 0', "RW 1 ZERO"]))
    with pytest.raises(Unreadable, match="extent"):
        image.read_at(0, 512)
    assert image.read_at(512, 512) == bytes(512)
    assert [problem.severity for problem in image.problems] == ["error"]


def test_extent_below_and_extent_with_an_absolute_name_are_found(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.bin").write_bytes(b"a" * 512)
    (tmp_path / "b.bin").write_bytes(b"b" * 512)
    image = opened(tmp_path, descriptor(['RW 1 FLAT "sub/a.bin" 0', 'RW 1 FLAT "D:\\\\vm\\\\b.bin" 0']))
    assert image.read_at(0, 1024) == b"a" * 512 + b"b" * 512


def test_extent_without_descriptor_is_read_with_a_warning(tmp_path):
    image = opened(tmp_path, vmdk(CONTENT))
    assert image.read_at(0, image.size) == CONTENT
    assert [problem.severity for problem in image.problems] == ["warning"]


@pytest.mark.parametrize("kind", ["SESPARSE", "VMFSRDM"])
def test_other_extents_are_unreadable_and_named(tmp_path, kind):
    image = opened(tmp_path, descriptor([f'RW 1 {kind} "x"']))
    with pytest.raises(Unreadable, match=kind):
        image.read_at(0, 1)


def test_sparse_extent_of_esx_6_5_is_unsupported(tmp_path):
    with pytest.raises(Unsupported, match="is a seSparse extent"):
        opened(tmp_path, b"\xbe\xba\xfe\xca".ljust(8192, b"\0"))


def test_encrypted_disk_is_unsupported(tmp_path):
    with pytest.raises(Unsupported, match="encrypted"):
        opened(tmp_path, descriptor(["RW 1 ZERO"], more='encryption.keySafe = "x"'))


def test_descriptor_without_extents_is_malformed(tmp_path):
    with pytest.raises(Malformed, match="0 extents"):
        opened(tmp_path, descriptor([]))


def test_descriptor_of_an_impossible_size_is_malformed(tmp_path):
    with pytest.raises(Malformed, match="more than"):
        opened(tmp_path, descriptor([f"RW {1 << 53} ZERO"] * 2))


@pytest.mark.parametrize(("at", "form", "value"), [(20, "<Q", 3), (20, "<Q", 0), (20, "<Q", 1 << 40), (44, "<I", 0), (12, "<Q", 1 << 62)])
def test_impossible_extent_header_is_malformed(tmp_path, at, form, value):
    data = bytearray(sparse())
    struct.pack_into(form, data, at, value)
    with pytest.raises(Malformed):
        opened(tmp_path, bytes(data))


def test_extent_smaller_than_its_descriptor_says_is_malformed_there(tmp_path):
    (tmp_path / "x.vmdk").write_bytes(vmdk(CONTENT))
    image = opened(tmp_path, descriptor([f'RW {SECTORS + 8} SPARSE "x.vmdk"']))
    assert image.read_at(0, len(CONTENT)) == CONTENT
    with pytest.raises(Malformed, match="sectors"):
        image.read_at(len(CONTENT), 1)


def test_truncated_file_is_unreadable_with_one_problem(tmp_path):
    image = opened(tmp_path, sparse()[:-100_000])
    assert image.read_at(0, 4096) == CONTENT[:4096]
    for _ in range(2):
        with pytest.raises(Unreadable, match="file offset"):
            image.read_at(589_824, 512)
    assert [problem.severity for problem in image.problems] == ["error"]


def test_truncated_flat_extent_is_unreadable_there(tmp_path):
    (tmp_path / "f").write_bytes(CONTENT[:1000])
    image = opened(tmp_path, descriptor(['RW 4 FLAT "f" 0']))
    assert image.read_at(0, 1000) == CONTENT[:1000]
    with pytest.raises(Unreadable, match="file ends"):
        image.read_at(999, 2)


def test_stream_that_lost_its_end_is_unreadable(tmp_path):
    with pytest.raises(Unreadable, match="missing or damaged"):
        opened(tmp_path, sparse(packed=True, at_end=True)[:-1536])


def test_compressed_grain_of_another_place_or_with_damage_is_malformed(tmp_path):
    data = bytearray(sparse(packed=True, grain=16))
    first = next(number for number in range(2, len(data) // 512) if data[number * 512 + 12 : number * 512 + 14] == b"\x78\x9c")
    moved, damaged = bytearray(data), bytearray(data)
    moved[first * 512] = 9
    damaged[first * 512 + 30] ^= 0xFF
    for broken in (moved, damaged):
        with pytest.raises(Malformed, match="grain"):
            opened(tmp_path, bytes(broken)).read_at(0, 1)


@pytest.mark.parametrize("options", [{"hint": "gone", "parent_cid": 1}, {"packed": True, "at_end": True}], ids=str)
def test_any_damage_ends_in_bytes_or_a_forensic_error(tmp_path, options):
    whole = sparse(pattern(100_000), **options)
    path = tmp_path / "damaged.vmdk"

    @given(changes=damages(len(whole)))
    def check(changes):
        path.write_bytes(damage(whole, changes))
        survives(path)

    check()


@given(changes=damages(400))
def test_any_damage_of_a_descriptor_ends_in_bytes_or_a_forensic_error(tmp_path_factory, changes):
    folder = tmp_path_factory.mktemp("damaged", numbered=True)
    (folder / "f").write_bytes(CONTENT)
    (folder / "d.vmdk").write_bytes(damage(TEXT, changes))
    survives(folder / "d.vmdk")


TEXT = descriptor(['RW 600 FLAT "f" 0', 'RW 600 FLAT "f" 600', "RW 100000 ZERO"])


def read_by_library(path):
    handle = pyvmdk.handle()
    handle.open(str(path))
    handle.open_extent_data_files()
    return handle.read_buffer(handle.get_media_size())


@pytest.mark.parametrize("options", [{"grain": 128}, {"packed": True, "at_end": True, "grain": 128}], ids=str)
def test_libvmdk_agrees_on_written_disks(tmp_path, options):
    image = opened(tmp_path, sparse(**options))
    assert read_by_library(image.path) == image.read_at(0, image.size)


def test_libvmdk_agrees_on_split_disks(tmp_path):
    (tmp_path / "a").write_bytes(vmdk(CONTENT[:102_400], grain=16))
    (tmp_path / "b").write_bytes(cowd(CONTENT[102_400:204_800]))
    for line in ('RW 200 SPARSE "a"', 'RW 200 VMFSSPARSE "b"'):
        image = opened(tmp_path, descriptor([line], create="vmfsSparse" if "VMFS" in line else "twoGbMaxExtentSparse"))
        assert read_by_library(image.path) == image.read_at(0, image.size)


def test_real_ext2_holds_the_content_of_the_raw_twin(real):
    twin = b"".join(real(f"images/dfvfs/ext2.splitraw.00{number}").read_bytes() for number in range(2))
    image = open_image(real("images/dfvfs/ext2.vmdk"))
    assert (image.read_at(0, image.size), image.problems) == (twin, [])
