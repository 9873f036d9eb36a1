"""Shadow copies: earlier states of a volume."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact_disk
from forensic.model import Basis, Change, Claim, Fact, FileTime, Guid, Kind, Origin, always, kept, usually

if TYPE_CHECKING:
    from forensic.volumes.disk import Volume

_LIBVSHADOW = "libyal/libvshadow, documentation of the Volume Shadow Snapshot format"


class ShadowCopyState(msgspec.Struct, frozen=True):
    """Which shadow copy was read."""

    identifier: Guid
    created: FileTime


SHADOW_COPY = Kind(
    "shadow-copy",
    ShadowCopyState,
    "Shadow copy that the facts of this installation were read from, and when it was made",
    origin=Origin.RANDOM,
    renews={
        Change.GENERALIZE: always(Basis.SOURCED, "4sysops.com, Why Sysprep is obligatory"),
        Change.SPECIALIZE: always(Basis.SOURCED, "4sysops.com, Why Sysprep is obligatory"),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.NEW_DISK: usually(Basis.INFERRED, exception="the copy is one of sectors, which carries it along"),
    },
    namespace="shadow-copy",
    identity=lambda value: value.identifier,
    claims=(
        Claim(
            "Generalize deletes restore points, and the shadow copies that carry them.",
            Basis.SOURCED,
            "4sysops.com, Why Sysprep is obligatory",
        ),
        Claim("The provider is srclient.dll, SysprepGeneralize.", Basis.SOURCED, reference.GENERALIZE_XML),
        Claim("Another machine SID in a shadow copy than in the volume itself shows that the SID changed in between.", Basis.INFERRED),
        Claim(
            "Shadow copies lie in the volume: a copy of its sectors carries them along, an image applied file by file does not.",
            Basis.INFERRED,
        ),
    ),
    references=(_LIBVSHADOW,),
)


@artifact_disk(SHADOW_COPY)
def shadow_copy(volume: Volume) -> Iterator[Fact[ShadowCopyState]]:
    """State the identifier and the time of the shadow copy, where the installation was read from one.

    Both stand in the catalog of the shadow copies of the volume; the time is UTC. On a volume that is not a shadow copy nothing is stated,
    and nothing is missing.
    """
    copy = volume.shadow_copy
    if copy is not None:
        yield SHADOW_COPY.fact(ShadowCopyState(copy.identifier, copy.created), copy.reading)
