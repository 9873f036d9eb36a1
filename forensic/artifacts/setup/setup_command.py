"""Setup commands and flags: what Windows Setup is to do at the next start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import Deferred
from forensic.model import Basis, Change, Claim, Fact, Kind, Origin, always

if TYPE_CHECKING:
    from forensic.registry.key import Key
    from forensic.registry.value import Value

_SEEN = "SYSTEM hives of Windows 7 and 10"
_LIST_TYPE = 7

COMMANDS = ("CmdLine", "RespecializeCmdLine", "OemDuplicatorString")
FLAGS = (
    "SystemSetupInProgress", "SetupType", "OOBEInProgress", "SetupPhase", "RestartSetup", "FactoryPreInstallInProgress",
    "AuditInProgress", "MiniSetupInProgress",
)  # fmt: skip


class SetupCommand(msgspec.Struct, frozen=True):
    """A command line or text that Setup stores for later."""

    name: str
    text: str


class SetupFlag(msgspec.Struct, frozen=True):
    """A number by which Setup knows at the next start what to do."""

    name: str
    number: int


SETUP_COMMAND = Kind(
    "setup-command",
    SetupCommand,
    "Setup commands: what Setup runs at the next start, and the name of the duplication master",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, "hives of NT 4.0 and XP", machines=2),
        Change.GENERALIZE: always(Basis.SOURCED, reference.ASSERT_GENERALIZED),
        Change.SPECIALIZE: always(Basis.SOURCED, reference.ASSERT_GENERALIZED),
    },
    claims=(
        Claim("`setup -newsetup` is a leftover of plain installations of NT 4.0 and XP.", Basis.OBSERVED, "hives of NT 4.0 and XP"),
        Claim(
            "`setup -newsetup -mini`: XP or 2003 after Sysprep and before its first start.", Basis.SOURCED, "a public clone-check script"
        ),
        Claim("`oobe\\windeploy.exe`: Vista or later, generalized and not yet started.", Basis.SOURCED, reference.ASSERT_GENERALIZED),
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
        Change.GENERALIZE: always(Basis.SOURCED, reference.ASSERT_GENERALIZED),
        Change.SPECIALIZE: always(Basis.SOURCED, reference.ASSERT_GENERALIZED),
    },
    claims=(
        Claim("A sealed image has SetupType 2; one whose Sysprep was aborted has not.", Basis.SOURCED, reference.ASSERT_GENERALIZED),
        Claim("Generalized and not started: SystemSetupInProgress 1 and OOBEInProgress 1 as well.", Basis.UNVERIFIED),
        Claim("All 0 on an installation in use.", Basis.OBSERVED, _SEEN),
    ),
)


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
