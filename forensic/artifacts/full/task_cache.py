r"""The cache of scheduled tasks: a random id for each task, which a copy keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts.declaration import artifact
from forensic.artifacts.part import Deferred
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Claim, Event, Fact, Guid, Kind, Origin

if TYPE_CHECKING:
    from forensic.windows.hive import Key

TASK_LIMIT = 1000
"""Tasks that are stated at most."""
FOLDER_LIMIT = 5000
_DEPTH = 16

_MS_TSCH = "Microsoft, [MS-TSCH] Task Scheduler Service Remoting Protocol"
_WINREG = "libyal, Windows Registry knowledge base, TaskCache, https://github.com/libyal/winreg-kb"


class TaskId(msgspec.Struct, frozen=True):
    """The id of a scheduled task; the fact's `written` is when the task was registered or last changed."""

    id: Guid
    path: str
    """Path of the task in the scheduler, with `\\`."""


TASK_ID = Kind(
    "task-id",
    TaskId,
    "Id of a scheduled task that is not Microsoft's own",
    origin=Origin.RANDOM,
    changed_by={Event.SETUP: Basis.INFERRED, Event.USE: Basis.INFERRED},
    kept_by={
        Event.GENERALIZE: Basis.UNVERIFIED,
        Event.SID_CHANGER: Basis.INFERRED,
        Event.NEW_HARDWARE: Basis.INFERRED,
        Event.NEW_DISK: Basis.INFERRED,
        Event.RENAME: Basis.INFERRED,
    },
    claims=[
        Claim("Each task has an id, which the keys below `Tasks` are named after.", Basis.SOURCED, _WINREG),
        Claim("It is made at random when the task is registered on the machine.", Basis.INFERRED),
        Claim("The same id in two images: registered once, then copied. Generalizing is not known to renew it.", Basis.INFERRED),
        Claim("Tasks below the folder Microsoft come with media and are not stated; others may come with media too.", Basis.UNVERIFIED),
        Claim("A task that is deleted and registered again gets another id: unlike ids refute nothing.", Basis.INFERRED),
    ],
    references=[_MS_TSCH, _WINREG],
)


@artifact("SOFTWARE", r"Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tree", TASK_ID, since=(6, 0))
def task_id(key: Key) -> Iterator[Fact[TaskId]]:
    r"""State the id of each scheduled task outside of the folder `Microsoft`: keys below `TaskCache\Tree`, value `Id`, a GUID in braces.

    A key without `Id` is a folder. At most 1,000 tasks are stated, of folders up to sixteen deep.
    """
    failures, stated, seen = Deferred(), 0, 0
    pending = [(child, child.name, 1) for child in key.keys() if child.name.lower() != "microsoft"]
    while pending:
        node, path, depth = pending.pop()
        seen += 1
        if seen > FOLDER_LIMIT or stated >= TASK_LIMIT:
            raise Malformed(f"more than {TASK_LIMIT} tasks or {FOLDER_LIMIT} keys; the rest was not looked at")
        with failures:
            value = node.find_value("Id")
            if value is not None:
                fact = TASK_ID.fact(TaskId(Guid.parse(value.text()), path), value)
                stated += 1
                yield fact
        with failures:
            if depth < _DEPTH:
                pending += [(child, f"{path}\\{child.name}", depth + 1) for child in node.keys()]
    failures.settle()
    if not stated:
        raise NotFound("no task outside of the folder Microsoft")
