r"""SYSKEY of Windows NT 4.0: whether the system key was ever made there, which an administrator decided."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import OptionalValues
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, Identifier, Kind, Origin, RawDigest, Span, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key


class Syskey(msgspec.Struct, frozen=True):
    """State of the system key."""

    in_use: bool
    """Whether all four keys have class names: then the boot key exists."""
    boot_key: str | None = None
    """SHA-256 of its 16 bytes, unpermuted, as `lsa-boot-key` states it of later releases."""
    mode: int | None = None
    """`SecureBoot`: 1 the key is in the registry, 2 a passphrase at each start, 3 a floppy disk."""
    control_set: int | None = None


def _boot_key(value: Syskey) -> Iterator[Identifier]:
    """Yield the boot key."""
    if value.boot_key is not None:
        yield Identifier("lsa-boot-key", value.boot_key, "current")


_Q143475 = "Microsoft Q143475, Windows NT System Key Permits Strong Encryption of the SAM"

SYSKEY = Kind(
    "syskey",
    Syskey,
    "System key (SYSKEY) of Windows NT 4.0",
    origin=Origin.OBSERVED,
    renews={Change.SID_CHANGER: kept(Basis.INFERRED), Change.NEW_HARDWARE: kept(Basis.INFERRED), Change.NEW_DISK: kept(Basis.INFERRED)},
    secret=True,
    also=_boot_key,
    claims=(
        Claim("From Service Pack 3 on an administrator may switch SYSKEY on; it cannot be switched off.", Basis.SOURCED, _Q143475),
        Claim("It keeps the key in the registry, behind a passphrase, or on a floppy disk.", Basis.SOURCED, _Q143475),
        Claim("Before that the class names of JD, Skew1, GBG and Data are absent: there is no boot key to compare.", Basis.INFERRED),
        Claim("Equal boot keys: SYSKEY was switched on before the copy was made.", Basis.INFERRED),
        Claim("The numbers of SecureBoot.", Basis.UNVERIFIED),
        Claim("Windows 2000 and later have Lsa\\Kerberos.", Basis.OBSERVED, "SYSTEM hives of M57 (XP) and regipy (8.1, 10)"),
        Claim("No hive of Windows NT 4.0 was among the public data: tested on written hives only.", Basis.UNVERIFIED),
    ),
    references=(_Q143475, reference.WINREG_KB),
)

_NAMES = ("JD", "Skew1", "GBG", "Data")


@artifact("SYSTEM", r"ControlSet*\Control\Lsa", SYSKEY, until=(4, 0), depth="full")
def syskey(key: Key) -> Iterator[Fact[Syskey]]:
    r"""State whether SYSKEY is in use on Windows NT 4.0, and the SHA-256 of its boot key.

    Below `Control\Lsa` of each control set: the class names of `JD`, `Skew1`, `GBG`, `Data`, eight hex digits each, and the REG_DWORD value
    `SecureBoot`. Where none of the four has a class name, SYSKEY was never switched on. Malformed where only some have one. NotFound in a
    hive with `Lsa\Kerberos`, which is of Windows 2000 or later: there the boot key is stated as `lsa-boot-key`.
    """
    if key.find("Kerberos") is not None:
        raise NotFound("the hive is that of a later release, which always has a boot key")
    children = [key.find(name) for name in _NAMES]
    texts = [_class_text(child) for child in children]
    optional = OptionalValues(key)
    mode, control_set = optional.number("SecureBoot"), key.place.control_set
    if not any(texts):
        yield SYSKEY.fact(Syskey(in_use=False, mode=mode, control_set=control_set), key)
        optional.settle()
        return
    if not all(re.fullmatch("[0-9A-Fa-f]{8}", text) for text in texts):
        raise Malformed("class names of JD, Skew1, GBG and Data are not eight hex digits each")
    raw = bytes.fromhex("".join(texts))
    written = max(child.written for child in children if child is not None)
    place = key.place.inside(field="class names of JD, Skew1, GBG, Data")
    value = Syskey(in_use=True, boot_key=RawDigest.of(raw).sha256, mode=mode, control_set=control_set)
    yield SYSKEY.fact(value, Span(place, raw, written, key.state))
    optional.settle()


def _class_text(key: Key | None) -> str:
    try:
        return "" if key is None else key.class_text
    except NotFound:
        return ""
