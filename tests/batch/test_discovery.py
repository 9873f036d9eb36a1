"""Discovery: what below a folder is a source, what is a part of one, and what is none."""

import os
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from forensic.batch.discovery import Discovery
from forensic.batch.plan import Plan
from forensic.batch.scope import Scope, covers
from forensic.batch.search import Search
from forensic.batch.source_list import Listed, NoList, read_list
from tests.builders.hive import HiveBuilder
from tests.builders.virtual_disk import qcow2
from tests.conftest import PROJECT

SAMPLES = PROJECT / "samples"
DISK = (SAMPLES / "nt4.qcow2").read_bytes()
HIVE = HiveBuilder(file_name="SYSTEM").build()
EVENTS = b"ElfFile\0".ljust(69632, b"\0")
RAW = b"\xeb\x3c\x90".ljust(510, b"\0") + b"\x55\xaa" + bytes((1 << 20) - 512)


def put(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def found(folder, **options):
    discovery = Discovery(**options)
    sources = [os.path.relpath(one.path, folder) for one in discovery.below(str(folder))]
    return sources, discovery


def test_images_are_told_by_their_content_and_other_files_are_none(tmp_path):
    files = {
        "a.qcow2": DISK,
        "holiday.jpg": DISK,
        "disk.dd": RAW,
        "notes.txt": b"nothing to see",
        "photo.jpg": b"\xff\xd8\xff\xe0" + bytes(2 << 20),
        "empty.txt": b"",
        "small.img": RAW[:4096],
        "deep/down/b.qcow2": DISK,
        "archive.db": b"SQLite format 3\0" + bytes(1 << 20),
    }
    sources, discovery = found(put(tmp_path, files))
    assert sources == ["a.qcow2", "disk.dd", "holiday.jpg", "deep/down/b.qcow2"]
    assert discovery.notes == []


def test_what_is_named_as_an_image_is_offered_whatever_its_bytes_are(tmp_path):
    lost = {
        "empty.E01": b"",
        "server.vhdx": b"",
        "empty.dd": b"",
        "garbage.E01": b"\x17\xa3" * 50_000,
        "page.qcow2": b"<html>no such file</html>\n" * 100,
        "zeros.vmdk": bytes(100_000),
        "cut.wim": bytes(10),
        "empty.ad1": b"",
    }
    none = {
        "late.E02": b"",
        "zeros-s002.vmdk": bytes(100_000),
        "._of-a-mac.E01": bytes(4096),
        "$I30.vhdx": b"",
        "a.txt": b"",
        "b.docx": b"",
    }
    sources, discovery = found(put(tmp_path, lost | none))
    assert sources == sorted(lost)
    assert discovery.notes == []


def test_sets_are_one_source_by_their_first_segment(tmp_path):
    for number in (1, 2, 3):
        shutil.copy(SAMPLES / f"master-2019.E0{number}", tmp_path)
    put(tmp_path, {"split.001": RAW, "split.002": bytes(1 << 20), "lost.002": bytes(1 << 20), "lost.003": bytes(1 << 20)})
    sources, _ = found(tmp_path)
    assert sources == ["lost.002", "master-2019.E01", "split.001"]


def test_later_segment_that_comes_changes_the_fingerprint(tmp_path):
    shutil.copy(SAMPLES / "master-2019.E01", tmp_path)
    prints = [one.fingerprint for one in Discovery().below(str(tmp_path))]
    assert prints == [one.fingerprint for one in Discovery().below(str(tmp_path))]
    shutil.copy(SAMPLES / "master-2019.E02", tmp_path)
    assert prints != [one.fingerprint for one in Discovery().below(str(tmp_path))]


def test_image_of_the_same_size_and_ends_is_a_source_of_its_own(tmp_path):
    sources, _ = found(put(tmp_path, {"one.dd": RAW, "two.dd": RAW}))
    assert sources == ["one.dd", "two.dd"]


def test_chain_is_one_source_by_its_last_disk(tmp_path):
    put(tmp_path, {"a-base.dd": RAW, "child.qcow2": qcow2(RAW, stored=(), backing=b"a-base.dd"), "other.dd": RAW})
    search = Search([str(tmp_path)], (), Plan())
    sources = []
    while not search.is_over:
        sources += [Path(one.path).name for one in search.take(10)]
    search.close()
    assert sources == ["child.qcow2", "other.dd"]


@pytest.mark.parametrize(
    "files",
    [
        ("SAM", "SYSTEM", "SOFTWARE"),
        ("SYSTEM", "logs/System.evtx", "ann/NTUSER.DAT"),
        ("C/Windows/System32/config/SYSTEM", "C/Users/ann/NTUSER.DAT"),
        ("uploads/auto/C%3A/Windows/System32/config/SAM", "results/list.json"),
        ("hives/SYSTEM", "evtx/System.evtx"),
        ("Windows/System32/config/SYSTEM", "Windows/System32/config/SAM", "disk.dd"),
        ("System32/config/SYSTEM",),
        ("System.evtx", "Security.evtx"),
        ("setupact.log",),
    ],
)
def test_collection_is_one_source(tmp_path, files):
    content = {name: EVENTS if name.endswith("evtx") else RAW if name.endswith(".dd") else HIVE for name in files}
    sources, _ = found(put(tmp_path, {f"pc/{name}": data for name, data in content.items()}))
    assert sources == ["pc"]


def test_collections_of_several_computers_are_several_sources(tmp_path):
    files = {f"{name}/C/Windows/System32/config/SYSTEM": HIVE for name in ("pc-1", "pc-2")}
    files |= {"pc-3/SAM": HIVE, "pc-3/SYSTEM": HIVE, "pc-4/System.evtx": EVENTS, "pc-5/disk.qcow2": DISK}
    sources, _ = found(put(tmp_path, files))
    assert sources == ["pc-1", "pc-2", "pc-3", "pc-4", "pc-5/disk.qcow2"]


def test_stray_log_above_an_archive_makes_no_collection_of_it(tmp_path):
    files = {"stray.evtx": EVENTS, "pc-1/disk.qcow2": DISK, "pc-2/SYSTEM": HIVE}
    sources, _ = found(put(tmp_path, files))
    assert sources == ["stray.evtx", "pc-1/disk.qcow2", "pc-2"]


def test_archives_are_sources_and_documents_are_none(tmp_path):
    for name, member in (("host.zip", "C/Windows/System32/config/SAM"), ("letter.docx", "[Content_Types].xml")):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(member, b"x")
    put(tmp_path, {"old.7z": b"7z\xbc\xaf\x27\x1c" + bytes(100), "notes.gz": b"\x1f\x8b\x08" + bytes(100)})
    sources, discovery = found(tmp_path)
    assert sources == ["host.zip"]
    assert [(Path(one.path).name, one.lost) for one in discovery.notes] == [("old.7z", False)]


def test_images_that_are_not_read_are_offered_so_that_they_are_named(tmp_path):
    assert found(put(tmp_path, {"a.ad1": b"ADSEGMENTEDFILE\0" + bytes(600)}))[0] == ["a.ad1"]


def test_exclude_by_name_and_by_path(tmp_path):
    put(tmp_path, {"a.qcow2": DISK, "b.qcow2": DISK, "old/c.qcow2": DISK, "new/d.qcow2": DISK})
    assert found(tmp_path, exclude=["b.*", "*/old"])[0] == ["a.qcow2", "new/d.qcow2"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_are_not_followed_and_other_names_of_a_file_are_named(tmp_path):
    put(tmp_path, {"evidence/a.qcow2": DISK, "elsewhere/b.qcow2": DISK})
    (tmp_path / "evidence" / "loop").symlink_to(tmp_path / "evidence")
    (tmp_path / "evidence" / "out").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "evidence" / "z.qcow2").hardlink_to(tmp_path / "evidence" / "a.qcow2")
    sources, discovery = found(tmp_path / "evidence")
    assert sources in (["a.qcow2"], ["z.qcow2"])
    said = sorted(one.what for one in discovery.notes)
    assert "2 links not followed" in said[0]
    assert said[1].startswith("the same file as ")
    (tmp_path / "given").symlink_to(tmp_path / "elsewhere")
    assert found(tmp_path / "given")[0] == ["b.qcow2"]


def test_folder_that_is_not_there_is_named(tmp_path):
    sources, discovery = found(tmp_path / "none")
    assert sources == []
    assert [(one.what, one.lost) for one in discovery.notes] == [("No such file or directory", True)]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser reads every folder")
def test_folder_that_cannot_be_read_is_named(tmp_path):
    put(tmp_path, {"a.qcow2": DISK, "closed/b.qcow2": DISK})
    (tmp_path / "closed").chmod(0)
    sources, discovery = found(tmp_path)
    (tmp_path / "closed").chmod(0o700)
    assert sources == ["a.qcow2"]
    assert [one.lost for one in discovery.notes] == [True]


def test_collection_that_changes_has_another_fingerprint(tmp_path):
    put(tmp_path, {"SYSTEM": HIVE, "SAM": HIVE})
    before = next(Discovery().below(str(tmp_path))).fingerprint
    assert next(Discovery().below(str(tmp_path))).fingerprint == before
    (tmp_path / "SAM").write_bytes(HIVE + b"\0")
    assert next(Discovery().below(str(tmp_path))).fingerprint != before


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("/a.E01\n/b, c.dd\n\n", [Listed("/a.E01"), Listed("/b, c.dd")]),
        (
            "\ufeffpath,tags,case\r\n/a.E01,seized;urgent,7\r\n/b.E01,,\r\n",
            [Listed("/a.E01", ("seized", "urgent", "case=7")), Listed("/b.E01")],
        ),
        ("PATH\n/a.E01\n", [Listed("/a.E01")]),
        ('path,tag\n"/a, b.E01",x\n', [Listed("/a, b.E01", ("x",))]),
        ("", []),
    ],
)
def test_lists(text, listed):
    assert list(read_list(text.splitlines(keepends=True))) == listed


def test_table_without_paths_is_no_list():
    with pytest.raises(NoList, match="no column called path"):
        list(read_list(["tag,tags\n", "a,b\n"]))


def test_scope_covers_what_lies_below_and_nothing_beside(tmp_path):
    put(tmp_path, {"a/disk.dd": RAW, "b/disk.dd": RAW})
    readable = Scope([str(tmp_path / "a")]).readable()
    assert covers(readable, str(tmp_path / "a" / "disk.dd"))
    assert not covers(readable, str(tmp_path / "b" / "disk.dd"))
    assert Scope([str(tmp_path / "a" / "disk.dd")]).readable() == (str((tmp_path / "a").resolve()),)
