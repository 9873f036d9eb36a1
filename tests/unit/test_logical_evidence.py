"""L01: the files in it as a collection, as libewf reads them too, and lists that cannot be true."""

import pytest
from hypothesis import given

from forensic import examine
from forensic.containers import open_image
from forensic.errors import ForensicError, Malformed, NotFound, Unreadable, Unsupported
from forensic.volumes.logical_tree import LogicalTree
from forensic.volumes.tree import walk
from tests.builders import ewf
from tests.builders.damage import damage, damages
from tests.builders.world import RELEASES, Life, World

FILES = {"C/Windows/a.txt": b"hello", "C/Windows/b.bin": bytes(range(256)) * 90, "C/Windows/empty": b"", "C/Größe": b"x", "D": None}


def content(tree):
    return {path: tree.open(path).read_all() for path, entry in walk(tree) if not entry.is_directory}


def test_every_file_is_read_with_its_times(tmp_path):
    tree = LogicalTree(ewf.write_logical(tmp_path, FILES))
    assert content(tree) == {path: data for path, data in FILES.items() if data is not None}
    file = tree.open("c/windows/B.BIN")
    assert (str(file.created), str(file.written)) == ("2017-07-14T02:40:00.0000000Z", "2017-07-14T02:40:01.0000000Z")
    assert file.read_at(250, 10) == bytes([250, 251, 252, 253, 254, 255, 0, 1, 2, 3])
    assert file.read_at(-1, 5) == file.read_at(1 << 40, 5) == b""
    assert [entry.name for entry in tree.list()] == ["C", "D"]
    assert tree.problems == []
    with pytest.raises(NotFound):
        tree.open("C/Windows/a.txt").stream("x")
    tree.close()


def test_libewf_reads_the_same(tmp_path):
    pyewf = pytest.importorskip("pyewf")
    handle = pyewf.handle()
    handle.open([str(ewf.write_logical(tmp_path, FILES))])
    found = {}

    def look(entry, folder):
        for below in entry.sub_file_entries:
            path = f"{folder}/{below.name}".lstrip("/")
            if below.number_of_sub_file_entries or path == "D":
                look(below, path)
            else:
                found[path] = below.read_buffer(below.size) if below.size else b""

    look(handle.get_root_file_entry(), "")
    handle.close()
    assert found == {path: data for path, data in FILES.items() if data is not None}


def test_any_segment_may_be_given(tmp_path):
    first = ewf.write_logical(tmp_path, FILES, chunks_per_table=2)
    assert len(list(tmp_path.iterdir())) == 3
    for path in tmp_path.iterdir():
        tree = LogicalTree(path)
        assert tree.segments == ("files.L01", "files.L02", "files.L03")
        assert content(tree)["C/Windows/b.bin"] == FILES["C/Windows/b.bin"]
        tree.close()
    (tmp_path / "files.L02").unlink()
    tree = LogicalTree(first)
    assert "missing-segment" in {problem.code for problem in tree.problems} or tree.problems
    with pytest.raises(ForensicError):
        tree.open("C/Windows/b.bin").read_all()
    tree.close()


def test_a_windows_in_it_is_a_collection(tmp_path):
    life = Life(World(seed=5), RELEASES["10"])
    life.install(life.world.computer(), "2021-03-02T09:10:00Z", name="DESK-1")
    report = examine(ewf.write_logical(tmp_path, {f"C/{name}": data for name, data in life.files().items()}), strict=True)
    (one,) = report.installations
    assert (report.source.format, one.id, one.origin, one.computer_name) == ("l01", "C/Windows", "collection", "DESK-1")
    assert not any(problem.is_incomplete for problem in report.problems)


def test_it_is_no_disk_also_where_its_signature_is_damaged(tmp_path):
    path = ewf.write_logical(tmp_path, FILES)
    for signature in (path.read_bytes()[:8], b"EVF\x09\x0d\x0a\xff\x00"):
        path.write_bytes(signature + path.read_bytes()[8:])
        with pytest.raises(Unsupported, match="holds files and no single disk"):
            open_image(path)


def test_an_image_without_a_list_is_malformed(tmp_path):
    path = ewf.write(tmp_path, bytes(4096))
    path.write_bytes(b"LVF\x09\x0d\x0a\xff\x00" + path.read_bytes()[8:])
    with pytest.raises(Malformed, match="without its list of files"):
        LogicalTree(path)


def test_a_changed_list_is_a_problem(tmp_path):
    path = ewf.write_logical(tmp_path, FILES)
    data = path.read_bytes()
    path.write_bytes(data.replace("a.txt".encode("utf-16-le"), "c.txt".encode("utf-16-le")))
    tree = LogicalTree(path)
    assert [problem.code for problem in tree.problems] == ["checksum-differs"]
    assert tree.open("C/Windows/c.txt").read_all() == b"hello"
    tree.close()


def lists(**changes):
    text, _ = ewf.list_of_files({"a": b"12345", "b": b"6"})
    for before, after in changes.values():
        assert before in text
        text = text.replace(before, after, 1)
    return text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (lists(cut=("26\t0", "26")), "archive-damaged"),
        (lists(many=("0\t2\n1\t\t1", "0\t9\n1\t\t1")), "archive-damaged"),
        (lists(up=("\ta\t", "\t../a\t")), "set-aside"),
    ],
    ids=["line", "more than there are", "name"],
)
def test_a_list_that_breaks_off_is_a_problem(tmp_path, text, code):
    tree = LogicalTree(ewf.write_logical(tmp_path, {"a": b"12345", "b": b"6"}, text=text))
    assert [problem.code for problem in tree.problems] == [code]
    tree.close()


@pytest.mark.parametrize(
    ("extents", "error"),
    [("1 zz 5", Malformed), ("1 -1 5", Malformed), ("1 0 3", Unreadable), ("", Unreadable), ("1 ffffffffff 5", Unreadable)],
)
def test_extents_that_cannot_be_are_said(tmp_path, extents, error):
    tree = LogicalTree(ewf.write_logical(tmp_path, {"a": b"12345", "b": b"6"}, text=lists(extents=("1 0 5", extents))))
    with pytest.raises(error):
        tree.open("a").read_all()
    assert tree.open("b").read_all() == b"6"
    tree.close()


def test_sparse_extents_are_zeros(tmp_path):
    tree = LogicalTree(ewf.write_logical(tmp_path, {"a": b"12345", "b": b"6"}, text=lists(extents=("1 0 5", "2 S 0 3 0 2"))))
    assert tree.open("a").read_all() == b"\0\0\x0012"
    tree.close()


@pytest.mark.parametrize("text", ["", "5\nrec\n", "5\nentry\n1\t1\nq\tr\n0\t0\n\t\n"])
def test_a_list_of_another_kind_is_malformed(tmp_path, text):
    with pytest.raises(Malformed):
        LogicalTree(ewf.write_logical(tmp_path, {"a": b"1"}, text=text))


@given(changes=damages(20_000))
def test_any_damage_is_survived(tmp_path_factory, changes):
    folder = tmp_path_factory.mktemp("damaged")
    path = ewf.write_logical(folder, FILES)
    path.write_bytes(damage(path.read_bytes(), changes))
    try:
        tree = LogicalTree(path)
    except ForensicError:
        return
    for name, entry in walk(tree):
        if not entry.is_directory:
            try:
                assert len(tree.open(name).read_at(0, 5000)) <= 5000
            except ForensicError:
                continue
    tree.close()
