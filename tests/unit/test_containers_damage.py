"""The check that any damage is survived: it accepts whole images, and notices a reader's defects."""

import pytest

from forensic.containers import open_image
from forensic.containers.sparse import SparseDisk
from forensic.errors import Unreadable
from forensic.storage.local import LocalHandle
from tests.builders import ewf
from tests.builders import virtual_disk as disk
from tests.builders.damage import probed, survives

CONTENT = disk.pattern(100_000)
EXTENTS = ['RW 100 FLAT "f" 0', 'RW 96 FLAT "f" 100']
WRITTEN = {
    "qcow2": lambda: disk.qcow2(CONTENT, packed="zstd"),
    "vdi": lambda: disk.vdi(CONTENT),
    "vhd": lambda: disk.vhd(CONTENT, kind=3),
    "vhdx": lambda: disk.vhdx(CONTENT),
    "vmdk": lambda: disk.vmdk(CONTENT, packed=True, at_end=True),
}


@pytest.fixture(params=WRITTEN)
def path(request, tmp_path):
    path = tmp_path / f"disk.{request.param}"
    path.write_bytes(WRITTEN[request.param]())
    assert open_image(path).format == request.param
    return path


def padded(found):
    """Return the probes without the zeros by which a format fills up its last block or sector."""
    return [data.rstrip(b"\0") for data in found]


def test_a_whole_image_gives_every_byte_that_is_asked_for(path):
    assert padded(survives(path)) == padded(probed(CONTENT))


def test_a_whole_image_of_extents_or_segments_gives_every_byte(tmp_path):
    (tmp_path / "f").write_bytes(CONTENT.ljust(196 * 512, b"\0"))
    (tmp_path / "d.vmdk").write_bytes(disk.descriptor(EXTENTS))
    assert padded(survives(tmp_path / "d.vmdk")) == padded(probed(CONTENT))
    assert padded(survives(ewf.write(tmp_path, CONTENT.ljust(196 * 512, b"\0")))) == padded(probed(CONTENT))


@pytest.mark.parametrize("defect", [KeyError, IndexError, OverflowError, TypeError, MemoryError])
def test_a_defect_of_a_reader_is_noticed(path, monkeypatch, defect):
    def broken(*_):
        raise defect

    monkeypatch.setattr(SparseDisk, "_read", broken)
    with pytest.raises(defect):
        survives(path)


def test_bytes_that_are_too_few_are_noticed(path, monkeypatch):
    read = SparseDisk.read_at
    monkeypatch.setattr(SparseDisk, "read_at", lambda self, offset, size: read(self, offset, size)[:-1])
    with pytest.raises(AssertionError):
        survives(path)


def test_what_is_refused_or_unreadable_is_said(path, monkeypatch):
    def failing(*_):
        raise Unreadable("bad sector")

    monkeypatch.setattr(SparseDisk, "_read", failing)
    assert [type(found) for found in survives(path)[:2]] == [Unreadable, Unreadable]
    monkeypatch.setattr(LocalHandle, "read_at", failing)
    assert isinstance(survives(path)[0], Unreadable)
    path.write_bytes(b"")
    assert [str(found) for found in survives(path)] == [f"{path.name} is empty"]
