"""What follows from volumes that are not read: destroyed tables, second copies, encryption, other systems."""

import struct

import pytest

from forensic import examine
from forensic.cli.outcome import FOUND_NOTHING, NO_WINDOWS, UNDETERMINED, exit_code
from forensic.errors import ForensicError
from forensic.sources import image_on_volume, unread_volume
from forensic.sources.unread_volume import is_blank
from forensic.volumes import volume_search
from forensic.volumes.disk import open_disk
from forensic.volumes.volume_search import search_volumes
from tests.builders.disk import Bytes, boot_record, entry, fat, gpt, gpt_entry, place
from tests.unit.test_contained_image import DISK, START, system
from tests.unit.test_volumes_ntfs import load

SECTOR = 512
WINDOWS = {"WINDOWS/SYSTEM32/CONFIG/SYSTEM": system()}
OLE = 2048


def at(offset, magic, size=1 << 20):
    return place(size, (offset, magic))


BITLOCKER = place(1 << 20, (0, b"\xeb\x58\x90-FVE-FS-"), (510, b"\x55\xaa"))
REFS = place(1 << 20, (3, b"ReFS\0\0\0\0"), (510, b"\x55\xaa"))
OTHERS = {
    "bitlocker": (BITLOCKER, "encrypted", "encrypted-beside"),
    "luks": (at(0, b"LUKS\xba\xbe"), "encrypted", "volume-beside"),
    "refs": (REFS, "volume-not-read", "volume-beside"),
    "storage spaces": (at(0, b"SPACEDB "), "volume-not-read", "volume-beside"),
    "lvm": (at(512, b"LABELONE" + bytes(16) + b"LVM2 001"), "volume-not-read", "volume-beside"),
    "unknown": (b"\1" * (1 << 20), "volume-not-read", "volume-beside"),
    "ext": (at(0x438, b"\x53\xef"), None, None),
    "xfs": (at(0, b"XFSB"), None, None),
    "btrfs": (at(0x10040, b"_BHRfS_M"), None, None),
    "apfs": (at(32, b"NXSB"), None, None),
    "hfs+": (at(1024, b"H+"), None, None),
    "empty": (bytes(1 << 20), None, None),
}


def told(tmp_path, data):
    """Return where and code of the problems with a code, and the exit code."""
    path = tmp_path / "disk.raw"
    path.write_bytes(data)
    report = examine(path, strict=True)
    return report, [(problem.where, problem.code) for problem in report.problems if problem.code]


@pytest.mark.parametrize("name", OTHERS)
def test_a_volume_that_is_not_read_counts_where_it_could_hold_a_windows(tmp_path, name):
    content, alone, beside = OTHERS[name]
    report, problems = told(tmp_path, place(2 << 20, (0, boot_record(entry(7, OLE, len(content) // 512))), (1 << 20, content)))
    assert [volume.filesystem for volume in report.volumes] == [name]
    assert problems == ([("p1", alone)] if alone else [])
    assert exit_code(report) == (UNDETERMINED if alone else NO_WINDOWS)
    volume = fat("fat16", WINDOWS)
    count = len(volume) // 512
    first = OLE + count
    table = boot_record(entry(6, OLE, count), entry(7, first, len(content) // 512))
    report, problems = told(tmp_path, place((first + 2048) * 512, (0, table), (OLE * 512, volume), (first * 512, content)))
    assert [one.id for one in report.installations] == ["p1/WINDOWS"]
    assert problems == ([("p2", beside)] if beside else [])
    assert not [problem for problem in report.problems if problem.caps_verdicts]
    assert [problem.is_incomplete for problem in report.problems if problem.code == "encrypted-beside"] == [True] * (name == "bitlocker")


def test_a_reserved_partition_is_never_a_problem(tmp_path):
    kind = "e3c9e316-0b5c-4db8-817d-f92df00215ae"
    disk = gpt(6000, gpt_entry(2048, 4095, kind), contents=((2048, b"\7" * 4096),))
    report, problems = told(tmp_path, disk)
    assert (problems, exit_code(report)) == ([], NO_WINDOWS)


def test_a_disk_of_zeros_holds_nothing_and_one_that_only_begins_so_is_not_understood(tmp_path, monkeypatch):
    report, problems = told(tmp_path, bytes(3 << 20))
    assert (problems, exit_code(report)) == ([], NO_WINDOWS)
    report, problems = told(tmp_path, place(3 << 20, ((2 << 20) + 77, b"x")))
    assert (problems, exit_code(report)) == ([("v0", "volume-not-read")], UNDETERMINED)
    monkeypatch.setattr(unread_volume, "BLANK_LIMIT", 1 << 20)
    assert [is_blank(Bytes(bytes(size))) for size in (1 << 20, (1 << 20) + 1)] == [True, False]
    assert not is_blank(Bytes(bytes(9999), bad=range(5, 6)))


@pytest.mark.parametrize("table", [bytes(512), boot_record(), boot_record(entry(0xEE, 1, 9999)), b"\7" * 512])
def test_volumes_behind_a_destroyed_table_are_searched_and_that_is_said(tmp_path, table):
    report, problems = told(tmp_path, table + DISK[512:])
    number = "p2" if b"\xee" in table else "p1"
    assert [one.id for one in report.installations] == [f"{number}/WINDOWS"]
    assert ("partition table", "table-damaged") in problems
    assert report.installations[0].verdict.strength in {"indicated", "undetermined"}
    assert exit_code(report) == UNDETERMINED


def test_volumes_are_searched_at_tracks_at_each_mib_and_behind_each_other():
    first, second, third = fat("fat12", {}), fat("fat16", {}), fat("fat32", {})
    start = 3 << 20
    after = START * 512 + len(first)
    behind = after + len(second)
    last = (behind // (1 << 20) + 3) << 20
    disk = Bytes(place(last + len(third), (START * 512, first), (after, second), (last, third)))
    assert [(one.start, one.size) for one in search_volumes(disk)] == [
        (START * 512, len(first)), (after, len(second)), (last, len(third)),
    ]  # fmt: skip
    assert [one.start for one in search_volumes(Bytes(place(start + len(second), (start, second))))] == [start]


def test_the_search_ends_and_believes_no_boot_sector_alone(monkeypatch):
    boot = fat("fat16", {})[:512]
    assert search_volumes(Bytes(place(9 << 20, (1 << 20, boot), (3 << 20, boot)))) == []
    monkeypatch.setattr(volume_search, "SEARCH_LIMIT", 2)
    volume = fat("fat16", {})
    found = [search_volumes(Bytes(place((number << 20) + len(volume), (number << 20, volume)))) for number in (1, 2, 3)]
    assert [len(one) for one in found] == [1, 1, 0]


def test_an_unreadable_place_does_not_end_the_search():
    volume = fat("fat16", {})
    assert len(search_volumes(Bytes(place((2 << 20) + len(volume), (2 << 20, volume)), bad=range(1 << 20, (1 << 20) + 9)))) == 1


def table_of(volume):
    """Return where the first table of a FAT volume begins, and the bytes of one."""
    reserved, sectors = struct.unpack_from("<H", volume, 14)[0], struct.unpack_from("<H", volume, 22)[0]
    return reserved * 512, (sectors or struct.unpack_from("<I", volume, 36)[0]) * 512


@pytest.mark.parametrize("kind", ["fat12", "fat16", "fat32"])
@pytest.mark.parametrize("damage", ["zeros", "zeros behind the start", "overwritten", "unreadable", "none"])
def test_the_second_table_is_used_where_the_first_is_lost(kind, damage):
    volume = bytearray(fat(kind, {"A.TXT": b"a" * 300_000, "D/B.TXT": b"b" * 1000}))
    start, size = table_of(volume)
    bad = range(0)
    if damage == "zeros":
        volume[start : start + size] = bytes(size)
    elif damage == "zeros behind the start":
        volume[start + 512 : start + 1024] = bytes(512)
    elif damage == "overwritten":
        volume[start : start + size] = b"\x77" * size
    elif damage == "unreadable":
        bad = range(start + 512, start + 520)
    disk = open_disk(Bytes(bytes(volume), bad))
    tree = disk.volumes[0].tree
    assert tree.open("a.txt").read_all() == b"a" * 300_000
    assert tree.open("d/b.txt").read_all() == b"b" * 1000
    assert [problem.code for problem in disk.volumes[0].problems] == ([] if damage == "none" else ["second-copy-used"])


def test_two_lost_tables_are_no_files():
    volume = bytearray(fat("fat16", {"A.TXT": b"a" * 3000}))
    start, size = table_of(volume)
    volume[start : start + 2 * size] = bytes(2 * size)
    disk = open_disk(Bytes(bytes(volume)))
    with pytest.raises(ForensicError):
        disk.volumes[0].tree.open("A.TXT").read_all()
    assert disk.volumes[0].problems == []


def test_the_backup_of_a_fat32_boot_sector_is_used():
    volume = bytearray(fat("fat32", {"A.TXT": b"a"}))
    volume[6 * 512 : 7 * 512] = volume[:512]
    volume[:512] = bytes(512)
    count = len(volume) // 512
    disk = open_disk(Bytes(place((OLE + count) * 512, (0, boot_record(entry(12, OLE, count))), (OLE * 512, bytes(volume)))))
    assert [one.filesystem for one in disk.volumes] == ["fat32"]
    assert disk.volumes[0].tree.open("a.txt").read_all() == b"a"
    assert [problem.code for problem in disk.volumes[0].problems] == ["second-copy-used"]


def test_an_examined_windows_alone_is_in_order(tmp_path):
    report, problems = told(tmp_path, DISK)
    assert problems == []
    assert exit_code(report) in {FOUND_NOTHING, UNDETERMINED}


def exfat(sectors=4096):
    """Return the boot sector of an exFAT volume."""
    boot = bytearray(512)
    boot[:11] = b"\xeb\x76\x90EXFAT   "
    struct.pack_into("<Q", boot, 72, sectors)
    boot[108:111] = bytes([9, 3, 1])
    boot[510:] = b"\x55\xaa"
    return bytes(boot)


def test_the_backup_of_an_exfat_boot_sector_is_used():
    volume = place(4096 * 512, (12 * 512, exfat()))
    (found,) = open_disk(Bytes(place(5 << 20, (0, boot_record(entry(7, OLE, 4096))), (OLE * 512, volume)))).volumes
    assert (found.filesystem, [problem.code for problem in found.problems]) == ("exfat", ["second-copy-used"])
    assert found.source.read_at(0, 512) == exfat()


def test_an_exfat_volume_is_found_by_its_boot_sector_and_not_by_a_senseless_one():
    assert [one.size for one in search_volumes(Bytes(place(5 << 20, (1 << 20, exfat()))))] == [4096 * 512]
    for at, value in ((108, 40), (108, 0), (20, 1), (72, 0)):
        broken = bytearray(exfat())
        broken[at] = value
        if at == 72:
            broken[72:80] = bytes(8)
        assert search_volumes(Bytes(place(5 << 20, (1 << 20, bytes(broken))))) == []


def test_an_ntfs_volume_is_found_by_its_boot_sector_or_by_the_backup_at_its_end():
    size = (struct.unpack_from("<Q", load(), 40)[0] + 1) * 512
    volume = load()[:size].ljust(size, b"\0")
    found = search_volumes(Bytes(place((2 << 20) + size, (2 << 20, volume))))
    assert [(one.start, one.size) for one in found] == [(2 << 20, size)]
    end = -(-(size + (3 << 20)) // (1 << 20)) << 20
    headless = bytes(512) + volume[512:-512] + volume[:512]
    disk = place(end + (1 << 20), (end - size, headless))
    found = search_volumes(Bytes(disk))
    assert [(one.start, one.size) for one in found] == [(end - size, size)]
    (opened,) = open_disk(Bytes(disk)).volumes
    assert opened.filesystem == "ntfs"
    assert [entry.name for entry in opened.tree.list("Windows")] == ["System32"]
    lone = place(9 << 20, (5 << 20, volume[:512]))
    assert search_volumes(Bytes(lone)) == []


@pytest.mark.parametrize(("magic", "name"), [(BITLOCKER[:512], "bitlocker"), (REFS[:512], "refs")])
def test_encrypted_and_unread_volumes_behind_a_destroyed_table_are_named(tmp_path, magic, name):
    report, problems = told(tmp_path, place(4 << 20, (1 << 20, magic)))
    assert [volume.filesystem for volume in report.volumes] == [name]
    assert {code for _, code in problems} == {"table-damaged", "encrypted" if name == "bitlocker" else "volume-not-read"}


def test_images_on_a_disk_without_a_windows_are_named_and_not_opened(tmp_path):
    files = {
        "VMS/ONE.VHX": b"x",
        "VMS/A.VHD": b"conectix".ljust(600, b"\0"),
        "B.IMG": b"text",
        "C.DD": bytes(1 << 20),
        "D.ZIP": b"PK\3\4" + bytes(600),
    }
    report, problems = told(tmp_path, fat("fat16", files))
    assert problems == [("v0 > C.DD", "not-opened"), ("v0 > D.ZIP", "not-opened"), ("v0 > VMS/A.VHD", "not-opened")]
    assert exit_code(report) == UNDETERMINED
    report, problems = told(tmp_path, fat("fat16", files | WINDOWS))
    assert problems == []


def test_few_of_many_images_on_a_disk_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(image_on_volume, "NAMED_LIMIT", 1)
    _, problems = told(tmp_path, fat("fat16", {f"{n}.ZIP": b"PK\3\4" + bytes(600) for n in range(3)}))
    assert problems == [("v0 > 0.ZIP", "not-opened"), ("v0", "not-opened")]
