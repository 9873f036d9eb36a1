"""Transaction logs of registry hives, written byte by byte: from the bytes of a hive before and after a change."""

import struct

from tests.builders.hive import BLOCK, checksum

SECTOR = 512
MASK = 0xFFFFFFFF


def marvin32(data: bytes) -> int:
    """Hash as Windows hashes the entries of its logs (whole words only)."""
    low, high = 0x7A4E55C5, 0x82EF4D88
    for at in range(0, len(data) + 8, 4):
        word = int.from_bytes(data[at : at + 4], "little") if at < len(data) else 0x80 if at == len(data) else 0
        low = (low + word) & MASK
        high ^= low
        low = (_rotate(low, 20) + high) & MASK
        high = _rotate(high, 9) ^ low
        low = (_rotate(low, 27) + high) & MASK
        high = _rotate(high, 19)
    return high << 32 | low


def _rotate(word: int, bits: int) -> int:
    return (word << bits | word >> 32 - bits) & MASK


def base_block(hive: bytes, *, primary: int, secondary: int, kind: int = 0, written: int | None = None) -> bytes:
    """Return the base block of `hive` with other numbers and the checksum that belongs to them."""
    block = bytearray(hive[:BLOCK])
    struct.pack_into("<II", block, 4, primary, secondary)
    if written is not None:
        struct.pack_into("<Q", block, 12, written)
    struct.pack_into("<I", block, 28, kind)
    struct.pack_into("<I", block, 508, checksum(block))
    return bytes(block)


def changed_blocks(old: bytes, new: bytes) -> list[int]:
    """Return the offsets, from the start of the bins, of the blocks of 4 KiB that differ."""
    return [at - BLOCK for at in range(BLOCK, len(new), BLOCK) if old[at : at + BLOCK] != new[at : at + BLOCK]]


def entry(hive: bytes, blocks: list[int], sequence: int, *, hash_1: int | None = None, hash_2: int | None = None) -> bytes:
    """Return one entry of the new format with these blocks of `hive`; wrong hashes on demand."""
    size = 40 + sum(8 + BLOCK for _ in blocks)
    size = (size + SECTOR - 1) // SECTOR * SECTOR
    body = b"".join(struct.pack("<II", at, BLOCK) for at in blocks)
    body += b"".join(hive[BLOCK + at : 2 * BLOCK + at] for at in blocks)
    body = body.ljust(size - 40, b"\0")
    head = struct.pack("<4sIIIII", b"HvLE", size, 0, sequence, len(hive) - BLOCK, len(blocks))
    head += struct.pack("<Q", marvin32(body) if hash_1 is None else hash_1)
    return head + struct.pack("<Q", marvin32(head) if hash_2 is None else hash_2) + body


def new_log(hive: bytes, sequence: int, entries: list[bytes]) -> bytes:
    """Return a log of the new format whose first entry has this sequence number."""
    return base_block(hive, primary=sequence, secondary=sequence, kind=6)[:SECTOR] + b"".join(entries)


def old_log(old: bytes, new: bytes, sequence: int, *, written: int | None = None, secondary: int | None = None, kind: int = 1) -> bytes:
    """Return a log of the old format that turns `old` into `new`."""
    blocks = set(changed_blocks(old, new))
    bitmap = bytes(0xFF if at in blocks else 0 for at in range(0, len(new) - BLOCK, BLOCK))
    head = base_block(new, primary=sequence, secondary=sequence if secondary is None else secondary, kind=kind, written=written)[:SECTOR]
    vector = b"DIRT" + bitmap
    vector = vector.ljust((len(vector) + SECTOR - 1) // SECTOR * SECTOR, b"\0")
    return head + vector + b"".join(new[BLOCK + at : 2 * BLOCK + at] for at in sorted(blocks))


def dirty(hive: bytes, *, primary: int = 3, secondary: int = 2) -> bytes:
    """Return `hive` as a crash between the two sequence numbers leaves it."""
    return base_block(hive, primary=primary, secondary=secondary) + hive[BLOCK:]
