"""Parts of a WIM: its files, and what the table of each says of where the contents lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from forensic.storage.file import EvidenceFile
from forensic.volumes.wim_header import BLOB_SIZE, METADATA, SHA1_AT, SOLID, SOLID_SIZE, Entry, Header
from forensic.volumes.wim_resource import SolidResource


class Run(NamedTuple):
    """Solid resources in a row of the blob table."""

    first: int
    """Number of its first entry."""
    resources: list[Entry]


class Part:
    """One file of a WIM, and its table of blobs."""

    def __init__(self, file: EvidenceFile, header: Header, table: bytes) -> None:
        """Look at the entries of `table`, which are those of `file`."""
        self.file, self.header, self.table = file, header, table
        self.flags = table[7::BLOB_SIZE]
        self.runs = list(self._find_runs()) if any(flag & SOLID for flag in self.flags) else []
        self.solid: dict[int, SolidResource] = {}

    def entry(self, number: int) -> Entry:
        """Return the resource entry that begins entry `number` of the table."""
        return Entry.parse(self.table[number * BLOB_SIZE : number * BLOB_SIZE + 24])

    def sha1(self, number: int) -> bytes:
        """Return the SHA-1 that entry `number` of the table gives for what it unpacks to."""
        return self.table[number * BLOB_SIZE + SHA1_AT : (number + 1) * BLOB_SIZE]

    def find(self, sha1: bytes) -> int | None:
        """Return the number of the entry of a blob, None where it is not here."""
        at = self.table.find(sha1)
        while at >= 0 and at % BLOB_SIZE != SHA1_AT:
            at = self.table.find(sha1, at - at % BLOB_SIZE + (SHA1_AT if at % BLOB_SIZE < SHA1_AT else BLOB_SIZE))
        return at // BLOB_SIZE if at >= 0 else None

    def metadata(self) -> list[int]:
        """Return the numbers of the entries that are metadata of images, in the order of the images."""
        return [number for number, flag in enumerate(self.flags) if flag & METADATA]

    def _find_runs(self) -> Iterator[Run]:
        run: Run | None = None
        for number, flag in enumerate(self.flags):
            if not flag & SOLID:
                run = None
                continue
            place = self.entry(number)
            if place.size != SOLID_SIZE:
                continue
            if run is None or number != run.first + len(run.resources):
                run = Run(number, [])
                yield run
            run.resources.append(place)

    def run_of(self, number: int) -> Run | None:
        """Return the run in whose resources the blob of entry `number` lies."""
        return next((run for run in reversed(self.runs) if run.first < number), None)
