"""User hive SID: whose hive an NTUSER.DAT or UsrClass.dat is, by the access rights on its root."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, Kind, Origin, Sid, Span, always, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key

_ACCOUNT = re.compile(rb"\x01\x05\0\0\0\0\0\x05\x15\0\0\0.{16}", re.DOTALL)
_SEEN = "14 public hives of users, XP to Windows 10"

USER_HIVE_SID = Kind(
    "user-hive-sid",
    Sid,
    "SID of the user whose hive it is, in the access rights on its root",
    origin=Origin.DERIVED,
    renews={
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.NEW_PROFILE: always(Basis.INFERRED),
    },
    namespace="machine-sid",
    identity=lambda value: value.prefix if value.is_account else None,
    standing="former",
    shared=True,
    claims=(
        Claim("The root of a user's hive gives its user full access, beside SYSTEM, Administrators and RESTRICTED.", Basis.OBSERVED, _SEEN),
        Claim(
            "The SID of a local account begins with the machine SID, that of a domain account with the domain's: a hive alone does not say "
            "which of the two it is.",
            Basis.SOURCED,
            reference.MS_SAMR,
        ),
        Claim(
            "A profile that was copied to another user by hand keeps the rights of the former one, unless they were set anew.",
            Basis.INFERRED,
        ),
        Claim("Hives of services and of the default user name no account.", Basis.OBSERVED, "Windows 10 machine DESKTOP-GNCCVRK"),
    ),
    references=(reference.MS_DTYP, reference.MS_SAMR),
)


@artifact("NTUSER", "", USER_HIVE_SID, depth="full")
def user_hive_sid(key: Key) -> Iterator[Fact[Sid]]:
    """State each account that the security descriptor of the root of NTUSER.DAT names: as a rule the user, and nobody else.

    The descriptor is self-relative (MS-DTYP 2.4.6); SIDs `S-1-5-21-…` with five parts are accounts.
    """
    return _named(key)


@artifact("USRCLASS", "", USER_HIVE_SID, depth="full")
def user_hive_sid_of_classes(key: Key) -> Iterator[Fact[Sid]]:
    """State each account that the security descriptor of the root of UsrClass.dat names."""
    return _named(key)


def _named(key: Key) -> Iterator[Fact[Sid]]:
    descriptor = key.security
    found: dict[bytes, int] = {}
    for match in _ACCOUNT.finditer(descriptor.raw):
        found.setdefault(match[0], match.start())
    for raw, start in found.items():
        place = descriptor.place.inside(offset=(descriptor.place.offset or 0) + start)
        yield USER_HIVE_SID.fact(Sid.from_bytes(raw), Span(place, raw, key.written, descriptor.state))
    if not found:
        raise NotFound("the access rights on the root name no account")
