"""Agents' identifiers in files: as themselves, or as digests."""

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forensic.artifacts.products.agent import AgentId
from forensic.artifacts.products.agent_file import SOURCES, agent_file, configuration_manager_file, ssh_host_key
from forensic.errors import NotFound
from forensic.windows.folder import Folder
from tests.artifacts.reading import member
from tests.builders.file import MemoryFile, MemoryTree, stated

PLAIN = {"Windows/explorer.exe": b"MZ", "Program Files/Common Files/x": b"", "ProgramData/Microsoft/x": b""}
SMSCFG = (
    b"[Configuration - Client Properties]\r\nSID=S-1-5-21-2572574827-1168181077-1292997567\r\nSMS Hardware Identifier 2=002C\r\n"
    b"SMS Unique Identifier=GUID:3358674C-7C33-44F2-8496-1A5D3116F7ED\r\nLast SMSUID Change Date=01/14/2023 16:38:06\r\n"
)
FILES = {
    "Splunk": ("Program Files/SplunkUniversalForwarder/etc/instance.cfg", b"[general]\r\nguid = 8D7B-1\r\n", "8D7B-1"),
    "Velociraptor": ("Program Files/Velociraptor/velociraptor.writeback.yaml", b"private_key: |\n  x\nclient_id: C.1234\n", "C.1234"),
    "Elastic Agent": ("Program Files/Elastic/Agent/fleet.enc", b"\x01\x02secret", None),
    "Filebeat": ("ProgramData/filebeat/meta.json", b'{"uuid":"aaaa-bbbb","first_start":"2020"}', "aaaa-bbbb"),
    "Fleet (osquery, Orbit)": ("Program Files/Orbit/identifier", b"\n4c4c4544\n", "4c4c4544"),
    "Wazuh agent": ("Program Files (x86)/ossec-agent/client.keys", b"001 pc any 0123abcd\n002 x any 44", None),
    "Tailscale": ("ProgramData/Tailscale/server-state.conf", b'{"_machinekey":"cHJpdmtleTo="}', None),
    "ZeroTier": ("ProgramData/ZeroTier/One/identity.public", b"a09acf0233:0:ffff", "a09acf0233"),
    "AnyDesk": ("ProgramData/AnyDesk/system.conf", b"ad.x=1\nad.anynet.id=123456789\n", "123456789"),
    "RustDesk": (
        "Windows/ServiceProfiles/LocalService/AppData/Roaming/RustDesk/config/RustDesk.toml",
        b"enc_id = '00abc'\npassword = ''\n",
        None,
    ),
    "Salt minion": ("salt/conf/pki/minion/minion.pub", b"-----BEGIN PUBLIC KEY-----\nx\n", None),
    "OCS Inventory": ("ProgramData/OCS Inventory NG/Agent/ocsinventory.dat", b"<DEVICEID>PC-2020-01-01</DEVICEID>", "PC-2020-01-01"),
    "FusionInventory Agent": (
        "Program Files/FusionInventory-Agent/var/FusionInventory-Agent.dump",
        b"pst0\x05\x0b\x03\0\0\0\x01\x0a\x19MASTER-2021-02-03-04-05-06\0\0\0\x08deviceid",
        "MASTER-2021-02-03-04-05-06",
    ),
    "FOG client": ("Program Files (x86)/FOG/token.dat", b"\x01\0\0\0sealed", None),
    "Rapid7 Insight Agent": (
        "Program Files/Rapid7/Insight Agent/components/bootstrap/common/bootstrap.cfg",
        b'{"agent_id": "0123456789abcdef0123456789abcdef"}',
        "0123456789abcdef0123456789abcdef",
    ),
}


def agents(files):
    facts, failure = stated(agent_file, Folder(MemoryTree({**PLAIN, **files}), "Windows"))
    return facts, failure


@pytest.mark.parametrize("product", FILES)
def test_states_the_identifier_of_a_product_and_where_it_stands(product):
    path, data, identifier = FILES[product]
    facts, failure = agents({path: data})
    assert failure is None
    (fact,) = facts
    assert fact.value.product == product
    assert fact.value.id == identifier
    assert (fact.value.sha256 is None) == (identifier is not None)
    assert fact.place.file == path
    if identifier is not None:
        assert data[fact.place.offset :].startswith(identifier.encode())


@pytest.mark.parametrize("product", ["Elastic Agent", "Wazuh agent", "Tailscale", "RustDesk", "FOG client"])
def test_a_secret_is_stated_as_a_digest_everywhere(product):
    path, data, _ = FILES[product]
    (fact,), _ = agents({path: data})
    assert fact.raw.sha256 == fact.value.sha256
    for secret in (b"secret", b"0123abcd", b"cHJpdmtleTo=", b"00abc"):
        assert secret.decode() not in str(fact)
        assert secret.hex() not in str(fact)


def test_no_agent_is_not_found():
    facts, failure = agents({})
    assert facts == []
    assert isinstance(failure, NotFound)


def test_a_file_without_its_identifier_is_said_so_and_hides_no_other():
    facts, failure = agents({FILES["Splunk"][0]: b"nothing", FILES["ZeroTier"][0]: FILES["ZeroTier"][1]})
    assert [fact.value.product for fact in facts] == ["ZeroTier"]
    assert isinstance(failure, NotFound)
    assert "no guid in it" in str(failure)


def test_states_the_keys_of_smscfg():
    facts, failure = stated(configuration_manager_file, MemoryFile(SMSCFG * 3, "Windows/SMSCFG.ini"))
    assert failure is None
    assert [(fact.value.name, fact.value.id) for fact in facts] == [
        ("SID", "S-1-5-21-2572574827-1168181077-1292997567"),
        ("SMS Unique Identifier", "GUID:3358674C-7C33-44F2-8496-1A5D3116F7ED"),
        ("Last SMSUID Change Date", "01/14/2023 16:38:06"),
    ]
    assert facts[1].place.offset == SMSCFG.index(b"SMS Unique Identifier")
    assert isinstance(stated(configuration_manager_file, MemoryFile(b"[x]\r\n"))[1], NotFound)


def test_states_the_fingerprint_of_a_host_key():
    blob = b"\0\0\0\x0bssh-ed25519" + bytes(36)
    data = b"ssh-ed25519 " + base64.b64encode(blob) + b" nt authority\\system@PC\r\n"
    facts, failure = stated(ssh_host_key, MemoryFile(data, "ProgramData/ssh/ssh_host_ed25519_key.pub"))
    assert failure is None
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    assert facts[0].value == AgentId("OpenSSH server", "host key ssh-ed25519", f"SHA256:{digest}")


@pytest.mark.parametrize("data", [b"", b"ssh-rsa", b"ssh-rsa !!!", b"\0\xff", b" "])
def test_a_host_key_that_is_none_is_not_found(data):
    assert isinstance(stated(ssh_host_key, MemoryFile(data))[1], NotFound)


@pytest.mark.parametrize("filler", [b" ", b"\n", b"id = '", b'"uuid"', b"<HardwareID>", b"guid ", b'"_machinekey" '])
def test_files_made_to_cost_time_end(filler):
    hostile = filler * ((1 << 20) // len(filler))
    for source in SOURCES:
        path = source.path.replace("%ProgramFiles%", "Program Files").replace("%SystemRoot%", "Windows")
        agents({path: hostile})
    stated(configuration_manager_file, MemoryFile(hostile))


@given(some.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_bytes_end_in_facts_or_in_a_failure_of_evidence(data):
    for path, sound, _ in FILES.values():
        agents({path: data + sound[: len(data) % 20]})
    stated(ssh_host_key, MemoryFile(b"ssh-rsa " + data))
    stated(configuration_manager_file, MemoryFile(b"SID=" + data))


UUID = "c0ffee00-1111-4222-8333-444455556666"


@pytest.mark.parametrize("stored", [b"\x0a$" + UUID.encode(), b"\x0a\x10" + bytes.fromhex(UUID.replace("-", ""))])
def test_glpi_has_a_device_and_an_agent(stored):
    data = b"pst0\x05\x0b\x03\0\0\0\x02\x0a.PC.some-very-long-domain-0-2021-02-03-04-05-06\0\0\0\x08deviceid"
    data += stored + b"\0\0\0\x07agentid"
    facts, failure = agents({"Program Files/GLPI-Agent/var/GLPI-Agent.dump": data})
    assert failure is None
    assert [(fact.value.name, fact.value.id) for fact in facts] == [
        ("deviceid", "PC.some-very-long-domain-0-2021-02-03-04-05-06"),
        ("agentid", UUID),
    ]


@pytest.mark.parametrize("data", [b"", b"pst0", b"\x0a\x05PC-20\0\0\0\x08deviceid", b"agent_id = none", b"\x0a\x10short\0\0\0\x07agentid"])
def test_a_file_of_an_agent_without_an_identifier_states_none(data):
    for path in ("GLPI-Agent/var/GLPI-Agent.dump", "Rapid7/Insight Agent/components/bootstrap/common/bootstrap.cfg"):
        facts, failure = agents({f"Program Files/{path}": data})
        assert (facts, type(failure)) == ([], NotFound)


def test_the_device_of_a_master_names_the_master(real):
    archive, master = real("cases/glpi-device-id.tar"), "GOLDMASTER-2021-02-03-04-05-06"
    names = [f"{product}-Agent/var/{product}-Agent.dump" for product in ("GLPI", "FusionInventory")]
    facts, failure = agents({f"Program Files/{name}": member(archive, name) for name in names})
    assert failure is None
    assert [(fact.value.name, fact.value.id) for fact in facts] == [("deviceid", master), ("agentid", UUID), ("deviceid", master)]
