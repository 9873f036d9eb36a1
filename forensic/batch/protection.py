"""Protection: one part of the guard around a process that reads evidence, and whether it is on."""

from __future__ import annotations

import msgspec


class Protection(msgspec.Struct, frozen=True, array_like=True):
    """One part of the guard."""

    name: str
    """`landlock`, `seccomp`, `limits`, `parent-death`, `no-new-privileges`, `job-object`."""
    on: bool
    detail: str
    """What it keeps from whom; where it is off, why."""
    needed: bool = True
    """Whether `--require-guard` refuses without it."""
