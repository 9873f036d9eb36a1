r"""Identity store: what Microsoft's account service keeps in a profile, since when, and which device identity each account here got.

Generalize deletes the store of the system's own profile, whole, and leaves those of users: all in the former is younger than the last
generalize.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.known_values.media import is_media_sid
from forensic.artifacts.optional_values import Deferred
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Identifier, Kind, Origin, Sid, always, kept, usually

if TYPE_CHECKING:
    from forensic.registry.key import Key

KEY_LIMIT = 2_000
"""Keys of one store whose times are read at most."""
ACCOUNT_LIMIT = 1_000
"""Accounts of one store that are stated at most."""
_DEPTH_LIMIT = 5
_SEEN = "DEFAULT hives of win10-rathbun and win10-belkasoft"
_DELETED = usually(
    Basis.SOURCED, reference.GENERALIZE_LIST, exception="it is that of a user's profile, or the release is older than Windows 10 1703"
)


class IdentityStore(msgspec.Struct, frozen=True):
    """The store of one profile."""

    system: bool
    """Whether it is that of the system's own profile, the hive DEFAULT, which generalize deletes."""
    oldest: FileTime
    """Last-written time of the key that was left alone for longest: the store is at least as old."""
    newest: FileTime
    keys: int
    """At most 2,000 are read."""


class DeviceIdentity(msgspec.Struct, frozen=True):
    """The identity of this device towards Microsoft's account service, as one account has it; the fact's `written` is its time."""

    account: Sid
    """Of a user, or `S-1-5-18`, `-19`, `-20` for the services."""
    id: str
    """16 characters, `02` first."""


def _account(value: DeviceIdentity) -> Iterator[Identifier]:
    """Yield the machine or domain of the account."""
    if value.account.is_account and not is_media_sid(value.account.prefix):
        yield Identifier("machine-sid", value.account.prefix, "former")


IDENTITY_STORE = Kind(
    "identity-store",
    IdentityStore,
    "Store of Microsoft's account service in a profile, with the times of its keys",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, _SEEN, machines=2),
        Change.GENERALIZE: _DELETED,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.NEW_PROFILE: always(Basis.OBSERVED, "win10-rathbun: four profiles", machines=1),
    },
    claims=(
        Claim(r"Generalize deletes HKEY_USERS\.DEFAULT\Software\Microsoft\IdentityCRL.", Basis.SOURCED, reference.GENERALIZE_LIST),
        Claim("In the system's profile every key is younger than the last generalize, from Windows 10 1703 on.", Basis.INFERRED),
        Claim("The oldest keys there are of the day of setup.", Basis.OBSERVED, _SEEN),
        Claim("Stores of users stay: they say nothing of a generalize.", Basis.SOURCED, reference.GENERALIZE_LIST),
    ),
    references=(reference.GENERALIZE_LIST,),
)

DEVICE_IDENTITY = Kind(
    "device-identity",
    DeviceIdentity,
    "Device identity that Microsoft's account service gave to an account of this machine",
    origin=Origin.ASSIGNED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, _SEEN, machines=2),
        Change.GENERALIZE: _DELETED,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.UNVERIFIED),
        Change.USE: always(Basis.OBSERVED, "win10-belkasoft: that of the system was provisioned half a year after the others", machines=1),
    },
    namespace="device-identity",
    identity=lambda value: value.id,
    also=_account,
    claims=(
        Claim("The system's profile keeps one for itself, for the services, and for each user who signed in.", Basis.OBSERVED, _SEEN),
        Claim("The same value in two images: one was copied from the other, or both from a third.", Basis.INFERRED),
        Claim("Keys are named after the accounts' SIDs of that time: a former machine SID stays until generalize.", Basis.INFERRED),
        Claim("A SID here may be that of a domain's account.", Basis.OBSERVED, "win10-belkasoft: RID 1106 of its domain"),
    ),
    references=(reference.GENERALIZE_LIST, reference.GDID),
)


@artifact("NTUSER", r"Software\Microsoft\IdentityCRL", IDENTITY_STORE, since=(6, 2), depth="full")
def identity_store(key: Key) -> Iterator[Fact[IdentityStore]]:
    r"""State since when a profile has a store of Microsoft's account service, by the times of its keys, five levels deep.

    In the profile's NTUSER.DAT, and in the hive DEFAULT of the system's own profile. What is in it is read elsewhere.
    """
    failures, times = Deferred(), [key.written]
    with failures:
        times += islice(_times(key, _DEPTH_LIMIT), KEY_LIMIT)
    system = (key.place.file or "").replace("\\", "/").rpartition("/")[2].upper() == "DEFAULT"
    yield IDENTITY_STORE.fact(IdentityStore(system, min(times), max(times), len(times)), key)
    failures.settle()


def _times(key: Key, depth: int) -> Iterator[FileTime]:
    for child in key.keys():
        yield child.written
        if depth > 1:
            yield from _times(child, depth - 1)


@artifact("NTUSER", r"Software\Microsoft\IdentityCRL\DeviceIdentities\production", DEVICE_IDENTITY, since=(10, 0), depth="full")
def device_identity(key: Key) -> Iterator[Fact[DeviceIdentity]]:
    r"""State the device identity of each account: keys named after a SID, text value `ValidDeviceId`.

    Seen in the hive DEFAULT alone. The sealed password beside it, `DeviceId`, is not read. NotFound when no account has one, Malformed of
    other text.
    """
    failures, found = Deferred(), False
    for child in islice(key.keys(), ACCOUNT_LIMIT):
        if not child.name.upper().startswith("S-1-"):
            continue
        with failures:
            value = child.value("ValidDeviceId")
            text = value.text().lower()
            if not re.fullmatch("[0-9a-z]{16}", text):
                raise Malformed("device identity is not 16 characters", value.place.offset)
            found = True
            yield DEVICE_IDENTITY.fact(DeviceIdentity(Sid.parse(child.name.upper()), text), value)
    failures.settle()
    if not found:
        raise NotFound("no account has a device identity")
