"""The disk and the volume that hold the system root, by their own numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact_disk
from forensic.artifacts.known_values.default import DISK_SIGNATURES, EMPTY_GUIDS, VOLUME_SERIALS
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Guid, Kind, Locator, Origin, Span, kept, usually

if TYPE_CHECKING:
    from forensic.volumes.disk import Volume

_WINREG_KB = "https://winreg-kb.readthedocs.io/en/latest/sources/system-keys/Mounted-devices.html"
_LIBFSNTFS = "https://github.com/libyal/libfsntfs/blob/main/documentation/New%20Technologies%20File%20System%20(NTFS).asciidoc"
_UEFI = "https://uefi.org/specs/UEFI/2.10/05_GUID_Partition_Table_Format.html"


class PartitionPlace(msgspec.Struct, frozen=True):
    """Where the volume of the system root lies on its disk."""

    scheme: str
    """`gpt`, `mbr`, or `none` for a bare volume."""
    start: int
    """Bytes."""
    size: int
    """Bytes."""
    guid: Guid | None = None


_COLLISIONS = "Mark Russinovich, Fixing Disk Signature Collisions (TechNet, 2011)"
_UNTOUCHED = kept(Basis.INFERRED, reference.GENERALIZE_XML)
"""Nothing that generalize or specialize runs names it."""
_COPIED = usually(Basis.UNVERIFIED, exception="the copy is one of sectors, which carries it along")

DISK_SIGNATURE = Kind(
    "disk-signature",
    str,
    "Disk signature: the four bytes by which Windows knows a disk with a master boot record",
    origin=Origin.RANDOM,
    renews={
        Change.GENERALIZE: _UNTOUCHED,
        Change.SPECIALIZE: _UNTOUCHED,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: kept(Basis.UNVERIFIED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: _COPIED,
        Change.USE: usually(
            Basis.SOURCED,
            _COLLISIONS,
            exception="no other disk with the same signature is attached: only then Windows writes another",
        ),
    },
    namespace="disk-signature",
    known_values=DISK_SIGNATURES,
    claims=(
        Claim("A copy of a whole disk keeps it; tools that restore images may write a new one.", Basis.UNVERIFIED),
        Claim(
            "Windows gives a disk a new one when two with the same are attached.",
            Basis.SOURCED,
            _COLLISIONS,
        ),
        Claim("MountedDevices holds the signature of the disk that the installation used.", Basis.SOURCED, _WINREG_KB),
    ),
    references=(_WINREG_KB,),
)

DISK_GUID = Kind(
    "disk-guid",
    Guid,
    "Disk GUID: identifier of a disk with a GUID partition table",
    origin=Origin.RANDOM,
    renews={
        Change.GENERALIZE: _UNTOUCHED,
        Change.SPECIALIZE: _UNTOUCHED,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: kept(Basis.UNVERIFIED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: _COPIED,
        Change.USE: kept(Basis.INFERRED),
    },
    namespace="disk-guid",
    known_values=EMPTY_GUIDS,
    claims=(Claim("Stands in the header of the partition table; a copy of a whole disk keeps it.", Basis.SOURCED, _UEFI),),
    references=(_UEFI,),
)

VOLUME_SERIAL = Kind(
    "volume-serial",
    str,
    "Volume serial number: made when the volume was formatted",
    origin=Origin.RANDOM,
    renews={
        Change.GENERALIZE: _UNTOUCHED,
        Change.SPECIALIZE: _UNTOUCHED,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: kept(Basis.UNVERIFIED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: _COPIED,
        Change.USE: kept(Basis.INFERRED),
    },
    namespace="volume-serial",
    known_values=VOLUME_SERIALS,
    claims=(
        Claim("Eight bytes at offset 72 of an NTFS boot sector.", Basis.SOURCED, _LIBFSNTFS),
        Claim(
            "Equal only on copies of the volume's sectors; an image that is applied file by file leaves the new volume its own.",
            Basis.UNVERIFIED,
        ),
    ),
    references=(_LIBFSNTFS,),
)

VOLUME_CREATED = Kind(
    "volume-created",
    FileTime,
    "Volume creation time: when the volume was formatted",
    origin=Origin.OBSERVED,
    renews={
        Change.GENERALIZE: _UNTOUCHED,
        Change.SPECIALIZE: _UNTOUCHED,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: kept(Basis.UNVERIFIED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: _COPIED,
        Change.USE: kept(Basis.INFERRED),
    },
    namespace="volume-created",
    claims=(
        Claim("Equal to the tick: the same act of formatting, hence a copy of the volume's sectors.", Basis.INFERRED),
        Claim("An image that is applied file by file leaves no trace of the master's.", Basis.UNVERIFIED),
    ),
    references=(_LIBFSNTFS,),
)

PARTITION = Kind(
    "partition",
    PartitionPlace,
    "Partition of the system root: place on the disk, size and GUID",
    origin=Origin.DERIVED,
    renews={
        Change.GENERALIZE: _UNTOUCHED,
        Change.SPECIALIZE: _UNTOUCHED,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: kept(Basis.UNVERIFIED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: _COPIED,
        Change.USE: kept(Basis.INFERRED),
    },
    namespace="partition",
    identity=lambda value: value.guid,
    claims=(
        Claim(
            "MountedDevices names the partition that the installation used: by offset on MBR, by GUID on GPT.", Basis.SOURCED, _WINREG_KB
        ),
    ),
    references=(_WINREG_KB, _UEFI),
)


def _require(span: Span | None, what: str) -> Span:
    if span is None:
        raise NotFound(what)
    return span


@artifact_disk(DISK_SIGNATURE)
def disk_signature(volume: Volume) -> Iterator[Fact[str]]:
    """State the disk signature: four bytes at 0x1b8 of the first sector, stated as a number in eight hexadecimal digits.

    Zero, as usual in the protective master boot record of a GPT disk, is none: not-found.
    """
    span = _require(volume.disk.signature, "the disk has no signature")
    yield DISK_SIGNATURE.fact(span.raw[::-1].hex(), span)


@artifact_disk(DISK_GUID)
def disk_guid(volume: Volume) -> Iterator[Fact[Guid]]:
    """State the disk GUID: 16 bytes at 0x38 of the header of the GUID partition table, mixed byte order."""
    span = _require(volume.disk.guid, "no GUID partition table: no disk GUID")
    yield DISK_GUID.fact(Guid.from_bytes(span.raw), span)


@artifact_disk(VOLUME_SERIAL)
def volume_serial(volume: Volume) -> Iterator[Fact[str]]:
    """State the volume serial number from the boot sector, in hexadecimal, most significant byte first.

    | File system | Offset | Size |
    |---|---|---|
    | NTFS | 0x48 | 8; `dir` shows the lower four bytes |
    | FAT12, FAT16 | 0x27 | 4 |
    | FAT32 | 0x43 | 4 |
    | exFAT | 0x64 | 4 |
    """
    span = _require(volume.serial, "the boot sector holds no volume serial number")
    yield VOLUME_SERIAL.fact(span.raw[::-1].hex(), span)


@artifact_disk(VOLUME_CREATED)
def volume_created(volume: Volume) -> Iterator[Fact[FileTime]]:
    """State when the volume was formatted: creation time of NTFS's `$MFT`, a FILETIME in UTC. FAT keeps none."""
    span = _require(volume.created, "the volume tells no creation time")
    yield VOLUME_CREATED.fact(FileTime.from_bytes_le(span.raw), span)


@artifact_disk(PARTITION)
def partition(volume: Volume) -> Iterator[Fact[PartitionPlace]]:
    """State where the volume of the system root lies on its disk: scheme, start and size in bytes, and GUID on GPT.

    The raw bytes are those of the GUID where there is one, else none: the place is then what the partition table says as a whole.
    """
    span = volume.partition_guid
    guid = None if span is None else Guid.from_bytes(span.raw)
    reading = span or Span(Locator(volume=volume.id, field="partition table", offset=volume.start), b"")
    yield PARTITION.fact(PartitionPlace(volume.disk.scheme, volume.start, volume.size, guid), reading)
