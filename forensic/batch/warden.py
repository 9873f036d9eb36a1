"""Warden: ends children that take too much time or memory, also while the supervisor waits for something else, as for a locked catalog."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Event, Lock, Thread

from forensic.batch.child import Child

TICK = 0.1
"""Seconds between looks."""


class Warden:
    """A thread that watches children; their ends are noticed by the supervisor, which asks here for the reason."""

    def __init__(self, timeout: float) -> None:
        """Watch those that are given by `watch`, each for `timeout` seconds an order."""
        self._timeout = timeout
        self._children: tuple[Child, ...] = ()
        self._reasons: dict[Child, str] = {}
        self._lock, self._over = Lock(), Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def watch(self, children: Iterable[Child]) -> None:
        """Watch these from now on, and no others."""
        with self._lock:
            self._children = tuple(children)
            self._reasons = {one: why for one, why in self._reasons.items() if one in self._children}

    def reason(self, child: Child) -> str:
        """Return for what a child was ended; nothing where it was not."""
        with self._lock:
            return self._reasons.get(child, "")

    def close(self) -> None:
        """Watch no more."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(TICK):
            with self._lock:
                for child in self._children:
                    if child not in self._reasons and (excess := child.excess(self._timeout)):
                        self._reasons[child] = excess
                        child.kill()
