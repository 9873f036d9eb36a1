r"""Key times of the security policy: when the machine SID, the names and the key material of an installation were written last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, Kind, Origin, always

if TYPE_CHECKING:
    from forensic.registry.key import Key

LSA_POLICY_TIME = Kind(
    "lsa-policy-time",
    str,
    "Last-written time of a key of the security policy",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, "M57 (XP), and SECURITY hives of 2008 to 2022", machines=7),
        Change.SPECIALIZE: always(Basis.INFERRED),
        Change.SID_CHANGER: always(Basis.INFERRED),
        Change.DC_PROMOTION: always(Basis.OBSERVED, "six domain controllers, 2008 to 2022", machines=6),
        Change.DOMAIN_JOIN: always(Basis.OBSERVED, "M57 (XP), Windows 10 hives", machines=2),
        Change.RENAME: always(Basis.OBSERVED, "M57 (XP), Windows 10 hives", machines=2),
    },
    claims=[
        Claim(
            "`PolAcDmS` moves when the machine SID is written: on XP in the same second in which the SAM domain was created, on domain "
            "controllers at the promotion.",
            Basis.OBSERVED,
            "M57 (XP), six domain controllers, 2008 to 2022",
        ),
        Claim(
            "`PolAcDmN` moves when the computer is renamed, `PolPrDmS` and `PolPrDmN` when it joins a domain or a workgroup.",
            Basis.OBSERVED,
            "M57 (XP), Windows 10 hives",
        ),
        Claim(
            "`PolRevision` comes with the media from 2008 to 2012 R2 (2008-01-19, 2009-07-14, 2012-07-26, 2013-08-22); setup writes it "
            "on XP and from Windows 10 on.",
            Basis.OBSERVED,
            "public SECURITY hives, 2008 to 2022",
        ),
        Claim(
            "`PolOldSyskey` and `PolEKList` are there from Windows Vista on, with a time of the day of installation.",
            Basis.OBSERVED,
            "every SECURITY hive of Vista and later that was read",
        ),
        Claim("A SID changer moves `PolAcDmS` and leaves SYSTEM `Setup\\SetupCl`; Sysprep's own pass writes both.", Basis.INFERRED),
        Claim(
            "Setup steps the clock when it sets the time zone: these times can lie hours before or after one another.",
            Basis.OBSERVED,
            "Windows 7 and Windows 10 hives of regipy and dissect.regf",
        ),
    ],
    references=[reference.WINREG_KB, reference.RECMD],
)

_NAMES = ("PolAcDmS", "PolAcDmN", "PolPrDmS", "PolPrDmN", "PolRevision", "PolOldSyskey", "PolEKList", "PolAdtEv")


@artifact("SECURITY", "Policy", LSA_POLICY_TIME)
def lsa_policy_time(key: Key) -> Iterator[Fact[str]]:
    r"""State when keys of the security policy were written last; the value is the name of the key, `written` the time in UTC.

    In the SECURITY hive, below `Policy`:

    | Key | Holds | Its time |
    |---|---|---|
    | `PolAcDmS` | machine SID | when the SID was written last |
    | `PolAcDmN` | computer name | last renaming |
    | `PolPrDmS`, `PolPrDmN` | SID and name of the domain | join or leave |
    | `PolRevision` | revision of the database | media from Vista to 8.1, else setup |
    | `PolOldSyskey` | former boot key | when the boot key was made or changed; Vista and later |
    | `PolEKList` | encryption keys | the same; Vista and later |
    | `PolAdtEv` | audit policy | last change of the policy |

    Only the time is read: what the keys hold is key material in part. Keys that the release does not have are left out.
    """
    present = [child for name in _NAMES if (child := key.find(name)) is not None]
    if not present:
        raise NotFound("none of the policy's keys is there")
    for child in present:
        yield LSA_POLICY_TIME.fact(child.name, child.written_span)
