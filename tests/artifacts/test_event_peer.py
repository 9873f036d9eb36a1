"""Peers: other computers that events name."""

import pytest

from forensic.artifacts.logs.event_peer import (
    PEER_LIMIT,
    EventPeer,
    event_peer_logons,
    event_peer_remote_connections,
    event_peer_sessions,
)
from forensic.eventlog.evtx import EvtxLog
from forensic.model import FileTime
from tests.artifacts.test_event_log import state
from tests.builders.event_log import Logged, evtx
from tests.builders.world import MINUTE
from tests.unit.test_event_log import LogFile

NOON = FileTime.from_iso("2021-03-02T12:00:00Z")
SESSIONS = "Microsoft-Windows-TerminalServices-LocalSessionManager"
CONNECTIONS = "Microsoft-Windows-TerminalServices-RemoteConnectionManager"


def values(read, *events):
    facts, failure = state(read, EvtxLog(LogFile(evtx(list(events)))))
    assert failure is None
    return [fact.value for fact in facts]


def connected(minute, user, domain, address, number=1149):
    data = {"Param1": user, "Param2": domain, "Param3": address}
    return Logged(number, FileTime(NOON + minute * MINUTE), CONNECTIONS, "PC-1", data=data, user_data="EventXML")


def session(minute, address, number=21):
    data = {"User": "PC-1\\ann", "SessionID": "2", "Address": address}
    return Logged(number, FileTime(NOON + minute * MINUTE), SESSIONS, "PC-1", data=data, user_data="EventXML")


def logon(minute, name, address, computer="PC-1"):
    data = {"TargetUserName": "ann", "TargetDomainName": "PC-1", "WorkstationName": name, "IpAddress": address}
    return Logged(4624, FileTime(NOON + minute * MINUTE), "Microsoft-Windows-Security-Auditing", computer, data=data)


def test_states_whence_remote_desktops_came_the_commonest_first():
    found = values(
        event_peer_remote_connections,
        connected(0, "ann", "CORP", "10.0.0.9"), connected(1, "bob", "", "10.0.0.7"), connected(2, "ann", "CORP", "10.0.0.9"),
        connected(3, "ann", "CORP", "10.0.0.1", number=261),
    )  # fmt: skip
    channel = f"{CONNECTIONS}/Operational"
    assert found == [
        EventPeer(channel, "10.0.0.9", None, "CORP\\ann", 2, 1, NOON, FileTime(NOON + 2 * MINUTE)),
        EventPeer(channel, "10.0.0.7", None, "bob", 1, 2, FileTime(NOON + MINUTE), FileTime(NOON + MINUTE)),
    ]


def test_a_session_at_the_computer_itself_has_no_peer():
    found = values(event_peer_sessions, session(0, "LOCAL"), session(1, "192.168.1.5", 25), session(2, "", 24))
    assert [(one.address, one.user) for one in found] == [("192.168.1.5", "PC-1\\ann")]


@pytest.mark.parametrize(
    ("name", "address", "peer"),
    [
        ("IEWIN7", "10.0.0.4", ("10.0.0.4", "IEWIN7")),
        ("-", "10.0.0.4", ("10.0.0.4", None)),
        ("PC-1", "127.0.0.1", None),
        ("pc-1", "-", None),
        ("", "::1", None),
        ("PC-9", "-", (None, "PC-9")),
    ],
)
def test_states_whence_logons_came(name, address, peer):
    found = values(event_peer_logons, logon(0, name, address))
    assert [(one.address, one.name) for one in found] == ([] if peer is None else [peer])


def test_a_former_name_is_a_peer_unless_setup_gave_it():
    """The computer that kept the name may be the one of which this is a copy."""
    found = values(
        event_peer_logons,
        logon(0, "-", "-", "IEWIN7"), logon(1, "-", "-", "WIN-ABC"), logon(2, "IEWIN7", "-"), logon(3, "WIN-ABC", "-"),
        logon(4, "WIN-XYZ", "-"),
    )  # fmt: skip
    assert [one.name for one in found] == ["IEWIN7", "WIN-XYZ"]


def test_peers_are_bounded(monkeypatch):
    assert len(values(event_peer_logons, *(logon(minute, f"PC-{minute + 100}", "-") for minute in range(PEER_LIMIT + 10)))) == PEER_LIMIT
