"""Security descriptors of an NTFS volume: the reader of stream `$SDS` of `$Secure`, and of the SIDs that its descriptors hold."""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from forensic.errors import ForensicError, Malformed, NotFound, Unreadable

if TYPE_CHECKING:
    from forensic.volumes.tree import File
    from forensic.windows.folder import Folder

BLOCK = 0x40000
"""Bytes of a block of entries; the block of their copies follows it."""
_HEADER = struct.Struct("<IIQI")
_SID = re.compile(rb"\x01[\x04\x05]\0\0\0\0\0\x05\x15\0\0\0(?s:.{12})")
_DESCRIPTOR = struct.Struct("<BBHIIII")
_SELF_RELATIVE = 0x8000


def find_stream(folder: Folder) -> File:
    """Return the stream of descriptors, or the file that a collection keeps it in."""
    try:
        return folder.file("$Secure").stream("$SDS")
    except NotFound as absence:
        for name in ("$Secure_$SDS", "$Secure:$SDS"):
            try:
                return folder.file(name)
            except NotFound:
                continue  # KAPE calls it the one, Velociraptor the other
        raise absence from None


class Entry(NamedTuple):
    """One security descriptor of a block."""

    start: int
    """Of the descriptor, in its block."""
    end: int
    id: int


def read_block(stream: File, base: int) -> tuple[bytearray, list[Entry], ForensicError | None]:
    """Return the block of descriptors at `base`, mended from its copy, its entries, and what could be had from neither."""
    size = min(BLOCK, max(stream.size - BLOCK, 0) - base) if base + BLOCK < stream.size else stream.size - base
    copy: bytes | None = None
    try:
        data = bytearray(stream.read_at(base, size))
    except Unreadable:
        copy = stream.read_at(base + BLOCK, size)
        data = bytearray(copy)
    entries: list[Entry] = []
    lost: ForensicError | None = None
    at, end = 0, len(data.rstrip(b"\0"))
    while at < end:
        entry = _entry(data, base, at)
        if entry is None:
            copy = _copy(stream, base, size) if copy is None else copy
            entry = _entry(copy, base, at)
            if entry is None:
                lost = lost or Malformed(f"{stream.path}: security descriptors are damaged, and in their copy too", base + at)
                at = _next_entry(data, base, at + 16)
                continue
            data[at : entry.end] = copy[at : entry.end]
        entries.append(entry)
        at = entry.end + 15 & ~15
    return data, entries, lost


def _entry(data: bytes | bytearray, base: int, at: int) -> Entry | None:
    """Return the entry at `at` if it says itself that it is there, else None."""
    if at + 40 > len(data):
        return None
    _, number, offset, length = _HEADER.unpack_from(data, at)
    return Entry(at + 20, at + length, number) if offset == base + at and 40 <= length <= len(data) - at else None


def _copy(stream: File, base: int, size: int) -> bytes:
    try:
        return stream.read_at(base + BLOCK, size)
    except Unreadable:
        return b""


def _next_entry(data: bytearray, base: int, at: int) -> int:
    """Return where the next entry begins, at a multiple of 16 from `at` on; the end of the block when there is none."""
    return next((here for here in range(at, len(data), 16) if _entry(data, base, here) is not None), len(data))


def sids_in(data: bytearray, entries: list[Entry]) -> Iterator[tuple[bytes, int, str, Entry]]:
    """Yield bytes, offset, role and entry of each SID that the descriptors of a block truly hold."""
    position, parts = -1, _Parts(-1, -1, ())
    ends = [entry.end for entry in entries]
    for match in _SID.finditer(data):
        at = match.start()
        if position < 0 or ends[position] <= at:
            position = bisect_right(ends, at, max(position, 0))
            if position == len(entries):
                return
            parts = _parts(data, entries[position])
        entry = entries[position]
        inside, end = at - entry.start, at + 8 + 4 * data[at + 1]
        if inside < _DESCRIPTOR.size or end > entry.end:
            continue
        if inside == parts.owner:
            yield bytes(data[at:end]), at, "owner", entry
        elif inside == parts.group:
            yield bytes(data[at:end]), at, "group", entry
        elif any(first <= inside < last for first, last in parts.lists):
            yield bytes(data[at:end]), at, "access", entry


class _Parts(NamedTuple):
    """Where the parts of a descriptor lie in it; -1 and none where it is no descriptor."""

    owner: int
    group: int
    lists: tuple[tuple[int, int], ...]


def _parts(data: bytearray, entry: Entry) -> _Parts:
    revision, _, control, owner, group, *lists = _DESCRIPTOR.unpack_from(data, entry.start)
    if revision != 1 or not control & _SELF_RELATIVE:
        return _Parts(-1, -1, ())
    sizes = [int.from_bytes(data[entry.start + at + 2 : entry.start + at + 4], "little") for at in lists]
    return _Parts(owner, group, tuple((at + 16, at + size) for at, size in zip(lists, sizes, strict=True) if at))
