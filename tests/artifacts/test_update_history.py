"""What the update agent logged."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forensic.artifacts.setup import update_history as module
from forensic.artifacts.setup.update_history import UpdateClient, UpdateHistory, update_client, update_history
from forensic.errors import Malformed, NotFound
from forensic.model import FileTime, Guid, LocalTime
from tests.builders.file import MemoryFile, stated

FIRST, LAST = "023764A7-9115-43D9-966E-18496EE41A09", "96655A05-A1D9-450B-8A1A-FBFE75A860C3"


def event(guid, time):
    zero = "{00000000-0000-0000-0000-000000000000}"
    return f"{{{guid}}}\t{time}\t1\t147\t101\t{zero}\t0\t0\tAutomaticUpdates\tSuccess\tSoftware Synchronization\tDone.\r\n"


EVENTS = event(FIRST, "2013-01-27 10:55:33:171+0100") + event(LAST, "2013-02-01 00:10:00:000-0830")
CLIENT = "5f3f359e-9d52-4566-9bec-37efdfb25abe"


def cookie(client, name, day="04"):
    return (
        f"2017-05-{day}\t18:00:07:807\t1676\t117c\tPT\tInitializing simple targeting cookie, "
        f"clientId = {client}, target group = special-01, DNS name = {name}\r\n"
    )


def read(artifact, text):
    data = text.encode() if isinstance(text, str) else text
    facts, failure = stated(artifact, MemoryFile(data, "Windows/x.log"))
    return [fact.value for fact in facts], failure


@pytest.mark.parametrize("encoding", ["ascii", "utf-16"])
def test_states_the_oldest_and_the_newest_event_in_utc(encoding):
    found, failure = read(update_history, EVENTS.encode(encoding))
    assert failure is None
    assert found == [
        UpdateHistory(
            FileTime.from_iso("2013-01-27T09:55:33.1710000Z"),
            FileTime.from_iso("2013-02-01T08:40:00.0000000Z"),
            Guid(FIRST.lower()),
            Guid(LAST.lower()),
        )
    ]


def test_an_event_with_a_time_that_is_none_keeps_its_identifier():
    found, _ = read(update_history, event(FIRST, "2013-13-27 10:55:33:171+0100"))
    assert (found[0].first, found[0].first_event) == (None, Guid(FIRST.lower()))


@pytest.mark.parametrize("data", [b"", b"{not an event}\t\n", b"\0" * 1000])
def test_a_log_without_events_is_not_found(data):
    found, failure = read(update_history, data)
    assert found == []
    assert isinstance(failure, NotFound)


def test_states_each_pair_of_client_and_name_once_with_its_span():
    found, failure = read(update_client, cookie(CLIENT, "old.contoso.com") + cookie(CLIENT, "OLD.contoso.com", "05") + cookie("", "new"))
    assert failure is None
    assert found == [
        UpdateClient(
            Guid(CLIENT),
            "old.contoso.com",
            "special-01",
            LocalTime("2017-05-04T18:00:07.8070000"),
            LocalTime("2017-05-05T18:00:07.8070000"),
        ),
        UpdateClient(None, "new", "special-01", LocalTime("2017-05-04T18:00:07.8070000"), LocalTime("2017-05-04T18:00:07.8070000")),
    ]


def test_a_log_without_clients_states_none():
    assert read(update_client, "2017-05-04\t18:00:07:807\t1676\t117c\tPT\tother\r\n") == ([], None)


def test_very_many_clients_are_bounded(monkeypatch):
    monkeypatch.setattr(module, "_LINE_COUNT_LIMIT", 3_000)
    found, failure = read(update_client, "".join(cookie(CLIENT, f"pc{number}") for number in range(2_000)) + cookie(CLIENT, "x") * 2_000)
    assert len(found) == 1_000
    assert isinstance(failure, Malformed)


@given(some.binary(max_size=60), some.integers(0, 600))
@settings(max_examples=200, deadline=None)
def test_any_damage_ends_in_facts_or_in_a_failure_of_evidence(noise, at):
    data = (EVENTS + cookie(CLIENT, "pc")).encode()
    data = data[:at] + noise + data[at + len(noise) // 2 :]
    read(update_history, data)
    read(update_client, data)
