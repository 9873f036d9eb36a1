"""SMBIOS: what the firmware said about the machine at the last start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts.declaration import artifact
from forensic.artifacts.known_values.default import EMPTY_GUIDS
from forensic.errors import Malformed
from forensic.model import Basis, Change, Claim, Fact, Guid, Kind, Origin, always

if TYPE_CHECKING:
    from forensic.registry.key import Key

_DMTF = "https://www.dmtf.org/standards/smbios"
_LIMIT = 1 << 20
_HEADER = 8
_STRUCTURES = 4096


class Smbios(msgspec.Struct, frozen=True):
    """Identity of one machine by its firmware tables."""

    uuid: Guid | None = None
    """System UUID with its first three fields little-endian, as Windows spells it; None where no machine has one."""
    manufacturer: str | None = None
    product: str | None = None
    serial: str | None = None
    family: str | None = None
    bios_vendor: str | None = None
    bios_version: str | None = None
    bios_date: str | None = None
    board_manufacturer: str | None = None
    board: str | None = None
    board_serial: str | None = None


SMBIOS = Kind(
    "smbios",
    Smbios,
    "SMBIOS: UUID, serial numbers and model of the machine of the last start",
    origin=Origin.HARDWARE,
    renews={Change.NEW_HARDWARE: always(Basis.SOURCED, "public list of hardware-identifier locations, of low authority")},
    claims=(
        Claim(
            "The driver mssmbios stores the firmware's table.",
            Basis.SOURCED,
            "public list of hardware-identifier locations, of low authority",
        ),
        Claim(
            "Absent from stored hives of XP, Windows 7 and Windows 10: it is volatile on some releases.",
            Basis.OBSERVED,
            "SYSTEM hives of regipy, dissect.regf, M57-PAT",
        ),
        Claim("The first three fields of the UUID are little-endian since SMBIOS 2.6; Windows reads every version so.", Basis.UNVERIFIED),
        Claim("Makers leave placeholders in UUID and serial numbers: such values identify nothing.", Basis.UNVERIFIED),
    ),
    references=(_DMTF,),
)


@artifact("SYSTEM", r"CurrentControlSet\Services\mssmbios\Data", SMBIOS, since=(5, 1))
def smbios(key: Key) -> Iterator[Fact[Smbios]]:
    """State the identity of the machine from the firmware's table: REG_BINARY value `SMBiosData`.

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 1 | calling method | |
    | 1 | 1 | major version | |
    | 2 | 1 | minor version | |
    | 3 | 1 | DMI revision | |
    | 4 | 4 | length | of the table, bytes |
    | 8 | length | table | structures, one behind the other |

    A structure:

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 1 | type | 0 BIOS, 1 system, 2 base board, 127 end |
    | 1 | 1 | length | of the formatted part, at least 4 |
    | 2 | 2 | handle | |
    | length | | strings | each ends with NUL, the set with a second NUL; counted from 1 |

    BIOS: vendor string at 4, version 5, release date 8. System: manufacturer 4, product 5, serial number 7, UUID 8 (16 bytes),
    family 26. Board: manufacturer 4, product 5, serial number 7. The first structure of each type counts. Malformed when a structure
    reaches past the table.
    """
    value = key.value("SMBiosData")
    yield SMBIOS.fact(_parse(value.raw), value)


def _parse(data: bytes) -> Smbios:
    if len(data) < _HEADER or len(data) > _LIMIT:
        raise Malformed("SMBIOS table", 0, _HEADER, len(data))
    length = int.from_bytes(data[4:8], "little")
    if _HEADER + length > len(data):
        raise Malformed("SMBIOS table", _HEADER, length, len(data) - _HEADER)
    tables = _structures(data[_HEADER : _HEADER + length])
    bios, system, board = (tables.get(kind, _Structure(b"", ())) for kind in (0, 1, 2))
    found = Smbios(
        uuid=system.uuid(8),
        manufacturer=system.text(4),
        product=system.text(5),
        serial=system.text(7),
        family=system.text(26),
        bios_vendor=bios.text(4),
        bios_version=bios.text(5),
        bios_date=bios.text(8),
        board_manufacturer=board.text(4),
        board=board.text(5),
        board_serial=board.text(7),
    )
    if found == Smbios():
        raise Malformed("SMBIOS table names no BIOS, system or board")
    return found


class _Structure:
    """The formatted part of one structure, and its strings."""

    def __init__(self, fields: bytes, strings: tuple[bytes, ...]) -> None:
        self._fields, self._strings = fields, strings

    def text(self, offset: int) -> str | None:
        if offset >= len(self._fields):
            return None
        number = self._fields[offset]
        if not 0 < number <= len(self._strings):
            return None
        return self._strings[number - 1].decode("latin-1").strip() or None

    def uuid(self, offset: int) -> Guid | None:
        if offset + 16 > len(self._fields):
            return None
        guid = Guid.from_bytes(self._fields, offset)
        return None if guid in EMPTY_GUIDS else guid


def _structures(table: bytes) -> dict[int, _Structure]:
    """Return the first structure of each type."""
    found: dict[int, _Structure] = {}
    at = 0
    for _ in range(_STRUCTURES):
        if at + 4 > len(table) or table[at] == 127:
            break
        size = table[at + 1]
        end = table.find(b"\0\0", at + size)
        if size < 4 or end < 0:
            raise Malformed("SMBIOS structure", _HEADER + at, max(size, 4), len(table) - at)
        strings = tuple(table[at + size : end].split(b"\0")) if end > at + size else ()
        found.setdefault(table[at], _Structure(table[at : at + size], strings))
        at = end + 2
    return found
