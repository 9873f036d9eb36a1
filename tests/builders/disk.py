"""Writes partition tables and small FAT volumes, byte for byte."""

import struct
import uuid
import zlib

SECTOR = 512
BASIC_DATA = "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"
DISK_GUID = "11111111-2222-3333-4444-555555555555"


class Bytes:
    """A source of bytes in memory that counts what is read, and has bad sectors where told."""

    def __init__(self, data: bytes, bad: range = range(0)) -> None:
        self.data, self.size, self.bad, self.bytes_read = data, len(data), bad, 0

    def read_at(self, offset: int, size: int) -> bytes:
        from forensic.errors import Unreadable

        if offset < 0 or size <= 0:
            return b""
        if self.bad and offset < self.bad.stop and offset + size > self.bad.start:
            raise Unreadable(f"bad sector at {self.bad.start:#x}")
        data = self.data[offset : offset + size]
        self.bytes_read += len(data)
        return data


def entry(kind: int, first: int, sectors: int, flag: int = 0) -> bytes:
    return struct.pack("<B3xB3xII", flag, kind, first, sectors)


def boot_record(*entries: bytes, signature: int = 0, code: bytes = b"") -> bytes:
    """Return an MBR or EBR."""
    return code.ljust(0x1B8, b"\0") + struct.pack("<IH", signature, 0) + b"".join(entries).ljust(64, b"\0") + b"\x55\xaa"


def place(size: int, *parts: tuple[int, bytes]) -> bytes:
    """Return `size` bytes: zeros, and each part at its offset."""
    data = bytearray(size)
    for offset, part in parts:
        data[offset : offset + len(part)] = part
    return bytes(data)


def gpt_entry(first: int, last: int, kind: str = BASIC_DATA, number: int = 1, name: str = "") -> bytes:
    guid = uuid.UUID(int=number << 64 | number)
    return uuid.UUID(kind).bytes_le + guid.bytes_le + struct.pack("<QQQ", first, last, 0) + name.encode("utf-16-le").ljust(72, b"\0")


def gpt_header(entries: bytes, own: int, other: int, table: int, count: int = 128, size: int = 128) -> bytes:
    def header(checksum: int) -> bytes:
        return struct.pack(
            "<8sIIIIQQQQ16sQIII",
            *(b"EFI PART", 0x10000, 92, checksum, 0, own, other, 34, own, uuid.UUID(DISK_GUID).bytes_le, table, count, size),
            zlib.crc32(entries),
        )

    return header(zlib.crc32(header(0)))


def gpt(
    sectors: int, *entries: bytes, sector: int = SECTOR, contents: tuple[tuple[int, bytes], ...] = (), mbr: bytes | None = None
) -> bytes:
    """Return a disk with a GPT, its backup, and each content at its sector."""
    table = b"".join(entries).ljust(128 * 128, b"\0")
    used, last = -(-len(table) // sector), sectors - 1
    protective = boot_record(entry(0xEE, 1, min(last, 0xFFFFFFFF))) if mbr is None else mbr
    return place(
        sectors * sector,
        (0, protective),
        (sector, gpt_header(table, 1, last, 2)),
        (2 * sector, table),
        ((last - used) * sector, table),
        (last * sector, gpt_header(table, last, 1, last - used)),
        *((at * sector, content) for at, content in contents),
    )


def fat(kind: str, files: dict[str, bytes], label: str = "LABEL", serial: int = 0x1234ABCD) -> bytes:
    """Return a FAT12, FAT16 or FAT32 volume; `files` are 8.3 names, in the root or below (`DIR/FILE.TXT`)."""
    clusters = {"fat12": 2000, "fat16": 5000, "fat32": 66000}[kind]
    bits = int(kind[3:])
    fat_sectors = -(-(clusters + 2) * bits // 8 // SECTOR) + 1
    reserved, roots = (32, 0) if bits == 32 else (1, 512)
    total = reserved + 2 * fat_sectors + roots * 32 // SECTOR + clusters
    chain, blocks = {0: 0x0FFFFFF8, 1: 0x0FFFFFFF}, []

    def store(content: bytes, at_least: int = 0) -> int:
        number = max(at_least, -(-len(content) // SECTOR))
        if number == 0:
            return 0
        first = 2 + len(blocks)
        for index in range(number):
            chain[first + index] = first + index + 1 if index + 1 < number else 0x0FFFFFFF
            blocks.append(content[index * SECTOR : (index + 1) * SECTOR].ljust(SECTOR, b"\0"))
        return first

    def record(name: str, attributes: int, first: int, size: int) -> bytes:
        stem, _, extension = name.partition(".")
        short = stem.ljust(8).encode() + extension.ljust(3).encode() if attributes != 8 else name.ljust(11).encode()
        return short + struct.pack(
            "<BBBHHHHHHHI", attributes, 0, 0, 0x6000, 0x5121, 0x5121, first >> 16, 0x6000, 0x5121, first & 0xFFFF, size
        )

    root_cluster = store(b"", 1) if bits == 32 else 0
    folders: dict[str, list[bytes]] = {"": [record(label, 8, 0, 0)]}
    for path, content in files.items():
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, []).append(record(name, 0x20, store(content), len(content)))
        while folder := folder.rpartition("/")[0]:
            folders.setdefault(folder, [])
    for folder in sorted(filter(None, folders), key=lambda path: -path.count("/")):
        own, (above, _, name) = 2 + len(blocks), folder.rpartition("/")
        store(record(".", 0x10, own, 0) + record("..", 0x10, 0, 0) + b"".join(folders[folder]), 1)
        folders[above].append(record(name, 0x10, own, 0))
    root = b"".join(folders[""])
    if bits == 32:
        blocks[root_cluster - 2] = root.ljust(SECTOR, b"\0")
    small, large = (total, 0) if total < 65536 and bits != 32 else (0, total)
    boot = b"\xeb\x58\x90MSDOS5.0" + struct.pack(
        "<HBHBHHBHHHII", SECTOR, 1, reserved, 2, roots, small, 0xF8, 0 if bits == 32 else fat_sectors, 63, 255, 0, large
    )
    if bits == 32:
        boot += struct.pack("<IHHIHH12x", fat_sectors, 0, 0, root_cluster, 1, 6)
    boot += struct.pack("<BBBI11s8s", 0x80, 0, 0x29, serial, b"NO NAME", kind.upper().encode().ljust(8))
    table = (
        _fat12(chain)
        if bits == 12
        else b"".join((chain.get(n, 0) & (1 << bits) - 1).to_bytes(bits // 8, "little") for n in range(max(chain) + 1))
    )
    data = (reserved + 2 * fat_sectors) * SECTOR + roots * 32
    return place(
        total * SECTOR,
        (0, boot.ljust(510, b"\0") + b"\x55\xaa"),
        (reserved * SECTOR, table),
        ((reserved + fat_sectors) * SECTOR, table),
        (data - roots * 32, b"" if bits == 32 else root),
        (data, b"".join(blocks)),
    )


def _fat12(chain: dict[int, int]) -> bytes:
    packed = sum((chain.get(number, 0) & 0xFFF) << 12 * number for number in range(max(chain) + 1))
    return packed.to_bytes((max(chain) + 1) * 12 // 8 + 2, "little")
