"""Configuration passes, and the programs that Windows Setup starts: the state of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import Deferred
from forensic.model import Basis, Change, Claim, Fact, Kind, Origin, always

if TYPE_CHECKING:
    from forensic.registry.key import Key

_SEEN = "SYSTEM hives of Windows 7 and 10"


class UnattendPass(msgspec.Struct, frozen=True):
    """State of one configuration pass."""

    name: str
    result: int


class ChildCompletion(msgspec.Struct, frozen=True):
    """State of one program that Setup starts."""

    name: str
    result: int


UNATTEND_PASS = Kind(
    "unattend-pass",
    UnattendPass,
    "Configuration passes: the state of each",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, _SEEN, machines=2),
        Change.GENERALIZE: always(Basis.INFERRED),
        Change.SPECIALIZE: always(Basis.INFERRED),
    },
    claims=(
        Claim("9 after specialize and oobeSystem were done; 2 was seen too.", Basis.OBSERVED, _SEEN),
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
