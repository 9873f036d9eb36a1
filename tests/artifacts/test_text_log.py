"""Text logs: lines found by their words, in every encoding, with their places."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forensic.artifacts.logs import text_log
from forensic.artifacts.logs.text_log import LINE_LIMIT, TextLog, clock_reading, local_time
from forensic.errors import Malformed
from forensic.model import LocalTime
from tests.builders.file import MemoryFile

TEXT = "first line\r\nsecond needle line\r\n\r\nlast pin"


def log(data, **keywords):
    return TextLog(MemoryFile(data), **keywords)


@pytest.mark.parametrize(
    ("data", "unit"),
    [
        (TEXT.encode("ascii"), 1),
        (b"\xef\xbb\xbf" + TEXT.encode(), 1),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), 2),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), 2),
        (TEXT.encode("utf-16-le"), 2),
        (TEXT.encode("utf-16-be"), 2),
    ],
    ids=["ascii", "utf-8 mark", "utf-16-le mark", "utf-16-be mark", "utf-16-le", "utf-16-be"],
)
def test_finds_lines_in_every_encoding_and_says_where_they_begin(data, unit):
    reader = log(data)
    lines = list(reader.find(["needle", "pin"], 10))
    assert [line.text for line in lines] == ["second needle line", "last pin"]
    for line in lines:
        assert data[line.offset : line.offset + len(line.raw)] == line.raw
        assert line.text.encode(reader.encoding) == line.raw.removesuffix("\r".encode(reader.encoding))
    assert reader.unit == unit
    assert [line.text for line in reader.lines()] == ["first line", "second needle line", "", "last pin"]
    assert reader.last_lines()[0].text == "last pin"
    assert reader.count("line") == 2


def test_a_log_that_begins_with_zeros_is_searched_all_the_same():
    assert [line.text for line in log(b"\0" * 4096 + b"\r\nthe needle\r\n").find(["needle"], 1)] == ["the needle"]


def test_text_of_an_unknown_code_page_keeps_every_byte_as_an_escape():
    assert [line.text for line in log("Müller needle".encode("cp1252")).find(["needle"], 1)] == ["M\\xfcller needle"]
    assert [line.text for line in log("Müller needle".encode()).find(["needle"], 1)] == ["Müller needle"]


def test_a_line_with_two_words_is_found_once():
    assert len(list(log(b"a needle and a pin\nx").find(["pin", "needle"], 10))) == 1


def test_nuls_are_left_out_of_the_text_and_kept_in_the_bytes():
    line = next(log(b"abc\ndef\0\0needle\0\n" + b"x" * 600).find(["needle"], 1))
    assert (line.text, line.raw) == ("defneedle", b"def\0\0needle\0")


@pytest.mark.parametrize("shift", range(-30, 30, 7))
def test_lines_across_the_border_of_two_windows_are_found_whole_and_once(monkeypatch, shift):
    monkeypatch.setattr(text_log, "WINDOW", LINE_LIMIT * 2)
    before = b"x" * 79 + b"\n"
    data = before * (LINE_LIMIT * 2 // 80)
    data = data[: LINE_LIMIT * 2 + shift].rstrip(b"\n") + b"\nthe needle line\n" + before * 300
    reader = log(data)
    assert [line.text for line in reader.find(["needle"], 10)] == ["the needle line"]
    assert reader.count("needle") == 1


def test_a_huge_line_is_cut_around_what_was_found():
    data = b"a" * 3_000_000 + b"needle" + b"b" * 3_000_000
    lines = list(log(data).find(["needle"], 10))
    assert len(lines) == 1
    assert len(lines[0].raw) <= 2 * LINE_LIMIT
    assert b"needle" in lines[0].raw


def test_a_huge_line_full_of_the_word_is_a_few_lines():
    lines = list(log(b"needle" * 4_000_000).find(["needle"], 10_000))
    assert len(lines) <= 24_000_000 // LINE_LIMIT + 1


def test_more_lines_than_the_limit_are_malformed_after_those_within_it():
    found = log(b"needle\n" * 1000).find(["needle"], 3)
    assert [next(found).offset for _ in range(3)] == [0, 7, 14]
    with pytest.raises(Malformed, match="more than 3 lines with needle"):
        next(found)


def test_a_log_longer_than_the_limit_is_searched_to_the_limit_and_said_to_be():
    reader = log(b"needle\n" * 100, limit=14)
    assert len(list(reader.find(["needle"], 100))) == 2
    with pytest.raises(Malformed, match="only the first 14 of 700 bytes"):
        reader.settle()
    log(b"needle").settle()


def test_an_empty_log_has_no_lines():
    assert list(log(b"").find(["x"], 1)) == list(log(b"").lines()) == log(b"").last_lines() == []


def test_a_line_cut_at_the_beginning_of_the_tail_is_left_out():
    assert [line.text for line in log(b"0123456789\nabc\ndef\n").last_lines(10)] == ["def", "abc"]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        (">>>  Section start 2015/11/22 17:53:16.599", "2015-11-22T17:53:16.5990000"),
        ("2025-07-22 21:55:35, Info", "2025-07-22T21:55:35.0000000"),
        ("2017-05-04 18:00:07:807 1676", "2017-05-04T18:00:07.8070000"),
        ("2025-02-30 10:00:00", None),
        ("2025-02-20 25:00:00", None),
        ("no time", None),
    ],
)
def test_reads_local_times_and_refuses_moments_that_are_none(text, time):
    assert local_time(text) == (None if time is None else LocalTime(time))


def test_a_clock_reading_needs_no_thousandths():
    assert clock_reading("2020", "01", "02", "03", "04", "05", None) == LocalTime("2020-01-02T03:04:05.0000000")


@given(some.binary(max_size=2000), some.sampled_from([b"", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_lines_whose_places_are_right(data, mark):
    data = mark + data
    reader = log(data)
    for line in [*reader.lines(), *reader.last_lines(), *reader.find(["\n", "a", "0"], 10_000)]:
        assert data[line.offset : line.offset + len(line.raw)] == line.raw
        line.text.encode()
