"""VMware's guest customization, by its log."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forensic.artifacts.setup import guest_customization as module
from forensic.artifacts.setup.guest_customization import GuestCustomization, guest_customization
from forensic.errors import Malformed, NotFound
from forensic.model import LocalTime
from tests.builders.file import MemoryFile, stated

INVOKED = "2024-05-15 18:52:45 GuestCustUtil invoked.\r\n"
PARAMETERS = '2024-05-15 18:52:46 Params: customize -sealparam "/quiet /generalize /oobe /reboot /unattend:C:\\x.xml" -password hunter2\r\n'
SEALED = GuestCustomization(LocalTime("2024-05-15T18:52:46.0000000"), "customize", ("quiet", "generalize", "oobe", "reboot", "unattend"))


def read(text):
    facts, failure = stated(guest_customization, MemoryFile(text if isinstance(text, bytes) else text.encode()))
    return facts, failure


def test_a_call_is_stated_with_what_sysprep_was_told_and_no_more():
    facts, failure = read("x\r\n" + INVOKED + PARAMETERS + "Checking for Windows Sysprep Respecialize operation\r\n")
    assert failure is None
    assert [fact.value for fact in facts] == [SEALED]
    assert facts[0].raw == b"Params: customize".hex()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (INVOKED, [GuestCustomization(LocalTime("2024-05-15T18:52:45.0000000"))]),
        ("GuestCustUtil invoked.\n", [GuestCustomization()]),
        (INVOKED + "Params: customize\n", [GuestCustomization(LocalTime("2024-05-15T18:52:45.0000000"), "customize")]),
        (INVOKED + INVOKED + PARAMETERS, [GuestCustomization(LocalTime("2024-05-15T18:52:45.0000000")), SEALED]),
        (PARAMETERS.replace(" 18:", "T18:"), [SEALED]),
        (PARAMETERS.replace("2024-05", "2024-55"), [GuestCustomization(None, SEALED.operation, SEALED.options)]),
    ],
)
def test_calls_without_parameters_or_time_are_stated_too(text, values):
    facts, failure = read(text)
    assert ([fact.value for fact in facts], failure) == (values, None)


@pytest.mark.parametrize("text", ["", "nothing\r\n", "\0" * 100])
def test_a_log_without_a_call_is_not_found(text):
    facts, failure = read(text)
    assert (facts, type(failure)) == ([], NotFound)


def test_calls_without_end_are_bounded(monkeypatch):
    monkeypatch.setattr(module, "RUN_LIMIT", 2)
    facts, failure = read(INVOKED * 10)
    assert (len(facts), type(failure)) == (4, Malformed)


@given(some.integers(0, 150), some.binary(max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_damage_ends_in_facts_or_in_a_failure_of_evidence(at, noise):
    data = (INVOKED + PARAMETERS).encode()
    read(data[:at] + noise + data[at + len(noise) :])
