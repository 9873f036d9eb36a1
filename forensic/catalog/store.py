"""Store: what a backend of the catalog does. SQLite is one (`sqlite`), PostgreSQL another; the same tests run over each.

A store keeps and finds; it knows no image and judges nothing: that is `catalog.Catalog`, which programs use. Every method is one
transaction, done whole or not at all, also when the process is killed, and any number of processes may call at once. Methods that can fail
for reasons outside the program (disk full, locked, server gone) raise `errors.ForensicError`s: `Unreadable` with one sentence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal, Protocol

from forensic.catalog.record import (
    Candidate,
    Counts,
    Entry,
    Failure,
    Finding,
    GroupMember,
    Holder,
    ImageRow,
    Job,
    JudgedPair,
    Offered,
    PairRow,
    Source,
    StateRow,
)
from forensic.model import Identifier

TRIES = 3
"""Failures after which a source is set aside."""
FEW = 200
"""States up to which all holders of a value are candidates. Of a value that more hold, the first `SAMPLE` and the last `SAMPLE` are asked:
so a lineage of thousands still becomes one group, and a vendor's constant costs no more than so many pairs."""
SAMPLE = 8


class Store(Protocol):
    """A backend of the catalog."""

    url: str
    """By which it was opened."""

    def close(self) -> None:
        """Let go of the database."""

    # Jobs.

    def offer(self, sources: Iterable[Source], *, stale: Collection[int] = ()) -> Offered:
        """Add what is new or has changed to what is to do; `stale` are the numbers of extractions that are older than today's.

        A source whose stored report has the same fingerprint, at least the depth, and no stale extraction is left alone; one that failed
        too, while its fingerprint stays. Tags are added to those that a source has.
        """

    def lease(self, count: int, owner: str, seconds: float, *, tries: int = TRIES) -> list[Job]:
        """Give `owner` up to `count` jobs for so long. No two owners get one job at once.

        A lease that ran out counts as a failure, since its job may be what ended its owner: it is given anew after those that failed less
        often, and after `tries` failures set aside.
        """

    def renew(self, owner: str, seconds: float) -> int:
        """Extend all leases of `owner` to so many seconds from now; how many it has. Those that were given to others stay there."""

    def release(self, owner: str) -> int:
        """Give back all leases of `owner`, untried; how many there were."""

    def done(self, job: Job, entry: Entry) -> bool:
        """Store the report of a job; False where it is stored already (by whom the lease went to), changed since, or was forgotten.

        Whoever reports first is stored, whoever has the lease. What was stored of the source before is replaced in the same transaction.
        """

    def fail(self, job: Job, reason: str, *, tries: int = TRIES, final: bool = False) -> Literal["again", "quarantined", "ignored"]:
        """State that a job failed; after `tries` failures, or at once where it is `final`, its source is set aside with the reason.

        Ignored where the lease is another's by now, or the report is stored.
        """

    def retry_failed(self, paths: Collection[str] = ()) -> int:
        """Put sources that were set aside back to what is to do, untried; all, or those at or below `paths`. How many there were."""

    def failures(self) -> Iterator[Failure]:
        """Yield the sources that failed, those that are set aside first, in the order of their paths."""

    def counts(self, *, knowledge: str) -> Counts:
        """Count what is to do and what was found; `knowledge` is today's."""

    # Images and their reports.

    def add(self, source: Source, entry: Entry, *, stored: str | None = None) -> int | None:
        """Keep a report that no job asked for, as `merge` does; the image, or None where the same fingerprint is stored already."""

    def replace(self, image: int, before: str, entry: Entry) -> bool:
        """Replace the report of an image by the same one judged anew; False where its knowledge is not `before` any more.

        The states keep their numbers, and the pairs are kept: they are of an older knowledge.
        """

    def body(self, image: int) -> bytes | None:
        """Return the compressed report of an image; None where there is none."""

    def images(self, *, status: str | None = None) -> Iterator[ImageRow]:
        """Yield the sources in the order of their numbers."""

    def image_of(self, path: str) -> ImageRow | None:
        """Return the source of this path."""

    def older(self, knowledge: str, after: int = 0, limit: int = 1000) -> list[tuple[int, str]]:
        """Return images above `after`, with their knowledge, whose reports were judged by another knowledge than this."""

    def extractions(self) -> dict[int, dict[str, int]]:
        """Return the versions of artifacts that the stored reports were made with: number -> artifact -> version."""

    def images_of_extraction(self, numbers: Collection[int]) -> Iterator[ImageRow]:
        """Yield the images whose reports were made with these extractions."""

    def forget(self, paths: Collection[str]) -> int:
        """Remove the sources at or below these paths with all that is known of them; how many there were."""

    # States, identifiers and candidates.

    def states(self, numbers: Collection[int] | None = None) -> Iterator[StateRow]:
        """Yield states in the order of their numbers: all, or these."""

    def states_of(self, image: int) -> list[StateRow]:
        """Return the states of an image."""

    def uncompared(self, knowledge: str, *, unjudged: bool = False, after: int = 0, limit: int = 1000) -> list[StateRow]:
        """Return states above `after` whose relatives were not looked for by this knowledge.

        With `unjudged` also those of which candidates were left unjudged.
        """

    def candidates(self, identifiers: Iterable[Identifier], *, excluding: Collection[int] = ()) -> list[Candidate]:
        """Return the states that share values with these, the greatest weight first; see `FEW`.

        Values whose keys are in `excluding` do not count, nor do constants of the catalog. What meets what: `reasoning.pair.meeting`.
        """

    def candidates_of(self, state: int) -> list[Candidate]:
        """Return the same for a state of the catalog, by the values that are stored of it."""

    def holders(self, namespace: str, text: str) -> Iterator[Holder]:
        """Yield the states that hold a value, now or formerly; of a machine SID also those whose domain has it."""

    def shared_by_many(self, bound: int) -> Iterator[tuple[int, str, int]]:
        """Yield key, namespace and count of the values that more than `bound` states hold, the most first."""

    def holders_of_key(self, key: int, limit: int) -> list[int]:
        """Return the first states that hold the value of a key."""

    # Pairs.

    def keep_pairs(self, pairs: Iterable[JudgedPair], *, state: int | None = None, knowledge: str = "", unjudged: int = 0) -> int:
        """Keep judged pairs; how many were kept. A pair of a state that is gone is dropped.

        `state`, where one is given, then counts as compared by this knowledge, with so many candidates that were not judged.
        """

    def pairs(self, relations: Collection[str] | None = None, *, lineages: Collection[str] = ()) -> Iterator[PairRow]:
        """Yield pairs by `a`, then `b`: all, or those of one of these relations or of these lineages."""

    def pairs_of(self, state: int) -> list[PairRow]:
        """Return all pairs of a state."""

    def pairs_among(self, states: Collection[int]) -> list[PairRow]:
        """Return all pairs between these states."""

    def pair_body(self, a: int, b: int) -> bytes | None:
        """Return all of a pair, compressed; None where it was not kept."""

    def keep_groups(self, members: Iterable[GroupMember]) -> int:
        """Keep these as the groups in place of those that were kept before, for who reads by SQL; how many states they have."""

    # Constants and upkeep.

    def constants(self) -> dict[tuple[str, str], str]:
        """Return the values that are known to be shared by strangers: namespace and value -> note."""

    def set_constants(self, values: Mapping[tuple[str, str], str]) -> int:
        """Let exactly these values be constants; how many were not, or are not any more.

        Pairs of states that both hold one of those are dropped, and the states that hold them count as not compared.
        """

    def require_writable(self) -> None:
        """Raise Unreadable where it is known that nothing can be stored, as in a write-protected file."""

    def check(self, *, repair: bool = False) -> Sequence[Finding]:
        """Check the database: damage, schema, rows that point nowhere, counts against what is counted anew; `repair` sets counts right."""
