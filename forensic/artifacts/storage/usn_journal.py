r"""The change journal of the volume: an id that a block copy keeps, and the span of what it still remembers."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact_folder
from forensic.artifacts.optional_values import Deferred
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, Origin, Span, always, kept, usually

if TYPE_CHECKING:
    from forensic.volumes.tree import File
    from forensic.windows.folder import Folder

FSUTIL = "Microsoft, fsutil usn, https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/fsutil-usn"
PAGE = 4096
"""Bytes; no record crosses a multiple of this."""


class UsnJournal(msgspec.Struct, frozen=True):
    """The change journal of a volume."""

    id: FileTime
    """The journal's id: when it was made."""
    maximum_size: int
    """Bytes."""
    lowest: int
    """Lowest valid USN when the journal was made."""
    next: int | None = None
    """USN of the next record: bytes written so far."""
    first_record: FileTime | None = None
    last_record: FileTime | None = None


USN_JOURNAL = Kind(
    "usn-journal",
    UsnJournal,
    "Change journal of the volume: its id, and what it spans",
    origin=Origin.DERIVED,
    renews={
        Change.GENERALIZE: kept(Basis.INFERRED),
        Change.SPECIALIZE: kept(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: usually(Basis.INFERRED, exception="the copy is one of sectors, which carries it along"),
        Change.USE: always(Basis.UNVERIFIED),
    },
    namespace="usn-journal",
    identity=lambda value: value.id,
    claims=[
        Claim("The id is the time when the journal was made; a USN is an offset in it and only grows.", Basis.SOURCED, reference.LIBFSNTFS),
        Claim("It can be deleted and made anew at any time, and then has another id.", Basis.SOURCED, FSUTIL),
        Claim("A copy of blocks keeps the journal; a copy of files to a new volume does not.", Basis.INFERRED),
        Claim("The same id in two images: one volume, copied block by block.", Basis.INFERRED),
        Claim("Volumes that were never the system's often have none.", Basis.OBSERVED, "images of Velociraptor, DFIR-ORC and plaso"),
    ],
    references=[reference.LIBFSNTFS, FSUTIL],
)


@artifact_folder("%SystemDrive%/$Extend", USN_JOURNAL, since=(5, 0), takes=("$UsnJrnl:$Max", "$UsnJrnl:$J"))
def usn_journal(folder: Folder) -> Iterator[Fact[UsnJournal]]:
    """State the change journal: streams `$Max` and `$J` of `$Extend/$UsnJrnl`; collections have them as files of these names.

    `$Max`:

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 8 | maximum size | bytes |
    | 8 | 8 | allocation delta | bytes; not stated |
    | 16 | 8 | journal id | FILETIME (UTC) |
    | 24 | 8 | lowest valid USN | |

    `$J` is sparse: zeros, then records. A record (versions 2 and 3):

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 4 | size | a multiple of 8; no record crosses a multiple of 4,096 |
    | 4 | 2 | major version | 2, or 3 with longer file references |
    | 24, 40 | 8 | USN | own offset in `$J` |
    | 32, 48 | 8 | time | FILETIME (UTC) |

    The first record is searched by halving, the last one in the last pages.
    """
    content = stream(folder, "$Max")
    raw = content.read_at(0, 32)
    if len(raw) < 32:
        raise Malformed(f"{content.path}: description of the journal", 0, 32, len(raw))
    size, _, number, lowest = struct.unpack("<QQQQ", raw)
    if not number:
        raise Malformed(f"{content.path}: the journal has no id", 16)
    records, failures = None, Deferred()
    first = last = None
    with failures:
        records = stream(folder, "$J")
        first, last = _first(records), _last(records)
    value = UsnJournal(FileTime(number), size, lowest, None if records is None else records.size, first, last)
    yield USN_JOURNAL.fact(value, Span(content.place.inside(offset=0), raw, content.written))
    failures.settle()


def stream(folder: Folder, name: str) -> File:
    """Return a stream of the journal, in collections a file of that name; NotFound when there is neither."""
    try:
        return folder.file("$UsnJrnl").stream(name)
    except NotFound as absence:
        for file in (name, f"$UsnJrnl:{name}"):
            try:
                return folder.file(file)
            except NotFound:
                continue  # KAPE calls it the one, Velociraptor the other
        raise absence from None


def first_page(records: File) -> int:
    """Return the offset of the first page that has records: pages of zeros come first, then pages with records only."""
    low, high = 0, records.size // PAGE + 1
    while low < high:
        middle = (low + high) // 2
        if any(records.read_at(middle * PAGE, 8)) or middle * PAGE >= records.size:
            high = middle
        else:
            low = middle + 1
    return low * PAGE


def records_in(records: File, page: int) -> Iterator[tuple[FileTime, bytes]]:
    """Yield time and bytes of each record in the page at an offset."""
    data, at = records.read_at(page, PAGE), 0
    while at + 60 <= len(data):
        size, major = struct.unpack_from("<IH", data, at)
        usn_at = {2: 24, 3: 40}.get(major)
        if usn_at is None or size < 60 or size % 8 or struct.unpack_from("<Q", data, at + usn_at)[0] != page + at:
            return
        yield FileTime(struct.unpack_from("<Q", data, at + usn_at + 8)[0]), data[at : at + size]
        at += size


def _first(records: File) -> FileTime | None:
    """Return the time of the first record."""
    return next((time for time, _ in records_in(records, first_page(records))), None)


def _last(records: File) -> FileTime | None:
    """Return the time of the last record: that of the last page which has one."""
    last = (records.size - 1) // PAGE * PAGE
    for page in (last, last - PAGE):
        times = [time for time, _ in records_in(records, page)] if page >= 0 else []
        if times:
            return times[-1]
    return None
