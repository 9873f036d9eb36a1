r"""LSA secrets: the sealed private data of the local security authority, as digests, with the times of their last two changes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Literal

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import Deferred
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, Origin, RawDigest, always, kept, usually

if TYPE_CHECKING:
    from forensic.registry.key import Key


class LsaSecret(msgspec.Struct, frozen=True):
    """One stored form of one secret."""

    name: str
    """E.g. `$MACHINE.ACC`, `DPAPI_SYSTEM`, `NL$KM`, `_SC_` and a service; `PolEKList` or `PolSecretEncryptionKey` for the keys of all."""
    copy: Literal["current", "old"]
    sha256: str
    updated: FileTime | None = None
    """When this form was set, by the time kept beside it."""


class CachedLogons(msgspec.Struct, frozen=True):
    """How many domain logons are cached; what they hold is never stated."""

    used: int
    slots: int


_CONTROLLERS = "SECURITY hives of controllers of 2012, 2016 and 2019 (aiowinreg): set before and after the promotion"

LSA_SECRET = Kind(
    "lsa-secret",
    LsaSecret,
    "LSA secret: sealed private data of the local security authority, as a digest",
    origin=Origin.RANDOM,
    renews={
        Change.SETUP: always(
            Basis.OBSERVED, "SECURITY hives of MSEDGEWIN10, two Windows 10 machines, and servers of 2016, 2019 and 2022", machines=6
        ),
        Change.SPECIALIZE: usually(
            Basis.INFERRED, exception="the release is Windows 10 or later, on which no renewal after a generalize was ever shown"
        ),
        Change.SID_CHANGER: kept(Basis.INFERRED, reference.NEWSID),
        Change.DC_PROMOTION: usually(
            Basis.OBSERVED, _CONTROLLERS, exception="it is DPAPI_SYSTEM or the list of keys, which stay", machines=3
        ),
        Change.DOMAIN_JOIN: usually(
            Basis.OBSERVED, "win10-belkasoft: $MACHINE.ACC set at the join", exception="it is another one than $MACHINE.ACC", machines=1
        ),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.USE: usually(Basis.UNVERIFIED, exception="it is another one than $MACHINE.ACC, whose password changes every 30 days"),
    },
    secret=True,
    namespace="lsa-secret",
    identity=lambda value: f"{value.name} {value.sha256}",
    standing=lambda value: "former" if value.copy == "old" else "current",
    claims=[
        Claim(
            "Sealed with random additions since Vista, and to 2003 under a random key: equal bytes were copied.",
            Basis.INFERRED,
            reference.WINREG_KB,
        ),
        Claim(
            "No two of twelve unrelated machines have equal bytes in any secret; values without data are left out.",
            Basis.OBSERVED,
            "SECURITY hives of M57 (XP), MSEDGEWIN10, regipy, EricZimmerman, two Windows 10 machines, six domain controllers",
        ),
        Claim(
            "DPAPI_SYSTEM and NL$KM are set within a minute of the list of keys, at the installation; DPAPI_SYSTEM twice.",
            Basis.OBSERVED,
            "the same hives, Windows 10 and Server 2016 and later",
        ),
        Claim(
            "The old form of DPAPI_SYSTEM and of DefaultPassword bears the time of the media on 2008 to 2012 R2.",
            Basis.OBSERVED,
            "SECURITY hives of aiowinreg (2008-01-19, 2010-11-21, 2012-07-26) and EricZimmerman (2014-03-18)",
        ),
        Claim(
            "That is what a renewal by specialize looks like which keeps the former value; after an administrator's generalize the old "
            "form's time would be that of the master. On Windows 10 and later no such renewal was ever shown.",
            Basis.INFERRED,
        ),
        Claim(
            "A promotion to domain controller sets $MACHINE.ACC, and leaves DPAPI_SYSTEM and the list of keys.",
            Basis.OBSERVED,
            _CONTROLLERS,
        ),
        Claim("Sysprep takes the machine out of its domain.", Basis.SOURCED, reference.FOUR_SYSOPS),
        Claim(
            "The password of the machine account changes every 30 days by default: unlike $MACHINE.ACC refutes nothing, and an equal "
            "time of change is a moment before the separation.",
            Basis.UNVERIFIED,
        ),
        Claim("A SID changer replaces SIDs; the secrets are not in the list of what NewSID changes.", Basis.INFERRED, reference.NEWSID),
    ],
    references=[reference.WINREG_KB, reference.IMPACKET, reference.NEWSID],
)

CACHED_LOGON = Kind(
    "cached-logon",
    CachedLogons,
    "Cached domain logons: how many slots are used",
    origin=Origin.OBSERVED,
    renews={Change.USE: always(Basis.UNVERIFIED)},
    claims=[
        Claim(
            "A slot is used where its first two bytes, the length of the user's name, are not zero.",
            Basis.OBSERVED,
            "win10-belkasoft: two of ten slots used; nine SECURITY hives with none",
        ),
        Claim("A used slot shows that a domain account logged on: a template that served in a domain.", Basis.INFERRED),
    ],
    references=[reference.IMPACKET],
)

_SECRETS = 256
_EMPTY = 20
"""Bytes up to which a stored form holds no data, or one unit of padding (to 2003), which machines might share."""


@artifact("SECURITY", r"Policy\Secrets", LSA_SECRET, depth="full", since=(5, 0))
def lsa_secret(key: Key) -> Iterator[Fact[LsaSecret]]:
    r"""State the digests of current and old form of every LSA secret, and when each was set.

    In the SECURITY hive, below `Policy\Secrets`, a key for each secret; default values of its subkeys:

    | Subkey | Field |
    |---|---|
    | `CurrVal`, `OldVal` | the sealed data: only their SHA-256 is stated |
    | `CupdTime`, `OupdTime` | FILETIME, UTC: when the current form was set, and when the old one was |

    Forms of at most 20 bytes are left out: they hold nothing. At most 256 secrets are read. Nothing is decrypted.
    """
    failures = Deferred()
    for secret in islice(key.keys(), _SECRETS):
        with failures:
            yield from _forms(secret)
    failures.settle()


def _forms(secret: Key) -> Iterator[Fact[LsaSecret]]:
    copies: tuple[tuple[Literal["current", "old"], str, str], ...] = (("current", "CurrVal", "CupdTime"), ("old", "OldVal", "OupdTime"))
    for copy, data, time in copies:
        holder, clock = secret.find(data), secret.find(time)
        value = None if holder is None else holder.find_value("")
        if value is None or len(value.raw) <= _EMPTY:
            continue
        moment = None if clock is None else clock.find_value("")
        updated = moment.filetime() if moment is not None and len(moment.raw) == 8 else None
        yield LSA_SECRET.fact(LsaSecret(secret.name, copy, RawDigest.of(value.raw).sha256, updated), value)


@artifact("SECURITY", r"Policy", LSA_SECRET, depth="full", since=(5, 0))
def lsa_key_list(key: Key) -> Iterator[Fact[LsaSecret]]:
    r"""State the digest of the keys that seal all LSA secrets.

    In the SECURITY hive, default value of `Policy\PolEKList` (since Vista) or `Policy\PolSecretEncryptionKey` (to 2003). Sealed by the boot
    key; the time of the fact is that of its key. NotFound where neither is there.
    """
    holders = [holder for name in ("PolEKList", "PolSecretEncryptionKey") if (holder := key.find(name)) is not None]
    if not holders:
        raise NotFound("neither PolEKList nor PolSecretEncryptionKey exists")
    for holder in holders:
        value = holder.value("")
        yield LSA_SECRET.fact(LsaSecret(holder.name, "current", RawDigest.of(value.raw).sha256), value)


@artifact("SECURITY", "Cache", CACHED_LOGON, depth="full", since=(5, 0))
def cached_logon(key: Key) -> Iterator[Fact[CachedLogons]]:
    """State how many cached domain logons there are: values `NL$1`, `NL$2`, … of the key `Cache`; none of their contents."""
    slots = [value for value in key.values() if value.name.upper().startswith("NL$") and value.name[3:].isdecimal()]
    yield CACHED_LOGON.fact(CachedLogons(sum(any(value.raw[:2]) for value in slots), len(slots)), key.written_span)
