r"""Profile list: every user that has a profile on this installation, by SID, with the folder of the profile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import OptionalValues
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, Origin, Sid, always, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key


class ProfileEntry(msgspec.Struct, frozen=True):
    """One entry of the profile list."""

    sid: Sid
    path: str | None = None
    """Folder of the profile as it is stored, with variables such as `%SystemDrive%`."""
    loaded: FileTime | None = None
    unloaded: FileTime | None = None
    state: int | None = None
    """Flags of the profile, as stored."""
    backup: bool = False
    """Whether the key's name ends with `.bak`: Windows set it aside because the profile could not be loaded."""
    stored_sid: Sid | None = None
    """The SID in the value `Sid`, which repeats that of the key's name."""


PROFILE_SID = Kind(
    "profile-sid",
    ProfileEntry,
    "Profile list entry: the SID of a user with a profile",
    origin=Origin.DERIVED,
    renews={
        Change.GENERALIZE: kept(Basis.INFERRED),
        Change.SPECIALIZE: always(Basis.UNVERIFIED),
        Change.SID_CHANGER: always(Basis.SOURCED, reference.NEWSID),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.NEW_PROFILE: always(Basis.UNVERIFIED),
    },
    namespace="machine-sid",
    identity=lambda value: value.sid.prefix if value.sid.is_account else None,
    standing="former",
    shared=True,
    claims=[
        Claim(
            "SIDs of local accounts begin with the machine SID; those of domain accounts with the domain SID.",
            Basis.SOURCED,
            reference.MS_SAMR,
        ),
        Claim("NewSID makes the entries anew under the changed SIDs.", Basis.SOURCED, reference.NEWSID),
        Claim("So entries whose keys all share one time speak for a SID changer.", Basis.INFERRED),
        Claim(
            "A prefix that is neither the machine SID nor the domain SID is a former machine SID, or a domain that was left.",
            Basis.INFERRED,
        ),
        Claim("Sysprep gives the entries of local accounts the new machine SID.", Basis.UNVERIFIED),
        Claim(
            "Microsoft Japan: several user profiles on a machine that is generalized are not expected, and cause damage.",
            Basis.SOURCED,
            reference.JAPAN_SYSPREP,
        ),
        Claim("S-1-5-18, S-1-5-19 and S-1-5-20 are services that every installation has.", Basis.SOURCED, reference.MS_DTYP),
    ],
    references=[reference.NEWSID, reference.JAPAN_SYSPREP, reference.MS_DTYP, reference.MS_SAMR, reference.PROFILE_STATES],
)


@artifact("SOFTWARE", r"Microsoft\Windows NT\CurrentVersion\ProfileList\*", PROFILE_SID)
def profile_sid(key: Key) -> Iterator[Fact[ProfileEntry]]:
    r"""State each entry of the profile list.

    In the SOFTWARE hive, `Microsoft\Windows NT\CurrentVersion\ProfileList\<SID>`:

    | Value | Type | Field | Notes |
    |---|---|---|---|
    | `ProfileImagePath` | REG_EXPAND_SZ | folder of the profile | |
    | `Sid` | REG_BINARY | the SID again, binary | absent for services |
    | `State` | REG_DWORD | flags | 0x1 mandatory, 0x80 guest, 0x100 administrator, 0x800 temporary, … |
    | `LocalProfileLoadTimeHigh`, `…Low` | REG_DWORD | last load | FILETIME in two halves, UTC; later Windows 10 |
    | `LocalProfileUnloadTimeHigh`, `…Low` | REG_DWORD | last unload | the same |
    | `ProfileLoadTimeHigh`, `…Low` | REG_DWORD | last load on XP | 0 from Windows 7 on |

    Caveats: the key's last-written time is that of the last load or unload, not of the profile's creation. A name that ends with `.bak` is
    stated as the SID with `backup` set.
    Source: Precedence Technologies for the flags and the times of XP; the names of the later times are general knowledge.
    """
    name, dot, suffix = key.name.partition(".")
    sid = Sid.parse(name)
    optional = OptionalValues(key)
    stored: Sid | None = None
    with optional:
        value = key.find_value("Sid")
        stored = None if value is None or not value.raw else Sid.from_bytes(value.raw)
    entry = ProfileEntry(
        sid,
        optional.text("ProfileImagePath"),
        _time(optional, "LocalProfileLoadTime") or _time(optional, "ProfileLoadTime"),
        _time(optional, "LocalProfileUnloadTime"),
        optional.number("State"),
        backup=bool(dot) and suffix.lower() == "bak",
        stored_sid=stored,
    )
    yield PROFILE_SID.fact(entry, key)
    optional.settle()


def _time(optional: OptionalValues, name: str) -> FileTime | None:
    high, low = optional.number(f"{name}High"), optional.number(f"{name}Low")
    return FileTime(high << 32 | low) if high and low is not None else None
