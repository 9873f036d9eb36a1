"""Sysprep's own log: what each run was asked for, what it did, and how it ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact_file
from forensic.artifacts.logs.text_log import Line, TextLog, local_time
from forensic.artifacts.optional_values import Deferred
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, Kind, LocalTime, Origin, always, kept

if TYPE_CHECKING:
    from forensic.volumes.tree import File

LINE_COUNT_LIMIT = 100_000
"""Lines of interest in one log that are read at most."""
PROVIDER_LIMIT = 500
"""Providers of one run that are stated at most."""
ERROR_LIMIT = 100
"""Errors of one log that are stated at most."""
_TEXT_LIMIT = 300

_BEGIN = "Beginning of a new sysprep run"
_OPENED = "Initialized SysPrep log"
_DIALOG = "Displaying dialog box for user to choose"
_WORDS = (
    _BEGIN,
    _OPENED,
    "The time is now ",
    "Found supported command line option ",
    "Sysprep mode [",
    _DIALOG,
    "ActionFiles\\",
    "internal provider",
    "external provider",
    "Executing method ",
    "Successfully executed ",
    "Failure occurred while executing ",
    "Successfully created tag file",
    "Shutting down SysPrep log",
    ", Error ",
)
_HALTED = ("Hit failure", "halting sysprep", "Unable to parse command-line")
_OPTION = re.compile(r"Found supported command line option '([^']*)'")
_MODE = re.compile(r"Sysprep mode \[([^\]]{0,64})\]")
_PHASE = re.compile(r"ActionFiles\\(\w{1,40})\.xml|'(\w{1,40})' (?:internal|external) provider")
_PROVIDER = re.compile(
    r"(Executing method|Successfully executed|Failure occurred while executing) '([^']{1,400})'"
    r"(?: from ([^;,]{1,400}))?(?:[;,] (.{1,300}))?"
)
_LEVEL = re.compile(r"^[^,]*, Error\s+(?:\[[^\]]*\]\s*)?(.*)")

_KB_929828 = "Microsoft KB 929828, error when running Sysprep /generalize (MicrosoftDocs/SupportArticles-docs)"
_KB_929829 = "Microsoft KB 929829, The KMS current count does not increase (MicrosoftDocs/SupportArticles-docs)"
_KB_FATAL = "Microsoft, A fatal error occurred while trying to sysprep the machine (MicrosoftDocs/SupportArticles-docs)"
_LOGS = "setupact.log published by users, 2016 to 2026 (pastebin ri2cc4Li and R45BRgvN, and others)"


class SysprepProvider(msgspec.Struct, frozen=True):
    """One provider that a run called: a function that cleans or generalizes one subject."""

    name: str
    module: str | None = None
    result: Literal["succeeded", "failed", "unknown"] = "unknown"
    """`unknown`: no line says how it ended."""
    detail: str | None = None
    """What the log says of a failure, e.g. `dwRet = 0x3cf2`."""


class SysprepRun(msgspec.Struct, frozen=True):
    """One run of Sysprep."""

    start: LocalTime | None = None
    end: LocalTime | None = None
    """Of the last line that was read of this run."""
    options: tuple[str, ...] = ()
    """Command line options in lower case, e.g. `generalize`, `oobe`, `shutdown`, in the order of the log."""
    dialog: bool = False
    """Whether a person chose in the dialog; then the options are not in the log, and the phases tell."""
    phases: tuple[str, ...] = ()
    """Phases whose providers were checked or called, in lower case, e.g. `cleanup`, `generalize`."""
    mode: str | None = None
    """`vm`: for virtual machines on the same host hardware, devices are kept."""
    result: Literal["succeeded", "failed", "ended", "cut-off"] = "cut-off"
    """`succeeded`: the tag file was made. `failed`: it was not, and a provider or the program said that it failed. `ended`: neither, and
    the log was closed. `cut-off`: the log stops without an end."""
    errors: int = 0
    """Lines of the level Error, those included that did not stop the run."""
    first_error: str | None = None
    providers: tuple[SysprepProvider, ...] = ()
    providers_omitted: int = 0


class SysprepErrorLine(msgspec.Struct, frozen=True):
    """One line of setuperr.log."""

    text: str
    time: LocalTime | None = None


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
        Claim("The log is cleared at each start, so that only the latest run can be read.", Basis.SOURCED, _KB_FATAL),
        Claim("Scripts that check images expect several runs in one log: both happens.", Basis.SOURCED, "public image-checking scripts"),
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


@artifact_file("%SystemRoot%/System32/Sysprep/Panther/setupact.log", SYSPREP_LOG, since=(6, 0), depth="full")
def sysprep_log(file: File) -> Iterator[Fact[SysprepRun]]:
    r"""State each run of Sysprep in setupact.log.

    | Line, after `2025-07-22 21:55:35, Info       [0x0f004d] SYSPRP ` | Field |
    |---|---|
    | `===          Beginning of a new sysprep run          ===` | a run begins |
    | `The time is now 2025-07-22 21:55:35` | start; again at the end |
    | `ParseCommands:Found supported command line option 'GENERALIZE'` | options |
    | `WinMain:Displaying dialog box for user to choose sysprep mode...` | dialog |
    | `WinMain:Pre-validing 'generalize' internal providers.` | phases |
    | `WinMain:Sysprep mode [vm]; was specified` | mode |
    | `ActionPlatform::LaunchModule: Executing method 'X' from C:\…\Y.dll` | a provider |
    | `…Successfully executed 'X' …`, `…Failure occurred while executing 'X' …; dwRet = 0x3cf2` | its result |
    | `FCreateTagFile:Successfully created tag file …` | result succeeded |
    | `Shutting down SysPrep log` | the log was closed |

    Times are local. Lines before the first beginning are a run whose beginning is missing. NotFound when no line is Sysprep's, Malformed
    after 100,000 lines of interest.
    """
    log, run, failures = TextLog(file), _Run(), Deferred()
    with failures:
        for line in log.find(_WORDS, LINE_COUNT_LIMIT):
            if run.first is not None and (_BEGIN in line.text or (_OPENED in line.text and run.opened)):
                yield SYSPREP_LOG.fact(run.stated(), log.reading(run.first))
                run = _Run()
            run.read(line)
    if run.first is None:
        failures.settle()
        raise NotFound("no line of Sysprep in it")
    yield SYSPREP_LOG.fact(run.stated(), log.reading(run.first))
    failures.settle()
    log.settle()


class _Run:
    """What was read of one run so far."""

    def __init__(self) -> None:
        self.first: Line | None = None
        self.start: LocalTime | None = None
        self.end: LocalTime | None = None
        self.options: dict[str, None] = {}
        self.mode: str | None = None
        self.errors = 0
        self.first_error: str | None = None
        self.providers: list[SysprepProvider] = []
        self.omitted = 0
        self.phases: dict[str, None] = {}
        self.opened = self.dialog = False
        self.tagged = self.closed = self.halted = False

    def read(self, line: Line) -> None:
        """Take one line of interest."""
        self.first, text = self.first or line, line.text
        time = local_time(text[:32])
        self.start, self.end = self.start or time, time or self.end
        if (match := _OPTION.search(text)) is not None:
            self.options.setdefault(match[1].lower())
        elif (match := _MODE.search(text)) is not None:
            self.mode = match[1].lower()
        elif (match := _PROVIDER.search(text)) is not None:
            self._provider(*match.groups())
        elif (match := _PHASE.search(text)) is not None:
            self.phases.setdefault((match[1] or match[2]).lower())
        elif _OPENED in text:
            self.opened = True
        elif _DIALOG in text:
            self.dialog = True
        elif "Successfully created tag file" in text:
            self.tagged = True
        elif "Shutting down SysPrep log" in text:
            self.closed = True
        if (match := _LEVEL.match(text)) is not None:
            self.errors += 1
            self.halted |= any(words in text for words in _HALTED)
            self.first_error = self.first_error or match[1][:_TEXT_LIMIT]

    def _provider(self, what: str, name: str, module: str | None, detail: str | None) -> None:
        if module is None and ", " in name:
            module, _, name = name.partition(", ")  # as Windows 7 spells it
        if what == "Executing method":
            if len(self.providers) < PROVIDER_LIMIT:
                self.providers.append(SysprepProvider(name[:_TEXT_LIMIT], module and module[:_TEXT_LIMIT]))
            else:
                self.omitted += 1
            return
        result: Literal["succeeded", "failed"] = "succeeded" if what == "Successfully executed" else "failed"
        known = self.providers[-1] if self.providers else None
        provider = SysprepProvider(name[:_TEXT_LIMIT], module and module[:_TEXT_LIMIT], result, detail and detail[:_TEXT_LIMIT])
        if known is not None and known.name == provider.name and known.result == "unknown":
            self.providers[-1] = provider
        elif len(self.providers) < PROVIDER_LIMIT:
            self.providers.append(provider)
        else:
            self.omitted += 1

    def stated(self) -> SysprepRun:
        """Return the run."""
        failed = self.halted or any(provider.result == "failed" for provider in self.providers)
        result: Literal["succeeded", "failed", "ended", "cut-off"]
        result = "succeeded" if self.tagged else "failed" if failed else "ended" if self.closed else "cut-off"
        return SysprepRun(
            self.start,
            self.end,
            tuple(self.options),
            self.dialog,
            tuple(self.phases),
            self.mode,
            result,
            self.errors,
            self.first_error,
            tuple(self.providers),
            self.omitted,
        )


@artifact_file("%SystemRoot%/System32/Sysprep/Panther/setuperr.log", SYSPREP_ERROR, since=(6, 0), depth="full")
def sysprep_error(file: File) -> Iterator[Fact[SysprepErrorLine]]:
    """State each error in setuperr.log, at most 100: lines `2025-07-22 21:55:35, Error      [0x0f0070] SYSPRP …`.

    An empty file states nothing. Malformed after 100 errors.
    """
    log = TextLog(file)
    for line in log.find([", Error "], ERROR_LIMIT):
        match = _LEVEL.match(line.text)
        if match is not None:
            yield SYSPREP_ERROR.fact(SysprepErrorLine(match[1][:_TEXT_LIMIT], local_time(line.text[:32])), log.reading(line))
    log.settle()
