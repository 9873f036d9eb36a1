r"""Boot key: the random key below all secrets of an installation, and the times of the four keys that spell it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.errors import Malformed
from forensic.model import Basis, Change, Claim, Fact, Kind, Origin, Span, State, always, kept, usually

if TYPE_CHECKING:
    from forensic.registry.key import Key


class LsaKeyTime(msgspec.Struct, frozen=True):
    """One of the four keys whose class names spell the boot key; the fact's `written` is its time."""

    name: str
    """JD, Skew1, GBG or Data."""
    control_set: int | None = None


_RENEWED = usually(Basis.INFERRED, exception="the release is Windows 10 or later, on which no renewal after a generalize was ever shown")
_PROMOTED = "SECURITY hives of controllers of 2012, 2016 and 2019: the list of keys, which it seals, is older than the promotion"
_USED = "SYSTEM hives of M57 (XP) and two Windows 10 machines: keys of the last setup's time after a month, a week and a year of use"

LSA_BOOT_KEY = Kind(
    "lsa-boot-key",
    str,
    "Boot key (SYSKEY) of the local security authority, as a digest",
    origin=Origin.RANDOM,
    renews={
        Change.SETUP: always(
            Basis.OBSERVED, "SYSTEM hives of M57 and PyRegedit (XP), regipy (Windows 7), dissect.regf (Windows 10)", machines=4
        ),
        Change.GENERALIZE: kept(Basis.INFERRED),
        Change.SPECIALIZE: _RENEWED,
        Change.SID_CHANGER: kept(Basis.INFERRED, reference.NEWSID),
        Change.DC_PROMOTION: kept(Basis.INFERRED, _PROMOTED),
        Change.DOMAIN_JOIN: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.NEW_PROFILE: kept(Basis.INFERRED),
        Change.USE: kept(Basis.OBSERVED, _USED, machines=3),
    },
    secret=True,
    decisive=True,
    namespace="lsa-boot-key",
    claims=[
        Claim("Windows 2000 and later build it from the class names of four keys.", Basis.SOURCED, reference.WINREG_KB),
        Claim(
            "It is written by setup on XP, and in the specialize pass on Windows 7 and 10: after SetupCl and before the welcome screens.",
            Basis.OBSERVED,
            "SYSTEM hives of M57 and PyRegedit (XP), regipy (Windows 7), dissect.regf (Windows 10)",
        ),
        Claim(
            "The media of Windows 7 had itself been started and generalized: that its installations have keys of the specialize pass shows "
            "that specialize makes a new one, Vista to 8.1.",
            Basis.INFERRED,
        ),
        Claim(
            "On Windows 10 and later that is not shown: their media was never started, so that the times of a plain installation are those "
            "of the first making. There an equal boot key beside another SID is no strong sign of a SID changer.",
            Basis.INFERRED,
        ),
        Claim(
            "No provider of generalize or specialize is named after it: it belongs to SetupCl and the security authority.",
            Basis.INFERRED,
            f"{reference.GENERALIZE_XML}; {reference.SPECIALIZE_LOGS}",
        ),
        Claim("Whether the mini-setup of Windows 2000, XP and 2003 makes a new one is not known.", Basis.UNVERIFIED),
        Claim(
            "NewSID tells what it changes: SIDs in SAM and SECURITY, security descriptors, the profile list. The boot key is not among it.",
            Basis.INFERRED,
            reference.NEWSID,
        ),
        Claim(
            "Equal on two machines whose machine SIDs differ, it speaks for a SID changer, or for a promotion to domain controller.",
            Basis.INFERRED,
        ),
        Claim(
            "An administrator can change it with syskey.exe, on releases that have that program; `Policy\\PolOldSyskey` in SECURITY "
            "then is younger.",
            Basis.UNVERIFIED,
        ),
    ],
    references=[reference.WINREG_KB, reference.NEWSID],
)

LSA_BOOT_KEY_TIME = Kind(
    "lsa-boot-key-time",
    LsaKeyTime,
    "Last-written times of the four keys that spell the boot key",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, "SYSTEM hives of M57 (XP), regipy (Windows 7), dissect.regf (Windows 10)", machines=3),
        Change.SPECIALIZE: _RENEWED,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: always(Basis.OBSERVED, "SYSTEM of DESKTOP-2KGM189", machines=1),
    },
    claims=[
        Claim(
            "The four times agree to the tick with one another, and between control sets that are copies of one another.",
            Basis.OBSERVED,
            "SYSTEM hives of M57 (XP), SENSEI (8.1), two Windows 10 machines",
        ),
        Claim(
            "On XP they are the time of setup; on Windows 7 and 10 that of the specialize pass.",
            Basis.OBSERVED,
            "SYSTEM hives of M57 (XP), regipy (Windows 7), dissect.regf (Windows 10)",
        ),
        Claim(
            "An upgrade in place rewrites the keys: there the time is that of the last upgrade, and tells nothing about the first setup.",
            Basis.OBSERVED,
            "SYSTEM of DESKTOP-2KGM189: written 2019-05-16T08:22:00, beside `Source OS (Updated on 5/16/2019 …)`",
        ),
    ],
    references=[reference.WINREG_KB],
)

_NAMES = ("JD", "Skew1", "GBG", "Data")


@artifact("SYSTEM", r"ControlSet*\Control\Lsa", LSA_BOOT_KEY, since=(5, 0))
def lsa_boot_key(key: Key) -> Iterator[Fact[str]]:
    r"""State the SHA-256 of the boot key: equality is all that the question needs, and the key itself opens every stored password.

    In the SYSTEM hive, below `Control\Lsa` of each control set, the *class names* of four keys, eight hex digits each:

    | Position | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 8 digits | class name of `JD` | UTF-16LE |
    | 8 | 8 digits | class name of `Skew1` | |
    | 16 | 8 digits | class name of `GBG` | |
    | 24 | 8 digits | class name of `Data` | |

    The digest is that of the 16 bytes that these 32 digits spell, in this order. Windows permutes them before use, which changes
    nothing for a comparison. The place is that of the `Lsa` key; the time is that of the youngest of the four.
    Source: libyal Windows Registry knowledge base.
    """
    parts = [key.key(name) for name in _NAMES]
    texts = [part.class_text for part in parts]
    if not all(re.fullmatch("[0-9A-Fa-f]{8}", text) for text in texts):
        raise Malformed("class names of JD, Skew1, GBG and Data are not eight hex digits each")
    state: State = "recovered" if any(part.class_name.state == "recovered" for part in parts) else "stored"
    place = key.place.inside(field="class names of JD, Skew1, GBG, Data")
    yield LSA_BOOT_KEY.digest(Span(place, bytes.fromhex("".join(texts)), max(part.written for part in parts), state))


@artifact("SYSTEM", r"ControlSet*\Control\Lsa", LSA_BOOT_KEY_TIME, since=(5, 0))
def lsa_boot_key_time(key: Key) -> Iterator[Fact[LsaKeyTime]]:
    r"""State when each of the keys `JD`, `Skew1`, `GBG` and `Data` was written last.

    In the SYSTEM hive, below `Control\Lsa` of each control set. The fact's `written` is the time, UTC. On an installation from plain media
    that was never upgraded in place it is the moment at which the boot key was made; that a generalized Windows 10 or later makes another
    one is not shown.
    """
    for name in _NAMES:
        part = key.key(name)
        yield LSA_BOOT_KEY_TIME.fact(LsaKeyTime(part.name, key.place.control_set), part.written_span)
