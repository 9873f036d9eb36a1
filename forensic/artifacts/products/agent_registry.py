r"""Agents' identifiers that lie in the registry, by one table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

from forensic.artifacts.declaration import artifact
from forensic.artifacts.known_values.default import EMPTY_GUIDS
from forensic.artifacts.optional_values import Deferred
from forensic.artifacts.products.agent import AGENT_ID, AgentId, state_secret
from forensic.errors import NotFound
from forensic.model import Basis, Fact

if TYPE_CHECKING:
    from forensic.registry.key import Key
    from forensic.registry.value import Value


class Source(NamedTuple):
    """One row of the table: an identifier in a value."""

    product: str
    path: str
    r"""Of the key; in SOFTWARE looked for below `Wow6432Node` too."""
    value: str
    basis: Basis
    how: Literal["id", "secret"] = "id"


_S, _U = Basis.SOURCED, Basis.UNVERIFIED

SOFTWARE_SOURCES = (
    Source("McAfee or Trellix Agent", r"Network Associates\ePolicy Orchestrator\Agent", "AgentGUID", _S),
    Source("McAfee or Trellix Agent", r"McAfee\Agent", "AgentGUID", _U),
    Source("Symantec Endpoint Protection", r"Symantec\Symantec Endpoint Protection\SMC\SYLINK\SyLink", "HardwareID", _S),
    Source("Symantec Endpoint Protection", r"Symantec\Symantec Endpoint Protection\SMC\SYLINK\SyLink", "HostGUID", _S),
    Source("Trend Micro OfficeScan or Apex One", r"TrendMicro\PC-cillinNTCorp\CurrentVersion", "GUID", _S),
    Source("Sophos messaging router", r"Sophos\Messaging System\Router\Private", "pkc", _S, "secret"),
    Source("Sophos messaging router", r"Sophos\Messaging System\Router\Private", "pkp", _S, "secret"),
    Source("Sophos management agent", r"Sophos\Remote Management System\ManagementAgent\Private", "pkc", _S, "secret"),
    Source("Sophos management agent", r"Sophos\Remote Management System\ManagementAgent\Private", "pkp", _S, "secret"),
    Source("Cylance", r"Cylance\Desktop", "FP", _S, "secret"),
    Source("Microsoft Defender for Endpoint", r"Microsoft\Windows Advanced Threat Protection", "senseGuid", _S),
    Source("PowerShell Desired State Configuration", r"Microsoft\Windows\CurrentVersion\DSC", "AgentId", _U),
    Source("Systems Management Server 2003", r"Microsoft\SMS\Client\Configuration\Client Properties", "SMS Unique Identifier", _S),
    Source("Altiris Agent", r"Altiris\Altiris Agent", "MachineGuid", _S),
    Source("Altiris eXpress", r"Altiris\eXpress", "MachineGuid", _S),
    Source("Altiris eXpress NS Client", r"Altiris\eXpress\NS Client", "MachineGuid", _S),
    Source("Novell ZENworks", r"Novell\ZCM\PreAgent", "GUID", _S),
    Source("Tanium Client", r"Tanium\Tanium Client", "ComputerID", _S),
    Source("RES or Ivanti Workspace Manager", r"RES\Workspace Manager", "ComputerGUID", _S),
    Source("Velociraptor", r"Velocidex\Velociraptor", "ClientId", _S),
    Source("Velociraptor", r"Velocidex\Velociraptor", "PrivateKey", _S, "secret"),
    Source("TeamViewer", "TeamViewer", "ClientID", _U),
    Source("Carbon Black", r"CarbonBlack\config", "SensorId", _U),
    Source("Qualys Cloud Agent", "Qualys", "HostID", _U),
    Source("Nessus Agent", "Tenable", "TAG", _U),
    Source("LANDESK or Ivanti", r"LANDesk\Common API", "UniqueID", _U),
    Source("LANDESK or Ivanti", r"Intel\LANDesk\Common API", "UniqueID", _U),
)
SYSTEM_SOURCES = (
    Source(
        "CrowdStrike Falcon", r"CrowdStrike\{9b03c1d9-3138-44ed-9fae-d9f4c034b88d}\{16e0423f-7058-48c9-a204-725362b67639}\Default", "AG", _U
    ),
)
SERVICE_SOURCES = (Source("CrowdStrike Falcon", r"CSAgent\Sim", "AG", _U),)
"""Every value that is looked at. Sourced rows: the sealing scripts of EUCweb/BIS-F, Microsoft KB 828367 (SMS), Microsoft's onboarding
documents (senseGuid), and Velociraptor's own source (services/writeback/reg_store.go), which keeps its state there when it is told to."""

_TEXTS, _NUMBER = (1, 2), 4
_LIMIT = 256


@artifact("SOFTWARE", "", AGENT_ID, depth="full")
def agent_registry(key: Key) -> Iterator[Fact[AgentId]]:
    r"""State the identifiers of known agents in SOFTWARE, and below its `Wow6432Node`.

    A table of products names key and value. Text and numbers are stated as they are, other data as hex; keys and what may be one only by
    their SHA-256. Empty values, zeros and GUIDs of zeros are left out: the agent was prepared for copying, or never registered.
    The AgentId of Desired State Configuration is a GUID that holds time and network address of the computer where it was made.
    Places without a document: `McAfee\Agent`, TeamViewer, Carbon Black, Qualys, Nessus, LANDESK, Desired State Configuration,
    and CrowdStrike in SYSTEM.
    """
    yield from _stated(key, [(source, path) for source in SOFTWARE_SOURCES for path in (source.path, rf"Wow6432Node\{source.path}")])


@artifact("SYSTEM", "", AGENT_ID, depth="full")
def agent_registry_system(key: Key) -> Iterator[Fact[AgentId]]:
    """State the identifiers of known agents in SYSTEM, as of those in SOFTWARE."""
    yield from _stated(key, [(source, source.path) for source in SYSTEM_SOURCES])


@artifact("SYSTEM", r"CurrentControlSet\Services", AGENT_ID, depth="full")
def agent_registry_service(key: Key) -> Iterator[Fact[AgentId]]:
    """State the identifiers of known agents in the keys of their services, as of those in SOFTWARE."""
    yield from _stated(key, [(source, source.path) for source in SERVICE_SOURCES])


def _stated(root: Key, places: list[tuple[Source, str]]) -> Iterator[Fact[AgentId]]:
    failures, found = Deferred(), False
    for source, path in places:
        with failures:
            key = root.find(path)
            value = None if key is None else key.find_value(source.value)
            if value is None or not any(value.raw):
                continue
            text = _text(value)
            if text.strip("{}").lower() in (*EMPTY_GUIDS, "", "0"):
                continue
            found = True
            secret = source.how == "secret"
            yield (
                state_secret(source.product, source.value, value)
                if secret
                else AGENT_ID.fact(AgentId(source.product, source.value, id=text), value)
            )
    failures.settle()
    if not found:
        raise NotFound("no identifier of a known agent")


def _text(value: Value) -> str:
    if value.type in _TEXTS:
        return value.text().strip()[:_LIMIT]
    return str(value.number()) if value.type == _NUMBER else value.raw[:_LIMIT].hex()
