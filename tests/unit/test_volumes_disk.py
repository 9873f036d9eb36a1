import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic.errors import ForensicError, Malformed, NotFound, Unreadable, Unsupported
from forensic.model import Guid
from forensic.storage.file import EvidenceFile
from forensic.volumes.content import stated_size
from forensic.volumes.disk import open_disk
from tests.builders.disk import BASIC_DATA, DISK_GUID, SECTOR, Bytes, boot_record, entry, fat, gpt, gpt_entry, gpt_header, place

FAT12 = fat("fat12", {"A.TXT": b"a"})
SECTORS = len(FAT12) // SECTOR


def ntfs_boot(sectors: int = 100) -> bytes:
    boot = (
        b"\xeb\x52\x90NTFS    "
        + struct.pack("<HB", 512, 8)
        + bytes(26)
        + struct.pack("<QQQ", sectors, 4, 5)
        + struct.pack("<bxxxbxxx", -10, 1)
    )
    return (boot + bytes.fromhex("00112233445566aa")).ljust(510, b"\0") + b"\x55\xaa"


def layout(disk):
    return [(volume.id, volume.start // SECTOR, volume.size // SECTOR, volume.filesystem) for volume in disk.volumes]


def test_an_mbr_gives_its_signature_and_partitions_in_table_order():
    mbr = boot_record(entry(7, 4000, SECTORS), entry(6, 100, SECTORS, 0x80), signature=0xDEADBEEF)
    disk = open_disk(Bytes(place(8000 * SECTOR, (0, mbr), (100 * SECTOR, FAT12), (4000 * SECTOR, ntfs_boot()))))
    assert (disk.scheme, disk.problems, disk.guid) == ("mbr", [], None)
    assert layout(disk) == [("p1", 4000, SECTORS, "ntfs"), ("p2", 100, SECTORS, "fat12")]
    assert disk.signature.raw == bytes.fromhex("efbeadde")
    assert str(disk.signature.place) == "disk > (disk signature) @ 0x1b8"
    assert [volume.partition_type for volume in disk.volumes] == ["0x07", "0x06"]
    assert [volume.serial_text for volume in disk.volumes] == ["aa66554433221100", "1234abcd"]
    assert str(disk.volumes[1].serial.place) == f"p2 > (boot sector, volume serial number) @ {100 * SECTOR + 0x27:#x}"
    assert disk.volumes[1].label == "LABEL"
    assert disk.volumes[1].tree.open("a.txt").read_all() == b"a"


def test_a_disk_without_a_signature_states_none():
    assert open_disk(Bytes(place(200 * SECTOR, (0, boot_record(entry(7, 100, 50)))))).signature is None


@pytest.mark.parametrize(("entries", "starts"), [
    ((entry(0, 100, 50), entry(7, 300, 0), entry(7, 500, 20)), [500]),  # unused: no type, or no sectors
    ((entry(7, 100, 50, flag=1), entry(7, 500, 20)), None),  # a flag that no table has: this is text or code
    ((), None),
])  # fmt: skip
def test_only_what_can_be_a_table_is_read_as_one(entries, starts):
    disk = open_disk(Bytes(place(1000 * SECTOR, (0, boot_record(*entries)))))
    assert disk.scheme == ("none" if starts is None else "mbr")
    assert starts is None or [volume.start // SECTOR for volume in disk.volumes] == starts


def test_a_table_without_its_closing_mark_is_none():
    disk = open_disk(Bytes(place(1000 * SECTOR, (0, boot_record(entry(7, 100, 50))[:510]))))
    assert (disk.scheme, disk.problems) == ("none", [])


def chain(*links, kind=0x0F):
    """An extended partition at sector 100; each link: (sector of the EBR, its logical partition, sector of the next EBR or None)."""
    parts = [(0, boot_record(entry(7, 10, 20), entry(kind, 100, 900)))]
    for at, first, following in links:
        entries = [entry(7, first, 10)] + ([entry(5, following - 100, 50)] if following is not None else [])
        parts.append((at * SECTOR, boot_record(*entries)))
    return Bytes(place(1000 * SECTOR, *parts))


@pytest.mark.parametrize("kind", [0x05, 0x0F, 0x85])
def test_logical_partitions_are_found_along_the_chain(kind):
    disk = open_disk(chain((100, 1, 200), (200, 2, 300), (300, 3, None), kind=kind))
    assert [(volume.id, volume.start // SECTOR) for volume in disk.volumes] == [("p1", 10), ("p2", 101), ("p3", 202), ("p4", 303)]
    assert disk.problems == []


@pytest.mark.parametrize(("links", "count", "what"), [
    ([(100, 1, 200), (200, 1, 100)], 3, "runs in a circle"),
    ([(100, 1, 200), (200, 1, 200)], 3, "runs in a circle"),
    ([(100, 1, 500)], 2, "the chain of logical partitions breaks"),
])  # fmt: skip
def test_a_broken_chain_ends_with_a_problem(links, count, what):
    disk = open_disk(chain(*links))
    assert len(disk.volumes) == count
    assert any(what in problem.what for problem in disk.problems)


def test_a_chain_without_end_is_left():
    links = [(at * SECTOR, boot_record(entry(7, 1, 1), entry(5, at - 98, 2))) for at in range(100, 900, 2)]
    disk = open_disk(Bytes(place(1000 * SECTOR, (0, boot_record(entry(5, 100, 900))), *links)))
    assert len(disk.volumes) == 256
    assert "past 256" in disk.problems[-1].what


@pytest.mark.parametrize("sector", [512, 4096])
def test_a_gpt_gives_its_guids_whatever_the_sector_size(sector):
    data = gpt(3000, gpt_entry(100, 119, number=7, name="Basic data partition"), gpt_entry(200, 299, number=8), sector=sector,
               contents=((100, ntfs_boot()),))  # fmt: skip
    disk = open_disk(Bytes(data))
    assert (disk.scheme, disk.sector_size, disk.problems) == ("gpt", sector, [])
    assert Guid.from_bytes(disk.guid.raw) == DISK_GUID
    assert disk.guid.place.offset == sector + 56
    first, second = disk.volumes
    assert (first.id, first.start, first.size, first.filesystem) == ("p1", 100 * sector, 20 * sector, "ntfs")
    assert (first.partition_type, first.partition_name) == (BASIC_DATA, "Basic data partition")
    assert data[first.partition_guid.place.offset :][:16] == first.partition_guid.raw
    assert second.filesystem == "empty"


def damaged(data, offset):
    return data[:offset] + bytes([data[offset] ^ 0xFF]) + data[offset + 1 :]


@pytest.mark.parametrize("offset", [512, 512 + 60, 1024 + 5])
def test_a_damaged_gpt_is_read_from_its_backup_and_said_so(offset):
    data = gpt(3000, gpt_entry(100, 199))
    disk = open_disk(Bytes(damaged(data, offset)))
    assert layout(disk) == [("p1", 100, 100, "empty")]
    assert disk.guid.place.offset == 2999 * SECTOR + 56
    assert "its backup at the end of the disk was read" in disk.problems[0].what


def test_a_gpt_whose_start_was_wiped_is_read_from_its_backup():
    data = gpt(3000, gpt_entry(100, 199))
    disk = open_disk(Bytes(bytes(99 * SECTOR) + data[99 * SECTOR :]))
    assert layout(disk) == [("p1", 100, 100, "empty")]
    assert "its backup at the end of the disk was read" in disk.problems[0].what


def test_a_backup_left_behind_another_file_system_is_not_believed():
    data = gpt(3000, gpt_entry(100, 199))
    disk = open_disk(Bytes(place(len(data), (99 * SECTOR, data[99 * SECTOR :]), (0x438, b"\x53\xef"))))
    assert (disk.scheme, disk.volumes[0].filesystem, disk.problems) == ("none", "ext", [])


def test_the_table_of_another_disk_at_the_end_of_this_one_is_not_believed():
    data = bytes(1000 * SECTOR) + gpt(3000, gpt_entry(100, 199))  # an empty disk, or a file system, that ends in the image of a disk
    assert (open_disk(Bytes(data)).scheme, open_disk(Bytes(data)).volumes[0].filesystem) == ("none", "empty")
    disk = open_disk(Bytes(boot_record(entry(0xEE, 1, 3999)) + data[SECTOR:]))
    assert [volume.partition_type for volume in disk.volumes] == ["0xee"]
    assert "the GPT header says that it lies in sector 2999, not 3999" in disk.problems[0].what


def test_an_empty_disk_is_no_damaged_gpt():
    disk = open_disk(Bytes(bytes(3000 * SECTOR)))
    assert (disk.scheme, disk.volumes[0].filesystem, disk.problems) == ("none", "empty", [])


@pytest.mark.parametrize("bad", [1, 3])
def test_a_gpt_is_read_though_the_first_sectors_cannot_be(bad):
    disk = open_disk(Bytes(gpt(3000, gpt_entry(100, 199)), bad=range(bad * SECTOR)))
    assert layout(disk) == [("p1", 100, 100, "empty")]
    assert "the first sector cannot be read" in disk.problems[0].what


def test_two_damaged_gpts_are_a_problem_and_no_guess():
    data = damaged(damaged(gpt(3000, gpt_entry(100, 199)), 512), 2999 * SECTOR)
    disk = open_disk(Bytes(data))
    assert any("neither the table nor its backup" in problem.what for problem in disk.problems)
    assert [volume.partition_type for volume in disk.volumes] == ["0xee"]


@pytest.mark.parametrize(("table", "count", "size"), [(2, 1025, 128), (2, 128, 64), (2, 4, 8192), (2999, 128, 128)])
def test_a_gpt_of_impossible_measures_is_not_read_though_its_checksums_are_right(table, count, size):
    entries = gpt_entry(100, 199).ljust(count * size, b"\0")
    data = place(
        3000 * SECTOR,
        (0, boot_record(entry(0xEE, 1, 2999))),
        (table * SECTOR, entries),
        (SECTOR, gpt_header(entries, 1, 2999, table, count, size)),
    )
    disk = open_disk(Bytes(data[: 3000 * SECTOR]))
    assert [volume.partition_type for volume in disk.volumes] == ["0xee"]
    assert any("neither the table nor its backup" in problem.what for problem in disk.problems)


def test_the_end_of_a_gpt_partition_counts_and_an_overlap_is_said():
    disk = open_disk(Bytes(gpt(3000, gpt_entry(100, 199), gpt_entry(199, 250, number=2), gpt_entry(300, 299, number=3))))
    assert {problem.what.partition(" at ")[0] for problem in disk.problems} == {"the partition overlaps with p1", "the partition"}
    assert [(problem.where, problem.severity) for problem in disk.problems] == [("p3", "error"), ("p2", "warning")]


def test_a_gpt_is_read_without_a_protective_mbr():
    data = gpt(3000, gpt_entry(100, 199))
    disk = open_disk(Bytes(bytes(SECTOR) + data[SECTOR:]))
    assert (disk.scheme, disk.problems) == ("gpt", [])


def test_a_hybrid_mbr_gives_way_to_the_gpt():
    mbr = boot_record(entry(0xEE, 1, 99), entry(7, 100, 100), signature=5)
    disk = open_disk(Bytes(gpt(3000, gpt_entry(100, 199), mbr=mbr)))
    assert (disk.scheme, len(disk.volumes), disk.signature.raw[0]) == ("gpt", 1, 5)


def test_a_gpt_left_behind_an_mbr_is_not_believed():
    disk = open_disk(Bytes(gpt(3000, gpt_entry(100, 199), mbr=boot_record(entry(7, 300, 50)))))
    assert (disk.scheme, disk.volumes[0].start) == ("mbr", 300 * SECTOR)


def test_an_mbr_of_4096_byte_sectors_is_told_by_where_its_volume_begins():
    disk = open_disk(Bytes(place(400 * 4096, (0, boot_record(entry(7, 100, 200))), (100 * 4096, ntfs_boot()))))
    assert (disk.sector_size, disk.volumes[0].start, disk.volumes[0].filesystem) == (4096, 100 * 4096, "ntfs")


LIKE_A_TABLE = ntfs_boot()[:0x1BE] + entry(7, 4, 8) + bytes(48) + b"\x55\xaa"  # a boot code may hold such bytes


@pytest.mark.parametrize(("data", "name"), [(ntfs_boot() + bytes(9000), "ntfs"), (LIKE_A_TABLE + bytes(9000), "ntfs"), (FAT12, "fat12")])
def test_a_bare_volume_is_no_mbr_though_its_boot_sector_ends_like_one(data, name):
    disk = open_disk(Bytes(data))
    assert (disk.scheme, layout(disk)) == ("none", [("v0", 0, len(data) // SECTOR, name)])


def test_a_partition_past_the_image_is_a_problem():
    disk = open_disk(Bytes(place(1000 * SECTOR, (0, boot_record(entry(7, 500, 1000), entry(7, 5000, 10))), (500 * SECTOR, ntfs_boot()))))
    cut, outside = disk.volumes
    assert (cut.filesystem, cut.size, cut.not_examined) == ("ntfs", 1000 * SECTOR, None)
    assert outside.not_examined == "lies outside the image"
    assert "the image ends 256000 bytes before the partition does" in disk.problems[0].what
    assert "outside the image" in disk.problems[1].what


def test_overlapping_partitions_are_a_problem():
    disk = open_disk(Bytes(place(1000 * SECTOR, (0, boot_record(entry(7, 100, 200), entry(7, 200, 200))))))
    assert [problem.what for problem in disk.problems] == ["the partition overlaps with p1"]


def test_an_unreadable_first_sector_is_unreadable():
    with pytest.raises(Unreadable):
        open_disk(Bytes(bytes(9000), range(512)))


def test_a_volume_with_an_unreadable_boot_sector_says_so():
    source = Bytes(place(1000 * SECTOR, (0, boot_record(entry(7, 100, 200)))), range(100 * SECTOR, 101 * SECTOR))
    (volume,) = open_disk(source).volumes
    assert volume.filesystem == "unreadable"
    assert "bad sector" in volume.not_examined


CONTENT = {
    "ext": (0x438, b"\x53\xef"), "xfs": (0, b"XFSB"), "btrfs": (0x10040, b"_BHRfS_M"), "swap": (4086, b"SWAPSPACE2"),
    "lvm": (512, b"LABELONE" + bytes(16) + b"LVM2 001"), "luks": (0, b"LUKS\xba\xbe"), "bitlocker": (0, b"\xeb\x58\x90-FVE-FS-"),
    "refs": (3, b"ReFS\0\0\0\0"), "apfs": (32, b"NXSB"), "hfs+": (1024, b"H+"), "iso9660": (0x8001, b"CD001"), "squashfs": (0, b"hsqs"),
    "storage spaces": (0, b"SPACEDB "), "empty": (0, b""), "unknown": (0, b"something"),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTENT)
def test_content_that_is_not_examined_is_named(name):
    disk = open_disk(Bytes(place(1 << 20, CONTENT[name])))
    (volume,) = disk.volumes
    assert (volume.filesystem, disk.problems) == (name, [])
    assert volume.not_examined
    assert (volume.serial, volume.label, volume.created) == (None, None, None)
    with pytest.raises(Unsupported, match="v0: "):
        _ = volume.tree


def test_bitlocker_to_go_is_not_taken_for_the_fat_it_pretends_to_be():
    guid = bytes.fromhex("3bd66749292ed84a8399f6a339e3d001")
    to_go = fat("fat32", {})[:3] + b"MSWIN4.1" + fat("fat32", {})[11:]
    assert open_disk(Bytes(to_go)).volumes[0].filesystem == "fat32"
    assert open_disk(Bytes(to_go[:0x1A8] + guid + to_go[0x1B8:])).volumes[0].filesystem == "bitlocker"


def test_a_dynamic_disk_is_named():
    disk = open_disk(Bytes(place(1000 * SECTOR, (0, boot_record(entry(0x42, 63, 900))))))
    assert disk.volumes[0].not_examined == "dynamic disk (LDM): no volume begins here"


@pytest.mark.parametrize("kind", ["fat12", "fat16", "fat32"])
def test_files_on_fat_are_read_and_state_no_times(kind):
    content = bytes(range(256)) * 9
    volume = open_disk(Bytes(fat(kind, {"A.TXT": b"a", "WINNT/LONG.BIN": content, "EMPTY": b""}))).volumes[0]
    assert (volume.filesystem, volume.serial_text, volume.label) == (kind, "1234abcd", "LABEL")
    file = volume.tree.open(r"winnt\long.bin")
    assert (file.read_all(), file.read_at(500, 30), file.read_at(2300, 30)) == (content, content[500:530], content[2300:])
    assert (str(file.place), file.written, file.created, file.raw) == ("v0 > WINNT/LONG.BIN", None, None, b"")
    assert [(found.name, found.is_directory) for found in volume.tree.list()] == [("A.TXT", False), ("EMPTY", False), ("WINNT", True)]
    assert volume.tree.open("EMPTY").read_all() == b""
    for path in ("nope", "winnt", "winnt/nope", "a.txt/b", "../a.txt"):
        with pytest.raises(NotFound):
            volume.tree.open(path)
    for path in ("a.txt", "nope"):
        with pytest.raises(NotFound):
            volume.tree.list(path)
    with pytest.raises(NotFound):
        file.stream("x")


def test_a_bad_sector_in_a_fat_file_is_unreadable_and_its_neighbours_are_read():
    data = fat("fat16", {"A.BIN": b"A" * 1000, "B.BIN": b"B" * 2000})
    at = data.index(b"B" * 512)
    tree = open_disk(Bytes(data, range(at + 512, at + 1024))).volumes[0].tree
    file = tree.open("b.bin")
    with pytest.raises(Unreadable, match=f"bad sector at {at + 512:#x}"):
        file.read_all()
    assert file.read_at(0, 512) == b"B" * 512
    assert tree.open("a.bin").read_all() == b"A" * 1000


@given(
    st.lists(st.tuples(st.integers(0, 4095), st.binary(min_size=1, max_size=8)), min_size=1, max_size=8),
    st.sampled_from(["mbr", "gpt", "fat"]),
)
@settings(max_examples=150, deadline=None)
def test_damaged_disks_end_in_volumes_or_in_forensic_errors(damage, kind):
    data = bytearray(DISKS[kind])
    for offset, change in damage:
        data[offset : offset + len(change)] = change
    surveyed(bytes(data))


DISKS = {
    "mbr": chain((100, 1, 200), (200, 1, None)).data,
    "gpt": gpt(300, gpt_entry(100, 119), contents=((100, ntfs_boot()),)),
    "fat": FAT12,
}


def surveyed(data):
    """Return each file system, and its names or why they cannot be had; of the disk alone why it has none; all else is a bug."""
    try:
        volumes = open_disk(Bytes(data)).volumes
    except ForensicError as error:
        return [type(error)]
    found = []
    for volume in volumes:
        assert (volume.not_examined is None) == (volume.filesystem in {"ntfs", "fat12", "fat16", "fat32", "exfat"})
        _ = volume.created, volume.serial_text, volume.label
        try:
            names = [entry.name for entry in volume.tree.list()]
            found.append((volume.filesystem, names))
            volume.tree.open("A.TXT").read_all()
        except ForensicError as error:
            found.append((volume.filesystem, type(error)))
    return found


def test_whole_disks_are_surveyed_and_a_defect_of_the_reader_is_noticed(monkeypatch):
    assert surveyed(DISKS["mbr"]) == [("empty", Unsupported)] * 3
    assert surveyed(DISKS["gpt"]) == [("ntfs", Malformed)]
    assert surveyed(DISKS["fat"]) == [("fat12", ["A.TXT"])]

    def broken(*_):
        raise KeyError

    monkeypatch.setattr("forensic.volumes.disk.identify", broken)
    with pytest.raises(KeyError):
        surveyed(DISKS["fat"])


def by_pytsk3(path: Path):
    import pytsk3

    image = pytsk3.Img_Info(str(path))
    table = pytsk3.Volume_Info(image)
    size = table.info.block_size
    return sorted((part.start * size, part.len * size) for part in table if int(part.flags) == int(pytsk3.TSK_VS_PART_FLAG_ALLOC))


@pytest.mark.parametrize("name", ["mbr", "gpt", "gpt_non_sequential"])
def test_real_tables_read_as_by_the_sleuth_kit(real, name):
    path = real(f"images/dfvfs/{name}.raw")
    disk = open_disk(EvidenceFile(path))
    assert disk.problems == []
    assert sorted((volume.start, volume.size) for volume in disk.volumes) == by_pytsk3(path)


@pytest.mark.parametrize("data", [
    boot_record(entry(7, 300, 50), entry(7, 100, 20)),
    chain((100, 1, 200), (200, 2, 300), (300, 3, None)).data,
    gpt(3000, gpt_entry(100, 119), gpt_entry(2000, 2100, number=2)),
    gpt(3000, gpt_entry(100, 119), sector=4096),
])  # fmt: skip
def test_written_tables_read_as_by_the_sleuth_kit(tmp_path, data):
    path = tmp_path / "disk"
    path.write_bytes(data.ljust(1000 * SECTOR, b"\0"))
    assert sorted((volume.start, volume.size) for volume in open_disk(EvidenceFile(path)).volumes) == by_pytsk3(path)


@pytest.mark.parametrize(
    ("name", "filesystem"),
    [("bdetogo", "bitlocker"), ("luks1", "luks"), ("lvm", "lvm"), ("ntfs", "ntfs"), ("fat12", "fat12"), ("vss", "ntfs")],
)
def test_real_bare_volumes_are_identified(real, name, filesystem):
    disk = open_disk(EvidenceFile(real(f"images/dfvfs/{name}.raw")))
    assert [(volume.id, volume.filesystem) for volume in disk.volumes] == [("v0", filesystem)]


def test_a_real_fat12_is_read(real):
    tree = open_disk(EvidenceFile(real("images/dfvfs/fat12.raw"))).volumes[0].tree
    assert tree.open("A_Directory/another_file").read_all() == b"This is another file.\n"
    assert tree.open("PASSWO~1.TXT").path == "passwords.txt"


@pytest.mark.parametrize("kind", ["fat16", "fat32"])
@pytest.mark.parametrize("cut", [0, SECTOR, 100 * SECTOR])
def test_a_bare_volume_that_is_cut_off_is_called_so(kind, cut):
    data = fat(kind, {"A.TXT": b"text"})
    (volume,) = open_disk(Bytes(data[: len(data) - cut])).volumes
    assert [(problem.code, problem.what) for problem in volume.problems] == (
        [("truncated-image", f"the image ends {cut} bytes before the volume does")] if cut else []
    )


def test_what_a_boot_sector_says_of_the_size_of_its_volume():
    exfat = bytearray(SECTOR)
    exfat[72:80], exfat[108] = (1000).to_bytes(8, "little"), 9
    assert stated_size("exfat", bytes(exfat)) == 512_000
    assert stated_size("ntfs", ntfs_boot(100)) == 100 * SECTOR
    assert stated_size("bitlocker", bytes(SECTOR)) == 0
