r"""Machine SID: the identifier of one installation's own account domain, and when that domain was made.

Every local account and every permission given to one begins with it. It has two homes: the account domain of the SAM hive and,
as a copy, the policy of the local security authority in the SECURITY hive.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.known_values.media import SAM_CREATED
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, Origin, Sid, Span, always, kept, usually

if TYPE_CHECKING:
    from forensic.registry.key import Key

MACHINE_SID = Kind(
    "machine-sid",
    Sid,
    "Machine SID: the SID of the installation's own account domain",
    origin=Origin.RANDOM,
    renews={
        Change.SETUP: always(Basis.OBSERVED, "hives of M57 (XP), MSEDGEWIN10, a 2012 R2 server, two Windows 10 machines", machines=5),
        Change.GENERALIZE: kept(Basis.INFERRED),
        Change.SPECIALIZE: always(Basis.SOURCED, reference.KB_314828),
        Change.SID_CHANGER: always(Basis.SOURCED, reference.NEWSID),
        Change.UPGRADE: kept(Basis.UNVERIFIED),
        Change.DC_PROMOTION: always(Basis.OBSERVED, "six domain controllers, 2008 to 2022", machines=6),
        Change.DOMAIN_JOIN: kept(Basis.OBSERVED, "a Windows 10 domain member", machines=1),
        Change.RENAME: kept(Basis.OBSERVED, "M57 (XP) and five Windows 10 and server hive pairs", machines=2),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.NEW_PROFILE: kept(Basis.OBSERVED, "M57 (XP) and five Windows 10 and server hive pairs", machines=2),
        Change.USE: kept(Basis.OBSERVED, "M57 (XP) and five Windows 10 and server hive pairs", machines=6),
    },
    decisive=True,
    namespace="machine-sid",
    claims=[
        Claim(
            "Sysprep generalize has a new SID made; Microsoft supports no other way to change it, and not a Sysprep run after deployment.",
            Basis.SOURCED,
            reference.KB_314828,
        ),
        Claim(
            "On Windows 2000, XP and 2003 Setupcl.exe makes the new SID at the first boot of the duplicate, and replaces every occurrence.",
            Basis.SOURCED,
            f"{reference.HOW_SYSPREP_WORKS}; {reference.PATENT_6535977}",
        ),
        Claim(
            "On Windows 10, Server 2016 and later setup from media has the security authority generate it, which lsasetup.log notes; "
            "SetupCl, which replaces it after a generalize, then mends drive paths only.",
            Basis.OBSERVED,
            "lsasetup.log of a Server 2019 and of another machine; setupact.log of a Windows 10 1709 from media",
        ),
        Claim("Generalize reaches only the system volume on which it runs.", Basis.SOURCED, reference.GENERALIZE),
        Claim(
            "NewSID, Ghost Walker and PowerQuest SIDchanger replace it; that is their purpose.",
            Basis.SOURCED,
            f"{reference.NEWSID}; {reference.GHOST_WALKER}; {reference.POWERQUEST}",
        ),
        Claim("NewSID can also give a computer the SID of another one on purpose.", Basis.SOURCED, reference.NEWSID),
        Claim(
            "SAM and SECURITY hold one and the same SID: so in 11 of 11 hive pairs of one host, XP to 2022, and in one of NT 4.0.",
            Basis.OBSERVED,
            "public hives of M57 (XP), MSEDGEWIN10, a 2012 R2 server, two Windows 10 machines, six domain controllers, NT 4.0",
        ),
        Claim(
            "A server promoted to domain controller has a fresh machine SID, of that hour: no sign of Sysprep or a SID changer.",
            Basis.OBSERVED,
            "six domain controllers, 2008 to 2022 (skelsec/aiowinreg)",
        ),
        Claim(
            "SIDs of NT 4.0 to 2003 are far from random: single parts return on unrelated machines. Only all three, in order, count.",
            Basis.OBSERVED,
            "eight public SAM hives of NT 4.0 to XP",
        ),
        Claim(
            "The time of the SECURITY key is when the SID was last written; the time of the SAM key moves with every change of an account.",
            Basis.OBSERVED,
            "M57 (XP) and five Windows 10 and server hive pairs",
        ),
        Claim(
            "An equal SID: one lineage, and no generalize since the fork. Also a backup, or the same computer imaged twice.", Basis.INFERRED
        ),
        Claim(
            "Machines that were published ready-made, sandboxes and containers have one SID on every copy: the commonest copies there are, "
            "and said to be that.",
            Basis.OBSERVED,
            "event logs and hives of unrelated people",
        ),
        Claim("An in-place upgrade keeps it.", Basis.UNVERIFIED),
    ],
    references=[
        reference.KB_314828,
        reference.GENERALIZE,
        reference.HOW_SYSPREP_WORKS,
        reference.PATENT_6535977,
        reference.NEWSID,
        reference.GHOST_WALKER,
        reference.POWERQUEST,
        reference.WINREG_KB,
        reference.REGIPY,
        reference.MS_DTYP,
    ],
)

_MEDIA_TIME = "four public SAM hives: three of Windows 7 (regipy, IEWIN7, EricZimmerman), one of 8.1 (EricZimmerman)"

SAM_DOMAIN_CREATED = Kind(
    "sam-domain-created",
    FileTime,
    "Creation time of the SAM account domain",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: usually(
            Basis.OBSERVED,
            "M57 (XP), MSEDGEWIN10, two Windows 10 machines",
            exception="the release is Vista to 8.1, or a server of that time, which take it from the media",
            machines=4,
        ),
        Change.GENERALIZE: kept(Basis.INFERRED),
        Change.SPECIALIZE: kept(Basis.OBSERVED, _MEDIA_TIME, machines=4),
        Change.SID_CHANGER: kept(Basis.INFERRED, reference.NEWSID),
        Change.UPGRADE: kept(Basis.UNVERIFIED),
        Change.DC_PROMOTION: always(Basis.OBSERVED, "six domain controllers, 2008 to 2022", machines=6),
        Change.DOMAIN_JOIN: kept(Basis.OBSERVED, "a Windows 10 domain member", machines=1),
        Change.RENAME: kept(Basis.OBSERVED, "M57 (XP), MSEDGEWIN10, two Windows 10 machines", machines=1),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.USE: kept(Basis.OBSERVED, "M57 (XP), MSEDGEWIN10, two Windows 10 machines", machines=4),
    },
    namespace="sam-domain-created",
    known_values=SAM_CREATED,
    claims=[
        Claim(
            "On XP it is the moment of setup, on Windows 10, 11 and Server 2016 and later that of the first setup of the lineage; on a "
            "plain installation the two are one.",
            Basis.OBSERVED,
            "M57 (XP), MSEDGEWIN10, two Windows 10 machines",
        ),
        Claim(
            "On Windows Vista to 8.1 that are no domain controller it comes with the media, equal to the tick on unrelated machines.",
            Basis.OBSERVED,
            "public SAM hives: two each of 2009-07-14T04:34:12, 2009-07-14T04:45:46 and 2013-08-22T14:45:11",
        ),
        Claim("On a domain controller it is the moment of the promotion.", Basis.OBSERVED, "six domain controllers, 2008 to 2022"),
        Claim(
            "Specialize replaces the SID and leaves it: installations of Windows 7 and 8.1 have SIDs of their own and the media's time.",
            Basis.OBSERVED,
            _MEDIA_TIME,
        ),
        Claim(
            "So machines deployed from one generalized master of Windows 10 or later share the master's: equal ones show a common lineage, "
            "and never that no generalize came between.",
            Basis.INFERRED,
        ),
        Claim("NewSID tells what it changes, and it is not among it.", Basis.INFERRED, reference.NEWSID),
    ],
    references=[reference.IMPACKET, reference.WINREG_KB],
)

_ENTRIES, _ENTRY = 4, struct.Struct("<III")
_DATA = _ENTRIES * _ENTRY.size
_SID_SIZE = 24


@artifact("SAM", r"SAM\Domains\Account", MACHINE_SID)
def machine_sid(key: Key) -> Iterator[Fact[Sid]]:
    r"""State the machine SID as the account database holds it.

    In the SAM hive, `SAM\Domains\Account`, value `V`: four descriptors, then the data that they refer to.

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 12 | security descriptor | where the domain's own permissions lie |
    | 12 | 4 | offset of the SID | bytes, counted from offset 48 |
    | 16 | 4 | size of the SID | bytes; 24 for `S-1-5-21-a-b-c` |
    | 20 | 4 | unknown | 0 in every hive seen |
    | 24 | 12 | unknown | size 0 from XP on |
    | 36 | 12 | unknown | size 0 from XP on |
    | 48 | … | data | security descriptor, SID, perhaps text |

    Caveats: many programs take the last 24 or the last 12 bytes of `V`. From XP on the SID does lie there; on an NT 4.0 domain controller
    text follows it, and they read a SID that never was. The layout is read off 15 public hives, XP to 2022; in the eleven
    that have a SECURITY hive of the same host beside them, the SID that the table leads to is the one there. That NT 4.0 has the same table
    is inferred from the place of its SID. The key's last-written time does not date the SID: it moves with every change to the domain.
    Source: libyal Windows Registry knowledge base (the descriptor), real hives (the table).
    """
    value = key.value("V")
    if len(value.raw) < _DATA:
        raise Malformed("descriptors of the account domain", 0, _DATA, len(value.raw))
    offset, size, _ = _ENTRY.unpack_from(value.raw, _ENTRY.size)
    yield _machine_sid(value.part(_DATA + offset, size))


@artifact("SECURITY", r"Policy\PolAcDmS", MACHINE_SID)
def machine_sid_of_policy(key: Key) -> Iterator[Fact[Sid]]:
    r"""State the machine SID as the security policy holds it.

    In the SECURITY hive, `Policy\PolAcDmS`, default value: the SID in its binary form, 24 bytes, nothing else.

    The key's last-written time is when the SID was written last: the hour of the installation, of a promotion to domain controller, or
    of a SID change. Together with the time of SYSTEM `Setup\SetupCl` it tells a SID changer from Sysprep, because only Setup writes there.
    """
    value = key.value("")
    if not value.raw:
        raise NotFound("the value is empty")
    yield _machine_sid(value.part(0, len(value.raw)))


@artifact("SAM", r"SAM\Domains\Account", SAM_DOMAIN_CREATED)
def sam_domain_created(key: Key) -> Iterator[Fact[FileTime]]:
    r"""State when the account domain was created, by its own record.

    In the SAM hive, `SAM\Domains\Account`, value `F`:

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 2 | revision | 2 to Windows 8.1 and 2012 R2 (240 bytes in all), 3 from Windows 10 on (368 bytes) |
    | 2 | 6 | unknown | |
    | 8 | 8 | creation time | FILETIME, UTC |
    | 16 | … | policy, keys | password and lockout policy; key material, never stated |

    Caveats: a time that comes with the media on Windows Vista to 8.1, where the machine is no domain controller; from Windows 10 on that of
    the master, where the installation was deployed from a generalized one.
    Source: impacket names the field; what the time is on which release is read off real hives.
    """
    value = key.value("F")
    if len(value.raw) < 16:
        raise Malformed("fixed data of the account domain", 0, 16, len(value.raw))
    span = value.part(8, 8)
    yield SAM_DOMAIN_CREATED.fact(FileTime.from_bytes_le(span.raw), span)


def _machine_sid(span: Span) -> Fact[Sid]:
    sid = Sid.from_bytes(span.raw)
    if not sid.is_machine_or_domain or len(span.raw) != _SID_SIZE:
        raise Malformed(f"{sid} in {len(span.raw)} bytes is not of the form S-1-5-21-a-b-c", span.place.offset)
    return MACHINE_SID.fact(sid, span)
