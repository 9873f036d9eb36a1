"""Setup progress: what Sysprep, SetupCl and the timers of Setup say of the steps that were done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import OptionalValues
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, Origin, always, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key

_PATENT = "US patent 6,535,977"
_CLOUDBASE = "cloudbase/cloudbase-init, cloudbaseinit/osutils/windows.py"
_SEEN = "SYSTEM hives of Windows 7 and 10"


class SysprepStatus(msgspec.Struct, frozen=True):
    """How far Sysprep came."""

    generalization_state: int | None = None
    cleanup_state: int | None = None


class SetupclRun(msgspec.Struct, frozen=True):
    """One run of SetupCl, which replaces the SID of a generalized image."""

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


SYSPREP_STATUS = Kind(
    "sysprep-status",
    SysprepStatus,
    "SysprepStatus: GeneralizationState and CleanupState",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, _SEEN, machines=2),
        Change.GENERALIZE: always(Basis.SOURCED, reference.ASSERT_GENERALIZED),
        Change.SPECIALIZE: always(Basis.SOURCED, _CLOUDBASE),
    },
    claims=(
        Claim(
            "GeneralizationState 7 stands on installations that nobody generalized: no generalize is outstanding, not: one was done.",
            Basis.OBSERVED,
            _SEEN,
        ),
        Claim("A deployment agent waits at the first start until GeneralizationState becomes 7.", Basis.SOURCED, _CLOUDBASE),
        Claim(
            "An aborted Sysprep stays at GeneralizationState 3, and so does every copy of it.", Basis.SOURCED, reference.ASSERT_GENERALIZED
        ),
        Claim("CleanupState is 2 on Windows 7 and absent on Windows 10.", Basis.OBSERVED, _SEEN),
        Claim(
            "GeneralizationState 4 is that of a sealed image before its first start, and of Microsoft's media.",
            Basis.OBSERVED,
            "hive of a sealed Server 2019 (ConvoyPanel/cofoundry); setup logs of a Server 2012 R2 and of Windows 10",
        ),
        Claim(
            "3 also stands where a sealed image was started and specialize never ran.",
            Basis.SOURCED,
            "ConvoyPanel/cofoundry, docs/windows.md",
        ),
        Claim("Other numbers: in progress or failed.", Basis.UNVERIFIED),
    ),
)


SETUPCL_RUN = Kind(
    "setupcl-run",
    SetupclRun,
    "SetupCl: its last run, which replaces the machine SID at the first start after a generalize",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, _SEEN, machines=2),
        Change.SPECIALIZE: always(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: always(Basis.OBSERVED, "regipy SYSTEM_WIN_10_1709", machines=1),
    },
    claims=(
        Claim(
            "The key's last-written time is a clock of setup: minutes before the boot key, on plain installations too.",
            Basis.OBSERVED,
            _SEEN,
        ),
        Claim(
            "It is no clock of the SID on plain Windows 10: there the security authority generates the SID, and SetupCl runs offline, in "
            "Windows PE, to mend drive paths; RunTime and FileACLTime of 0 fit that.",
            Basis.OBSERVED,
            "Panther/setupact.log of a Windows 10 1709 from media; lsasetup.log of a Server 2019",
        ),
        Claim("An upgrade in place runs it too: the key is then of the upgrade.", Basis.OBSERVED, "regipy SYSTEM_WIN_10_1709"),
        Claim("After a generalize it runs once, in the next start, and replaces the SID wherever it occurs.", Basis.SOURCED, _PATENT),
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
        Change.DC_PROMOTION: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.USE: kept(Basis.INFERRED),
    },
    namespace="setup-timer",
    identity=lambda value: None if value.start is None else f"{value.name} {value.start}",
    claims=(
        Claim("The times reproduce the moments of specialize and of the first sign-in to the microsecond.", Basis.OBSERVED, _SEEN),
        Claim("Copies made without generalize share all of them; machines from one generalized master do not.", Basis.INFERRED),
    ),
)


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
    """State the last run of SetupCl; the fact's `written` is the moment of the run, a clock of setup.

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
