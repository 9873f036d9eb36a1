"""Which files of a collection were read, as what, and their hashes."""

import hashlib

import pytest

from forensic import examine
from forensic.model import ImageReport
from forensic.sources import provenance
from forensic.volumes.directory import DirectoryTree
from forensic.volumes.recorded_tree import RecordedTree
from tests.builders.hive import REG_DWORD, HiveBuilder
from tests.unit.test_contained_image import DISK, write
from tests.unit.test_discovery import spread, user, windows
from tests.unit.test_file_sharing import log


def dirty():
    hive = HiveBuilder(file_name="SYSTEM")
    hive.value("Select", "Current", REG_DWORD, 1)
    return hive.build(dirty=True)


FLAT = {
    "PC/SYSTEM": dirty(), "PC/SYSTEM.LOG1": b"x" * 600, "PC/ann/NTUSER.DAT": user(), "PC/System.evtx": log(""), "PC/setupact.log": b"text",
    "notes.txt": b"text",
}  # fmt: skip


@pytest.mark.parametrize("form", ["directory", "zip", "tar"])
def test_every_file_that_was_read_is_named_with_what_it_was_taken_for_and_its_hash(tmp_path, form):
    report = examine(write(tmp_path, form, FLAT), strict=True)
    assert {one.path: (one.taken_as, one.size, one.sha256, one.why, one.installation) for one in report.source.files} == {
        path: (taken_as, len(FLAT[path]), hashlib.sha256(FLAT[path]).hexdigest(), "", "PC")
        for path, taken_as in {
            "PC/SYSTEM": "SYSTEM",
            "PC/SYSTEM.LOG1": "transaction log of SYSTEM",
            "PC/ann/NTUSER.DAT": "NTUSER.DAT of PC/ann",
            "PC/System.evtx": "Windows/System32/winevt/Logs/System.evtx",
            "PC/setupact.log": "Windows/Panther/setupact.log",
        }.items()
    }
    assert report.source.size == sum(map(len, FLAT.values()))
    assert ImageReport.from_json(report.to_json()).source == report.source


def test_files_of_a_tree_are_named_by_their_path_on_the_drive(tmp_path):
    files = windows("C/", []) | {"C/Windows/setupact.log": b"x", "C/Windows/Panther/setupact.log": b"y"}
    report = examine(spread(tmp_path, files), strict=True)
    named = {one.path: one.taken_as for one in report.source.files}
    assert named["C/Windows/System32/config/SYSTEM"] == "SYSTEM"
    assert named["C/Windows/Panther/setupact.log"] == "Windows/Panther/setupact.log"
    assert {one.installation for one in report.source.files} == {"C/Windows"}


def test_what_was_only_looked_at_and_what_an_image_is_made_of_are_not_among_them(tmp_path):
    report = examine(write(tmp_path, "directory", {"disk.img": DISK, "notes.txt": b"text", "broken.hiv": b"regf"}), strict=True)
    assert report.source.files == ()
    assert report.source.segments == ("disk.img",)


def test_what_is_not_hashed_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "HASH_LIMIT", 1000)
    named = {one.path: one for one in examine(write(tmp_path, "directory", FLAT), strict=True).source.files}
    assert (named["PC/SYSTEM"].sha256, named["PC/SYSTEM"].why) == (None, "more than the 1000 bytes that are hashed")
    assert named["PC/setupact.log"].sha256 is not None
    monkeypatch.setattr(provenance, "FILE_LIMIT", 2)
    assert len(examine(tmp_path / "case", strict=True).source.files) == 2


def test_a_recorded_tree_is_the_same_tree(tmp_path):
    tree = RecordedTree(DirectoryTree(spread(tmp_path, {"a/b": b"123", "c": b""})))
    assert [entry.name for entry in tree.list()] == ["a", "c"]
    assert (tree.volume, tree.problems, list(tree.salvage())) == ("", [], [])
    file = tree.open("A/B")
    assert (file.path, file.size, file.written, file.created, file.raw, file.state) == ("a/b", 3, None, None, b"", "stored")
    assert file.place.file == "a/b"
    assert tree.read == {}
    assert (file.read_at(1, 1), file.read_all(), list(tree.read)) == (b"2", b"123", ["a/b"])
