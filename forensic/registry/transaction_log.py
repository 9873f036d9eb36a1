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
from forensic.registry.dirty_vector import read_dirty_pages
from forensic.registry.log_entry import LogEntry
from forensic.storage.source import Source

LOG_LIMIT = 64 << 20
"""Bytes of one log that are read at most; Windows keeps its logs far smaller."""

_SEQUENCE_MASK = 0xFFFFFFFF
_NEW_FORMAT = 6
_OLD_FORMATS = (1, 2)


class Recovery(msgspec.Struct):
    """What the logs give a dirty hive: the base block in force, and the sectors that replace the file's."""

    base: BaseBlock | None
    sectors: dict[int, bytes]
    """512 bytes each, by number from the start of the hive file."""
    hive_bins_data_size: int
    applied: bool
    problems: list[str]


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
    unfit: list[str] = []
    try:
        _apply_new(result, found, new, largest, unfit)
        if not result.applied:
            _apply_old(result, found, old, source, largest, unfit)
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
            head = source.read_at(0, SECTOR_SIZE)
            if not head.strip(b"\0"):
                continue  # a log that was never used, or was reset
            base = BaseBlock.parse(head)
        except ForensicError as error:
            problems.append(f"{label} is not applied: {error}")
            continue
        if base.is_sound:
            usable.append(_Log(source, base, label))
        else:
            problems.append(f"{label} is not applied: the checksum of its base block is wrong")
    return usable


def _apply_new(result: Recovery, primary: BaseBlock | None, logs: list[_Log], largest: int, unfit: list[str]) -> None:
    chains = []
    for log in logs:
        first = LogEntry.parse(log.source.read_at(SECTOR_SIZE, log_entry.LAYOUT.size))
        if first is None:
            continue
        start = first.sequence_number
        if start != log.base.primary_sequence_number or (primary is not None and start < primary.secondary_sequence_number):
            unfit.append(f"{log.label} is not applied: its entries are older than the hive")
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
                result.problems.append(f"{log.label} is not applied: its entries do not continue those of the other log")
            continue
        offset, expected = SECTOR_SIZE, start
        while (entry := _apply_entry(result, log, offset, expected, largest)) is not None:
            expected = (expected + 1) & _SEQUENCE_MASK
            offset += entry.size


def _apply_entry(result: Recovery, log: _Log, offset: int, expected: int, largest: int) -> LogEntry | None:
    """Apply the entry at `offset`; None where the next one was never written, and a problem where it is damaged."""
    head = log.source.read_at(offset, log_entry.LAYOUT.size)
    entry = LogEntry.parse(head)
    if entry is None or entry.sequence_number != expected:
        return None  # the space behind the last entry holds what was there before
    fault, body = entry.header_fault(head, largest), b""
    if fault is None and offset + entry.size > LOG_LIMIT:
        fault = "its sizes are impossible"
    if fault is None:
        body = log.source.read_at(offset + len(head), entry.size - len(head))
        fault = entry.body_fault(body)
    if fault is not None:
        result.problems.append(f"{log.label}: the entry at offset {offset:#x} and all behind it are not applied: {fault}")
        return None
    for start, page in entry.pages(body):
        for at in range(0, len(page), SECTOR_SIZE):
            result.sectors[(BLOCK_SIZE + start + at) // SECTOR_SIZE] = page[at : at + SECTOR_SIZE]
    result.hive_bins_data_size, result.applied = entry.hive_bins_data_size, True
    return entry


def _apply_old(result: Recovery, primary: BaseBlock | None, logs: list[_Log], source: Source, largest: int, unfit: list[str]) -> None:
    states = {primary.last_written} if primary is not None else {int.from_bytes(source.read_at(BLOCK_SIZE + 20, 8), "little")}
    if primary is None and result.base is not None:
        states.add(result.base.last_written)  # its checksum is wrong, yet what agrees with the log was hardly damaged
    fitting = []
    for log in logs:
        if log.base.primary_sequence_number != log.base.secondary_sequence_number:
            result.problems.append(f"{log.label} is not applied: writing it was not completed")
        elif log.base.last_written not in states:
            unfit.append(f"{log.label} is not applied: it was written for another state of the hive, at {log.base.last_written}")
        else:
            fitting.append(log)
    for log in sorted(fitting, key=lambda log: log.base.primary_sequence_number, reverse=True):
        try:
            result.sectors.update(read_dirty_pages(log.source, log.base, largest_hive=largest, limit=LOG_LIMIT))
        except ForensicError as error:
            result.problems.append(f"{log.label} is not applied: {error}")
            continue
        result.base, result.hive_bins_data_size, result.applied = log.base, log.base.hive_bins_data_size, True
        return
