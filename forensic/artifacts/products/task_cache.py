r"""Task cache: scheduled tasks that did not come with Windows, by their GUIDs, and the SIDs and names that they carry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import OptionalValues
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Guid, Identifier, Kind, Origin, Sid, always, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key


class ScheduledTask(msgspec.Struct, frozen=True):
    """One task."""

    id: Guid
    path: str
    author: str | None = None
    created: FileTime | None = None
    sid: Sid | None = None
    """A SID of an account that path or author spell."""
    left_out: int = 0
    """Keys of tasks beyond those that are read; stated with every task."""


def _account(value: ScheduledTask) -> Iterator[Identifier]:
    """Yield the machine or domain whose account the task names."""
    if value.sid is not None and value.sid.is_account:
        yield Identifier("machine-sid", value.sid.prefix, "former")


SCHEDULED_TASK = Kind(
    "scheduled-task",
    ScheduledTask,
    "Scheduled task that did not come with Windows, by its GUID",
    origin=Origin.RANDOM,
    renews={
        Change.GENERALIZE: kept(Basis.UNVERIFIED),
        Change.SPECIALIZE: kept(Basis.UNVERIFIED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: always(Basis.UNVERIFIED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
    },
    namespace="scheduled-task",
    identity=lambda value: value.id,
    also=_account,
    claims=[
        Claim("The GUID is made when the task is registered: an equal one shows a common image, generalized or not.", Basis.INFERRED),
        Claim("Tasks below \\Microsoft\\ come with Windows and have one GUID everywhere; they are left out.", Basis.UNVERIFIED),
        Claim("Names of tasks that Windows and OneDrive make for a user end with the SID of that time.", Basis.UNVERIFIED),
        Claim("DynamicInfo holds the time of creation from offset 4 on.", Basis.SOURCED, reference.WINREG_KB),
        Claim("No SOFTWARE hive was among the public data: tested on written hives only.", Basis.UNVERIFIED),
    ],
    references=[reference.WINREG_KB],
)

_TASKS = 2000
_FIRST_TIME, _LAST_TIME = 122_756_256_000_000_000, 157_469_184_000_000_000
_SID = re.compile(r"S-1-5-21-\d{1,10}-\d{1,10}-\d{1,10}-\d{1,10}", re.IGNORECASE)


@artifact("SOFTWARE", r"Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tasks", SCHEDULED_TASK, depth="full", since=(6, 0))
def scheduled_task(key: Key) -> Iterator[Fact[ScheduledTask]]:
    r"""State every task outside of the folder `\Microsoft\`, of the first 2000.

    Subkeys named by a GUID in braces:

    | Value | Type | Field |
    |---|---|---|
    | `Path` | REG_SZ | path in the task library |
    | `Author` | REG_SZ | author, often `computer\user` |
    | `DynamicInfo` | REG_BINARY | 4 bytes of version, then FILETIME of creation, FILETIME of the last run, … |
    """
    failures, found = OptionalValues(key), False
    left_out = max(0, key.key_count - _TASKS)
    for child in islice(key.keys(), _TASKS):
        with failures:
            optional = OptionalValues(child)
            path = child.value("Path").text()
            if path.lower().startswith("\\microsoft\\"):
                continue
            author = optional.text("Author")
            match = _SID.search(f"{path}\n{author}")
            task = ScheduledTask(
                Guid.parse(child.name), path, author, _created(child, optional), Sid.parse(match[0]) if match else None, left_out
            )
            found = True
            yield SCHEDULED_TASK.fact(task, child)
            optional.settle()
    failures.settle()
    if not found:
        raise NotFound("no task but those of Windows")


def _created(key: Key, failures: OptionalValues) -> FileTime | None:
    with failures:
        value = key.find_value("DynamicInfo")
        ticks = 0 if value is None else int.from_bytes(value.raw[4:12], "little")
        return FileTime(ticks) if _FIRST_TIME <= ticks <= _LAST_TIME else None
    return None
