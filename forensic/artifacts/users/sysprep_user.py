"""Sysprep's user: the mark that generalize leaves in the profile of whoever ran it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, Kind, Origin, always, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key

_LIST = "ActionFiles\\Generalize.xml of Windows 10 1903 and 1909 (operepo/sysprep_scripts)"

SYSPREP_USER = Kind(
    "sysprep-user",
    int,
    "Mark that generalize ran as this profile's user",
    origin=Origin.OBSERVED,
    renews={Change.GENERALIZE: always(Basis.SOURCED, _LIST), Change.SID_CHANGER: kept(Basis.INFERRED)},
    claims=(
        Claim(
            r"Generalize sets IsSysPrepGeneralized to 1 in HKEY_CURRENT_USER, `Software\Microsoft\Windows\CurrentVersion\CloudStore`.",
            Basis.SOURCED,
            _LIST,
        ),
        Claim("That is one profile: the one of the user, service or task that ran Sysprep.", Basis.INFERRED),
        Claim("Windows 10 1803 deletes the user's CloudStore instead.", Basis.SOURCED, reference.GENERALIZE_LIST),
        Claim("A profile without it says nothing: it may have been deleted before capture, or the mark removed.", Basis.INFERRED),
        Claim("The key's last-written time is no time of Sysprep: the store is written while it is in use.", Basis.INFERRED),
        Claim("No profile that ran Sysprep was among the public data: tested on written hives only.", Basis.UNVERIFIED),
    ),
    references=(_LIST,),
)


@artifact("NTUSER", r"Software\Microsoft\Windows\CurrentVersion\CloudStore", SYSPREP_USER, since=(10, 0), depth="full")
def sysprep_user(key: Key) -> Iterator[Fact[int]]:
    """State that generalize ran as the user of a profile: REG_DWORD value `IsSysPrepGeneralized`, 1. NotFound where it is 0."""
    value = key.value("IsSysPrepGeneralized")
    number = value.number()
    if not number:
        raise NotFound("the mark is 0")
    yield SYSPREP_USER.fact(number, value)
