"""Outage: places of evidence that cannot be read for now, as a store whose server is lost, and the jobs that wait for them."""

from __future__ import annotations

import time
from collections import Counter, deque

from forensic.catalog.record import Job
from forensic.storage.url import is_url

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds until a place is tried again."""
PATIENCE = 600.0
"""Seconds for which a place is waited for where nothing else is to do."""
HELD_LIMIT = 1000
"""Jobs that wait before no more are leased."""


BLAMED = 3
"""Outages of a place that begin with the same source, while others of that place can be read: then it is the source."""


class Outage:
    """One place that cannot be read."""

    def __init__(self, place: str, why: str) -> None:
        """Begin now."""
        self.place, self.why = place, why
        self.jobs: deque[Job] = deque()
        self._since = time.monotonic()
        self._pause = 0.0
        self._tried_at = self._since

    def hold(self, job: Job, why: str) -> None:
        """Keep a job that could not be read, and wait longer than before."""
        self.why = why
        self.jobs.append(job)
        self._pause = min(LONGEST_PAUSE, max(FIRST_PAUSE, 2 * self._pause))
        self._tried_at = time.monotonic() + self._pause

    @property
    def is_due(self) -> bool:
        """Whether it is time to try one of the jobs again."""
        return bool(self.jobs) and time.monotonic() >= self._tried_at

    @property
    def is_hopeless(self) -> bool:
        """Whether it has lasted too long."""
        return time.monotonic() - self._since > PATIENCE


class Outages:
    """All of them."""

    def __init__(self) -> None:
        """Begin with none."""
        self._places: dict[str, Outage] = {}
        self._trying: dict[str, Job] = {}
        self._began: Counter[str] = Counter()

    @property
    def held(self) -> int:
        """Jobs that wait."""
        return sum(len(one.jobs) for one in self._places.values())

    def is_its_own(self, job: Job) -> bool:
        """Whether a source that could not be read is to blame itself: its place can be read, time and again but for it."""
        return place_of(job.path) not in self._places and self._began[job.path] >= BLAMED

    def hold(self, job: Job, why: str) -> bool:
        """Keep a job whose place could not be read; whether that is news."""
        place = place_of(job.path)
        known = place in self._places
        self._began[job.path] += not known
        if not known:
            self._places[place] = Outage(place, why)
        self._trying.pop(place, None)
        self._places[place].hold(job, why)
        return not known

    def keep_back(self, job: Job) -> bool:
        """Keep a job that was just leased, where its place cannot be read now; whether it can't."""
        outage = self._places.get(place_of(job.path))
        if outage is None:
            return False
        outage.jobs.append(job)
        return True

    def due(self) -> list[Job]:
        """Return a job of each place that is to be tried again now."""
        found = []
        for place, outage in self._places.items():
            if place not in self._trying and outage.is_due:
                self._trying[place] = outage.jobs.popleft()
                found.append(self._trying[place])
        return found

    def over(self, path: str) -> list[Job]:
        """Return the jobs that wait for the place of a source that could be read."""
        self._trying.pop(place_of(path), None)
        outage = self._places.pop(place_of(path), None)
        return [] if outage is None else list(outage.jobs)

    def hopeless(self) -> Outage | None:
        """Return the first place that has been away for too long."""
        return next((one for one in self._places.values() if one.is_hopeless), None)


def place_of(path: str) -> str:
    """Return the server or the bucket of a source behind a URL; empty for a file of this computer."""
    if not is_url(path):
        return ""
    scheme, _, rest = path.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
