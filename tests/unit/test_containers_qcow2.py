"""QCOW2: every kind of cluster, backing files, and what cannot be read."""

import os
import struct
import zlib

import pytest
import zstandard
from hypothesis import given

from forensic.containers import open_image
from forensic.errors import Malformed, Unreadable, Unsupported
from tests.builders.damage import damage, damages, survives
from tests.builders.virtual_disk import pattern, qcow2

CONTENT = pattern(300_000)


def opened(folder, data, name="disk.qcow2"):
    path = folder / name
    path.write_bytes(data)
    return open_image(path)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"version": 2},
        {"cluster_bits": 9},
        {"cluster_bits": 16},
        {"packed": "deflate"},
        {"packed": "deflate", "version": 2, "cluster_bits": 16},
        {"packed": "zstd"},
        {"packed": "zstd", "cluster_bits": 21},
        {"extended": True, "cluster_bits": 14},
    ],
    ids=str,
)
def test_reads_every_kind_of_cluster(tmp_path, options):
    image = opened(tmp_path, qcow2(CONTENT, **options))
    assert (image.format, image.size, image.sector_size, image.problems) == ("qcow2", len(CONTENT), 512, [])
    assert image.read_at(0, image.size) == CONTENT
    assert image.read_at(4000, 9001) == CONTENT[4000:13_001]
    assert image.read_at(len(CONTENT) - 5, 100) == CONTENT[-5:]
    assert image.read_at(len(CONTENT), 1) == image.read_at(-1, 5) == b""


def test_reads_only_what_is_needed(tmp_path):
    image = opened(tmp_path, qcow2(CONTENT))
    assert image.read_at(0, 512) == CONTENT[:512]
    assert image.meter.bytes_read < 40_000


def test_zero_clusters_hide_the_backing_file(tmp_path):
    (tmp_path / "base.raw").write_bytes(b"\xaa" * 16_384)
    image = opened(tmp_path, qcow2(b"\xbb" * 16_384, stored=[0], zeroed=[1], backing=b"base.raw"))
    assert image.read_at(0, 16_384) == b"\xbb" * 4096 + bytes(4096) + b"\xaa" * 8192
    assert image.segments == ("disk.qcow2", "base.raw")


def test_backing_file_that_is_shorter_ends_in_zeros(tmp_path):
    (tmp_path / "base.raw").write_bytes(b"\xaa" * 6000)
    assert opened(tmp_path, qcow2(bytes(16_384), backing=b"base.raw")).read_at(4096, 8192) == (b"\xaa" * 1904).ljust(8192, b"\0")


def test_chain_of_backing_files_shares_one_meter(tmp_path):
    (tmp_path / "a.qcow2").write_bytes(qcow2(CONTENT))
    (tmp_path / "b.qcow2").write_bytes(qcow2(CONTENT, stored=[], backing=b"a.qcow2"))
    image = opened(tmp_path, qcow2(CONTENT, stored=[], backing=b"b.qcow2"))
    assert image.read_at(0, image.size) == CONTENT
    assert image.meter.bytes_read > sum(map(len, (CONTENT.replace(b"\0", b""),)))
    assert len(image.files) == 3


def test_backing_file_declared_raw_is_not_looked_into(tmp_path):
    base = qcow2(b"\xaa" * 8192)
    (tmp_path / "base.raw").write_bytes(base)
    assert opened(tmp_path, qcow2(bytes(8192), backing=b"base.raw", backing_format=b"raw")).read_at(0, 8192) == base[:8192]
    assert opened(tmp_path, qcow2(bytes(8192), backing=b"base.raw", backing_format=b"qcow2")).read_at(0, 8192) == b"\xaa" * 8192


def test_chain_that_is_too_long_is_a_problem(tmp_path):
    for number in range(70):
        (tmp_path / f"{number}.qcow2").write_bytes(qcow2(bytes(8192), cluster_bits=9, backing=b"%d.qcow2" % (number + 1)))
    image = open_image(tmp_path / "0.qcow2")
    with pytest.raises(Unreadable, match="more than 64 parents"):
        image.read_at(0, 1)
    image.close()


def test_missing_backing_file_is_a_problem_and_unreadable_never_zeros(tmp_path):
    image = opened(tmp_path, qcow2(b"\xbb" * 16_384, stored=[0], backing=b"gone.qcow2"))
    assert image.read_at(0, 4096) == b"\xbb" * 4096
    with pytest.raises(Unreadable, match=r"gone\.qcow2"):
        image.read_at(4096, 1)
    assert [problem.severity for problem in image.problems] == ["error"]


@pytest.mark.parametrize("name", [b"../secret.raw", b"ABSOLUTE/secret.raw", b"sub/../../secret.raw", b"x\0y", b"a" * 1000, b".."])
def test_backing_file_elsewhere_is_never_read(tmp_path, name):
    (tmp_path / "secret.raw").write_bytes(b"secret " * 600)
    folder = tmp_path / "case"
    folder.mkdir()
    image = opened(folder, qcow2(bytes(8192), backing=name.replace(b"ABSOLUTE", os.fsencode(tmp_path))))
    with pytest.raises(Unreadable, match=r"is not beside disk\.qcow2, the only place where it is looked for"):
        image.read_at(0, 10)


def test_absolute_backing_file_is_found_beside(tmp_path):
    (tmp_path / "base.raw").write_bytes(b"\xaa" * 8192)
    assert opened(tmp_path, qcow2(bytes(8192), backing=b"/vm/images/base.raw")).read_at(0, 2) == b"\xaa\xaa"


def test_chain_that_leads_back_is_a_problem(tmp_path):
    (tmp_path / "a.qcow2").write_bytes(qcow2(bytes(8192), backing=b"disk.qcow2"))
    image = opened(tmp_path, qcow2(bytes(8192), backing=b"a.qcow2"))
    with pytest.raises(Unreadable, match="leads back"):
        image.read_at(0, 1)


def test_external_data_file_is_read(tmp_path):
    data = bytearray()
    disk = qcow2(CONTENT, data_file=data)
    (tmp_path / "data.raw").write_bytes(data.ljust(300_000, b"\0"))
    image = opened(tmp_path, disk)
    assert image.read_at(0, image.size) == CONTENT
    (tmp_path / "data.raw").unlink()
    image = opened(tmp_path, disk)
    with pytest.raises(Unreadable, match=r"data\.raw"):
        image.read_at(0, 1)


@pytest.mark.parametrize(
    ("options", "why"),
    [({"encryption": 1}, "encrypted"), ({"encryption": 2}, "encrypted"), ({"features": 1 << 9}, "unknown"), ({"version": 4}, "version 4")],
)
def test_what_is_not_understood_is_unsupported(tmp_path, options, why):
    with pytest.raises(Unsupported, match=why):
        opened(tmp_path, qcow2(CONTENT, **options))


@pytest.mark.parametrize(("bit", "what"), [(1, "dirty"), (2, "corrupt")])
def test_marks_in_the_header_are_warnings(tmp_path, bit, what):
    image = opened(tmp_path, qcow2(CONTENT, features=bit))
    assert [(problem.severity, what in problem.what) for problem in image.problems] == [("warning", True)]
    assert image.read_at(0, image.size) == CONTENT


def test_truncated_file_is_unreadable_with_one_problem(tmp_path):
    whole = qcow2(CONTENT)
    image = opened(tmp_path, whole[:-10_000])
    assert image.read_at(0, 4096) == CONTENT[:4096]
    for offset in (len(CONTENT) - 4096, len(CONTENT) - 512):
        with pytest.raises(Unreadable, match="file offset"):
            image.read_at(offset, 512)
    assert len(image.problems) == 1


@pytest.mark.parametrize("packed", ["deflate", "zstd"])
def test_damaged_compressed_cluster_is_malformed(tmp_path, packed):
    data = bytearray(qcow2(CONTENT, packed=packed))
    table = struct.unpack_from(">Q", data, 8192)[0] & (1 << 56) - 1
    at = struct.unpack_from(">Q", data, table)[0] & (1 << 58) - 1
    data[at : at + 8] = b"\xff" * 8
    with pytest.raises(Malformed, match="compressed"):
        opened(tmp_path, bytes(data)).read_at(0, 1)


def test_compressed_cluster_that_grows_without_end_is_bounded(tmp_path):
    bomb = zlib.compressobj(9, zlib.DEFLATED, -12)
    packed = bomb.compress(bytes(7_000_000)) + bomb.flush()
    data = bytearray(qcow2(b"a" * 4096, packed="deflate"))
    data += bytes(-len(data) % 512)
    struct.pack_into(">Q", data, 3 * 4096, 1 << 62 | 15 << 58 | len(data))
    with pytest.raises(Malformed, match="does not decompress to 4096"):
        opened(tmp_path, bytes(data) + packed).read_at(0, 1)


def test_zstandard_window_that_is_too_large_is_malformed(tmp_path):
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=27)
    stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    packed = stream.compress(b"a" * 4096) + stream.flush()
    data = bytearray(qcow2(b"a" * 4096, packed="zstd"))
    data += bytes(-len(data) % 512)
    struct.pack_into(">Q", data, 3 * 4096, 1 << 62 | 1 << 58 | len(data))
    with pytest.raises(Malformed, match="memory"):
        opened(tmp_path, bytes(data) + packed).read_at(0, 1)


def test_disk_larger_than_its_tables_is_malformed(tmp_path):
    with pytest.raises(Malformed, match="L1 table"):
        opened(tmp_path, qcow2(CONTENT, size=1 << 60))


def test_image_of_a_gigantic_disk_costs_nothing(tmp_path):
    image = opened(tmp_path, qcow2(b"", cluster_bits=21, size=1 << 39))
    assert image.size == 1 << 39
    assert image.read_at((1 << 39) - 3, 10) == bytes(3)


@given(changes=damages(20_000))
def test_any_damage_ends_in_bytes_or_a_forensic_error(tmp_path_factory, changes):
    path = tmp_path_factory.getbasetemp() / "damaged.qcow2"
    path.write_bytes(damage(DAMAGED, changes))
    survives(path)


DAMAGED = qcow2(pattern(60_000), packed="zstd")


@pytest.mark.parametrize(("name", "size"), [("windows_volume.qcow2", 35_913_728), ("ext2.qcow2", 4_194_304)])
def test_real_images_open(real, name, size):
    image = open_image(real(f"images/dfvfs/{name}"))
    assert (image.size, image.problems) == (size, [])
    assert len(image.read_at(0, size)) == size


def test_real_ext2_holds_the_content_of_the_raw_twin(real):
    twin = b"".join(real(f"images/dfvfs/ext2.splitraw.00{number}").read_bytes() for number in range(2))
    image = open_image(real("images/dfvfs/ext2.qcow2"))
    assert image.read_at(0, image.size) == twin
