r"""Local accounts: who has an account on this installation, under which SID, and since when."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import Deferred
from forensic.errors import Malformed
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, Origin, Sid, always, decode_utf16, kept, printable

if TYPE_CHECKING:
    from forensic.registry.key import Key
    from forensic.registry.value import Value


class LocalAccount(msgspec.Struct, frozen=True):
    """An account of the installation's own domain."""

    sid: Sid
    rid: int
    name: str
    created: FileTime | None = None
    """When the name was entered: creation, or the last change of the name. None where the name has no key."""
    last_logon: FileTime | None = None
    password_last_set: FileTime | None = None
    disabled: bool = False


ACCOUNT_SID = Kind(
    "account-sid",
    LocalAccount,
    "Local account: its SID, name and times",
    origin=Origin.DERIVED,
    renews={
        Change.SETUP: always(
            Basis.OBSERVED, "SAM hives of M57 (XP), Windows 7, MSEDGEWIN10, two Windows 10 machines, Server 2022", machines=6
        ),
        Change.GENERALIZE: kept(Basis.INFERRED),
        Change.SPECIALIZE: always(Basis.SOURCED, reference.KB_314828),
        Change.SID_CHANGER: always(Basis.SOURCED, reference.NEWSID),
        Change.DC_PROMOTION: always(Basis.OBSERVED, "six domain controllers, 2008 to 2022", machines=6),
        Change.UPGRADE: kept(Basis.UNVERIFIED),
        Change.DOMAIN_JOIN: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.USE: kept(Basis.INFERRED),
    },
    namespace="machine-sid",
    identity=lambda value: value.sid.prefix,
    claims=[
        Claim(
            "The SID of a local account is the machine SID and the RID: with the machine SID it changes and stays.",
            Basis.SOURCED,
            reference.MS_SAMR,
        ),
        Claim("A SID changer gives every account the new prefix and leaves the RIDs.", Basis.SOURCED, reference.NEWSID),
        Claim("Local accounts survive generalize; Sysprep disables the built-in Administrator.", Basis.UNVERIFIED),
        Claim(
            "RIDs from 1000 up are given in order. An account that two machines share by RID, name and creation time to the tick was made "
            "before the fork.",
            Basis.INFERRED,
        ),
        Claim("A domain controller keeps only the built-in accounts here.", Basis.OBSERVED, "six domain controllers, 2008 to 2022"),
        Claim(
            "The key of a name is written when the name is entered; the built-in accounts have one time, that of setup.",
            Basis.OBSERVED,
            "SAM hives of M57 (XP), Windows 7, MSEDGEWIN10, two Windows 10 machines, Server 2022",
        ),
        Claim(
            "On Windows 7 the built-in Administrator has a last logon and a password time of 2010-11-20: those of Microsoft's own image.",
            Basis.OBSERVED,
            "two unrelated Windows 7 SAM hives",
        ),
    ],
    references=[reference.MS_SAMR, reference.WINREG_KB, reference.REGRIPPER, reference.NEWSID],
)

_ENTRY = struct.Struct("<III")
_DOMAIN_DATA = 4 * _ENTRY.size
_DATA = 17 * _ENTRY.size
_F_SIZE = 60
_NEVER = 0x7FFFFFFFFFFFFFFF
_DISABLED = 0x01


@artifact("SAM", r"SAM\Domains\Account", ACCOUNT_SID)
def account_sid(key: Key) -> Iterator[Fact[LocalAccount]]:
    r"""State each local account: SID, RID, name, creation, last logon, last change of the password, whether it is disabled.

    In the SAM hive, `SAM\Domains\Account\Users\<RID as eight hex digits>`, values `V` and `F`; and `Users\Names\<name>`, a key for each
    name, whose default value has the RID as its type.

    `V` begins with 17 descriptors; the data that they refer to are counted from offset 204. It holds password hashes: only the bytes of
    the name leave this function.

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 12 | security descriptor | |
    | 12 | 4 | offset of the name | bytes, counted from offset 204 |
    | 16 | 4 | size of the name | bytes |
    | 20 | 4 | unknown | |
    | 24 | 180 | 15 more descriptors | full name, comment, …, hashes |
    | 204 | … | data | name in UTF-16LE without a NUL |

    `F`, 80 bytes:

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 8 | 8 | last logon | FILETIME, UTC; 0 for never |
    | 24 | 8 | password last set | FILETIME, UTC; 0 for never |
    | 32 | 8 | account expires | FILETIME, UTC; not stated |
    | 48 | 4 | RID | agrees with the name of the key |
    | 56 | 4 | account control | bit 0: disabled |

    Caveats: the creation time is the last-written time of `Names\<name>`. It says when this *name* was entered: at the creation of the
    account, or at its last renaming. Setup may step the clock: on two Windows 10 machines the first user's name is three hours older than
    the machine SID. The time of the account's own key moves at every logon. Where the RID in `F` differs from the key's name (a known way
    to hide an administrator) the account is stated by the name of the key, and a gap says so. The SID is the machine SID in the same hive
    with the RID behind it; it is stored nowhere.
    Source: libyal Windows Registry knowledge base; [MS-SAMR] for the flags.
    """
    domain = _domain_sid(key.value("V"))
    users = key.key("Users")
    failures = Deferred()
    names = _names(users, failures)
    for child in users.keys():
        if child.name.lower() != "names":
            with failures:
                yield from _account(child, domain, names)
    failures.settle()


def _names(users: Key, failures: Deferred) -> dict[tuple[int, str], FileTime]:
    """Return when each name was entered, by RID and name in lower case: read once, for a domain of NT 4.0 has thousands."""
    entered: dict[tuple[int, str], FileTime] = {}
    with failures:
        for entry in users.key("Names").keys():
            with failures:
                entered[entry.value("").type, entry.name.lower()] = entry.written
    return entered


def _domain_sid(value: Value) -> Sid:
    if len(value.raw) < _DOMAIN_DATA:
        raise Malformed("descriptors of the account domain", 0, _DOMAIN_DATA, len(value.raw))
    offset, size, _ = _ENTRY.unpack_from(value.raw, _ENTRY.size)
    sid = Sid.from_bytes(value.part(_DOMAIN_DATA + offset, size).raw)
    if not sid.is_machine_or_domain:
        raise Malformed(f"{sid} is not of the form S-1-5-21-a-b-c")
    return sid


def _account(key: Key, domain: Sid, names: dict[tuple[int, str], FileTime]) -> Iterator[Fact[LocalAccount]]:
    if not re.fullmatch(r"[0-9A-Fa-f]{8}", key.name):
        raise Malformed(f"key {printable(key.name)!r} among the accounts is no RID")
    rid = int(key.name, 16)
    variable, fixed = key.value("V"), key.value("F").raw
    if len(variable.raw) < _DATA:
        raise Malformed(f"descriptors of account {rid}", 0, _DATA, len(variable.raw))
    if len(fixed) < _F_SIZE:
        raise Malformed(f"fixed data of account {rid}", 0, _F_SIZE, len(fixed))
    offset, size, _ = _ENTRY.unpack_from(variable.raw, _ENTRY.size)
    others = (_ENTRY.unpack_from(variable.raw, at) for at in range(0, _DATA, _ENTRY.size) if at != _ENTRY.size)
    if any(length and offset < other + length and other < offset + size for other, length, _ in others):
        raise Malformed(f"name of account {rid} runs into other data, which may be password hashes", _ENTRY.size)  # they are never stated
    name = variable.part(_DATA + offset, size)
    text = decode_utf16(name.raw)
    account = LocalAccount(
        sid=Sid(f"{domain}-{rid}"),
        rid=rid,
        name=text,
        created=names.get((rid, text.lower())),
        last_logon=_time(fixed, 8),
        password_last_set=_time(fixed, 24),
        disabled=bool(fixed[56] & _DISABLED),
    )
    yield ACCOUNT_SID.fact(account, name)
    stored = int.from_bytes(fixed[48:52], "little")
    if stored != rid:
        raise Malformed(f"account {rid} carries the RID {stored} in its fixed data", 48)


def _time(data: bytes, offset: int) -> FileTime | None:
    time = FileTime.from_bytes_le(data[offset : offset + 8])
    return time if 0 < time < _NEVER else None
