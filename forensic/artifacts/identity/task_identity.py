"""Task identity: the SIDs, and the names of computers and domains, that stand in scheduled tasks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from forensic.artifacts.declaration import artifact_folder
from forensic.artifacts.identity.former_sid import FORMER_SID, PREFIX_LIMIT, RID_LIMIT, SID_TEXT, Sighting, facts_of
from forensic.artifacts.optional_values import Deferred
from forensic.errors import Malformed
from forensic.model import Basis, Change, Claim, Fact, Kind, Origin, Reading, Sid, always, decode_utf16, kept

if TYPE_CHECKING:
    from forensic.windows.folder import Folder

TASK_LIMIT = 5000
"""Files of scheduled tasks that are read at most."""
_ACCOUNT = re.compile(r"<(?:Author|UserId|GroupId)>([^<>\\$@%]{1,64})\\([^<>\\]{1,256})</")


class TaskIdentity(msgspec.Struct, frozen=True):
    """A name of a computer or domain in scheduled tasks: that of the machine when the task was made."""

    computer: str
    """The part of `computer\\user` before the backslash."""
    users: tuple[str, ...]
    """The users of it, at most 32."""
    count: int
    """Tasks in which it stands."""


TASK_IDENTITY = Kind(
    "task-identity",
    TaskIdentity,
    "Computer or domain name in the author or user of scheduled tasks",
    origin=Origin.OBSERVED,
    renews={Change.SID_CHANGER: kept(Basis.INFERRED), Change.RENAME: kept(Basis.INFERRED), Change.USE: always(Basis.INFERRED)},
    claims=[
        Claim(
            "A task names its author as `computer\\user`, as both were called when it was made; a rename leaves it as it is.",
            Basis.INFERRED,
        ),
        Claim("Tasks of Windows itself name Microsoft Corporation or a resource, and well-known SIDs.", Basis.UNVERIFIED),
        Claim("A name that the machine never had, besides its domain's, is that of the machine where a task was made.", Basis.INFERRED),
    ],
    references=["Microsoft, [MS-TSCH] Task Scheduler Service Remoting Protocol, 2.4 (XML task definition)"],
)


@artifact_folder("%SystemRoot%/System32/Tasks", FORMER_SID, TASK_IDENTITY, since=(6, 0), takes=("**",))
def task(folder: Folder) -> Iterator[Fact[Any]]:
    r"""State the machine and domain SIDs, and the names of computers and domains, in the scheduled tasks: `System32\Tasks\**`.

    A task is an XML file, mostly UTF-16. SIDs count wherever they stand in it; names in `Author`, `UserId` and `GroupId`, where they are
    written as `computer\user`. At most 5,000 tasks are read, each up to 1 MiB. Names that begin with `NT ` or are `BUILTIN` name no
    computer; where Windows is not English, such names of authorities are stated too.
    """
    sids: dict[Sid, Sighting] = {}
    computers: dict[str, tuple[Reading, set[str], set[int]]] = {}
    failures, omitted = Deferred(), 0
    for number, (name, entry) in enumerate(folder.walk()):
        if entry.is_directory or entry.is_link:
            continue
        if number >= TASK_LIMIT:
            omitted += 1
            continue
        with failures:
            file = folder.file(name)
            text = _text(file.read_all(1 << 20))
            for sid in map(Sid, set(SID_TEXT.findall(text))):
                prefix, rid = (sid.prefix, sid.rid) if sid.is_account else (sid, None)
                sids.setdefault(prefix, Sighting(file)).add(number, "task", rid)
            for computer, user in set(_ACCOUNT.findall(text)):
                if not computer.upper().startswith(("NT ", "BUILTIN")):
                    _, users, tasks = computers.setdefault(computer.upper(), (file, set(), set()))
                    users.add(user)
                    tasks.add(number)
    yield from facts_of(sids, "task", folder.place)
    for name, (reading, users, tasks) in sorted(computers.items())[:PREFIX_LIMIT]:
        yield TASK_IDENTITY.fact(TaskIdentity(name, tuple(sorted(users)[:RID_LIMIT]), len(tasks)), reading)
    failures.settle()
    if omitted:
        raise Malformed(f"{folder.path}: {omitted} files beyond {TASK_LIMIT} were not read")


def _text(data: bytes) -> str:
    return decode_utf16(data[2:]) if data[:2] == b"\xff\xfe" else data.decode("utf-8", "backslashreplace")
