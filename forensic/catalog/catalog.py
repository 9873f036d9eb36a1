"""Catalog: what programs and commands use: what is to do, what was found, and which of it is related. Thin over a store.

```python
with open_catalog("archive.db") as catalog:
    catalog.offer([Source("a.E01", fingerprint), …])
    while jobs := catalog.lease(8, "this program", seconds=600):
        for job in jobs:
            catalog.done(job, examine(job.path, depth=job.depth))
```

Any number of programs may do so at once over one catalog, each under a name of its own: they share the work. Whoever is killed leaves
leases that run out; what was `done` stays done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from types import TracebackType
from typing import Literal, Self

from forensic.catalog import extraction
from forensic.catalog.entry import entry_of, json_of, unpacked
from forensic.catalog.grouping import keep_groups
from forensic.catalog.judging import Judging, Progress
from forensic.catalog.opening import open_store
from forensic.catalog.record import Counts, Entry, Finding, Job, Offered, Source
from forensic.catalog.rejudging import Rejudged, judge_pending, rejudge_all
from forensic.catalog.store import TRIES, Store
from forensic.errors import Malformed
from forensic.examination import UNREADABLE
from forensic.model import ImageReport
from forensic.reasoning import KNOWLEDGE


def open_catalog(url: str, *, must_exist: bool = False, durable: bool = True) -> Catalog:
    """Open a catalog by its path or URL (see `opening.open_store`)."""
    return Catalog(open_store(url, must_exist=must_exist, durable=durable))


class Catalog:
    """An archive of examined images; `store` has the lists that commands print."""

    def __init__(self, store: Store) -> None:
        """Work on this store, and close it in the end."""
        self.store = store
        self._judging: Judging | None = None

    def __enter__(self) -> Self:
        """Return the catalog; it is closed at the end of the block."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    # What is to do.

    def offer(self, sources: Iterable[Source]) -> Offered:
        """Add what is new, changed since, or was stored by older artifacts than today's to what is to do; what became of all.

        A source that is stored from the same path with the same fingerprint, at least at its depth, is not done again, nor one that failed.
        The sources may be many: they are taken as they come.
        """
        return self.store.offer(sources, stale=extraction.older(self.store.extractions()))

    def lease(self, count: int, owner: str, seconds: float, *, tries: int = TRIES) -> list[Job]:
        """Take up to `count` jobs for so many seconds; nothing where nothing is to do now. `owner` names this program, and no other.

        A job of which the lease ran out has failed once more, and after `tries` failures it is set aside.
        """
        return self.store.lease(count, owner, seconds, tries=tries)

    def renew(self, owner: str, seconds: float) -> int:
        """Keep all leases of `owner` for so many seconds from now; how many it has still."""
        return self.store.renew(owner, seconds)

    def release(self, owner: str) -> int:
        """Give back what `owner` has not done, as at an interruption."""
        return self.store.release(owner)

    def done(self, job: Job, report: ImageReport | Entry, *, compare: bool = True) -> bool:
        """Store the report of a job, once and for all; False where it was not stored.

        Not stored is what is stored already, by whom the lease went to; what changed since or was forgotten; and the report of a source
        that could not be read at all, which counts as a failure with its reason. `report` may be an entry that another process made of it
        (`entry.entry_of`). With `compare` its relatives are looked for and judged at once; without, or where the process is killed before
        that is done, `judge_pending` does it.
        """
        if report.format == UNREADABLE if isinstance(report, Entry) else report.source.format == UNREADABLE:
            whole = unpacked(report.body) if isinstance(report, Entry) else report
            self.fail(job, whole.problems[0].what if whole.problems else "the source could not be read")
            return False
        stored = self.store.done(job, report if isinstance(report, Entry) else entry_of(report))
        if stored and compare:
            self.judging.compare_image(job.image)
        return stored

    def fail(self, job: Job, reason: str, *, tries: int = TRIES, final: bool = False) -> Literal["again", "quarantined", "ignored"]:
        """State why a job failed. It is tried again, up to `tries` times in all and not where it is `final`; then it is set aside."""
        return self.store.fail(job, reason, tries=tries, final=final)

    def retry_failed(self, paths: Collection[str] = ()) -> int:
        """Let sources that were set aside be tried again: all, or those at or below these paths; how many they are."""
        return self.store.retry_failed(paths)

    def counts(self) -> Counts:
        """Count what is to do and what was found."""
        return self.store.counts(knowledge=KNOWLEDGE)

    # What was found.

    @property
    def judging(self) -> Judging:
        """What judges pairs of this catalog, without the values that are constants."""
        if self._judging is None:
            self._judging = Judging(self.store)
        return self._judging

    def judge_pending(self, *, unjudged: bool = False, processes: int = 1, progress: Progress | None = None) -> int:
        """Compare the states that were not yet, by today's knowledge; with `unjudged` judge what was left too. How many they were.

        Of many states several `processes` take their part; `progress` hears of those that this one compares.
        """
        if processes > 1:
            return judge_pending(self.store, processes=processes, unjudged=unjudged)
        return self.judging.pending(unjudged=unjudged, progress=progress)

    def rejudge(self, *, processes: int | None = None, everything: bool = False, progress: Progress | None = None) -> Rejudged:
        """Judge every stored report of an older knowledge anew, and then the pairs, without opening an image; see `rejudging`."""
        return rejudge_all(self.store, processes=processes, everything=everything, progress=progress)

    def keep_groups(self) -> int:
        """Keep the groups of today in the catalog, for who reads it by SQL, as at the end of a scan; how many states they have."""
        return keep_groups(self.store)

    def use_constants(self, constants: dict[tuple[str, str], str], *, judge: bool = True) -> int:
        """Let exactly these values count for nothing (see `constant`); how many of them changed. What rests on those is judged anew.

        Without `judge` that waits for `judge_pending`.
        """
        changed = self.store.set_constants(constants)
        if changed:
            self._judging = None
            if judge:
                self.judge_pending()
        return changed

    def stale(self) -> Iterator[tuple[str, dict[str, tuple[int, int]]]]:
        """Yield the sources whose reports older artifacts made, each with those artifacts and their versions then and now.

        The next scan that is offered them examines them again.
        """
        known = self.store.extractions()
        changes = {number: extraction.changed(known[number]) for number in extraction.older(known)}
        for number in sorted(changes):
            for row in self.store.images_of_extraction([number]):
                yield row.path, changes[number]

    def check(self, *, repair: bool = False, reports: bool = False) -> list[Finding]:
        """Check the catalog; with `reports` read every report too. What `repair` sets right is still among what is returned."""
        found = list(self.store.check(repair=repair))
        if reports:
            damaged = sum(not self._is_readable(row.id) for row in self.store.images(status="done"))
            if damaged:
                what = "reports that cannot be read; `forget` their images and scan them again"
                found.append(Finding("report-damaged", what, damaged))
        return found

    def _is_readable(self, image: int) -> bool:
        try:
            body = self.store.body(image)
            return body is not None and bool(unpacked(body).schema)
        except Malformed:
            return False

    def report_json(self, path: str) -> str | None:
        """Return the stored report of a source as JSON text; None where there is none."""
        row = self.store.image_of(path)
        body = None if row is None else self.store.body(row.id)
        return None if body is None else json_of(body)

    def report(self, path: str) -> ImageReport | None:
        """Return the stored report of a source; None where there is none."""
        row = self.store.image_of(path)
        body = None if row is None else self.store.body(row.id)
        return None if body is None else unpacked(body)
