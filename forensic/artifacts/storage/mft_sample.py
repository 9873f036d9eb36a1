"""Sample of the $MFT: which files stand at fixed numbers, and since when."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact_file
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, Origin, Span, always, kept, usually
from forensic.model.packed import records

if TYPE_CHECKING:
    from forensic.volumes.tree import File

_PACKED = struct.Struct("<IHBxQ8s")


class MftRecord(NamedTuple):
    """One record of the $MFT."""

    number: int
    sequence: int
    """How often the record was given to a new file."""
    in_use: bool
    created: FileTime | None
    """Creation time in $FILE_NAME; None where the record has none of its own."""
    name_hash: bytes
    """8 bytes of the SHA-256 of the file's name (UTF-16LE); of nothing where it has none."""


class MftSample(msgspec.Struct, frozen=True):
    """Records of the $MFT at numbers that are the same for every volume."""

    table: int
    """Bytes of the $MFT."""
    count: int
    packed: bytes
    """Of each record: number (4 bytes, little-endian), sequence (2), 1 in use, 0, creation time (8), hash of the name (8)."""

    @property
    def records(self) -> list[MftRecord]:
        """The records in the order of their numbers."""
        return [
            MftRecord(number, sequence, bool(in_use), FileTime(created) if created else None, name_hash)
            for number, sequence, in_use, created, name_hash in records(_PACKED, self.packed)
        ]


MFT_SAMPLE = Kind(
    "mft-sample",
    MftSample,
    "Sample of the $MFT: the files at fixed record numbers, and when they were made",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.INFERRED),
        Change.GENERALIZE: kept(Basis.INFERRED),
        Change.SPECIALIZE: kept(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.NEW_DISK: usually(Basis.INFERRED, exception="the copy is one of sectors, which carries it along"),
        Change.USE: always(Basis.INFERRED),
    },
    claims=(
        Claim(
            "One number with the same sequence, creation time and name in two tables: one volume, copied block by block. Media that are "
            "applied file by file get numbers and times of their own.",
            Basis.INFERRED,
        ),
        Claim("Creation times of $FILE_NAME are set when the file gets the name, and seldom after.", Basis.SOURCED, reference.LIBFSNTFS),
        Claim(
            "The latest creation time that both have comes before the moment at which the copies parted; where a record differs, the later "
            "of its two times comes after it, unless a file was moved there with a time of its own.",
            Basis.INFERRED,
        ),
    ),
    references=(reference.LIBFSNTFS,),
)


@artifact_file("%SystemDrive%/$MFT", MFT_SAMPLE, since=(4, 0), depth="full")
def mft_sample(file: File) -> Iterator[Fact[MftSample]]:
    """State what at most 512 records of the $MFT hold: 64 groups of 8, at numbers from 64 to a million, 17 % farther each.

    Of each its sequence number, whether it is in use, and of its own $FILE_NAME, the long one, creation time and a hash of the name. What a
    table of this size does not reach, and what was never used, is left out. So little is read that it costs about 64 requests.

    `packed` is a row of records:

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 4 | number | little-endian |
    | 4 | 2 | sequence number | |
    | 6 | 1 | in use | |
    | 7 | 1 | zero | |
    | 8 | 8 | creation time of $FILE_NAME | FILETIME (UTC); 0 where there is none |
    | 16 | 8 | hash | the first bytes of the SHA-256 of the name (UTF-16LE) |
    """
    from forensic.volumes.mft_sample import sample_mft

    failures: list[Malformed] = []
    entries = list(sample_mft(file, failures.append))
    if entries:
        packed = b"".join(_PACKED.pack(one.number, one.sequence, one.in_use, one.created, sha256(one.name).digest()[:8]) for one in entries)
        yield MFT_SAMPLE.fact(MftSample(file.size, len(entries), packed), Span(file.place, b"", file.written))
    if failures:
        raise Malformed(f"{failures[0]}; {len(failures)} records of the sample could not be read")
    if not entries:
        raise NotFound(f"{file.path}: no record of the sample was ever used")
