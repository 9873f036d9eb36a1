"""Writes backups of Proxmox VE (VMA)."""

import hashlib
import struct

CLUSTER, BLOCK, PER_EXTENT = 1 << 16, 4096, 59
UUID = bytes(range(16, 32))


def vma(devices, configs=None, *, uuid=UUID, order=None):
    """Return a VMA of the devices, name -> content; `order` sorts the clusters as pairs of device and number."""
    texts = bytearray(1)

    def text(data):
        at = len(texts)
        texts.extend(struct.pack("<H", len(data)) + data)
        return at

    header = bytearray(12_288)
    for number, (name, content) in enumerate(devices.items(), 1):
        struct.pack_into(">I4xQ", header, 4096 + 32 * number, text(name.encode() + b"\0"), len(content))
    for number, (name, content) in enumerate((configs or {}).items()):
        struct.pack_into(">I", header, 2044 + 4 * number, text(name.encode() + b"\0"))
        struct.pack_into(">I", header, 3068 + 4 * number, text(content))
    size = 12_288 + len(texts)
    size += -size % 512
    struct.pack_into(">4sI16sq16sIII", header, 0, b"VMA\0", 1, uuid, 1_500_000_000, bytes(16), 12_288, len(texts), size)
    whole = (bytes(header) + bytes(texts)).ljust(size, b"\0")
    data = whole[:32] + hashlib.md5(whole).digest() + whole[48:]
    contents = dict(enumerate(devices.values(), 1))
    clusters = [(device, number) for device, content in contents.items() for number in range(-(-len(content) // CLUSTER))]
    clusters = sorted(clusters, key=order) if order else clusters
    for first in range(0, len(clusters), PER_EXTENT):
        infos, blocks = b"", []
        for device, number in clusters[first : first + PER_EXTENT]:
            mask = 0
            for index in range(16):
                block = contents[device][number * CLUSTER + index * BLOCK :][:BLOCK]
                if any(block):
                    mask |= 1 << index
                    blocks.append(block.ljust(BLOCK, b"\0"))
            infos += struct.pack(">HxBI", mask, device, number)
        head = struct.pack(">4sxxH16s16s", b"VMAE", len(blocks), uuid, bytes(16)) + infos.ljust(8 * PER_EXTENT, b"\0")
        data += head[:24] + hashlib.md5(head).digest() + head[40:] + b"".join(blocks)
    return data
