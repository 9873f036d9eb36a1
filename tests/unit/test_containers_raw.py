"""Raw and split raw images."""

import random

import pytest

from forensic.containers import open_image
from forensic.errors import NotFound, Unreadable
from tests.conftest import real_files

DATA = random.Random(7).randbytes(10_000)


def split(folder, names, size=3000, stem="image"):
    for index, name in enumerate(names):
        (folder / f"{stem}.{name}").write_bytes(DATA[index * size : (index + 1) * size])
    return folder / f"{stem}.{names[0]}"


@pytest.mark.parametrize(
    "names",
    [
        ("001", "002", "003", "004"),
        ("000", "001", "002", "003"),
        ("0001", "0002", "0003", "0004"),
        ("aa", "ab", "ac", "ad"),
        ("aaa", "aab", "aac", "aad"),
        ("AA", "AB", "AC", "AD"),
        ("aa", "ab", "AC", "ad"),
    ],
    ids="-".join,
)
def test_segments_are_joined_in_the_order_of_their_names(tmp_path, names):
    split(tmp_path, names)
    for given in names:
        image = open_image(tmp_path / f"image.{given}")
        assert (image.format, image.size, image.problems) == ("raw", len(DATA), [])
        assert image.segments == tuple(f"image.{name}" for name in names)
        assert image.read_at(0, len(DATA)) == DATA
        for offset, size in ((2999, 2), (3000, 3000), (8999, 5000), (0, 1), (9999, 1), (10_000, 1), (-1, 1)):
            assert image.read_at(offset, size) == (DATA[offset : offset + size] if offset >= 0 else b"")
        image.close()


def test_numbers_grow_past_their_width(tmp_path):
    for number in range(1, 1003):
        (tmp_path / f"disk.{number:03d}").write_bytes(bytes([number % 251]) * 4)
    image = open_image(tmp_path / "disk.001")
    assert (len(image.segments), image.segments[-1], image.problems) == (1002, "disk.1002", [])
    assert image.read_at(999 * 4, 12) == bytes([1000 % 251] * 4 + [1001 % 251] * 4 + [1002 % 251] * 4)


def test_files_lying_beside_the_segments_are_none(tmp_path):
    first = split(tmp_path, ("001", "002", "003", "004"))
    for name in ("image.001.txt", "image.txt", "image.log", "image.100", "image", "other.005", "image.00x", "image.02"):
        (tmp_path / name).write_text("Case 7, examiner NN\n")
    image = open_image(first)
    assert (len(image.segments), image.size, image.problems) == (4, len(DATA), [])
    first = split(tmp_path, ("aa", "ab", "ac", "ad"), stem="letters")
    for name in ("letters.md", "letters.db", "letters.txt", "letters.zz"):
        (tmp_path / name).write_text("notes")
    assert open_image(first).segments == ("letters.aa", "letters.ab", "letters.ac", "letters.ad")


@pytest.mark.parametrize("name", ["image.001", "image.aa", "image.dd", "image.img", "image.raw", "image", "image.2019", "image.000"])
def test_a_lone_file_is_the_whole_image(tmp_path, name):
    (tmp_path / name).write_bytes(DATA)
    (tmp_path / "image.txt").write_text("notes")
    image = open_image(tmp_path / name)
    assert (image.segments, image.read_at(0, 20_000)) == ((name,), DATA)
    assert [problem.severity for problem in image.problems] == (["error"] if name == "image.2019" else [])


def test_a_whole_image_with_a_letter_name_does_not_join_a_set(tmp_path):
    split(tmp_path, ("aa", "ab", "ac", "ad"))
    (tmp_path / "image.dd").write_bytes(DATA)
    assert open_image(tmp_path / "image.dd").segments == ("image.dd",)


def test_after_a_missing_segment_nothing_is_shifted(tmp_path):
    first = split(tmp_path, ("001", "002", "003", "004"))
    (tmp_path / "image.002").unlink()
    image = open_image(first)
    assert image.size == len(DATA)
    assert [(problem.severity, problem.where) for problem in image.problems] == [("error", "image.002")]
    assert image.read_at(0, 3000) == DATA[:3000]
    for offset, size in ((2999, 2), (3000, 1), (6000, 1), (9999, 1)):
        with pytest.raises(Unreadable, match=r"missing segment image\.002"):
            image.read_at(offset, size)


def test_a_missing_segment_before_the_shorter_last_one_is_noticed(tmp_path):
    first = split(tmp_path, ("aa", "ab", "ac", "ad"))
    (tmp_path / "image.ac").unlink()
    image = open_image(first)
    assert [problem.where for problem in image.problems] == ["image.ac"]
    with pytest.raises(Unreadable):
        image.read_at(6000, 1)


def test_a_segment_that_cannot_be_opened_is_missing(tmp_path):
    first = split(tmp_path, ("001", "002", "003", "004"))
    (tmp_path / "image.003").unlink()
    (tmp_path / "image.003").mkdir()
    image = open_image(first)
    assert image.read_at(0, 6000) == DATA[:6000]
    assert "image.003" in {problem.where for problem in image.problems}
    with pytest.raises(Unreadable):
        image.read_at(6000, 1)


def test_without_the_first_segment_there_is_no_image(tmp_path):
    split(tmp_path, ("001", "002", "003", "004"))
    (tmp_path / "image.001").unlink()
    with pytest.raises(NotFound, match=r"image\.003 .*first one, image\.001, is not beside it"):
        open_image(tmp_path / "image.003")


def test_a_short_middle_segment_is_a_problem(tmp_path):
    first = split(tmp_path, ("001", "002", "003", "004"))
    (tmp_path / "image.002").write_bytes(DATA[3000:5000])
    image = open_image(first)
    assert [(problem.severity, problem.where) for problem in image.problems] == [("error", "image.002")]
    assert "holds 2000 bytes" in image.problems[0].what


def test_a_segment_that_shrinks_while_it_is_read_is_unreadable(tmp_path):
    first = split(tmp_path, ("001", "002", "003", "004"))
    image = open_image(first)
    (tmp_path / "image.002").write_bytes(b"")
    with pytest.raises(Unreadable, match=r"image\.002: ended early"):
        image.read_at(2000, 3000)


@pytest.mark.skipif(not real_files("images/dfvfs"), reason="real data absent")
def test_real_split_raw_holds_an_ext2(real):
    first = real("images/dfvfs/ext2.splitraw.000")
    real("images/dfvfs/ext2.splitraw.001")
    image = open_image(first)
    assert (len(image.segments), image.problems) == (2, [])
    assert image.read_at(1080, 2) == b"\x53\xef"
    assert image.size == 4 << 20
