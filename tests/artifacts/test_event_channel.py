"""Further event logs."""

import pytest

from forensic.artifacts.declaration import ARTIFACTS, OTHER_CHANNELS, load
from forensic.artifacts.logs.event_channel import event_log_other
from forensic.artifacts.logs.event_log import EventComputerName, EventLogSpan
from forensic.eventlog.evtx import EvtxLog
from forensic.windows.event_log import open_log
from tests.artifacts.test_event_log import at, of, state
from tests.builders.event_log import evtx
from tests.unit.test_event_log import LogFile


def test_every_channel_that_matters_has_an_artifact():
    channels = {artifact.path for artifact in load() if artifact.name.startswith("event-log-") and "cleared" not in artifact.name}
    assert {"System", "Security", "Application", "Setup", "Microsoft-Windows-Kernel-PnP/Configuration"} <= channels
    assert len(channels) == 15


def test_any_other_log_is_stated_under_the_channel_it_was_opened_as():
    log = open_log(LogFile(evtx([at(0), at(1)])), "Contoso/Operational")
    facts, failure = state(event_log_other, log)
    assert failure is None
    assert [(one.channel, one.records) for one in of(facts, EventLogSpan)] == [("Contoso/Operational", 2)]
    assert [one.name for one in of(facts, EventComputerName)] == ["DESK-1"]


@pytest.mark.parametrize("name", ["event-log-sysmon", "event-log-remote-connections", "event-log-terminal-sessions"])
def test_a_named_channel_is_stated_under_its_name(name):
    load()
    (one,) = [declared for declared in ARTIFACTS if declared.name == name]
    facts, _ = state(one.read, EvtxLog(LogFile(evtx([at(0)]))))
    assert {fact.value.channel for fact in facts} == {one.path}
    assert one.path != OTHER_CHANNELS
