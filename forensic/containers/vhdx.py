"""VHDX, the disk image of Hyper-V since Windows 8: fixed, dynamic and differencing (AVHDX checkpoints are differencing VHDX files).

All integers are little-endian. At 64 KiB and 128 KiB stand two headers; the sound one with the higher sequence number counts:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | signature | `head` |
| 4 | 4 | checksum | CRC-32C of the 4096 bytes, this field as 0 |
| 8 | 8 | sequence number | |
| 16 | 16 | file write GUID | |
| 32 | 16 | data write GUID | changes when the content does; children remember it |
| 48 | 16 | log GUID | zero: nothing to replay |
| 64 | 4 | log version, version | 2 each; 0 and 1 |
| 68 | 4 | log length | |
| 72 | 8 | log offset | |

At 192 and 256 KiB two region tables of 64 KiB: `regi`, CRC-32C, number of entries, reserved; entries of GUID (16), offset (8), length (4),
required (4). The metadata region has a table of the same manner (`metadata`, number of entries at 10, entries of 32 bytes from 32) for
block size, disk size, sector size and the parent locator.

The block allocation table has 8 bytes for a block: bits 0-2 state, 20-63 file offset in MiB. After every 2**23 sectors (a chunk) stands the
entry of a bitmap of those sectors, least significant bit first, which differencing disks use: a set bit is held here, others by the parent.

| State | Block |
|---|---|
| 0 | not present: the parent's, or zeros |
| 1, 2, 3 | undefined, zero, unmapped: zeros |
| 6 | fully present |
| 7 | partially present: the bitmap tells |

The log, when its GUID is not zero, holds writes to the tables that may not have reached them. They are applied in memory: the file stays as
it is. An entry is a header (64), descriptors of 32 bytes, and sectors of 4096 bytes:

| Offset | Size | Field of the entry header | Notes |
|---|---|---|---|
| 0 | 4 | signature | `loge` |
| 4 | 4 | checksum | CRC-32C of the entry, this field as 0 |
| 8 | 4 | length | of the entry, a multiple of 4096 |
| 12 | 4 | tail | position of the first entry of the sequence |
| 16 | 8 | sequence number | |
| 24 | 4 | number of descriptors | |
| 32 | 16 | log GUID | |
| 48 | 8 | flushed file size | the file is at least so long |
| 56 | 8 | last file size | |

Source: Microsoft, MS-VHDX, *Virtual Hard Disk v2 File Format*.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from forensic.containers.image import Image
from forensic.containers.sparse import ZEROS, Bitmap, Parent, Run, SparseDisk, Table, image_of, join_parent, reject_parent
from forensic.errors import Malformed, Unsupported
from forensic.model import Guid, decode_utf16
from forensic.storage.source import EvidenceFile, Source

SIGNATURE = b"vhdxfile"
_BAT, _METADATA = "2dc27766-f623-4200-9d64-115e9bfd4a08", "8b7ca206-4790-4b9a-b8fe-575f050f886e"
_FILE_PARAMETERS, _DISK_SIZE = "caa16737-fa36-4d43-b3b6-33f0aa44e76b", "2fa54224-cd1b-4876-b211-5dbed83bf4b8"
_SECTOR_SIZE, _PARENT_LOCATOR = "8141bf1d-a96f-4709-ba47-f233a8faab5f", "a8d35f2d-b30b-454d-abf7-d3d84834ab0c"
_MIB = 1 << 20
_MAX_SIZE = 64 << 40
_MAX_LOG = 16 * _MIB
_MAX_CHECKED = 8 * _MIB
_MAX_ZERO_RANGES = 1024
_ITEM_LIMIT = 1 << 16
_SECTOR = 4096


def detect(head: bytes, tail: bytes) -> bool:  # noqa: ARG001  one signature for all formats
    """Whether this is VHDX."""
    return head.startswith(SIGNATURE)


def open_container(file: EvidenceFile) -> Image:
    """Open a VHDX image with its parents."""
    disk = VhdxDisk(file)
    image = image_of(disk, "vhdx", [disk.parent])
    image.sector_size = disk.sector_size
    return image


class VhdxDisk(SparseDisk):
    """The disk in a VHDX file."""

    def __init__(self, file: EvidenceFile) -> None:
        """Read headers, log, regions and metadata, and find the parent."""
        super().__init__(file, 0)
        self._content: Source = file
        header = self._header()
        self.data_write_guid = Guid.from_bytes(header, 32)
        if any(header[48:64]):
            self._replay(header)
        regions = self._regions()
        if _BAT not in regions or _METADATA not in regions:
            raise Malformed(f"{self.name}: VHDX region table without block table or metadata", 3 * 64 * 1024)
        items = self._metadata(*regions[_METADATA])
        parameters = items.get(_FILE_PARAMETERS, b"")
        self._block, flags = _u32(parameters, 0), _u32(parameters, 4)
        self._size, self.sector_size = _u64(items.get(_DISK_SIZE, b""), 0), _u32(items.get(_SECTOR_SIZE, b""), 0)
        if self._block not in (_MIB << shift for shift in range(9)) or self.sector_size not in (512, 4096) or self.size > _MAX_SIZE:
            raise Malformed(f"{self.name}: VHDX with blocks of {self._block} bytes, sectors of {self.sector_size}, a disk of {self.size}")
        self._ratio = (self.sector_size << 23) // self._block
        self._bat, length = regions[_BAT]
        blocks = -(-self.size // self._block)
        if (blocks + max(0, blocks - 1) // self._ratio) * 8 > length:
            raise Malformed(f"{self.name}: VHDX block table of {length} bytes for {blocks} blocks", self._bat)
        self._table = Table(self._content, self.name, 8, "little")
        self._bitmap = Bitmap(self._content, self.name, "little")
        self._differencing = bool(flags & 2)
        self.parent: Source = self._find_parent(items.get(_PARENT_LOCATOR, b"")) if self._differencing else ZEROS

    def _header(self) -> bytes:
        headers = [self.file.read_at(place, _SECTOR) for place in (64 * 1024, 128 * 1024)]
        sound = [header for header in headers if header[:4] == b"head" and _sound(header)]
        if not sound:
            raise Malformed(f"{self.name}: neither of the two VHDX headers is sound", 64 * 1024)
        if len(sound) == 1:
            self.note("warning", self.name, "one of the two headers is damaged; the other was used")
        header = max(sound, key=lambda header: _u64(header, 8))
        if int.from_bytes(header[66:68], "little") != 1:
            raise Unsupported(f"{self.name}: VHDX version {int.from_bytes(header[66:68], 'little')}")
        return header

    def _replay(self, header: bytes) -> None:
        length, offset = _u32(header, 68), _u64(header, 72)
        try:
            entries = active_sequence(self.file.read_at(offset, min(length, _MAX_LOG + 1)), header[48:64])
            self._content = Replayed(self.file, entries)
        except Malformed as error:
            self.note("error", self.name, f"the log was not applied ({error}): tables may be older than the data")
            return
        self.note("warning", self.name, f"not closed properly: {len(entries)} log entries were applied in memory")
        if self.file.size < entries[-1].flushed:
            self.note("error", self.name, "truncated: the file is shorter than the log says")

    def _regions(self) -> dict[str, tuple[int, int]]:
        """Return offset and length of each region, from the first sound table."""
        for place in (192 * 1024, 256 * 1024):
            table = self._content.read_at(place, 64 * 1024)
            if len(table) == 64 * 1024 and table[:4] == b"regi" and _sound(table) and _u32(table, 8) <= 2047:
                break
        else:
            raise Malformed(f"{self.name}: neither of the two VHDX region tables is sound", 192 * 1024)
        regions = {}
        for at in range(16, 16 + 32 * _u32(table, 8), 32):
            guid = Guid.from_bytes(table, at)
            if guid not in (_BAT, _METADATA) and _u32(table, at + 28) & 1:
                raise Unsupported(f"{self.name}: VHDX with the unknown required region {guid}")
            regions[str(guid)] = _u64(table, at + 16), _u32(table, at + 24)
        return regions

    def _metadata(self, offset: int, length: int) -> dict[str, bytes]:
        """Return the system items of the metadata region."""
        table = self._content.read_at(offset, min(length, 64 * 1024))
        count = int.from_bytes(table[10:12], "little")
        if table[:8] != b"metadata" or 32 + 32 * count > len(table):
            raise Malformed(f"{self.name}: VHDX metadata table", offset)
        items = {}
        for at in range(32, 32 + 32 * count, 32):
            guid, flags = Guid.from_bytes(table, at), _u32(table, at + 24)
            if flags & 1:  # a user's item
                continue
            if guid in (_FILE_PARAMETERS, _DISK_SIZE, _SECTOR_SIZE, _PARENT_LOCATOR):
                items[str(guid)] = self._content.read_at(offset + _u32(table, at + 16), min(_u32(table, at + 20), _ITEM_LIMIT))
        return items

    def _find_parent(self, locator: bytes) -> Source:
        values = {}
        for at in range(20, min(20 + 12 * int.from_bytes(locator[18:20], "little"), len(locator)), 12):
            key, value = _u32(locator, at), _u32(locator, at + 4)
            key_size, value_size = int.from_bytes(locator[at + 8 : at + 10], "little"), int.from_bytes(locator[at + 10 : at + 12], "little")
            values[decode_utf16(locator[key : key + key_size])] = decode_utf16(locator[value : value + value_size])
        names = [values[key] for key in ("relative_path", "absolute_win32_path", "volume_path") if values.get(key)]
        parent = join_parent(self, names, "parent")
        if isinstance(parent, Parent):
            below = parent.image.data
            linked = {values.get(key, "").strip("{}").lower() for key in ("parent_linkage", "parent_linkage2")}
            if not isinstance(below, VhdxDisk) or below.data_write_guid not in linked:
                parent.image.close()
                why = "is not its parent, or was written to after this disk was made from it: the linkage differs"
                return reject_parent(self, f"{parent.image.path.rpartition('/')[2]!r} {why}")
        return parent

    def locate(self, offset: int) -> Run:
        """Return where the byte at `offset` lies, by the block allocation table and, where a block is partial, the chunk's bitmap."""
        block, within = divmod(offset, self._block)
        length = self._block - within
        chunk, number = divmod(block, self._ratio)
        at = self._bat + 8 * (block + chunk)
        entry = self._table.at(at)
        state, position = entry & 7, entry & ~(_MIB - 1)
        if state == 6:
            return self._content, position + within, length
        if state == 0:
            return self.parent, offset, length
        if state <= 3:
            return ZEROS, offset, length
        if state != 7 or not self._differencing:
            raise Malformed(f"{self.name}: VHDX block {block} with the state {state}", at)
        bitmap = self._table.at(self._bat + 8 * ((chunk + 1) * self._ratio + chunk))
        if bitmap & 7 != 6:
            raise Malformed(f"{self.name}: VHDX block {block} is partial, and its bitmap is not present", at)
        first = (number * self._block + within) // self.sector_size
        here, count = self._bitmap.run(bitmap & ~(_MIB - 1), first)
        length = min(length, count * self.sector_size - within % self.sector_size)
        return (self._content, position + within, length) if here else (self.parent, offset, length)


class LogEntry(NamedTuple):
    """One sound entry of the log."""

    sequence: int
    tail: int
    length: int
    flushed: int
    """Bytes that the file had at least when the entry was written."""
    last: int
    """Bytes that the file needs for all its structures."""
    writes: list[tuple[int, int, bytes | None]]
    """Start, end, and the bytes; None for zeros."""


class Replayed:
    """A file as it looks after its log was applied; the file itself stays as it is."""

    def __init__(self, file: EvidenceFile, entries: list[LogEntry]) -> None:
        """Collect the writes of `entries`, later ones over earlier ones."""
        self._file = file
        self._sectors: dict[int, bytes] = {}
        self._zeros: list[tuple[int, int]] = []
        newest = entries[-1]
        self.size = max(file.size, newest.last) if file.size >= newest.flushed else file.size  # replay extends a file with zeros
        for entry in entries:
            for start, end, data in entry.writes:
                if data is not None:
                    self._sectors[start // _SECTOR] = data
                    continue
                self._zeros.append((start, end))
                if len(self._zeros) > _MAX_ZERO_RANGES:
                    raise Malformed(f"more than {_MAX_ZERO_RANGES} zeroed ranges")
                for sector in [sector for sector in self._sectors if start <= sector * _SECTOR < end]:
                    del self._sectors[sector]

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`, fewer at the end."""
        end = min(offset + size, self.size)
        data = bytearray(self._file.read_at(offset, size).ljust(end - offset, b"\0"))
        for first, last in self._zeros:
            start, stop = max(first, offset), min(last, end)
            if start < stop:
                data[start - offset : stop - offset] = bytes(stop - start)
        for sector in range(offset // _SECTOR, -(-end // _SECTOR)):
            written = self._sectors.get(sector)
            if written is not None:
                start, stop = max(sector * _SECTOR, offset), min((sector + 1) * _SECTOR, end)
                data[start - offset : stop - offset] = written[start - sector * _SECTOR : stop - sector * _SECTOR]
        return bytes(data)


def active_sequence(log: bytes, guid: bytes) -> list[LogEntry]:
    """Return the entries that must be applied: the sound sequence with the highest number; Malformed when there is none."""
    if not 0 < len(log) <= _MAX_LOG or len(log) % _SECTOR:
        raise Malformed(f"a log of {len(log)} bytes")
    budget = iter(range(min(2 * len(log), _MAX_CHECKED) // _SECTOR))
    parse = lru_cache(maxsize=None)(lambda at: _parse_entry(log, at, guid, budget))
    best: list[LogEntry] = []
    start = 0
    while start < len(log):
        entries: list[LogEntry] = []
        at = start
        while (entry := parse(at)) is not None and (not entries or entry.sequence == entries[-1].sequence + 1):
            entries.append(entry)
            at = (at + entry.length) % len(log)
            if at == start:
                break
        sound = bool(entries) and entries[-1].tail == start
        if sound and (not best or entries[-1].sequence > best[-1].sequence):
            best = entries
        start = at if sound and at > start else start + _SECTOR if not sound else len(log)
    if not best:
        raise Malformed("no sound sequence of entries")
    return best


def _parse_entry(log: bytes, at: int, guid: bytes, budget: Iterator[int]) -> LogEntry | None:
    """Read the entry at `at`, which may go around the end of the log; None when there is no sound one. `budget` bounds the work."""
    head = log[at : at + 64]
    length, count, sequence = _u32(head, 8), _u32(head, 24), _u64(head, 16)
    if head[:4] != b"loge" or head[32:48] != guid or not 0 < length <= len(log) or length % _SECTOR or not sequence:
        return None
    for _ in range(length // _SECTOR):
        if next(budget, None) is None:
            raise Malformed("more entries than are checked")
    data = (log[at:] + log[:at])[:length]
    sectors = -(-(64 + 32 * count) // _SECTOR) * _SECTOR
    if sectors > length or not _sound(data):
        return None
    writes: list[tuple[int, int, bytes | None]] = []
    for place in range(64, 64 + 32 * count, 32):
        kind, offset = data[place : place + 4], _u64(data, place + 16)
        if _u64(data, place + 24) != sequence or offset % _SECTOR:
            return None
        if kind == b"zero":
            writes.append((offset, offset + _u64(data, place + 8), None))
        elif kind == b"desc":
            sector = data[sectors : sectors + _SECTOR]
            sectors += _SECTOR
            if sector[:4] != b"data" or _u32(sector, 4) << 32 | _u32(sector, 4092) != sequence:
                return None
            writes.append((offset, offset + _SECTOR, data[place + 8 : place + 16] + sector[8:4092] + data[place + 4 : place + 8]))
        else:
            return None
    return LogEntry(sequence, _u32(head, 12), length, _u64(head, 48), _u64(head, 56), writes)


def _sound(data: bytes) -> bool:
    """Whether the CRC-32C at 4 is right."""
    crc = 0xFFFF_FFFF
    for byte in data[:4] + bytes(4) + data[8:]:
        crc = _CRC[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFF_FFFF == _u32(data, 4)


def _crc_table() -> list[int]:
    """Return the CRC-32C (Castagnoli) of each byte, bits reversed."""
    table = list(range(256))
    for _ in range(8):
        table = [crc >> 1 ^ (0x82F6_3B78 if crc & 1 else 0) for crc in table]
    return table


_CRC = _crc_table()


def _u32(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 4], "little")


def _u64(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 8], "little")
