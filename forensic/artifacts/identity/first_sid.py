"""First SID: the machine SID that the security authority generated at the first setup of a lineage, by its own log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts.declaration import artifact_file
from forensic.artifacts.logs.text_log import Line, TextLog
from forensic.artifacts.optional_values import Deferred
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, Kind, Origin, Sid, always, kept

if TYPE_CHECKING:
    from forensic.volumes.tree import File

LINE_COUNT_LIMIT = 1_000
"""Lines of interest in the log that are read at most; one machine wrote two."""
_GENERATED = "LsapGenerateRandomDomainSid "
_SID = re.compile(r"- Sid = (S-1-[0-9-]{1,200})\s*$", re.ASCII)
_STATUS = re.compile(r"returned: (0x[0-9a-fA-F]{1,8})\.", re.ASCII)
_CLOCK = re.compile(r"\[ ?(\d{1,2})/ ?(\d{1,2}) ?(\d{1,2}):(\d\d):(\d\d)\]", re.ASCII)
_LOGS = "lsasetup.log of a Server 2019 and of a Windows 10 or later, published by their owners"
_LISTING = "a public listing of a Server 2016: the log of Microsoft's refreshed media, 2016, beside logs of the deployment, 2019"


class FirstSidTime(msgspec.Struct, frozen=True):
    """When a first SID was generated; the log names no year, and in which zone its clock runs is not settled."""

    sid: Sid
    clock: str | None = None
    """Month, day and time as the log has them, `06-05 13:04:47`."""
    status: str | None = None
    """NTSTATUS of the generator, `0x0` for success."""


FIRST_SID = Kind(
    "first-sid",
    Sid,
    "First SID: the machine SID that the security authority generated at the first setup of the lineage",
    origin=Origin.RANDOM,
    renews={
        Change.SETUP: always(Basis.OBSERVED, _LOGS, machines=2),
        Change.GENERALIZE: kept(Basis.INFERRED),
        Change.SPECIALIZE: kept(Basis.OBSERVED, _LISTING, machines=1),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.DC_PROMOTION: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED, _LISTING),
        Change.NEW_DISK: kept(Basis.INFERRED, _LISTING),
        Change.USE: kept(Basis.INFERRED),
    },
    namespace="machine-sid",
    standing="former",
    claims=(
        Claim("Setup from media of Windows 10, Server 2016 and later has the security authority make the SID.", Basis.OBSERVED, _LOGS),
        Claim("A later specialize does not write the log: it stays that of the first setup.", Basis.OBSERVED, _LISTING),
        Claim("Equal to the machine SID: nothing has replaced it since this installation's own first start.", Basis.INFERRED),
        Claim(
            "Unlike the machine SID: Sysprep, a SID changer or the promotion to domain controller replaced it.",
            Basis.INFERRED,
        ),
        Claim(
            "Equal in two images: one lineage, also across a correct Sysprep. It says nothing of a generalize in between.", Basis.INFERRED
        ),
        Claim("Media that Microsoft refreshed were set up once before: they carry one constant SID.", Basis.OBSERVED, _LISTING),
        Claim("SID changers do not know this log.", Basis.INFERRED),
    ),
    references=(_LOGS,),
)

FIRST_SID_TIME = Kind(
    "first-sid-time",
    FirstSidTime,
    "When the first SID of the lineage was generated, by the log's clock",
    origin=Origin.OBSERVED,
    renews={Change.SETUP: always(Basis.OBSERVED, _LOGS, machines=2), Change.SPECIALIZE: kept(Basis.OBSERVED, _LISTING, machines=1)},
    claims=(
        Claim("The log writes month, day and time, and no year: the file's own times give it.", Basis.OBSERVED, _LOGS),
        Claim("Its zone is open: UTC on one server, local time on another machine.", Basis.OBSERVED, _LOGS),
    ),
    references=(_LOGS,),
)


@artifact_file("%SystemRoot%/lsasetup.log", FIRST_SID, since=(10, 0), depth="full")
def first_sid(file: File) -> Iterator[Fact[Sid]]:
    r"""State the machine SID that the security authority generated at the first setup, from lsasetup.log.

    UTF-16 without a byte order mark, one block of eight lines:

    | Line, after `[ 6/ 5 13:04:47] 640.644>  - ` (month, day, time; process and thread) | Meaning |
    |---|---|
    | `LsapSetRandomDomainSid: LsapGenerateRandomDomainSid          returned: 0x0. DomainSid is below.` | NTSTATUS of the generator |
    | `Sid = S-1-5-21-a-b-c` | the SID |

    A SID counts only below the line of the generator. NotFound when there is none, Malformed when what stands there is no machine SID.
    """
    log = TextLog(file)
    for line, value in _found(log):
        yield FIRST_SID.fact(value.sid, log.reading(line))


@artifact_file("%SystemRoot%/lsasetup.log", FIRST_SID_TIME, since=(10, 0), depth="full")
def first_sid_time(file: File) -> Iterator[Fact[FirstSidTime]]:
    """State when the first SID was generated, from the same lines of lsasetup.log as the SID itself."""
    log = TextLog(file)
    for line, value in _found(log):
        yield FIRST_SID_TIME.fact(value, log.reading(line))


def _found(log: TextLog) -> Iterator[tuple[Line, FirstSidTime]]:
    failures, seen, below, status = Deferred(), False, False, None
    with failures:
        for line in log.find([_GENERATED, "Sid = S-1-"], LINE_COUNT_LIMIT):
            if _GENERATED in line.text:
                match = _STATUS.search(line.text)
                below, status = match is not None, match and match[1].lower()
            elif below:
                below, seen = False, True
                yield line, FirstSidTime(_machine_sid(line), _clock(line.text), status)
    failures.settle()
    log.settle()
    if not seen:
        raise NotFound("no SID that the security authority generated in it")


def _machine_sid(line: Line) -> Sid:
    match = _SID.search(line.text)
    sid = None if match is None else Sid.parse(match[1])
    if sid is None or not sid.is_machine_or_domain:
        raise Malformed("the SID is not of the form S-1-5-21-a-b-c", line.offset)
    return sid


def _clock(text: str) -> str | None:
    match = _CLOCK.match(text)
    if match is None:
        return None
    month, day, hour, minute, second = (int(part) for part in match.groups())
    return f"{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"
