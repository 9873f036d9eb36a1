r"""Master keys of the data protection API: their names, which a copied profile or machine keeps. What is in them is never read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts.declaration import artifact_folder
from forensic.artifacts.optional_values import Deferred
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Guid, Identifier, Kind, Origin, Sid, always, kept, usually

if TYPE_CHECKING:
    from forensic.windows.folder import Folder

KEY_LIMIT = 1000
"""Master keys of one profile that are stated at most."""

_SID = re.compile(r"S-1(?:-\d{1,15}){1,16}", re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DEVELOPER = "a developer of Microsoft in the newsgroup security.crypto, 2007-07-20, on Windows Vista"
_IMPACKET = "impacket, dpapi.py (public source code): folders of master keys"


class DpapiMasterKey(msgspec.Struct, frozen=True):
    """The name of one master key; the fact's `written` is when its file was last written."""

    key: Guid
    folder: str
    """Name of the folder that holds it: the SID of its owner, followed by `/User` where it belongs to what runs as SYSTEM."""
    created: FileTime | None = None
    """When the file was created on this volume."""


def _owner(value: DpapiMasterKey) -> Iterator[Identifier]:
    """Yield the machine or domain whose account the folder is named after."""
    owner = Sid(value.folder.partition("/")[0])
    if owner.is_account:
        yield Identifier("machine-sid", owner.prefix, "former")


DPAPI_MASTER_KEY = Kind(
    "dpapi-master-key",
    DpapiMasterKey,
    "Name of a master key of the data protection API",
    origin=Origin.RANDOM,
    renews={
        Change.SPECIALIZE: usually(
            Basis.SOURCED, _DEVELOPER, exception="it is a user's key, or a former key of the system's that was left"
        ),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.NEW_PROFILE: always(Basis.INFERRED),
        Change.USE: always(Basis.UNVERIFIED),
    },
    namespace="dpapi-master-key",
    identity=lambda value: value.key,
    also=_owner,
    claims=[
        Claim("A master key's file is named after its GUID, which stands in every blob that the key seals.", Basis.SOURCED, _IMPACKET),
        Claim("About every ninety days a user gets one more; the old ones stay.", Basis.UNVERIFIED),
        Claim("The same name in two images: one profile, or one machine, that was copied.", Basis.INFERRED),
        Claim("The system gets a new master key in the specialize pass.", Basis.SOURCED, _DEVELOPER),
        Claim("Users' keys outlive a generalize in profiles that exist.", Basis.INFERRED),
        Claim("The folder is named after the SID that the user had when the first key was made.", Basis.INFERRED),
        Claim("Roaming profiles carry their keys to every machine of the domain: there the same name shows no copy.", Basis.INFERRED),
    ],
    references=[_IMPACKET],
)


@artifact_folder("%AppData%/Microsoft/Protect", DPAPI_MASTER_KEY, since=(5, 0), names=("*/*",))
def dpapi_master_key(folder: Folder) -> Iterator[Fact[DpapiMasterKey]]:
    r"""State the name of each master key of a profile: files `Microsoft\Protect\<SID>\<GUID>` in its roaming data.

    Caveat: until 2003 `Application Data`, where Windows is not English, has another name and is not found.
    """
    yield from _keys(folder)


@artifact_folder("%SystemRoot%/System32/Microsoft/Protect", DPAPI_MASTER_KEY, since=(5, 0), names=("*/*", "*/User/*"))
def dpapi_system_master_key(folder: Folder) -> Iterator[Fact[DpapiMasterKey]]:
    r"""State the name of each master key of the machine: files `System32\Microsoft\Protect\S-1-5-18\<GUID>`, and in `User` below."""
    yield from _keys(folder)


def _keys(folder: Folder) -> Iterator[Fact[DpapiMasterKey]]:
    failures, stated = Deferred(), 0
    for owner in folder.entries():
        if not owner.is_directory or owner.is_link or not _SID.fullmatch(owner.name):
            continue
        for name in (owner.name.upper(), f"{owner.name.upper()}/User"):
            with failures:
                try:
                    keys = folder.folder(name)
                except NotFound:
                    continue  # only the machine's own has keys of what runs as SYSTEM
                for entry in keys.entries():
                    if entry.is_directory or not _GUID.fullmatch(entry.name):
                        continue
                    if stated >= KEY_LIMIT:
                        raise Malformed(f"{keys.path}: more than {KEY_LIMIT} master keys")
                    with failures:
                        file = keys.file(entry.name)
                        stated += 1
                        yield DPAPI_MASTER_KEY.fact(DpapiMasterKey(Guid.parse(entry.name), name, file.created), file)
    failures.settle()
    if not stated:
        raise NotFound("no master key in it")
