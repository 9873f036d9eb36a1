import os
import struct
import sys
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic import examine
from forensic.errors import ForensicError, Malformed, NotFound, Unreadable, Unsupported
from forensic.model import Locator
from forensic.storage.meter import ReadMeter
from forensic.storage.unpacked import Unpacked
from forensic.volumes.archive import ArchiveTree
from forensic.volumes.directory import DirectoryTree
from forensic.volumes.tree import components, walk

FILES = {"Windows/System32/config/SAM": b"sam" * 1000, "C/Users/Ünï/NTUSER.DAT": b"user", "empty": b""}


def folder(tmp_path):
    root = tmp_path / "case"
    for name, content in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def archive(tmp_path, members=None, compression=zipfile.ZIP_DEFLATED):
    path = tmp_path / "case.zip"
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in FILES.items() if members is None else members:
            file.writestr(name, content)
    return path


@pytest.fixture(params=["folder", "zip", "zip stored"])
def tree(request, tmp_path):
    if request.param == "folder":
        return DirectoryTree(folder(tmp_path))
    return ArchiveTree(archive(tmp_path, compression=zipfile.ZIP_STORED if "stored" in request.param else zipfile.ZIP_DEFLATED))


@pytest.mark.parametrize("name", FILES)
def test_files_are_found_in_any_case_and_spelled_as_they_are(tree, name):
    for spelling in (name, name.upper(), name.lower(), name.replace("/", "\\"), f"/{name}", f"./{name}"):
        file = tree.open(spelling)
        assert (file.path, file.size, file.read_all()) == (name, len(FILES[name]), FILES[name])
    assert (file.place, file.raw, file.written, file.created, file.state) == (Locator(file=name), b"", None, None, "stored")
    assert (tree.volume, tree.problems) == ("", [])


def test_parts_of_files_are_read(tree):
    file = tree.open("windows/system32/config/sam")
    assert [file.read_at(*where) for where in ((1, 3), (2999, 9), (3000, 1), (-1, 5), (0, 0))] == [b"ams", b"m", b"", b"", b""]
    with pytest.raises(Malformed, match="3000 bytes are more than the 100"):
        file.read_all(100)
    with pytest.raises(NotFound):
        file.stream("x")


@pytest.mark.parametrize("path", ["nope", "Windows", "", "Windows/nope/SAM", "empty/x", "../case/empty", "Windows/../../empty"])
def test_what_is_no_file_is_not_found(tree, path):
    with pytest.raises(NotFound):
        tree.open(path)


def test_directories_are_listed_in_order(tree):
    assert [(entry.name, entry.is_directory, entry.is_link) for entry in tree.list()] == [
        ("C", True, False), ("Windows", True, False), ("empty", False, False),
    ]  # fmt: skip
    assert [entry.name for entry in tree.list(r"WINDOWS\system32")] == ["config"]
    assert sorted(path for path, entry in walk(tree) if not entry.is_directory) == sorted(FILES)
    with pytest.raises(Malformed, match="more than 2"):
        list(walk(tree, limit=2))
    for path in ("nope", "empty"):
        with pytest.raises(NotFound):
            tree.list(path)


def test_what_is_read_is_counted(tmp_path):
    meter = ReadMeter()
    DirectoryTree(folder(tmp_path), meter).open("windows/system32/config/sam").read_at(0, 100)
    assert (meter.bytes_read, meter.requests) == (100, 1)
    ArchiveTree(archive(tmp_path), meter).open("windows/system32/config/sam").read_at(0, 100)
    assert meter.bytes_read > 100


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes in folders")
def test_links_are_shown_not_followed_and_special_files_do_not_exist(tmp_path):
    root = folder(tmp_path)
    (tmp_path / "outside").write_bytes(b"secret")
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "inside").symlink_to("Windows", target_is_directory=True)
    (root / "up").symlink_to("..", target_is_directory=True)
    os.mkfifo(root / "pipe")
    tree = DirectoryTree(root)
    assert [entry.name for entry in tree.list() if entry.is_link] == ["inside", "link", "up"]
    assert "pipe" not in {entry.name for entry in tree.list()}
    for path in ("link", "inside/System32/config/SAM", "up/outside"):
        with pytest.raises(NotFound, match="is a link to"):
            tree.open(path)
    with pytest.raises(NotFound):
        tree.open("pipe")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell cases apart")
def test_names_that_differ_in_case_only_are_a_problem(tmp_path):
    root = folder(tmp_path)
    (root / "EMPTY").write_bytes(b"capital")
    tree = DirectoryTree(root)
    assert (tree.open("empty").read_all(), tree.open("EMPTY").read_all(), tree.problems) == (b"", b"capital", [])
    assert tree.open("Empty").read_all() == b"capital"
    assert "differ in case only" in tree.problems[0].what


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
@pytest.mark.parametrize(("name", "shown"), [(b"bad \xff", "bad %xff"), (rb"C\Windows", "C%Windows")])
def test_a_directory_whose_name_is_no_text_or_no_part_of_a_path_is_read(tmp_path, name, shown):
    root = folder(tmp_path)
    (root / os.fsdecode(name)).mkdir()
    (root / os.fsdecode(name) / "SAM").write_bytes(b"regf")
    tree = DirectoryTree(root)
    assert {shown, f"{shown}/SAM"} <= {path for path, _ in walk(tree)}
    assert tree.open(f"{shown}/SAM").read_all() == b"regf"
    assert tree.problems == []


def test_a_folder_that_is_none_is_not_found(tmp_path):
    with pytest.raises(NotFound):
        DirectoryTree(tmp_path / "nope")


@pytest.mark.parametrize(("name", "path"), [
    ("C:/Windows/SAM", "C/Windows/SAM"), ("\\Windows\\SAM", "Windows/SAM"), ("//server/share/SAM", "server/share/SAM"),
])  # fmt: skip
def test_member_names_of_other_tools_are_made_paths(tmp_path, name, path):
    tree = ArchiveTree(archive(tmp_path, [(name, b"x")]))
    assert tree.open(path).path == path


def test_members_that_lead_out_are_left_out_and_said(tmp_path):
    tree = ArchiveTree(archive(tmp_path, [("../../etc/passwd", b"x"), ("a/..\\..\\b", b"x"), ("good", b"x")]))
    assert [entry.name for entry in tree.list()] == ["good"]
    assert [problem.where for problem in tree.problems] == ["../../etc/passwd", "a/..\\..\\b"]


def test_few_of_many_odd_names_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr("forensic.volumes.member_tree.NOTE_LIMIT", 2)
    deep = "/".join("abcdefgh" * 9)
    tree = ArchiveTree(archive(tmp_path, [("../1", b"x"), (deep, b"x"), ("../3", b"x"), ("../4", b"x")]))
    assert [(problem.where, problem.code) for problem in tree.problems] == [
        ("../1", "set-aside"), ("/".join(deep.split("/")[:64]), "limit-reached"), ("case.zip", "set-aside"),
    ]  # fmt: skip


def test_of_members_with_one_name_the_last_is_read_and_said(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = archive(tmp_path, [("SAM", b"1"), ("SAM", b"2"), ("sam", b"3")])
    tree = ArchiveTree(path)
    assert tree.open("SAM").read_all() == b"3"
    assert len(tree.problems) == 2


def patched(path, **fields):
    """Change fields of the only member, in the local header and in the directory."""
    data = bytearray(path.read_bytes())
    central = data.index(b"PK\x01\x02")
    for name, value in fields.items():
        kind, local, far = {"flags": ("<H", 6, 8), "method": ("<H", 8, 10), "crc": ("<I", 14, 16), "size": ("<I", 22, 24)}[name]
        struct.pack_into(kind, data, local, value)
        struct.pack_into(kind, data, central + far, value)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(("fields", "error", "what"), [
    ({"flags": 1}, Unsupported, "encrypted"), ({"method": 97}, Unsupported, "compression"),
    ({"size": 0x70000000}, Malformed, "not plausible"), ({"size": 5000}, Malformed, "SAM: unpacks to 3000 of 5000"),
])  # fmt: skip
def test_members_that_cannot_be_trusted_are_refused_and_named_once(tmp_path, fields, error, what):
    tree = ArchiveTree(patched(archive(tmp_path, [("SAM", b"sam" * 1000)]), **fields))
    for _ in range(2):
        with pytest.raises(error, match=what):
            tree.open("SAM").read_all(1 << 32)
    assert len(tree.problems) == 1
    assert tree.problems[0].is_incomplete


@pytest.mark.parametrize("fields", [{"crc": 1}, {"size": 10}])
def test_a_member_whose_checksum_differs_is_read_and_named_once(tmp_path, fields):
    content = b"sam" * 1000
    tree = ArchiveTree(patched(archive(tmp_path, [("SAM", content)]), **fields))
    for _ in range(2):
        assert tree.open("SAM").read_all() == content[: fields.get("size")]
    assert [(problem.where, problem.code) for problem in tree.problems] == [("SAM", "checksum-differs")]


def test_nothing_is_unpacked_twice_and_all_of_it_counts(tmp_path, monkeypatch):
    monkeypatch.setattr("forensic.storage.unpacked.LEAST", 4000)
    monkeypatch.setattr("forensic.storage.unpacked.RATIO", 0)
    tree = ArchiveTree(archive(tmp_path, [("a", b"a" * 3000), ("b", b"b" * 3000), ("c", b"c" * 1000)]))
    opened = []
    monkeypatch.setattr(tree._archive, "open", lambda member, real=tree._archive.open: opened.append(member.filename) or real(member))
    for _ in range(2):
        assert tree.open("a").read_all() == b"a" * 3000
        with pytest.raises(Malformed, match="more than the 1000 that may still be unpacked"):
            tree.open("b").read_all()
        assert tree.open("c").read_at(900, 200) == b"c" * 100
    assert opened == ["a", "c"]
    assert [(problem.where, problem.code) for problem in tree.problems] == [("b", "limit-reached")]


@pytest.mark.parametrize("damage", [None, "size", "header"])
def test_a_member_that_is_not_packed_is_read_where_it_lies(tmp_path, monkeypatch, damage):
    path = archive(tmp_path, [("SAM", b"sam" * 3000)], zipfile.ZIP_STORED)
    if damage:
        data = bytearray(path.read_bytes())
        data[data.index(b"PK\1\2") + 20 if damage == "size" else 1] += 1  # the size when packed, or the mark of the local header
        path.write_bytes(data)
    tree, added = ArchiveTree(path), []
    monkeypatch.setattr(tree._store, "add", lambda *given, real=tree._store.add: added.append(given[0]) or real(*given))
    if damage == "header":
        with pytest.raises(Malformed):
            tree.open("SAM").read_at(5000, 9)
    else:
        assert tree.open("SAM").read_all() == b"sam" * 3000
    assert added == (["SAM"] if damage else [])


def test_zeros_take_no_space_and_come_back(monkeypatch):
    monkeypatch.setattr("forensic.storage.unpacked._IN_MEMORY", 1000)
    store = Unpacked(0)
    first = store.add("a", [b"x" * 600, bytes(1 << 20), b"y" * 600, bytes(5)])
    second = store.add("b", [bytes(7)])
    assert (first.size, second.size, store.size) == ((1 << 20) + 1205, 7, (1 << 20) + 1212)
    assert first.read_at(598, 4) == b"xx\0\0"
    assert first.read_at((1 << 20) + 1199, 100) == b"y" + bytes(5)
    assert (second.read_at(0, 9), second.read_at(7, 1), second.read_at(-1, 1)) == (bytes(7), b"", b"")
    with pytest.raises(Malformed, match="more than the 3 bytes"):
        store.add("c", [b"1234"], 3)


def test_what_cannot_be_kept_is_unreadable(monkeypatch):
    store = Unpacked(0)
    monkeypatch.setattr(store._file, "write", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(Unreadable, match="cannot be kept on this computer: No space left"):
        store.add("a", [b"1"])


def test_a_symbolic_link_in_a_zip_is_not_followed(tmp_path):
    path = tmp_path / "case.zip"
    with zipfile.ZipFile(path, "w") as file:
        member = zipfile.ZipInfo("link")
        member.external_attr = 0o120777 << 16
        file.writestr(member, "/etc/passwd")
    tree = ArchiveTree(path)
    assert tree.list()[0].is_link
    with pytest.raises(NotFound, match="is a link"):
        tree.open("link")


def test_a_file_that_is_no_zip_is_malformed(tmp_path):
    (tmp_path / "x").write_bytes(b"no zip")
    with pytest.raises(Malformed):
        ArchiveTree(tmp_path / "x")


@given(st.lists(st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=4)), min_size=1, max_size=6), st.integers(0, 400))
@settings(max_examples=200, deadline=None)
def test_damaged_zips_end_in_files_or_in_forensic_errors(tmp_path_factory, damage, cut):
    path = archive(tmp_path_factory.mktemp("zip"))
    data = bytearray(path.read_bytes())
    for offset, change in damage:
        data[offset : offset + len(change)] = change
    path.write_bytes(data[: len(data) - cut] if cut % 3 == 0 else data)
    unpacked(path)


def unpacked(path):
    """Return each file of a zip, its content or why it cannot be had; the error alone where it is no zip; what else is raised is a bug."""
    try:
        tree = ArchiveTree(path)
        names = [name for name, entry in walk(tree) if not entry.is_directory]
    except ForensicError as error:
        return error
    found = {}
    for name in names:
        try:
            found[name] = tree.open(name).read_all()
        except ForensicError as error:
            found[name] = error
    return found


def test_a_whole_zip_is_unpacked_and_a_defect_of_the_reader_is_noticed(tmp_path, monkeypatch):
    path = archive(tmp_path)
    assert unpacked(path) == FILES

    def broken(*_):
        raise TypeError

    monkeypatch.setattr("forensic.volumes.archive.ArchiveFile.read_at", broken)
    with pytest.raises(TypeError):
        unpacked(path)
    path.write_bytes(b"no zip")
    assert isinstance(unpacked(path), Malformed)


def test_a_failing_read_of_the_zip_file_is_unreadable(tmp_path, monkeypatch):
    tree = ArchiveTree(archive(tmp_path))

    def fail(offset, size):
        raise Unreadable("bad sector")

    monkeypatch.setattr(tree._file, "read_at", fail)
    with pytest.raises(Unreadable, match="bad sector"):
        tree.open("windows/system32/config/sam").read_all()


def test_paths_are_split_at_both_separators_and_never_lead_up():
    assert components(r"\a//b\.\c/") == ["a", "b", "c"]
    with pytest.raises(NotFound, match="leads out"):
        components("a/../b")


@pytest.mark.parametrize(
    ("name", "encoding"), [("\u0416\u0430\u043d\u043d\u0430", "utf-8"), ("\u00fcn\u00ef", "utf-8"), ("M\u00fcller", "cp437")]
)
def test_the_name_in_a_zip_that_does_not_say_its_encoding(tmp_path, name, encoding):
    raw, path = name.encode(encoding), tmp_path / "unsaid.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("x" * len(raw), b"content")
    path.write_bytes(path.read_bytes().replace(b"x" * len(raw), raw))
    assert ArchiveTree(path).open(name).read_all() == b"content"


@pytest.mark.parametrize("limit", ["_MEMBER_LIMIT", "_DIRECTORY_LIMIT"])
def test_an_archive_of_too_many_members_is_refused_before_they_are_read(tmp_path, monkeypatch, limit):
    path = archive(tmp_path, [(f"f{number}", b"") for number in range(30)])
    assert len(ArchiveTree(path).list()) == 30
    monkeypatch.setattr(f"forensic.volumes.archive.{limit}", 29)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(Malformed, match="more than 29 members" if limit == "_MEMBER_LIMIT" else "more than 200000 members"):
        ArchiveTree(path)


def test_the_first_bytes_of_a_large_member_are_had_without_unpacking_it(tmp_path, monkeypatch):
    content = b"regf" + bytes(1 << 20) + b"end"
    file = ArchiveTree(archive(tmp_path, [("large", content)])).open("large")
    with monkeypatch.context() as patch:
        patch.setattr(type(file), "_unpacked", None)
        assert (file.read_at(0, 4), file.read_at(2, 4)) == (b"regf", b"gf\0\0")
    assert file.read_all() == content


ENCODED = {
    "up/auto/C%3A/Users/B%C3%B3b %28x%29/NTUSER.DAT": "up/auto/C%3A/Users/BÓB (x)/ntuser.dat",
    "up/ntfs/%5C%5C.%5CC%3A/Logs/A%254Admin.evtx": "up/ntfs/%5C%5C.%5CC%3A/Logs/A%4Admin.evtx",
    "C/Logs/A%4Admin.evtx": "C/Logs/A%4Admin.evtx",
    "C%3A/a%2Fb%FF": "C%3A/a%2Fb%FF",
    "C/Users/B%C3%B3b": "C/Users/B%C3%B3b",
}


@pytest.mark.parametrize("names", [("SAM", "S%41M"), ("S%41M", "SAM")])
def test_two_files_whose_names_mean_the_same_are_said_and_the_first_in_order_is_read(tmp_path, names):
    (tmp_path / "C%3A").mkdir()
    for name in names:
        (tmp_path / "C%3A" / name).write_bytes(name.encode())
    tree = DirectoryTree(tmp_path)
    assert [(entry.name, tree.open(f"C%3A/{entry.name}").read_all()) for entry in tree.list("C%3A")] == [("SAM", b"S%41M")]
    assert [problem.what for problem in tree.problems] == ["SAM means the same name as S%41M; the first in order is read"]


@pytest.mark.parametrize("packed", [False, True])
def test_names_that_velociraptor_encoded_are_found_as_they_were_and_spelled_as_stored(tmp_path, packed):
    for name in ENCODED:
        (tmp_path / "case" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "case" / name).write_bytes(name.encode())
    tree = ArchiveTree(archive(tmp_path, [(name, name.encode()) for name in ENCODED])) if packed else DirectoryTree(tmp_path / "case")
    for stored, real in ENCODED.items():
        assert [tree.open(path).path for path in (stored, real)] == [stored, stored]
        assert tree.open(real).read_all() == stored.encode()
    assert {path for path, entry in walk(tree) if not entry.is_directory} == {
        real.replace("BÓB", "Bób").replace("ntuser.dat", "NTUSER.DAT") for real in ENCODED.values()
    }
    with pytest.raises(NotFound):
        tree.open("C/Users/Bób")


def test_a_zip_that_was_cut_short_is_called_so(tmp_path):
    with zipfile.ZipFile(tmp_path / "case.zip", "w") as archive:
        archive.writestr("SAM", bytes(5000))
    whole = (tmp_path / "case.zip").read_bytes()
    (tmp_path / "case.zip").write_bytes(whole[:-60])
    (problem,) = examine(tmp_path / "case.zip").problems
    assert problem.what == "case.zip: a zip archive without its directory, which stands at its end: it was cut short"


def test_an_archive_of_too_many_members_met_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr("forensic.volumes.archive._MEMBER_LIMIT", 3)
    for count, codes in ((3, []), (4, ["limit-reached"])):
        with zipfile.ZipFile(tmp_path / "case.zip", "w") as archive:
            for number in range(count):
                archive.writestr(f"{number}.txt", b"")
        assert [problem.code for problem in examine(tmp_path / "case.zip").problems if problem.code] == codes
