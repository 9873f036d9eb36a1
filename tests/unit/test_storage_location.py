"""Where evidence lies: names that evidence may say, files of this computer, and that nothing else reads them."""

import ast
import os
import sys
from contextlib import closing
from pathlib import Path

import pytest

import forensic
from forensic.cli.outcome import UNDETERMINED, exit_code
from forensic.containers import open_image
from forensic.errors import NotFound, Unreadable, Unsupported
from forensic.examination import examine, verify
from forensic.storage.file import EvidenceFile
from forensic.storage.local import LocalLocation
from forensic.storage.location import locate
from forensic.storage.naming import candidates, last_part
from forensic.volumes.disk import open_disk

ROOM = Path(forensic.__file__).parent


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("base.vhdx", [("base.vhdx",)]),
        (r".\base.vhdx", [("base.vhdx",)]),
        (r"disks\base.vhdx", [("disks", "base.vhdx"), ("base.vhdx",)]),
        ("disks/base.vhdx", [("disks", "base.vhdx"), ("base.vhdx",)]),
        (r"C:\vm\base.vhdx", [("base.vhdx",)]),
        ("C:base.vhdx", [("base.vhdx",)]),
        (r"\\server\share\vm\base.vhdx", [("base.vhdx",)]),
        (r"\\?\Volume{26a21bda-a627-11d7-9931-806e6f6e6963}\vm\base.vhdx", [("base.vhdx",)]),
        ("/etc/passwd", [("passwd",)]),
        (r"..\..\etc\passwd", [("passwd",)]),
        ("vm/../../passwd", [("passwd",)]),
        ("", []),
        (".", []),
        ("..", []),
        (r"vm\..", []),
        ("C:\\", []),
    ],
)
def test_a_name_in_evidence_never_leads_out_of_the_folder(name, paths):
    assert candidates(name) == paths


@pytest.mark.parametrize(("name", "last"), [(r"C:\vm\base.vhdx", "base.vhdx"), ("a/b/", "b"), ("", ""), ("x", "x")])
def test_messages_name_the_last_part(name, last):
    assert last_part(name) == last


def test_a_place_is_what_its_path_says_and_need_not_exist(tmp_path):
    location = locate(tmp_path / "disk.E01")
    assert (location.name, location.path) == ("disk.E01", str(tmp_path / "disk.E01"))
    assert locate(location) is location
    with pytest.raises(NotFound, match=r"disk\.E01: no such file") as raised:
        location.open()
    assert raised.value.code == "no-file"


@pytest.mark.parametrize("url", ["s3://bucket/disk.E01", "gs://b/x", "az://c/x"])
def test_without_its_library_a_url_is_refused_with_a_sentence_that_names_the_extra(url, monkeypatch):
    for name in ("forensic.storage.remote", "forensic.storage.store"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "obstore", None)
    for opened in (locate, open_image, EvidenceFile):
        with pytest.raises(Unsupported, match=r"need obstore: install sysprep-forensic\[remote\]"):
            opened(url)


@pytest.mark.parametrize("url", ["ftp://host/disk.raw", "smb://host/disk.raw"])
def test_a_url_of_another_kind_is_refused(url):
    with pytest.raises(Unsupported, match="is not a kind of URL that is read"):
        locate(url)


def test_a_file_url_is_a_path(tmp_path):
    path = tmp_path / "a disk #1.raw"
    path.write_bytes(b"0123")
    assert locate(path.as_uri()).path == str(path)
    assert EvidenceFile(f"file://localhost{path.as_uri()[7:]}").read_at(1, 2) == b"12"
    with pytest.raises(Unsupported, match="of another computer"):
        locate("file://server/share/disk.raw")


def test_siblings_are_the_names_in_the_folder_that_begin_alike(tmp_path):
    for name in ("disk.E02", "disk.E01", "disk.txt", "other.E01"):
        (tmp_path / name).touch()
    location = LocalLocation(str(tmp_path / "disk.E01"))
    assert location.siblings("disk.") == ["disk.E01", "disk.E02", "disk.txt"]
    assert location.siblings() == ["disk.E01", "disk.E02", "disk.txt", "other.E01"]
    assert location.sibling("disk.E02").path == str(tmp_path / "disk.E02")
    with pytest.raises(Unreadable, match="cannot look for further segments: No such file"):
        LocalLocation(str(tmp_path / "gone" / "disk.E01")).siblings()


@pytest.mark.parametrize("name", ["", ".", "..", "../disk.E01", "/etc/passwd", "vm/disk.E01"])
def test_a_sibling_is_a_bare_name(tmp_path, name):
    (tmp_path / "disk.E01").touch()
    with pytest.raises(NotFound, match="no name of a file beside it"):
        LocalLocation(str(tmp_path / "disk.E01")).sibling(name)


def test_the_file_that_evidence_names_is_found_below_or_beside_and_nowhere_else(tmp_path):
    (tmp_path / "case" / "disks").mkdir(parents=True)
    for path in ("secret.vhdx", "case/child.vhdx", "case/Base.vhdx", "case/disks/base.vhdx"):
        (tmp_path / path).write_text(path)
    child = LocalLocation(str(tmp_path / "case" / "child.vhdx"))

    def found(name):
        return Path(child.resolve(name).path).relative_to(tmp_path).as_posix()

    assert found(r"disks\base.vhdx") == "case/disks/base.vhdx"
    assert found(r"D:\elsewhere\BASE.VHDX") == "case/Base.vhdx"
    assert found(r"gone\Base.vhdx") == "case/Base.vhdx"
    for name in ("..\\secret.vhdx", str(tmp_path / "secret.vhdx"), "disks", "", "with\0nul", "x" * 5000):
        with pytest.raises(NotFound, match=r"^child\.vhdx: .* is not beside it$") as raised:
            child.resolve(name)
        assert raised.value.code == "no-file"


def test_a_fingerprint_is_the_same_for_all_ways_to_a_file_until_it_changes(tmp_path):
    path, other = tmp_path / "disk.raw", tmp_path / "other.raw"
    path.write_bytes(b"one")
    other.write_bytes(b"one")
    os.utime(path, ns=(5, 5))
    os.utime(other, ns=(5, 5))
    before = LocalLocation(str(path)).fingerprint()
    (tmp_path / "folder").mkdir()
    assert LocalLocation(str(tmp_path / "folder" / ".." / "disk.raw")).fingerprint() == before
    assert LocalLocation(str(other)).fingerprint() != before
    os.utime(path, ns=(5, 6))
    changed = LocalLocation(str(path)).fingerprint()
    assert changed != before
    path.write_bytes(b"more")
    os.utime(path, ns=(5, 6))
    assert LocalLocation(str(path)).fingerprint() not in (before, changed)


def test_a_released_file_is_opened_again_by_its_next_read_and_a_closed_one_is_not(tmp_path):
    path = tmp_path / "disk.raw"
    path.write_bytes(b"0123456789")
    file = EvidenceFile(path)
    file.release()
    assert file.read_at(2, 3) == b"234"
    file.release()
    path.unlink()
    with pytest.raises(NotFound, match=r"disk\.raw: no such file"):
        file.read_at(0, 1)
    file.close()
    with pytest.raises(Unreadable, match="already closed"):
        file.read_at(0, 1)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors cannot be counted there")
def test_a_file_that_nobody_uses_any_more_holds_no_descriptor(tmp_path):
    def held():
        return sum(os.path.realpath(entry.path) == str(path) for entry in os.scandir("/proc/self/fd"))

    path = tmp_path / "disk.raw"
    path.write_bytes(b"0123456789")
    file = EvidenceFile(path)
    assert file.read_at(0, 2) == b"01"
    assert held() == 1
    del file
    assert held() == 0
    with pytest.raises(NotFound):
        EvidenceFile(tmp_path / "gone")


SYSTEM = {"os", "io", "pathlib", "glob", "shutil", "mmap", "tempfile", "fileinput", "codecs"}
ALLOWED = {"volumes/directory.py": {"os", "pathlib"}}
"""A folder of this computer is a tree of its own kind."""


def reaches_the_system(text):
    """Return what a module calls or imports that reads files by itself."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names if name.name.partition(".")[0] in SYSTEM}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in SYSTEM:
            found.add(node.module)
        elif isinstance(node, ast.Name) and node.id in {"open", "__import__"}:
            found.add(node.id)
    return found


def test_no_container_and_no_volume_reads_a_file_except_through_its_location():
    modules = [path for room in ("containers", "volumes") for path in sorted((ROOM / room).rglob("*.py"))]
    assert len(modules) > 40
    found = {path.relative_to(ROOM).as_posix(): reaches_the_system(path.read_text(encoding="utf-8")) for path in modules}
    assert {name: calls for name, calls in found.items() if calls} == ALLOWED


@pytest.mark.parametrize("text", ["import os", "import os.path", "from pathlib import Path", "open('x')", "__import__('os')", "import io"])
def test_what_reads_a_file_by_itself_is_noticed(text):
    assert reaches_the_system(text)
    assert not reaches_the_system("from forensic.storage.file import EvidenceFile\nfile.open()\nimport struct")


class TestChangeWhileRead:
    """Evidence that something writes to while it is read is named, and known to be of two moments."""

    SAMPLE = Path(__file__).parent.parent.parent / "samples/desk-10.E01"

    @staticmethod
    def examined(path, harm):
        harmed = []

        def progress(stage, *_):
            if stage == "read artifacts" and not harmed:
                harmed.append(stage)
                harm()

        return examine(path, progress=progress)

    def copied(self, tmp_path):
        path = tmp_path / "disk.E01"
        path.write_bytes(self.SAMPLE.read_bytes())
        return path

    def test_an_image_that_stays_the_same_is_no_problem(self, tmp_path):
        assert self.examined(self.copied(tmp_path), lambda: None).problems == ()

    @pytest.mark.parametrize("harm", ["grow", "touch", "replace", "remove"])
    def test_an_image_that_changes_is_named(self, tmp_path, harm):
        path = self.copied(tmp_path)

        def change():
            if harm == "grow":
                with path.open("ab") as file:
                    file.write(b"more")
            elif harm == "touch":
                os.utime(path, ns=(1, 1))
            elif harm == "replace":
                other = tmp_path / "other"
                other.write_bytes(b"another file")
                other.replace(path)
            else:
                path.unlink()

        report = self.examined(path, change)
        assert [(problem.code, problem.where) for problem in report.problems] == [("changed-while-read", str(path))]
        assert "evidence-incomplete" in report.installations[0].verdict.caps
        assert exit_code(report) == UNDETERMINED

    def test_one_file_of_a_collection_is_named_by_its_path(self, tmp_path):
        with closing(open_image(self.SAMPLE)) as image:
            tree = open_disk(image).volumes[0].tree
            for name in ("SAM", "SECURITY", "SOFTWARE", "SYSTEM"):
                (tmp_path / name).write_bytes(tree.open(f"Windows/System32/config/{name}").read_all())
        report = self.examined(tmp_path, lambda: os.utime(tmp_path / "SYSTEM", ns=(1, 1)))
        assert [problem.where for problem in report.problems if problem.code == "changed-while-read"] == [str(tmp_path / "SYSTEM")]

    def test_a_file_that_changes_while_it_is_hashed_is_named(self, tmp_path):
        path = self.copied(tmp_path)
        assert verify(path)["problems"] == []
        result = verify(path, lambda *_: os.utime(path, ns=(1, 1)))
        assert [problem.code for problem in result["problems"]] == ["changed-while-read"]
