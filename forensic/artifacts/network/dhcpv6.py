"""DUID: the DHCPv6 identity of the machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.errors import Malformed, Unsupported
from forensic.model import Basis, Change, Claim, Fact, FileTime, Guid, Kind, MacAddress, Origin, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key

_RFC = "https://www.rfc-editor.org/rfc/rfc8415#section-11"
_EPOCH = 946_684_800
"""2000-01-01T00:00:00Z in seconds since 1970: where the time of a DUID counts from."""
_LLT, _EN, _LL, _UUID = range(1, 5)
_LIMIT = 130


class Duid(msgspec.Struct, frozen=True):
    """A DHCP unique identifier and what it was made of."""

    hex: str
    type: int
    """1 link-layer address and time, 2 enterprise number, 3 link-layer address, 4 UUID."""
    hardware_type: int | None = None
    """1 is Ethernet."""
    mac: MacAddress | None = None
    """Of the network card that the DUID was made from."""
    time: FileTime | None = None
    """When it was made, by the clock of that moment."""
    enterprise: int | None = None
    uuid: Guid | None = None


DHCPV6_DUID = Kind(
    "dhcpv6-duid",
    Duid,
    "DUID: DHCPv6 identity, made from the first network card and the time",
    origin=Origin.DERIVED,
    renews={
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: kept(Basis.OBSERVED, "regipy SYSTEM_WIN_10_1709", machines=1),
        Change.RENAME: kept(Basis.UNVERIFIED),
        Change.NEW_HARDWARE: kept(Basis.SOURCED, _RFC),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.USE: kept(Basis.SOURCED, _RFC),
    },
    decisive=True,
    namespace="dhcpv6-duid",
    identity=lambda value: value.hex,
    claims=(
        Claim("Made once and kept when the network card is replaced: it names the first card of the installation.", Basis.SOURCED, _RFC),
        Claim("Two upgrades in place left it as it was made in 2017.", Basis.OBSERVED, "regipy SYSTEM_WIN_10_1709"),
        Claim("Absent until DHCPv6 first ran.", Basis.OBSERVED, "dissect.regf SYSTEM (Windows 10)"),
        Claim(
            "Its time was seen 16 to 19 h before the installation: take the time as approximate, the address as exact.",
            Basis.OBSERVED,
            "regipy SYSTEM (Windows 7)",
        ),
        Claim(
            "Generalize calls a provider of the DHCP client, DhcpClient_Generalize; whether it removes this value is not documented.",
            Basis.SOURCED,
            reference.GENERALIZE_XML,
        ),
        Claim("Citrix provisioning gives each of its copies one of its own.", Basis.SOURCED, "Citrix personality text"),
    ),
    references=(_RFC,),
)


@artifact("SYSTEM", r"ControlSet*\Services\Tcpip6\Parameters", DHCPV6_DUID, since=(5, 1))
def dhcpv6_duid(key: Key) -> Iterator[Fact[Duid]]:
    """State the DUID of one control set: REG_BINARY value `Dhcpv6DUID`, RFC 8415 section 11; numbers are big-endian.

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 2 | type | 1 to 4 |
    | 2 | 2 | hardware type | types 1 and 3; 1 is Ethernet |
    | 4 | 4 | time | type 1: seconds since 2000-01-01 in UTC, modulo 2**32 |
    | 8 or 4 | rest | link-layer address | type 1 or 3 |
    | 2 | 4 | enterprise number | type 2, an identifier follows |
    | 2 | 16 | UUID | type 4, in network order |

    Unsupported for other types; Malformed when it is cut short or longer than 130 bytes.
    """
    value = key.value("Dhcpv6DUID")
    yield DHCPV6_DUID.fact(_parse(value.raw), value)


def _parse(raw: bytes) -> Duid:
    if not 2 <= len(raw) <= _LIMIT:
        raise Malformed("DUID", 0, 2, len(raw))
    kind = int.from_bytes(raw[:2], "big")
    needs = {_LLT: 9, _EN: 6, _LL: 5, _UUID: 18}
    if kind not in needs:
        raise Unsupported(f"DUID of type {kind}")
    if len(raw) < needs[kind]:
        raise Malformed(f"DUID of type {kind}", 0, needs[kind], len(raw))
    if kind == _EN:
        return Duid(raw.hex(), kind, enterprise=int.from_bytes(raw[2:6], "big"))
    if kind == _UUID:
        spelled = raw[2:18].hex()
        return Duid(raw.hex(), kind, uuid=Guid("-".join((spelled[:8], spelled[8:12], spelled[12:16], spelled[16:20], spelled[20:]))))
    address = raw[8:] if kind == _LLT else raw[4:]
    mac = MacAddress.from_bytes(address) if len(address) == 6 else None
    time = FileTime.from_unix(_EPOCH + int.from_bytes(raw[4:8], "big")) if kind == _LLT else None
    return Duid(raw.hex(), kind, int.from_bytes(raw[2:4], "big"), mac, time)
