import hashlib
import json

from forensic.artifacts.products.agent import AgentId
from forensic.artifacts.products.agent_registry import (
    SERVICE_SOURCES,
    SOFTWARE_SOURCES,
    SYSTEM_SOURCES,
    agent_registry,
    agent_registry_service,
    agent_registry_system,
)
from forensic.errors import Malformed, NotFound
from forensic.model.codec import to_builtins
from tests.artifacts.reading import member, open_hive, open_real, state
from tests.builders.hive import REG_BINARY, REG_DWORD, REG_MULTI_SZ, REG_SZ, HiveBuilder

ID = "{57EAB7BA-1D37-4E1C-B3D8-4C9D0F5F0A11}"


def stated(*values, read=agent_registry):
    hive = HiveBuilder()
    for path, name, kind, data in values:
        hive.value(path, name, kind, data)
    facts, failure = state(read, open_hive(hive), "")
    return [fact.value for fact in facts], failure, json.dumps(to_builtins(facts))


def test_identifiers_of_both_views_are_stated():
    found, failure, _ = stated(
        (r"Network Associates\ePolicy Orchestrator\Agent", "AgentGUID", REG_SZ, ID),
        (r"Wow6432Node\Tanium\Tanium Client", "ComputerID", REG_DWORD, 1234567),
    )
    assert failure is None
    assert found == [AgentId("McAfee or Trellix Agent", "AgentGUID", ID), AgentId("Tanium Client", "ComputerID", "1234567")]


def test_keys_are_stated_as_digests_only():
    key = b"private key material"
    found, _, text = stated((r"Sophos\Messaging System\Router\Private", "pkp", REG_BINARY, key))
    assert found == [AgentId("Sophos messaging router", "pkp", sha256=hashlib.sha256(key).hexdigest())]
    assert key.hex() not in text


def test_velociraptor_in_the_registry_is_stated_without_its_key():
    path = r"Velocidex\Velociraptor"
    found, failure, text = stated((path, "ClientId", REG_SZ, "C.1352adc54e292a23"), (path, "PrivateKey", REG_SZ, "-----BEGIN RSA"))
    assert failure is None
    assert [(one.name, one.id is None) for one in found] == [("ClientId", False), ("PrivateKey", True)]
    assert "BEGIN RSA" not in text
    assert "BEGIN RSA".encode("utf-16-le").hex() not in text


def test_the_agent_of_a_master_with_desired_state_configuration_is_stated(real):
    hive = member(real("cases/master-dsc-agentid.tar"), "config/SOFTWARE")
    facts, failure = state(agent_registry, open_hive(hive), "")
    assert failure is None
    assert [fact.value for fact in facts] == [
        AgentId("PowerShell Desired State Configuration", "AgentId", "9E9F7C4A-2D11-11EC-8C5B-00155D010203")
    ]


def test_other_data_are_stated_as_hex():
    path = SYSTEM_SOURCES[0].path
    found, _, _ = stated((path, "AG", REG_BINARY, bytes(range(16))), read=agent_registry_system)
    assert found == [AgentId("CrowdStrike Falcon", "AG", bytes(range(16)).hex())]


def test_identifiers_in_the_keys_of_services_are_stated():
    hive = HiveBuilder()
    hive.value(r"ControlSet001\Services\CSAgent\Sim", "AG", REG_BINARY, bytes(range(16)))
    (fact,), failure = state(agent_registry_service, open_hive(hive), r"ControlSet001\Services")
    assert (fact.value, failure) == (AgentId("CrowdStrike Falcon", "AG", bytes(range(16)).hex()), None)


def test_values_that_were_emptied_before_copying_are_not_found():
    found, failure, _ = stated(
        (r"Tanium\Tanium Client", "ComputerID", REG_DWORD, 0),
        (r"Altiris\Altiris Agent", "MachineGuid", REG_SZ, "{00000000-0000-0000-0000-000000000000}"),
        (r"Microsoft\Windows Advanced Threat Protection", "senseGuid", REG_SZ, ""),
    )
    assert (found, isinstance(failure, NotFound)) == ([], True)


def test_a_value_of_another_type_is_stated_as_it_is_stored_and_a_damaged_number_is_a_gap():
    found, failure, _ = stated(
        (r"Altiris\Altiris Agent", "MachineGuid", REG_MULTI_SZ, ["a"]), (r"Tanium\Tanium Client", "ComputerID", REG_DWORD, b"\1\2\3")
    )
    assert found == [AgentId("Altiris Agent", "MachineGuid", "610000000000")]
    assert isinstance(failure, Malformed)


def test_no_row_occurs_twice():
    rows = [(source.path.lower(), source.value.lower()) for source in (*SOFTWARE_SOURCES, *SYSTEM_SOURCES, *SERVICE_SOURCES)]
    assert len(set(rows)) == len(rows)


def test_a_real_machine_without_agents_is_not_found(real):
    assert isinstance(state(agent_registry_system, open_real(real("hives/regipy/SYSTEM_WIN_10_1709")), "")[1], NotFound)
