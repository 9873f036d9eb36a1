"""Transaction logs: what Windows had decided to write into a hive and may not have written yet.

A dirty hive (checksum wrong, or sequence numbers that differ) is completed from its logs `.LOG`, `.LOG1`, `.LOG2`, in memory
only: `recover` returns the sectors that stand in place of the file's. A clean hive's logs are old and are not looked at.

Each log starts with a copy of the base block, whose file type tells the format (Windows registry file format
specification, M. Suhanov).

New format (6, since Windows 8.1), entries from byte 512, each of a multiple of 512 bytes:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | signature | `HvLE` |
| 4 | 4 | size | bytes, with this header |
| 8 | 4 | flags | |
| 12 | 4 | sequence number | one more than that of the entry before |
| 16 | 4 | size of the hive bins | after this entry |
| 20 | 4 | number of pages | |
| 24 | 8 | hash 1 | Marvin32 of all behind the header |
| 32 | 8 | hash 2 | Marvin32 of the first 32 bytes |
| 40 | 8 each | pages | offset from the start of the hive bins, size; the bytes follow in the same order |

Windows writes to the two logs by turns, so the one with the earlier entries comes first and the other must continue it.

Old format (1 since Windows XP, 2 before): in the second sector `DIRT` and a bitmap, one bit for each 512 bytes of the hive
bins, lowest bit first; from the next sector the bytes of the marked pages, in order. Such a log belongs to the hive whose
base block has the same last-written time.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import msgspec

from forensic.errors import ForensicError, Malformed
from forensic.registry.base_block import BLOCK_SIZE, BaseBlock
from forensic.storage.source import Source

SECTOR = 512
LOG_LIMIT = 64 << 20
"""Bytes of one log that are read at most; Windows keeps its logs far smaller."""

_ENTRY = struct.Struct("<4sIIIIIQQ")
_PAGE = struct.Struct("<II")
_MASK = 0xFFFFFFFF
_STEP = 1 << 16
_NEW_FORMAT = 6
_OLD_FORMATS = (1, 2)


class Recovery(msgspec.Struct):
    """What the logs give a dirty hive: the base block in force, and the sectors that replace the file's."""

    base: BaseBlock | None
    sectors: dict[int, bytes]
    """512 bytes each, by number from the start of the hive file."""
    bins_size: int
    applied: bool
    problems: list[str]


class _Log(msgspec.Struct):
    source: Source
    base: BaseBlock
    label: str


class _Entry(msgspec.Struct):
    bins_size: int
    pages: list[tuple[int, bytes]]


def recover(primary: BaseBlock | None, source: Source, logs: Sequence[Source]) -> Recovery:
    """Return what `logs` add to the dirty hive in `source`; `primary` is its base block, None where it has none."""
    found = primary if primary is not None and primary.sound else None
    result = Recovery(primary, {}, primary.bins_size if primary is not None else 0, applied=False, problems=[])
    usable = _usable(logs, result.problems)
    new = [log for log in usable if log.base.file_type == _NEW_FORMAT]
    old = [log for log in usable if log.base.file_type in _OLD_FORMATS]
    limit = max(source.size - BLOCK_SIZE, result.bins_size if found else 0) + sum(log.source.size for log in usable)
    unfit: list[str] = []
    try:
        _apply_new(result, found, new, limit, unfit)
        if not result.applied:
            _apply_old(result, found, old, source, limit, unfit)
    except ForensicError as error:
        result.problems.append(f"transaction logs are applied only in part: {error}")
    if not result.applied:
        result.problems.extend(unfit)  # beside a log that fits, an old one is what Windows always leaves
    if result.applied and found is None:
        result.problems.append("base block of the hive is damaged; its copy in a transaction log stands in for it")
    return result


def _usable(logs: Sequence[Source], problems: list[str]) -> list[_Log]:
    usable = []
    for number, source in enumerate(logs, 1):
        label = f"transaction log {number} of {len(logs)}"
        try:
            head = source.read_at(0, SECTOR)
            if not head.strip(b"\0"):
                continue  # a log that was never used, or was reset
            base = BaseBlock.parse(head)
        except ForensicError as error:
            problems.append(f"{label} is not applied: {error}")
            continue
        if base.sound:
            usable.append(_Log(source, base, label))
        else:
            problems.append(f"{label} is not applied: the checksum of its base block is wrong")
    return usable


def _apply_new(result: Recovery, primary: BaseBlock | None, logs: list[_Log], limit: int, unfit: list[str]) -> None:
    chains = []
    for log in logs:
        header = log.source.read_at(SECTOR, _ENTRY.size)
        if len(header) < _ENTRY.size or header[:4] != b"HvLE":
            continue
        first_sequence = int.from_bytes(header[12:16], "little")
        if first_sequence != log.base.primary or (primary is not None and first_sequence < primary.secondary):
            unfit.append(f"{log.label} is not applied: its entries are older than the hive")
            continue
        chains.append((first_sequence, log))
    chains.sort(key=lambda chain: chain[0])
    if primary is None and chains:
        chains = chains[-1:]
        result.base = chains[0][1].base
        result.bins_size, result.applied = result.base.bins_size, True
    expected = None
    for first_sequence, log in chains:
        if expected is not None and first_sequence != expected:
            if first_sequence > expected:
                result.problems.append(f"{log.label} is not applied: its entries do not continue those of the other log")
            continue
        offset, expected = SECTOR, first_sequence
        while (read := _read_entry(log, offset, expected, limit, result.problems)) is not None:
            entry, size = read
            for start, data in entry.pages:
                _replace(result.sectors, BLOCK_SIZE + start, data)
            result.bins_size, result.applied = entry.bins_size, True
            expected = (expected + 1) & _MASK
            offset += size


def _read_entry(log: _Log, offset: int, expected: int, limit: int, problems: list[str]) -> tuple[_Entry, int] | None:
    """Return the entry at `offset` and its size; None where the next one was never written, and a problem where it is damaged."""
    header = log.source.read_at(offset, _ENTRY.size)
    if len(header) < _ENTRY.size or header[:4] != b"HvLE":
        return None
    _, size, _, sequence, bins_size, count, hash_1, hash_2 = _ENTRY.unpack(header)
    if sequence != expected:
        return None  # the space behind the last entry holds what was there before
    where = f"{log.label}: the entry at offset {offset:#x}"
    if marvin32(header[:32]) != hash_2:
        problems.append(f"{where} and all behind it are not applied: the hash of its header is wrong")
        return None
    if size % SECTOR or size < _ENTRY.size + 8 * count or bins_size % BLOCK_SIZE or bins_size > limit or offset + size > LOG_LIMIT:
        problems.append(f"{where} and all behind it are not applied: its sizes are impossible")
        return None
    body = log.source.read_at(offset + _ENTRY.size, size - _ENTRY.size)
    if len(body) < size - _ENTRY.size or marvin32(body) != hash_1:
        problems.append(f"{where} and all behind it are not applied: it is cut short or the hash of its pages is wrong")
        return None
    pages, at = [], 8 * count
    for start, length in _PAGE.iter_unpack(body[: 8 * count]):
        if start % SECTOR or length % SECTOR or start + length > bins_size or at + length > len(body):
            problems.append(f"{where} and all behind it are not applied: it names a page outside the hive")
            return None
        pages.append((start, body[at : at + length]))
        at += length
    return _Entry(bins_size, pages), size


def _apply_old(result: Recovery, primary: BaseBlock | None, logs: list[_Log], source: Source, limit: int, unfit: list[str]) -> None:
    states = {primary.written} if primary is not None else {int.from_bytes(source.read_at(BLOCK_SIZE + 20, 8), "little")}
    if primary is None and result.base is not None:
        states.add(result.base.written)  # its checksum is wrong, yet what agrees with the log was hardly damaged
    fitting = []
    for log in logs:
        if log.base.primary != log.base.secondary:
            result.problems.append(f"{log.label} is not applied: writing it was not completed")
        elif log.base.written not in states:
            unfit.append(f"{log.label} is not applied: it was written for another state of the hive, at {log.base.written}")
        else:
            fitting.append(log)
    for log in sorted(fitting, key=lambda log: log.base.primary, reverse=True):
        try:
            result.sectors.update(_read_old(log, limit))
        except ForensicError as error:
            result.problems.append(f"{log.label} is not applied: {error}")
            continue
        result.base, result.bins_size, result.applied = log.base, log.base.bins_size, True
        return


def _read_old(log: _Log, limit: int) -> dict[int, bytes]:
    base, sector = log.base, SECTOR * max(1, log.base.clustering)
    if base.bins_size % BLOCK_SIZE or base.bins_size > limit or sector > BLOCK_SIZE:
        raise Malformed("sizes in its base block", 40)
    bitmap = log.source.read_at(sector, 4 + base.bins_size // BLOCK_SIZE)
    if bitmap[:4] != b"DIRT" or len(bitmap) < 4 + base.bins_size // BLOCK_SIZE:
        raise Malformed("bitmap of pages", sector)
    at = sector + -(-len(bitmap) // sector) * sector
    pages: dict[int, bytes] = {}
    for index, bits in enumerate(bitmap[4:]):
        if not bits:
            continue
        if at > LOG_LIMIT:
            raise Malformed(f"more than {LOG_LIMIT} bytes of pages,", at)
        count = bits.bit_count()
        data = log.source.read_at(at, SECTOR * count)
        if len(data) < SECTOR * count:
            raise Malformed("pages", at, SECTOR * count, len(data))
        at += SECTOR * count
        marked = [8 * index + bit for bit in range(8) if bits >> bit & 1]
        for position, page in enumerate(marked):
            content = data[SECTOR * position : SECTOR * (position + 1)]
            if content[:4] == b"hbin" and int.from_bytes(content[4:8], "little") != SECTOR * page:
                raise Malformed("a hive bin in the wrong place,", at)
            pages[BLOCK_SIZE // SECTOR + page] = content
    return pages


def _replace(sectors: dict[int, bytes], start: int, data: bytes) -> None:
    for at in range(0, len(data), SECTOR):
        sectors[(start + at) // SECTOR] = data[at : at + SECTOR]


def marvin32(data: bytes) -> int:
    """Return the 64-bit Marvin32 hash of `data` (a multiple of four bytes) with the seed that hive logs use."""
    low, high, mask = 0x7A4E55C5, 0x82EF4D88, _MASK
    data += b"\x80\0\0\0\0\0\0\0"
    for at in range(0, len(data), _STEP):
        part = data[at : at + _STEP]
        for word in struct.unpack(f"<{len(part) // 4}I", part):
            low = low + word & mask
            high ^= low
            low = (low << 20 | low >> 12) + high & mask
            high = (high << 9 | high >> 23) & mask ^ low
            low = (low << 27 | low >> 5) + high & mask
            high = (high << 19 | high >> 13) & mask
    return high << 32 | low
