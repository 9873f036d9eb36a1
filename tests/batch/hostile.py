"""Examiners for tests of the batch: children import them in the place of the real one, by `Plan.examiner`."""

import ctypes
import json
import mmap
import os
import re
import signal
import socket
import threading
import time
from pathlib import Path

from forensic.examination import TOOL, examine
from forensic.model import ImageReport, Problem, SourceInfo

MARK = b"HOSTILE "


def hostile_image(what: str) -> bytes:
    """Bytes that discovery takes for a raw image, and at which the examiner below does `what`."""
    return (MARK + what.encode() + b"\0").ljust(1 << 20, b"\0")


def examine_hostile(source, **options):
    """Examine as usual, but for images that ask for something else."""
    head = b""
    if not isinstance(source, str):  # a place that the parent reads
        head = b"" if source.is_folder else source.open().read_at(0, 64)
    elif Path(source).is_file():
        with Path(source).open("rb") as file:
            head = file.read(64)
    if head.startswith(MARK):
        _do(head[len(MARK) :].partition(b"\0")[0].decode())
    return examine(source, **options)


def _do(what):
    if what == "segv":
        ctypes.string_at(0)
    elif what == "abort":
        os.abort()
    elif what == "exit":
        os._exit(3)
    elif what == "raise":
        raise RuntimeError("a defect")
    elif what == "hang":  # in C, holding the interpreter lock: no thread of the child runs meanwhile
        re.match(r"(a+)+$", "a" * 60 + "b")
    elif what == "memory":
        held = []
        while True:
            held.append(bytearray(32 << 20))
    elif what == "shared memory":  # RLIMIT_DATA does not count it
        shared = mmap.mmap(-1, 4 << 30)
        for at in range(0, len(shared), 4096):
            shared[at] = 1
    elif what == "garbage":
        os.write(3, b"\x05\0\0\0xxxxx" * 100)
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, b"\x05\0\0\0xxxxx")
            except OSError:
                continue


def probe(source, **options):
    """Try what a guarded process must not; the report has one problem for each attempt: its name and how it ended."""
    wanted = json.loads(Path(source).read_text())
    outcomes = {}
    for name, attempt in _attempts(wanted).items():
        try:
            outcomes[name] = f"done {attempt()}"
        except OSError as error:
            outcomes[name] = f"refused {error.errno}"
        except RuntimeError as error:
            outcomes[name] = f"refused {error}"
    return ImageReport(TOOL, SourceInfo(source, "raw", 1), problems=tuple(Problem("warning", *one) for one in outcomes.items()))


def _attempts(wanted):
    evidence, outside = Path(wanted["evidence"]), Path(wanted["outside"])
    libc = ctypes.CDLL(None, use_errno=True)

    def call(name, *arguments):
        if getattr(libc, name)(*arguments) == -1:
            raise OSError(ctypes.get_errno(), name)

    def thread():
        ran = []
        one = threading.Thread(target=lambda: ran.append(1))
        one.start()
        one.join()
        return len(ran)

    def connect(kind, family=socket.AF_INET, address=None):
        with socket.socket(family, kind) as one:
            one.connect(address or ("127.0.0.1", wanted["port"]))

    def scratch():
        import tempfile

        with tempfile.TemporaryFile() as file:
            return file.write(b"kept")

    return {
        "read the evidence": lambda: len(evidence.read_bytes()),
        "keep a scratch file": scratch,
        "start a thread": thread,
        "list the environment": lambda: "SECRET_TOKEN" in os.environ,
        "read outside": outside.read_bytes,
        "list outside": lambda: list(outside.parent.iterdir()),
        "write the evidence": lambda: evidence.open("r+b"),
        "write beside": lambda: (evidence.parent / "new").write_bytes(b"x"),
        "truncate": lambda: os.truncate(evidence, 0),
        "remove": evidence.unlink,
        "rename": lambda: evidence.rename(evidence.with_name("other")),
        "link": lambda: os.link(evidence, evidence.with_name("linked")),
        "make a folder": (evidence.parent / "folder").mkdir,
        "chmod": lambda: evidence.chmod(0o777),
        "set times": lambda: os.utime(evidence),
        "connect TCP": lambda: connect(socket.SOCK_STREAM),
        "connect UDP": lambda: connect(socket.SOCK_DGRAM),
        "connect unix": lambda: connect(socket.SOCK_STREAM, socket.AF_UNIX, wanted["socket"]),
        "execute": lambda: os.execv("/bin/true", ["true"]),
        "fork": os.fork,
        "signal the parent": lambda: os.kill(os.getppid(), signal.SIGCONT),
        "trace": lambda: call("ptrace", 16, os.getppid(), 0, 0),
        "mount": lambda: call("mount", b"none", b"/", b"tmpfs", 0, None),
        "io_uring": lambda: call("syscall", 425, 1, 0),
    }


def examine_slowly(source, **options):
    """Examine as usual, some time later."""
    time.sleep(0.2)
    return examine(source, **options)
