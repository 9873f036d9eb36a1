r"""Checkpoints of the change journal: up to which offset two journals are one."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact_folder
from forensic.artifacts.optional_values import Deferred
from forensic.artifacts.storage.usn_journal import FSUTIL, PAGE, first_page, records_in, stream
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, Origin, Span, always, kept, usually
from forensic.model.packed import records

if TYPE_CHECKING:
    from forensic.windows.folder import Folder

GRID_LIMIT, LAST = 120, 8
"""Pages at multiples of the step, and pages from the end of the journal, at most."""
_PACKED = struct.Struct("<QQ16s")


class UsnRecord(NamedTuple):
    """One record of a change journal."""

    usn: int
    """Its offset in the journal, which only grows."""
    time: FileTime
    hash: bytes
    """16 bytes of the SHA-256 of its bytes."""


class UsnCheckpoint(msgspec.Struct, frozen=True):
    """Records of a change journal, chosen by their offsets alone."""

    step: int
    """Bytes, a power of two: the first record of each page at a multiple of it is there, and those of the last 8 pages."""
    count: int
    packed: bytes
    """Of each record: offset (8 bytes, little-endian), FILETIME (8), hash (16)."""

    @property
    def records(self) -> list[UsnRecord]:
        """The records in the order of the journal."""
        return [UsnRecord(usn, FileTime(time), digest) for usn, time, digest in records(_PACKED, self.packed)]


USN_CHECKPOINT = Kind(
    "usn-checkpoint",
    UsnCheckpoint,
    "Change journal of the volume: a sample of its records by their offsets",
    origin=Origin.OBSERVED,
    renews={
        Change.GENERALIZE: kept(Basis.INFERRED),
        Change.SPECIALIZE: kept(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.NEW_DISK: usually(Basis.INFERRED, exception="the copy is one of sectors, which carries it along"),
        Change.USE: always(Basis.INFERRED),
    },
    claims=(
        Claim("Equal records at equal offsets in two journals of one id: one volume up to there, copied block by block.", Basis.INFERRED),
        Claim("The lowest offset at which they differ was written after the copies parted.", Basis.INFERRED),
        Claim("A journal forgets its oldest records: of a fork long ago nothing is left in it.", Basis.SOURCED, FSUTIL),
    ),
    references=(reference.LIBFSNTFS, FSUTIL),
)


@artifact_folder("%SystemDrive%/$Extend", USN_CHECKPOINT, since=(5, 0), takes=("$UsnJrnl:$J",))
def usn_checkpoint(folder: Folder) -> Iterator[Fact[UsnCheckpoint]]:
    """State offset, time and hash of at most 128 records of the change journal: stream `$J` of `$Extend/$UsnJrnl`.

    Records begin anew in each page of 4,096 bytes, so the first one of a page is found without those before it. Chosen are the pages whose
    offset divides by a power of two, the smallest that leaves at most 120, and the last 8: two copies have them in common as far as they
    are one.

    `packed` is a row of records:

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 8 | USN | little-endian |
    | 8 | 8 | time | FILETIME (UTC) |
    | 16 | 16 | hash | the first bytes of the SHA-256 of the record |
    """
    journal, failures = stream(folder, "$J"), Deferred()
    first, end = first_page(journal), journal.size
    step = PAGE
    while (end - first) // step >= GRID_LIMIT:
        step *= 2
    last = (end - 1) // PAGE * PAGE
    pages = {*range(-(-first // step) * step, end, step), *range(max(first, last - (LAST - 1) * PAGE), end, PAGE)}
    packed = list[bytes]()
    for page in sorted(pages):
        with failures:
            for time, record in records_in(journal, page):
                packed.append(_PACKED.pack(page, time, sha256(record).digest()[:16]))
                break
    if packed:
        value = UsnCheckpoint(step, len(packed), b"".join(packed))
        yield USN_CHECKPOINT.fact(value, Span(journal.place, b"", journal.written))
    failures.settle()
    if not packed:
        raise NotFound(f"{journal.path}: no record in it")
