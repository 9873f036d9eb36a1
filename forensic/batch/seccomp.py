"""seccomp: the system calls that a Linux process may no longer make (seccomp(2)), by a filter of classic BPF.

What an examination never needs and an attacker would: the network (Landlock leaves UDP and unix sockets), other programs, other processes,
mounts, kernel interfaces with a history of holes, and changes of a file's owner, rights, times and attributes (which Landlock leaves too).
A forbidden call fails with EPERM; `clone3` with ENOSYS, so that the C library takes `clone`, whose flags a filter can read: threads pass,
processes do not. Signals pass to the process itself. A call by the numbers of another processor ends the process.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Iterator
from typing import NamedTuple

from forensic.batch.protection import Protection

_LOAD, _EQUAL, _AT_LEAST, _BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
"""Instructions: load a 32-bit word of the call, compare and jump, return."""
_NUMBER, _PROCESSOR, _FIRST_ARGUMENT = 0, 4, 16
"""Offsets in `struct seccomp_data`; of an argument the low half, on a little-endian processor."""
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_X32 = 0x40000000
"""From here on the second set of numbers of x86-64 begins."""
_THREAD = 0x10000
"""CLONE_THREAD."""
_SET_FILTER, _ALL_THREADS = 1, 1
_NAME = "seccomp"


class _Processor(NamedTuple):
    """The numbers that one processor's Linux gives to system calls."""

    audit: int
    seccomp: int
    clone: int
    kill: int
    tgkill: int
    forbidden: tuple[int, ...]


_SINCE_424 = (424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 434, 438, 442, 452, 463)
"""pidfd_send_signal, io_uring_setup, io_uring_enter, io_uring_register, open_tree, move_mount, fsopen, fsconfig, fsmount, fspick,
pidfd_open, pidfd_getfd, mount_setattr, fchmodat2, setxattrat: the same everywhere."""
_CLONE3 = 435
_PROCESSORS = {
    "x86_64": _Processor(
        0xC000003E, 317, 56, 62, 234,
        (
            41, 42, 43, 44, 46, 49, 50, 53, 288, 307,  # socket connect accept sendto sendmsg bind listen socketpair accept4 sendmmsg
            57, 58, 59, 322,  # fork vfork execve execveat
            101, 310, 311, 312, 129, 297, 200,  # ptrace process_vm_readv _writev kcmp rt_sigqueueinfo rt_tgsigqueueinfo tkill
            155, 161, 165, 166, 272, 308, 303, 304,  # pivot_root chroot mount umount2 unshare setns name_to_handle_at open_by_handle_at
            248, 249, 250, 298, 321, 323,  # add_key request_key keyctl perf_event_open bpf userfaultfd
            163, 164, 167, 168, 169, 170, 171, 175, 176, 179, 227, 246, 313, 320, 135, 159, 305,
            # acct settimeofday swapon swapoff reboot sethostname setdomainname init_module delete_module quotactl clock_settime kexec_load
            # finit_module kexec_file_load personality adjtimex clock_adjtime
            90, 91, 92, 93, 94, 260, 268,  # chmod fchmod chown fchown lchown fchownat fchmodat
            188, 189, 190, 197, 198, 199, 132, 235, 261, 280,  # the setxattr and removexattr calls, utime utimes futimesat utimensat
        ),
    ),
    "aarch64": _Processor(
        0xC00000B7, 277, 220, 129, 131,
        (
            198, 203, 202, 206, 211, 200, 201, 199, 242, 269,
            221, 281,
            117, 270, 271, 272, 138, 240, 130,
            41, 51, 40, 39, 97, 268, 264, 265,
            217, 218, 219, 241, 280, 282,
            89, 170, 224, 225, 142, 161, 162, 105, 106, 60, 112, 104, 273, 294, 92, 171, 266,
            52, 55, 54, 53,
            5, 6, 7, 14, 15, 16, 88,
        ),
    ),
}  # fmt: skip
"""By the name that uname(2) gives; aarch64 has no fork, chmod, utime and the like: only their later forms."""


def restrict() -> Protection:
    """Forbid the calls to all threads of this process, for good; needs `no-new-privileges`."""
    machine = os.uname().machine if hasattr(os, "uname") else ""
    processor = _PROCESSORS.get(machine)
    if not sys.platform.startswith("linux") or processor is None or sys.byteorder != "little" or sys.maxsize < 1 << 32:
        return Protection(_NAME, on=False, detail=f"not for {machine or 'this processor'} on {sys.platform}")
    program = b"".join(struct.pack("=HBBI", *each) for each in _instructions(processor, os.getpid()))
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(buffer))
    library = ctypes.CDLL(None, use_errno=True)
    if library.syscall(processor.seccomp, ctypes.c_uint(_SET_FILTER), ctypes.c_uint(_ALL_THREADS), header):
        return Protection(_NAME, on=False, detail=f"the kernel refused it: {os.strerror(ctypes.get_errno())}")
    return Protection(
        _NAME, on=True, detail="no network, no other program or process, no mount, no change of a file's owner, rights or times"
    )


def _instructions(processor: _Processor, own: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield code, steps to jump when true, steps when false, operand."""
    refuse = _ERROR | errno.EPERM
    yield _LOAD, 0, 0, _PROCESSOR
    yield _EQUAL, 1, 0, processor.audit
    yield _RETURN, 0, 0, _KILL
    yield _LOAD, 0, 0, _NUMBER
    yield _AT_LEAST, 0, 1, _X32
    yield _RETURN, 0, 0, _KILL
    for number in (*processor.forbidden, *_SINCE_424):
        yield _EQUAL, 0, 1, number
        yield _RETURN, 0, 0, refuse
    yield _EQUAL, 0, 1, _CLONE3
    yield _RETURN, 0, 0, _ERROR | errno.ENOSYS
    for number, code, operand in ((processor.clone, _BITS, _THREAD), (processor.kill, _EQUAL, own), (processor.tgkill, _EQUAL, own)):
        yield _EQUAL, 0, 4, number
        yield _LOAD, 0, 0, _FIRST_ARGUMENT
        yield code, 1, 0, operand
        yield _RETURN, 0, 0, refuse
        yield _RETURN, 0, 0, _ALLOW
    yield _RETURN, 0, 0, _ALLOW
