"""Tables that point into what describes the disk: malformed and named, never bytes of a header given out as those of the disk."""

import struct
from contextlib import closing

import pytest

from forensic.containers import open_image
from forensic.errors import Malformed
from tests.builders import virtual_disk as disk

CONTENT = disk.pattern(200_000)


def patched(data, at, form, *values):
    """Return `data` with fields written over."""
    changed = bytearray(data)
    struct.pack_into(form, changed, at, *values)
    return bytes(changed)


def qcow2(which, position):
    data = disk.qcow2(CONTENT)
    (l1,) = struct.unpack_from(">Q", data, 40)
    (l2,) = struct.unpack_from(">Q", data, l1)
    at = {"L1": l1, "L2": l2 & (1 << 56) - 512}[which]
    return patched(data, at, ">Q", 1 << 63 | {"L1": l1, "L2": l2}.get(position, position))


def vmdk(which, sector):
    data = disk.vmdk(CONTENT, text=b"# Disk DescriptorFile\n")
    (directory,) = struct.unpack_from("<Q", data, 56)
    (table,) = struct.unpack_from("<I", data, directory * 512)
    at = {"directory": directory * 512, "table": table * 512}[which]
    return patched(data, at, "<I", {"directory": directory}.get(sector, sector))


CASES = {
    "vhd footer": (lambda: patched(disk.vhd(CONTENT), 1536, ">I", 0), "VHD block 0 is said to lie in the copy of the footer"),
    "vhd header": (lambda: patched(disk.vhd(CONTENT), 1536, ">I", 1), "VHD block 0 is said to lie in the dynamic header"),
    "vhd table": (lambda: patched(disk.vhd(CONTENT), 1536, ">I", 3), "VHD block 0 is said to lie in the block allocation table"),
    "vhdx header": (lambda: patched(disk.vhdx(CONTENT), disk.BAT_AT, "<Q", 6), "VHDX block 0 is said to lie in the header section"),
    "vhdx log": (lambda: patched(disk.vhdx(CONTENT), disk.BAT_AT, "<Q", disk.LOG_AT | 6), "VHDX block 0 is said to lie in the log"),
    "vhdx metadata": (
        lambda: patched(disk.vhdx(CONTENT), disk.BAT_AT, "<Q", disk.METADATA_AT | 6),
        "VHDX block 0 is said to lie in the metadata",
    ),
    "vhdx table": (
        lambda: patched(disk.vhdx(CONTENT), disk.BAT_AT, "<Q", disk.BAT_AT | 6),
        "VHDX block 0 is said to lie in the block allocation table",
    ),
    "qcow2 cluster in the L1 table": (lambda: qcow2("L2", "L1"), "QCOW2 cluster 0 is said to lie in the L1 table"),
    "qcow2 table in the L1 table": (lambda: qcow2("L1", "L1"), "QCOW2 L2 table 0 is said to lie in the L1 table"),
    "vmdk grain in the descriptor": (lambda: vmdk("table", 1), "VMDK grain 0 is said to lie in the descriptor"),
    "vmdk table in the descriptor": (lambda: vmdk("directory", 1), "VMDK grain table 0 is said to lie in the descriptor"),
    "vmdk table in the directory": (lambda: vmdk("directory", "directory"), "VMDK grain table 0 is said to lie in the grain directory"),
}
FORMATS = {"vhd": disk.vhd, "vhdx": disk.vhdx, "qcow2": disk.qcow2, "vmdk": disk.vmdk, "vdi": disk.vdi, "cowd.vmdk": disk.cowd}


@pytest.mark.parametrize("case", CASES)
def test_a_table_that_points_into_a_structure_of_the_container_is_malformed_and_told(tmp_path, case):
    make, words = CASES[case]
    path = tmp_path / f"disk.{case.split()[0]}"
    path.write_bytes(make())
    with closing(open_image(path)) as image:
        with pytest.raises(Malformed, match=words):
            image.read_at(0, 512)
        assert [(problem.code, words in problem.what) for problem in image.problems] == [("container-malformed", True)]


@pytest.mark.parametrize("extension", FORMATS)
def test_a_sound_container_gives_every_byte_and_has_no_problem(tmp_path, extension):
    path = tmp_path / f"disk.{extension}"
    content = CONTENT[: 390 * 512]
    path.write_bytes(FORMATS[extension](content))
    with closing(open_image(path)) as image:
        assert image.read_at(0, len(content)) == content
        assert [problem for problem in image.problems if problem.code] == []


def test_vdi_blocks_in_the_header_are_malformed(tmp_path):
    path = tmp_path / "disk.vdi"
    for first in (0, 256, 520):
        path.write_bytes(patched(disk.vdi(CONTENT), 344, "<I", first))
        with pytest.raises(Malformed, match="the first VDI block is said to lie in the"):
            open_image(path)


def test_what_is_declared_and_not_there_is_told_before_it_is_read(tmp_path):
    path = tmp_path / "disk.vdi"
    path.write_bytes(disk.vdi(CONTENT)[:-100])
    with closing(open_image(path)) as image:
        assert [problem.code for problem in image.problems] == ["truncated-image"]
    (tmp_path / "flat").write_bytes(CONTENT[: 99 * 512])
    path = tmp_path / "disk.vmdk"
    path.write_bytes(disk.descriptor(['RW 100 FLAT "flat" 0']))
    with closing(open_image(path)) as image:
        assert [(problem.where, problem.code) for problem in image.problems] == [("flat", "truncated-image")]
        assert image.read_at(0, 512) == CONTENT[:512]


def test_a_table_full_of_contradictions_gives_few_problems(tmp_path):
    path = tmp_path / "disk.vhd"
    data = disk.vhd(disk.pattern(4 << 20), block_size=1 << 16)
    for entry in range(64):
        data = patched(data, 1536 + 4 * entry, ">I", 0)
    path.write_bytes(data)
    with closing(open_image(path)) as image:
        for block in range(64):
            with pytest.raises(Malformed):
                image.read_at(block << 16, 512)
        assert len(image.problems) == 20
