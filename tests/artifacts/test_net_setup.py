"""Joins and renames by NetSetup.LOG."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forensic.artifacts.network import net_setup
from forensic.artifacts.network.net_setup import NetworkSetup, network_setup
from forensic.errors import Malformed
from forensic.model import LocalTime
from tests.builders.file import MemoryFile, stated

T = "03/06/2025 11:29:05:537 "
WHEN = LocalTime("2025-03-06T11:29:05.5370000")
RULE = T + "-" * 65 + "\r\n"


def lines(*texts):
    return RULE + "".join(f"{T}{text}\r\n" for text in texts)


WORKGROUP = lines(
    "NetpDoDomainJoin",
    "NetpDoDomainJoin: using new computer names",
    "NetpDoDomainJoin: NetpGetNewMachineName returned 0x0",
    "NetpMachineValidToJoin: 'WIN-1234'",
    "NetpMachineValidToJoin: status: 0x0",
    "NetpJoinWorkgroup: joining computer 'WIN-1234' to workgroup 'WORKGROUP'",
    "NetpJoinWorkgroup: status:  0x0",
    "NetpDoDomainJoin: status: 0x0",
)
DOMAIN = lines(
    "NetpDoDomainJoin",
    "NetpMachineValidToJoin: 'PC8'",
    "  OS Version: 10.0",
    "NetpJoinDomain",
    "\tHostName: PC8",
    "\tNetbiosName: PC8",
    "\tDomain: contoso.local",
    "\tMachineAccountOU: (NULL)",
    "\tAccount: contoso\\secretadmin",
    "NetpDsGetDcName: trying to find DC in domain 'contoso.local', flags: 0x40001010",
    "NetpDoDomainJoin: status: 0x534",
)
RENAME = lines(
    "NetpChangeMachineName: from 'OLD' to 'NEW' using 'ADATUM.COM\\user' [0x2]",
    "NetpChangeMachineName: using DnsHostnameToComputerNameEx",
    "NetpChangeMachineName: status of connecting to  dc '\\\\DC1': 0x0",
)


def changes(text):
    data = text.encode() if isinstance(text, str) else text
    facts, failure = stated(network_setup, MemoryFile(data, "Windows/debug/NetSetup.LOG"))
    return [fact.value for fact in facts], failure


def test_states_a_join_of_a_workgroup():
    assert changes(WORKGROUP) == ([NetworkSetup("join-workgroup", WHEN, "WIN-1234", None, "WORKGROUP", 0)], None)


def test_states_a_join_of_a_domain_with_its_error_and_without_the_account():
    found, failure = changes(DOMAIN)
    assert failure is None
    assert found == [NetworkSetup("join-domain", WHEN, "PC8", None, "contoso.local", 0x534)]
    assert "secretadmin" not in str(found)


def test_a_join_in_the_form_of_older_releases_is_read_too():
    text = DOMAIN.replace("\tHostName: PC8", "\tMachine: PC8").replace("NetpMachineValidToJoin: 'PC8'", "x")
    assert changes(text)[0][0].computer == "PC8"


def test_states_a_rename_and_what_follows_it():
    assert changes(RENAME + WORKGROUP)[0] == [
        NetworkSetup("rename", WHEN, "NEW", "OLD"),
        NetworkSetup("join-workgroup", WHEN, "WIN-1234", None, "WORKGROUP", 0),
    ]


def test_a_rename_to_the_same_name_is_an_update_of_the_account():
    assert changes(RENAME.replace("'OLD'", "'new'"))[0] == [NetworkSetup("account-update", WHEN, "NEW", "new")]


def test_states_an_unjoin():
    assert changes(lines("NetpUnJoinDomain: unjoin from 'contoso' using '(null)'", "NetpUnJoinDomain: status: 0x0"))[0] == [
        NetworkSetup("unjoin", WHEN, status=0)
    ]


def test_a_join_that_was_cut_off_is_stated_without_a_status():
    assert changes(lines("NetpDoDomainJoin", "NetpMachineValidToJoin: 'A'") + WORKGROUP)[0][0] == NetworkSetup("join", WHEN, "A")


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"nothing here\n"])
def test_a_log_without_changes_states_none(data):
    assert changes(data) == ([], None)


def test_reads_utf_16_alike():
    assert changes((WORKGROUP + DOMAIN).encode("utf-16")) == changes(WORKGROUP + DOMAIN)


def test_very_many_lines_are_bounded(monkeypatch):
    monkeypatch.setattr(net_setup, "LINE_COUNT_LIMIT", 1_000)
    found, failure = changes(WORKGROUP * 300)
    assert isinstance(failure, Malformed)
    assert 100 < len(found) < 300


@given(some.binary(max_size=60), some.integers(0, 2000))
@settings(max_examples=200, deadline=None)
def test_any_damage_ends_in_facts_or_in_a_failure_of_evidence(noise, at):
    data = (WORKGROUP + DOMAIN + RENAME).encode()
    changes(data[:at] + noise + data[at + len(noise) // 2 :])
