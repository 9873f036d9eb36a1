"""Identifiers in the one spelling that the report uses: SIDs, GUIDs, MAC addresses."""

from __future__ import annotations

import re

from forensic.errors import Malformed

MAX_SUB_AUTHORITIES = 15
"""The most sub-authorities a SID may have (MS-DTYP 2.4.2)."""

_SID = re.compile(r"S-1(?:-\d{1,15}){1,16}")
_GUID = re.compile(r"\{?([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})\}?")


class Sid(str):
    """A security identifier, written `S-1-…`.

    Layout (MS-DTYP 2.4.2.2):

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 1 | revision | 1 |
    | 1 | 1 | number of sub-authorities | at most 15 |
    | 2 | 6 | identifier authority | big-endian |
    | 8 | 4 each | sub-authorities | little-endian |
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Sid:
        """Read the text form; Malformed when it is none."""
        text = text.strip().upper()
        if not _SID.fullmatch(text) or any(int(part) >> 32 for part in text.split("-")[3:]):
            raise Malformed("text is not a SID")
        return cls(text)

    @classmethod
    def from_bytes(cls, data: bytes, offset: int = 0) -> Sid:
        """Read the binary form that starts at `offset`; bytes behind it are ignored. Malformed when there is none."""
        if len(data) < offset + 8:
            raise Malformed("SID", offset, 8, max(0, len(data) - offset))
        revision, count = data[offset], data[offset + 1]
        if revision != 1 or count > MAX_SUB_AUTHORITIES:
            raise Malformed("SID revision or sub-authority count", offset)
        end = offset + 8 + 4 * count
        if len(data) < end:
            raise Malformed("SID", offset, 8 + 4 * count, len(data) - offset)
        authority = int.from_bytes(data[offset + 2 : offset + 8], "big")
        parts = (int.from_bytes(data[at : at + 4], "little") for at in range(offset + 8, end, 4))
        return cls("-".join(["S-1", str(authority), *map(str, parts)]))

    @property
    def sub_authorities(self) -> tuple[int, ...]:
        """The numbers behind the identifier authority."""
        return tuple(int(part) for part in self.split("-")[3:])

    @property
    def is_machine_or_domain(self) -> bool:
        """Whether this is `S-1-5-21-a-b-c`, the form of a machine's or a domain's own SID."""
        return self.startswith("S-1-5-21-") and len(self.sub_authorities) == 4

    @property
    def is_account(self) -> bool:
        """Whether this is `S-1-5-21-a-b-c-rid`, an account of a machine or a domain."""
        return self.startswith("S-1-5-21-") and len(self.sub_authorities) == 5

    @property
    def prefix(self) -> Sid:
        """The SID without its last part (the RID)."""
        return Sid(self.rpartition("-")[0])

    @property
    def rid(self) -> int:
        """The last part."""
        return int(self.rpartition("-")[2])


class Guid(str):
    """A GUID in lower case with hyphens and without braces."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Guid:
        """Read the text form, with or without braces; Malformed when it is none."""
        match = _GUID.fullmatch(text.strip())
        if match is None:
            raise Malformed("text is not a GUID")
        return cls(match[1].lower())

    @classmethod
    def from_bytes(cls, data: bytes, offset: int = 0) -> Guid:
        """Read 16 bytes in the mixed byte order that Windows stores."""
        raw = data[offset : offset + 16]
        if len(raw) < 16:
            raise Malformed("GUID", offset, 16, len(raw))
        first, second, third = (int.from_bytes(raw[a:b], "little") for a, b in ((0, 4), (4, 6), (6, 8)))
        return cls(f"{first:08x}-{second:04x}-{third:04x}-{raw[8:10].hex()}-{raw[10:].hex()}")

    @property
    def version(self) -> int:
        """The version nibble: 1 time and node, 4 random."""
        return int(self[14], 16)

    @property
    def node(self) -> MacAddress:
        """The last six bytes; in a version-1 GUID the MAC address, or a placeholder, of the machine that made it."""
        return MacAddress.from_bytes(bytes.fromhex(self[24:]))

    @property
    def ticks(self) -> int:
        """The time of a version-1 GUID, in ticks of 100 ns since 1601-01-01T00:00:00Z (RFC 9562, 5.1)."""
        stamp = int(self[15:18] + self[9:13] + self[:8], 16)
        return stamp - 5_748_192_000_000_000  # days between 1582-10-15 and 1601-01-01, in ticks


class MacAddress(str):
    """An EUI-48 hardware address, written `aa:bb:cc:dd:ee:ff`."""

    __slots__ = ()

    @classmethod
    def from_bytes(cls, data: bytes) -> MacAddress:
        """Read six bytes; Malformed when there are fewer."""
        if len(data) < 6:
            raise Malformed("MAC address", None, 6, len(data))
        return cls(data[:6].hex(":"))

    @classmethod
    def parse(cls, text: str) -> MacAddress:
        """Read twelve hex digits with any separators; Malformed when it is something else."""
        digits = re.sub(r"[-:. ]", "", text.strip())
        if not re.fullmatch(r"[0-9a-fA-F]{12}", digits):
            raise Malformed("text is not a MAC address")
        return cls.from_bytes(bytes.fromhex(digits))

    @property
    def is_locally_administered(self) -> bool:
        """Whether the address was assigned by software rather than by a manufacturer."""
        return bool(int(self[:2], 16) & 2)
