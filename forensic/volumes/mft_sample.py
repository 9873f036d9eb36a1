"""MftSample: records of the $MFT at fixed numbers, the same ones in every copy of a volume."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from forensic.errors import Malformed
from forensic.storage.source import Source
from forensic.volumes.directory_index import DOS_NAMESPACE
from forensic.volumes.ntfs_layout import AttributeHeader, FileName, RecordHeader, fixed
from forensic.volumes.ntfs_record import FILE_NAME

GROUP, GROUPS = 8, 64
"""Neighbouring records that are read at once, and how many such groups."""
_FIRST, _LAST = 64, 1 << 20
NUMBERS = tuple(dict.fromkeys(round(_FIRST * (_LAST / _FIRST) ** (at / (GROUPS - 1))) // GROUP * GROUP for at in range(GROUPS)))
"""The first record of each group: behind those of Setup's first files, and 17 % farther each time, up to the millionth record."""
_SIZES = frozenset({1024, 2048, 4096})
_SIZE_AT, _CREATED_AT, _SMALLEST_ATTRIBUTE = 28, 8, 24


class MftEntry(NamedTuple):
    """One record."""

    number: int
    sequence: int
    in_use: bool
    created: int
    """Creation time in $FILE_NAME (FILETIME); 0 where the record has no such attribute of its own."""
    name: bytes
    """UTF-16LE; empty where the record has none."""


def sample_mft(table: Source, failed: Callable[[Malformed], object]) -> Iterator[MftEntry]:
    """Yield the records of the sample that the table has; one that was never used is left out, of one that is damaged `failed` is told.

    Malformed where the table does not begin with a record.
    """
    head = table.read_at(0, 48)
    size = int.from_bytes(head[_SIZE_AT : _SIZE_AT + 4], "little")
    if head[:4] != b"FILE" or size not in _SIZES:
        raise Malformed("$MFT: no record at its beginning", 0)
    for first in NUMBERS:
        data = table.read_at(first * size, GROUP * size)
        for at in range(0, len(data) - size + 1, size):
            if not any(data[at : at + 4]):
                continue
            try:
                yield _entry(first + at // size, data[at : at + size], first * size + at)
            except Malformed as error:
                failed(error)


def _entry(number: int, block: bytes, offset: int) -> MftEntry:
    record = fixed("$MFT", block, offset, b"FILE")
    header = RecordHeader.parse(record)
    names: list[tuple[bool, bytes, int]] = []
    at = header.first_attribute
    while at + _SMALLEST_ATTRIBUTE <= len(record):
        attribute = AttributeHeader.parse(record, at)
        if attribute.type > FILE_NAME or attribute.size < _SMALLEST_ATTRIBUTE:
            break
        content = record[at + attribute.content : at + attribute.size]
        name = FileName.parse(content) if attribute.type == FILE_NAME and not attribute.not_resident else None
        if name is not None:
            names.append((name.namespace == DOS_NAMESPACE, name.name, int.from_bytes(content[_CREATED_AT : _CREATED_AT + 8], "little")))
        at += attribute.size
    _, text, created = min(names, default=(True, b"", 0))  # the long name, the first by order where there are several
    return MftEntry(number, header.sequence, header.in_use, created, text)
