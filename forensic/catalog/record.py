"""Records: what goes into a catalog and what comes out of it, without a word of any database."""

from __future__ import annotations

from typing import Literal

import msgspec

from forensic.model import Depth, Identifier, Policy
from forensic.model.kind import Standing

Status = Literal["waiting", "leased", "done", "failed"]
"""Of a source: to be examined, being examined, stored, or set aside after too many tries with its reason (quarantined)."""


class Source(msgspec.Struct, frozen=True):
    """One source that is offered for examination."""

    path: str
    """Path or URL by which it is opened; any text, lone surrogates of file names too. It names the source in the catalog."""
    fingerprint: str
    """Whatever changes when the content may have changed: sizes and times of all files of the source, an etag. Compared as text only."""
    tags: tuple[str, ...] = ()
    depth: Depth = "full"


class Job(msgspec.Struct, frozen=True):
    """One source that was leased to be examined."""

    image: int
    """Number of the image in the catalog."""
    path: str
    fingerprint: str
    depth: Depth
    tries: int
    """Failures so far."""
    ticket: int
    """Number of this lease: a lease that ran out and was given anew has another one."""
    tags: tuple[str, ...] = ()


class Offered(msgspec.Struct, frozen=True):
    """What became of sources that were offered."""

    new: int = 0
    changed: int = 0
    """Stored with another fingerprint, or at less depth than is asked now: examined again."""
    stale: int = 0
    """Stored by artifacts that are older than today's: examined again."""
    unchanged: int = 0
    """Stored, and as they were: nothing to do."""
    pending: int = 0
    """Waiting or leased already."""
    failed: int = 0
    """Set aside after failures, and as they were: only `retry_failed` tries them again."""


class Failure(msgspec.Struct, frozen=True):
    """One source that could not be examined."""

    path: str
    reason: str
    tries: int
    last: str
    """When it failed last: ISO 8601, UTC."""
    quarantined: bool
    """Whether it is set aside; else it waits for its next try."""


class Counts(msgspec.Struct, frozen=True):
    """How far the work is, and what was found."""

    waiting: int = 0
    leased: int = 0
    done: int = 0
    failed: int = 0
    policies: dict[str, int] = {}
    """Policy code -> images whose gravest installation has it; `none` where a report holds no installation."""
    states: int = 0
    uncompared: int = 0
    """States whose relatives were not yet looked for by today's knowledge."""
    unjudged: int = 0
    """Candidates beyond those that were judged as their states came in."""
    pairs: int = 0
    """Pairs that are judged."""


class StateEntry(msgspec.Struct, frozen=True):
    """One state to be kept: what lists say of it, and by which values it is found."""

    installation: str
    """Id of the installation in its report."""
    origin: str
    computer_name: str | None
    machine_sid: str | None
    domain_sid: str | None
    product: str | None
    era: str | None
    role: str | None
    history: str
    policy: Policy
    strength: str
    identifiers: tuple[Identifier, ...] = ()


class Entry(msgspec.Struct, frozen=True):
    """One report, ready to be kept: made by `entry.entry_of`, in whatever process has the time."""

    body: bytes
    """The report as JSON, compressed (zstd)."""
    format: str
    size: int
    """Bytes of the disk, volume or files."""
    examined: str | None
    """When it was examined: ISO 8601, UTC."""
    depth: Depth
    tool: str
    knowledge: str
    policy: str
    """The gravest of its states; `none` where it has none, `unreadable` where the source could not be read."""
    incomplete: bool
    """Whether evidence is known to be missing."""
    extraction: dict[str, int]
    """Artifact -> version of its reading; empty where no installation was found."""
    states: tuple[StateEntry, ...] = ()


class ImageRow(msgspec.Struct, frozen=True):
    """One source in a list."""

    id: int
    path: str
    status: Status
    fingerprint: str
    tags: tuple[str, ...]
    format: str | None = None
    size: int | None = None
    examined: str | None = None
    stored: str | None = None
    depth: str | None = None
    tool: str | None = None
    knowledge: str | None = None
    policy: str | None = None


class StateRow(msgspec.Struct, frozen=True):
    """One state in a list."""

    id: int
    image: int
    path: str
    installation: str
    computer_name: str | None
    machine_sid: str | None
    domain_sid: str | None
    product: str | None
    history: str
    policy: Policy
    strength: str
    stored: str
    """When its report was stored: ISO 8601, UTC."""
    compared: str | None = None
    """Knowledge by which its relatives were looked for last; None where they were not."""
    unjudged: int = 0
    """Candidates that were found then and not judged: there were too many."""
    tags: tuple[str, ...] = ()


class PairRow(msgspec.Struct, frozen=True):
    """One pair of states as it was judged, `a` below `b`: as much as grouping asks."""

    a: int
    b: int
    knowledge: str
    """By which it was judged."""
    relation: str
    policy: str
    strength: str
    lineage: str
    separate_machines: str
    direction: str
    fork_after: str | None = None
    fork_before: str | None = None
    shared: tuple[str, ...] = ()
    """Kinds of the identifiers that both have now."""
    joins: bool = False
    """Whether a group grows by it (`reasoning.lineage.joins`)."""
    generalized: Literal["", "a", "b"] = ""
    """The side that alone was generalized, where evidence says so."""


class JudgedPair(msgspec.Struct, frozen=True):
    """A pair to be kept: its row, and all of it as compressed JSON where the two are related."""

    row: PairRow
    body: bytes | None = None


class Candidate(msgspec.Struct, frozen=True):
    """A state that shares identifying values with another one."""

    state: int
    image: int
    installation: str
    shared: int
    """Values that both hold."""
    weight: float
    """Sum over them of the natural logarithm of all states by those that hold the value: what few hold weighs more."""


class GroupMember(msgspec.Struct, frozen=True):
    """A state of a group, as it is kept for who reads the catalog by SQL."""

    state: int
    number: int
    """Of the group, the gravest first."""
    relation: str
    policy: str
    strength: str


class Holder(msgspec.Struct, frozen=True):
    """A state that holds a value."""

    state: StateRow
    namespace: str
    """`domain-sid` where the value is the SID of its domain."""
    standing: Standing


class Finding(msgspec.Struct, frozen=True):
    """One thing that a check of the catalog found to be wrong."""

    name: str
    """Kebab-case, stable."""
    what: str
    count: int = 1
