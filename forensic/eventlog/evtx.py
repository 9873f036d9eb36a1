r"""Event log of Vista and later (`.evtx`): chunks with records, whose content is binary XML.

The file: a header of 4096 bytes, then chunks of 65,536 bytes.

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 8 | signature | `ElfFile\0` |
| 8 | 8 | first chunk number | the oldest |
| 16 | 8 | last chunk number | the newest |
| 24 | 8 | next record identifier | |
| 32 | 4 | header size | 128, the part that is used |
| 36 | 4 | minor and major version | 1 or 2, then 3 |
| 40 | 2 | header block size | 4096 |
| 42 | 2 | number of chunks | |
| 44 | 76 | unknown | zero |
| 120 | 4 | file flags | 1 dirty: the numbers above lag behind; 2 full |
| 124 | 4 | checksum | CRC-32 of bytes 0 to 119 |

A chunk:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 8 | signature | `ElfChnk\0` |
| 8 | 8 each | first and last event record number | counted in this file, from 1 |
| 24 | 8 each | first and last event record identifier | |
| 40 | 4 | header size | 128 |
| 44 | 4 | last event record data offset | |
| 48 | 4 | free space offset | |
| 52 | 4 | event records checksum | CRC-32 from 512 to the free space |
| 56 | 64 | unknown | |
| 120 | 4 | flags | |
| 124 | 4 | checksum | CRC-32 of bytes 0 to 119 and 128 to 511 |
| 128 | 256 | offsets of strings | |
| 384 | 128 | offsets of templates | |
| 512 | … | records | |

A record:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | signature | `**\0\0` |
| 4 | 4 | size | bytes |
| 8 | 8 | event record identifier | of this file; an export counts anew from 1 |
| 16 | 8 | written | FILETIME, UTC; in an export a later one, or 0 |
| 24 | … | content | binary XML |
| size - 4 | 4 | size | again |

Caveats: chunks are used in a circle, so a full log begins in the middle of the file. On a machine that was running the file's header says
less than the chunks do; so every sound chunk counts, and where a header says less though the log was not in use, the log names it. Number
and time that the computer gave to a record are EventRecordID and TimeCreated in its content: in logs that were exported or filtered the
headers have others. What lies behind the free space of a chunk is left over and is not read.
Source: libyal, libevtx format documentation; the fields were checked on 22 public logs.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from forensic.errors import ForensicError, Malformed
from forensic.eventlog.binary_xml import Fragments
from forensic.eventlog.binary_xml_template import TEXT_LIMIT, TOKEN_LIMIT, Budget
from forensic.eventlog.log import Event, EventLog, LogFile
from forensic.eventlog.machine_prefix import prefixes_in
from forensic.model import FileTime, Sid

HEADER_SIZE, CHUNK_SIZE, RECORDS_AT = 4096, 1 << 16, 512
FILE_CHUNK_LIMIT = 1 << 16
"""Chunks of one file that are looked at: 4 GiB, all that the header can count."""
CHUNK_LIMIT = 4096
"""Chunks whose records are read: 256 MiB; of a larger log the oldest and the newest half of them."""
DATA_TOKEN_LIMIT, DATA_TEXT_LIMIT = 4_000_000, 256 << 20
"""What the values of all events of one log that are asked for may unfold to: those of 40,000 ordinary events."""
UNSIGNED_LIMIT = 1024
"""Chunks without a signature that are looked at to learn whether they are empty."""
CHANNEL_CHUNKS = 8
"""Chunks that are looked at to learn of which channel a log is."""
CACHE_LIMIT = 10_000
"""Distinct values of which one copy is kept."""
DIRTY = 1

_FILE_HEADER = struct.Struct("<8s3QI2H2H76s2I")
_CHUNK_HEADER = struct.Struct("<8s4Q4I")
_RECORD = struct.Struct("<4sIQQ")
_TRAILER = struct.Struct("<I")
_FILE_SIGNATURE, _CHUNK_SIGNATURE, _RECORD_SIGNATURE = b"ElfFile\0", b"ElfChnk\0", b"**\0\0"
_FLAGS_AT = 120
"""Where flags and checksum of a file's header and of a chunk stand: what lies before is what is sealed."""


class FileHeader(NamedTuple):
    """The fields of a file's header, as they are stored."""

    signature: bytes
    first_chunk_number: int
    last_chunk_number: int
    next_record_identifier: int
    header_size: int
    minor_version: int
    major_version: int
    header_block_size: int
    chunks_count: int
    unknown: bytes
    file_flags: int
    checksum: int


class ChunkHeader(NamedTuple):
    """The fields at the beginning of a chunk, as they are stored."""

    signature: bytes
    first_event_record_number: int
    last_event_record_number: int
    first_event_record_identifier: int
    last_event_record_identifier: int
    header_size: int
    last_event_record_data_offset: int
    free_space_offset: int
    event_records_checksum: int


class EvtxLog(EventLog):
    """An event log in the format of Vista and later."""

    def __init__(self, file: LogFile) -> None:
        """Open the log; Malformed when neither its header nor any chunk is one."""
        super().__init__(file)
        self.raw = file.read_at(0, _FILE_HEADER.size)
        self._following: int | None = None
        """Number of the record that would have been next, as the header of a log that was not in use has it."""
        self._unsigned = 0
        self._chunks = self._index()
        self._opened = (-1, Fragments(b""))
        self._budget = Budget(DATA_TOKEN_LIMIT, DATA_TEXT_LIMIT)

    def _index(self) -> list[int]:
        """Return the offsets of the chunks in use, the one with the oldest records first."""
        used, self.dirty, behind = None, True, 0
        header = FileHeader._make(_FILE_HEADER.unpack(self.raw)) if len(self.raw) == _FILE_HEADER.size else None
        if header is None or header.signature != _FILE_SIGNATURE:
            self.problems.append("the file's header is not that of an event log")
        elif zlib.crc32(self.raw[:_FLAGS_AT]) != header.checksum:
            self.problems.append("the checksum of the file's header is wrong")
        elif not header.file_flags & DIRTY:
            used, self.dirty, self._following = header.chunks_count, False, header.next_record_identifier
        count = max(0, self.file.size - HEADER_SIZE + CHUNK_SIZE - 1) // CHUNK_SIZE
        found = []
        for number in range(min(count, FILE_CHUNK_LIMIT)):
            offset = HEADER_SIZE + number * CHUNK_SIZE
            try:
                start = self.file.read_at(offset, _CHUNK_HEADER.size)
            except ForensicError as error:
                self._note(f"chunk at offset {offset:#x} is lost: {error}")
                continue
            if start.startswith(_CHUNK_SIGNATURE) and len(start) == _CHUNK_HEADER.size:
                found.append((ChunkHeader._make(_CHUNK_HEADER.unpack(start)).first_event_record_number, offset))
                behind += used is not None and number >= used
            elif used is not None and number >= used:
                continue  # room that was made in advance, or left over
            elif used is not None or self._is_in_use(offset):
                self._note(f"chunk at offset {offset:#x} is lost: it does not begin like a chunk")
        if not found and not self.raw.startswith(_FILE_SIGNATURE):
            raise Malformed("event log without file header and chunks", 0, HEADER_SIZE, self.file.size)
        if used is not None and used > count:
            self._note(f"the header counts {used} chunks, the file holds {count}")
        if behind:
            self._note(f"the header counts {used} chunks; {behind} behind them were read too")
        if self._unsigned > UNSIGNED_LIMIT:
            self.limits.append(f"{self._unsigned} chunks do not begin like one; only the first {UNSIGNED_LIMIT} of them were looked into")
        return self._select([offset for _, offset in sorted(found)])

    def _is_in_use(self, offset: int) -> bool:
        """Tell whether a chunk without a signature holds anything: Windows makes room in advance. Of very many it is not asked."""
        self._unsigned += 1
        if self._unsigned > UNSIGNED_LIMIT:
            return False
        try:
            return bool(self.file.read_at(offset, CHUNK_SIZE).strip(b"\0"))
        except ForensicError:
            return True

    def _select(self, offsets: list[int]) -> list[int]:
        if len(offsets) <= CHUNK_LIMIT:
            return offsets
        half, first = CHUNK_LIMIT // 2, {}
        for at in (half, -half - 1):
            first[at] = ChunkHeader._make(_CHUNK_HEADER.unpack(self.file.read_at(offsets[at], _CHUNK_HEADER.size)))
        self.omitted = max(1, first[-half - 1].last_event_record_number - first[half].first_event_record_number + 1)
        self.limits.append(f"the log is too large: about {self.omitted} records between its oldest and its newest were not read")
        return offsets[:half] + offsets[-half:]

    def _walk(self) -> Iterator[Event]:
        undecoded, first, last = 0, 0, 0
        cache: dict[Any, Any] = {}
        sids: dict[bytes, Sid] = {}
        for offset in self._chunks:
            try:
                chunk = self._chunk(offset)
            except ForensicError as error:
                self._note(f"chunk at offset {offset:#x} is lost: {error}")
                continue
            fragments = Fragments(chunk)
            if len(cache) > CACHE_LIMIT:
                cache.clear()
            if len(sids) > CACHE_LIMIT:
                sids.clear()
            for event in self._records(chunk, offset):
                at = event.offset - offset
                end = at + event.size - 4
                prefixes = prefixes_in(chunk, at, end, sids)
                event.prefixes = cache.setdefault(prefixes, prefixes)
                try:
                    header, record_id, created = fragments.header(at + 24, end)
                except ForensicError:
                    undecoded, first = undecoded + 1, first or event.offset
                else:
                    event.record_id = event.number if record_id is None else record_id
                    event.time = FileTime(created or event.time)
                    event.event_id = header.event_id
                    event.provider = cache.setdefault(header.provider, header.provider)
                    event.computer = cache.setdefault(header.computer, header.computer)
                    event.user_sid = cache.setdefault(header.user_sid, header.user_sid)
                last = event.number
                yield event
        if last and self._following not in {None, last + 1} and not self.problems:
            self._note(f"the header has record {self._following} follow, the last one that is there is {last}")
        if undecoded:
            self._note(f"the content of {undecoded} records could not be decoded, the first at offset {first:#x}")

    def find_channel(self) -> str | None:
        """Return the channel that the first record has in its content; None where no chunk that is looked at has a sound one."""
        for offset in self._chunks[:CHANNEL_CHUNKS]:
            try:
                chunk = self._chunk(offset)
                event = next(self._records(chunk, offset), None)
                if event is not None:
                    at = event.offset - offset
                    return Fragments(chunk).header(at + 24, at + event.size - 4)[0].channel
            except ForensicError:
                continue
        return None

    def _chunk(self, offset: int) -> bytes:
        """Return a chunk up to its free space; Malformed when its records are not what was written."""
        chunk = self.file.read_at(offset, CHUNK_SIZE)
        if len(chunk) < RECORDS_AT:
            raise Malformed("chunk", offset, RECORDS_AT, len(chunk))
        header = ChunkHeader._make(_CHUNK_HEADER.unpack_from(chunk))
        free = header.free_space_offset
        if not RECORDS_AT <= free <= len(chunk):
            raise Malformed("records of a chunk", offset, free, len(chunk))
        if zlib.crc32(memoryview(chunk)[RECORDS_AT:free]) != header.event_records_checksum:
            raise Malformed("the checksum of its records is wrong", offset)
        if zlib.crc32(chunk[_FLAGS_AT + 8 : RECORDS_AT], zlib.crc32(chunk[:_FLAGS_AT])) != _TRAILER.unpack_from(chunk, _FLAGS_AT + 4)[0]:
            self._note(f"chunk at offset {offset:#x}: the checksum of its header is wrong, that of its records is right")
        return chunk[:free]

    def _records(self, chunk: bytes, base: int) -> Iterator[Event]:
        at, end, count = RECORDS_AT, len(chunk), 0
        while at < end:
            if end - at < 28:
                self._note(f"record at offset {base + at:#x}: {end - at} bytes are too few")
                return
            signature, size, number, time = _RECORD.unpack_from(chunk, at)
            if signature != _RECORD_SIGNATURE or not 28 <= size <= end - at or _TRAILER.unpack_from(chunk, at + size - 4)[0] != size:
                self._note(f"record at offset {base + at:#x} is malformed; it and those behind it in its chunk are lost")
                return
            yield Event(self, base + at, size, number, FileTime(time))
            at += size
            count += 1
        header = ChunkHeader._make(_CHUNK_HEADER.unpack_from(chunk))
        declared = header.last_event_record_number - header.first_event_record_number + 1
        if declared != count and (count or 0 < declared <= CHUNK_SIZE):  # an unused chunk has numbers of its own
            self._note(f"chunk at offset {base:#x}: its header counts {declared} records, {count} are there")

    def data(self, event: Event) -> Mapping[str, str]:
        """Return the values of a record; Malformed when its content cannot be decoded."""
        number = (event.offset - HEADER_SIZE) // CHUNK_SIZE
        base = HEADER_SIZE + number * CHUNK_SIZE
        if self._opened[0] != number:
            self._opened = number, Fragments(self._chunk(base))
        self._budget.spend(0, 0)
        at, budget = event.offset - base, Budget()
        try:
            return self._opened[1].data(at + 24, at + event.size - 4, budget)
        finally:
            self._budget.tokens -= TOKEN_LIMIT - budget.tokens
            self._budget.text -= TEXT_LIMIT - budget.text
