"""Mounted devices: which disk and partition this installation gave each drive letter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.known_values.media import is_media_guid
from forensic.artifacts.optional_values import Deferred
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, Guid, Identifier, Kind, Origin, always, decode_utf16, kept, usually

if TYPE_CHECKING:
    from forensic.registry.key import Key

_WINREG_KB = "https://winreg-kb.readthedocs.io/en/latest/sources/system-keys/Mounted-devices.html"
_MEDIA = "Panther/setupact.log of a Windows 10 1709 from media: FixMountedDevicesKey"
_VOLUME = re.compile(r"\\\?\?\\Volume(\{[0-9A-Fa-f-]{36}\})|#(\{[0-9A-Fa-f-]{36}\})")
_GPT = b"DMIO:ID:"
_DEVICE = ("\\??\\", "_??_")
_LIMIT = 4096


class MountedDevice(msgspec.Struct, frozen=True):
    """One drive letter or volume name, and the device behind it."""

    name: str
    """E.g. `\\DosDevices\\C:` or `\\??\\Volume{…}`."""
    scheme: Literal["mbr", "gpt", "device", "unknown"]
    disk_signature: str | None = None
    """Eight hexadecimal digits, as a number."""
    offset: int | None = None
    """Bytes from the start of the disk to the partition."""
    partition_guid: Guid | None = None
    text: str | None = None
    """Device path of removable and virtual devices."""
    volume_guid: Guid | None = None
    """From the name; in version 1 its node is the address of a network card, or a placeholder."""


def _volume(value: MountedDevice) -> Guid | None:
    """Return the volume's name where it was made on this machine; other versions repeat disk and partition, of removable disks too."""
    guid = value.volume_guid
    return guid if guid is not None and guid.version == 1 and not is_media_guid(guid) else None


def _system_disk(value: MountedDevice) -> Iterator[Identifier]:
    """Yield disk and partition behind drive C:, on which the installation was used; other letters may be removable disks."""
    if value.name.upper() == "\\DOSDEVICES\\C:":
        for namespace, named in (("disk-signature", value.disk_signature), ("partition", value.partition_guid)):
            if named is not None:
                yield Identifier(namespace, named, "former")


_MANAGED = usually(
    Basis.INFERRED,
    reference.GENERALIZE_XML,
    exception="the provider of generalize leaves the name: which ones it deletes is not documented",
)

MOUNTED_DEVICE = Kind(
    "mounted-device",
    MountedDevice,
    "Mounted device: disk and partition behind a drive letter or volume name",
    origin=Origin.DERIVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, _MEDIA, machines=1),
        Change.GENERALIZE: _MANAGED,
        Change.SPECIALIZE: _MANAGED,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_DISK: usually(Basis.INFERRED, exception="the disk was copied sector by sector, with its signature"),
    },
    decisive=True,
    namespace="mounted-device",
    identity=_volume,
    also=_system_disk,
    claims=(
        Claim(
            "Twelve bytes: disk signature and partition offset; `DMIO:ID:` and 16 bytes: a GPT partition; else a device path.",
            Basis.SOURCED,
            _WINREG_KB,
        ),
        Claim("C: naming another disk signature than the disk has: the volume was copied to another disk.", Basis.INFERRED),
        Claim(
            "Names of volumes are version-1 GUIDs: time of making, and MAC address or placeholder.",
            Basis.OBSERVED,
            "SYSTEM hives of XP and Windows 7",
        ),
        Claim(
            "Generalize calls the mount-point manager's provider, Sysprep_Generalize_MountPointManager; which values it deletes is not "
            "documented.",
            Basis.SOURCED,
            reference.GENERALIZE_XML,
        ),
        Claim("Setup from media writes the entry of C: anew.", Basis.OBSERVED, _MEDIA),
    ),
    references=(_WINREG_KB,),
)


@artifact("SYSTEM", "MountedDevices", MOUNTED_DEVICE, since=(5, 0))
def mounted_device(key: Key) -> Iterator[Fact[MountedDevice]]:
    r"""State every mounted device: one REG_BINARY value for each drive letter and volume name.

    MBR, 12 bytes:

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 4 | disk signature | little-endian; the same four bytes at 0x1b8 of the disk |
    | 4 | 8 | partition offset | bytes |

    GPT, 24 bytes:

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 8 | `DMIO:ID:` | |
    | 8 | 16 | partition GUID | mixed byte order |

    Anything else is a device path in UTF-16LE, `\??\…` or `_??_…`, e.g. `\??\SCSI#CdRom…`. What is none of these is stated as
    `unknown` with its bytes. The key keeps devices that are long gone.
    """
    failures, found = Deferred(), False
    for value in key.values():
        with failures:
            yield MOUNTED_DEVICE.fact(_parse(value.name, value.raw), value)
            found = True
    failures.settle()
    if not found:
        raise NotFound("MountedDevices has no values")


def _parse(name: str, raw: bytes) -> MountedDevice:
    match = _VOLUME.fullmatch(name)
    volume = Guid.parse(match[1] or match[2]) if match else None
    if len(raw) == 12:
        signature, offset = int.from_bytes(raw[:4], "little"), int.from_bytes(raw[4:], "little")
        return MountedDevice(name, "mbr", disk_signature=f"{signature:08x}", offset=offset, volume_guid=volume)
    if len(raw) == 24 and raw.startswith(_GPT):
        return MountedDevice(name, "gpt", partition_guid=Guid.from_bytes(raw, 8), volume_guid=volume)
    text = decode_utf16(raw[:_LIMIT]).rstrip("\0")
    if not text.startswith(_DEVICE) or not text.isprintable():
        return MountedDevice(name, "unknown", volume_guid=volume)
    return MountedDevice(name, "device", text=text, volume_guid=volume)
