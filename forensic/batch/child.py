"""Child: the parent's hold on one guarded process that examines: it is given an order, watched, and killed where it has to be."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing import connection
from pathlib import Path
from threading import Event, Thread
from typing import Any

import msgspec

import forensic
from forensic.batch import frame, job_object, limit, order, scratch
from forensic.batch.protection import Protection
from forensic.storage.broker import Broker, Desk
from forensic.storage.location import locate
from forensic.storage.message import packed
from forensic.storage.url import is_url

START_LIMIT = 60.0
"""Seconds within which a child has to be ready."""
UNASKED = 4
"""Messages of a child that wait to be read."""
SAID_LIMIT = 2000
"""Bytes of what a child says on standard error that are kept."""
_NO_ANSWER = "answered what is no answer"
_KEPT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "PYTHONUTF8",
    "PYTHONHASHSEED",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SYSTEMROOT",
    "WINDIR",
)
"""Variables of the environment that a child gets: no credentials are among them."""


class Child:
    """One process that examines. It is used by one thread."""

    def __init__(
        self,
        readable: Sequence[str],
        *,
        memory: int,
        examiner: str = order.EXAMINER,
        guarded: bool = True,
        nice: int = 0,
        news: Event | None = None,
    ) -> None:
        """Start a process that may read below `readable` and take `memory` bytes; OSError where the system does not let it start.

        `news` is set whenever it has answered or ended. On Linux the child ends with the thread that started it.
        """
        self.readable, self.memory = tuple(readable), memory
        self.guard: list[Protection] | None = None
        """What it reported when it was ready; None before."""
        self.examined = 0
        """Orders that it has answered."""
        self._begun = time.monotonic()
        self._ordered: float | None = None
        self._awaited: float | None = None
        """Since when the answer is waited for; set and cleared by different threads."""
        self._decoder = msgspec.msgpack.Decoder(order.Answer)
        self._scratch = scratch.new_folder()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as this; a pipe could fill up and stop the child
        self._desk = Desk()
        own, its = connection.Pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-B", "-m", "forensic.batch.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                env=_environment(),
                start_new_session=True,  # an interrupt of the terminal is a matter of the parent
                **_handed_down(its.fileno()),
            )
        except OSError:
            own.close()
            self._release()
            raise
        finally:
            number = its.fileno()
            its.close()
        self._outer = job_object.confine(self._process, memory)
        if nice and hasattr(os, "setpriority"):
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, nice)
        self._news = Event() if news is None else news
        self._inbox: deque[bytes] = deque()
        self._closed, self._wrong = False, ""
        Thread(target=self._listen, daemon=True).start()
        Thread(target=self._desk.serve, args=(own,), daemon=True).start()
        setting = order.Setting(
            tuple(os.fsencode(path) for path in readable), os.fsencode(self._scratch), memory, os.getpid(), examiner, number, guarded
        )
        self._send(setting)

    @property
    def process(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_ready(self) -> bool:
        """Whether it waits for an order."""
        return self.guard is not None and self._ordered is None

    def examine(self, source: str, options: Mapping[str, object], *, whole: bool = False) -> bool:
        """Give an order; False where the child is gone. The answer comes by `answer`.

        A source behind a URL is read by this process, which has the network and the credentials. Raises a ForensicError where that cannot
        be read at all, as where a part of the program is missing for it.
        """
        return self._ask(order.Order(packed(source), dict(options), whole, self._reads_for(source)))

    def ask_files(self, source: str) -> bool:
        """Ask of which files an image is made; False where the child is gone. The answer comes by `answer`."""
        return self._ask(order.Chain(packed(source), self._reads_for(source)))

    @property
    def broker(self) -> Broker:
        """What reads for it of the source that it has in hand, where that lies behind a URL."""
        return self._desk.broker

    def _reads_for(self, source: str) -> bool:
        """Make ready to read a source behind a URL for the child; False for one that it opens itself."""
        self._desk.broker = Broker(locate(source) if is_url(source) else None)
        return is_url(source)

    def answer(self) -> order.Done | order.Files | order.Failed | None:
        """Return the answer to the order where it has come, without waiting. A child that is ended has none: see `end`.

        A child that sends what is no answer is killed.
        """
        while self._inbox and not self._wrong:
            try:
                answer: order.Answer = self._decoder.decode(self._inbox.popleft())
            except (msgspec.MsgspecError, RecursionError):
                self._wrong = _NO_ANSWER
                self._inbox.clear()
                self.kill()
                return None
            if not isinstance(answer, order.Ready):
                self._ordered = self._awaited = None
                self.examined += 1
                return answer
            self.guard = [*answer.guard, *self._outer]
        return None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come: it has closed its end, or was killed."""
        return self._closed and (bool(self._wrong) or not self._inbox)

    def excess(self, seconds: float) -> str:
        """Return what the child has taken too much of: more than `seconds` for its order, or memory; nothing while all is well.

        Another thread may ask.
        """
        now = time.monotonic()
        if self.guard is None:
            return f"not ready after {START_LIMIT:.0f} s" if now - self._begun > START_LIMIT else ""
        awaited = self._awaited
        if awaited is not None and now - awaited > seconds:
            return f"no answer in {seconds:g} s"
        taken = limit.resident(self._process.pid)
        if taken is not None and taken > self.memory:
            return f"took more than {self.memory >> 20} MiB of memory"
        return ""

    def kill(self) -> None:
        """End the process at once; it cannot help it."""
        with suppress(OSError):
            self._process.kill()

    def end(self) -> str:
        """Close the pipe, wait for the end, killing what does not end by itself, and return how it ended: the signal, or the exit code."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        try:
            code = self._process.wait(timeout=0 if self._wrong else 1)
        except subprocess.TimeoutExpired:
            self.kill()
            code = self._process.wait()
        said = self._last_words()
        self._release()
        if self._wrong:
            return self._wrong
        if code < 0:
            return f"killed by {_signal(-code)}"
        return f"ended with exit code {code}{f': {said}' if said else ''}"

    def _listen(self) -> None:
        """Keep what comes until the other end is closed; in a thread of its own, which a child may keep waiting as long as it likes."""
        stream = self._process.stdout
        try:
            while stream is not None and (message := frame.receive(stream)) is not None:  # type: ignore[arg-type]
                if len(self._inbox) >= UNASKED:  # a child answers what it is asked, and nothing else
                    self._condemn()
                    break
                self._inbox.append(message)
                self._awaited = None
                self._news.set()
        except frame.Overlong:
            self._condemn()
        except (OSError, ValueError):  # closed meanwhile
            pass
        if stream is not None:
            stream.close()
        self._closed = True
        self._news.set()

    def _condemn(self) -> None:
        self._wrong = _NO_ANSWER
        self.kill()

    def _ask(self, question: order.Question) -> bool:
        self._ordered = self._awaited = time.monotonic()
        return self._send(question)

    def _send(self, message: order.Message) -> bool:
        stream = self._process.stdin
        if stream is None:
            return False
        try:
            frame.send(stream, msgspec.msgpack.encode(message))  # type: ignore[arg-type]
        except (OSError, ValueError):
            return False
        return True

    def _last_words(self) -> str:
        from forensic.model import printable

        with suppress(OSError, ValueError):
            self._said.seek(0, os.SEEK_END)
            self._said.seek(max(0, self._said.tell() - SAID_LIMIT))
            lines = self._said.read().decode("utf-8", "replace").strip().splitlines()
            return printable(lines[-1]) if lines else ""
        return ""

    def _release(self) -> None:
        self._said.close()
        shutil.rmtree(self._scratch, ignore_errors=True)


def _handed_down(number: int) -> dict[str, Any]:
    """Return how a child is started so that it gets one more open pipe."""
    if sys.platform != "win32":
        return {"pass_fds": (number,)}
    os.set_handle_inheritable(number, True)
    return {"startupinfo": subprocess.STARTUPINFO(lpAttributeList={"handle_list": [number]})}


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    own = Path(forensic.__file__).parent.parent
    paths = dict.fromkeys(str(path) for path in (own, *map(Path, filter(None, sys.path))))
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}


def _signal(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
    return f"{name} (by hand, or by the system where memory ran out)" if name == "SIGKILL" else name
