r"""Key containers of the machine: files whose names end in the MachineGuid that was in force when they were made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact_folder
from forensic.artifacts.optional_values import Deferred
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Guid, Kind, Origin, always, kept

if TYPE_CHECKING:
    from forensic.volumes.tree import File
    from forensic.windows.folder import Folder

GUID_LIMIT = 1000
"""Endings of one folder that are stated at most, those of most files first."""
TIME_LIMIT = 16
"""Files of one ending whose times are read at most: those of known containers first, then by name."""

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAME_SIZE = 32 + 1 + 36
_MIMIKATZ = "public output of mimikatz: container TSSecKeySet1 has the unique name f686aace6942fb7f7ceb231212eef4a4_<guid>"
_SCRIPT = "public script Clear-MachineKeys: known containers, their names ended by the MachineGuid of the registry"

CONTAINERS = {
    "f686aace6942fb7f7ceb231212eef4a4": "TSSecKeySet1",
    "6de9cb26d2b98c01ec4e9e8b34824aa2": "iisConfigurationKey",
    "d6d986f09a1ee04e24c949879fdb506c": "NetFrameworkConfigurationKey",
    "76944fb33636aeddb9590521c2e8815a": "iisWasKey",
    "c2319c42033a5ca7f44e731bfd3fa2b5": "Microsoft Internet Information Server",
    "bedbf0b4da5f8061b6444baedf4c00b1": "WMSvc Certificate Key Container",
    "7a436fe806e483969f48a894af2fe9a1": "MS IIS DCOM Server",
}
"""Containers whose names are the same everywhere, by the first part of their file's name: from the script that the claims name."""
STORES = ("RSA/MachineKeys", "RSA/S-1-5-18", "RSA/S-1-5-19", "RSA/S-1-5-20", "DSS/MachineKeys", "Keys", "SystemKeys")
"""Folders below `Microsoft/Crypto` that hold the machine's keys."""


class MachineKeyFile(msgspec.Struct, frozen=True):
    """The key files of one folder whose names end in the same GUID."""

    guid: Guid
    """The ending: the MachineGuid of the machine when they were made."""
    store: str
    """The folder, e.g. `RSA/MachineKeys`."""
    count: int
    containers: tuple[str, ...] = ()
    """Those of known names, e.g. `TSSecKeySet1` of Remote Desktop."""
    first: FileTime | None = None
    """Earliest creation on this volume among the files that were looked at."""
    last: FileTime | None = None
    """Latest last-written time among them."""
    timed: int = 0
    """How many files were looked at for the times: at most 16."""


def _machine_guid(value: MachineKeyFile) -> Guid | None:
    """Return the ending of the machine's own key files: those of a roaming profile name other machines, and `Keys` may be either's."""
    return value.guid if value.store.startswith("RSA/") and not value.store.upper().startswith("RSA/S-1-5-21-") else None


MACHINE_KEY_FILE = Kind(
    "machine-key-file",
    MachineKeyFile,
    "MachineGuid at the end of the names of key files",
    origin=Origin.DERIVED,
    renews={
        Change.SETUP: always(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
    },
    namespace="machine-guid",
    identity=_machine_guid,
    standing="former",
    claims=[
        Claim("A key file is named after its container and the machine: `<32 hex digits>_<MachineGuid>`.", Basis.SOURCED, _SCRIPT),
        Claim("The key of Remote Desktop lies in the container TSSecKeySet1; each machine has another ending.", Basis.SOURCED, _MIMIKATZ),
        Claim(
            "Where MachineGuid is changed, files that exist keep their names: an ending other than MachineGuid is a former one.",
            Basis.INFERRED,
        ),
        Claim(
            "Generalizing gives a new MachineGuid: keys of the master with another ending are then normal, also on a compliant copy.",
            Basis.INFERRED,
        ),
        Claim(
            "Generalize calls a provider for the machine's keys, CAPISysPrep_Generalize; which files it removes is not documented.",
            Basis.SOURCED,
            reference.GENERALIZE_XML,
        ),
        Claim("Two images that share an ending descend from one machine, whatever their MachineGuid is now.", Basis.INFERRED),
        Claim(
            "Keys in a profile end in the GUID of the machine where they were made: roaming profiles carry foreign ones.", Basis.INFERRED
        ),
    ],
    references=[_SCRIPT, _MIMIKATZ],
)


@artifact_folder("%ProgramData%/Microsoft/Crypto", MACHINE_KEY_FILE, since=(5, 0), names=tuple(f"{store}/*" for store in STORES))
def machine_key_file(folder: Folder) -> Iterator[Fact[MachineKeyFile]]:
    r"""State the GUIDs in which the machine's key files end: `Microsoft\Crypto\RSA\MachineKeys`, and the folders beside it.

    Caveat: until 2003 `Application Data`, where Windows is not English, has another name and is not found.
    """
    yield from _stores(folder, STORES)


@artifact_folder("%AppData%/Microsoft/Crypto", MACHINE_KEY_FILE, since=(5, 0), names=("RSA/*/*", "Keys/*"))
def user_key_file(folder: Folder) -> Iterator[Fact[MachineKeyFile]]:
    r"""State the GUIDs in which a user's key files end: `Microsoft\Crypto\RSA\<SID>` in the roaming data, and `Keys`.

    Caveat: until 2003 `Application Data`, where Windows is not English, has another name and is not found.
    """
    yield from _stores(folder, _user_stores(folder))


def _user_stores(folder: Folder) -> tuple[str, ...]:
    try:
        owners = [entry.name for entry in folder.folder("RSA").entries() if entry.is_directory and entry.name.upper().startswith("S-1-")]
    except NotFound:
        owners = []
    return (*(f"RSA/{name}" for name in owners[:16]), "Keys")


def _stores(crypto: Folder, names: tuple[str, ...]) -> Iterator[Fact[MachineKeyFile]]:
    failures, stated = Deferred(), False
    for name in names:
        with failures:
            try:
                store = crypto.folder(name)
            except NotFound:
                continue  # no machine has all of them
            for fact in _endings(store, name):
                stated = True
                yield fact
    failures.settle()
    if not stated:
        raise NotFound("no key file in it")


def _endings(store: Folder, place: str) -> Iterator[Fact[MachineKeyFile]]:
    files: dict[str, list[tuple[str, str]]] = {}
    for entry in store.entries():
        name = entry.name.lower()
        if len(name) == _NAME_SIZE and name[32] == "_" and not entry.is_directory:
            files.setdefault(name[33:], []).append((name[:32], entry.name))
    files = {guid: named for guid, named in files.items() if _GUID.fullmatch(guid)}
    most_first = sorted(files.items(), key=lambda item: (-len(item[1]), item[0]))
    for guid, named in most_first[:GUID_LIMIT]:
        known = [(container, file) for container, file in named if container in CONTAINERS]
        looked = [store.file(file) for _, file in (known + [one for one in named if one[0] not in CONTAINERS])[:TIME_LIMIT]]
        value = MachineKeyFile(
            Guid(guid),
            place,
            len(named),
            tuple(sorted({CONTAINERS[container] for container, _ in known})),
            min(_times(looked, "created"), default=None),
            max(_times(looked, "written"), default=None),
            len(looked),
        )
        yield MACHINE_KEY_FILE.fact(value, looked[0])
    if len(files) > GUID_LIMIT:
        raise Malformed(f"{store.path}: {len(files)} endings, of which {GUID_LIMIT} are stated")


def _times(files: list[File], which: str) -> list[FileTime]:
    return [time for file in files if (time := getattr(file, which)) is not None]
