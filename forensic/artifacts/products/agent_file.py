"""Agents' identifiers that lie in files, by one table."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

from forensic.artifacts.declaration import artifact_file, artifact_folder
from forensic.artifacts.optional_values import Deferred
from forensic.artifacts.products.agent import AGENT_ID, AgentId, state_secret
from forensic.errors import NotFound
from forensic.model import Fact, Locator, Span

if TYPE_CHECKING:
    from forensic.volumes.tree import File
    from forensic.windows.folder import Folder

FILE_LIMIT = 4 << 20
"""Bytes; a larger file of this sort is Malformed."""
_TEXT_LIMIT = 256
_NAME_LIMIT = 100

How = Literal["id", "uuid", "secret", "public key"]
"""`uuid`: as text, or 16 bytes in the order of the digits."""


class Source(NamedTuple):
    """One row of the table: an identifier in a file."""

    product: str
    name: str
    path: str
    """Below the drive's root; `%ProgramFiles%` is both of them."""
    pattern: bytes
    """Where the identifier stands, as its first group; empty: the whole file without the space around it."""
    how: How = "id"


_WHOLE = b""
_PERL = "%ProgramFiles%/{0}-Agent/var/{0}-Agent.dump"
_DEVICE = rb"(?s)[\x0a\x17].([A-Za-z0-9_.-]{1,100}-\d{4}(?:-\d\d){5}).{4}deviceid"
_AGENT = rb"(?s)[\x0a\x17](?:\$([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})|\x10(.{16})).{4}agentid"
"""Of Perl's Storable: type and length of a value, the value, length and name of its key."""

SOURCES = (
    Source("Splunk", "guid", "%ProgramFiles%/SplunkUniversalForwarder/etc/instance.cfg", rb"(?m)^[ \t]*guid\s*=\s*(\S{1,64})"),
    Source("Splunk", "guid", "%ProgramFiles%/Splunk/etc/instance.cfg", rb"(?m)^[ \t]*guid\s*=\s*(\S{1,64})"),
    Source("Velociraptor", "client_id", "%ProgramFiles%/Velociraptor/velociraptor.writeback.yaml", rb"(?m)^[ \t]*client_id:\s*(\S{1,64})"),
    Source("Elastic Agent", "fleet.enc", "%ProgramFiles%/Elastic/Agent/fleet.enc", _WHOLE, "secret"),
    Source("Elastic Agent", "agent.id", "%ProgramFiles%/Elastic/Agent/fleet.yml", rb"(?m)^[ \t]*id:\s*[\"']?([0-9a-fA-F-]{36})"),
    Source("Filebeat", "uuid", "ProgramData/filebeat/meta.json", rb'"uuid"\s*:\s*"([^"]{1,64})"'),
    Source("Winlogbeat", "uuid", "ProgramData/winlogbeat/meta.json", rb'"uuid"\s*:\s*"([^"]{1,64})"'),
    Source("Metricbeat", "uuid", "ProgramData/metricbeat/meta.json", rb'"uuid"\s*:\s*"([^"]{1,64})"'),
    Source("Fleet (osquery, Orbit)", "identifier", "%ProgramFiles%/Orbit/identifier", _WHOLE),
    Source("Fleet (osquery, Orbit)", "node key", "%ProgramFiles%/Orbit/secret-orbit-node-key.txt", _WHOLE, "secret"),
    Source("Wazuh agent", "client.keys", "%ProgramFiles%/ossec-agent/client.keys", _WHOLE, "secret"),
    Source("Sophos", "machine_ID.txt", "ProgramData/Sophos/AutoUpdate/data/machine_ID.txt", _WHOLE),
    Source(
        "Sophos",
        "EndpointIdentity",
        "ProgramData/Sophos/Management Communications System/Endpoint/Persist/EndpointIdentity.txt",
        _WHOLE,
    ),
    Source(
        "Symantec Endpoint Protection",
        "hardware id",
        "ProgramData/Symantec/Symantec Endpoint Protection/PersistedData/sephwid.xml",
        rb'HardwareID\s*=\s*"([^"]{1,64})"|<HardwareID>([^<]{1,64})',
    ),
    Source("Novell ZENworks", "DeviceGUID", "%ProgramFiles%/Novell/ZENworks/conf/DeviceGuid", _WHOLE),
    Source("Tailscale", "_machinekey", "ProgramData/Tailscale/server-state.conf", rb'"_machinekey"\s*:\s*"([^"]{1,200})"', "secret"),
    Source("ZeroTier", "address", "ProgramData/ZeroTier/One/identity.public", rb"\A\s*([0-9a-fA-F]{10}):"),
    Source("AnyDesk", "ad.anynet.id", "ProgramData/AnyDesk/system.conf", rb"(?m)^ad\.anynet\.id=(\S{1,64})"),
    Source(
        "RustDesk",
        "enc_id",
        "%SystemRoot%/ServiceProfiles/LocalService/AppData/Roaming/RustDesk/config/RustDesk.toml",
        rb"(?m)^(?:enc_)?id\s*=\s*['\"]([^'\"]{1,256})",
        "secret",
    ),
    Source("Salt minion", "public key", "salt/conf/pki/minion/minion.pub", _WHOLE, "public key"),
    Source("Salt minion", "public key", "ProgramData/Salt Project/Salt/conf/pki/minion/minion.pub", _WHOLE, "public key"),
    Source("OCS Inventory", "DEVICEID", "ProgramData/OCS Inventory NG/Agent/ocsinventory.dat", rb"<DEVICEID>([^<]{1,128})"),
    Source("GLPI Agent", "deviceid", _PERL.format("GLPI"), _DEVICE),
    Source("GLPI Agent", "agentid", _PERL.format("GLPI"), _AGENT, "uuid"),
    Source("FusionInventory Agent", "deviceid", _PERL.format("FusionInventory"), _DEVICE),
    Source("FOG client", "token.dat", "%ProgramFiles%/FOG/token.dat", _WHOLE, "secret"),
    Source(
        "Rapid7 Insight Agent",
        "agent id",
        "%ProgramFiles%/Rapid7/Insight Agent/components/bootstrap/common/bootstrap.cfg",
        rb"(?i)\bagent[-_ ]?id\b[\"']?\s*[:=]\s*[\"']?([0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b",
    ),
)  # fmt: skip
"""Files that are looked at in full depth; which of them are documented the artifact's page says."""


def _with_variable(path: str) -> str:
    """Return a path of the table as one that begins with a variable."""
    return path if path.startswith("%") else f"%ProgramData%/{path[12:]}" if path.startswith("ProgramData/") else f"%SystemDrive%/{path}"


_SMS = re.compile(
    rb"(?im)^(SMS Unique Identifier|Previous SMSUID|Last SMSUID Change Date|SMS Hardware Identifier|SID|SMS Certificate Identifier)"
    rb"=([^\r\n]{1,512})"
)
_SMS_PRODUCT = "Configuration Manager client"


@artifact_file("%SystemRoot%/SMSCFG.ini", AGENT_ID, depth="full")
def configuration_manager_file(file: File) -> Iterator[Fact[AgentId]]:
    """State what SMSCFG.ini says of the Configuration Manager client.

    | Key | Notes |
    |---|---|
    | `SMS Unique Identifier` | `GUID:…`, the client's identity; scripts that seal an image delete the file (EUCweb/BIS-F) |
    | `Previous SMSUID`, `Last SMSUID Change Date` | the identity before, and when it changed |
    | `SMS Hardware Identifier` | made from the hardware |
    | `SID` | a SID without RID; seen in a public file, there of the form of a machine or domain SID. Which one is not documented |
    | `SMS Certificate Identifier` | of the client's certificate |

    NotFound when it has none of these.
    """
    first: dict[bytes, re.Match[bytes]] = {}
    for match in _SMS.finditer(file.read_all(FILE_LIMIT)):
        first.setdefault(match[1].lower(), match)
    for match in first.values():
        text = match[2].decode("utf-8", "backslashreplace").strip()[:_TEXT_LIMIT]
        yield AGENT_ID.fact(AgentId(_SMS_PRODUCT, match[1].decode(), text), _span(file, match.start(), match[0]))
    if not first:
        raise NotFound(f"{file.path}: no identifier of the client in it")


@artifact_file("%ProgramData%/ssh/ssh_host_*_key.pub", AGENT_ID, since=(6, 0), depth="full")
def ssh_host_key(file: File) -> Iterator[Fact[AgentId]]:
    """State each public host key of OpenSSH by its fingerprint, `SHA256:` and base64 without padding: `algorithm base64 comment`.

    The fingerprint is the one that `ssh-keygen -l` prints. Two machines with the same one share a private key.
    """
    data = file.read_all(_NAME_LIMIT << 10)
    algorithm, _, rest = data.partition(b" ")
    key = rest.split(None, 1)[0] if rest.split() else b""
    try:
        blob = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        blob = b""
    if not blob:
        raise NotFound(f"{file.path}: no public key in it")
    fingerprint = base64.b64encode(hashlib.sha256(blob).digest()).rstrip(b"=").decode()
    name = f"host key {algorithm.decode('utf-8', 'backslashreplace')[:_NAME_LIMIT]}"
    yield AGENT_ID.fact(AgentId("OpenSSH server", name, f"SHA256:{fingerprint}"), _span(file, 0, data))


@artifact_folder("%SystemRoot%", AGENT_ID, takes=tuple(dict.fromkeys(_with_variable(source.path) for source in SOURCES)))
def agent_file(folder: Folder) -> Iterator[Fact[AgentId]]:
    """State the identifiers of agents that keep them in files, from the table of this program.

    Splunk (`instance.cfg` guid), Velociraptor (writeback), Elastic Agent and the Beats, Fleet's Orbit, Wazuh, Sophos, Symantec, ZENworks,
    Tailscale, ZeroTier, AnyDesk, RustDesk, Salt, OCS Inventory, GLPI and FusionInventory, FOG, Rapid7. Keys and what is sealed are stated
    as digests. The `deviceid` of GLPI and FusionInventory is `name-yyyy-mm-dd-hh-mm-ss`: computer and moment of the agent's first start.
    FOG's token is a secret of one host: an equal one is a copied client. What Rapid7's bootstrap.cfg holds is not documented; the vendor
    says to delete it before an image is sealed. Documented are the places of Velociraptor (its source), GLPI and FusionInventory (programs
    that take over their data), FOG (its own log) and Rapid7; all others are general knowledge. NotFound when there is none of the files.
    """
    failures, found = Deferred(), False
    drive = folder.path.rpartition("/")[0]
    program_files = _folders(folder, drive, failures)
    for source in SOURCES:
        for path in _paths(source.path, folder.path, drive, program_files):
            with failures:
                try:
                    file = folder.tree.open(path)
                except NotFound:
                    continue
                for fact in _read(source, file):
                    found = True
                    yield fact
    failures.settle()
    if not found:
        raise NotFound(f"none of {len(SOURCES)} files holds an identifier")


def _folders(folder: Folder, drive: str, failures: Deferred) -> dict[str, frozenset[str]]:
    """Return the names in the folders that most rows begin with, so that what is absent costs nothing."""
    names: dict[str, frozenset[str]] = {}
    for name in ("Program Files", "Program Files (x86)", "ProgramData"):
        path = f"{drive}/{name}".lstrip("/")
        with failures:
            try:
                names[path] = frozenset(entry.name.lower() for entry in folder.tree.list(path))
            except NotFound:
                names[path] = frozenset()
    return names


def _paths(path: str, system_root: str, drive: str, names: dict[str, frozenset[str]]) -> Iterator[str]:
    variable, _, rest = path.partition("/")
    if variable == "%SystemRoot%":
        yield f"{system_root}/{rest}"
        return
    parents = (
        ("Program Files", "Program Files (x86)") if variable == "%ProgramFiles%" else ("ProgramData",) if variable == "ProgramData" else ()
    )
    for parent in parents:
        place = f"{drive}/{parent}".lstrip("/")
        if place not in names or rest.partition("/")[0].lower() in names[place]:
            yield f"{place}/{rest}"
    if not parents:
        yield f"{drive}/{path}".lstrip("/")


def _read(source: Source, file: File) -> Iterator[Fact[AgentId]]:
    data = file.read_all(FILE_LIMIT)
    if source.pattern:
        match = re.search(source.pattern, data)
        number = 0 if match is None else match.lastindex or 0
        text, offset = (b"", 0) if match is None else (match[number], match.start(number))
    else:
        text = data.strip()
        offset = data.find(text)
    if not text:
        raise NotFound(f"{file.path}: no {source.name} in it")
    reading = _span(file, offset, text)
    if source.how == "secret":
        yield state_secret(source.product, source.name, reading)
    elif source.how == "uuid":
        yield AGENT_ID.fact(AgentId(source.product, source.name, _uuid(text)), reading)
    elif source.how == "public key":
        yield AGENT_ID.fact(AgentId(source.product, source.name, sha256=hashlib.sha256(text).hexdigest()), reading)
    else:
        yield AGENT_ID.fact(AgentId(source.product, source.name, text.decode("utf-8", "backslashreplace")[:_TEXT_LIMIT]), reading)


def _uuid(raw: bytes) -> str:
    return str(uuid.UUID(bytes=raw)) if len(raw) == 16 else raw.decode("ascii").lower()


def _span(file: File, offset: int, raw: bytes) -> Span:
    return Span(Locator(volume=file.place.volume, file=file.path, offset=offset), raw, file.written, file.state)
