"""Checkpoints of event logs."""

from dataclasses import replace

import pytest

from forensic.artifacts.declaration import load
from forensic.artifacts.logs.event_checkpoint import (
    GRID_LIMIT,
    LAST,
    EventCheckpoint,
    event_checkpoint_other,
    event_checkpoint_system,
    payload_hash,
)
from forensic.errors import Malformed, NotFound
from forensic.eventlog.evt import EvtLog
from forensic.eventlog.evtx import EvtxLog
from forensic.model import FileTime, codec
from tests.artifacts.test_event_log import NOON, log_of, state
from tests.builders.event_log import Logged, dense_evtx, evt, evtx
from tests.builders.world import MINUTE
from tests.unit.test_event_log import LogFile


def logged(number, text="running", **parts):
    return Logged(7036, FileTime(NOON + number * MINUTE), "Service Control Manager", data=[text], record_id=number, **parts)


def checkpoint(log):
    (fact,), failure = state(event_checkpoint_system, log)
    assert failure is None
    return fact.value


def hashes(*events):
    return [one.hash for one in checkpoint(log_of(list(events))).records]


def test_a_short_log_is_stated_whole():
    value = checkpoint(log_of([logged(41), logged(42), logged(43)]))
    assert (value.channel, value.step, value.count) == ("System", 1, 3)
    assert [(one.record, one.time) for one in value.records] == [(n, NOON + n * MINUTE) for n in (41, 42, 43)]
    assert len({one.hash for one in value.records}) == 1  # the same is said thrice
    assert all(len(one.hash) == 16 for one in value.records)


def test_of_a_long_log_records_are_chosen_by_their_numbers_and_the_last_ones():
    numbers = [one.record for one in checkpoint(log_of([logged(number) for number in range(1, 1001)])).records]
    assert numbers == [*range(8, 993, 8), *range(993, 1001)]


def test_two_logs_that_grew_apart_share_the_records_from_before():
    common = [logged(number) for number in range(1, 301)]
    one = checkpoint(log_of(common + [logged(number, "mine") for number in range(301, 320)]))
    other = checkpoint(EvtxLog(LogFile(dense_evtx(common + [logged(number, "theirs") for number in range(301, 900)], "System"))))
    assert (one.step, other.step) == (4, 8)
    theirs = {found.record: found for found in other.records}
    both = [(found, theirs[found.record]) for found in one.records if found.record in theirs]
    assert max(mine.record for mine, its in both if mine == its) == 296
    assert min(mine.record for mine, its in both if mine != its) == 304
    assert [mine.record for mine, its in both if mine.record <= 300] == list(range(8, 301, 8))


def test_the_hash_is_of_what_is_said_not_of_where_it_lies():
    plain, shared = evtx([logged(1, "a"), logged(2, "b")]), dense_evtx([logged(1, "a"), logged(2, "b")], "System")
    assert plain != shared
    assert checkpoint(EvtxLog(LogFile(plain))) == checkpoint(EvtxLog(LogFile(shared)))
    exported = [replace(logged(7, "a"), number=1, header_time=NOON), replace(logged(8, "b"), number=2, header_time=NOON)]
    assert checkpoint(log_of(exported)) == checkpoint(log_of([logged(7, "a"), logged(8, "b")]))


@pytest.mark.parametrize("other", [{"text": "stopped"}, {"computer": "DESK-2"}, {"user_sid": "S-1-5-18"}])
def test_whatever_is_said_otherwise_has_another_hash(other):
    assert hashes(logged(1)) != hashes(logged(1, **other))


def test_values_are_told_apart_where_their_texts_run_together():
    one, other = (hashes(Logged(1, NOON, data=data, record_id=1)) for data in ({"A": "b1", "C": "d"}, {"A": "b", "1C": "d"}))
    assert one != other


def test_the_older_format_has_checkpoints_too():
    value = checkpoint(EvtLog(LogFile(evt([logged(number) for number in range(5, 8)]))))
    assert [one.record for one in value.records] == [5, 6, 7]


def test_numbers_that_divide_by_everything_do_not_keep_it_going():
    value = checkpoint(log_of([Logged(1, FileTime(NOON + at), record_id=0, number=at + 1) for at in range(300)]))
    assert value.count == GRID_LIMIT
    assert [one.time - NOON for one in value.records] == list(range(300 - GRID_LIMIT, 300))


def test_a_log_without_records_has_none():
    facts, failure = state(event_checkpoint_system, log_of([]))
    assert (facts, type(failure)) == ([], NotFound)


def test_a_record_that_cannot_be_decoded_is_left_out_and_told(monkeypatch):
    log = log_of([logged(1), logged(2), logged(3)])
    decode = type(log).data

    def data(self, event):
        if event.record_id == 2:
            raise Malformed("fragment", event.offset)
        return decode(self, event)

    monkeypatch.setattr(EvtxLog, "data", data)
    (fact,), failure = state(event_checkpoint_system, log)
    assert [one.record for one in fact.value.records] == [1, 3]
    assert isinstance(failure, Malformed)


def test_a_saved_report_holds_the_same_records():
    (fact,), _ = state(event_checkpoint_system, log_of([logged(number) for number in range(1, 200)]))
    assert codec._typed(fact.__class__(**{**codec.msgspec.structs.asdict(fact), "value": codec.to_builtins(fact.value)})) == fact


def test_packed_bytes_of_a_foreign_report_may_be_cut_short():
    assert EventCheckpoint("System", 1, 9, bytes(32) + b"rest").records == [(0, 0, bytes(16))]


def test_every_log_that_is_read_has_checkpoints():
    artifacts = [one for one in load() if one.module.startswith("forensic.")]
    spans = {one.path for one in artifacts if "event-log-span" in {kind.name for kind in one.kinds}}
    assert spans == {one.path for one in artifacts if "event-checkpoint" in {kind.name for kind in one.kinds}}
    log = log_of([logged(1)])
    log.channel = "Contoso/Operational"
    (fact,), _ = state(event_checkpoint_other, log)
    assert fact.value.channel == "Contoso/Operational"


SYSMON = "Windows/System32/winevt/Logs/Microsoft-Windows-Sysmon%4Operational.evtx"


def test_one_log_published_twice_and_two_logs_of_two_machines(real):
    one, other, first, second = (
        checkpoint(EvtxLog(LogFile(real(f"groups/{path}/{SYSMON}").read_bytes())))
        for path in ("msedgewin10-same-log-twice/a", "msedgewin10-same-log-twice/b", "offsec-fs02-fs03/fs02", "offsec-fs02-fs03/fs03")
    )
    assert one == other
    assert one.count == 7
    assert not {found.hash for found in first.records} & {found.hash for found in second.records}


def test_the_hash_is_the_documented_one():
    from hashlib import sha256

    (event,) = log_of([Logged(6011, NOON, data=["OLD", "NEW"], record_id=1)]).events
    spelled = b"8:EventLog4:60116:DESK-10:1:13:OLD1:23:NEW"
    assert payload_hash(event) == sha256(spelled).digest()[:16]
    assert LAST == 8
