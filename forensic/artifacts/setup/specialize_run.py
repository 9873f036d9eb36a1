r"""Specialize runs: the moments at which Setup bound the installation to hardware, as the logs of device installation tell them.

The logs are text in the folder `INF` (to 2003 in the system root). All times in them are local.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import msgspec

from forensic.artifacts.declaration import artifact_file
from forensic.artifacts.logs.text_log import Line, TextLog, local_time
from forensic.artifacts.optional_values import Deferred
from forensic.errors import ForensicError, Malformed
from forensic.model import Basis, Change, Claim, Fact, Guid, Kind, LocalTime, Origin, always, kept, usually

if TYPE_CHECKING:
    from forensic.volumes.tree import File

Phase = Literal["specialize", "respecialize", "generalize", "setup", "mini-setup"]

RUN_LIMIT = 1_000
"""Runs of one log that are stated at most."""
SECTION_LIMIT = 256 << 10
"""Bytes of one section that are read at most."""
_FIRST_READ = 4 << 10
_LINE_COUNT_LIMIT = 200_000
_RUN = re.compile(r">>>\s+\[Sysprep (Specialize|Respecialize|Generalize)[^\]{]{0,100}(?:\{([^}\]]{0,64})\})?\]", re.IGNORECASE)
_PROPERTY = re.compile(r"\s{1,40}set:\s{1,40}([A-Za-z][A-Za-z ]{0,40}): (.{0,200})")
_STATUS = re.compile(r"<<<\s+\[Exit status: (.*)\]")
_VERSION = re.compile(r"\s*OS Version = (.*)")
_COMMAND = "with command line: "
_OLD_HEADER = re.compile(r"\[(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \d")
_PARTS = {
    "bios release date": "bios_date",
    "bios vendor": "bios_vendor",
    "bios version": "bios_version",
    "system family": "family",
    "system manufacturer": "manufacturer",
    "system product name": "product",
    "system version": "version",
}
_PLASO = "setupapi.setup.log and setupapi.dev.log of log2timeline/plaso (Windows 10 10240)"
_STICK = "public write-up of an examination stick (setupapi.setup.log of 2026)"


class RunHardware(msgspec.Struct, frozen=True):
    """The block `System Information` of a run: the computer on which it happened, by its firmware."""

    offset: int
    """Bytes from the start of the log to the block."""
    manufacturer: str | None = None
    product: str | None = None
    family: str | None = None
    version: str | None = None
    bios_vendor: str | None = None
    bios_version: str | None = None
    bios_date: str | None = None


class SpecializeRun(msgspec.Struct, frozen=True):
    """One run of a phase that binds an installation to hardware, or takes it off."""

    phase: Phase
    """`setup` and `mini-setup` are the programs of 2000 to 2003; mini-setup follows Sysprep."""
    id: Guid | None = None
    """Of the section's title: another one for each run."""
    start: LocalTime | None = None
    end: LocalTime | None = None
    exit_status: str | None = None
    """E.g. `SUCCESS`."""
    hardware: RunHardware | None = None


class SetupLogSpan(msgspec.Struct, frozen=True):
    """How far one log of Setup reaches, in the order of its lines."""

    log: str
    """File name."""
    first: LocalTime | None = None
    last: LocalTime | None = None
    os_version: str | None = None
    """Of the Windows that began the log."""
    boot_sessions: int | None = None


SPECIALIZE_RUN = Kind(
    "specialize-run",
    SpecializeRun,
    "Specialize run: Setup bound the installation to hardware",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, f"{_PLASO}; {_STICK}", machines=2),
        Change.SPECIALIZE: usually(Basis.INFERRED, exception="the logs of earlier runs outlive the generalize"),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.DC_PROMOTION: kept(Basis.INFERRED),
        Change.DOMAIN_JOIN: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.NEW_PROFILE: kept(Basis.INFERRED),
        Change.USE: kept(Basis.INFERRED),
    },
    namespace="specialize-run",
    identity=lambda value: value.id,
    claims=(
        Claim("Each run has a section of its own with its own GUID and local times.", Basis.OBSERVED, f"{_PLASO}; {_STICK}"),
        Claim(
            "Local time is that of the media's zone until setup sets its own: a later session may bear an earlier time. The order of the "
            "file is the order of the runs.",
            Basis.OBSERVED,
            f"{_PLASO}: the third session is 9 h 19 min before the second",
        ),
        Claim("A plain installation from media has one run too: Microsoft's image is generalized.", Basis.OBSERVED, _PLASO),
        Claim("The GUID is made for the run: two installations with the same one are copies made after it.", Basis.INFERRED),
        Claim(
            "Newer builds write manufacturer, product and firmware of the computer into the section; Windows 10 10240 did not.",
            Basis.OBSERVED,
            f"{_STICK}; {_PLASO}",
        ),
        Claim(
            "A respecialize is no sign of Sysprep: an installation in use had one a year after it was installed.",
            Basis.OBSERVED,
            _PLASO,
        ),
        Claim(
            "VMware's customization found one running at the first start of a clone; a generalized image that is not armed for setup falls "
            "back to it and fails with 0x8007001f. So it speaks for a copy or for new hardware.",
            Basis.SOURCED,
            "gist of sprokopiak on VMware clones; ConvoyPanel/cofoundry, docs/windows.md",
        ),
        Claim(
            "Whether these logs outlive a generalize is not known; DtcInstall.log and TSSysprep.log do, and name earlier runs.",
            Basis.UNVERIFIED,
        ),
        Claim(
            "setupapi.log of 2000 to 2003 names the command line that installed a device: `setup -newsetup` is Setup.",
            Basis.OBSERVED,
            "setupapi.log of a 2003 machine (AshwAthi8/CTF-Archives, tamu20)",
        ),
        Claim("`-mini` after it is mini-setup, which runs on the first start after Sysprep.", Basis.INFERRED),
    ),
    references=("plaso, https://github.com/log2timeline/plaso/blob/main/plaso/parsers/text_plugins/setupapi.py",),
)

SETUP_LOG_SPAN = Kind(
    "setup-log-span",
    SetupLogSpan,
    "Span of a log of Setup: first and last time, sessions",
    origin=Origin.OBSERVED,
    renews={Change.SETUP: always(Basis.INFERRED), Change.USE: always(Basis.OBSERVED, _PLASO, machines=1)},
    claims=(
        Claim("Times are local; when a time zone is set or a clock corrected they step, also backwards.", Basis.OBSERVED, _PLASO),
        Claim("A log that begins later than the installation was rotated or deleted.", Basis.INFERRED),
        Claim("Two logs with the same beginning are copies of one up to the first line in which they differ.", Basis.INFERRED),
    ),
)


@artifact_file("%SystemRoot%/INF/setupapi.setup*.log", SPECIALIZE_RUN, since=(6, 0), depth="full")
def specialize_run(file: File) -> Iterator[Fact[SpecializeRun]]:
    """State each specialize, respecialize and generalize run in setupapi.setup.log.

    | Line | Notes |
    |---|---|
    | `>>>  [Sysprep Specialize - {GUID}]` | begins a section; also `Respecialize`, `Generalize` |
    | `>>>  Section start 2026/02/04 16:17:02.530` | local time |
    | `     set: System Information:` | newer builds; followed by `BIOS Vendor: …` and the like, deeper indented |
    | `<<<  Section end 2026/02/04 16:17:14.570` | local time |
    | `<<<  [Exit status: SUCCESS]` | |

    Not more than 1,000 runs of a log; Malformed after them.
    """
    yield from _runs(file)


@artifact_file("%SystemRoot%/INF/setupapi.dev*.log", SPECIALIZE_RUN, since=(6, 0), depth="full")
def respecialize_run(file: File) -> Iterator[Fact[SpecializeRun]]:
    """State each respecialize, specialize and generalize run in setupapi.dev.log and its older parts, `setupapi.dev.<time>.log`.

    The lines are those of setupapi.setup.log.
    """
    yield from _runs(file)


def _runs(file: File) -> Iterator[Fact[SpecializeRun]]:
    log = TextLog(file)
    for line in log.find(["[Sysprep "], RUN_LIMIT):
        match = _RUN.match(line.text)
        if match is None:
            continue
        section = _section(log, line)
        run = _run(match, section)
        yield SPECIALIZE_RUN.fact(run, log.span(line.offset, section[-1].offset + len(section[-1].raw)))
    log.settle()


def _section(log: TextLog, header: Line) -> list[Line]:
    """Return the lines of a section up to its end, the next section or an empty line."""
    lines: list[Line] = []
    for size in (_FIRST_READ, SECTION_LIMIT):
        lines = []
        for line in log.lines(header.offset, size):
            if lines and (line.text.startswith(">>>  [") or not line.text.strip()):
                return lines
            lines.append(line)
    return lines


def _run(match: re.Match[str], section: list[Line]) -> SpecializeRun:
    start = end = status = hardware = None
    for number, line in enumerate(section):
        if start is None and "Section start" in line.text:
            start = local_time(line.text)
        elif "Section end" in line.text:
            end = local_time(line.text)
        elif (found := _STATUS.match(line.text)) is not None:
            status = found[1]
        elif hardware is None and line.text.endswith("System Information:"):
            hardware = _hardware(section, number)
    phase: Phase = (
        "specialize" if match[1].lower() == "specialize" else "respecialize" if match[1].lower() == "respecialize" else "generalize"
    )
    return SpecializeRun(phase, _guid(match[2]), start, end, status, hardware)


def _hardware(section: list[Line], at: int) -> RunHardware:
    parts: dict[str, str] = {}
    for line in section[at + 1 :]:
        match = _PROPERTY.match(line.text)
        if match is None or match[1].strip().lower() not in _PARTS:
            break
        parts.setdefault(_PARTS[match[1].strip().lower()], match[2].strip())
    return RunHardware(section[at].offset, **parts)


def _guid(text: str | None) -> Guid | None:
    try:
        return None if text is None else Guid.parse(text)
    except ForensicError:
        return None


@artifact_file("%SystemRoot%/setupapi.log", SPECIALIZE_RUN, since=(5, 0), until=(5, 2), depth="full")
def old_setup_run(file: File) -> Iterator[Fact[SpecializeRun]]:
    """State when Setup and mini-setup installed devices, from setupapi.log of 2000, XP and 2003.

    | Line | Notes |
    |---|---|
    | `[2020/03/01 19:00:33 264.1115 Driver Install]` | begins a section; local time, process, a number |
    | `#-199 Executing "…setup.exe" with command line: setup -newsetup` | the program that asked for it; `-mini`: mini-setup |

    Sections that follow one another under the same command are one run: from the first to the last of them. Malformed after 200,000 lines.
    """
    log, failures = TextLog(file), Deferred()
    phase: Phase | None = None
    first = last = section = None
    with failures:
        for line in log.find(["[20", "[19", _COMMAND], _LINE_COUNT_LIMIT):
            if (match := _OLD_HEADER.match(line.text)) is not None:
                section = (line, local_time(match[1]))
            elif section is not None and _COMMAND in line.text:
                command = line.text.partition(_COMMAND)[2].lower()
                now: Phase | None = None if "-newsetup" not in command else "mini-setup" if "-mini" in command else "setup"
                if now != phase:
                    if phase is not None and first is not None and last is not None:
                        yield SPECIALIZE_RUN.fact(SpecializeRun(phase, start=first[1], end=last[1]), log.reading(first[0]))
                    phase, first = now, section
                last = section
    if phase is not None and first is not None and last is not None:
        yield SPECIALIZE_RUN.fact(SpecializeRun(phase, start=first[1], end=last[1]), log.reading(first[0]))
    failures.settle()
    log.settle()


@artifact_file("%SystemRoot%/INF/setupapi*.log", SETUP_LOG_SPAN, since=(6, 0), depth="full")
def device_log_span(file: File) -> Iterator[Fact[SetupLogSpan]]:
    """State the span of each log of device installation.

    | Line | Notes |
    |---|---|
    | `[Device Install Log]` | first line |
    | `     OS Version = 10.0.10240` | in the header, up to `[BeginLog]` |
    | `[Boot Session: 2015/11/22 17:58:03.498]` | local time of a start of Windows |

    The first time is that of the first session or section, the last one the last in the file.
    """
    yield from _span(file, "[Boot Session: ")


@artifact_file("%SystemRoot%/setupapi.log", SETUP_LOG_SPAN, since=(5, 0), until=(5, 2), depth="full")
def old_device_log_span(file: File) -> Iterator[Fact[SetupLogSpan]]:
    """State the span of setupapi.log of 2000, XP and 2003: header `[SetupAPI Log]`, sections `[2020/03/01 19:00:33 …]`."""
    yield from _span(file, None)


@artifact_file("%SystemRoot%/Panther/setupact.log", SETUP_LOG_SPAN, since=(6, 0), depth="full")
def panther_log_span(file: File) -> Iterator[Fact[SetupLogSpan]]:
    """State the span of the log of Windows Setup, Panther/setupact.log; each line begins with its local time."""
    yield from _span(file, None)


@artifact_file("%SystemRoot%/Panther/UnattendGC/setupact.log", SETUP_LOG_SPAN, since=(6, 0), depth="full")
def unattend_log_span(file: File) -> Iterator[Fact[SetupLogSpan]]:
    """State the span of the log of the specialize and OOBE passes, UnattendGC/setupact.log; each line begins with its local time."""
    yield from _span(file, None)


def _span(file: File, session: str | None) -> Iterator[Fact[SetupLogSpan]]:
    log = TextLog(file)
    first: tuple[Line, LocalTime] | None = None
    version = None
    for line in log.lines():
        if version is None and (match := _VERSION.match(line.text)) is not None:
            version = match[1].strip()
        if (time := local_time(line.text)) is not None:
            first = (line, time)
            break
    if first is None:
        raise Malformed(f"{file.path}: no time in the first lines")
    last = next((time for line in log.last_lines() if (time := local_time(line.text)) is not None), None)
    sessions = None if session is None else log.count(session)
    name = file.path.rpartition("/")[2]
    yield SETUP_LOG_SPAN.fact(SetupLogSpan(name, first[1], last, version, sessions), log.reading(first[0]))
    log.settle()
