"""Descriptor of a VMDK: the text (`# Disk DescriptorFile`) that says of which extents a disk is made, and what its parent is.

It lies in a file of its own or inside a sparse extent: `CID` (changes with the content), `parentCID` (`ffffffff`: no parent),
`parentFileNameHint`, and the extents, one a line: `access sectors type "file" first-sector`.

Source: VMware, *Virtual Disk Format 5.0*.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LIMIT = 1 << 20
"""Bytes of text that are read."""
_EXTENT = re.compile(r'^\s*(?:RW|RDONLY|NOACCESS)\s+(\d{1,18})\s+(\w+)(?:\s+"([^"]*)"(?:\s+(\d{1,18}))?)?', re.MULTILINE | re.IGNORECASE)
_VALUE = re.compile(r'^\s*([\w.]+)\s*=\s*"?([^"\r\n]*)', re.MULTILINE)


class ExtentLine(NamedTuple):
    """What one line says of an extent."""

    sectors: int
    kind: str
    """Upper case: `SPARSE`, `FLAT`, `ZERO`, `VMFS`, `VMFSSPARSE`."""
    file_name: str
    first_sector: int
    """In its file."""


class Descriptor(NamedTuple):
    """What the text says."""

    values: dict[str, str]
    """By their names in lower case."""
    extents: list[ExtentLine]

    @classmethod
    def parse(cls, data: bytes) -> Descriptor:
        """Read the text, up to the first zero byte."""
        data = data.partition(b"\0")[0]
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
        values = {match[1].lower(): match[2].strip() for match in _VALUE.finditer(text)}
        extents = [ExtentLine(int(match[1]), match[2].upper(), match[3] or "", int(match[4] or 0)) for match in _EXTENT.finditer(text)]
        return cls(values, extents)

    @property
    def is_encrypted(self) -> bool:
        """Whether the disk is encrypted."""
        return any(name.startswith("encryption") for name in self.values)

    def number(self, name: str) -> int | None:
        """Return a hexadecimal value, None where there is none."""
        try:
            return int(self.values[name], 16)
        except (KeyError, ValueError):
            return None
