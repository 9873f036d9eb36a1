r"""Network profiles: which networks this installation was connected to, and when."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import Deferred, OptionalValues
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, Guid, Kind, LocalTime, MacAddress, Origin, always, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key


class NetworkProfile(msgspec.Struct, frozen=True):
    """One network, as the user sees it."""

    id: Guid
    name: str | None = None
    created: LocalTime | None = None
    connected: LocalTime | None = None
    """When it was last connected."""


class NetworkSignature(msgspec.Struct, frozen=True):
    """By what a network is recognized."""

    profile: Guid | None = None
    managed: bool = False
    """Whether it is the network of a domain."""
    gateway_mac: MacAddress | None = None
    dns_suffix: str | None = None
    first_name: str | None = None


_RECMD = "EricZimmerman/RECmd, KnownNetworks"
_LIST = r"Microsoft\Windows NT\CurrentVersion\NetworkList"
_LIMIT = 1000

NETWORK_PROFILE = Kind(
    "network-profile",
    NetworkProfile,
    "Network profile: a network that this installation was connected to",
    origin=Origin.RANDOM,
    renews={
        Change.GENERALIZE: always(Basis.SOURCED, reference.GENERALIZE_XML),
        Change.SPECIALIZE: always(Basis.SOURCED, reference.GENERALIZE_XML),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
    },
    namespace="network-profile",
    identity=lambda value: value.id,
    claims=[
        Claim("Dates are SYSTEMTIME in local time.", Basis.SOURCED, _RECMD),
        Claim("Equal GUIDs in two images: one installation was connected, then copied without generalize.", Basis.INFERRED),
        Claim(
            "A generalize cleans the list: provider NetworkListManager_Generalize, nlmsprep.dll.", Basis.SOURCED, reference.GENERALIZE_XML
        ),
    ],
    references=[_RECMD],
)

NETWORK_SIGNATURE = Kind(
    "network-signature",
    NetworkSignature,
    "Network signature: gateway and name by which a network is recognized",
    origin=Origin.OBSERVED,
    renews={Change.USE: always(Basis.INFERRED)},
    claims=[
        Claim("Computers of one site share the gateway: equal addresses show a common place, not a common origin.", Basis.INFERRED),
        Claim("A gateway of a site where the computer never stood is that of the master.", Basis.INFERRED),
        Claim("The values and their form.", Basis.SOURCED, _RECMD),
    ],
    references=[_RECMD],
)


@artifact("SOFTWARE", rf"{_LIST}\Profiles", NETWORK_PROFILE, depth="full", since=(6, 0))
def network_profile(key: Key) -> Iterator[Fact[NetworkProfile]]:
    r"""State every network profile, at most 1000.

    Subkeys named by a GUID in braces; values `ProfileName` (text), `DateCreated` and `DateLastConnected`:

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 2 | year | SYSTEMTIME, local time |
    | 2 | 2 | month | |
    | 4 | 2 | day of week | |
    | 6 | 2 | day | |
    | 8 | 6 | hour, minute, second | 2 bytes each |
    | 14 | 2 | milliseconds | |
    """
    failures, found = Deferred(), False
    for child in islice(key.keys(), _LIMIT):
        with failures:
            optional = OptionalValues(child)
            times = [_local_time(child, name, optional) for name in ("DateCreated", "DateLastConnected")]
            yield NETWORK_PROFILE.fact(NetworkProfile(Guid.parse(child.name), optional.text("ProfileName"), *times), child)
            found = True
            optional.settle()
    failures.settle()
    if not found:
        raise NotFound("no network was ever connected")


def _local_time(key: Key, name: str, failures: Deferred) -> LocalTime | None:
    with failures:
        value = key.find_value(name)
        if value is None or not any(value.raw):
            return None
        if len(value.raw) != 16:
            raise Malformed(name, value.place.offset, 16, len(value.raw))
        year, month, _, day, hour, minute, second, millisecond = struct.unpack("<8H", value.raw)
        try:
            return LocalTime.from_parts(year, month, day, hour, minute, second + millisecond / 1000)
        except ValueError:
            raise Malformed(f"{name} names no moment", value.place.offset) from None
    return None


@artifact("SOFTWARE", rf"{_LIST}\Signatures", NETWORK_SIGNATURE, depth="full", since=(6, 0))
def network_signature(key: Key) -> Iterator[Fact[NetworkSignature]]:
    r"""State by what each network is recognized, at most 1000 each.

    Subkeys of `Managed` and `Unmanaged`; values `ProfileGuid`, `DnsSuffix`, `FirstNetwork` (text) and `DefaultGatewayMac` (6 bytes).
    """
    failures, found = Deferred(), False
    for name in ("Managed", "Unmanaged"):
        holder = key.find(name)
        for child in () if holder is None else islice(holder.keys(), _LIMIT):
            with failures:
                optional = OptionalValues(child)
                gateway = None
                with optional:
                    value = child.find_value("DefaultGatewayMac")
                    if value is not None and any(value.raw):
                        gateway = MacAddress.from_bytes(value.raw)
                signature = NetworkSignature(
                    optional.guid("ProfileGuid"),
                    name == "Managed",
                    gateway,
                    optional.text("DnsSuffix") or None,
                    optional.text("FirstNetwork"),
                )
                yield NETWORK_SIGNATURE.fact(signature, child)
                found = True
                optional.settle()
    failures.settle()
    if not found:
        raise NotFound("no network has a signature")
