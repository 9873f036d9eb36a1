"""Storage Spaces: the identifiers that every installation makes for itself, whether it uses the feature or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.known_values.default import EMPTY_GUIDS
from forensic.artifacts.optional_values import Deferred
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Guid, Kind, Origin, always, kept, usually

if TYPE_CHECKING:
    from forensic.registry.key import Key


class StorageSpaceId(msgspec.Struct, frozen=True):
    """One of the two identifiers."""

    name: str
    """`ControlId` or `PrimordialId`."""
    id: Guid
    made: FileTime | None = None
    """When it was made, by the GUID itself, where that is of the version that holds a time."""


_SEEN = "SYSTEM hives of regipy: Windows 8.1, Windows 10 1709, and a Windows 10 that was upgraded in place"
_UPGRADED = "regipy SYSTEM_WIN_10_1709: upgraded 2019-05-16, both identifiers of 2017-07-12"

STORAGE_SPACE_ID = Kind(
    "storage-space-id",
    StorageSpaceId,
    "Identifier of Storage Spaces that the installation made for itself",
    origin=Origin.RANDOM,
    renews={
        Change.SETUP: always(Basis.OBSERVED, _SEEN, machines=3),
        Change.GENERALIZE: usually(
            Basis.SOURCED, reference.GENERALIZE_LIST, exception="the release is older than Windows 10 1703, whose list is not known"
        ),
        Change.SPECIALIZE: always(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: kept(Basis.OBSERVED, _UPGRADED, machines=1),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
    },
    namespace="storage-space-id",
    identity=lambda value: value.id,
    claims=(
        Claim("Generalize deletes both values; the driver makes new ones at its next start.", Basis.SOURCED, reference.GENERALIZE_LIST),
        Claim("Both are there where Storage Spaces was never used.", Basis.OBSERVED, _SEEN),
        Claim(
            "The GUIDs hold time and node: the time is that of the first start of the driver; the node is 80:6e:6f:6e:69:63 on every "
            "machine, a placeholder.",
            Basis.OBSERVED,
            _SEEN,
        ),
        Claim(
            "Its clock is that of Setup, which may run in the media's zone: one is an hour ahead of the time at which its key was written.",
            Basis.OBSERVED,
            "regipy SYSTEM_B: 13:11:28 beside 12:11:29",
        ),
        Claim("A time more than a day before a generalize that is claimed refutes it, from Windows 10 1703 on.", Basis.INFERRED),
        Claim("The key's last-written time is younger: other values of it are written later.", Basis.OBSERVED, _UPGRADED),
        Claim("Nobody edits them: no guide and no program was found that does.", Basis.INFERRED),
    ),
    references=(reference.GENERALIZE_LIST,),
)

_NAMES = ("ControlId", "PrimordialId")
_FIRST_TIME, _LAST_TIME = 125_911_584_000_000_000, 157_469_184_000_000_000


@artifact("SYSTEM", r"CurrentControlSet\Services\spaceport\Parameters", STORAGE_SPACE_ID, since=(6, 2), depth="full")
def storage_space_id(key: Key) -> Iterator[Fact[StorageSpaceId]]:
    """State the identifiers of Storage Spaces: REG_SZ values `ControlId` and `PrimordialId`, GUIDs in braces.

    They are of version 1 (RFC 9562): `made` is their own time, UTC, between 2000 and 2100; a GUID of another version has none. GUIDs of
    zeros are left out. NotFound when there is neither, Malformed where one is no GUID.
    """
    failures, found = Deferred(), False
    for name in _NAMES:
        with failures:
            value = key.find_value(name)
            if value is None:
                continue
            guid = Guid.parse(value.text())
            if guid in EMPTY_GUIDS:
                continue
            found = True
            made = FileTime(guid.ticks) if guid.version == 1 and _FIRST_TIME <= guid.ticks <= _LAST_TIME else None
            yield STORAGE_SPACE_ID.fact(StorageSpaceId(name, guid, made), value)
    failures.settle()
    if not found:
        raise NotFound("Storage Spaces has no identifier")
