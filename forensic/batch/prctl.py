"""prctl: what a Linux process gives up for good, and that it ends with its parent (prctl(2))."""

from __future__ import annotations

import ctypes
import os
import signal

from forensic.batch.protection import Protection

_SET_PARENT_DEATH_SIGNAL, _SET_NO_NEW_PRIVILEGES = 1, 38


def end_with_parent(parent: int) -> Protection:
    """Let the kernel kill this process when `parent`, the process id of the one that started it, ends.

    The signal comes when the thread ends that started this process, also where its process lives on.
    """
    name, what = "parent-death", "killed by the kernel when the program ends that started it"
    fault = call(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if fault:
        return Protection(name, on=False, detail=f"{fault}; ends by itself after the image in hand", needed=False)
    if os.getppid() != parent:  # it ended before anybody could hear of it
        raise SystemExit(1)
    return Protection(name, on=True, detail=what, needed=False)


def gain_no_privileges() -> Protection:
    """Give up all ways to more rights (a program that belongs to root): Landlock and seccomp ask for it."""
    fault = call(_SET_NO_NEW_PRIVILEGES, 1)
    return Protection("no-new-privileges", on=not fault, detail=fault or "no way to more rights")


def call(option: int, value: int) -> str:
    """Call prctl(2); return what the system says against it, nothing where it was done."""
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0):
        return os.strerror(ctypes.get_errno())
    return ""
