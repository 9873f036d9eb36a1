"""VHD and VHDX as libvhdi reads them too."""

import pytest
import pyvhdi

from forensic.containers import open_image
from tests.builders.virtual_disk import MIB, pattern, vhd, vhdx

WRITTEN = {
    "fixed.vhd": lambda content: vhd(content, kind=2),
    "dynamic.vhd": lambda content: vhd(content, kind=3, block_size=1 << 21),
    "fixed.vhdx": lambda content: vhdx(content, fixed=True),
    "dynamic.vhdx": vhdx,
    "4096.vhdx": lambda content: vhdx(content, sector_size=4096),
}
REAL = [
    *(f"dfvfs/ntfs-{kind}.{form}" for form in ("vhd", "vhdx") for kind in ("fixed", "dynamic", "parent")),
    "dfir-orc-ntfs.vhd",
    "velociraptor-test.vhdx",
]


def by_library(path, parent=None):
    file = pyvhdi.file()
    file.open(str(path))
    if parent is not None:
        below = pyvhdi.file()
        below.open(str(parent))
        file.set_parent(below)
    return file.read_buffer(file.get_media_size())


def assert_agrees(path, parent=None):
    image = open_image(path)
    assert image.problems == []
    assert image.read_at(0, image.size) == by_library(path, parent)


@pytest.mark.parametrize("name", WRITTEN)
def test_agrees_on_written_disks(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(WRITTEN[name](pattern(3 * MIB + 4096)))
    assert_agrees(path)


@pytest.mark.parametrize("name", REAL)
def test_agrees_on_real_disks(real, name):
    assert_agrees(real(f"images/{name}"))


@pytest.mark.parametrize("form", ["vhd", "vhdx"])
def test_agrees_on_a_real_differencing_disk(real, form):
    parent = real(f"images/dfvfs/ntfs-parent.{form}")
    assert_agrees(real(f"images/dfvfs/ntfs-differential.{form}"), parent)
