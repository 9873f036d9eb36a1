"""The report of one image: the nouns of the public contract `forensic.report/1`."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from forensic.model.comparison import StateComparison
from forensic.model.fact import Fact, Gap
from forensic.model.identifier import Sid
from forensic.model.judgement import Evidence, Verdict
from forensic.model.problem import Problem
from forensic.model.time import FileTime

SCHEMA = "forensic.report/1"
MINOR = 2
"""1 added `extraction`, the places and codes of gaps, the hives of places, the row that decided and the caps. 2 adds the codes of problems
and which installation they concern, `examination`, the files that were read of a collection, and what opened an encrypted volume."""

Depth = Literal["triage", "full"]
InstallationOrigin = Literal["active", "old", "shadow-copy", "snapshot", "recovery", "collection", "master"]
COUNTING: tuple[InstallationOrigin, ...] = ("active", "collection", "master")
"""Origins of installations that stand for themselves; the others are recovery environments, or former states."""
Verification = Literal["not-run", "match", "mismatch", "none-stored"]
Era = Literal[
    "nt4", "2000", "xp", "2003", "vista", "2008", "7", "2008r2", "8", "2012", "8.1", "2012r2", "10", "2016", "2019", "11", "2022", "2025",
]  # fmt: skip
Role = Literal["workstation", "server", "domain-controller"]


class Tool(msgspec.Struct, frozen=True):
    """Which program, and which state of knowledge, made the report."""

    name: str
    version: str
    knowledge: str
    """Date of the artifact and inference knowledge that the judgement rests on."""


class SetAside(msgspec.Struct, frozen=True):
    """A file of the source that no examined installation has."""

    path: str
    """Inside the source, with the volume before it where there is one."""
    why: str


class CollectedFile(msgspec.Struct, frozen=True):
    """A file of a collection that was read."""

    path: str
    """Inside the source."""
    taken_as: str
    """What it was taken for: `SYSTEM`, `NTUSER.DAT of Users/ann`, `transaction log of SAM`, `Windows/Panther/setupact.log`."""
    size: int
    """Bytes."""
    sha256: str | None = None
    """Of the whole file, lower-case hex; None where `why` says why not."""
    why: str = ""
    installation: str = ""
    """Id of the installation that it was read for."""


class SourceInfo(msgspec.Struct, frozen=True):
    """What was examined."""

    path: str
    format: str
    size: int
    """Bytes of the disk or volume that the source holds; for collections the bytes of all files."""
    segments: tuple[str, ...] = ()
    sector_size: int = 512
    stored_hashes: dict[str, str] = {}
    verification: Verification = "not-run"
    set_aside: tuple[SetAside, ...] = ()
    """What was found and not used, e.g. a second SAM beside the one that was examined."""
    computed_hashes: dict[str, str] = {}
    """Hashes of the content, where they were asked for."""
    files: tuple[CollectedFile, ...] = ()
    """The files of a collection that were read; of an image `segments` names its files."""


class VolumeInfo(msgspec.Struct, frozen=True):
    """One volume, or one region of the disk that holds something else."""

    id: str
    scheme: Literal["gpt", "mbr", "none", "collection"]
    start: int
    """Byte offset on the disk."""
    size: int
    """Bytes."""
    filesystem: str
    """`ntfs`, `fat12`, `fat16`, `fat32`, `exfat`, or the name of what is there instead."""
    serial: str | None = None
    label: str | None = None
    not_examined: str | None = None
    """Why the volume was not examined; None where it was."""
    unlocked_by: str | None = None
    """What opened it where it is encrypted: `recovery-key`, `password`, `startup-key`, `clear-key`; never the key itself."""


class Product(msgspec.Struct, frozen=True):
    """The Windows release as the registry names it."""

    name: str | None = None
    edition: str | None = None
    version: str | None = None
    """`4.0` … `10.0`."""
    build: str | None = None
    architecture: str | None = None
    installed: FileTime | None = None


class DeviceId(msgspec.Struct, frozen=True):
    """A device identifier of a user profile."""

    kind: str
    value: str


class Profile(msgspec.Struct, frozen=True):
    """One user profile."""

    sid: Sid | None
    path: str
    device_ids: tuple[DeviceId, ...] = ()


class Account(msgspec.Struct, frozen=True):
    """One local account."""

    sid: Sid
    rid: int
    name: str


class CrossCheck(msgspec.Struct, frozen=True):
    """How many decisive values two independent readers read, over all installations of a source."""

    agree: int = 0
    """Read by both, and equal."""
    differ: int = 0
    """Read by both, and not equal: each is named as a gap, and as a problem."""
    one_reader: int = 0
    """Read by one only; the problems say why."""


class HiveInfo(msgspec.Struct, frozen=True):
    """One hive as it was read."""

    path: str
    size: int
    dirty: bool
    recovered: Literal["none", "logs"]
    problems: tuple[str, ...] = ()
    cross_check: CrossCheck | None = None
    """Values that a second reader was asked for; None where it was not asked."""


class TimelineEntry(msgspec.Struct, frozen=True):
    """One moment in the life of an installation."""

    time: str
    """ISO 8601 with seven digits; with `Z` where it is UTC, without where it was written in local time."""
    event: str
    """What happened: `specialized`, `machine-sid-written`, `hardware-first-seen`, …, kebab-case and stable."""
    what: str
    """The same in one plain sentence, with the values that matter."""
    facts: tuple[int, ...] = ()
    """Positions in the installation's list of facts."""
    local: bool = False
    """Whether the time was written in local time and could not be converted."""


class Extraction(msgspec.Struct, frozen=True):
    """How one artifact was read."""

    version: int
    """Of the artifact's reading: moves when it states other facts of the same bytes."""
    status: Literal["stated", "nothing-stated", "not-looked"]
    """`nothing-stated`: the gaps say why."""


NOT_YET_JUDGED = Verdict("undetermined", "undetermined", "undetermined", "", decided_by="not-judged")
"""The verdict of an installation whose facts were read and not judged."""


class InstallationReport(msgspec.Struct, frozen=True):
    """Everything stated and judged about one Windows installation."""

    id: str
    volume: str
    system_root: str
    origin: InstallationOrigin
    product: Product
    era: Era | None
    role: Role | None
    computer_name: str | None = None
    machine_sid: Sid | None = None
    domain_sid: Sid | None = None
    accounts: tuple[Account, ...] = ()
    profiles: tuple[Profile, ...] = ()
    hives: tuple[HiveInfo, ...] = ()
    facts: tuple[Fact[Any], ...] = ()
    gaps: tuple[Gap, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    verdict: Verdict = NOT_YET_JUDGED
    timeline: tuple[TimelineEntry, ...] = ()
    """The story in the order of time."""
    earlier_state_of: str | None = None
    """Id of the installation of which this is an earlier state (RegBack, repair, a shadow copy, a snapshot of the disk)."""
    earlier_states: tuple[StateComparison, ...] = ()
    """The earlier states of this installation, each laid beside it: beside the rules, which decide."""
    control_set: int | None = None
    """Number of the control set that was in use; None where SYSTEM does not say it."""
    extraction: dict[str, Extraction] = {}
    """Artifact -> how it was read: a kind with neither fact nor gap was not looked for."""


class Examination(msgspec.Struct, frozen=True):
    """When, how and for whom a source was examined; a reproducible report has neither times nor command."""

    started: str | None = None
    """ISO 8601, UTC, by the clock of the examining computer."""
    seconds: float | None = None
    command: tuple[str, ...] = ()
    case: str = ""
    examiner: str = ""
    notes: str = ""
    depth: Depth = "full"
    cross_check: CrossCheck = CrossCheck()
    """Over all hives of the source; SAM and SECURITY are always read twice."""
    redacted: bool = False
    """Whether names of computers, people, domains and folders were replaced."""


class ImageReport(msgspec.Struct, frozen=True):
    """The report of one source."""

    tool: Tool
    source: SourceInfo
    volumes: tuple[VolumeInfo, ...] = ()
    installations: tuple[InstallationReport, ...] = ()
    problems: tuple[Problem, ...] = ()
    stats: dict[str, Any] | None = None
    """Work done (`--stats`): bytes read, read requests, seconds per stage, peak memory."""
    depth: Depth = "full"
    """How much was looked at: of a `triage`, what is absent may never have been looked for."""
    cross_check: bool = False
    """Whether every decisive value was cross-checked."""
    schema: str = SCHEMA
    schema_minor: int = MINOR
    examination: Examination = Examination()

    def to_json(self, *, indent: int | None = 2) -> str:
        """Return the report as JSON text (contract, section 3)."""
        from forensic.model import codec

        return codec.encode(self, indent=indent)

    @classmethod
    def from_json(cls, text: str | bytes) -> ImageReport:
        """Read a report that `to_json` wrote; Malformed when it is none."""
        from forensic.model import codec

        return codec.decode(text)
