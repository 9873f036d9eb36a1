"""Shadow copies, on the public images that hold some: nothing but Windows writes them."""

from forensic.containers import open_image
from forensic.model import Locator
from forensic.volumes.disk import open_disk
from forensic.volumes.shadow_copy import find_shadow_copies
from tests.builders.source import Bytes


def volume_of(path):
    return open_disk(open_image(path)).volumes[0]


def names(volume):
    return [entry.name for entry in volume.tree.list() if not entry.name.startswith("$")]


def test_each_shadow_copy_is_the_volume_as_it_was(real):
    volume = volume_of(real("images/dfvfs/vss.raw"))
    assert [(copy.id, str(copy.shadow_copy.created)) for copy in volume.shadow_copies] == [
        ("v0/vss1", "2021-05-01T17:40:03.2230304Z"),
        ("v0/vss2", "2021-05-01T17:41:28.2249863Z"),
    ]
    assert {copy.serial_text for copy in volume.shadow_copies} == {volume.serial_text}
    assert all(names(copy) for copy in volume.shadow_copies)
    assert volume.problems == []


def test_the_copies_differ_from_what_is_there_now(real):
    volume = volume_of(real("images/plaso-vsstest.qcow2"))
    assert volume.shadow_copies
    assert any(names(copy) != names(volume) for copy in volume.shadow_copies)


def test_a_volume_without_shadow_copies_has_none():
    assert find_shadow_copies(Bytes(bytes(1 << 16)), Locator()) == []


def test_a_damaged_catalog_is_a_problem_and_leaves_the_volume_readable(real, tmp_path):
    data = bytearray(real("images/dfvfs/vss.raw").read_bytes())
    at = int.from_bytes(data[0x1E30:0x1E38], "little")
    data[at : at + 0x4000] = b"\xff" * 0x4000
    damaged = tmp_path / "damaged.raw"
    damaged.write_bytes(data)
    volume = volume_of(damaged)
    assert volume.shadow_copies == []
    assert any("shadow copies" in problem.what for problem in volume.problems)
    assert names(volume)
