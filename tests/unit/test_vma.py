"""VMA: each disk of the machine as an image, and backups that are damaged."""

import struct
from pathlib import Path

import pytest
from hypothesis import given

from forensic import examine
from forensic.containers import open_image
from forensic.errors import ForensicError, Malformed, NotFound, Unreadable, Unsupported
from forensic.volumes.tree import walk
from forensic.volumes.vma import VmaTree
from tests.builders.damage import damage, damages
from tests.builders.virtual_disk import pattern
from tests.builders.vma import vma

SAMPLES = Path(__file__).parent.parent.parent / "samples"
DISK, OTHER = pattern(9_000_000), pattern(200_000, 2)
WRITTEN = vma({"drive-scsi0": DISK, "drive-scsi1": OTHER}, {"qemu-server.conf": b"cores: 2\n"})


def tree_of(folder, data):
    path = folder / "vzdump-qemu-100.vma"
    path.write_bytes(data)
    return VmaTree(path)


@pytest.mark.parametrize("order", [None, lambda one: one[1], lambda one: -one[1]], ids=["one by one", "mixed", "backwards"])
def test_every_byte_of_every_disk_is_read(tmp_path, order):
    tree = tree_of(tmp_path, vma({"drive-scsi0": DISK, "drive-scsi1": OTHER}, {"qemu-server.conf": b"cores: 2\n"}, order=order))
    assert [entry.name for entry in tree.list()] == ["drive-scsi0.raw", "drive-scsi1.raw", "qemu-server.conf"]
    assert tree.open("drive-scsi0.raw").read_at(0, 1 << 30) == DISK
    assert tree.open("DRIVE-SCSI1.raw").read_at(4000, 9001) == OTHER[4000:13_001]
    assert tree.open("drive-scsi1.raw").read_at(-1, 5) == tree.open("drive-scsi1.raw").read_at(1 << 30, 5) == b""
    assert tree.open("qemu-server.conf").read_all() == b"cores: 2\n"
    assert tree.problems == []
    with pytest.raises(NotFound):
        tree.open("qemu-server.conf").stream("x")


def test_the_windows_on_a_disk_is_judged_as_on_its_own_image(tmp_path):
    image = open_image(SAMPLES / "moved-7.vhdx")
    path = tmp_path / "backup.vma"
    path.write_bytes(vma({"drive-ide0": image.read_at(0, image.size)}, {"qemu-server.conf": b"x"}))
    image.close()
    report, alone = examine(path, strict=True), examine(SAMPLES / "moved-7.vhdx").installations[0]
    (one,) = report.installations
    assert (report.source.format, one.id, one.origin) == ("vma", "drive-ide0.raw > p1/Windows", "active")
    assert (one.verdict.history, one.machine_sid) == (alone.verdict.history, alone.machine_sid)
    with pytest.raises(Unsupported, match="holds files and no single disk"):
        open_image(path)


def test_a_backup_that_is_cut_short_is_a_problem_and_unreadable_never_zeros(tmp_path):
    tree = tree_of(tmp_path, WRITTEN[: len(WRITTEN) - 100_000])
    assert [problem.code for problem in tree.problems] == ["truncated-image"]
    assert tree.open("drive-scsi0.raw").read_at(0, 5000) == DISK[:5000]
    with pytest.raises(Unreadable, match="beyond the end"):
        tree.open("drive-scsi1.raw").read_all()
    assert [problem.code for problem in tree_of(tmp_path, WRITTEN + b"VMAE").problems] == ["truncated-image"]


@pytest.mark.parametrize(("at", "code"), [(60, "checksum-differs"), (WRITTEN.index(b"VMAE") + 41, "archive-damaged")])
def test_a_header_with_another_md5_is_a_problem(tmp_path, at, code):
    data = bytearray(WRITTEN)
    data[at] ^= 1
    assert [problem.code for problem in tree_of(tmp_path, data).problems] == [code]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ((4, struct.pack(">I", 2)), Unsupported),
        ((52, b"\xff" * 4), Malformed),
        ((56, bytes(4)), Malformed),
        ((4096 + 32 + 8, b"\x7f" + bytes(7)), Unsupported),
        ((0, b"XMA\0"), Malformed),
    ],
)
def test_a_header_that_cannot_be_is_said(tmp_path, change, error):
    at, value = change
    with pytest.raises(error):
        tree_of(tmp_path, WRITTEN[:at] + value + WRITTEN[at + len(value) :])


@given(changes=damages(20_000))
def test_any_damage_is_survived(tmp_path_factory, changes):
    try:
        tree = tree_of(tmp_path_factory.mktemp("damaged"), damage(WRITTEN, changes))
    except ForensicError:
        return
    for name, _ in walk(tree):
        for offset in (0, 70_000, 1 << 33):
            try:
                file = tree.open(name)
                assert len(file.read_at(offset, 5000)) == max(0, min(5000, file.size - offset))
            except ForensicError:
                continue
