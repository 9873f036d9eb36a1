"""Limit: how much memory and how many files a process may take (setrlimit(2)), and how much it has taken."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from forensic.batch.protection import Protection

OPEN_FILES = 1024
FILE_SIZE = 32 << 30
"""Bytes that a scratch file may have: what `storage.unpacked` unpacks of the largest archive."""
_NAME = "limits"
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def restrict(memory: int) -> Protection:
    """Let this process take `memory` bytes at most, hold `OPEN_FILES` files, write files of `FILE_SIZE`, and leave no memory image.

    An allocation beyond `memory` fails, in Python with MemoryError.
    """
    try:
        import resource
    except ImportError:  # Windows: the job object limits the memory
        return Protection(_NAME, on=False, detail="this system has none", needed=False)
    wanted = {
        "RLIMIT_DATA": memory,
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": OPEN_FILES,
        "RLIMIT_FSIZE": FILE_SIZE,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
    }
    refused = []
    for name, value in wanted.items():
        number = getattr(resource, name, None)
        if number is None:
            continue
        hard = resource.getrlimit(number)[1]
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(number, (least, least))
        except (OSError, ValueError) as error:
            refused.append(f"{name}: {error}")
    told = f"{memory >> 20} MiB, {OPEN_FILES} open files, no core dump"
    if sys.platform == "darwin":
        told += " (macOS does not enforce the memory of RLIMIT_DATA: the resident size is watched)"
    return Protection(_NAME, on=not refused, detail="; ".join(refused) or told)


def resident(process: int) -> int | None:
    """Return the bytes of memory that a process has in use; None where the system does not tell."""
    if sys.platform.startswith("linux"):
        try:
            return int(Path(f"/proc/{process}/statm").read_bytes().split()[1]) * _PAGE
        except (OSError, IndexError, ValueError):
            return None
    if sys.platform == "darwin":
        try:
            told = subprocess.run(["/bin/ps", "-o", "rss=", "-p", str(process)], capture_output=True, timeout=5, check=False)  # noqa: S603  a fixed command
            return int(told.stdout) * 1024
        except (OSError, ValueError, subprocess.SubprocessError):
            return None
    return None
