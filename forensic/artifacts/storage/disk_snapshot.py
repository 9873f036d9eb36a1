"""Snapshots of a virtual disk: earlier states of the whole disk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts.declaration import artifact_disk
from forensic.model import Basis, Claim, Fact, FileTime, Kind, Origin

if TYPE_CHECKING:
    from forensic.volumes.disk import Volume

_QCOW2 = "QEMU, docs/interop/qcow2.txt, Snapshots"


class DiskSnapshot(msgspec.Struct, frozen=True):
    """Which snapshot was read."""

    id: str
    name: str
    taken: FileTime | None


DISK_SNAPSHOT = Kind(
    "disk-snapshot",
    DiskSnapshot,
    "Snapshot of the virtual disk that the facts of this installation were read from, and when it was taken",
    origin=Origin.CHOSEN,
    claims=(
        Claim("The time is that of the host's clock.", Basis.SOURCED, _QCOW2),
        Claim(
            "A snapshot shows the same disk at an earlier time; what was on it then need not be the Windows that is on it now.",
            Basis.INFERRED,
        ),
    ),
    references=(_QCOW2,),
)


@artifact_disk(DISK_SNAPSHOT)
def disk_snapshot(volume: Volume) -> Iterator[Fact[DiskSnapshot]]:
    """State id, name and time of the snapshot, where the installation was read from one.

    They stand in the snapshot table of the container; the time is UTC. On the disk as it is now nothing is stated, and nothing is missing.
    """
    one = volume.snapshot
    if one is not None:
        yield DISK_SNAPSHOT.fact(DiskSnapshot(one.id, one.name, one.taken), one.reading)
