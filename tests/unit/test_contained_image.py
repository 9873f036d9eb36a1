"""Images inside a folder, a zip or a tar."""

import io
import tarfile
import zipfile

import pytest

from forensic import examine
from forensic.cli.outcome import NO_WINDOWS, UNDETERMINED, exit_code
from forensic.errors import NotFound
from forensic.sources import contained_image
from forensic.volumes.directory import DirectoryTree
from forensic.volumes.tree_location import TreeLocation
from tests.builders import ewf
from tests.builders.disk import boot_record, entry, fat, place
from tests.builders.hive import REG_DWORD, REG_SZ, HiveBuilder
from tests.builders.virtual_disk import qcow2, vhdx, vmdk

START = 63


def system(name="PC"):
    hive = HiveBuilder(file_name="SYSTEM")
    hive.value("Select", "Current", REG_DWORD, 1)
    hive.value(r"ControlSet001\Control\ComputerName\ComputerName", "ComputerName", REG_SZ, name)
    return hive.build()


def disk(name="PC"):
    volume = fat("fat16", {"WINDOWS/SYSTEM32/CONFIG/SYSTEM": system(name)})
    sectors = len(volume) // 512
    return place((START + sectors) * 512, (0, boot_record(entry(6, START, sectors))), (START * 512, volume))


DISK = disk()


def write(tmp_path, form, files):
    """Write files as a folder, a zip or a tar; return its path."""
    if form == "directory":
        for name, content in files.items():
            path = tmp_path / "case" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return tmp_path / "case"
    path = tmp_path / f"case.{form}"
    if form == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return path
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture
def segments(tmp_path):
    """Files of an EWF image in three segments, by name."""
    (tmp_path / "ewf").mkdir()
    ewf.write(tmp_path / "ewf", DISK, stem="disk", chunks_per_table=300)
    files = {path.name: path.read_bytes() for path in (tmp_path / "ewf").iterdir()}
    assert len(files) > 1
    return files


@pytest.mark.parametrize("form", ["directory", "zip", "tar"])
def test_images_are_examined_where_they_lie_in_one_report(tmp_path, form, segments):
    files = {f"a/{name}": content for name, content in segments.items()}
    files |= {"b/vm.vhdx": vhdx(disk("VM")), "hives/SYSTEM": system("HIVES"), "notes.txt": b"text"}
    report = examine(write(tmp_path, form, files))
    assert report.source.format == form
    assert report.source.size == sum(map(len, files.values()))
    assert [(one.id, one.volume, one.origin, one.computer_name) for one in report.installations] == [
        ("hives", "", "collection", "HIVES"),
        ("a/disk.E01 > p1/WINDOWS", "a/disk.E01 > p1", "active", "PC"),
        ("b/vm.vhdx > p1/WINDOWS", "b/vm.vhdx > p1", "active", "VM"),
    ]
    assert [one.id for one in report.volumes] == ["a/disk.E01 > p1", "b/vm.vhdx > p1"]
    assert [one.path for one in report.source.set_aside] == ["notes.txt"]
    assert not [problem for problem in report.problems if problem.is_incomplete]
    assert sorted(report.source.segments) == sorted([*(f"a/{name}" for name in segments), "b/vm.vhdx"])


@pytest.mark.parametrize("form", ["directory", "zip", "tar"])
def test_a_missing_segment_is_named_with_its_folder_and_never_in_order(tmp_path, form, segments):
    gone = max(segments)
    report = examine(write(tmp_path, form, {f"a/{name}": content for name, content in segments.items() if name != gone}))
    assert f"a/{gone}" in [problem.where for problem in report.problems]
    assert exit_code(report) == UNDETERMINED


def test_a_split_raw_image_in_a_zip_is_one(tmp_path):
    half = len(DISK) // 1024 * 512
    report = examine(write(tmp_path, "zip", {"x/disk.001": DISK[:half], "x/disk.002": DISK[half:]}))
    assert [one.id for one in report.installations] == ["x/disk.001 > p1/WINDOWS"]
    assert report.source.set_aside == ()


def test_the_same_content_is_not_examined_twice_and_that_is_said(tmp_path, segments):
    report = examine(write(tmp_path, "directory", {f"{folder}/{name}": content for folder in "ab" for name, content in segments.items()}))
    assert [one.id for one in report.installations] == ["a/disk.E01 > p1/WINDOWS"]
    assert [one.path for one in report.source.set_aside] == ["b/disk.E01"]
    assert [(problem.where, problem.code) for problem in report.problems if problem.code] == [("b/disk.E01", "set-aside")]


def test_images_beyond_the_limit_and_those_that_cannot_be_opened_are_problems(tmp_path, monkeypatch):
    monkeypatch.setattr(contained_image, "IMAGE_LIMIT", 1)
    files = {"1.img": DISK, "2.img": disk("TWO"), "3.vhdx": b"vhdxfile".ljust(1 << 20, b"\1"), "lost.002": DISK}
    report = examine(write(tmp_path, "directory", files))
    assert [one.id for one in report.installations] == ["1.img > p1/WINDOWS"]
    left = [problem for problem in report.problems if problem.code == "not-opened"]
    assert [(problem.where, problem.severity) for problem in left] == [("2.img", "error"), ("3.vhdx", "error"), ("lost.002", "error")]
    monkeypatch.setattr(contained_image, "IMAGE_LIMIT", 9)
    left = [problem for problem in examine(tmp_path / "case").problems if problem.code == "not-opened"]
    assert [problem.where for problem in left] == ["3.vhdx"]


def test_few_of_many_images_that_were_not_opened_are_problems_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr(contained_image, "NAMED_LIMIT", 2)
    report = examine(write(tmp_path, "directory", {f"{number}.vhdx": b"vhdxfile" for number in range(5)}))
    assert [problem.where for problem in report.problems if problem.code == "not-opened"] == ["0.vhdx", "1.vhdx", "collection"]
    assert len(report.source.set_aside) == 5


def test_an_image_beside_the_folders_of_a_windows_is_examined(tmp_path):
    report = examine(
        write(tmp_path, "directory", {"Windows/System32/config/SYSTEM": system("TREE"), "disk.img": DISK, "pagefile.sys": b"x"})
    )
    assert [one.id for one in report.installations] == ["Windows", "disk.img > p1/WINDOWS"]
    assert report.source.set_aside == ()


@pytest.mark.parametrize("content", [DISK[:512], DISK[: 1 << 20 - 1], b"\xeb" + bytes(600), b"", b"text" * 1000])
def test_copies_of_tables_and_boot_sectors_are_no_images(tmp_path, content):
    files = {"mbr.img": content, "SYSTEM": system()}
    report = examine(write(tmp_path, "directory", files))
    assert [one.id for one in report.installations] == ["hives"]
    assert report.volumes == ()


def test_a_disk_without_any_mark_is_told_by_its_name(tmp_path):
    report = examine(write(tmp_path, "directory", {"wiped.img": bytes(2 << 20), "wiped.bin": bytes(2 << 20)}))
    assert [one.id for one in report.volumes] == ["wiped.img > v0"]


@pytest.mark.parametrize("form", ["zip", "tar"])
def test_a_single_raw_image_in_an_archive_is_that_image(tmp_path, form):
    report = examine(write(tmp_path, form, {"disk.bin": DISK}))
    assert [one.id for one in report.installations] == ["p1/WINDOWS"]
    assert report.source.format == f"raw in {form}"


def test_damage_of_one_image_is_not_that_of_another(tmp_path):
    found = examine(write(tmp_path, "directory", {"a.img": DISK, "b.img": bytes(512) + disk("TWO")[512:]}))
    assert [(problem.where, problem.code, problem.installation) for problem in found.problems if problem.is_incomplete] == [
        ("b.img > partition table", "table-damaged", "b.img > p1/WINDOWS")
    ]


def test_a_windows_is_found_in_a_zip_whatever_separates_the_names(tmp_path):
    with zipfile.ZipFile(tmp_path / "kape.zip", "w") as archive:
        archive.writestr("2026\\C\\Windows\\System32\\config\\SYSTEM", system())
        archive.writestr("2026\\C\\notes.txt", b"text")
    assert [one.id for one in examine(tmp_path / "kape.zip").installations] == ["2026/C/Windows"]


def test_encrypted_files_in_a_zip_are_named_and_never_mean_that_nothing_is_there(tmp_path):
    path = write(tmp_path, "zip", {"C/Windows/System32/config/SYSTEM": system(), "notes.txt": b"text"})
    data = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + flags] |= 1
    path.write_bytes(data)
    report = examine(path)
    assert [(problem.where, problem.code) for problem in report.problems if problem.code == "encrypted"] == [("case.zip", "encrypted")]
    assert exit_code(report) == UNDETERMINED


def test_archives_in_a_folder_count_where_nothing_else_is_there(tmp_path):
    inner = write(tmp_path, "zip", {"SYSTEM": system()}).read_bytes()
    report = examine(write(tmp_path, "directory", {"inner.zip": inner}))
    assert [(problem.where, problem.code) for problem in report.problems if problem.code] == [("inner.zip", "not-opened")]
    assert exit_code(report) == UNDETERMINED
    report = examine(write(tmp_path, "directory", {"SYSTEM": system()}))
    assert [(problem.where, problem.code) for problem in report.problems if problem.code] == [("inner.zip", "set-aside")]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("clonezilla-img", "sda1.ntfs-ptcl-img.gz.aa", "sda1.ntfs-ptcl-img.gz.ab", "parts"), "Clonezilla"),
        (("d1.partitions", "d1p1.img", "d1p2.img", "d1.mbr"), "FOG"),
    ],
)
def test_a_disk_saved_by_a_cloning_tool_is_named_for_what_it_is(tmp_path, names, said):
    report = examine(write(tmp_path, "directory", {f"win10/{name}": b"\x1f\x8b\x08" + bytes(900) for name in names}))
    assert report.source.size == 903 * len(names)
    left = [problem for problem in report.problems if problem.code == "not-opened" and problem.where == "win10"]
    assert [said in problem.what for problem in left] == [True]
    assert exit_code(report) == UNDETERMINED


def test_a_locked_or_unknown_image_takes_nothing_from_the_verdict_of_another(tmp_path):
    locked = place(2 << 20, (0, b"\xeb\x58\x90-FVE-FS-"), (510, b"\x55\xaa"))
    report = examine(write(tmp_path, "directory", {"a.img": DISK, "b.img": locked, "c.img": b"\7" * (2 << 20), "d.vhdx": b"vhdxfile"}))
    assert [(problem.where, problem.code) for problem in report.problems if problem.is_incomplete] == [
        ("d.vhdx", "not-opened"), ("b.img > v0", "encrypted-beside"), ("c.img > v0", "volume-not-read"),
    ]  # fmt: skip
    assert not any(problem.caps_verdicts for problem in report.problems)
    assert exit_code(report) == UNDETERMINED
    report = examine(write(tmp_path, "zip", {"b.img": locked, "notes.txt": b"text"}))
    assert [(problem.where, problem.code) for problem in report.problems if problem.is_incomplete] == [("b.img > v0", "encrypted")]


def test_an_archive_of_one_file_that_is_no_disk_is_a_collection(tmp_path):
    report = examine(write(tmp_path, "zip", {"notes.txt": b"text"}))
    assert (report.source.format, exit_code(report)) == ("zip", NO_WINDOWS)


def test_places_in_a_tree_lead_nowhere_else(tmp_path):
    root = write(tmp_path, "directory", {"a/disk.qcow2": b"x", "a/base.img": b"base", "other": b"o"})
    (root / "a" / "out.img").symlink_to("/etc/passwd")
    place = TreeLocation(DirectoryTree(root), "a/disk.qcow2")
    assert place.siblings() == ["base.img", "disk.qcow2", "out.img"]
    assert place.resolve("BASE.img").path == "a/base.img"
    assert place.resolve("/somewhere/base.img").path == "a/base.img"
    assert place.sibling("base.img").open().read_at(1, 2) == b"as"
    for name in ("../other", "out.img", "/etc/passwd", "..", ""):
        with pytest.raises(NotFound):
            place.resolve(name)
    for name in ("../other", "a/b", ".."):
        with pytest.raises(NotFound):
            place.sibling(name)


def test_an_ova_is_examined(tmp_path):
    path = tmp_path / "machine.ova"
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in (
            ("machine.ovf", b"<Envelope/>"),
            ("machine-disk1.vmdk", vmdk(DISK, packed=True, at_end=True)),
            ("machine.mf", b"SHA1()"),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    report = examine(path)
    assert [one.id for one in report.installations] == ["machine-disk1.vmdk > p1/WINDOWS"]
    assert not [problem for problem in report.problems if problem.is_incomplete]


def test_the_parent_of_an_image_is_read_through_it_alone(tmp_path):
    base = disk("BASE")
    files = {"base.raw": base, "top.qcow2": qcow2(base, stored={0}, backing=b"base.raw")}
    report = examine(write(tmp_path, "directory", files))
    assert [one.id for one in report.installations] == ["top.qcow2 > p1/WINDOWS"]
    assert [(one.path, "is made from it" in one.why) for one in report.source.set_aside] == [("base.raw", True)]
