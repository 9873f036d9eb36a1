"""Landlock: what files a Linux process may reach from now on, and that it may not speak TCP (landlock(7)).

The kernel says which version (ABI) it has; of each right that a version knows and no rule allows, the process has none any more.

| ABI | Kernel | Adds |
|---|---|---|
| 1 | 5.13 | reading, writing, making and removing files and folders, executing |
| 2 | 5.19 | moving files between folders |
| 3 | 6.2 | truncating |
| 4 | 6.7 | binding and connecting TCP |
| 5 | 6.10 | ioctl on devices |
| 6 | 6.12 | abstract unix sockets and signals to processes outside |

`struct landlock_ruleset_attr`: three 64-bit masks (files, network from ABI 4, scope from ABI 6). `struct landlock_path_beneath_attr`: a
64-bit mask and a 32-bit descriptor, packed. The numbers of the system calls are the same on all processors.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable

from forensic.batch.protection import Protection

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION, _PATH_BENEATH = 1, 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER, _REMOVE_FILE, _MAKE_FILE, _TRUNCATE = (1 << bit for bit in (0, 1, 2, 3, 5, 8, 14))
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | 1 << 15
"""Rights that a rule on a file, not a folder, may name."""
_KNOWN = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""The rights about files that a version, and those after it, know."""
_NETWORK, _SCOPE = 0b11, 0b11
READ = _READ_FILE | _READ_FOLDER
KEEP = READ | _WRITE_FILE | _REMOVE_FILE | _MAKE_FILE | _TRUNCATE
_NAME = "landlock"


def version() -> int:
    """Return the kernel's ABI; 0 where it has none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, int(_library().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))))


def restrict(readable: Iterable[str], scratch: str) -> Protection:
    """Let this process read below `readable` (files or folders), write below the folder `scratch`, and reach no other file.

    Needs `no-new-privileges`. Files that are open stay open. What of `readable` is not there is left out.
    """
    found = version()
    if not found:
        return Protection(_NAME, on=False, detail="this kernel has no Landlock (5.13 or later, with the module enabled)")
    known = next(rights for least, rights in sorted(_KNOWN.items(), reverse=True) if least <= found)
    masks = (known, _NETWORK, _SCOPE)[: 1 + (found >= 4) + (found >= 6)]
    attributes = struct.pack(f"={len(masks)}Q", *masks)
    library = _library()
    ruleset = library.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    if ruleset < 0:
        return _off()
    try:
        for path, rights in [*((path, READ) for path in readable), (scratch, KEEP)]:
            if not _allow(library, ruleset, path, rights & known):
                return _off()
        if library.syscall(_RESTRICT_SELF, ruleset, ctypes.c_uint32(0)):
            return _off()
    finally:
        os.close(ruleset)
    kept = ["no file but those of the evidence and of the program, nothing written"]
    kept += ["no TCP"] * (found >= 4) + ["no signals to other programs"] * (found >= 6)
    return Protection(_NAME, on=True, detail=f"ABI {found}: {', '.join(kept)}")


def _allow(library: ctypes.CDLL, ruleset: int, path: str, rights: int) -> bool:
    if not path:
        return True
    try:
        descriptor = os.open(path, getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
    except (OSError, ValueError):  # not there: nothing to allow
        return True
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, descriptor)
        return not library.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, ctypes.c_uint32(0))
    finally:
        os.close(descriptor)


def _off() -> Protection:
    return Protection(_NAME, on=False, detail=f"the kernel refused it: {os.strerror(ctypes.get_errno())}")


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
