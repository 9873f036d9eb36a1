"""Network interfaces and adapters: addresses, leases, and the hardware addresses that they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.known_values.media import is_media_guid
from forensic.artifacts.optional_values import OptionalValues
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Guid, Kind, MacAddress, Origin, always, kept, usually

if TYPE_CHECKING:
    from forensic.registry.key import Key
    from forensic.registry.value import Value

_CLASS = "{4d36e972-e325-11ce-bfc1-08002be10318}"
_SYSPREP_2003 = "Microsoft TechNet, How Sysprep Works (Windows Server 2003)"
_GENERALIZE = "https://learn.microsoft.com/en-us/windows-hardware/manufacture/desktop/sysprep--generalize--a-windows-installation"
_NETWORKSETUP2 = "keydet89/RegRipper3.0, networksetup2.pl"
_SEEN = "regipy SYSTEM (Windows 7)"
_SOFTWARE_INSTANCES = ("ROOT\\", "SWD\\", "SW\\", "HTREE\\", "{")
_MAC = re.compile(r"[0-9A-Fa-f]{2}(?:[-:]?[0-9A-Fa-f]{2}){5}")

MacUseName = Literal["NetworkAddress override", "NetworkSetup2 permanent", "NetworkSetup2 current"]


class NetworkInterface(msgspec.Struct, frozen=True):
    """The TCP/IP settings of one interface."""

    id: Guid
    dhcp: bool | None = None
    address: str | None = None
    gateway_mac: MacAddress | None = None
    lease_obtained: FileTime | None = None
    domain: str | None = None


class NetworkAdapter(msgspec.Struct, frozen=True):
    """One network adapter, by its driver or by its connection."""

    id: Guid
    """`NetCfgInstanceId`: the GUID of the interface too."""
    description: str | None = None
    component: str | None = None
    instance: str | None = None
    """Device instance, e.g. `PCI\\VEN_8086&DEV_100F…`."""
    name: str | None = None
    """The connection's name as the user sees it."""

    @property
    def is_software(self) -> bool:
        """Whether it is made by Windows itself (WAN miniport, tunnel), by its instance or component: no hardware."""
        if self.instance:
            return self.instance.upper().startswith(_SOFTWARE_INSTANCES)
        component = self.component or ""
        return component.lower().startswith(("ms_", "*")) or component.upper().startswith(_SOFTWARE_INSTANCES)


class MacUse(msgspec.Struct, frozen=True):
    """A hardware address and where it is used."""

    mac: MacAddress
    use: MacUseName
    adapter: Guid | None = None


_REMOVED = usually(Basis.SOURCED, _GENERALIZE, exception="PersistAllDeviceInstalls in the answer file keeps devices")

NETWORK_INTERFACE = Kind(
    "network-interface",
    NetworkInterface,
    "Network interface: GUID, addresses and DHCP lease",
    origin=Origin.RANDOM,
    renews={
        Change.GENERALIZE: _REMOVED,
        Change.SPECIALIZE: _REMOVED,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: always(Basis.OBSERVED, _SEEN, machines=1),
        Change.NEW_DISK: kept(Basis.INFERRED),
    },
    namespace="network-interface",
    identity=lambda value: None if is_media_guid(value.id) else value.id,
    claims=(
        Claim("Sysprep of XP and 2003 removes the adapters: new GUIDs at the next start.", Basis.SOURCED, _SYSPREP_2003),
        Claim("A generalize since Vista uninstalls devices.", Basis.SOURCED, _GENERALIZE),
        Claim(
            "Its providers are Sysprep_Generalize_Pnp, for devices, and Sysprep_Generalize_Net, for the network's settings.",
            Basis.SOURCED,
            reference.GENERALIZE_XML,
        ),
        Claim(
            "It keeps them where PersistAllDeviceInstalls was set in the answer file.",
            Basis.SOURCED,
            "Microsoft-Windows-PnpSysprep, unattended setup",
        ),
        Claim("The GUID of a hardware interface is equal on copies that were not generalized in between.", Basis.INFERRED),
        Claim(
            "Tunnels (6to4, IP-HTTPS, Teredo) have one GUID everywhere, as the kernel debugger's adapter has: they identify nothing, and "
            "those that are known are left out.",
            Basis.OBSERVED,
            "public lists of interfaces; a comparison of 23 groups of real machines",
        ),
        Claim("GUIDs of WAN miniports, and {e29ac6c2-7037-…}, come with the media of Windows 7.", Basis.OBSERVED, _SEEN),
        Claim("Lease times are seconds since 1970 in UTC.", Basis.OBSERVED, _SEEN),
    ),
    references=(_GENERALIZE,),
)

NETWORK_ADAPTER = Kind(
    "network-adapter",
    NetworkAdapter,
    "Network adapter: GUID, description and device instance",
    origin=Origin.RANDOM,
    renews={
        Change.GENERALIZE: _REMOVED,
        Change.SPECIALIZE: _REMOVED,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: always(Basis.OBSERVED, _SEEN, machines=1),
        Change.NEW_DISK: kept(Basis.INFERRED),
    },
    namespace="network-interface",
    identity=lambda value: None if value.is_software or is_media_guid(value.id) else value.id,
    claims=(
        Claim(
            "A second instance of one model beside the first: the installation was started on other (virtual) hardware.",
            Basis.OBSERVED,
            _SEEN,
        ),
        Claim("A generalize since Vista uninstalls devices, unless PersistAllDeviceInstalls was set.", Basis.SOURCED, _GENERALIZE),
    ),
    references=(_GENERALIZE,),
)

MAC_ADDRESS = Kind(
    "mac-address",
    MacUse,
    "MAC address: hardware address of a network card, or the one set in its place",
    origin=Origin.HARDWARE,
    renews={Change.SID_CHANGER: kept(Basis.INFERRED), Change.RENAME: kept(Basis.INFERRED), Change.NEW_HARDWARE: always(Basis.UNVERIFIED)},
    claims=(
        Claim(
            "NetworkSetup2 keeps the permanent and the current address of each interface, since Windows 10.", Basis.SOURCED, _NETWORKSETUP2
        ),
        Claim("NetworkAddress in an adapter's driver key is an address that somebody set in place of the card's own.", Basis.UNVERIFIED),
        Claim("Tools that copy virtual machines normally give the copy a new address.", Basis.UNVERIFIED),
    ),
    references=("https://github.com/keydet89/RegRipper3.0/blob/master/plugins/networksetup2.pl",),
)


@artifact("SYSTEM", r"CurrentControlSet\Services\Tcpip\Parameters\Interfaces\*", NETWORK_INTERFACE, since=(5, 0))
def network_interface(key: Key) -> Iterator[Fact[NetworkInterface]]:
    """State the TCP/IP settings of one interface; the key is named by the interface's GUID in braces.

    | Value | Type | Field |
    |---|---|---|
    | `EnableDHCP` | REG_DWORD | dhcp |
    | `DhcpIPAddress`, else the first of `IPAddress` | REG_SZ, REG_MULTI_SZ | address |
    | `DhcpGatewayHardware` | REG_BINARY | gateway_mac: 4 bytes IP address, 4 bytes length, then the MAC address |
    | `LeaseObtainedTime` | REG_DWORD | lease_obtained, seconds since 1970 in UTC |
    | `DhcpDomain`, else `Domain` | REG_SZ | domain |
    """
    identity = Guid.parse(key.name)
    optional = OptionalValues(key)
    dhcp = optional.number("EnableDHCP")
    interface = NetworkInterface(
        id=identity,
        dhcp=None if dhcp is None else dhcp != 0,
        address=optional.text("DhcpIPAddress") or optional.first_text("IPAddress") or None,
        gateway_mac=_gateway_mac(key, optional),
        lease_obtained=optional.unix_time("LeaseObtainedTime"),
        domain=optional.text("DhcpDomain") or optional.text("Domain") or None,
    )
    yield NETWORK_INTERFACE.fact(interface, key)
    optional.settle()


def _gateway_mac(key: Key, failures: OptionalValues) -> MacAddress | None:
    with failures:
        value = key.find_value("DhcpGatewayHardware")
        if value is None or not value.raw:
            return None
        raw = value.raw
        if len(raw) < 8 or int.from_bytes(raw[4:8], "little") != 6 or len(raw) < 14:
            raise Malformed("DhcpGatewayHardware", value.place.offset, 14, len(raw))
        return MacAddress.from_bytes(raw[8:14])
    return None


@artifact("SYSTEM", rf"CurrentControlSet\Control\Class\{_CLASS}", NETWORK_ADAPTER, MAC_ADDRESS, since=(5, 0))
def adapter_driver(key: Key) -> Iterator[Fact[NetworkAdapter] | Fact[MacUse]]:
    """State every network adapter that has a driver, and the hardware address set for it.

    Adapters are the subkeys `0000`, `0001`, … with a value `NetCfgInstanceId` (GUID in braces).

    | Value | Type | Field |
    |---|---|---|
    | `NetCfgInstanceId` | REG_SZ | id |
    | `DriverDesc` | REG_SZ | description |
    | `MatchingDeviceId`, else `ComponentId` | REG_SZ | component |
    | `DeviceInstanceID` | REG_SZ | instance |
    | `NetworkAddress` | REG_SZ | MAC address set in place of the card's own, twelve hexadecimal digits |
    """
    failures, found = OptionalValues(key), False
    for child in key.keys():
        with failures:
            instance = child.find_value("NetCfgInstanceId")
            if instance is not None:
                found = True
                yield from _adapter(child, Guid.parse(instance.text()))
    failures.settle()
    if not found:
        raise NotFound("no adapter has a NetCfgInstanceId")


def _adapter(key: Key, identity: Guid) -> Iterator[Fact[NetworkAdapter] | Fact[MacUse]]:
    optional = OptionalValues(key)
    component, instance = optional.text("MatchingDeviceId") or optional.text("ComponentId"), optional.text("DeviceInstanceID")
    adapter = NetworkAdapter(
        id=identity,
        description=optional.text("DriverDesc"),
        component=component,
        instance=instance,
    )
    yield NETWORK_ADAPTER.fact(adapter, key)
    with optional:
        address = key.find_value("NetworkAddress")
        if address is not None and (text := address.text()):
            yield MAC_ADDRESS.fact(MacUse(_parse_mac(text), "NetworkAddress override", identity), address)
    optional.settle()


def _parse_mac(text: str) -> MacAddress:
    if not _MAC.fullmatch(text.strip()):
        raise Malformed("NetworkAddress is not a MAC address")
    return MacAddress.from_bytes(bytes.fromhex(re.sub("[-: ]", "", text)))


@artifact("SYSTEM", rf"CurrentControlSet\Control\Network\{_CLASS}\*\Connection", NETWORK_ADAPTER, depth="full", since=(5, 0))
def adapter_connection(key: Key) -> Iterator[Fact[NetworkAdapter]]:
    """State one network connection: the key above `Connection` is named by the adapter's GUID in braces.

    | Value | Type | Field |
    |---|---|---|
    | `Name` | REG_SZ | name, as the user sees it |
    | `PnpInstanceID` | REG_SZ | instance |
    """
    identity = Guid.parse(key.path.split("\\")[-2])
    optional = OptionalValues(key)
    instance = optional.text("PnpInstanceID")
    adapter = NetworkAdapter(id=identity, instance=instance, name=optional.text("Name"))
    yield NETWORK_ADAPTER.fact(adapter, key)
    optional.settle()


@artifact("SYSTEM", r"CurrentControlSet\Control\NetworkSetup2\Interfaces\*\Kernel", MAC_ADDRESS, since=(10, 0))
def interface_address(key: Key) -> Iterator[Fact[MacUse]]:
    """State permanent and current hardware address of one interface: REG_BINARY values of six bytes.

    `PermanentAddress` is the card's own, `CurrentAddress` the one in use. Addresses of other lengths, and all zeros (an interface
    without hardware), are left out.
    """
    identity = Guid.parse(key.path.split("\\")[-2])
    uses: dict[str, MacUseName] = {"PermanentAddress": "NetworkSetup2 permanent", "CurrentAddress": "NetworkSetup2 current"}
    failures = OptionalValues(key)
    for name, use in uses.items():
        with failures:
            value: Value | None = key.find_value(name)
            if value is not None and len(value.raw) == 6 and any(value.raw):
                yield MAC_ADDRESS.fact(MacUse(MacAddress.from_bytes(value.raw), use, identity), value)
    failures.settle()
