"""Hardware profiles of the configuration database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from forensic.artifacts.declaration import artifact
from forensic.artifacts.known_values.default import EMPTY_GUIDS
from forensic.artifacts.known_values.media import HARDWARE_PROFILES
from forensic.artifacts.optional_values import Deferred
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, Guid, Kind, Origin, always

if TYPE_CHECKING:
    from forensic.registry.key import Key

HARDWARE_PROFILE_GUID = Kind(
    "hardware-profile-guid",
    Guid,
    "HwProfileGuid: time-based identifier of a hardware profile",
    origin=Origin.DERIVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, "M57-PAT (XP), dissect.regf SYSTEM (Windows 10)", machines=2),
        Change.UPGRADE: always(Basis.OBSERVED, "regipy SYSTEM_WIN_10_1709", machines=1),
    },
    namespace="hardware-profile-guid",
    shared=True,
    known_values=(*HARDWARE_PROFILES, *EMPTY_GUIDS),
    claims=(
        Claim(
            "A version-1 GUID whose node is a placeholder: 806d6172696f on XP, 806e6f6e6963 since Vista; no network card made it.",
            Basis.OBSERVED,
            "SYSTEM hives of XP, Windows 7 and Windows 10",
        ),
        Claim(
            "On XP and Windows 10 its time is that of the installation.", Basis.OBSERVED, "M57-PAT (XP), dissect.regf SYSTEM (Windows 10)"
        ),
        Claim(
            "On Windows 7 it is {e29ac6c0-7037-11de-816d-806e6f6e6963}, made on 2009-07-14 with the media: equal on unrelated machines.",
            Basis.OBSERVED,
            "regipy SYSTEM (Windows 7)",
        ),
        Claim(
            "On Windows 8.1 it is {bbed3e02-0b41-11e3-8249-806e6f6e6963}, made on 2013-08-22 with the media.",
            Basis.OBSERVED,
            "regipy SYSTEM_2 (Windows 8.1)",
        ),
        Claim("An upgrade in place makes a new one.", Basis.OBSERVED, "regipy SYSTEM_WIN_10_1709: time part and key of the upgrade's day"),
        Claim(
            "Equal ones occur between strangers, from media that are not listed: it never speaks for a common origin.",
            Basis.OBSERVED,
            "a comparison of 23 groups of real machines",
        ),
        Claim("What a generalize does to it is not known.", Basis.UNVERIFIED),
    ),
)


@artifact("SYSTEM", r"ControlSet*\Control\IDConfigDB\Hardware Profiles", HARDWARE_PROFILE_GUID)
def hardware_profile_guid(key: Key) -> Iterator[Fact[Guid]]:
    r"""State the HwProfileGuid of every hardware profile in one control set, text with braces.

    Profiles are the subkeys `0000`, `0001`, …; `0000` is the pristine one and has no such value. `Current` is a link and left out.
    """
    failures, found = Deferred(), False
    for profile in key.keys():
        with failures:
            value = None if profile.is_link else profile.find_value("HwProfileGuid")
            if value is not None:
                found = True
                yield HARDWARE_PROFILE_GUID.fact(Guid.parse(value.text()), value)
    failures.settle()
    if not found:
        raise NotFound("no profile has a HwProfileGuid")
