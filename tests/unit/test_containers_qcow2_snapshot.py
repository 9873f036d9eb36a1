"""Internal snapshots of QCOW2: the disk as it was, an earlier state of what is on it now, and tables that cannot be true."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given

from forensic import examine
from forensic.cli import main
from forensic.containers import open_image
from forensic.errors import ForensicError, Unreadable
from tests.builders.damage import damage, damages
from tests.builders.virtual_disk import pattern, qcow2, with_snapshots

NOW, THEN, FIRST = pattern(300_000, 1), pattern(300_000, 2), pattern(200_000, 3)
SAMPLES = Path(__file__).parent.parent.parent / "samples"
TAKEN = 1_500_000_000
WRITTEN = with_snapshots(qcow2(NOW), ("1", "before", 0, FIRST), ("7", "nach dem Ümbau", TAKEN, THEN))


def opened(folder, data):
    path = folder / "disk.qcow2"
    path.write_bytes(data)
    return open_image(path)


def test_each_snapshot_is_the_disk_as_it_was(tmp_path):
    image = opened(tmp_path, WRITTEN)
    first, second = image.snapshots()
    assert (first.number, first.id, first.name, first.taken, first.size) == (1, "1", "before", None, len(FIRST))
    assert (second.number, second.id, second.name, str(second.taken)) == (2, "7", "nach dem Ümbau", "2017-07-14T02:40:00.0000000Z")
    assert first.data.read_at(0, 1 << 20) == FIRST
    assert second.data.read_at(0, 1 << 20) == THEN
    assert image.read_at(0, 1 << 20) == NOW
    assert image.problems == []
    image.close()


def test_a_table_of_version_2_without_extra_data_has_the_size_of_today(tmp_path):
    image = opened(tmp_path, with_snapshots(qcow2(NOW, version=2), ("1", "x", 5, THEN), extra=0))
    assert [one.size for one in image.snapshots()] == [len(NOW)]
    assert image.snapshots()[0].data.read_at(0, 1 << 20) == THEN
    image.close()


def test_a_snapshot_reads_the_backing_file_below_it(tmp_path):
    (tmp_path / "base.raw").write_bytes(b"\xaa" * 300_000)
    image = opened(tmp_path, with_snapshots(qcow2(NOW, backing=b"base.raw", stored=[]), ("1", "x", 5, bytes(300_000))))
    assert image.snapshots()[0].data.read_at(0, 300_000) == b"\xaa" * 300_000
    image.close()


def test_a_table_beyond_the_file_is_a_problem_and_the_disk_of_today_is_read(tmp_path):
    data = bytearray(WRITTEN)
    data[64:72] = b"\0\0\0\x7f" * 2
    image = opened(tmp_path, data)
    assert image.snapshots() == []
    assert [one.code for one in image.problems] == ["truncated-image"]
    assert image.read_at(0, 1 << 20) == NOW
    image.close()


def test_a_file_that_ends_within_its_snapshots_is_cut_short(tmp_path):
    table = int.from_bytes(WRITTEN[64:72], "big")
    l1 = int.from_bytes(WRITTEN[table : table + 8], "big")
    for end in (table, table + 20, table + 42, len(WRITTEN) - 10):  # before the table, in an entry, in its extra data, in the last name
        image = opened(tmp_path, WRITTEN[:end])
        assert image.snapshots() == []
        assert [(one.severity, one.code, one.is_incomplete) for one in image.problems] == [("error", "truncated-image", True)]
        assert image.read_at(0, 1 << 20) == NOW
        image.close()
    data = bytearray(WRITTEN)
    data[table : table + 8] = (len(data) - 4).to_bytes(8, "big")
    image = opened(tmp_path, data)
    assert [one.number for one in image.snapshots()] == [2]
    assert [(one.code, "snapshot 1" in one.what) for one in image.problems] == [("truncated-image", True)]
    image.close()
    data[table : table + 8] = WRITTEN[table : table + 8]
    for at, beyond in ((l1, len(data) + (1 << 20)), (int.from_bytes(WRITTEN[l1 : l1 + 8], "big"), len(data) + (1 << 20))):
        changed = bytearray(data)  # an L2 table, and a cluster, behind the end
        changed[at : at + 8] = (beyond & -(1 << 16)).to_bytes(8, "big")
        image = opened(tmp_path, changed)
        with pytest.raises(Unreadable):
            image.snapshots()[0].data.read_at(0, 4096)
        assert [one.code for one in image.problems] == ["truncated-image"]
        image.close()


def test_an_l1_table_too_small_for_its_disk_leaves_the_others(tmp_path):
    data = bytearray(WRITTEN)
    table = int.from_bytes(data[64:72], "big")
    data[table + 8 : table + 12] = bytes(4)
    image = opened(tmp_path, data)
    assert [one.number for one in image.snapshots()] == [2]
    assert [(one.code, "snapshot 1" in one.what) for one in image.problems] == [("snapshot-not-read", True)]
    image.close()


def test_more_snapshots_than_are_looked_at_are_said(tmp_path):
    image = opened(tmp_path, with_snapshots(qcow2(bytes(8192)), *((str(number), "x", number, bytes(8192)) for number in range(70))))
    assert [one.number for one in image.snapshots()] == list(range(7, 71))
    assert [one.code for one in image.problems] == ["snapshot-not-read"]
    data = bytearray(WRITTEN)
    data[60:64] = b"\xff" * 4
    image.close()
    many = opened(tmp_path, data)
    many.snapshots()
    assert {one.code for one in many.problems} == {"snapshot-not-read"}
    many.close()


@given(damages(len(WRITTEN)))
def test_any_damage_is_survived(tmp_path_factory, changes):
    path = tmp_path_factory.mktemp("damaged") / "disk.qcow2"
    path.write_bytes(damage(WRITTEN, changes))
    try:
        image = open_image(path)
    except ForensicError:
        return
    for one in image.snapshots():
        for offset in (0, 65_537, 1 << 30):
            try:
                assert len(one.data.read_at(offset, 5000)) == max(0, min(5000, one.size - offset))
            except ForensicError:
                continue
    image.close()


def run(*command):
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed (qemu-utils)")
    subprocess.run(command, check=True, capture_output=True)


def test_a_snapshot_that_qemu_took_is_an_earlier_state_of_the_windows_on_the_disk(tmp_path):
    disk = tmp_path / "disk.qcow2"
    run("qemu-img", "convert", "-O", "qcow2", SAMPLES / "moved-7.vhdx", disk)
    run("qemu-img", "snapshot", "-c", "as it was", disk)
    report = examine(disk, strict=True)
    now, then = report.installations
    assert (now.id, now.origin) == ("p1/Windows", "active")
    assert (then.id, then.origin, then.earlier_state_of) == ("snapshot1/p1/Windows", "snapshot", "p1/Windows")
    assert now.verdict.history == examine(SAMPLES / "moved-7.vhdx").installations[0].verdict.history
    assert (then.machine_sid, then.verdict.decided_by) == (now.machine_sid, "not-judged")
    assert [fact.value.name for fact in then.facts if fact.kind == "disk-snapshot"] == ["as it was"]
    assert not any(fact.kind == "disk-snapshot" for fact in now.facts)
    assert [one.state for one in now.earlier_states] == [then.id]
    assert examine(disk, depth="triage").installations[1:] == ()


def test_a_disk_whose_snapshots_are_cut_off_is_never_in_order(tmp_path, capsys):
    disk, cut = tmp_path / "disk.qcow2", tmp_path / "cut.qcow2"
    run("qemu-img", "convert", "-O", "qcow2", SAMPLES / "nt4.qcow2", disk)
    run("qemu-img", "snapshot", "-c", "as it was", disk)
    assert main(["examine", str(disk)]) == 0
    assert "cut short" not in capsys.readouterr().out
    data = disk.read_bytes()
    table = int.from_bytes(data[64:72], "big")
    for end in (table, int.from_bytes(data[table : table + 8], "big")):
        cut.write_bytes(data[:end])
        assert main(["examine", str(cut)]) == 3
        assert "unless the earlier state matters" not in capsys.readouterr().out
        report = examine(cut, strict=True)
        assert [(one.code, one.is_incomplete) for one in report.problems if one.code == "truncated-image"] == [("truncated-image", True)]


def test_a_snapshot_of_a_disk_that_was_wiped_since_is_named_and_not_judged(tmp_path):
    disk = tmp_path / "disk.qcow2"
    run("qemu-img", "convert", "-O", "qcow2", SAMPLES / "moved-7.vhdx", disk)
    run("qemu-img", "snapshot", "-c", "before", disk)
    run("qemu-io", "-c", "write -z 0 3M", "-f", "qcow2", disk)
    report = examine(disk, strict=True)
    (then,) = report.installations
    assert (then.id, then.origin, then.earlier_state_of, then.verdict.decided_by) == (
        "snapshot1/p1/Windows",
        "snapshot",
        None,
        "not-judged",
    )
