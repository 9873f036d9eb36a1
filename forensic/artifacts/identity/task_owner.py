r"""Task owners: as which account scheduled tasks run, and whose sign-in they wait for, as the task cache keeps it in its triggers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.known_values.media import is_media_sid
from forensic.artifacts.optional_values import Deferred
from forensic.errors import Malformed, NotFound, Unsupported
from forensic.model import Basis, Change, Claim, Fact, Guid, Kind, Origin, Sid, Span, always, decode_utf16, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key
    from forensic.registry.value import Value

TASK_LIMIT = 2000
"""Tasks that are read at most."""
ACCOUNT_LIMIT = 50
"""Accounts of one task that are read at most; a task has at most 48 triggers."""
_NAME_LIMIT = 512
_SID_LIMIT = 68
_VERSIONS = range(0x15, 0x20)
_USER = 56
_SIGN_IN, _SESSION = 0xAAAA, 0x7777
_WITH_ACCOUNT = frozenset({_SIGN_IN, _SESSION})
_SIZES = {_SIGN_IN: 72, _SESSION: 72, 0xDDDD: 88, 0xFFFF: 72, 0x8888: 72, 0xEEEE: 72}
"""Kind of a trigger -> its bytes before its name."""
_FORMAT = "https://github.com/GDATAAdvancedAnalytics/winreg-tasks (kaitai/triggers.ksy, user_info.ksy)"


class TaskOwner(msgspec.Struct, frozen=True):
    """An account that one task names."""

    task: Guid
    path: str | None = None
    sid: Sid | None = None
    name: str | None = None
    """As the task has it, mostly `computer\\user` or `domain\\user`, as both were called when it was registered."""
    role: Literal["runs-as", "trigger"] = "runs-as"
    """`trigger`: at whose sign-in, or change of session, the task starts."""
    left_out: int = 0
    """Keys of tasks beyond those that are read; stated with every owner."""


def _identity(value: TaskOwner) -> Sid | None:
    """Return the machine or domain of the account; None of one that Microsoft's media bring along."""
    if value.sid is None or not value.sid.is_account or is_media_sid(value.sid.prefix):
        return None
    return value.sid.prefix


TASK_OWNER = Kind(
    "task-owner",
    TaskOwner,
    "Account that a scheduled task names in its triggers, by SID and name",
    origin=Origin.OBSERVED,
    renews={
        Change.GENERALIZE: kept(Basis.INFERRED, reference.GENERALIZE_LIST),
        Change.SID_CHANGER: kept(Basis.UNVERIFIED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.USE: always(Basis.INFERRED),
    },
    namespace="machine-sid",
    identity=_identity,
    standing="former",
    claims=(
        Claim("The value `Triggers` holds SID and name of the account as which the task runs.", Basis.SOURCED, _FORMAT),
        Claim("No provider of generalize handles scheduled tasks.", Basis.INFERRED, reference.GENERALIZE_LIST),
        Claim(
            "SetupCl and SID changers replace the machine SID where they find it; whether they reach these values is not known.",
            Basis.UNVERIFIED,
        ),
        Claim("The name is not kept up to date: it is that of the computer when the task was registered.", Basis.INFERRED),
        Claim("A SID may be that of a domain's account.", Basis.INFERRED),
        Claim("Triggers of a Windows 10 that were published with the format name account and SID twice.", Basis.OBSERVED, _FORMAT),
        Claim("No SOFTWARE hive was among the public data: tested on written hives, and on those triggers.", Basis.UNVERIFIED),
    ),
    references=(_FORMAT, reference.WINREG_KB),
)


@artifact("SOFTWARE", r"Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tasks", TASK_OWNER, depth="full", since=(6, 1))
def task_owner(key: Key) -> Iterator[Fact[TaskOwner]]:
    r"""State the accounts of machines and domains that tasks run as, or wait for, of the first 2000 tasks.

    Subkeys named by a GUID in braces, value `Triggers`, REG_BINARY; every field begins at a multiple of 8, filled with 0x48:

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 1 | version | 0x15 Windows 7 to 8.1, 0x16, 0x17 Windows 10 and later |
    | 8 | 16, 16 | first start, last end | |
    | 40 | 4 | flags | |
    | 48 | 4 | CRC-32 of the task's XML | |
    | 56 | 4, 4, … | size in bytes, fill, principal in UTF-16LE | from 0x16 on |
    | … | 4, 4, … | size in bytes, fill, displayed name | from 0x17 on |
    | … | 1 | whether the account is left out | then nothing follows of it |
    | … | 1 | whether the SID is left out | |
    | … | 4 | kind of SID | 1 user, 2 group, 5 well known, … |
    | … | 4, 4, … | size in bytes, fill, SID | |
    | … | 4, 4, … | size in bytes, fill, name of the account in UTF-16LE | |

    Behind that stand options, their size first, and the triggers: 8 bytes of kind, of which the low two count, then

    | Kind | Size | Notes |
    |---|---|---|
    | 0xAAAA sign-in | 72, name of the trigger, account | the name from 0x16 on: size in bytes, UTF-16LE, fill to a multiple of 8 |
    | 0x7777 change of session | 72, name, 8, account | |
    | 0xDDDD time | 88, name | |
    | 0xFFFF start, 0x8888 registration, 0xEEEE idle | 72, name | |

    An account that is that of the task is stated once. Triggers behind one of another kind, as of events, are not read. Accounts of
    services and groups of Windows are left out. NotFound where no task names another account. Unsupported of other versions, Malformed of
    sizes past the value.
    """
    failures, found = Deferred(), False
    left_out = max(0, key.key_count - TASK_LIMIT)
    for child in islice(key.keys(), TASK_LIMIT):
        with failures:
            value = child.find_value("Triggers")
            if value is None or not value.raw:
                continue
            path, seen = child.find_value("Path"), set[tuple[Sid | None, str | None]]()
            name = None if path is None else path.text()[:_NAME_LIMIT]
            for role, account in islice(_accounts(value.raw), ACCOUNT_LIMIT):
                if not _names_somebody(account) or (account.sid, account.name) in seen:
                    continue
                seen.add((account.sid, account.name))
                owner = TaskOwner(Guid.parse(child.name), name, account.sid, account.name, role, left_out)
                found = True
                yield TASK_OWNER.fact(owner, _span(value, account))
    failures.settle()
    if not found:
        raise NotFound("no task names an account of a machine or domain")


class _Account(NamedTuple):
    sid: Sid | None
    name: str | None
    start: int
    end: int


def _names_somebody(account: _Account) -> bool:
    return "\\" in (account.name or "") if account.sid is None else account.sid.is_account


def _span(value: Value, account: _Account) -> Span:
    place = value.place if value.place.offset is None else value.place.inside(offset=value.place.offset + account.start)
    return Span(place, value.raw[account.start : account.end], value.written, value.state)


def _accounts(raw: bytes) -> Iterator[tuple[Literal["runs-as", "trigger"], _Account]]:
    """Yield the account of the task, and those of its triggers up to one of a kind whose size is not known."""
    version = raw[0]
    if version not in _VERSIONS:
        raise Unsupported(f"version {version:#x} of a task's triggers")
    at = _USER
    for since in (0x16, 0x17):
        if version >= since:
            _, at = _buffer(raw, at, len(raw))
    account = _account(raw, at)
    yield "runs-as", account
    _, at = _buffer(raw, account.end, len(raw))  # the options
    while at + 8 <= len(raw) and (size := _SIZES.get(int.from_bytes(raw[at : at + 2], "little"))) is not None:
        kind, at = int.from_bytes(raw[at : at + 2], "little"), at + 8 + size
        if version >= 0x16:
            at += 4 + int.from_bytes(raw[at : at + 4], "little")
            at += -at % 8
        if kind in _WITH_ACCOUNT:
            account = _account(raw, at + (8 if kind == _SESSION else 0))
            yield "trigger", account
            at = account.end


def _account(raw: bytes, at: int) -> _Account:
    """Return the account at `at`; one without SID and name where it is left out."""
    if _byte(raw, at):
        return _Account(None, None, at, at + 8)
    start, skipped, at, sid = at, _byte(raw, at + 8), at + 16, None
    if not skipped:
        data, at = _buffer(raw, at + 8, _SID_LIMIT)
        sid = Sid.from_bytes(data)
    text, at = _buffer(raw, at, len(raw))
    return _Account(sid, decode_utf16(text).partition("\0")[0].strip()[:_NAME_LIMIT] or None, start, at)


def _byte(raw: bytes, at: int) -> int:
    if at >= len(raw):
        raise Malformed("account of a task", at, 1, 0)
    return raw[at]


def _buffer(raw: bytes, at: int, limit: int) -> tuple[bytes, int]:
    """Return the bytes behind their size at `at`, and where the next field begins."""
    size = int.from_bytes(raw[at : at + 4], "little")
    if at + 8 > len(raw) or size > limit or at + 8 + size > len(raw):
        raise Malformed("account of a task", at, 8 + size, max(0, len(raw) - at))
    return raw[at + 8 : at + 8 + size], at + 8 + size + -size % 8
