"""Job object: the memory and the number of processes that Windows allows a child, which ends with its parent.

Derived from Microsoft's documentation of `JOBOBJECT_EXTENDED_LIMIT_INFORMATION`, and not tried on a Windows machine. It confines no files
and no network; a child there has what its user has.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys

from forensic.batch.protection import Protection

_ACTIVE_PROCESSES, _PROCESS_MEMORY, _DIE_ON_EXCEPTION, _KILL_ON_CLOSE = 0x8, 0x100, 0x400, 0x2000
_EXTENDED_LIMITS = 9
_HANDLES: list[object] = []
"""Job handles: when this process ends, the last handles close, and the children are killed."""


class _BasicLimits(ctypes.Structure):
    _fields_ = [
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    ]


class _ExtendedLimits(ctypes.Structure):
    _fields_ = [
        ("BasicLimitInformation", _BasicLimits),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    ]


def confine(process: subprocess.Popen[bytes], memory: int) -> list[Protection]:
    """Put a child into a job of its own, and return that as a part of the guard; none on other systems than Windows."""
    if sys.platform != "win32":
        return []
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateJobObjectW.restype = ctypes.c_void_p
    job = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))
    limits = _ExtendedLimits()
    limits.BasicLimitInformation.LimitFlags = _ACTIVE_PROCESSES | _PROCESS_MEMORY | _DIE_ON_EXCEPTION | _KILL_ON_CLOSE
    limits.BasicLimitInformation.ActiveProcessLimit = 1
    limits.ProcessMemoryLimit = memory
    handle = ctypes.c_void_p(int(process._handle))  # noqa: SLF001  subprocess shows it by no other name
    _HANDLES.append(job)
    told = kernel.SetInformationJobObject(job, _EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits))
    done = bool(told and kernel.AssignProcessToJobObject(job, handle))
    detail = f"{memory >> 20} MiB, one process, ends with the program that started it" if done else "Windows refused it"
    return [Protection("job-object", on=done, detail=detail)]
