"""Setup state: what Windows Setup, Sysprep and SetupCl left behind about their own progress."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import msgspec

from forensic.artifacts.declaration import artifact, artifact_file
from forensic.artifacts.optional_values import Deferred, OptionalValues
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, Origin, always, kept

if TYPE_CHECKING:
    from forensic.registry.hive import Key, Value
    from forensic.volumes.tree import File

_STATES = "https://learn.microsoft.com/en-us/windows-hardware/manufacture/desktop/windows-setup-states"
_PATENT = "US patent 6,535,977"
_CLOUDBASE = "cloudbase/cloudbase-init, cloudbaseinit/osutils/windows.py"
_GATE = "assert-generalized.sh of a public template-building repository (2026)"
_SEEN = "SYSTEM hives of Windows 7 and 10"
_INI_LIMIT = 64 << 10
_LIST_TYPE = 7
_INI_STATE = re.compile(r"^[ \t]*ImageState[ \t]*=(.*)$", re.IGNORECASE | re.MULTILINE)

COMMANDS = ("CmdLine", "RespecializeCmdLine", "OemDuplicatorString")
FLAGS = (
    "SystemSetupInProgress", "SetupType", "OOBEInProgress", "SetupPhase", "RestartSetup", "FactoryPreInstallInProgress",
    "AuditInProgress", "MiniSetupInProgress",
)  # fmt: skip


class ImageState(msgspec.Struct, frozen=True):
    """How far Setup came, by one of its two copies."""

    state: str
    """E.g. `IMAGE_STATE_COMPLETE`."""
    copy: Literal["registry", "state.ini"]


class SysprepStatus(msgspec.Struct, frozen=True):
    """How far Sysprep came."""

    generalization_state: int | None = None
    cleanup_state: int | None = None


class SetupclRun(msgspec.Struct, frozen=True):
    """One run of SetupCl, which gives the installation its SID."""

    succeeded: bool | None = None
    status: int | None = None
    """NTSTATUS; 0 is success."""
    run_time: int | None = None
    hive_time: int | None = None
    file_acl_time: int | None = None
    """Durations; the unit is not documented, milliseconds fit."""
    drive_mask: int | None = None
    """Bit 2 is drive C:."""


class SetupTimer(msgspec.Struct, frozen=True):
    """Start and end of one step of Setup."""

    name: str
    start: FileTime | None = None
    stop: FileTime | None = None


class SetupCommand(msgspec.Struct, frozen=True):
    """A command line or text that Setup stores for later."""

    name: str
    text: str


class SetupFlag(msgspec.Struct, frozen=True):
    """A number by which Setup knows at the next start what to do."""

    name: str
    number: int


class UnattendPass(msgspec.Struct, frozen=True):
    """State of one configuration pass."""

    name: str
    result: int


class ChildCompletion(msgspec.Struct, frozen=True):
    """State of one program that Setup starts."""

    name: str
    result: int


IMAGE_STATE = Kind(
    "image-state",
    ImageState,
    "ImageState: how far Setup or Sysprep came",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.SOURCED, _STATES),
        Change.GENERALIZE: always(Basis.SOURCED, _STATES),
        Change.SPECIALIZE: always(Basis.SOURCED, _STATES),
    },
    decisive=True,
    claims=(
        Claim("IMAGE_STATE_COMPLETE: specialize and the first start are done; bound to this hardware.", Basis.SOURCED, _STATES),
        Claim("IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE or …_TO_AUDIT: generalized and not yet started.", Basis.SOURCED, _STATES),
        Claim("IMAGE_STATE_SPECIALIZE_RESEAL_TO_OOBE or …_TO_AUDIT: specialized and resealed without generalize.", Basis.SOURCED, _STATES),
        Claim("IMAGE_STATE_UNDEPLOYABLE: a phase has not finished; in an image that is not running it never will.", Basis.SOURCED, _STATES),
        Claim("The two copies (registry, State.ini) disagree after a Sysprep that failed, or after tampering.", Basis.INFERRED),
        Claim("The value is called ImageState; Microsoft's page writes StateName.", Basis.SOURCED, _STATES),
    ),
    references=(_STATES,),
)

SYSPREP_STATUS = Kind(
    "sysprep-status",
    SysprepStatus,
    "SysprepStatus: GeneralizationState and CleanupState",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, _SEEN, machines=2),
        Change.GENERALIZE: always(Basis.SOURCED, _GATE),
        Change.SPECIALIZE: always(Basis.SOURCED, _CLOUDBASE),
    },
    claims=(
        Claim(
            "GeneralizationState 7 stands on installations that nobody generalized: no generalize is outstanding, not: one was done.",
            Basis.OBSERVED,
            _SEEN,
        ),
        Claim("A deployment agent waits at the first start until GeneralizationState becomes 7.", Basis.SOURCED, _CLOUDBASE),
        Claim("An aborted Sysprep stays at GeneralizationState 3, and so does every copy of it.", Basis.SOURCED, _GATE),
        Claim("CleanupState is 2 on Windows 7 and absent on Windows 10.", Basis.OBSERVED, _SEEN),
        Claim("Other numbers: in progress, failed, or generalized and not started.", Basis.UNVERIFIED),
    ),
)

SETUPCL_RUN = Kind(
    "setupcl-run",
    SetupclRun,
    "SetupCl: the run that replaced the machine SID, at the first start after a generalize",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, _SEEN, machines=2),
        Change.SPECIALIZE: always(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: always(Basis.OBSERVED, "regipy SYSTEM_WIN_10_1709", machines=1),
    },
    claims=(
        Claim(
            "The key's last-written time is the moment at which the SID was replaced, on plain installations too.", Basis.OBSERVED, _SEEN
        ),
        Claim("An upgrade in place runs it too: the key is then of the upgrade.", Basis.OBSERVED, "regipy SYSTEM_WIN_10_1709"),
        Claim("SetupCl runs once in the next start and replaces the SID wherever it occurs.", Basis.SOURCED, _PATENT),
        Claim("A SID changer does not write here: PolAcDmS written much later than this key speaks for one.", Basis.INFERRED),
        Claim("Windows 7: RunTime 7093, HiveTime 5421, FileACLTime 265; Windows 10: all 0.", Basis.OBSERVED, _SEEN),
    ),
    references=("https://patents.justia.com/patent/6535977",),
)

SETUP_TIMER = Kind(
    "setup-timer",
    SetupTimer,
    "Setup timers: start and end of the steps of the deployment",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, _SEEN, machines=2),
        Change.SPECIALIZE: always(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: always(Basis.OBSERVED, "regipy SYSTEM_WIN_10_1709", machines=1),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
    },
    namespace="setup-timer",
    identity=lambda value: None if value.start is None else f"{value.name} {value.start}",
    claims=(
        Claim("The times reproduce the moments of specialize and of the first sign-in to the microsecond.", Basis.OBSERVED, _SEEN),
        Claim("Copies made without generalize share all of them; machines from one generalized master do not.", Basis.INFERRED),
    ),
)

SETUP_COMMAND = Kind(
    "setup-command",
    SetupCommand,
    "Setup commands: what Setup runs at the next start, and the name of the duplication master",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, "hives of NT 4.0 and XP", machines=2),
        Change.GENERALIZE: always(Basis.SOURCED, _GATE),
        Change.SPECIALIZE: always(Basis.SOURCED, _GATE),
    },
    claims=(
        Claim("`setup -newsetup` is a leftover of plain installations of NT 4.0 and XP.", Basis.OBSERVED, "hives of NT 4.0 and XP"),
        Claim(
            "`setup -newsetup -mini`: XP or 2003 after Sysprep and before its first start.", Basis.SOURCED, "a public clone-check script"
        ),
        Claim("`oobe\\windeploy.exe`: Vista or later, generalized and not yet started.", Basis.SOURCED, _GATE),
        Claim("RespecializeCmdLine `Sysprep\\sysprep.exe /respecialize /quiet` is normal on Windows 10.", Basis.OBSERVED, _SEEN),
        Claim(
            "OemDuplicatorString comes from sysprep.inf and names the duplication tool or the master.",
            Basis.SOURCED,
            "published description of sysprep.inf for Windows 2000",
        ),
    ),
)

SETUP_FLAG = Kind(
    "setup-flag",
    SetupFlag,
    "Setup flags: whether Setup is to go on at the next start",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, _SEEN, machines=2),
        Change.GENERALIZE: always(Basis.SOURCED, _GATE),
        Change.SPECIALIZE: always(Basis.SOURCED, _GATE),
    },
    claims=(
        Claim("A sealed image has SetupType 2; one whose Sysprep was aborted has not.", Basis.SOURCED, _GATE),
        Claim("Generalized and not started: SystemSetupInProgress 1 and OOBEInProgress 1 as well.", Basis.UNVERIFIED),
        Claim("All 0 on an installation in use.", Basis.OBSERVED, _SEEN),
    ),
)

UNATTEND_PASS = Kind(
    "unattend-pass",
    UnattendPass,
    "Configuration passes: the state of each",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, "SYSTEM hives of Windows 7 and 10", machines=2),
        Change.GENERALIZE: always(Basis.INFERRED),
        Change.SPECIALIZE: always(Basis.INFERRED),
    },
    claims=(
        Claim("9 after specialize and oobeSystem were done; 2 was seen too.", Basis.OBSERVED, "SYSTEM hives of Windows 7 and 10"),
        Claim("generalize, auditSystem or auditUser other than 0 on an installation in use would point to a custom image.", Basis.INFERRED),
    ),
)

CHILD_COMPLETION = Kind(
    "child-completion",
    ChildCompletion,
    "Programs started by Setup: the state of each",
    origin=Origin.OBSERVED,
    renews={Change.SETUP: always(Basis.OBSERVED, _SEEN, machines=2)},
    claims=(Claim("setup.exe, oobeldr.exe and SetupFinalTasks 3, audit.exe 0 after a plain installation.", Basis.OBSERVED, _SEEN),),
)


@artifact("SOFTWARE", r"Microsoft\Windows\CurrentVersion\Setup\State", IMAGE_STATE, since=(6, 0))
def image_state(key: Key) -> Iterator[Fact[ImageState]]:
    """State the ImageState that the registry holds, text in value `ImageState`.

    The second copy is the file `Setup/State/State.ini`; both are written by Setup and Sysprep.
    """
    value = key.value("ImageState")
    yield IMAGE_STATE.fact(ImageState(value.text(), "registry"), value)


@artifact_file("%SystemRoot%/Setup/State/State.ini", IMAGE_STATE, since=(6, 0))
def image_state_file(file: File) -> Iterator[Fact[ImageState]]:
    """State the ImageState that State.ini holds: line `ImageState=…`, in one-byte text or in UTF-16 with a byte order mark.

    Malformed when the file has more than 64 KiB or no such line.
    """
    match = _INI_STATE.search(_decode(file.read_all(_INI_LIMIT)))
    if match is None:
        raise Malformed("State.ini has no line ImageState=")
    yield IMAGE_STATE.fact(ImageState(match[1].strip(), "state.ini"), file)


def _decode(data: bytes) -> str:
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8")):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "backslashreplace")
    return data.decode("latin-1")


@artifact("SYSTEM", r"Setup\Status\SysprepStatus", SYSPREP_STATUS, since=(6, 0))
def sysprep_status(key: Key) -> Iterator[Fact[SysprepStatus]]:
    """State GeneralizationState and CleanupState, two REG_DWORD values.

    7 is the resting state of every installation, whether it was ever generalized or not.
    """
    optional = OptionalValues(key)
    status = SysprepStatus(optional.number("GeneralizationState"), optional.number("CleanupState"))
    if status != SysprepStatus():
        yield SYSPREP_STATUS.fact(status, key)
    optional.settle()
    if status == SysprepStatus():
        raise NotFound("neither GeneralizationState nor CleanupState is set")


@artifact("SYSTEM", r"Setup\SetupCl", SETUPCL_RUN, since=(6, 0))
def setupcl_run(key: Key) -> Iterator[Fact[SetupclRun]]:
    """State the last run of SetupCl; the fact's `written` is the moment of the run.

    | Value | Field |
    |---|---|
    | `ExecutionSuccessful` | succeeded |
    | `NTSTATUS` | status |
    | `RunTime`, `HiveTime`, `FileACLTime` | durations, unit not documented |
    | `DriveMask` | one bit for each drive letter, bit 0 for A: |
    | `BlockOperations` | unknown, not stated |

    All are REG_DWORD. The key is stated also where it has no values: its time alone counts.
    """
    optional = OptionalValues(key)
    succeeded = optional.number("ExecutionSuccessful")
    run = SetupclRun(
        succeeded=None if succeeded is None else succeeded != 0,
        status=optional.number("NTSTATUS"),
        run_time=optional.number("RunTime"),
        hive_time=optional.number("HiveTime"),
        file_acl_time=optional.number("FileACLTime"),
        drive_mask=optional.number("DriveMask"),
    )
    yield SETUPCL_RUN.fact(run, key)
    optional.settle()


@artifact("SYSTEM", r"Setup\Timers\*", SETUP_TIMER, since=(6, 0))
def setup_timer(key: Key) -> Iterator[Fact[SetupTimer]]:
    """State one timer of Setup, e.g. `SysprepPnpTimer`, `SpecializePassPerf`, `OobeSystemPerf`.

    | Value | Type | Notes |
    |---|---|---|
    | `StartLow`, `StartHigh` | REG_DWORD | low and high half of a FILETIME (UTC) |
    | `StopLow`, `StopHigh` | REG_DWORD | the same for the end |

    A step that did not finish has no end.
    """
    optional = OptionalValues(key)
    yield SETUP_TIMER.fact(SetupTimer(key.name, _half_time(optional, "Start"), _half_time(optional, "Stop")), key)
    optional.settle()


def _half_time(optional: OptionalValues, which: str) -> FileTime | None:
    low, high = optional.number(f"{which}Low"), optional.number(f"{which}High")
    if low is None or high is None or not (low or high) or max(low, high) >> 32:
        return None
    return FileTime(high << 32 | low)


@artifact("SYSTEM", "Setup", SETUP_COMMAND)
def setup_command(key: Key) -> Iterator[Fact[SetupCommand]]:
    """State the texts that Setup keeps for the next start: values `CmdLine`, `RespecializeCmdLine`, `OemDuplicatorString`.

    `CmdLine` is stated also where it is empty: nothing is to run. It is REG_SZ; a Windows Server 2003 had it as REG_MULTI_SZ, whose
    texts are joined by a blank.
    """
    failures = Deferred()
    for name in COMMANDS:
        with failures:
            if (value := key.find_value(name)) is not None:
                yield SETUP_COMMAND.fact(SetupCommand(name, _command(value)), value)
    failures.settle()


def _command(value: Value) -> str:
    return " ".join(value.texts()) if value.type == _LIST_TYPE else value.text()


@artifact("SYSTEM", "Setup", SETUP_FLAG)
def setup_flag(key: Key) -> Iterator[Fact[SetupFlag]]:
    """State the flags of Setup, REG_DWORD values.

    `SystemSetupInProgress`, `SetupType`, `OOBEInProgress`, `SetupPhase`, `RestartSetup`, `FactoryPreInstallInProgress`,
    `AuditInProgress`, `MiniSetupInProgress`. `SetupType` 1 is a full setup, 2 the mini-setup or the first start after Sysprep.
    """
    failures = Deferred()
    for name in FLAGS:
        with failures:
            if (value := key.find_value(name)) is not None:
                yield SETUP_FLAG.fact(SetupFlag(name, value.number()), value)
    failures.settle()


@artifact("SYSTEM", r"Setup\Status\UnattendPasses", UNATTEND_PASS, depth="full", since=(6, 0))
def unattend_pass(key: Key) -> Iterator[Fact[UnattendPass]]:
    """State each configuration pass, one REG_DWORD value named after the pass."""
    failures = Deferred()
    for value in key.values():
        with failures:
            yield UNATTEND_PASS.fact(UnattendPass(value.name, value.number()), value)
    failures.settle()


@artifact("SYSTEM", r"Setup\Status\ChildCompletion", CHILD_COMPLETION, depth="full", since=(6, 0))
def child_completion(key: Key) -> Iterator[Fact[ChildCompletion]]:
    """State each program that Setup started, one REG_DWORD value named after the program."""
    failures = Deferred()
    for value in key.values():
        with failures:
            yield CHILD_COMPLETION.fact(ChildCompletion(value.name, value.number()), value)
    failures.settle()
