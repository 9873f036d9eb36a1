r"""Registry history: how many keys each hive holds, when they were written, and a sample by which two hives can later be compared."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts.declaration import artifact
from forensic.model import Basis, Claim, Fact, FileTime, Kind, Origin, Span
from forensic.model.packed import records
from forensic.registry.key_sample import sample_keys

if TYPE_CHECKING:
    from forensic.registry.key import Key

ALGORITHM = 1
"""Of the sample: keys by the smallest CRC-32 of their own names as stored, without names that more than eight keys bear."""
MACHINE_SIZE, PROFILE_SIZE = 512, 128
"""Keys that are sampled at most in a hive of the machine, and of a profile."""
MACHINE_RECENT, PROFILE_RECENT = 1024, 128
"""The same of those that are chosen by their times."""
_PACKED = struct.Struct("<6sQ")


class KeyTime(msgspec.Struct, frozen=True):
    """One sampled key."""

    path: str
    written: FileTime
    hash: int
    """CRC-32 of the key's own name as it is stored."""


class RegistryHistory(msgspec.Struct, frozen=True):
    """Numbers of one hive, and its sample."""

    hive: str
    keys: int
    """Key nodes in cells that are in use; remnants of a few deleted keys may be among them."""
    first: FileTime | None
    last: FileTime | None
    """Earliest and latest last-written time of them."""
    algorithm: int
    complete_below: int
    """Every key whose hash is smaller is in the sample, but for those of common names; 2**32 where that is every key."""
    sample: tuple[KeyTime, ...]
    recent_packed: bytes = b""
    """Keys chosen by their times, in the order of their paths: of each the hash of its path (6 bytes), and its time (FILETIME)."""

    @property
    def recent_times(self) -> dict[bytes, FileTime]:
        """The keys that were chosen by their times: hash of the path (`path_hash`) to the time."""
        return {path: FileTime(time) for path, time in records(_PACKED, self.recent_packed)}

    @property
    def times(self) -> dict[bytes, FileTime]:
        """The keys of both samples: hash of the path to the time."""
        return self.recent_times | {path_hash(key.path): key.written for key in self.sample}


class Overlap(msgspec.Struct, frozen=True):
    """What the samples of two hives say about one another, those by name and those by time together."""

    paths: int
    """Keys in the samples of both."""
    equal: int
    """Those with the same last-written time."""
    equal_since: int
    """Those of them that were written later than the moment asked for."""
    after: FileTime | None
    """The latest time that both share: if one is a copy of the other, or both of a third, they were separated no earlier."""
    before: FileTime | None
    """The earliest moment by which a key differs: if they are copies, they were separated before it."""


REGISTRY_HISTORY = Kind(
    "registry-history",
    RegistryHistory,
    "Registry history: number and times of a hive's keys, and a sample of them",
    origin=Origin.OBSERVED,
    claims=(
        Claim("A key's time is that of its last change, in ticks of 100 ns; a copy of the hive has the same times.", Basis.OBSERVED,
              "two control sets of one hive that are copies of one another (SENSEI, M57)"),
        Claim(
            "Equal times of equal keys, later than the media and than the last specialize pass of both: one lineage. Earlier ones only "
            "show a common image, which may have been generalized, or common media.",
            Basis.INFERRED,
        ),
        Claim("Before Windows 8 the clock moved in steps of 10 to 16 ms: one equal time without the path may be chance.", Basis.UNVERIFIED),
        Claim(
            "The latest equal time is the earliest moment of a separation; the earliest moment of a difference at one path bounds it from "
            "above. A clock that was wrong, or a hive that was restored, moves both.",
            Basis.INFERRED,
        ),
        Claim("Two samples cannot tell apart a key that was deleted from one that never was, nor that nothing is shared: they are samples.",
              Basis.INFERRED),
        Claim(
            "The pass over the bytes counts what the tree holds: exact in 96 of 108 public hives; the others are damaged on purpose, or "
            "hold a few remnants of deleted keys (one in each of two NTUSER hives, 24 in one saved SAM).",
            Basis.OBSERVED,
            "hives of regipy, aiowinreg, yarp, EricZimmerman, M57, MSEDGEWIN10, DFIRArtifactMuseum",
        ),
    ),
    references=("https://github.com/msuhanov/regf/blob/master/Windows%20registry%20file%20format%20specification.md",),
)  # fmt: skip


@artifact("SYSTEM", "", REGISTRY_HISTORY, depth="full", version=2)
def system_history(key: Key) -> Iterator[Fact[RegistryHistory]]:
    r"""State number and times of all keys of SYSTEM, and a sample of 512.

    In one pass over the hive's bytes, transaction logs applied: every key node in a cell that is in use counts. The earliest and the
    latest of their last-written times are stated, from 1990 to 2100; what lies outside is not a time.

    The sample, algorithm 1: the CRC-32 of each key's own name as it is stored; the keys with the smallest, without names that more than
    eight keys of the hive bear; only keys that the tree holds. The same keys are chosen in two copies of one hive, so that two
    reports can be compared without the images. `complete_below` says how far the sample goes: a key with a smaller hash that is in the
    other sample alone is not in this hive (or its name is common here).

    `recent_packed` holds at most 1,024 keys that are chosen by their times, for few of the others were written about the time when two
    copies parted: of each of the newest 96 hours in which keys were last written, then of the newest 96 days, then of 64 months of 28 days
    (all counted from 1601) the keys with the smallest CRC-32; 32 of each, or 16, 8 or 4 where that is too many in all. Of a hive with no
    more than 1,024 keys all are there. It is a row of pairs: the first 6 bytes of the SHA-256 of the key's path (`A\B`,
    in UTF-8), its time (FILETIME, 8 bytes, little-endian).

    Caveats: a sample shows what is shared, never that nothing is. See the claims for what equal times mean. Unreadable when any bytes of
    the hive cannot be read: a count of the rest would be none.
    """
    yield _history(key, "SYSTEM", MACHINE_SIZE, MACHINE_RECENT)


@artifact("SOFTWARE", "", REGISTRY_HISTORY, depth="full", version=2)
def software_history(key: Key) -> Iterator[Fact[RegistryHistory]]:
    """State number and times of all keys of SOFTWARE, and a sample of 512, as of SYSTEM."""
    yield _history(key, "SOFTWARE", MACHINE_SIZE, MACHINE_RECENT)


@artifact("SAM", "", REGISTRY_HISTORY, depth="full", version=2)
def sam_history(key: Key) -> Iterator[Fact[RegistryHistory]]:
    """State number and times of all keys of SAM, and a sample of 512, as of SYSTEM; names of accounts are among them."""
    yield _history(key, "SAM", MACHINE_SIZE, MACHINE_RECENT)


@artifact("SECURITY", "", REGISTRY_HISTORY, depth="full", version=2)
def security_history(key: Key) -> Iterator[Fact[RegistryHistory]]:
    """State number and times of all keys of SECURITY, and a sample of 512, as of SYSTEM."""
    yield _history(key, "SECURITY", MACHINE_SIZE, MACHINE_RECENT)


@artifact("NTUSER", "", REGISTRY_HISTORY, depth="full", version=2)
def profile_history(key: Key) -> Iterator[Fact[RegistryHistory]]:
    """State number and times of all keys of a profile's NTUSER.DAT, and two samples of 128, as of SYSTEM.

    Equal times in profiles of two machines: one profile that was copied, with the disk or alone.
    """
    yield _history(key, "NTUSER", PROFILE_SIZE, PROFILE_RECENT)


def _history(root: Key, hive: str, size: int, recent_size: int) -> Fact[RegistryHistory]:
    taken = sample_keys(root, size, recent_size)
    sample = tuple(KeyTime(key.path, key.written, key.hash) for key in taken.sample)
    recent = b"".join(_PACKED.pack(path_hash(key.path), key.written) for key in taken.recent)
    history = RegistryHistory(hive, taken.keys, taken.first, taken.last, ALGORITHM, taken.complete_below, sample, recent)
    times = b"".join(key.written.to_bytes(8, "little") for key in sample)
    return REGISTRY_HISTORY.fact(history, Span(root.place.inside(field="last-written times", offset=None), times, root.written, root.state))


@lru_cache(maxsize=1 << 14)  # many pairs of one family ask for the same paths
def path_hash(path: str) -> bytes:
    """Return the 6 bytes by which the path of a key is known in `recent_packed`."""
    return sha256(path.encode("utf-8", "surrogatepass")).digest()[:6]


def overlap(one: RegistryHistory, other: RegistryHistory, since: FileTime) -> Overlap | None:
    """Compare two samples; None where they were taken of unlike hives or by unlike algorithms.

    `since`: the later of the moments until which both may have been one image without fault (media, last generalize and specialize).
    """
    if (one.hive, one.algorithm) != (other.hive, other.algorithm):
        return None
    theirs = other.times
    pairs = [(written, theirs[path]) for path, written in one.times.items() if path in theirs]
    equal = [mine for mine, its in pairs if mine == its]
    return Overlap(
        paths=len(pairs),
        equal=len(equal),
        equal_since=sum(time > since for time in equal),
        after=max(equal, default=None),
        before=min((max(pair) for pair in pairs if pair[0] != pair[1]), default=None),
    )
