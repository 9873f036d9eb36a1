"""MftSearch: finds the files of a directory by what all MFT records say of themselves, where the index of the directory is damaged."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from forensic.errors import Malformed, Unreadable
from forensic.volumes.ntfs_layout import AttributeHeader, FileName, RecordHeader, Reference, fixed
from forensic.volumes.ntfs_record import DATA, FILE_NAME, Attribute, Record

RESCUE_LIMIT = 32
"""Damaged directories for which the whole $MFT is searched, at most."""
_SCAN, _PAGE, _SMALLEST_RECORD, _SMALLEST_ATTRIBUTE = 1 << 20, 1 << 12, 256, 24


class MftSearch:
    """The names that files claim, by the directories in which they claim them."""

    def __init__(self, open_table: Callable[[str], Record], record_size: int, held: int, key: Callable[[bytes], bytes]) -> None:
        """Search the records of `record_size` bytes in the $MFT, as far as the `held` bytes of the volume can have them.

        `open_table` is told for which directory, for messages; `key` turns a name (UTF-16LE) into what directories compare.
        """
        self._open_table, self._size, self._held, self._key = open_table, record_size, held, key
        self._found: dict[Reference, dict[bytes, Reference]] = {}

    def files_in(self, folder: Reference, where: str) -> dict[bytes, Reference]:
        """Return the file of each name that records in use claim in `folder`; Unreadable when that was asked of too many folders."""
        if folder not in self._found:
            if len(self._found) >= RESCUE_LIMIT:
                raise Unreadable(f"{where}: all MFT records were searched for {RESCUE_LIMIT} other damaged directories already")
            self._found[folder] = dict(self._claims(self._open_table(where), folder))
        return self._found[folder]

    def _claims(self, table: Record, folder: Reference) -> Iterator[tuple[bytes, Reference]]:
        data, size = table.find(DATA), self._size
        if data is None or size < _SMALLEST_RECORD:
            raise Malformed("$MFT: no records to search")
        parent = folder.record.to_bytes(6, "little")
        for offset, chunk in _readable(table, data, min(data.size, self._held)):
            for at in range(0, len(chunk) - size + 1, size):
                record = chunk[at : at + size]
                if parent not in record or not (header := RecordHeader.parse(record)).in_use:
                    continue
                base = Reference.from_bytes(header.base)
                own = Reference((offset + at) // size, header.sequence)
                try:
                    names = list(_resident_names(fixed("$MFT", record, offset + at, b"FILE"), folder))
                except Malformed:  # a record that was torn or wiped claims nothing
                    continue
                for name in names:
                    yield self._key(name), base if base.record else own


def _readable(table: Record, data: Attribute, end: int, start: int = 0, step: int = _SCAN) -> Iterator[tuple[int, bytes]]:
    """Yield offset and bytes of all pieces of a stream that can be read, in order; what cannot be is left out, page by page."""
    for offset in range(start, end, step):
        try:
            yield offset, table.read(data, offset, min(step, end - offset))
        except (Malformed, Unreadable):
            if step > _PAGE:
                yield from _readable(table, data, min(end, offset + step), offset, step >> 4)


def _resident_names(record: bytes, folder: Reference) -> Iterator[bytes]:
    """Yield each name (UTF-16LE) that the bytes of a record hold for `folder`."""
    at = RecordHeader.parse(record).first_attribute
    while at + _SMALLEST_ATTRIBUTE <= len(record):
        attribute = AttributeHeader.parse(record, at)
        if attribute.type > FILE_NAME or attribute.size < _SMALLEST_ATTRIBUTE:
            return
        if attribute.type == FILE_NAME:
            found = FileName.parse(record[at + attribute.content :])
            if found is not None and found.parent == folder:
                yield found.name
        at += attribute.size
