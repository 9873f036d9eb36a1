"""Prefixes of text logs."""

from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic.artifacts.declaration import load
from forensic.artifacts.logs import text_log_prefix as prefixes
from forensic.artifacts.logs.text_log_prefix import TextLogPrefix, text_log_prefix_dtc_install
from forensic.errors import ForensicError, NotFound
from forensic.model import codec
from tests.artifacts.reading import read_all, tree_of

DTC = "02-03-2019 10:{:02} : DTC Install error = 0, SysPrepDtcGeneralize : Enter, dtcsetup.cpp (95)\r\n"


def stated(tmp_path, content):
    return read_all(text_log_prefix_dtc_install, tree_of(tmp_path, {"DtcInstall.log": content}).open("DtcInstall.log"))


def of(tmp_path, content):
    (fact,), failure = stated(tmp_path, content)
    assert failure is None
    assert (fact.value.log, fact.value.size) == ("DtcInstall.log", len(content))
    assert len(fact.value.prefixes) == fact.value.count
    return fact.value.prefixes


def lines(count, first=0):
    return "".join(DTC.format(number % 60) for number in range(first, first + count)).encode()


def test_prefixes_end_behind_lines_and_bear_the_last_time(tmp_path):
    content = lines(10)
    size = len(DTC.format(0))
    found = of(tmp_path, content)
    assert (found[0].end, found[-1].end) == (3 * size, len(content))
    for one in found:
        assert one.hash == sha256(content[: one.end]).digest()[:16]
        assert one.time.time == f"2019-02-03T10:{one.end // size - 1:02}:00.0000000"


def test_two_logs_that_grew_apart_share_the_prefixes_from_before(tmp_path):
    common = lines(40)
    one, other = of(tmp_path, common + b"mine 02-04-2019 10:00 :\r\n" * 50), of(tmp_path, common + b"theirs 02-05-2019 10:00 :\r\n" * 900)
    mine, theirs = ({found.end: found for found in side} for side in (one, other))
    equal = [end for end in mine if mine[end] == theirs.get(end)]
    assert equal == [end for end in mine if end in theirs and end <= len(common)]
    assert max(equal) > len(common) * 0.8
    assert not [end for end in mine if end in theirs and end > len(common) and mine[end].hash == theirs[end].hash]
    assert mine[max(equal)].time.time < "2019-02-04"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-16-be"])
def test_lines_end_where_their_encoding_says(tmp_path, encoding):
    text = "2021/03/02 09:10:11.123 Ċ ഀ \r\n" * 60
    content = text.encode(encoding)
    found = of(tmp_path, content)
    assert found[-1].end == len(content)
    assert len(found) > 5
    for one in found:
        assert content[: one.end].decode(encoding).endswith("\r\n")
        assert one.time.time == "2021-03-02T09:10:11.0000000"


@pytest.mark.parametrize(
    ("line", "time"),
    [
        ("[2008/05/07 10:11:12 1234.5 Driver Install]", "2008-05-07T10:11:12.0000000"),
        ("{0}\t2013-01-27 10:55:33:171+0100\t1", "2013-01-27T10:55:33.0000000"),
        ("2013-01-27\t10:55:33:171\t 912", "2013-01-27T10:55:33.0000000"),
        ("03/02/2021 09:10:11:123 NetpDoDomainJoin", "2021-03-02T09:10:11.0000000"),
        ("99/99/2021 09:10:11 nothing", None),
        ("no time", None),
    ],
)
def test_times_are_read_as_the_logs_write_them(tmp_path, line, time):
    found = of(tmp_path, f"{line}\n".encode() * 10)
    assert [one.time and one.time.time for one in found] == [time] * len(found)


def test_a_beginning_without_a_time_has_that_of_the_one_before(tmp_path):
    found = of(tmp_path, lines(3) + b"no time here\r\n" * 4000)
    assert {one.time.time for one in found} == {"2019-02-03T10:02:00.0000000"}


def test_what_follows_the_last_line_is_not_of_a_prefix(tmp_path):
    assert of(tmp_path, lines(9) + b"cut") == of(tmp_path, lines(9))


def test_a_log_without_lines_ends_all_the_same(tmp_path):
    found = of(tmp_path, b"x" * 100_000)
    assert found[0].end == 256 + 8192
    later = {one.end: one for one in of(tmp_path, b"x" * 200_000)}
    assert len([one for one in found if later.get(one.end) == one]) > 20
    assert all(later.get(one.end, one) == one for one in found)


@pytest.mark.parametrize("content", [b"", b"short"])
def test_without_a_whole_line_nothing_is_stated(tmp_path, content):
    facts, failure = stated(tmp_path, content)
    assert (facts, type(failure)) == ([], NotFound)


def test_of_a_large_log_the_beginning_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(prefixes, "SIZE_LIMIT", 4096)
    found = of(tmp_path, lines(300))
    assert found[-1].end >= 16 << 10  # the places do not hang on the limit; the end of the log does
    assert found[-1].end < len(lines(300))


@pytest.mark.parametrize("size", [0, 300, 20_000, 1 << 20, 5 << 20, (16 << 20) - 1, 16 << 20, 1 << 40])
def test_there_are_at_most_64(size):
    places = prefixes._places(size)
    assert len(places) < prefixes.PREFIX_LIMIT
    assert (places[0], places[-1]) == (256, prefixes.SIZE_LIMIT)
    reached = [place for place in places if place <= size]
    if size >= 20_000:  # no place is missed by more than a twentieth of the log
        assert max(after - before for before, after in pairwise(reached)) <= min(size, prefixes.SIZE_LIMIT) / 19


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_end_in_facts_or_forensic_errors(tmp_path_factory, content):
    facts, failure = stated(tmp_path_factory.mktemp("log"), content)
    assert failure is None or isinstance(failure, ForensicError)
    assert bool(facts) == (failure is None)


def test_a_saved_report_holds_the_same_prefixes(tmp_path):
    (fact,), _ = stated(tmp_path, lines(40))
    saved = codec.msgspec.convert(codec.to_builtins(fact.value), TextLogPrefix, dec_hook=codec._decode_value)
    assert saved.prefixes == fact.value.prefixes


def test_six_logs_and_that_of_windows_xp_are_read():
    load()
    assert {one.path for one in load() if one.module.endswith("text_log_prefix")} == {
        "%SystemRoot%/DtcInstall.log", "%SystemRoot%/INF/setupapi.dev.log", "%SystemRoot%/INF/setupapi.setup.log",
        "%SystemRoot%/setupapi.log", "%SystemRoot%/debug/NetSetup.LOG", "%SystemRoot%/SoftwareDistribution/ReportingEvents.log",
        "%SystemRoot%/WindowsUpdate.log",
    }  # fmt: skip


def test_a_real_log_of_devices(real, tmp_path):
    found = of(tmp_path, real("machines/win10-rathbun/Logs/setupapi.dev.log").read_bytes())
    assert len(found) > 40
    assert (found[0].time.time, found[-1].time.time) == ("2022-02-05T11:18:36.0000000", "2022-02-07T00:20:16.0000000")
