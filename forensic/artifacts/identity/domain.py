r"""Domain membership: which Active Directory or NT domain, or which workgroup, the machine belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.known_values.default import WORKGROUPS
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, Identifier, Kind, Origin, Sid, Span, always, decode_utf16, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key
    from forensic.registry.value import Value


class DomainName(msgspec.Struct, frozen=True):
    """The names of the domain, or of the workgroup."""

    netbios: str
    dns: str | None = None
    """None in a workgroup and in an NT 4.0 domain."""


_LEFT = always(Basis.SOURCED, f"{reference.HOW_SYSPREP_WORKS}; {reference.FOUR_SYSOPS}")
"""Sysprep takes the machine out of its domain."""

DOMAIN_SID = Kind(
    "domain-sid",
    Sid,
    "Domain SID: the SID of the domain that the machine belongs to",
    origin=Origin.ASSIGNED,
    renews={
        Change.GENERALIZE: _LEFT,
        Change.SPECIALIZE: _LEFT,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.DC_PROMOTION: always(Basis.OBSERVED, "six domain controllers, 2008 to 2022", machines=6),
        Change.DOMAIN_JOIN: always(Basis.OBSERVED, "M57 (XP), a Windows 10 domain member", machines=2),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
    },
    namespace="machine-sid",
    standing="former",
    shared=True,
    claims=[
        Claim("All members of a domain share it: equal values say nothing about a common origin.", Basis.INFERRED),
        Claim("Sysprep takes the machine out of its domain.", Basis.SOURCED, f"{reference.HOW_SYSPREP_WORKS}; {reference.FOUR_SYSOPS}"),
        Claim(
            "On a domain controller it is the domain's SID, and the machine SID another one; on an NT 4.0 controller they are equal.",
            Basis.OBSERVED,
            "six domain controllers, 2008 to 2022; one NT 4.0 domain controller",
        ),
        Claim(
            "Equal to the machine SID on a member, it shows that member and first domain controller are copies of one installation.",
            Basis.INFERRED,
        ),
        Claim("Windows has an error text for a join that is refused for that reason.", Basis.SOURCED, reference.SYSTEM_ERRORS),
        Claim("The time of the key is that of the join.", Basis.OBSERVED, "M57 (XP), a Windows 10 domain member, six domain controllers"),
    ],
    references=[reference.SYSTEM_ERRORS, reference.RECMD, reference.HOW_SYSPREP_WORKS, reference.FOUR_SYSOPS],
)

MACHINE_ACCOUNT_SID = Kind(
    "machine-account-sid",
    Sid,
    "Machine account SID: the SID of the computer's account in its domain",
    origin=Origin.ASSIGNED,
    renews={
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.DC_PROMOTION: always(Basis.OBSERVED, "domain controllers of 2019 and 2022", machines=2),
        Change.DOMAIN_JOIN: always(Basis.OBSERVED, "a Windows 10 domain member", machines=1),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
    },
    namespace="machine-account-sid",
    also=lambda value: (Identifier("machine-sid", value.prefix, "former"),),
    claims=[
        Claim(
            "Held by a Windows 10 member and domain controllers of 2019 and 2022, empty in a workgroup; absent in 2016, and before.",
            Basis.OBSERVED,
            "public SECURITY hives, XP to 2022",
        ),
        Claim(
            "The domain gives one account to one computer: two computers with one machine account are copies, made after the join.",
            Basis.INFERRED,
        ),
        Claim("What Sysprep does to it is not known beyond its leaving the domain.", Basis.UNVERIFIED),
    ],
    references=[reference.RECMD, reference.WINREG_KB],
)

DOMAIN_NAME = Kind(
    "domain-name",
    DomainName,
    "Domain or workgroup name",
    origin=Origin.CHOSEN,
    renews={
        Change.GENERALIZE: _LEFT,
        Change.SPECIALIZE: _LEFT,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.DC_PROMOTION: always(Basis.OBSERVED, "six domain controllers, 2008 to 2022", machines=6),
        Change.DOMAIN_JOIN: always(Basis.OBSERVED, "M57 (XP), a Windows 10 domain member", machines=2),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
    },
    known_values=map(DomainName, WORKGROUPS),
    claims=[
        Claim(
            "In a workgroup it is the workgroup's name, without a DNS name; Windows sets WORKGROUP.",
            Basis.OBSERVED,
            "M57 (XP), MSEDGEWIN10, Windows 10",
        ),
        Claim("Chosen by people, it identifies a site and never an installation.", Basis.INFERRED),
    ],
    references=[reference.RECMD, reference.WINREG_KB],
)

ACCOUNT_DOMAIN_NAME = Kind(
    "account-domain-name",
    str,
    "Account domain name: the computer's name as the security policy holds it",
    origin=Origin.CHOSEN,
    renews={
        Change.SETUP: always(Basis.OBSERVED, "M57 (XP), Windows 10 hives", machines=2),
        Change.SPECIALIZE: always(Basis.SOURCED, reference.FOUR_SYSOPS),
        Change.DOMAIN_JOIN: kept(Basis.OBSERVED, "a Windows 10 domain member", machines=1),
        Change.RENAME: always(Basis.OBSERVED, "M57 (XP), Windows 10 hives", machines=2),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
    },
    claims=[
        Claim("The time of the key is that of the last renaming of the computer.", Basis.OBSERVED, "M57 (XP), Windows 10 hives"),
        Claim("It can differ from the configured computer name until the next start.", Basis.UNVERIFIED),
        Claim("Sysprep drops the computer name.", Basis.SOURCED, reference.FOUR_SYSOPS),
    ],
    references=[reference.RECMD, reference.WINREG_KB, reference.FOUR_SYSOPS],
)

_TEXT = 8


@artifact("SECURITY", r"Policy\PolPrDmS", DOMAIN_SID)
def domain_sid(key: Key) -> Iterator[Fact[Sid]]:
    r"""State the SID of the domain.

    In the SECURITY hive, `Policy\PolPrDmS`, default value: a SID in its binary form, 24 bytes for `S-1-5-21-a-b-c`.

    A machine in a workgroup has the key with an empty value: then the gap says so. The key's last-written time is that of the join, of the
    leave, or, in a workgroup since setup, of the installation.
    """
    span = _whole(key.value(""), "the machine is in a workgroup: the value is empty", code="workgroup")
    sid = Sid.from_bytes(span.raw)
    if not sid.is_machine_or_domain:
        raise Malformed(f"{sid} is not of the form S-1-5-21-a-b-c", span.place.offset)
    yield DOMAIN_SID.fact(sid, span)


@artifact("SECURITY", r"Policy\PolMachineAccountS", MACHINE_ACCOUNT_SID, since=(10, 0))
def machine_account_sid(key: Key) -> Iterator[Fact[Sid]]:
    r"""State the SID of the computer's account in its domain.

    In the SECURITY hive, `Policy\PolMachineAccountS`, default value: a SID in its binary form with the RID of the account as its last part,
    28 bytes. Empty in a workgroup. Windows 10 of 2016 and Server 2016 have no such key yet. `PolMachineAccountR` repeats the RID.
    """
    span = _whole(key.value(""), "the machine has no account in a domain: the value is empty")
    sid = Sid.from_bytes(span.raw)
    if not sid.is_account:
        raise Malformed(f"{sid} is not of the form S-1-5-21-a-b-c-rid", span.place.offset)
    yield MACHINE_ACCOUNT_SID.fact(sid, span)


@artifact("SECURITY", "Policy", DOMAIN_NAME)
def domain_name(key: Key) -> Iterator[Fact[DomainName]]:
    r"""State the NetBIOS and the DNS name of the domain, or the name of the workgroup.

    In the SECURITY hive, the default values of `Policy\PolPrDmN` (NetBIOS) and `Policy\PolDnDDN` (DNS; empty in a workgroup, absent on
    NT 4.0), each a counted string:

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 2 | length | bytes |
    | 2 | 2 | room | bytes |
    | 4 | 4 | offset of the text | 8 in every hive seen |
    | 8 | … | text | UTF-16LE |

    Source: libyal and RegRipper name the keys; the layout is read off real hives.
    """
    name = _text(key.key("PolPrDmN").value(""), "there is neither a domain nor a workgroup: the value is empty")
    dns_key = key.find("PolDnDDN")
    dns_value = None if dns_key is None else dns_key.find_value("")
    dns = _text(dns_value, "").raw if dns_value is not None and dns_value.raw else b""
    yield DOMAIN_NAME.fact(DomainName(decode_utf16(name.raw), decode_utf16(dns) or None), name)


@artifact("SECURITY", r"Policy\PolAcDmN", ACCOUNT_DOMAIN_NAME)
def account_domain_name(key: Key) -> Iterator[Fact[str]]:
    r"""State the name of the account domain: the computer's own NetBIOS name.

    In the SECURITY hive, `Policy\PolAcDmN`, default value: a counted string as in `domain-name`. The key's last-written time is that of the
    last renaming. An image that was renamed after it was copied keeps the machine SID and has a younger time here.
    """
    span = _text(key.value(""), "the value is empty")
    yield ACCOUNT_DOMAIN_NAME.fact(decode_utf16(span.raw), span)


def _whole(value: Value, absent: str, code: str = "empty-value") -> Span:
    if not value.raw:
        raise NotFound(absent, code=code)
    return value.part(0, len(value.raw))


def _text(value: Value, absent: str) -> Span:
    if not value.raw:
        raise NotFound(absent)
    if len(value.raw) < _TEXT:
        raise Malformed("counted string", value.place.offset, _TEXT, len(value.raw))
    return value.part(_TEXT, int.from_bytes(value.raw[:2], "little"))
