"""Defaults: values that stand where nothing was ever set."""

from __future__ import annotations

from forensic.artifacts.known_values import KnownValue
from forensic.model import Basis, Guid

_CURRENT = "Psmths/windows-forensic-artifacts, enumeration/current-version.md"
_OBSERVED, _UNVERIFIED = Basis.OBSERVED, Basis.UNVERIFIED
_GENERAL = "general knowledge, no document"

EMPTY_GUIDS = {
    Guid("00000000-0000-0000-0000-000000000000"): KnownValue("a GUID that was never set", _UNVERIFIED, _GENERAL),
    Guid("ffffffff-ffff-ffff-ffff-ffffffffffff"): KnownValue("a GUID of ones, as BuildGUID of current builds", _OBSERVED, _CURRENT),
}
DISK_SIGNATURES = {"00000000": KnownValue("a disk without a signature, as most with a GUID partition table", _UNVERIFIED, _GENERAL)}
VOLUME_SERIALS = {
    "0000000000000000": KnownValue("an NTFS volume without a serial number", _UNVERIFIED, _GENERAL),
    "00000000": KnownValue("a FAT volume without a serial number", _UNVERIFIED, _GENERAL),
}
WORKGROUPS = {"WORKGROUP": KnownValue("the workgroup of a new installation", _OBSERVED, "M57 (XP), MSEDGEWIN10, Windows 10")}
