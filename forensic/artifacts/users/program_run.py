r"""Program runs: when programs that seal, copy or change an installation ran, by UserAssist and the background activity moderator."""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Literal

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import Deferred
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Claim, Fact, FileTime, Kind, Origin, Sid

if TYPE_CHECKING:
    from forensic.registry.key import Key
    from forensic.registry.value import Value


class ProgramRun(msgspec.Struct, frozen=True):
    """One program that ran."""

    tool: str
    path: str
    """As it is recorded: known folders as GUIDs, volumes as devices."""
    record: Literal["UserAssist", "BAM"]
    last_run: FileTime | None = None
    runs: int | None = None
    user: Sid | None = None
    """Of the account that ran it, where the record says so."""


TOOLS = {
    "Sysprep": r"sysprep",
    "NewSID": r"newsid",
    "Ghost Walker": r"ghstwalk|ghstwlk",
    "SIDCHG": r"sidchg[^\\]*",
    "SIDchanger": r"sidchng|sidchanger",
    "Ghost": r"ghost(?:32|64|exp|srv|cast)?",
    "Disk2vhd": r"disk2vhd(?:64)?",
    "FTK Imager": r"(?:accessdata_)?ftk[ _]?imager[^\\]*",
    "ImageX": r"imagex",
    "Acronis": r"(?:trueimage[^\\]*|acronis[^\\]*)",
    "Macrium Reflect": r"reflect(?:bin)?",
    "Clonezilla, Rescuezilla or DriveImage XML": r"(?:clonezilla[^\\]*|dixml)",
    "AOMEI": r"(?:aomei[^\\]*|abcore|backupper)",
    "EaseUS": r"(?:easeus[^\\]*|todobackup[^\\]*)",
    "VMware vCenter Converter": r"vmware-converter[^\\]*",
}
"""Programs by the name of their file, without `.exe`."""

PROGRAM_RUN = Kind(
    "program-run",
    ProgramRun,
    "Run of a program that seals, copies or changes an installation",
    origin=Origin.OBSERVED,
    claims=[
        Claim("UserAssist records what a user started from the desktop; a script, a service or another user leaves nothing there.",
              Basis.SOURCED, reference.REGRIPPER),
        Claim(
            "Names are in ROT13. Version 3 (to Vista): 16 bytes, number of runs plus five at 4, FILETIME at 8; version 5 (since 7): 72 "
            "bytes, runs at 4, FILETIME at 60.",
            Basis.SOURCED,
            reference.WINREG_KB,
        ),
        Claim(
            "Both versions.",
            Basis.OBSERVED,
            "NTUSER hives of M57 (XP) and six of regipy (7 to 10): FTK Imager in one",
        ),
        Claim("BAM keeps the last run of a program for a week, by user.", Basis.UNVERIFIED),
        Claim("After an upgrade the list of the old place stays.", Basis.OBSERVED, "SYSTEM of DESKTOP-2KGM189: runs to 2019-05-16"),
        Claim("That a program ran does not show what it did: Sysprep may have failed, or sealed nothing.", Basis.INFERRED),
        Claim("Times up to a separation are in both copies.", Basis.INFERRED),
    ],
    references=[reference.WINREG_KB, reference.REGRIPPER],
)  # fmt: skip

_NAMES = [(tool, re.compile(rf"(?:.*[\\:/])?(?:{pattern})(?:\.exe)?", re.IGNORECASE | re.DOTALL)) for tool, pattern in TOOLS.items()]
_HINT = re.compile(r"(?:sysprep|newsid|gh?ost|gh?stw|sidch|disk2vhd|imager|imagex|acronis|trueimage|reflect|clonezilla|dixml"
                   r"|aomei|backup|abcore|easeus|vmware-converter)", re.IGNORECASE)  # fmt: skip
_VALUES = 5000
_EXTENSIONS = (".lnk", ".appref-ms")


@artifact("NTUSER", r"Software\Microsoft\Windows\CurrentVersion\Explorer\UserAssist", PROGRAM_RUN, depth="full", since=(5, 0))
def user_assist(key: Key) -> Iterator[Fact[ProgramRun]]:
    r"""State the runs of sealing, copying and SID changing programs that a profile's UserAssist records.

    Below the key, a GUID for each list, with `Count`; a value for each program, its name in ROT13. Data:

    | Offset, to Vista | since 7 | Size | Field | Notes |
    |---|---|---|---|---|
    | 4 | 4 | 4 | runs | to Vista counted from 5 |
    | 8 | 60 | 8 | last run | FILETIME, UTC; 0: never |

    Only the programs of a table are stated, no other use of the computer. At most 5000 values of a list are read.
    """
    failures, found = Deferred(), False
    for folder in islice(key.keys(), 64):
        count = folder.find("Count")
        for value in () if count is None else islice(count.values(), _VALUES):
            name = codecs.decode(value.name, "rot13")
            tool = _tool(name.partition(":")[2] if name.upper().startswith("UEME_") else name)
            if tool is not None:
                with failures:
                    runs, time = _counted(value)
                    found = True
                    yield PROGRAM_RUN.fact(ProgramRun(tool, name, "UserAssist", time, runs), value)
    failures.settle()
    if not found:
        raise NotFound("no run of a program that seals, copies or changes an installation")


def _counted(value: Value) -> tuple[int, FileTime | None]:
    raw = value.raw
    if len(raw) == 16:
        runs, ticks = struct.unpack_from("<IQ", raw, 4)
        return max(0, runs - 5), FileTime(ticks) if ticks else None
    if len(raw) < 68:
        raise Malformed("UserAssist entry", value.place.offset, 68, len(raw))
    (ticks,) = struct.unpack_from("<Q", raw, 60)
    return int.from_bytes(raw[4:8], "little"), FileTime(ticks) if ticks else None


@artifact("SYSTEM", r"CurrentControlSet\Services\bam", PROGRAM_RUN, depth="full", since=(10, 0))
def background_activity(key: Key) -> Iterator[Fact[ProgramRun]]:
    r"""State the runs of the same programs that the background activity moderator records.

    `State\UserSettings\<SID>` (since 1809) or `UserSettings\<SID>`; a value for each program by its path, the last run as FILETIME in the
    first 8 of 24 bytes. At most 5000 values of a user are read.
    """
    failures, found = Deferred(), False
    for path in (r"State\UserSettings", "UserSettings"):
        holder = key.find(path)
        for user in () if holder is None else islice(holder.keys(), 1000):
            for value in islice(user.values(), _VALUES):
                tool = _tool(value.name)
                if tool is not None:
                    with failures:
                        if len(value.raw) < 8:
                            raise Malformed("time of a run", value.place.offset, 8, len(value.raw))
                        time = FileTime.from_bytes_le(value.raw)
                        found = True
                        yield PROGRAM_RUN.fact(ProgramRun(tool, value.name, "BAM", time, user=Sid.parse(user.name)), value)
    failures.settle()
    if not found:
        raise NotFound("no run of a program that seals, copies or changes an installation")


def _tool(path: str) -> str | None:
    if not _HINT.search(path):
        return None
    if path.lower().endswith(_EXTENSIONS):
        path = path.rpartition(".")[0]
    return next((tool for tool, pattern in _NAMES if pattern.fullmatch(path)), None)
