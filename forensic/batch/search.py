"""Search: discovery in a thread of its own, so that a slow folder keeps no child waiting; what it finds waits in a short queue."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from queue import Empty, Full, Queue
from threading import Event, Thread

from forensic.batch.bucket import Known
from forensic.batch.child import Child
from forensic.batch.discovery import Discovery
from forensic.batch.found import Found, Note
from forensic.batch.order import Files
from forensic.batch.plan import Plan
from forensic.batch.scope import Scope, covers
from forensic.batch.source_list import Listed
from forensic.catalog.record import Source
from forensic.errors import ForensicError
from forensic.storage.message import unpacked
from forensic.storage.url import is_url

AHEAD = 1000
"""Sources that are found before somebody takes them."""
END = 2.0
"""Seconds in which the search has to end when it is asked to."""
PATIENCE = 30.0
"""Seconds in which an image has to say of which files it is made."""


class Search:
    """Everything that a scan is to find."""

    def __init__(
        self,
        paths: Sequence[str],
        listed: Iterable[Listed],
        plan: Plan,
        *,
        exclude: Sequence[str] = (),
        tags: Sequence[str] = (),
        known: Known | None = None,
    ) -> None:
        """Search below `paths`, and take what is `listed` as it is; each source gets `tags`.

        `known` tells, in a thread of this search, with which fingerprint the catalog has a source behind a URL.
        """
        self._paths, self._listed, self._plan, self._tags = paths, listed, plan, tuple(tags)
        self._queue: Queue[Source | BaseException | None] = Queue(AHEAD)
        self._news, self._stop, self._over = Event(), Event(), False
        self._discovery = Discovery(exclude, self._files, known=known, wait=self._stop.wait)
        self._child: Child | None = None
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether everything that was found was taken."""
        return self._over

    @property
    def notes(self) -> tuple[list[Note], int]:
        """Return the places that were left out, and how many more there are."""
        return self._discovery.notes, self._discovery.notes_left_out

    def take(self, limit: int) -> list[Source]:
        """Return up to `limit` sources that were found, without waiting; raises what ended the search, where it is no error of a folder."""
        found: list[Source] = []
        with suppress(Empty):
            while len(found) < limit and not self._over:
                one = self._queue.get_nowait()
                if isinstance(one, BaseException):
                    self._over = True
                    raise one
                if one is None:
                    self._over = True
                else:
                    found.append(one)
        return found

    def close(self) -> None:
        """End the search where it goes on; one that waits for a server, or for a share, is left alone after a while."""
        self._stop.set()
        self._thread.join(END)

    def _run(self) -> None:
        last: BaseException | None = None
        try:
            for path, tags in self._all():
                if not self._put(Source(path.path, path.fingerprint, tags, self._plan.depth)):
                    break
        except BaseException as error:  # noqa: BLE001  told by whoever takes the sources
            last = error
        finally:
            if self._child is not None:
                self._child.kill()
                self._child.end()
            self._put(last)

    def _all(self) -> Iterator[tuple[Found, tuple[str, ...]]]:
        for path in self._paths:
            for found in self._discovery.below(path):
                yield found, self._tags
        for one in self._listed:
            for found in self._discovery.below(one.path):
                yield found, tuple(dict.fromkeys(chain(self._tags, one.tags)))

    def _put(self, one: Source | BaseException | None) -> bool:
        while not self._stop.is_set():
            try:
                self._queue.put(one, timeout=0.2)
            except Full:
                continue
            return True
        return False

    def _files(self, path: str) -> list[str]:
        """Ask a guarded child of which files an image is made, for evidence is read nowhere else; none where it does not answer."""
        if self._child is not None and (self._child.has_ended or not covers(self._child.readable, path)):
            self._child.kill()
            self._child.end()
            self._child = None
        if self._child is None:
            readable = Scope([*(one for one in self._paths if one and not is_url(one)), path]).readable()
            self._child = Child(readable, memory=self._plan.memory, nice=self._plan.nice, news=self._news)
        child, deadline = self._child, time.monotonic() + PATIENCE
        asked = False
        while time.monotonic() < deadline and not self._stop.is_set() and not child.has_ended:
            answer = child.answer()
            if isinstance(answer, Files):
                return [unpacked(one) for one in answer.paths]
            if child.is_ready and not asked:
                try:
                    asked = child.ask_files(path)
                except ForensicError:
                    return []
            self._news.wait(0.1)
            self._news.clear()
        child.kill()
        return []
