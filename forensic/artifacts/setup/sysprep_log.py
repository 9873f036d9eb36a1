"""Sysprep's own log: what each run was asked for, what it did, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact_file
from forensic.artifacts.logs.text_log import TextLog, local_time
from forensic.artifacts.optional_values import Deferred
from forensic.artifacts.setup.sysprep_run import WORDS, RunReader, SysprepRun, error_of, stop_code
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, Kind, LocalTime, Origin, always, kept

if TYPE_CHECKING:
    from forensic.volumes.tree import File

LINE_COUNT_LIMIT = 100_000
"""Lines of interest in one log that are read at most."""
RUN_LIMIT = 1_000
"""Runs of one log that are stated at most."""
ERROR_LIMIT = 100
"""Errors of one log that are stated at most."""

_KB_929828 = "Microsoft KB 929828, error when running Sysprep /generalize (MicrosoftDocs/SupportArticles-docs)"
_KB_929829 = "Microsoft KB 929829, The KMS current count does not increase (MicrosoftDocs/SupportArticles-docs)"
_KB_FATAL = "Microsoft, A fatal error occurred while trying to sysprep the machine (MicrosoftDocs/SupportArticles-docs)"
_LOGS = "setupact.log published by users, 2016 to 2026 (pastebin ri2cc4Li and R45BRgvN, and others)"
_SEVEN = "a Windows 7 log in social.technet.microsoft.com, w7itproinstall 7c16ae1b-fc71-4518-af3b-fe5f55e03058"
_HUNG = "GoogleCloudPlatform/compute-image-windows, issue 156 (Server 2016, 14393)"
_SENSE = "actions/runner-images, issue 9659 (Server 2019 and 2022)"
_TWICE = "weiyang180/test, setupact.log of a Windows 10 19041: two runs, both failed"
_AGAIN = "notepad-plus-plus/notepad-plus-plus, issue 13675 (Windows 11, 2024)"


class SysprepErrorLine(msgspec.Struct, frozen=True):
    """One line of setuperr.log."""

    text: str
    time: LocalTime | None = None
    code: str | None = None
    """HRESULT, in the line with which a run gave up: one for each run that failed."""


SYSPREP_LOG = Kind(
    "sysprep-log",
    SysprepRun,
    "Run of Sysprep, by its log",
    origin=Origin.OBSERVED,
    renews={Change.GENERALIZE: always(Basis.SOURCED, _KB_929829), Change.SID_CHANGER: kept(Basis.INFERRED)},
    claims=(
        Claim(
            "Microsoft's own test for whether an image was generalized, on a computer that was deployed from it: the log names the option "
            "`GENERALIZE`.",
            Basis.SOURCED,
            _KB_929829,
        ),
        Claim("Options that a person chose in the dialog are not named; the phases are.", Basis.OBSERVED, _LOGS),
        Claim("The tag file is made only when the run succeeded.", Basis.OBSERVED, _LOGS),
        Claim(
            "Errors need not stop a run: one that reported drivers it could not uninstall made its tag file and shut down.",
            Basis.SOURCED,
            "public image-building diary quoting setupact.log",
        ),
        Claim(
            "A run appends to the log of the one before: two and three runs stand in one file, minutes to days apart. All of those had "
            "failed; whether a run that succeeds leaves the log to the next is not known.",
            Basis.OBSERVED,
            f"{_TWICE}; {_HUNG}; {_SENSE}",
        ),
        Claim("Microsoft says that Sysprep clears setupact.log when it starts.", Basis.SOURCED, _KB_FATAL),
        Claim(
            "Each phase is checked first, and executed after that: a run that ends in its checks has changed nothing.",
            Basis.OBSERVED,
            _LOGS,
        ),
        Claim(
            "Action files of Windows 8 and later also declare what needs no provider, e.g. the deletion of a registry value; one that "
            "fails stops the run in the midst of generalize.",
            Basis.OBSERVED,
            _SENSE,
        ),
        Claim("A provider that hangs leaves its call, and no end.", Basis.OBSERVED, _HUNG),
        Claim("A run deletes the tag file of an earlier one that had succeeded.", Basis.OBSERVED, _AGAIN),
        Claim("Owners edit these logs: one has more ends than beginnings.", Basis.OBSERVED, "a setupact.log in a public repository"),
        Claim(
            "Administrators often delete the folder before capture: its absence is weak.",
            Basis.SOURCED,
            "public image-building scripts for Azure",
        ),
        Claim(
            "On a machine deployed from the image the log is that of the master: its times come from the master's clock.", Basis.INFERRED
        ),
    ),
    references=(reference.GENERALIZE, _KB_929829, _KB_FATAL),
)

SYSPREP_ERROR = Kind(
    "sysprep-error",
    SysprepErrorLine,
    "Error that Sysprep logged in setuperr.log",
    origin=Origin.OBSERVED,
    claims=(
        Claim("Holds the errors of a run, those of failed providers among them.", Basis.SOURCED, _KB_929828),
        Claim("Empty after a run without errors.", Basis.UNVERIFIED),
    ),
    references=(_KB_929828,),
)


@artifact_file("%SystemRoot%/System32/Sysprep/Panther/setupact.log", SYSPREP_LOG, since=(6, 0), depth="full", version=2)
def sysprep_log(file: File) -> Iterator[Fact[SysprepRun]]:
    r"""State each run of Sysprep in setupact.log.

    | Line, after `2025-07-22 21:55:35, Info       [0x0f004d] SYSPRP ` | Field |
    |---|---|
    | `===          Beginning of a new sysprep run          ===`, the rule of `=` before it | a run begins |
    | `The time is now 2025-07-22 21:55:35` | start; again at the end |
    | `ParseCommands:Found supported command line option 'GENERALIZE'` | options |
    | `WinMain:Displaying dialog box for user to choose sysprep mode...` | dialog |
    | `WinMain:Pre-validing 'generalize' internal providers.`, `SysprepSession::Validate: …Generalize.xml` | phases, phase validation |
    | `WinMain:Processing 'generalize' internal provider request.`, `SysprepSession::Execute: …Generalize.xml` | executed, phase execution |
    | `WinMain:Sysprep mode [vm]; was specified` | mode |
    | `FCreateTagFile:Successfully deleted tag file …` | deleted_tag |
    | `…Successfully executed 'X' …`, `…Failure occurred while executing 'X' …; dwRet = 0x3cf2` | end of a provider, its result |
    | `ActionPlatform::DeleteValue: Deleting registry value N under key K` | actions |
    | `…Error in executing action for Windows-SenseClient-Service; dwRet = 0x5` | component |
    | `WinMain:Hit failure while processing sysprep generalize internal providers; hr = 0x80070005` | code |
    | `FCreateTagFile:Successfully created tag file …` | result succeeded |
    | `Shutting down SysPrep log` | the log was closed |

    How a provider's call is spelled:

    | Release | Line |
    |---|---|
    | 7 | `LaunchDll:Found 'C:\…\Y.dll,X'; executing it`; the function stands behind the last comma |
    | 8 to 10 1607 | `ActionPlatform::LaunchModule: Found 'X' in C:\…\Y.dll; executing it` |
    | 10 1709 | none, only its end: `…Successfully executed 'X' from Y.dll without error` |
    | 10 1903 and later | `ActionPlatform::LaunchModule: Executing method 'X' from C:\…\Y.dll` |

    Where no session is named, as on 7, a provider whose name says `validate` is a check. Times are local. Lines before the first beginning,
    and such as follow an end without a beginning, are a run that is `headless`. NotFound when no line is Sysprep's, Malformed after 100,000
    lines of interest or 1,000 runs.
    """
    log, run, failures, count = TextLog(file), RunReader(), Deferred(), 0
    with failures:
        for line in log.find(WORDS, LINE_COUNT_LIMIT):
            if run.first is not None and run.is_over_at(line.text):
                yield SYSPREP_LOG.fact(run.run(), log.reading(run.first))
                run, count = RunReader(), count + 1
                if count == RUN_LIMIT:
                    raise Malformed(f"{file.path}: more than {RUN_LIMIT} runs", code="too-much")
            run.read(line)
    if run.first is not None:
        yield SYSPREP_LOG.fact(run.run(), log.reading(run.first))
    failures.settle()
    log.settle()
    if not count and run.first is None:
        raise NotFound("no line of Sysprep in it")


@artifact_file("%SystemRoot%/System32/Sysprep/Panther/setuperr.log", SYSPREP_ERROR, since=(6, 0), depth="full", version=2)
def sysprep_error(file: File) -> Iterator[Fact[SysprepErrorLine]]:
    """State each error in setuperr.log, at most 100: lines `2025-07-22 21:55:35, Error      [0x0f0070] SYSPRP …`.

    Runs append to it. The line with which one gives up, `WinMain:Hit failure while …; hr = 0x…`, has its code: these count the runs that
    failed. An empty file states nothing. Malformed after 100 errors.
    """
    log = TextLog(file)
    for line in log.find([", Error "], ERROR_LIMIT):
        error = error_of(line.text)
        if error is not None:
            yield SYSPREP_ERROR.fact(SysprepErrorLine(error, local_time(line.text[:32]), stop_code(line.text)), log.reading(line))
    log.settle()
