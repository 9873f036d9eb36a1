"""Event logs as a whole: spans, names, prefixes."""

from itertools import count

import pytest

from forensic.artifacts.logs.event_log import (
    RUN_LIMIT,
    EventComputerName,
    EventLogSpan,
    EventUserSid,
    event_log_security,
    event_log_system,
)
from forensic.errors import ForensicError, Malformed
from forensic.eventlog.evt import EvtLog
from forensic.eventlog.evtx import EvtxLog
from forensic.model import FileTime
from tests.builders.event_log import Logged, evt, evtx
from tests.builders.world import MINUTE, RELEASES, Life, World
from tests.builders.world_event_log import traces
from tests.unit.test_event_log import LogFile

NOON = FileTime.from_iso("2021-03-02T12:00:00Z")
OURS, FOREIGN = "S-1-5-21-1004336348-1177238915-682003330", "S-1-5-21-2000478354-1708537768-1957994488"


def log_of(events, **parts):
    return EvtxLog(LogFile(evtx(events, **parts)))


def state(read, log):
    facts, failure = [], None
    try:
        for fact in read(log):
            facts.append(fact)  # noqa: PERF402  what was stated before a failure counts
    except ForensicError as error:
        failure = error
    return facts, failure


def of(facts, type_):
    return [fact.value for fact in facts if isinstance(fact.value, type_)]


def at(minutes, **parts):
    return Logged(7036, FileTime(NOON + minutes * MINUTE), "Service Control Manager", **parts)


def test_states_the_span_of_a_log():
    facts, failure = state(event_log_system, log_of([at(0, record_id=41), at(1), at(5)], dirty=True))
    assert failure is None
    later = FileTime(NOON + 5 * MINUTE)
    assert of(facts, EventLogSpan) == [EventLogSpan("System", 3, 41, 43, NOON, later, (), 0, 0, None, dirty=True, omitted=0)]
    assert facts[0].source == "p2 > System.evtx"


def test_an_export_spans_what_the_computer_counted():
    events = [at(0, record_id=83997, number=1, header_time=0), at(9, record_id=84052, number=2)]
    span = of(state(event_log_system, log_of(events))[0], EventLogSpan)[0]
    assert (span.first_record, span.last_record, span.first_number, span.last_number) == (83997, 84052, 1, 2)
    assert (span.first_time, span.last_time) == (NOON, NOON + 9 * MINUTE)


def test_an_empty_log_spans_nothing():
    facts, failure = state(event_log_security, log_of([]))
    assert failure is None
    assert of(facts, EventLogSpan) == [EventLogSpan("Security", 0, None, None, None, None, (), 0, 0, None, dirty=False, omitted=0)]
    assert len(facts) == 1


def test_states_where_record_ids_restart():
    log = EvtLog(LogFile(evt([at(0, record_id=500), at(1), at(2, record_id=1), at(3)])))
    assert of(state(event_log_system, log)[0], EventLogSpan)[0].restarts == (1,)


def test_states_where_the_clock_went_back():
    events = [*(at(minute) for minute in range(100, 120)), *(at(minute) for minute in range(20)), *(at(minute) for minute in range(10, 30))]
    span = of(state(event_log_system, log_of(events))[0], EventLogSpan)[0]
    assert (span.steps_back, span.largest_step_back, span.step_back_at) == (2, 119 * 60, 21)


def test_single_late_records_are_no_step_back():
    events = [*(at(minute) for minute in range(100, 120)), at(3), at(4), *(at(minute) for minute in range(120, 140))]
    assert of(state(event_log_system, log_of(events))[0], EventLogSpan)[0].steps_back == 0


def test_states_each_run_of_a_computer_name():
    names = ["WIN-A", "WIN-A", "DESK-1", "DESK-1.corp.example", "DESK-1"]
    facts, failure = state(event_log_system, log_of([at(minute, computer=name) for minute, name in enumerate(names)]))
    assert failure is None
    runs = of(facts, EventComputerName)
    assert [(run.name, run.records, run.first_record, run.last_record) for run in runs] == [
        ("WIN-A", 2, 1, 2), ("DESK-1", 1, 3, 3), ("DESK-1.corp.example", 1, 4, 4), ("DESK-1", 1, 5, 5),
    ]  # fmt: skip
    assert runs[0].last_time == NOON + MINUTE
    named = next(fact for fact in facts if isinstance(fact.value, EventComputerName))
    assert named.source == "p2 > System.evtx @ 0x1200"


def test_more_runs_of_names_than_the_limit_are_a_gap():
    facts, failure = state(event_log_system, log_of([at(minute, computer=f"PC-{minute}") for minute in range(RUN_LIMIT + 5)]))
    assert len(of(facts, EventComputerName)) == RUN_LIMIT
    assert isinstance(failure, Malformed)
    assert str(RUN_LIMIT + 5) in str(failure)


def test_states_every_machine_whose_accounts_occur():
    events = [
        at(0, user_sid=f"{FOREIGN}-1001"),
        at(1, user_sid="S-1-5-18", data={"UserSid": f"{OURS}-1001"}),
        at(2, user_sid=f"{OURS}-1001"),
        at(3, user_sid="S-1-5-19"),
        at(4, data={"Sid": "S-1-5-21-0-0-0-497"}),
    ]
    found = of(state(event_log_system, log_of(events))[0], EventUserSid)
    assert found == [
        EventUserSid("System", FOREIGN, 1, 1, 1, 1, NOON, NOON),
        EventUserSid("System", OURS, 2, 1, 2, 3, FileTime(NOON + MINUTE), FileTime(NOON + 2 * MINUTE)),
    ]


def test_a_prefix_is_not_found_in_a_longer_one():
    longer = OURS.replace("-682003330", "-68200333012345")
    log = log_of([at(0, user_sid=f"{OURS[:-1]}-1001", data={"Sid": f"{longer}-500"})])
    assert [one.prefix for one in of(state(event_log_system, log)[0], EventUserSid)] == [OURS[:-1]]


@pytest.mark.parametrize("era", ["xp", "2003", "7", "10"])
def test_states_what_a_life_left(era):
    world = World(3)

    life = Life(world, RELEASES[era]).install(world.computer(), "2021-03-02T09:10:00Z", "DESK-1").add_user("ann", "2021-03-02T11:00:00Z")
    life.rename("DESK-9", "2021-03-05T11:00:00Z")
    former = world.sid()
    path, data = next(iter(traces(life, [former]).items()))
    log = (EvtxLog if path.endswith("evtx") else EvtLog)(LogFile(data))
    facts, failure = state(event_log_system, log)
    assert failure is None
    assert [run.name for run in of(facts, EventComputerName)][-2:] == ["DESK-1", "DESK-9"]
    assert [one.prefix for one in of(facts, EventUserSid)] == [former, life.state.sid]
    assert of(facts, EventLogSpan)[0].steps_back == 0


def test_a_sealed_life_has_empty_logs():

    world = World(4)
    life = Life(world, RELEASES["10"]).install(world.computer(), "2021-03-02T09:10:00Z").generalize("2021-03-02T12:00:00Z")
    for data in traces(life).values():
        assert of(state(event_log_system, EvtxLog(LogFile(data)))[0], EventLogSpan)[0].records == 0


REAL = {
    "machines/win10-belkasoft/Logs/System.evtx": (
        (1766, 1, 1766), ["WIN-AN5B2T7E4GI", "DESKTOP-23PS6ES", "DESKTOP-23PS6ES.praivacymatrix.com"],
        {"S-1-5-21-672274782-2342008316-3472871522": 46, "S-1-5-21-3064058907-2826536974-2889819764": 77},
    ),
    "machines/win10-belkasoft/Logs/Microsoft-Windows-PushNotification-Platform%4Operational.evtx": (
        (1734, 201, 1934), ["DESKTOP-23PS6ES.praivacymatrix.com"], {"S-1-5-21-3064058907-2826536974-2889819764": 395},
    ),
    "machines/win10-rathbun/Logs/Security.evtx": (
        (5229, 1, 5229), ["WIN-28GFHAGEV4P", "DESKTOP-GNCCVRK"], {"S-1-5-21-2290304894-658537038-505560459": 471},
    ),
    "logs/desktop-2kgm189-2017-system.evtx": (
        (1881, 1, 1881), ["WIN-P4SIAA0SQCO", "DESKTOP-2KGM189"], {"S-1-5-21-2595688666-2948619230-3055395256": 139},
    ),
    "groups/guapos-reinstalled/guapos-2022-09/Windows/System32/winevt/Logs/Security.evtx": (
        (15, 149979, 150034), ["GUAPOS-PC"], {"S-1-5-21-3960598978-2723104146-531989891": 15},
    ),
    "logs/2-vss_7-System.evtx": ((1160, 1, 1422), ["DESKTOP-1N4R894"], {"S-1-5-21-1769714682-2803786108-491265710": 141}),
}  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_states_real_logs(real, name):
    facts, failure = state(event_log_system, EvtxLog(LogFile(real(name).read_bytes())))
    assert failure is None
    span = of(facts, EventLogSpan)[0]
    expected, names, prefixes = REAL[name]
    assert (span.records, span.first_record, span.last_record) == expected
    assert span.restarts == ()
    assert [run.name for run in of(facts, EventComputerName)] == names
    assert {one.prefix: one.records for one in of(facts, EventUserSid)} == prefixes


def test_the_clock_of_a_real_machine_went_back_once_within_setup(real):
    facts, _ = state(event_log_system, EvtxLog(LogFile(real("logs/desktop-2kgm189-2017-system.evtx").read_bytes())))
    span = of(facts, EventLogSpan)[0]
    assert (span.steps_back, span.largest_step_back, span.step_back_at, span.dirty) == (1, 35999, 218, True)
    assert str(span.first_time) == "2017-07-12T17:16:28.2141616Z"


def test_facts_stay_few_in_a_log_of_many_accounts():
    numbers = count(1)
    events = [at(minute, user_sid=f"S-1-5-21-{next(numbers)}-2-3-1001") for minute in range(150)]
    facts, failure = state(event_log_system, log_of(events))
    assert len(of(facts, EventUserSid)) == 100
    assert isinstance(failure, Malformed)
