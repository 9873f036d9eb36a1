"""Release and time zone in the system log."""

import pytest

from forensic.artifacts.logs.event_system import EventRelease, EventTimeZone, event_release, event_time_zone
from forensic.errors import Malformed
from forensic.eventlog.evt import EvtLog
from forensic.eventlog.evtx import EvtxLog
from forensic.model import FileTime
from tests.artifacts.test_event_log import state
from tests.builders.event_log import Logged, evt, evtx
from tests.builders.world import MINUTE
from tests.unit.test_event_log import LogFile

NOON = FileTime.from_iso("2021-03-02T12:00:00Z")


def at(minute):
    return FileTime(NOON + minute * MINUTE)


def uptime(minute, zone="-60 W. Europe Standard Time", product="Windows 10 Pro", build="10.0.19045 Build 19045"):
    binary = f"1.1\0000\000{product}\000{build}\000Multiprocessor Free\000".encode("utf-16-le").hex()
    data = {**{str(number): "" for number in range(1, 5)}, "5": "14", "6": "60", "7": zone, "Binary": binary}
    return Logged(6013, at(minute), data=data)


def version(minute, *texts):
    return Logged(6009, at(minute), data=list(texts))


def start(minute, **data):
    return Logged(12, at(minute), "Microsoft-Windows-Kernel-General", data=data)


def stated(read, *events, form=evtx):
    facts, failure = state(read, (EvtxLog if form is evtx else EvtLog)(LogFile(form(list(events)))))
    return [fact.value for fact in facts], failure


def test_states_the_product_that_was_running():
    found, failure = stated(event_release, version(0, "10.00.", "19045", "", "Multiprocessor Free"), uptime(1), uptime(5))
    assert failure is None
    assert found == [EventRelease("10.0", "19045", "Windows 10 Pro", 1, NOON, at(5))]


def test_an_upgrade_is_two_releases():
    found, _ = stated(event_release, version(0, "6.01.", "7601"), start(1, MajorVersion="10", MinorVersion="0", BuildVersion="19041"))
    assert [(one.version, one.build, one.first_time) for one in found] == [("6.1", "7601", NOON), ("10.0", "19041", at(1))]


def test_states_the_release_of_an_old_log():
    found, failure = stated(event_release, version(0, "5.01.", "2600", "Service Pack 3", "Uniprocessor Free"), form=evt)
    assert (found, failure) == ([EventRelease("5.1", "2600", None, 1, NOON, NOON)], None)


@pytest.mark.parametrize(
    "event",
    [
        version(0, "strange", "2600"),
        version(0, "5.01.", "two"),
        version(0),
        start(0, MajorVersion="10"),
        start(0, MajorVersion="10", MinorVersion="x", BuildVersion="1"),
    ],
)
def test_what_is_no_version_is_malformed(event):
    found, failure = stated(event_release, event, version(1, "6.01.", "7601"))
    assert [one.build for one in found] == ["7601"]
    assert isinstance(failure, Malformed)


@pytest.mark.parametrize("binary", ["", "zz", "41", "4100420043004400"])
def test_binary_data_of_another_shape_names_no_release(binary):
    event = uptime(0)
    event.data["Binary"] = binary
    assert stated(event_release, event) == ([], None)


def test_states_each_change_of_the_time_zone():
    found, failure = stated(event_time_zone, uptime(0, "480 Pacific Standard Time"), uptime(1), uptime(2), uptime(9, "-60"))
    assert failure is None
    assert found == [
        EventTimeZone("Pacific Standard Time", 480, 1, NOON, NOON),
        EventTimeZone("W. Europe Standard Time", -60, 2, at(1), at(2)),
        EventTimeZone(None, -60, 4, at(9), at(9)),
    ]


@pytest.mark.parametrize("zone", ["", "Pacific Standard Time", "99999 x"])
def test_what_is_no_time_zone_is_none(zone):
    assert stated(event_time_zone, uptime(0, zone)) == ([], None)


REAL = {
    "machines/win10-rathbun/Logs/System.evtx": ({"19041": None, "19043": "Windows 10 Pro"}, [480, 300]),
    "machines/win10-belkasoft/Logs/System.evtx": ({"17763": "Windows 10 Enterprise LTSC 2019"}, [480, 360]),
    "logs/wks-winxp32bit-SysEvent.Evt": ({"2600": None}, None),
}


@pytest.mark.parametrize("name", REAL)
def test_states_real_logs(real, name):
    releases, zones = REAL[name]
    log = (EvtLog if name.endswith("Evt") else EvtxLog)(LogFile(real(name).read_bytes()))
    facts, failure = state(event_release, log)
    assert failure is None
    assert {fact.value.build: fact.value.product for fact in facts} == releases
    if zones is not None:
        assert [fact.value.bias for fact in state(event_time_zone, log)[0]] == zones
