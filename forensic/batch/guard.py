"""Guard: what a process that reads evidence gives up before it reads any.

Evidence is hostile, and much of what reads it is C. A hole in a reader then gives an attacker a process that can read the evidence it was
started for and the program itself, and that can write to its scratch folder and to the pipe to its parent: nothing else. Each part is put
on where the platform has it, and reported by name.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from forensic.batch import landlock, limit, prctl, seccomp
from forensic.batch.protection import Protection

_OF_LINUX = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo", "/etc/ld.so.cache", "/etc/localtime", "/dev/null",
    "/dev/urandom",
)  # fmt: skip
"""What the C library and the loader open."""


class GuardMissing(Exception):
    """A part of the guard is off, and whoever started the examination wants none without it."""


def put_on(readable: Sequence[str], scratch: str, memory: int, parent: int, examiner: str) -> list[Protection]:
    """Restrict this process for good: read below `readable`, keep scratch files in `scratch`, take `memory` bytes.

    `parent` is the process id of the one that started it; `examiner` the module that examines. To be called before any thread is started.
    """
    parts = [limit.restrict(memory)]
    if sys.platform.startswith("linux"):
        parts.append(prctl.end_with_parent(parent))
        parts.append(prctl.gain_no_privileges())
        parts.append(landlock.restrict([*readable, *_program(examiner)], scratch))
        parts.append(seccomp.restrict())
    else:
        why = "Landlock and seccomp are parts of Linux"
        parts += [Protection("landlock", on=False, detail=why), Protection("seccomp", on=False, detail=why)]
    return parts


def _program(examiner: str) -> list[str]:
    """Return where the interpreter, the libraries and the module `examiner` lie."""
    own = [os.path.dirname(import_module(name).__file__ or "") for name in dict.fromkeys(("forensic", examiner))]  # noqa: PTH120
    prefixes = [str(Path(prefix).resolve()) for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}]
    whole = [prefix for prefix in prefixes if prefix not in ("/", "/usr", "/usr/local")]
    paths = [str(path) for path in map(Path, sys.path) if _is_installed(path)]
    return [*own, *whole, *paths, *sysconfig.get_paths().values(), *_OF_LINUX]


def _is_installed(path: Path) -> bool:
    """Whether an entry of `sys.path` is one of installed modules, and no folder that somebody works in."""
    places = (
        *sysconfig.get_paths().values(),
        *(site.getsitepackages() if hasattr(site, "getsitepackages") else ()),
        site.getusersitepackages(),
    )
    return any(path.is_relative_to(place) for place in places)


def require(parts: Sequence[Protection]) -> None:
    """Raise GuardMissing where a part is off that the guard cannot do without."""
    if off := [part for part in parts if part.needed and not part.on]:
        raise GuardMissing("; ".join(f"{part.name}: {part.detail}" for part in off))
