"""disk-snapshot: which snapshot of the virtual disk an earlier state was read from."""

from pathlib import Path

from forensic.artifacts.storage.disk_snapshot import DISK_SNAPSHOT, disk_snapshot
from forensic.containers import open_image
from forensic.volumes.disk import open_disk
from tests.builders.virtual_disk import qcow2, with_snapshots


def test_states_id_name_and_time_and_says_where(tmp_path):
    path = tmp_path / "disk.qcow2"
    path.write_bytes(with_snapshots(qcow2(bytes(1 << 16)), ("3", "vor dem Umbau", 1_500_000_000, bytes(1 << 16))))
    image = open_image(path)
    (snapshot,) = image.snapshots()
    volume = open_disk(snapshot.data).volumes[0]
    volume.snapshot = snapshot
    (fact,) = disk_snapshot(volume)
    assert fact.kind == DISK_SNAPSHOT.name
    assert (fact.value.id, fact.value.name, str(fact.value.taken)) == ("3", "vor dem Umbau", "2017-07-14T02:40:00.0000000Z")
    assert "snapshot 1 in disk.qcow2" in fact.source
    image.close()


def test_the_disk_as_it_is_now_states_nothing():
    image = open_image(Path(__file__).parent.parent.parent / "samples" / "desk-10.E01")
    assert list(disk_snapshot(open_disk(image).volumes[0])) == []
    image.close()
