"""Reported duplicates, and client machine ids of KMS."""

import pytest

from forensic.artifacts.logs import event_conflict
from forensic.artifacts.logs.event_conflict import (
    EventIdentityConflict,
    EventKmsClient,
    event_dtc_conflict,
    event_kms_client,
    event_kms_host,
    event_machine_id_conflict,
)
from forensic.errors import Malformed
from forensic.eventlog.evtx import EvtxLog
from forensic.model import FileTime
from tests.artifacts.test_event_log import state
from tests.builders.event_log import Logged, evtx
from tests.unit.test_event_log import LogFile

NOON = FileTime.from_iso("2025-10-02T12:00:00Z")
MINUTE = 60 * 10_000_000
CMID, OTHER = "4f3f1b6e-2b2d-4d57-9f0c-7d8d4f0f1a11", "9a1c2d3e-0000-4444-8888-123456789abc"
SKU = "73111121-5638-40f6-bc11-f1d7b0d64300"


def log_of(events):
    return EvtxLog(LogFile(evtx(events)))


def at(minutes):
    return FileTime(NOON + minutes * MINUTE)


@pytest.mark.parametrize(
    ("read", "identity", "number", "provider"),
    [(event_machine_id_conflict, "machine-id", 6167, "LsaSrv"), (event_dtc_conflict, "dtc-cid", 4101, "Microsoft-Windows-MSDTC Client 2")],
)
def test_states_a_reported_duplicate_once(read, identity, number, provider):
    events = [Logged(number, at(minute), provider, data=["partial mismatch"]) for minute in (0, 3, 7)]
    facts, failure = state(read, log_of([Logged(7036, at(0)), *events]))
    assert failure is None
    assert [fact.value for fact in facts] == [EventIdentityConflict(identity, provider, number, 3, 2, 4, at(0), at(7))]


def test_the_same_numbers_of_other_sources_say_nothing():
    log = log_of([Logged(6167, NOON, "Another"), Logged(4101, NOON, "Display"), Logged(12288, NOON, "VSS", data=[CMID])])
    assert [state(read, log) for read in (event_machine_id_conflict, event_dtc_conflict, event_kms_client)] == [([], None)] * 3


def test_states_the_client_machine_ids_with_which_this_machine_asked():
    def asked(minute, cmid):
        text = f"0x00000000, 0x00000000, kms.corp.example:1688, {cmid}, 2025/10/02 12:00, 0, 1, 43200, {SKU}"
        return Logged(12288, at(minute), "Microsoft-Windows-Security-SPP", data=[text])

    facts, failure = state(event_kms_client, log_of([asked(0, CMID), asked(1, CMID.upper()), asked(2, OTHER), asked(3, "")]))
    assert isinstance(failure, Malformed)
    assert [fact.value for fact in facts] == [
        EventKmsClient(CMID, "client", 2, 1, 2, at(0), at(1)),
        EventKmsClient(OTHER, "client", 1, 3, 3, at(2), at(2)),
    ]


def test_states_the_ids_of_the_clients_that_asked_a_host():
    log = log_of([Logged(12290, at(0), "Key Management Service", data=[f"0x0,5,desk-1.corp.example,{CMID},2025/10/2 12:00,0,2,0,{SKU}"])])
    assert [fact.value for fact in state(event_kms_host, log)[0]] == [EventKmsClient(CMID, "host", 1, 1, 1, at(0), at(0))]


def test_decoded_events_are_bounded_and_the_gap_says_so(monkeypatch):
    monkeypatch.setattr(event_conflict, "DECODE_LIMIT", 1)
    log = log_of([Logged(12290, at(0), "Key Management Service", data=[f"0x0,5,desk,{CMID}"]) for _ in range(3)])
    facts, failure = state(event_kms_host, log)
    assert [fact.value.count for fact in facts] == [1]
    assert "3 such events" in str(failure)


@pytest.mark.parametrize("machine", ["rathbun", "belkasoft"])
def test_real_machines_report_no_duplicate(real, machine):
    log = EvtxLog(LogFile(real(f"machines/win10-{machine}/Logs/System.evtx").read_bytes()))
    assert state(event_machine_id_conflict, log) == ([], None)
    log = EvtxLog(LogFile(real(f"machines/win10-{machine}/Logs/Application.evtx").read_bytes()))
    assert state(event_dtc_conflict, log) == state(event_kms_client, log) == ([], None)
