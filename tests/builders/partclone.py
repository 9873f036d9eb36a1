"""Writes Partclone images, version 2."""

import struct
import zlib


def crc(data):
    return struct.pack("<I", zlib.crc32(data) ^ 0xFFFFFFFF)


def partclone(content, *, block=4096, used=None, checksums=True, group=256, version=b"0002", kind=None):
    """Return an image of a volume; `used` are the numbers of the blocks that are stored, those that are not zeros unless said."""
    total = len(content) // block
    blocks = [content[number * block : (number + 1) * block] for number in range(total)]
    stored = [number for number in range(total) if (number in used if used is not None else any(blocks[number]))]
    bitmap = bytearray(-(-total // 8))
    for number in stored:
        bitmap[number // 8] |= 1 << number % 8
    mode = (0x20 if checksums else 0) if kind is None else kind
    head = struct.pack("<16s14s4sH16s", b"partclone-image", b"0.3.23", version, 0xC0DE, b"NTFS")
    head += struct.pack("<QQQQI", len(content), total, len(stored), len(stored), block)
    head += struct.pack("<IHHHHIBB", 18, 2, 64, mode, 4 if checksums else 0, group if checksums else 0, 1, 1)
    data = head + crc(head) + bytes(bitmap) + crc(bytes(bitmap))
    for first in range(0, len(stored), group):
        part = b"".join(blocks[number] for number in stored[first : first + group])
        data += part + (crc(part) if checksums else b"")
    return data
