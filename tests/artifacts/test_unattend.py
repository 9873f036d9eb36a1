"""Answer files: what is stated, and what never is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forensic.artifacts.setup.unattend import UnattendSetting, sysprep_inf, unattend_file
from forensic.errors import Malformed, NotFound
from forensic.windows.folder import Folder
from tests.builders.file import MemoryFile, MemoryTree, stated

XML = """<?xml version="1.0" encoding="utf-8"?>
<unattend xmlns="urn:schemas-microsoft-com:unattend">
  <settings pass="generalize">
    <component name="Microsoft-Windows-PnpSysprep" processorArchitecture="amd64">
      <PersistAllDeviceInstalls>true</PersistAllDeviceInstalls>
      <DoNotCleanUpNonPresentDevices>true</DoNotCleanUpNonPresentDevices>
    </component>
    <component name="Microsoft-Windows-Security-SPP"><SkipRearm>1</SkipRearm></component>
  </settings>
  <settings pass="specialize">
    <component name="Microsoft-Windows-Shell-Setup">
      <ComputerName>PC-&amp;1</ComputerName>
      <ProductKey>AAAAA-BBBBB-CCCCC-DDDDD-EEEEE</ProductKey>
    </component>
    <component name="Microsoft-Windows-UnattendedJoin"><Identification>
      <Credentials><Domain>c</Domain><Password>hunter2</Password><Username>joiner</Username></Credentials>
      <JoinDomain>contoso.local</JoinDomain>
    </Identification></component>
  </settings>
  <settings pass="oobeSystem">
    <component name="Microsoft-Windows-Shell-Setup">
      <UserAccounts><AdministratorPassword><Value>UABhAHMAcw==</Value><PlainText>false</PlainText></AdministratorPassword></UserAccounts>
      <FirstLogonCommands><SynchronousCommand><CommandLine>net user x hunter2</CommandLine></SynchronousCommand></FirstLogonCommands>
    </component>
  </settings>
</unattend>
"""
SECRETS = ("hunter2", "UABhAHMAcw", "AAAAA-BBBBB", "joiner")
INF = """;SetupMgrTag
[Unattended]
    OemPreinstall=No
[GuiUnattended]
    AdminPassword=hunter2
    OemDuplicatorstring = "Master 7"
[UserData]
    ProductKey=AAAAA-BBBBB-CCCCC-DDDDD-EEEEE
    ComputerName=*
[Identification]
    JoinDomain=CONTOSO
    DomainAdmin=joiner
    DomainAdminPassword=hunter2
"""


def answers(files):
    tree = MemoryTree({"Windows/explorer.exe": b"MZ", **files})
    facts, failure = stated(unattend_file, Folder(tree, "Windows"))
    return [fact.value for fact in facts], failure


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_states_the_passes_and_the_settings_that_matter_and_no_secret(encoding):
    found, failure = answers({"Windows/Panther/unattend.xml": XML.replace('encoding="utf-8"', f'encoding="{encoding}"').encode(encoding)})
    assert failure is None
    assert found[0].path == "Windows/Panther/unattend.xml"
    assert found[0].passes == ("generalize", "specialize", "oobeSystem")
    assert found[0].settings == (
        UnattendSetting("PersistAllDeviceInstalls", "true", "generalize", "Microsoft-Windows-PnpSysprep"),
        UnattendSetting("DoNotCleanUpNonPresentDevices", "true", "generalize", "Microsoft-Windows-PnpSysprep"),
        UnattendSetting("SkipRearm", "1", "generalize", "Microsoft-Windows-Security-SPP"),
        UnattendSetting("ComputerName", "PC-&1", "specialize", "Microsoft-Windows-Shell-Setup"),
        UnattendSetting("JoinDomain", "contoso.local", "specialize", "Microsoft-Windows-UnattendedJoin"),
    )
    assert not any(secret in str(found) for secret in SECRETS)


def test_finds_answer_files_in_all_usual_folders():
    places = [
        "Autounattend.xml",
        "Windows/Panther/unattend.xml",
        "Windows/Panther/Unattend/Unattend-original.xml",
        "Windows/System32/Sysprep/unattend.xml",
        "Windows/System32/Sysprep/Panther/unattend.xml",
    ]
    found, failure = answers(dict.fromkeys([*places, "Windows/unattend.xml", "Windows/Panther/other.xml"], XML.encode()))
    assert failure is None
    assert [one.path for one in found] == places


def test_no_answer_file_is_not_found():
    found, failure = answers({})
    assert found == []
    assert isinstance(failure, NotFound)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<unattend>",
        b"<other/>",
        b"<?xml version='1.0' encoding='made-up'?><unattend/>",
        b"<?xml version='1.0' encoding='shift_jis'?><unattend/>",
        b"\xff\xfe<\0",
        b"<!DOCTYPE u [<!ENTITY a 'b'>]><unattend>&a;</unattend>",
        b"<!DOCTYPE u [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><unattend>&a;</unattend>",
        b"<a>" * 1000,
        b"<unattend>" + b"<x>" * 100 + b"</x>" * 100 + b"</unattend>",
        b" " * (5 << 20),
    ],
)
def test_what_is_no_answer_file_is_malformed_and_hides_no_other(data):
    found, failure = answers({"Windows/Panther/unattend.xml": data, "Windows/System32/Sysprep/unattend.xml": XML.encode()})
    assert [one.path for one in found] == ["Windows/System32/Sysprep/unattend.xml"]
    assert isinstance(failure, Malformed)


def test_entities_that_grow_are_refused_at_once():
    bomb = "<!DOCTYPE u [<!ENTITY a0 'x'>" + "".join(f"<!ENTITY a{n + 1} '{f'&a{n};' * 10}'>" for n in range(30)) + "]>"
    _, failure = answers({"unattend.xml": f"{bomb}<unattend><ComputerName>&a30;</ComputerName></unattend>".encode()})
    assert isinstance(failure, Malformed)


def test_very_many_settings_and_files_are_bounded():
    many = b"<unattend><settings pass='generalize'>" + b"<SkipRearm>1</SkipRearm>" * 50_000 + b"</settings></unattend>"
    found, _ = answers({"unattend.xml": many})
    assert len(found[0].settings) == 1_000
    found, failure = answers({f"unattend{number}.xml": XML.encode() for number in range(150)})
    assert len(found) == 100
    assert isinstance(failure, Malformed)


@pytest.mark.parametrize("encoding", ["ascii", "utf-16"])
def test_states_sysprep_inf_without_its_secrets(encoding):
    facts, failure = stated(sysprep_inf, MemoryFile(INF.encode(encoding), "sysprep/sysprep.inf"))
    assert failure is None
    assert facts[0].value.passes == ("Unattended", "GuiUnattended", "UserData", "Identification")
    assert facts[0].value.settings == (
        UnattendSetting("OemPreinstall", "No", "Unattended"),
        UnattendSetting("OemDuplicatorstring", "Master 7", "GuiUnattended"),
        UnattendSetting("ComputerName", "*", "UserData"),
        UnattendSetting("JoinDomain", "CONTOSO", "Identification"),
    )
    assert not any(secret in str(facts) for secret in SECRETS)


def test_a_sysprep_inf_that_is_too_large_is_malformed():
    assert isinstance(stated(sysprep_inf, MemoryFile(b" " * (1 << 20)))[1], Malformed)


@given(some.binary(max_size=40), some.integers(0, 2000))
@settings(max_examples=150, deadline=None)
def test_any_damage_ends_in_facts_or_in_a_failure_of_evidence(noise, at):
    data = XML.encode()
    answers({"unattend.xml": data[:at] + noise + data[at + len(noise) :]})
    stated(sysprep_inf, MemoryFile(noise + INF.encode()[at // 10 :]))
