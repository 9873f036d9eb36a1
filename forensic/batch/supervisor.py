"""Supervisor: leases sources from the catalog, lets children examine them, and stores what they report.

The catalog is the only truth about what is to do: whatever dies, nothing that was stored is lost or done again. A child is an organ that
may fail: it is watched from outside for its time and its memory, replaced when it ends, and what ended it is the reason that its source
is given.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Signal
from typing import Any, TypeVar

import msgspec

from forensic.batch import guard, order, scope
from forensic.batch.child import Child
from forensic.batch.event import Examined, GaveUp, Nobody, Said, Watcher
from forensic.batch.outage import HELD_LIMIT as AWAY_LIMIT
from forensic.batch.outage import Outages, place_of
from forensic.batch.plan import Plan
from forensic.batch.search import Search
from forensic.batch.summary import NAMED, Clock, Failed, Place, Summary
from forensic.batch.warden import Warden
from forensic.catalog.catalog import Catalog
from forensic.catalog.record import Counts, Job, Source
from forensic.errors import ForensicError
from forensic.storage.url import is_url

TICK = 0.1
"""Seconds after which children are looked at, whether or not something came."""
AT_ONCE = 256
"""Sources that are offered to the catalog in one step."""
HELD_LIMIT = 200
"""Results that wait to be stored before children get no more to do."""
FIRST_PAUSE, LONGEST_PAUSE, PATIENCE = 0.5, 30.0, 600.0
"""Seconds between attempts to store, and for how long it is tried."""
START_TRIES = 10
"""Children in a row that may fail to start."""
SLOW_SERVER = 20.0
"""Seconds for which a child that is ended for its time has to have waited for a server, so that it is not the image's fault."""
JUDGING_SHARE = 0.05
"""Of the time of a scan, what is spent at most on judging pairs while children examine; what is left is judged at its end."""
LOOK = 2.0
"""Seconds after which the catalog is asked how much is to do."""
GONE = "it is no longer there"
"""Why a source failed that was removed after it was found; a scan that finds it again tries it again."""
_NO_SERVER = "its server did not answer in time"

_Result = TypeVar("_Result")


class Stopped(Exception):
    """A scan cannot go on; the sentence says why. What was stored stays, and the same scan goes on from there."""


class _Hand(msgspec.Struct):
    """A child and what it has in hand."""

    child: Child
    job: Job | None = None
    since: float = 0.0


class Supervisor:
    """One node of a scan: this process and its children."""

    def __init__(
        self,
        catalog: Catalog,
        owner: str,
        plan: Plan,
        search: Search | None = None,
        *,
        watcher: Watcher | None = None,
        stop: Callable[[], bool] = lambda: False,
        more: Callable[[], bool] = lambda: False,
    ) -> None:
        """Examine for `owner` what the catalog has to do, and what `search` finds, until nothing is left or `stop` says so.

        `more` says whether others may still offer something.
        """
        self._catalog, self._owner, self._plan, self._search = catalog, owner, plan, search
        self._watcher = Nobody() if watcher is None else watcher
        self._stop, self._more = stop, more
        self.summary = Summary(searching=search is not None)
        self._clock, self._news = Clock(), Signal()
        self._hands: list[_Hand] = []
        self._jobs: deque[Job] = deque()
        self._results: deque[tuple[Job, order.Done | order.Failed | str, float]] = deque()
        self._offers: list[Source] = []
        self._scope = scope.Scope()
        self._devices: dict[str, int] = {}
        self._renewed = time.monotonic()
        self._look, self._idle_look = self._renewed + LOOK, 0.0
        self._left = 0
        self._starts_failed = 0
        self._outages = Outages()
        self._unjudged: deque[int] = deque()
        self._judged_for = 0.0
        self._pause, self._resume = 0.0, 0.0
        self._trouble: dict[str, tuple[float, float]] = {}
        """What cannot be done with the catalog now -> since when, and when it was tried last."""

    def run(self, roots: tuple[str, ...] = ()) -> Summary:
        """Work until all is done; the summary says what was, also where it `stopped`. `roots` are the paths that were given.

        Raises GuardMissing where the guard is asked for and not complete. On every way out children are ended, results that can be stored
        are, and leases are given back.
        """
        self._warden = Warden(self._plan.timeout)
        for root in filter(lambda one: not is_url(one), roots):
            self._scope.add(root)
            self._devices[root] = _device(root)
        try:
            self._attempt("renew", lambda: self._catalog.release(self._owner), 0)  # of a scan of this name that was killed
            while not self._is_over():
                self._turn()
        except Stopped as stopped:
            self.summary.stopped = str(stopped)
        except KeyboardInterrupt:
            self.summary.stopped = "interrupted"
        finally:
            self._leave()
        return self.summary

    # One turn.

    def _turn(self) -> None:
        if self._stop():
            raise Stopped("interrupted")
        self._discover()
        self._lease()
        self._give()
        self._news.wait(TICK)
        self._news.clear()
        self._collect()
        self._keep()
        self._renew()
        self._judge()
        self._tell()

    def _is_over(self) -> bool:
        """Whether nothing is left to do for anybody: also what another node has in hand may come back, where that node dies."""
        busy = any(hand.job is not None for hand in self._hands)
        if busy or self._jobs or self._results or self._offers or (self._search is not None and not self._search.is_over):
            self._idle_look = 0.0  # the first time that nothing is in hand, the catalog is asked at once
            return False
        if self._outages.held:
            if (away := self._outages.hopeless()) is not None:
                raise Stopped(f"{away.place} cannot be read: {away.why}")
            return False
        if time.monotonic() < self._idle_look or self._is_pausing():
            return False
        left = self._count()
        self._idle_look = self._look
        return left == 0 and not self._more()

    def _discover(self) -> None:
        if self._search is None or self._is_pausing():
            return
        if not self._offers:
            self._offers = self._search.take(AT_ONCE)
            for source in self._offers:
                self._scope.add(source.path)
            self.summary.found += len(self._offers)
        if self._offers:
            offered = self._attempt("offer", lambda: self._catalog.offer(self._offers), None)
            if offered is None:
                return
            self._offers = []
            self.summary.unchanged += offered.unchanged
            self.summary.set_aside_before += offered.failed
            self._left += offered.new + offered.changed + offered.stale
        self.summary.searching = not self._search.is_over

    def _lease(self) -> None:
        self._jobs += self._outages.due()
        wanted = 2 * self._plan.children()
        if len(self._jobs) >= self._plan.children() or self._is_pausing() or len(self._results) >= HELD_LIMIT:
            return
        if self._outages.held < AWAY_LIMIT:
            none: list[Job] = []
            plan, more = self._plan, wanted - len(self._jobs)
            leased = self._attempt("lease", lambda: self._catalog.lease(more, self._owner, plan.lease, tries=plan.tries), none)
            self._jobs += [job for job in leased if not self._outages.keep_back(job)]

    def _give(self) -> None:
        """Give each idle child a job that it may read, and start children where there are too few."""
        while self._jobs and len(self._results) < HELD_LIMIT:
            hand = next((one for one in self._hands if one.job is None and one.child.is_ready), None)
            if hand is None:
                if len(self._hands) < min(self._plan.children(), self._in_hand() + len(self._jobs)):
                    self._start()
                return
            job = self._jobs[0]
            if not scope.covers(hand.child.readable, job.path) or hand.child.examined >= self._plan.renewed:
                self._scope.add(job.path)
                self._retire(hand)
                self._start()
                continue
            self._jobs.popleft()
            hand.job, hand.since = job, time.monotonic()
            try:
                hand.child.examine(job.path, self._options(job))  # one that is gone says so by its end
            except ForensicError as error:  # nothing here reads such a URL
                self._results.append((job, order.Failed(str(error), "source-unreadable"), 0.0))
                self._retire(hand)

    def _in_hand(self) -> int:
        return sum(hand.job is not None for hand in self._hands)

    def _options(self, job: Job) -> dict[str, Any]:
        plan = self._plan
        return {"depth": job.depth, "cross_check": plan.cross_check, "about": msgspec.to_builtins(plan.about)}

    def _start(self) -> None:
        plan = self._plan
        try:
            child = Child(self._scope.readable(), memory=plan.memory, examiner=plan.examiner, nice=plan.nice, news=self._news)
        except OSError as error:
            self._not_started(error.strerror or str(error))
            return
        self.summary.children += 1
        self._hands.append(_Hand(child))
        self._warden.watch(one.child for one in self._hands)

    def _not_started(self, why: str) -> None:
        self._starts_failed += 1
        if self._starts_failed >= START_TRIES:
            raise Stopped(f"no child could be started: {why}")
        self._news.wait(TICK * self._starts_failed)

    def _retire(self, hand: _Hand) -> None:
        self._drop(hand)
        hand.child.end()

    def _drop(self, hand: _Hand) -> None:
        self._hands.remove(hand)
        self._warden.watch(one.child for one in self._hands)

    # What children say, and how they end.

    def _collect(self) -> None:
        for hand in list(self._hands):
            answer = hand.child.answer()
            if hand.child.guard is not None and not self.summary.guard:
                self.summary.guard = hand.child.guard
                if self._plan.require_guard:
                    guard.require(hand.child.guard)
            if hand.child.guard is not None:
                self._starts_failed = 0
            if hand.job is not None and isinstance(answer, order.Done | order.Failed):
                self._came(hand, hand.job, answer)
                hand.job = None
                if isinstance(answer, order.Failed) and answer.code == "out-of-memory":
                    self._retire(hand)  # what it took it may never give back
            if hand.child.has_ended and hand in self._hands:
                how = hand.child.end()
                self._bury(hand, self._warden.reason(hand.child) or how)

    def _came(self, hand: _Hand, job: Job, result: order.Done | order.Failed | str) -> None:
        """Take what became of a job, unless it only says that the place of its source cannot be read now: then the job waits."""
        if is_url(job.path):
            broker = hand.child.broker
            requests, size = broker.traffic
            self.summary.network_requests += requests
            self.summary.network_bytes += size
            outage = broker.outage or (_NO_SERVER if isinstance(result, str) and broker.waiting > SLOW_SERVER else "")
            if outage and self._outages.is_its_own(job):
                result = order.Failed(outage, "source-unreadable")
            elif outage:
                if self._outages.hold(job, outage):
                    self._watcher.happened(Said(f"{place_of(job.path)} cannot be read now, trying again: {outage}"))
                return
            else:
                self._jobs += self._outages.over(job.path)
            if broker.is_gone:
                result = GONE
        self._results.append((job, result, time.monotonic() - hand.since))

    def _bury(self, hand: _Hand, reason: str) -> None:
        """Take a child away that is no more; where it had a job, its end is what the job failed by."""
        self._drop(hand)
        self.summary.killed += 1
        if hand.job is not None:
            self._came(hand, hand.job, reason)
        elif hand.child.guard is None:
            self._not_started(reason)

    # What is stored.

    def _keep(self) -> None:
        """Store what came, each result once; what cannot be stored now waits its turn."""
        while self._results and not self._is_pausing():
            job, result, seconds = self._results[0]
            if not is_url(job.path) and not os.path.lexists(job.path):
                self._stop_where_root_is_gone(job.path)
                result = GONE
            with self._patiently("store") as stored:
                self._store_one(job, result, seconds)
                stored.append(True)
            if not stored:
                return
            self._results.popleft()

    def _store_one(self, job: Job, result: order.Done | order.Failed | str, seconds: float) -> None:
        summary = self.summary
        if isinstance(result, order.Done) and result.entry is not None:
            summary.bytes_read += result.bytes_read
            summary.requests += result.requests
            if self._catalog.done(job, result.entry, compare=False):
                summary.count(result.entry.policy)
                self._unjudged.append(job.image)
                self._left -= 1
                self._watcher.happened(Examined(job, result.headline, result.entry, result.bytes_read, seconds))
            return
        reason = result if isinstance(result, str) else result.reason if isinstance(result, order.Failed) else "no report was made"
        final = reason == GONE or (isinstance(result, order.Failed) and result.code != "out-of-memory")
        fate = self._catalog.fail(job, reason, tries=self._plan.tries, final=final)
        if fate == "quarantined":
            summary.failed += 1
            summary.gone += reason == GONE
            if len(summary.failures) < NAMED:
                summary.failures.append(Failed(job.path, reason, job.tries + 1))
        if fate != "ignored":
            self._left -= fate == "quarantined"
            self._watcher.happened(GaveUp(job, reason, again=fate == "again"))

    def _stop_where_root_is_gone(self, path: str) -> None:
        """Raise Stopped where the path that was given is not there any more, as a lost share: each source below would fail by it."""
        for root, device in self._devices.items():
            if _is_below(path, root) and _device(root) != device:
                raise Stopped(f"{root} is gone, or something else is in its place now")

    def _judge(self) -> None:
        """Judge pairs of what was stored while every child is busy, so that a scan that is killed has its groups.

        One image at most in one turn, which takes a tenth of a second; what is not done here is done at the end of the scan.
        """
        if not self._unjudged or self._results or self._is_pausing() or any(hand.job is None for hand in self._hands):
            return
        if self._judged_for > JUDGING_SHARE * self._clock.seconds():
            return
        begun, image = time.monotonic(), self._unjudged.popleft()
        self._attempt("store", lambda: self._catalog.judging.compare_image(image), 0)
        self._judged_for += time.monotonic() - begun

    def _renew(self) -> None:
        now = time.monotonic()
        if now - self._renewed > self._plan.lease / 6 and not self._is_pausing():
            self._renewed = now
            self._attempt("renew", lambda: self._catalog.renew(self._owner, self._plan.lease), 0)

    def _count(self) -> int | None:
        """Return how many sources are to be examined, by anybody; None where the catalog does not answer."""
        begun = time.monotonic()
        counts = self._attempt("count", self._counted, None)
        spent = time.monotonic() - begun
        self._look = begun + spent + max(LOOK, 20 * spent)  # of a large catalog it takes a while
        if counts is None:
            return None
        self._left = counts.waiting + counts.leased
        return self._left

    def _counted(self) -> Counts | None:
        return self._catalog.counts()

    def _tell(self) -> None:
        if time.monotonic() > self._look and not self._is_pausing():
            self._count()
        self.summary.waiting = max(0, self._left)
        self.summary.seconds = self._clock.seconds()
        self._watcher.progressed(self.summary)

    # A catalog that is busy, locked or full.

    @contextmanager
    def _patiently(self, what: str) -> Iterator[list[bool]]:
        """Do something with the catalog; where it cannot be done, wait before anything else is tried, longer each time. Stopped at last.

        That the catalog can be read, or written to elsewhere, does not say that `what` succeeds: only its own success ends its patience.
        """
        done: list[bool] = []
        try:
            yield done
        except ForensicError as error:
            self._wait(what, str(error))
        else:
            self._trouble.pop(what, None)
            if not self._trouble:
                self._pause = 0.0

    def _wait(self, what: str, why: str) -> None:
        now = time.monotonic()
        since, last = self._trouble.get(what, (now, now))
        if now - last > PATIENCE:  # what was not tried meanwhile
            since = now
        is_new = not self._trouble
        self._trouble[what] = (since, now)
        if is_new:
            self._watcher.happened(Said(f"the catalog cannot be used now, trying again: {why}"))
        if now - since > PATIENCE or "disk is full" in why:
            raise Stopped(f"the catalog cannot be used: {why}")
        self._pause = min(LONGEST_PAUSE, max(FIRST_PAUSE, 2 * self._pause))
        self._resume = now + self._pause

    def _is_pausing(self) -> bool:
        return time.monotonic() < self._resume

    def _attempt(self, what: str, call: Callable[[], _Result], otherwise: _Result) -> _Result:
        with self._patiently(what):
            return call()
        return otherwise

    # The end.

    def _leave(self) -> None:
        if self._search is not None:
            self._search.close()
            notes, more = self._search.notes
            self.summary.left_out = [Place(*note) for note in notes]
            self.summary.left_out_more = more
        self._warden.close()
        for hand in self._hands:
            hand.child.kill()
        for hand in self._hands:
            hand.child.end()
        self._hands.clear()
        self._resume = 0.0
        try:
            self._keep()
        except Stopped as stopped:
            self.summary.stopped = self.summary.stopped or str(stopped)
        self.summary.unsaved = len(self._results)
        try:
            self._catalog.release(self._owner)
            self._count()
        except (ForensicError, Stopped):  # leases run out by themselves
            pass
        self.summary.waiting = max(0, self._left)
        self.summary.seconds = self._clock.seconds()
        self._watcher.progressed(self.summary)


def _device(path: str) -> int:
    """Return the file system on which a path lies; -1 where there is no such path."""
    try:
        return Path(path).stat().st_dev
    except (OSError, ValueError):
        return -1


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)
