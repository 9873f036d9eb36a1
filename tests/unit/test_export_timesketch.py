"""Timesketch: every line has what it needs, and no time is passed off as what it is not."""

import json
from datetime import UTC, datetime

import msgspec
import pytest

from forensic.model import FileTime, ImageReport, LocalTime, TimelineEntry
from forensic.reporting.formats import timesketch
from tests.builders.report import CONFIG, INSTALLED, STORIES, fact, installation, report


def lines(*reports):
    return [json.loads(line) for line in "".join(timesketch.render(reports)).split("\n")[:-1]]


def of_value(value, written=None, timeline=(), **changes):
    one = fact("install-date", value, CONFIG + "SYSTEM", written=written, **changes)
    return lines(report(installations=[installation(facts=(one,), timeline=timeline)]))


@pytest.mark.parametrize("story", STORIES)
def test_every_line_has_what_timesketch_needs(story):
    for line in lines(STORIES[story]()):
        assert line["message"]
        assert line["message"].isprintable()
        assert line["timestamp_desc"]
        moment = datetime.fromisoformat(line["datetime"])
        assert moment.tzinfo == UTC
        assert len(line["datetime"]) == len("2021-03-04T09:12:44.123456+00:00")
        assert int(moment.timestamp()) == line["timestamp"] // 1_000_000
        assert moment.microsecond == line["timestamp"] % 1_000_000
        assert {"source", "installation", "kind", "stated_time", "local"} <= line.keys()


def test_a_fact_gives_a_line_for_its_key_and_one_for_its_value():
    key, value = of_value(FileTime(INSTALLED - 10_000_000), INSTALLED, key="Setup")[::-1]
    assert (key["timestamp_desc"], value["timestamp_desc"]) == ("Registry Key Last Written", "install-date")
    assert key["timestamp"] - value["timestamp"] == 1_000_000
    assert key["value"] == value["value"] == "2021-03-04T09:12:43.1234567Z"
    assert key["raw"] == "00"


def test_a_file_time_is_not_a_key_time():
    (line,) = of_value("x", INSTALLED)
    assert line["timestamp_desc"] == "File Last Written"


def test_times_in_parts_of_a_value_are_found_and_named():
    found = of_value({"first_use": INSTALLED, "uses": [{"at": INSTALLED}, {"at": LocalTime("2020-01-01T00:00:00.0000000")}], "n": 3})
    assert [line["timestamp_desc"] for line in found] == [
        "install-date uses at (local time, zone not known)",
        "install-date first use",
        "install-date uses at",
    ]


def test_a_local_time_is_marked_and_not_passed_off_as_utc():
    (line,) = of_value(LocalTime("2019-12-07T01:15:05.0000000"))
    assert line["local"] is True
    assert "local time" in line["timestamp_desc"]
    assert "local time" in line["message"]
    assert line["stated_time"] == "2019-12-07T01:15:05.0000000"
    (line,) = of_value(INSTALLED)
    assert line["local"] is False
    assert "local" not in line["timestamp_desc"]


@pytest.mark.parametrize("ticks", [0, 1, 116_444_736_000_000_000, 157_469_184_000_000_000, 2**63 - 1, 2**64 - 1])
def test_a_time_that_was_never_set_is_not_placed_where_it_claims(ticks):
    (line,) = of_value(FileTime(ticks))
    assert line["timestamp"] == 0
    assert line["timestamp_desc"] == "Not a time: install-date"
    assert line["stated_time"] == str(FileTime(ticks)) in line["message"]


def test_the_last_moment_before_2100_is_a_time():
    (line,) = of_value(FileTime.from_iso("2099-12-31T23:59:59.9999999Z"))
    assert line["datetime"] == "2099-12-31T23:59:59.999999+00:00"


def test_the_timeline_is_told_in_order():
    story = (
        TimelineEntry("2021-03-04T09:12:44.1234567Z", "specialized", "Windows was specialized.", (0,)),
        TimelineEntry("2019-12-07T01:15:05.0000000", "media-built", "The media was built.", (), True),
        TimelineEntry("nonsense", "broken", "A saved report may claim anything."),
    )
    found = of_value("x", timeline=story)
    assert [line["event"] for line in found] == ["broken", "media-built", "specialized"]
    assert [line["timestamp_desc"] for line in found] == [
        "Not a time: Timeline: broken", "Timeline: media-built (local time, zone not known)", "Timeline: specialized",
    ]  # fmt: skip
    assert found[2]["facts"] == [0]


def test_a_saved_report_gives_the_same_lines():
    for name in ("ordinary", "relocated", "several", "with-earlier-state"):
        one = STORIES[name]()
        assert lines(ImageReport.from_json(one.to_json())) == lines(one)


def test_what_the_image_says_hides_nothing():
    text = "".join(timesketch.render([STORIES["hostile"]()]))
    assert all(line.isprintable() for line in text.split("\n"))


def test_of_a_long_list_there_are_the_first_and_the_last_with_their_number():
    entries = [{"path": f"Setup\\{number}", "written": str(FileTime(INSTALLED + 10 * number))} for number in range(1, 1001)]
    found = of_value({"hive": "SYSTEM", "sample": entries[500:] + entries[:500]})
    assert [line["value"] for line in found] == [entries[0], entries[-1]]
    assert [line["message"].partition(": path")[0] for line in found] == [
        "install-date sample written: first of 1,000", "install-date sample written: last of 1,000",
    ]  # fmt: skip
    few = of_value({"sample": entries[:8]})
    assert [line["value"] for line in few] == entries[:8]
    assert "first of" not in few[0]["message"]


def test_one_moment_with_one_message_is_one_line_that_names_all_that_it_is():
    one = fact("account-sid", {"name": "ann", "created": INSTALLED, "changed": INSTALLED}, CONFIG + "SAM", key="Users", written=INSTALLED)
    (line,) = lines(report(installations=[installation(facts=(one, one), timeline=())]))
    assert line["timestamp_desc"] == "Registry Key Last Written; account-sid created; account-sid changed"
    assert line["facts"] == [0, 1]
    assert line["fact"] == 0
    later = fact("account-sid", {"name": "ann", "created": FileTime(INSTALLED + 1)}, CONFIG + "SAM", key="Users", written=INSTALLED)
    assert len(lines(report(installations=[installation(facts=(later,), timeline=())]))) == 2


def test_what_the_timeline_tells_of_a_fact_is_not_told_twice():
    entry = TimelineEntry(str(INSTALLED), "installed", "Windows was installed.", (0,))
    (line,) = of_value(INSTALLED, INSTALLED, (entry,), key="Setup")
    assert (line["kind"], line["event"], line["facts"]) == ("timeline", "installed", [0])
    other = TimelineEntry(str(FileTime(INSTALLED + 10)), "installed", "Windows was installed.", (0,))
    assert [line["kind"] for line in of_value(INSTALLED, None, (other,))] == ["install-date", "timeline"]
    uncited = TimelineEntry(str(INSTALLED), "installed", "Windows was installed.")
    assert [line["kind"] for line in of_value(INSTALLED, None, (uncited,))] == ["install-date", "timeline"]


@pytest.mark.parametrize("name", ["desk-10.E01", "moved-7.vhdx"])
def test_a_sample_gives_no_flood_and_no_doubles(name):
    from pathlib import Path

    from forensic import examine

    found = lines(examine(Path(__file__).parents[2] / "samples" / name))
    keys = [(line["stated_time"], line["message"]) for line in found]
    assert len(set(keys)) == len(keys)
    assert 100 < len(found) < 200
    assert sum(line["kind"] == "registry-history" for line in found) <= 30


def test_a_digest_is_called_one():
    from tests.builders.report import digest

    one = digest("lsa-boot-key", "x", CONFIG + "SYSTEM", "Lsa", "class names")
    (line,) = lines(report(installations=[installation(facts=(msgspec.structs.replace(one, written=INSTALLED),), timeline=())]))
    assert line["message"] == f"lsa-boot-key: SHA-256 of the stored bytes: {one.value}"
    assert line["value"] == one.value
