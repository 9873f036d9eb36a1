"""Event logs: structure, damage, content, and the agreement with libraries on real logs."""

import io
import json
import re
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic.errors import ForensicError, Malformed, NotFound, Unreadable
from forensic.eventlog import circle
from forensic.eventlog import evt as evt_log
from forensic.eventlog import evtx as evtx_log
from forensic.eventlog import log as event_log
from forensic.eventlog.binary_xml import Fragments
from forensic.eventlog.binary_xml_template import Budget
from forensic.eventlog.evt import EvtLog
from forensic.eventlog.evtx import CHUNK_SIZE, EvtxLog
from forensic.model import FileTime, Locator
from forensic.windows.event_log import find_log, open_log
from tests.builders.event_log import CHUNK, Logged, evt, evtx, evtx_chunk, evtx_header, numbered, seal_chunk
from tests.builders.source import Bytes
from tests.conftest import real_files

NOON = FileTime.from_iso("2021-03-02T12:00:00Z")
SECOND = 10_000_000
SID = "S-1-5-21-1004336348-1177238915-682003330"
REAL = [name for name in real_files("logs") + real_files("machines") + real_files("groups") if name.endswith(".evtx")]


class LogFile(Bytes):
    """A log in memory; reading `lost` (offset, size) fails."""

    def __init__(self, data, name="System.evtx", lost=None):
        super().__init__(data)
        self.path, self.place, self.written, self.lost = name, Locator("p2", name), None, lost

    def read_at(self, offset, size):
        if self.lost and offset < sum(self.lost) and offset + size > self.lost[0]:
            raise Unreadable("bad sector")
        return super().read_at(offset, size)


def many(count, **parts):
    return [Logged(7036, NOON + number * SECOND, "Service Control Manager", data=[f"service {number}"], **parts) for number in range(count)]


def evtx_log_of(data, **parts):
    return EvtxLog(LogFile(data, **parts))


def ids(log):
    return [event.record_id for event in log.events]


EVENTS = [
    Logged(6011, NOON, data=["OLD", "NEW"]),
    Logged(12, NOON + SECOND, "Microsoft-Windows-Kernel-General", "NEW", "S-1-5-18", {"MajorVersion": "10", "StartTime": "then"}),
    Logged(104, NOON + 2, "Microsoft-Windows-Eventlog", "NEW", f"{SID}-1001", {"SubjectUserName": "ann"}, user_data="LogFileCleared"),
    Logged(1, NOON + 3, "Other", "NEW", data={"Long": "x" * 300, "Path": f"C:\\x\\{SID}-500"}),
]


@pytest.mark.parametrize(("log", "first_at"), [(EvtxLog(LogFile(evtx(EVENTS))), 4096 + 512), (EvtLog(LogFile(evt(EVENTS))), 48)])
def test_states_what_a_record_says_and_where_it_lies(log, first_at):
    first, second, third, fourth = log.events
    assert (first.record_id, first.event_id, first.provider, first.computer) == (1, 6011, "EventLog", "DESK-1")
    assert first.texts == ("OLD", "NEW")
    assert (first.user_sid, first.prefixes, second.user_sid) == (None, (), "S-1-5-18")
    assert first.time == first.written == NOON
    assert str(first.place) == f"p2 > System.evtx @ {first_at:#x}"
    assert first.raw == log.file.data[first.offset : first.offset + first.size]
    assert second.texts == ("10", "then")
    assert (third.user_sid, third.prefixes, third.texts) == (f"{SID}-1001", (SID,), ("ann",))
    assert fourth.texts[0] == "x" * 300
    assert fourth.prefixes == (SID,)
    assert not log.problems


def test_names_the_values_of_new_logs_and_counts_those_without_name():
    log = evtx_log_of(evtx(EVENTS))
    assert [dict(event.data) for event in log.events[:3]] == [
        {"1": "OLD", "2": "NEW"},
        {"MajorVersion": "10", "StartTime": "then"},
        {"SubjectUserName": "ann"},
    ]


def test_compares_equal_with_the_library_on_a_written_log():
    from evtx import PyEvtxParser

    records = list(PyEvtxParser(io.BytesIO(evtx(EVENTS)), number_of_threads=1).records_json())
    assert [record["event_record_id"] for record in records] == [1, 2, 3, 4]
    assert json.loads(records[0]["data"])["Event"]["EventData"]["Data"]["#text"] == ["OLD", "NEW"]


def test_a_full_log_is_read_from_its_oldest_chunk_on():
    log = evtx_log_of(evtx(many(200), per_chunk=40, turned=2))
    assert ids(log) == list(range(1, 201))
    assert log.events[0].offset > log.events[-1].offset
    assert not log.problems


def test_a_dirty_log_has_the_records_that_its_header_does_not_count_yet():
    assert len(evtx_log_of(evtx(many(120), dirty=True, count=1)).events) == 120
    assert evtx_log_of(evtx(many(120), dirty=True, count=1)).dirty


@pytest.mark.parametrize("count", [0, 1, 2])
def test_chunks_behind_the_count_of_a_log_that_was_not_in_use_are_read_and_named(count):
    log = evtx_log_of(evtx(many(120), count=count))
    assert (len(log.events), log.dirty) == (120, False)
    assert log.problems == [f"the header counts {count} chunks; {3 - count} behind them were read too"]


def test_what_is_no_chunk_behind_the_count_is_none():
    log = evtx_log_of(evtx(many(80)) + b"x" * CHUNK)
    assert (len(log.events), log.problems) == (80, [])


def test_a_header_that_counts_other_records_than_there_are_is_named():
    data = evtx(many(80))
    log = evtx_log_of(evtx_header(2, following=200) + data[4096:])
    assert len(log.events) == 80
    assert log.problems == ["the header has record 200 follow, the last one that is there is 80"]
    assert evtx_log_of(evtx_header(2, following=200, dirty=True) + data[4096:]).problems == []  # it lags behind


def test_a_chunk_that_counts_other_records_than_it_holds_is_named():
    chunk = evtx_chunk(numbered(many(3)), 1)
    free = struct.unpack_from("<I", chunk, 48)[0]
    log = evtx_log_of(evtx_header(1, following=4) + seal_chunk(chunk, 1, 1, 5, 5, 512, free))
    assert ids(log) == [1, 2, 3]
    assert log.problems == ["chunk at offset 0x1000: its header counts 5 records, 3 are there"]


def test_counts_by_the_number_of_the_content_and_not_of_the_header():
    """An export has numbers and times of its own in the headers."""
    events = [Logged(1, NOON + id_, number=number, record_id=id_, header_time=0) for number, id_ in ((1, 83997), (2, 84001))]
    log = evtx_log_of(evtx(events))
    assert ids(log) == [83997, 84001]
    assert [event.time for event in log.events] == [NOON + 83997, NOON + 84001]
    assert [event.number for event in log.events] == [1, 2]
    assert log.problems == []


def test_unused_chunks_are_no_damage():
    log = evtx_log_of(evtx(many(40), dirty=True, blank=3))
    assert (len(log.events), log.problems) == (40, [])


def test_an_empty_log_has_no_events_and_no_problem():
    for log in (evtx_log_of(evtx([])), EvtLog(LogFile(evt([])))):
        assert (list(log.events), log.problems) == ([], [])


@pytest.mark.parametrize(
    ("at", "what"),
    [(0, "does not begin like a chunk"), (600, "checksum of its records"), (48, "records of a chunk|checksum of its records")],
)
def test_a_damaged_chunk_loses_only_itself_and_is_named(at, what):
    data = bytearray(evtx(many(120)))
    data[4096 + CHUNK + at] ^= 0xFF
    log = evtx_log_of(data)
    assert ids(log) == [*range(1, 41), *range(81, 121)]
    assert len(log.problems) == 1
    assert re.search(what, log.problems[0])
    assert "0x11000" in log.problems[0]


def test_a_chunk_on_a_bad_sector_loses_only_itself():
    log = evtx_log_of(evtx(many(120)), lost=(4096 + CHUNK + 4096, 512))
    assert ids(log) == [*range(1, 41), *range(81, 121)]
    assert "bad sector" in log.problems[0]


def test_a_chunk_whose_header_alone_is_damaged_is_read_and_named():
    data = bytearray(evtx(many(80)))
    data[4096 + 300] ^= 0xFF
    log = evtx_log_of(data)
    assert len(log.events) == 80
    assert [event.texts for event in log.events][79] == ("service 79",)
    assert log.problems == ["chunk at offset 0x1000: the checksum of its header is wrong, that of its records is right"]


def test_a_truncated_log_has_what_is_left():
    log = evtx_log_of(evtx(many(120))[: 4096 + CHUNK + 5000])
    assert ids(log) == list(range(1, 41))
    assert any("counts 3 chunks, the file holds 2" in problem for problem in log.problems)
    assert any("0x11000 is lost" in problem for problem in log.problems)


def test_of_very_many_chunks_without_a_signature_it_is_not_asked_whether_they_are_empty(monkeypatch):
    monkeypatch.setattr(evtx_log, "UNSIGNED_LIMIT", 3)
    log = evtx_log_of(evtx(many(40), dirty=True) + b"x" * CHUNK * 2 + bytes(CHUNK * 3))
    assert len(log.events) == 40
    assert len(log.problems) == 2
    assert "5 chunks do not begin like one" in log.limits[0]


def test_a_log_without_its_header_is_read_by_its_chunks():
    data = evtx(many(80))
    log = evtx_log_of(bytes(4096) + data[4096:])
    assert len(log.events) == 80
    assert log.problems == ["the file's header is not that of an event log"]
    assert log.dirty


@pytest.mark.parametrize("data", [b"", b"ElfFile", bytes(4096), bytes(100_000), b"x" * 200_000])
def test_what_is_no_event_log_is_malformed(data):
    with pytest.raises(Malformed):
        evtx_log_of(data)
    with pytest.raises(Malformed):
        EvtLog(LogFile(data))


def test_a_record_that_cannot_be_decoded_keeps_number_time_and_place():
    chunk = bytearray(evtx_chunk(numbered(many(3)), 1))
    at = 512 + struct.unpack_from("<I", chunk, 516)[0]
    chunk[at + 28] = 0x77
    free = struct.unpack_from("<I", chunk, 48)[0]
    log = evtx_log_of(evtx_header(1, following=4) + seal_chunk(chunk, 1, 1, 3, 3, 512, free))
    assert [(event.record_id, event.event_id) for event in log.events] == [(1, 7036), (2, None), (3, 7036)]
    assert log.problems == [f"the content of 1 records could not be decoded, the first at offset {4096 + at:#x}"]
    with pytest.raises(Malformed):
        log.events[1].texts  # noqa: B018  asking is the test


def test_records_behind_a_malformed_one_are_lost_to_the_end_of_the_chunk_only():
    chunk = bytearray(evtx_chunk(numbered(many(3)), 1))
    at = 512 + struct.unpack_from("<I", chunk, 516)[0]
    chunk[at] = 0
    free = struct.unpack_from("<I", chunk, 48)[0]
    rest = evtx_chunk(numbered(many(2), 4), 4)
    log = evtx_log_of(evtx_header(2) + seal_chunk(chunk, 1, 1, 3, 3, 512, free) + rest)
    assert ids(log) == [1, 4, 5]
    assert f"{4096 + at:#x}" in log.problems[0]


def test_of_a_log_that_is_too_large_both_ends_are_read(monkeypatch):
    monkeypatch.setattr(evtx_log, "CHUNK_LIMIT", 2)
    log = evtx_log_of(evtx(many(200), per_chunk=40))
    assert ids(log) == [*range(1, 41), *range(161, 201)]
    assert log.omitted == 120
    assert "too large" in log.limits[0]
    assert not log.problems


@pytest.mark.parametrize("log", [EvtxLog(LogFile(evtx(many(200)))), EvtLog(LogFile(evt(many(200))))])
def test_of_too_many_records_the_oldest_and_the_newest_are_kept(monkeypatch, log):
    monkeypatch.setattr(event_log, "RECORD_LIMIT", 20)
    assert ids(log) == [*range(1, 11), *range(191, 201)]
    assert log.omitted == 180
    assert "180 records" in log.limits[0]
    assert not log.problems


def test_what_all_values_of_a_log_may_unfold_to_is_bounded(monkeypatch):
    monkeypatch.setattr(evtx_log, "DATA_TOKEN_LIMIT", 100)
    log = evtx_log_of(evtx(many(40)))
    assert log.events[0].texts == ("service 0",)
    with pytest.raises(Malformed, match="unfold"):
        [event.texts for event in log.events]


def test_a_damaged_template_is_tried_once():
    chunk, free = nested(1, 1)
    fragments = Fragments(chunk[:free])
    for _ in range(3):
        with pytest.raises(Malformed, match="without the element System"):
            fragments.header(512 + 24, free - 4)
    assert fragments._templates.budget.tokens > (1 << 14) - 10


def test_content_is_read_chunk_by_chunk():
    log = evtx_log_of(evtx(many(80)))
    assert len(log.events) == 80
    log.file.requests = 0
    assert [event.texts[0] for event in log.events] == [f"service {number}" for number in range(80)]
    assert log.file.requests == 2


def nested(levels, references):
    """Return a chunk with one record whose template uses its one value many times, with such records inside."""
    from tests.builders.event_log import _Xml

    template = 512 + 24 + 4 + 10
    xml = _Xml(template + 24)
    xml.out += b"\x0f\x01\x01\0"
    xml.element("Event", (), lambda: [xml.out.extend(struct.pack("<BHB", 0x0D, 0, 0x21)) for _ in range(references)])
    xml.out.append(0)
    definition = struct.pack("<I16sI", 0, bytes(16), len(xml.out)) + bytes(xml.out)
    inner = b"x\0"
    for level in range(levels):
        head = struct.pack("<BBIIIHBB", 0x0C, 1, template, template, 1, len(inner), 0x21 if level else 1, 0)
        inner = b"\x0f\x01\x01\0" + head + inner + b"\0"
    content = b"\x0f\x01\x01\0" + struct.pack("<BBII", 0x0C, 1, template, template) + definition
    content += struct.pack("<IHBB", 1, len(inner), 0x21, 0) + inner + b"\0"
    size = 28 + len(content)
    chunk = bytes(512) + struct.pack("<4sIQQ", b"**\0\0", size, 1, NOON) + content + struct.pack("<I", size)
    return seal_chunk(chunk.ljust(CHUNK, b"\0"), 1, 1, 1, 1, 512, len(chunk)), len(chunk)


@pytest.mark.parametrize(("levels", "references"), [(7, 10), (1000, 1), (1000, 2), (1, 15_000)])
def test_a_record_that_would_unfold_without_end_is_refused(levels, references):
    chunk, free = nested(levels, references)
    with pytest.raises(Malformed):
        Fragments(chunk[:free]).data(512 + 24, free - 4, Budget())
    log = evtx_log_of(evtx_header(1) + chunk)
    assert [event.event_id for event in log.events] == [None]


def test_an_old_log_goes_around_the_end_of_its_file():
    events = many(30)
    size = len(evt(events)) // 4 * 4
    log = EvtLog(LogFile(evt(events, size=size, start=size - 300)))
    assert ids(log) == list(range(1, 31))
    assert [event.texts[0] for event in log.events] == [f"service {number}" for number in range(30)]
    assert any(event.offset + event.size > size for event in log.events)
    assert not log.problems


def test_an_old_log_that_was_in_use_is_read_by_its_end_record():
    log = EvtLog(LogFile(evt(many(30), dirty=True, start=400)))
    assert (len(log.events), log.dirty, log.problems) == (30, True, [])


def test_an_old_log_without_end_record_and_header_numbers_is_read_from_its_smallest_number():
    data = bytearray(evt(many(30), dirty=True))
    at = data.find(struct.pack("<5I", 40, 0x11111111, 0x22222222, 0x33333333, 0x44444444))
    data[at : at + 40] = bytes(40)
    log = EvtLog(LogFile(data))
    assert ids(log) == list(range(1, 31))
    assert "no end record" in log.problems[0]


def test_a_damaged_record_of_an_old_log_loses_only_itself():
    data = bytearray(evt(many(30)))
    log = EvtLog(LogFile(data))
    damaged = log.events[10]
    data[damaged.offset] ^= 0x04
    log = EvtLog(LogFile(data))
    assert ids(log) == [*range(1, 11), *range(12, 31)]
    assert f"{damaged.offset:#x} is malformed; {damaged.size} bytes were skipped" in log.problems[0]


@pytest.mark.parametrize(
    ("at", "number", "what"), [(24, 40, "records 1 to 39 are declared, and 1 to 30"), (28, 5, "records 5 to 30 are declared")]
)
def test_numbers_of_an_old_header_that_are_not_those_of_the_records_are_named(at, number, what):
    data = bytearray(evt(many(30)))
    struct.pack_into("<I", data, at, number)
    log = EvtLog(LogFile(data))
    assert len(log.events) == 30
    assert what in log.problems[0]


def test_an_old_log_that_is_said_to_hold_records_and_holds_none_is_named():
    data = bytearray(evt([]))
    struct.pack_into("<2I", data, 24, 31, 1)
    log = EvtLog(LogFile(data))
    assert (list(log.events), log.problems) == ([], ["records 1 to 30 are declared, and none is there"])


def test_an_end_record_that_lies_elsewhere_than_the_header_says_is_named():
    data = bytearray(evt(many(30)))
    struct.pack_into("<I", data, 20, 52)
    log = EvtLog(LogFile(data))
    assert len(log.events) == 30
    assert "the header places the end record at offset 0x34" in log.problems[0]


def test_a_bad_sector_of_an_old_log_loses_only_its_records():
    log = EvtLog(LogFile(evt(many(600)), lost=(40_000, 512)))
    assert len(log.events) > 500
    assert (ids(log)[0], ids(log)[-1]) == (1, 600)
    assert any("cannot be read" in problem for problem in log.problems)


def test_an_old_log_is_read_by_windows(monkeypatch):
    monkeypatch.setattr(circle, "WINDOW", 512)
    data = evt(many(200), start=5000, size=30_000)
    log = EvtLog(LogFile(data))
    assert [event.texts[0] for event in log.events] == [f"service {number}" for number in range(200)]
    broken = bytearray(evt(many(200), dirty=True))
    at = broken.find(struct.pack("<5I", 40, 0x11111111, 0x22222222, 0x33333333, 0x44444444))
    broken[at : at + 40] = bytes(40)
    assert ids(EvtLog(LogFile(broken))) == list(range(1, 201))


def test_an_old_log_of_signatures_only_ends_soon(monkeypatch):
    monkeypatch.setattr(evt_log, "SKIP_LIMIT", 20)
    log = EvtLog(LogFile(evt(many(1))[:16] + struct.pack("<8I", 48, 48, 1, 1, 20_000, 1, 0, 48) + b"LfLe" * 5000))
    assert not log.events
    assert any("the rest was not looked at" in problem for problem in log.problems)


def test_an_old_log_that_is_larger_than_what_is_read_is_refused(monkeypatch):
    monkeypatch.setattr(evt_log, "SIZE_LIMIT", 1000)
    with pytest.raises(Malformed, match="more than the 1000"):
        EvtLog(LogFile(evt(many(30))))


class Place:
    """An installation of which only the files count."""

    id = "p2/Windows"

    def __init__(self, files):
        self.files = files

    def resolve(self, path):
        return self, path.replace("%SystemRoot%", "Windows")

    def open(self, path):
        if path not in self.files:
            raise NotFound(path)
        return LogFile(self.files[path], path)


def test_finds_a_log_by_its_channel_in_the_place_of_its_time():
    logs = "Windows/System32/winevt/Logs"
    new = Place({f"{logs}/System.evtx": evtx(many(3)), f"{logs}/Microsoft-Windows-Kernel-PnP%4Configuration.evtx": evtx(many(4))})
    old = Place({"Windows/System32/config/SysEvent.Evt": evt(many(5))})

    def count(place, channel):
        log = open_log(find_log(place, channel), channel)
        assert log.channel == channel
        return len(log.events)

    assert count(new, "System") == 3
    assert count(new, "Microsoft-Windows-Kernel-PnP/Configuration") == 4
    assert count(old, "System") == 5


def test_says_which_file_is_absent():
    for channel in ("System", "Setup"):
        with pytest.raises(NotFound, match=rf"winevt/Logs/{channel}\.evtx"):
            find_log(Place({}), channel)


@pytest.mark.parametrize("name", REAL)
def test_agrees_with_the_library_on_real_logs(real, name):
    from evtx import PyEvtxParser

    path = real(name)
    log = evtx_log_of(path.read_bytes())
    found = {event.number: event for event in log.events}
    assert len(found) == len(log.events)
    lost = compared = 0
    records = iter(PyEvtxParser(str(path), number_of_threads=1).records_json())
    while True:
        try:
            record = next(records)
        except StopIteration:
            break
        except RuntimeError:
            continue
        event = found.get(record["event_record_id"])
        if event is None:
            lost += 1
            continue
        compared += 1
        system = json.loads(record["data"])["Event"]["System"]
        number = system["EventID"]
        assert event.event_id == (number["#text"] if isinstance(number, dict) else number)
        assert event.record_id == system["EventRecordID"]
        assert str(event.time)[:23] == system["TimeCreated"]["#attributes"]["SystemTime"][:23]
        assert event.computer == system["Computer"]
        assert event.provider == ((system["Provider"] or {}).get("#attributes", {}).get("Name") or None)
        assert event.user_sid == (system["Security"] or {"#attributes": {}})["#attributes"].get("UserID")
        assert {*re.findall(r"S-1-5-21-(?!0-0-0\b)\d+-\d+-\d+", record["data"])} <= {*event.prefixes}
    assert compared == len(found)
    assert bool(lost) == ("bad_chunk_magic" in name)  # of that log five chunks have wrong checksums or none: named, not read


@pytest.mark.parametrize("name", [name for name in REAL if "desktop-0qt8017" not in name])  # the library reads its truth values as numbers
def test_agrees_with_the_library_on_the_values_of_real_events(real, name):
    from evtx import PyEvtxParser

    path = real(name)
    log = evtx_log_of(path.read_bytes())
    documents = {}
    records = iter(PyEvtxParser(str(path), number_of_threads=1).records_json())
    while True:
        try:
            record = next(records)
        except StopIteration:
            break
        except RuntimeError:
            continue
        documents[record["event_record_id"]] = json.loads(record["data"])["Event"]
    compared = 0
    for event in list(log.events)[::7]:
        expected = flat(documents[event.number])
        if expected is None:
            continue
        assert {key: shape(value) for key, value in event.data.items() if value or key in expected} == expected
        compared += 1
    assert compared or len(log.events) < 7 or not log.events


def flat(document):
    """Return what the library says of `EventData` or `UserData` as name and text; None where it has deeper parts or times of day."""
    content = document.get("EventData") or document.get("UserData") or {}
    if "UserData" in document and content:
        content = next(iter(content.values())) or {}
    found = {}
    for key, value in content.items():
        inner = value.get("#text") if isinstance(value, dict) and "#text" in value else value
        if isinstance(inner, dict):
            if key == "#attributes":
                continue
            return None
        if key in {"Expires", "Created"}:
            return None
        if key == "Data":
            values = inner if isinstance(inner, list) else [inner]
            found |= {str(number): shape(text) for number, text in enumerate(values, 1)}
        else:
            found[key] = ", ".join(map(shape, inner)) if isinstance(inner, list) else shape(inner)
    return found


def shape(value):
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
    return re.sub(r"(\.\d{6})\dZ", r"\1Z", text).lower().strip()


def test_states_the_real_log_of_windows_xp(real):
    log = EvtLog(LogFile(real("logs/wks-winxp32bit-SysEvent.Evt").read_bytes()))
    first, last = log.events[0], log.events[-1]
    assert (len(log.events), first.record_id, last.record_id) == (6063, 1392, 7454)  # as libevt 20260925 counts them
    assert (str(first.time)[:19], str(last.time)[:19]) == ("2011-07-27T06:41:47", "2012-04-07T04:58:01")
    assert {event.computer for event in log.events} == {"WKS-WINXP32BIT"}
    assert {prefix for event in log.events for prefix in event.prefixes} == {"S-1-5-21-2036804247-3058324640-2116585241"}
    assert ids(log) == list(range(1392, 7455))
    assert not log.problems


def told(event):
    """Return all that an event says; its number, time and bytes are checked against the bytes of the log."""
    data, raw = event._log.file.data, event.raw
    if event.offset + event.size <= len(data):  # else it goes on behind the header of an old log
        assert raw == data[event.offset : event.offset + event.size]
    if isinstance(event._log, EvtxLog):
        assert (event.size, event.number) == struct.unpack_from("<IQ", raw, 4)
    else:
        size, number, seconds = struct.unpack_from("<I4x2I", raw)
        assert (event.size, event.number, event.time) == (size, number, FileTime.from_unix(seconds))
    try:
        texts = event.texts
    except ForensicError as error:
        texts = str(error)
    return event.offset, event.record_id, event.event_id, event.provider, event.computer, event.user_sid, event.prefixes, texts


def opened(kind, data):
    try:
        return kind(LogFile(bytes(data)))
    except ForensicError as error:
        return error


def changed(data, changes):
    damaged = bytearray(data)
    for at, replacement in changes:
        damaged[at : at + len(replacement)] = replacement
    return bytes(damaged[: len(data)])


SOUND_EVTX = evtx(EVENTS + many(20), dirty=True)
SOUND_EVT = evt(EVENTS + many(20), start=700)
CHANGES = st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=8)), min_size=1, max_size=8)
QUICK = settings(max_examples=150, deadline=None, derandomize=True)


@QUICK
@given(CHANGES)
def test_a_damaged_new_log_gives_only_what_was_logged_and_tells_what_is_lost(changes):
    """Chunks and header have checksums: no damage stays without a word."""
    log = opened(EvtxLog, changed(SOUND_EVTX, [(at % len(SOUND_EVTX), replacement) for at, replacement in changes]))
    if isinstance(log, ForensicError):
        assert any(at % len(SOUND_EVTX) < 8 for at, _ in changes)
        return
    sound = {told(event) for event in EvtxLog(LogFile(SOUND_EVTX)).events}
    found = {told(event) for event in log.events}
    assert found <= sound
    assert found == sound or log.problems


@QUICK
@given(CHANGES)
def test_hostile_records_of_a_new_log_end_in_events_or_problems(changes):
    """The checksums are right: what follows them is hostile."""
    data = bytearray(changed(SOUND_EVTX, [(4096 + 512 + at % 20_000, replacement) for at, replacement in changes]))
    chunk = bytes(data[4096 : 4096 + CHUNK_SIZE])
    data[4096 : 4096 + CHUNK_SIZE] = seal_chunk(chunk, 1, 1, 24, 24, 512, struct.unpack_from("<I", chunk, 48)[0])
    log = EvtxLog(LogFile(bytes(data)))
    found = [told(event) for event in log.events]
    assert len(found) == 24 or log.problems
    assert len(log.problems) <= 51


@QUICK
@given(CHANGES)
def test_a_damaged_old_log_loses_only_records_that_are_damaged(changes):
    places = [at % len(SOUND_EVT) for at, _ in changes]
    damaged = changed(SOUND_EVT, [(at % len(SOUND_EVT), replacement) for at, replacement in changes])
    log = opened(EvtLog, damaged)
    sound = EvtLog(LogFile(SOUND_EVT))
    frame = {*range(48), *range(sound._end, sound._end + 40)}
    touched = {at + number for (_, replacement), at in zip(changes, places, strict=True) for number in range(len(replacement))}
    if isinstance(log, ForensicError):
        assert frame & touched
        return
    found = {told(event) for event in log.events}
    assert len(log.problems) <= 51
    if not frame & touched:
        assert found >= {told(event) for event in sound.events if not touched & {*range(event.offset, event.offset + event.size)}}
        assert len(found) == len(sound.events) or log.problems


@QUICK
@given(st.integers(0, 1 << 20))
def test_an_old_log_may_end_anywhere(end):
    end %= len(SOUND_EVT)
    log, sound = opened(EvtLog, SOUND_EVT[:end]), EvtLog(LogFile(SOUND_EVT))
    if isinstance(log, ForensicError):
        assert end < 48
        return
    found = {told(event) for event in log.events}
    assert found <= {told(event) for event in sound.events}
    assert found >= {told(event) for event in sound.events if event.offset + event.size <= end}


@QUICK
@given(st.binary(min_size=60, max_size=300), st.integers(0, 320), st.integers(0, 40), st.sampled_from([b"\0", b"ab", b"LfLe"]))
def test_a_circle_gives_what_its_bytes_are(data, offset, size, pattern):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(circle, "WINDOW", 16)
        ring = circle.Circle(LogFile(data), 48)
        around = data + data[48:] * 2
        for at in (0, offset, 48, offset):  # the window moves back and forth
            expected = around[at : at + size] if 48 <= at <= len(data) and size <= len(data) - 48 else data[at : at + size]
            assert ring.read_at(at, size)[: len(expected)] == expected
            assert ring.find(pattern, at) == data.find(pattern, at)


def test_bytes_of_a_circle_that_cannot_be_read_are_zeros_and_named():
    ring = circle.Circle(LogFile(b"x" * 20_000, lost=(9000, 10)), 48)
    assert ring.read_at(0, 3) == b"xxx"
    assert ring.find(b"\0", 0) == 8192
    assert ring.lost == [8192]
    assert ring.read_at(12_288, 4) == b"xxxx"


@pytest.mark.parametrize(
    ("provider", "channel"),
    [("Security", "Security"), ("Service Control Manager", "System"), ("EventLog", "System"), ("MsiInstaller", "Application")],
)
def test_an_old_log_is_told_by_its_sources(provider, channel):
    assert EvtLog(LogFile(evt([Logged(1, NOON, provider), Logged(2, NOON, "Other")]))).find_channel() == channel


def test_a_log_without_records_names_no_channel():
    assert EvtLog(LogFile(evt([]))).find_channel() is None
    assert evtx_log_of(evtx([])).find_channel() is None


def test_the_channel_is_that_of_the_first_sound_record():
    data = bytearray(evtx(many(80), channel="Contoso/Operational"))
    assert evtx_log_of(data).find_channel() == "Contoso/Operational"
    data[4096 + 600] ^= 0xFF
    assert evtx_log_of(data).find_channel() == "Contoso/Operational"
    data[4096 + CHUNK + 600] ^= 0xFF
    assert evtx_log_of(data).find_channel() is None
