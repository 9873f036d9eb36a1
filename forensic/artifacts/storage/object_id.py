r"""Object ids of files: version-1 GUIDs, which say on which network card's machine, and when, each was made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from forensic.artifacts.declaration import artifact_file
from forensic.errors import ForensicError, Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Guid, Kind, MacAddress, Origin, Span, always, kept, usually

if TYPE_CHECKING:
    from forensic.volumes.tree import File

NODE_LIMIT = 1000
"""Addresses, and birth volumes, that are stated at most, those of most files first."""

_LIBFSNTFS = "libyal, NTFS documentation, https://github.com/libyal/libfsntfs/blob/main/documentation/New%20Technologies%20File%20System%20(NTFS).asciidoc"
_MS_DLTW = "Microsoft, [MS-DLTW] Distributed Link Tracking: Workstation Protocol"
_VOLUME_RECORD = 3
_NOTHING = Guid("00000000-0000-0000-0000-000000000000")


class ObjectIdMac(msgspec.Struct, frozen=True):
    """An address in the object ids of files."""

    mac: MacAddress
    count: int
    """Object ids that hold it."""
    first: FileTime
    """Time of the earliest of these ids."""
    last: FileTime


class BirthVolume(msgspec.Struct, frozen=True):
    """A volume on which files of this volume were when they got their object ids."""

    id: Guid
    """The volume's object id."""
    count: int
    """Files that name it."""


OBJECT_ID_MAC = Kind(
    "object-id-mac",
    ObjectIdMac,
    "Network address in the object ids of files, with the times of these ids",
    origin=Origin.HARDWARE,
    renews={
        Change.GENERALIZE: kept(Basis.INFERRED),
        Change.SPECIALIZE: kept(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.USE: always(Basis.OBSERVED, "images of Velociraptor (VMware), DFIR-ORC (HP) and plaso (QEMU)", machines=3),
    },
    claims=[
        Claim("`$Extend/$ObjId` indexes the object ids of all files on the volume.", Basis.SOURCED, _LIBFSNTFS),
        Claim(
            "The ids are version-1 GUIDs: their node is the address of a network card, of a virtual machine's too.",
            Basis.OBSERVED,
            "images of Velociraptor (VMware), DFIR-ORC (HP) and plaso (QEMU)",
        ),
        Claim(
            "The addresses and times are those of the machine on which the ids were made; a copy of the disk keeps them.", Basis.INFERRED
        ),
        Claim("A volume that was moved between machines, as removable disks are, has addresses of them all.", Basis.INFERRED),
        Claim("A node whose first byte is odd is random: the machine had no network card.", Basis.SOURCED, "RFC 9562, 6.10"),
        Claim("The times may run ahead of or behind the clock by minutes: several ids are handed out from one range.", Basis.UNVERIFIED),
    ],
    references=[_LIBFSNTFS, "RFC 9562, Universally Unique IDentifiers"],
)

VOLUME_OBJECT_ID = Kind(
    "volume-object-id",
    Guid,
    "Object id of the volume",
    origin=Origin.RANDOM,
    renews={
        Change.GENERALIZE: kept(Basis.INFERRED),
        Change.SPECIALIZE: kept(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: usually(Basis.INFERRED, exception="the copy is one of sectors, which carries it along"),
    },
    namespace="volume-object-id",
    claims=[
        Claim("Link tracking gives each volume an id, which shortcuts to its files carry.", Basis.SOURCED, _MS_DLTW),
        Claim("A copy of blocks keeps it; that link tracking notices the copy and renews it is possible.", Basis.UNVERIFIED),
    ],
    references=[_MS_DLTW, _LIBFSNTFS],
)

BIRTH_VOLUME = Kind(
    "birth-volume",
    BirthVolume,
    "Volume on which files got their object ids",
    origin=Origin.RANDOM,
    renews={Change.USE: always(Basis.INFERRED)},
    namespace="volume-object-id",
    identity=lambda value: value.id,
    standing="former",
    claims=[
        Claim("Each entry keeps the id of the volume where its file was when it got its object id.", Basis.SOURCED, _LIBFSNTFS),
        Claim("Another volume than this one: files that were moved, or applied from an image with their object ids.", Basis.INFERRED),
        Claim("It is often all zeros, which is not stated.", Basis.OBSERVED, "images of Velociraptor, DFIR-ORC and plaso"),
    ],
    references=[_LIBFSNTFS],
)


@artifact_file("%SystemDrive%/$Extend/$ObjId", OBJECT_ID_MAC, VOLUME_OBJECT_ID, BIRTH_VOLUME, since=(5, 0), depth="full")
def object_id(file: File) -> Iterator[Fact[Any]]:
    """State what the object ids on the volume say: index `$O` of `$Extend/$ObjId`.

    The key of an entry is the id, its data:

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 6 | MFT record | 3: the volume itself |
    | 6 | 2 | sequence number | |
    | 8 | 16 | birth volume | object id of a volume |
    | 24 | 16 | birth object id | |
    | 40 | 16 | domain id | not used |
    """
    nodes: dict[MacAddress, list[Guid]] = {}
    births: dict[Guid, int] = {}
    volume: Guid | None = None
    failure: ForensicError | None = None
    try:
        for key, data in file.index("$O"):
            if len(key) != 16 or len(data) < 24:
                raise Malformed(f"{file.path}: entry of the index", None, 24, len(data))
            guid, birth = Guid.from_bytes(key), Guid.from_bytes(data, 8)
            if int.from_bytes(data[:6], "little") == _VOLUME_RECORD:
                volume = guid
            elif guid.version == 1:
                nodes.setdefault(guid.node, []).append(guid)
            if birth != _NOTHING:
                births[birth] = births.get(birth, 0) + 1
    except ForensicError as error:
        failure = error  # what the sound entries say is stated first

    place = file.place.inside(file=f"{file.path}:$O")
    if volume is not None:
        yield VOLUME_OBJECT_ID.fact(volume, Span(place, b""))
    for mac, guids in sorted(nodes.items(), key=lambda item: (-len(item[1]), item[0]))[:NODE_LIMIT]:
        times = sorted(guid.ticks for guid in guids)
        yield OBJECT_ID_MAC.fact(ObjectIdMac(mac, len(guids), FileTime(max(0, times[0])), FileTime(max(0, times[-1]))), Span(place, b""))
    for birth, count in sorted(births.items(), key=lambda item: (-item[1], item[0]))[:NODE_LIMIT]:
        yield BIRTH_VOLUME.fact(BirthVolume(birth, count), Span(place, b""))
    if failure is not None:
        raise failure
    if max(len(nodes), len(births)) > NODE_LIMIT:
        raise Malformed(f"{file.path}: more than {NODE_LIMIT} addresses or volumes; those of most files are stated")
    if not nodes and not births and volume is None:
        raise NotFound(f"{file.path}: no file has an object id of version 1")
