"""Tar files as trees: what other tools wrote, hostile names, damage, and limits."""

import io
import tarfile

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic import examine
from forensic.errors import ForensicError, Malformed, NotFound, Unsupported
from forensic.volumes.tar import TarTree
from forensic.volumes.tar_header import pax_records
from forensic.volumes.tree import walk

LONG = f"{'folder/' * 20}Ünï.dat"
FILES = {"Windows/System32/config/SAM": b"sam" * 1000, LONG: b"u" * 600, "empty": b""}


def write(path, mode="w", form=tarfile.PAX_FORMAT, extra=()):
    with tarfile.open(path, mode, format=form) as archive:
        for name, content in FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for name, kind in extra:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    return path


def content(tree):
    return {path: tree.open(path).read_all() for path, entry in walk(tree) if not entry.is_directory}


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_every_kind_of_tar_is_read(tmp_path, mode, form):
    tree = TarTree(write(tmp_path / "x", mode, form))
    assert content(tree) == FILES
    assert tree.open("WINDOWS\\system32/CONFIG/sam").path == "Windows/System32/config/SAM"
    assert (tree.problems, tree.total_size(), tree.volume) == ([], 3600, "")
    with pytest.raises(NotFound):
        tree.open("empty").stream("x")


def test_a_tar_packed_by_zstandard_is_read(tmp_path):
    packed = zstandard.compress(write(tmp_path / "x").read_bytes())
    (tmp_path / "x").write_bytes(packed)
    assert content(TarTree(tmp_path / "x")) == FILES


def test_parts_packed_one_by_one_are_one_stream_and_padding_ends_it(tmp_path):
    import gzip

    plain = write(tmp_path / "x").read_bytes()
    (tmp_path / "x").write_bytes(gzip.compress(plain[:700]) + gzip.compress(plain[700:]) + bytes(100))
    tree = TarTree(tmp_path / "x")
    assert (content(tree), tree.problems) == (FILES, [])


def test_links_are_shown_not_followed_and_names_that_lead_out_are_left_out(tmp_path):
    extra = [
        ("link", tarfile.SYMTYPE),
        ("hard", tarfile.LNKTYPE),
        ("pipe", tarfile.FIFOTYPE),
        ("../out", tarfile.REGTYPE),
        ("d", tarfile.DIRTYPE),
    ]
    tree = TarTree(write(tmp_path / "x", extra=extra))
    assert {entry.name: (entry.is_directory, entry.is_link) for entry in tree.list()} == {
        "Windows": (True, False), "folder": (True, False), "d": (True, False), "empty": (False, False),
        "link": (False, True), "hard": (False, True),
    }  # fmt: skip
    for name in ("link", "hard", "pipe", "d", "../out"):
        with pytest.raises(NotFound):
            tree.open(name)
    assert [problem.where for problem in tree.problems] == ["../out"]


def test_a_sparse_member_is_named_and_not_read_as_it_lies(tmp_path):
    data = bytearray(write(tmp_path / "x", form=tarfile.GNU_FORMAT).read_bytes())
    data[156:157] = b"S"
    data[148:156] = b"%06o\0 " % (sum(data[:148]) + 256 + sum(data[156:512]))
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(Unsupported, match="sparse"):
        TarTree(tmp_path / "x").open("Windows/System32/config/SAM")


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("keep", [0.3, 0.6])
def test_a_tar_that_is_cut_short_is_read_up_to_there_and_said(tmp_path, mode, keep):
    noise = bytes((n * n >> 3) & 0xFF for n in range(200_000))
    with tarfile.open(tmp_path / "x", mode) as archive:
        for name in ("a", "b", "c", "d"):
            member = tarfile.TarInfo(name)
            member.size = len(noise)
            archive.addfile(member, io.BytesIO(noise))
    data = (tmp_path / "x").read_bytes()
    (tmp_path / "x").write_bytes(data[: int(len(data) * keep)])
    try:
        tree = TarTree(tmp_path / "x")
    except Malformed:
        assert mode == "w:bz2"  # nothing at all comes out of so little
        return
    assert {problem.code for problem in tree.problems} == {"archive-damaged"}


def test_a_damaged_header_ends_the_tar_with_a_problem(tmp_path):
    data = bytearray(write(tmp_path / "x").read_bytes())
    at = data.rindex(b"ustar") - 257
    data[at + 10] ^= 1
    (tmp_path / "x").write_bytes(data)
    tree = TarTree(tmp_path / "x")
    assert "empty" not in content(tree)
    assert [problem.code for problem in tree.problems] == ["archive-damaged"]


def test_a_bomb_ends_at_the_limit_with_what_came_before(tmp_path, monkeypatch):
    monkeypatch.setattr("forensic.storage.unpacked.LEAST", 4 << 20)
    monkeypatch.setattr("forensic.storage.unpacked.RATIO", 1)
    with tarfile.open(tmp_path / "x", "w:xz") as archive:
        for name, size in (("SAM", 1000), ("bomb", 64 << 20), ("last", 10)):
            member = tarfile.TarInfo(name)
            member.size = size
            archive.addfile(member, io.BytesIO(bytes(size)))
    tree = TarTree(tmp_path / "x")
    assert tree.open("SAM").read_all() == bytes(1000)
    assert "limit-reached" in {problem.code for problem in tree.problems}
    with pytest.raises(ForensicError):
        tree.open("bomb").read_all(1 << 30)


def test_too_many_members_are_said(tmp_path, monkeypatch):
    monkeypatch.setattr("forensic.volumes.tar.MEMBER_LIMIT", 2)
    tree = TarTree(write(tmp_path / "x", form=tarfile.GNU_FORMAT))
    assert [problem.code for problem in tree.problems] == ["limit-reached"]


@pytest.mark.parametrize("data", [b"", b"\x1f\x8b\x08" + bytes(50), bytes(1024), b"text" * 400])
def test_what_is_no_tar_is_malformed(tmp_path, data):
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(Malformed):
        TarTree(tmp_path / "x")


def test_a_packed_file_that_is_no_tar_is_refused_with_the_tool_that_helps(tmp_path):
    import gzip

    (tmp_path / "disk.raw.gz").write_bytes(gzip.compress(b"x" * 5000))
    report = examine(tmp_path / "disk.raw.gz")
    assert report.source.format == "unreadable"
    assert "gunzip" in report.problems[0].what


@given(st.lists(st.tuples(st.integers(0, 9000), st.binary(min_size=1, max_size=4)), min_size=1, max_size=6), st.integers(0, 4000))
@settings(max_examples=150, deadline=None)
def test_damaged_tars_end_in_files_or_in_forensic_errors(tmp_path_factory, damage, cut):
    path = write(tmp_path_factory.mktemp("tar") / "x")
    data = bytearray(path.read_bytes())
    for offset, change in damage:
        data[offset : offset + len(change)] = change
    path.write_bytes(data[: len(data) - cut])
    try:
        tree = TarTree(path)
        names = [name for name, entry in walk(tree) if not entry.is_directory]
    except ForensicError:
        return
    for name in names:
        try:
            tree.open(name).read_all()
        except ForensicError:
            continue


def test_pax_records_end_where_they_stop_to_make_sense():
    assert pax_records(b"11 path=ab\n9 size=1\n") == {b"path": b"ab", b"size": b"1"}
    assert pax_records(b"x y") == pax_records(b"0 a=b") == pax_records(b"99999999999999999999999 a") == {}
