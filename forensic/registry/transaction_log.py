"""Transaction logs: what Windows had decided to write into a hive and may not have written yet.

A dirty hive (checksum wrong, or sequence numbers that differ) is completed from its logs `.LOG`, `.LOG1`, `.LOG2`, in memory
only: `recover` returns the sectors that stand in place of the file's. A clean hive's logs are old and are not looked at.

Each log starts with a copy of the base block, whose file type tells the format (Windows registry file format
specification, M. Suhanov): 6 since Windows 8.1, a sequence of log entries (`log_entry`); 1 and 2 before, one dirty vector
(`dirty_vector`). Windows writes to the two logs of the new format by turns, so the one with the earlier entries comes first and
the other must continue it. A log of the old format belongs to the hive whose base block has the same last-written time.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from forensic.errors import ForensicError
from forensic.registry import log_entry
from forensic.registry.base_block import BLOCK_SIZE, SECTOR_SIZE, BaseBlock
from forensic.registry.cell import HiveProblem
from forensic.registry.dirty_vector import read_dirty_pages
from forensic.registry.log_entry import LogEntry
from forensic.storage.source import Source

LOG_LIMIT = 64 << 20
"""Bytes of one log that are read at most; Windows keeps its logs far smaller."""

NOT_APPLIED = "log-not-applied"
_SEQUENCE_MASK = 0xFFFFFFFF
_SCANNED = 1 << 20
"""Bytes of a log that are searched at a time; a multiple of the sector."""
_AHEAD = 1 << 16
"""Entries that another one can be ahead of a missing one: far more than a log holds."""
_NEW_FORMAT = 6
_OLD_FORMATS = (1, 2)


class Recovery(msgspec.Struct):
    """What the logs give a dirty hive: the base block in force, and the sectors that replace the file's."""

    base: BaseBlock | None
    sectors: dict[int, bytes]
    """512 bytes each, by number from the start of the hive file."""
    hive_bins_data_size: int
    applied: bool
    problems: list[HiveProblem]


class _Log(msgspec.Struct):
    source: Source
    base: BaseBlock
    label: str


def recover(primary: BaseBlock | None, source: Source, logs: Sequence[Source]) -> Recovery:
    """Return what `logs` add to the dirty hive in `source`; `primary` is its base block, None where it has none."""
    found = primary if primary is not None and primary.is_sound else None
    result = Recovery(primary, {}, primary.hive_bins_data_size if primary is not None else 0, applied=False, problems=[])
    usable = _usable(logs, result.problems)
    new = [log for log in usable if log.base.file_type == _NEW_FORMAT]
    old = [log for log in usable if log.base.file_type in _OLD_FORMATS]
    largest = max(source.size - BLOCK_SIZE, result.hive_bins_data_size if found else 0) + sum(log.source.size for log in usable)
    unfit: list[HiveProblem] = []
    try:
        _apply_new(result, found, new, largest, unfit)
        if not result.applied:
            _apply_old(result, found, old, source, largest, unfit)
    except ForensicError as error:
        result.problems.append(HiveProblem(f"transaction logs are applied only in part: {error}", NOT_APPLIED))
    if not result.applied:
        result.problems.extend(unfit)  # beside a log that fits, an old one is what Windows always leaves
    if result.applied and found is None:
        what = "base block of the hive is damaged; its copy in a transaction log stands in for it"
        result.problems.append(HiveProblem(what, "second-copy-used"))
    return result


def _not_applied(label: str, why: str) -> HiveProblem:
    return HiveProblem(f"{label} is not applied: {why}", NOT_APPLIED)


def _usable(logs: Sequence[Source], problems: list[HiveProblem]) -> list[_Log]:
    usable = []
    for number, source in enumerate(logs, 1):
        label = f"transaction log {number} of {len(logs)}"
        try:
            head = source.read_at(0, SECTOR_SIZE)
            if not head.strip(b"\0"):
                continue  # a log that was never used, or was reset
            base = BaseBlock.parse(head)
        except ForensicError as error:
            problems.append(_not_applied(label, str(error)))
            continue
        if base.is_sound:
            usable.append(_Log(source, base, label))
        else:
            problems.append(_not_applied(label, "the checksum of its base block is wrong"))
    return usable


def _apply_new(result: Recovery, primary: BaseBlock | None, logs: list[_Log], largest: int, unfit: list[HiveProblem]) -> None:
    chains = []
    for log in logs:
        start = log.base.primary_sequence_number
        is_old = primary is not None and start < primary.secondary_sequence_number
        head = log.source.read_at(SECTOR_SIZE, log_entry.LAYOUT.size)
        first = LogEntry.parse(head)
        if first is None or first.header_fault(head, largest) is not None:
            if not is_old:
                _tell_end(result, log, SECTOR_SIZE, start, largest)
            continue
        if is_old or first.sequence_number != start:
            unfit.append(_not_applied(log.label, "its entries are older than the hive"))
            continue
        chains.append((start, log))
    chains.sort(key=lambda chain: chain[0])
    if primary is None and chains:
        chains = chains[-1:]
        result.base = chains[0][1].base
        result.hive_bins_data_size, result.applied = result.base.hive_bins_data_size, True
    expected = None
    for start, log in chains:
        if expected is not None and start != expected:
            if start > expected:
                result.problems.append(_not_applied(log.label, "its entries do not continue those of the other log"))
            continue
        offset, expected = SECTOR_SIZE, start
        while (entry := _apply_entry(result, log, offset, expected, largest)) is not None:
            expected = (expected + 1) & _SEQUENCE_MASK
            offset += entry.size


def _apply_entry(result: Recovery, log: _Log, offset: int, expected: int, largest: int) -> LogEntry | None:
    """Apply the entry at `offset`; None where the next one was never written, and a problem where it is damaged."""
    head = log.source.read_at(offset, log_entry.LAYOUT.size)
    entry = LogEntry.parse(head)
    # The hash first: of a damaged header also the sequence number is nothing to go by.
    if entry is None or entry.sequence_number != expected or entry.header_fault(head, largest) is not None:
        _tell_end(result, log, offset, expected, largest)
        return None
    fits = offset + entry.size <= LOG_LIMIT
    body = log.source.read_at(offset + len(head), entry.size - len(head)) if fits else b""
    fault = entry.body_fault(body) if fits else "its sizes are impossible"
    if fault is not None:
        _tell_fault(result, log, offset, fault)
        return None
    for start, page in entry.pages(body):
        for at in range(0, len(page), SECTOR_SIZE):
            result.sectors[(BLOCK_SIZE + start + at) // SECTOR_SIZE] = page[at : at + SECTOR_SIZE]
    result.hive_bins_data_size, result.applied = entry.hive_bins_data_size, True
    return entry


def _tell_end(result: Recovery, log: _Log, offset: int, expected: int, largest: int) -> None:
    """Tell why no entry of the number `expected` is at `offset`: nothing where none was written there, a problem where one is damaged.

    The space behind the last entry holds what was there before: zeros, older entries, pieces of them. A header that is damaged is
    none of these, and neither is a sound one of a number that comes later, wherever it lies.
    """
    head = log.source.read_at(offset, log_entry.LAYOUT.size)
    entry = LogEntry.parse(head)
    fault = None if entry is None else entry.header_fault(head, largest)
    if fault is None:
        later = _later_entry(log, offset, expected, largest)
        if later is None:
            return
        fault = f"there is none where number {expected} should be, but later ones follow at offset {later:#x}"
    _tell_fault(result, log, offset, fault)


def _tell_fault(result: Recovery, log: _Log, offset: int, fault: str) -> None:
    what = f"{log.label}: the entry at offset {offset:#x} and all behind it are not applied: {fault}"
    result.problems.append(HiveProblem(what, NOT_APPLIED))


def _later_entry(log: _Log, offset: int, expected: int, largest: int) -> int | None:
    """Return where a sound entry behind `offset` lies that comes after those of a number below `expected`."""
    end = min(log.source.size, LOG_LIMIT)
    while offset < end:
        block = log.source.read_at(offset, min(_SCANNED, end - offset))
        for at in range(0, len(block) - log_entry.LAYOUT.size, SECTOR_SIZE):
            head = block[at : at + log_entry.LAYOUT.size]
            entry = LogEntry.parse(head)
            if entry is None or entry.sequence_number - expected & _SEQUENCE_MASK >= _AHEAD:
                continue  # none, or one that was there before
            if entry.header_fault(head, largest) is None:
                return offset + at
        offset += _SCANNED
    return None


def _apply_old(
    result: Recovery, primary: BaseBlock | None, logs: list[_Log], source: Source, largest: int, unfit: list[HiveProblem]
) -> None:
    states = {primary.last_written} if primary is not None else {int.from_bytes(source.read_at(BLOCK_SIZE + 20, 8), "little")}
    if primary is None and result.base is not None:
        states.add(result.base.last_written)  # its checksum is wrong, yet what agrees with the log was hardly damaged
    fitting = []
    for log in logs:
        if log.base.primary_sequence_number != log.base.secondary_sequence_number:
            result.problems.append(_not_applied(log.label, "writing it was not completed"))
        elif log.base.last_written not in states:
            unfit.append(_not_applied(log.label, f"it was written for another state of the hive, at {log.base.last_written}"))
        else:
            fitting.append(log)
    for log in sorted(fitting, key=lambda log: log.base.primary_sequence_number, reverse=True):
        try:
            result.sectors.update(read_dirty_pages(log.source, log.base, largest_hive=largest, limit=LOG_LIMIT))
        except ForensicError as error:
            result.problems.append(_not_applied(log.label, str(error)))
            continue
        result.base, result.hive_bins_data_size, result.applied = log.base, log.base.hive_bins_data_size, True
        return
