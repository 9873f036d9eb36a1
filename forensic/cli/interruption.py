"""Interruption: Ctrl-C, SIGTERM and SIGHUP end the program with 128 plus their number, and never with half a report.

Python turns a signal into an exception wherever the program is. Raised in a callback of native code, as those that read evidence for
The Sleuth Kit, it becomes an error of the evidence, and the program would go on with what it could not read. So each signal is remembered:
it is raised again every so often until it gets through, and nothing is written once one has come.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

AGAIN = 0.2
"""Seconds after which an interrupt that did not get through is raised again."""
PATIENCE = 1.0
"""Seconds for which a report that is being written may be finished."""
_WORDS = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "hung up"}


class _Interruption:
    """What came, and whether it has to wait."""

    def __init__(self) -> None:
        self.number = 0
        self.installed = False
        self.waiting = False
        self.noticed = False


_STATE = _Interruption()


def install() -> None:
    """Heed the signals from now on, but for those that whoever started the program wants ignored (`nohup`, a shell's background)."""
    for name in _WORDS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _come)
    sys.unraisablehook = _not_raised
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _again)
        _STATE.installed = True


def check() -> None:
    """Raise KeyboardInterrupt where a signal came."""
    if _STATE.number and not _STATE.noticed:
        raise KeyboardInterrupt


def came() -> tuple[int, str]:
    """Return the exit code for the signal that came, and what it did, in a word; 130 where KeyboardInterrupt was raised without one."""
    number = _STATE.number or int(signal.SIGINT)
    return 128 + number, _WORDS.get(signal.Signals(number).name, "interrupted")


def has_come() -> bool:
    """Whether a signal came."""
    return bool(_STATE.number)


@contextmanager
def noticed() -> Iterator[None]:
    """Let a signal be noticed (`has_come`) and not raised: whoever does long work looks by itself, saves and ends. A second is raised."""
    check()
    _STATE.noticed = True
    try:
        yield
    finally:
        _STATE.noticed = False


@contextmanager
def writing(*, last: bool) -> Iterator[None]:
    """Let something be written whole: a signal that comes meanwhile waits, for a while; after the `last` one it changes nothing more."""
    check()
    _STATE.waiting = True
    try:
        yield
    finally:
        _STATE.waiting = False
    if last:
        over()
    check()


def over() -> None:
    """Heed no signal any more: everything is written, or the program is leaving."""
    _set_timer(0)
    for name in _WORDS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is _come:
            signal.signal(number, signal.SIG_IGN)
    _STATE.number = 0


def _come(number: int, _: FrameType | None) -> None:
    if _STATE.noticed and not _STATE.number:
        _STATE.number = number
        return
    _STATE.number = _STATE.number or number
    _set_timer(PATIENCE if _STATE.waiting else AGAIN)
    if not _STATE.waiting:
        raise KeyboardInterrupt


def _not_raised(ignored: UnraisableHookArgs) -> None:
    """Say nothing of an interrupt that came while an object was destroyed, where Python cannot raise it: it is raised again."""
    if not (_STATE.number and isinstance(ignored.exc_value, KeyboardInterrupt)):
        sys.__unraisablehook__(ignored)


def _again(*_: object) -> None:
    _set_timer(AGAIN)
    raise KeyboardInterrupt


def _set_timer(seconds: float) -> None:
    if _STATE.installed and hasattr(signal, "setitimer"):  # Windows has none: there the checks between the sources have to do
        signal.setitimer(signal.ITIMER_REAL, seconds)
