"""Writers of virtual disks: each returns the bytes of a file that holds `content`.

Blocks that are all zeros are not stored, unless `stored` names the numbers of those that are.
"""

import struct
import zlib
from uuid import UUID

from dissect.util.hash import crc32c

SECTOR = 512
NIL, DISK, WRITTEN = UUID(int=0), UUID(int=5), UUID(int=9)


def pattern(size, seed=1):
    """Return bytes in which every 512 say where they are, with runs of zeros among them."""
    sectors = [
        bytes(SECTOR) if (number // 24) % 3 == 1 else (b"%d:%d " % (seed, number)).ljust(16, b".") * 32
        for number in range(-(-size // SECTOR))
    ]
    return b"".join(sectors)[:size]


def split(content, size, stored=None):
    """Give number and bytes of each block that is stored."""
    for number in range(-(-len(content) // size)):
        block = content[number * size : (number + 1) * size].ljust(size, b"\0")
        if number in stored if stored is not None else any(block):
            yield number, block


def qcow2(content, *, version=3, cluster_bits=12, packed=None, extended=False, zeroed=(), stored=None, backing=b"",
          backing_format=b"", data_file=None, features=0, encryption=0, size=None):  # fmt: skip
    """Write QCOW2. `packed` is `deflate` or `zstd`; with `data_file` (a bytearray, named data.raw) the clusters go there."""
    cluster = 1 << cluster_bits
    entry_size = 16 if extended else 8
    per_table = cluster // entry_size
    clusters = -(-len(content) // cluster)
    tables = -(-clusters // per_table) or 1
    first_table = 2 + -(-tables * 8 // cluster)
    features |= (16 if extended else 0) | (8 if packed == "zstd" else 0) | (4 if data_file is not None else 0)
    l2 = bytearray(tables * cluster)
    data = bytearray()
    base = (first_table + tables) * cluster
    for number, block in split(content, cluster, stored):
        at = number * entry_size
        if packed:
            small = _pack(block, packed)
            position, sectors = base + len(data), -(-((base + len(data)) % 512 + len(small)) // 512) - 1
            struct.pack_into(">Q", l2, at, 1 << 62 | sectors << (70 - cluster_bits) | position)
            data += small
            continue
        if data_file is None:
            data += bytes(-len(data) % cluster)
            position = base + len(data)
            data += block
        else:
            position = number * cluster
            data_file += bytes(max(0, position - len(data_file))) + block
        struct.pack_into(">Q", l2, at, 1 << 63 | position)
        if extended:
            quarter = cluster // 32
            held = sum(1 << bit for bit in range(32) if any(block[bit * quarter : (bit + 1) * quarter]))
            struct.pack_into(">Q", l2, at + 8, held | (~held & 0xFFFF_FFFF) << 32)
    for number in zeroed:
        struct.pack_into(">Q", l2, number * entry_size, 1)
    extensions = b"" if data_file is None else struct.pack(">II8s", 0x44415441, 8, b"data.raw")
    extensions += struct.pack(">II8s", 0xE2792ACA, len(backing_format), backing_format) if backing_format else b""
    extensions += bytes(8)
    length = 112 if version == 3 else 72
    head = struct.pack(">4sIQIIQIIQQIIQ", b"QFI\xfb", version, length + len(extensions) if backing else 0, len(backing), cluster_bits,
                       len(content) if size is None else size, encryption, tables, 2 * cluster, cluster, 1, 0, 0)  # fmt: skip
    if version == 3:
        head += struct.pack(">QQQIIB7x", features, 0, 0, 4, length, packed == "zstd")
    l1 = b"".join(struct.pack(">Q", 1 << 63 | (first_table + number) * cluster) for number in range(tables))
    return b"".join(
        [(head + extensions + backing).ljust(cluster, b"\0"), bytes(cluster), l1.ljust((first_table - 2) * cluster, b"\0"), bytes(l2), data]
    )


def with_snapshots(data, *states, extra=16):
    """Return a QCOW2 of version 3 without extended entries, with internal snapshots: id, name, seconds since 1970, content."""
    data = bytearray(data)
    bits = struct.unpack_from(">I", data, 20)[0]
    cluster = 1 << bits

    def put(part):
        data.extend(bytes(-len(data) % cluster))
        data.extend(part)
        return len(data) - len(part)

    table = b""
    for identity, name, seconds, content in states:
        tables = {}
        for number, block in split(content, cluster):
            index, slot = divmod(number, cluster // 8)
            struct.pack_into(">Q", tables.setdefault(index, bytearray(cluster)), 8 * slot, put(block))
        count = -(-len(content) // (cluster * cluster // 8)) or 1
        placed = {index: put(bytes(l2)) for index, l2 in tables.items()}
        l1 = put(b"".join(struct.pack(">Q", placed.get(index, 0)) for index in range(count)))
        named = identity.encode() + name.encode()
        table += struct.pack(">QIHHIIQII", l1, count, len(identity.encode()), len(name.encode()), seconds, 0, 0, 0, extra)
        table += struct.pack(">QQ", 0, len(content))[:extra].ljust(extra, b"\0") + named
        table += bytes(-len(table) % 8)
    struct.pack_into(">IQ", data, 60, len(states), put(table))
    return bytes(data)


def _pack(block, how):
    if how == "zstd":
        import zstandard

        return zstandard.ZstdCompressor(write_content_size=False).compress(block)
    engine = zlib.compressobj(6, zlib.DEFLATED, -12)
    return engine.compress(block) + engine.flush()


def vdi(content, *, block_size=1 << 16, kind=1, stored=None, discarded=(), parent=NIL, version=0x10001, extra=0):
    """Write VDI; `kind` 1 dynamic, 2 fixed, 4 differencing."""
    blocks = -(-len(content) // block_size)
    order = [number for number, _ in split(content, block_size, range(blocks) if kind == 2 else stored)]
    first = 512 + (-(-blocks * 4 // 512)) * 512
    table = bytearray(b"\xff" * (first - 512))
    data = []
    for position, number in enumerate(order[::-1] if kind == 1 else order):  # a dynamic disk stores blocks in the order of writing
        struct.pack_into("<I", table, 4 * number, position)
        data.append(bytes(extra) + content[number * block_size : (number + 1) * block_size].ljust(block_size, b"\0"))
    for number in discarded:
        struct.pack_into("<I", table, 4 * number, 0xFFFFFFFE)
    head = b"<<< a test >>>\n".ljust(64, b"\0") + struct.pack("<IIIII256x", 0xBEDA107F, version, 0x190, kind, 0)
    head += struct.pack("<IIIIIIIQIIII", 512, first, 0, 0, 0, 512, 0, len(content), block_size, extra, blocks, len(order))
    head += UUID(int=1).bytes_le + UUID(int=2).bytes_le + parent.bytes_le + UUID(int=0).bytes_le
    return head.ljust(512, b"\0") + bytes(table) + b"".join(data)


def vhd(
    content,
    *,
    kind=3,
    block_size=1 << 16,
    stored=None,
    held=None,
    unique_id=DISK,
    parent_id=NIL,
    parent_name="",
    relative="",
):
    """Write VHD; `kind` 2 fixed, 3 dynamic, 4 differencing, where `held` are the numbers of the sectors that are not the parent's."""
    footer = struct.pack(">8sIIQIIIIQQIII16s", b"conectix", 2, 0x10000, 512 if kind != 2 else 2**64 - 1, 0, 0, 0, 0, len(content),
                         len(content), 0, kind, 0, unique_id.bytes)  # fmt: skip
    footer = _sum_ones(footer.ljust(512, b"\0"), 64)
    if kind == 2:
        return content + footer
    blocks = -(-len(content) // block_size)
    bitmap_size = -(-block_size // SECTOR // 8 // SECTOR) * SECTOR
    path = relative.encode("utf-16-le")
    locators = struct.pack(">4sIIIQ", b"W2ru", 512, len(path), 0, 1536) if relative else b""
    table_at = 1536 + (512 if relative else 0)
    header = struct.pack(">8sQQIIII16sII512s", b"cxsparse", 2**64 - 1, table_at, 0x10000, blocks, block_size, 0, parent_id.bytes, 0, 0,
                         parent_name.encode("utf-16-be")) + locators  # fmt: skip
    header = _sum_ones(header.ljust(1024, b"\0"), 36)
    table = bytearray(b"\xff" * (-(-blocks * 4 // SECTOR) * SECTOR))
    start = table_at + len(table)
    data = bytearray()
    per_block = block_size // SECTOR
    if held is not None:
        stored = {sector // per_block for sector in held}
    for number, block in split(content, block_size, stored):
        struct.pack_into(">I", table, 4 * number, (start + len(data)) // SECTOR)
        bits = bytearray(bitmap_size)
        for sector in range(per_block):
            if held is None or number * per_block + sector in held:
                bits[sector // 8] |= 0x80 >> sector % 8
            else:  # never read: the parent's
                block = block[: sector * SECTOR] + b"\xee" * SECTOR + block[(sector + 1) * SECTOR :]  # noqa: PLW2901  built up sector by sector
        data += bits + block
    return b"".join([footer, header, path.ljust(table_at - 1536, b"\0"), bytes(table), bytes(data), footer])


def _sum_ones(data, at):
    return data[:at] + struct.pack(">I", ~sum(data) & 0xFFFFFFFF) + data[at + 4 :]


MIB = 1 << 20
BAT_AT, METADATA_AT, LOG_AT, PAYLOAD_AT = 3 * MIB, 2 * MIB, MIB, 4 * MIB


def vhdx(content, *, block_size=MIB, sector_size=512, fixed=False, stored=None, states=None, held=None, data_write=WRITTEN, parent=None,
         log=b"", log_guid=NIL):  # fmt: skip
    """Write VHDX. `states` sets the state of blocks; `parent` is the dictionary of the locator; `held` as for VHD."""
    ratio = (sector_size << 23) // block_size
    blocks = -(-len(content) // block_size)
    table = bytearray(MIB)
    data = bytearray()
    per_block = block_size // sector_size
    if held is not None:
        stored = {sector // per_block for sector in held}
    for number, block in split(content, block_size, range(blocks) if fixed else stored):
        partial = held is not None and not all(number * per_block + sector in held for sector in range(per_block))
        struct.pack_into("<Q", table, 8 * (number + number // ratio), PAYLOAD_AT + len(data) | (7 if partial else 6))
        data += block
    for chunk in range(-(-blocks // ratio) if held is not None else 0):
        bits = bytearray(MIB)
        for sector in held:
            if sector >> 23 == chunk:
                bits[(sector & (1 << 23) - 1) // 8] |= 1 << sector % 8
        struct.pack_into("<Q", table, 8 * ((chunk + 1) * ratio + chunk), PAYLOAD_AT + len(data) | 6)
        data += bits
    for number, state in (states or {}).items():
        struct.pack_into("<Q", table, 8 * (number + number // ratio), state)
    items = [
        ("caa16737-fa36-4d43-b3b6-33f0aa44e76b", struct.pack("<II", block_size, fixed | (parent is not None) << 1)),
        ("2fa54224-cd1b-4876-b211-5dbed83bf4b8", struct.pack("<Q", len(content))),
        ("beca12ab-b2e6-4523-93ef-c309e000c746", UUID(int=3).bytes_le),
        ("8141bf1d-a96f-4709-ba47-f233a8faab5f", struct.pack("<I", sector_size)),
        ("cda348c7-445d-4471-9cc9-e9885251c556", struct.pack("<I", 4096)),
    ]
    if parent is not None:
        items.append(("a8d35f2d-b30b-454d-abf7-d3d84834ab0c", _locator(parent)))
    entries, values = b"", b""
    for guid, value in items:
        entries += UUID(guid).bytes_le + struct.pack("<IIII", 65536 + len(values), len(value), 6, 0)
        values += value
    metadata = (struct.pack("<8sHH20x", b"metadata", 0, len(items)) + entries).ljust(65536, b"\0") + values
    regions = struct.pack("<4sIII", b"regi", 0, 2, 0)
    regions += UUID("2dc27766-f623-4200-9d64-115e9bfd4a08").bytes_le + struct.pack("<QII", BAT_AT, MIB, 1)
    regions += UUID("8b7ca206-4790-4b9a-b8fe-575f050f886e").bytes_le + struct.pack("<QII", METADATA_AT, MIB, 1)
    regions = seal(regions.ljust(65536, b"\0"))
    headers = [vhdx_header(sequence, data_write, log_guid) for sequence in (1, 2)]
    front = b"vhdxfile".ljust(65536, b"\0") + headers[0] + headers[1] + regions + regions
    return front.ljust(MIB, b"\0") + log.ljust(MIB, b"\0") + metadata.ljust(MIB, b"\0") + bytes(table) + bytes(data)


def vhdx_header(sequence, data_write=WRITTEN, log_guid=NIL):
    """Write a header, 64 KiB."""
    head = struct.pack("<4sIQ", b"head", 0, sequence) + UUID(int=8).bytes_le + data_write.bytes_le + log_guid.bytes_le
    return seal((head + struct.pack("<HHIQ", 0, 1, MIB, LOG_AT)).ljust(4096, b"\0")).ljust(65536, b"\0")


def seal(data):
    """Set the CRC-32C at 4."""
    return data[:4] + struct.pack("<I", crc32c.crc32c(data[:4] + bytes(4) + data[8:])) + data[8:]


def vhdx_log_entry(writes, *, sequence, tail, guid, flushed, last):
    """Write a log entry; `writes` are pairs of file offset and 4096 bytes, or the number of bytes to zero."""
    descriptors, sectors = b"", b""
    for offset, what in writes:
        if isinstance(what, int):
            descriptors += struct.pack("<4sIQQQ", b"zero", 0, what, offset, sequence)
        else:
            descriptors += struct.pack("<4s4s8sQQ", b"desc", what[-4:], what[:8], offset, sequence)
            sectors += struct.pack("<4sI4084sI", b"data", sequence >> 32, what[8:-4], sequence & 0xFFFFFFFF)
    size = -(-(64 + len(descriptors)) // 4096) * 4096
    head = struct.pack("<4sIIIQII16sQQ", b"loge", 0, size + len(sectors), tail, sequence, len(writes), 0, guid.bytes_le, flushed, last)
    return seal((head + descriptors).ljust(size, b"\0") + sectors)


def _locator(values):
    head = UUID("b04aefb7-d19e-4a81-b789-25b8e9445913").bytes_le + struct.pack("<HH", 0, len(values))
    entries, text = b"", b""
    for key, value in values.items():
        key_bytes, value_bytes = key.encode("utf-16-le"), value.encode("utf-16-le")
        at = 20 + 12 * len(values) + len(text)
        entries += struct.pack("<IIHH", at, at + len(key_bytes), len(key_bytes), len(value_bytes))
        text += key_bytes + value_bytes
    return head + entries + text


def descriptor(extents, *, cid=0x1234ABCD, parent_cid=0xFFFFFFFF, hint="", create="monolithicSparse", more=""):
    """Write the text of a VMDK descriptor; `extents` are its lines."""
    lines = [
        "# Disk DescriptorFile",
        "version=1",
        'encoding="UTF-8"',
        f"CID={cid:08x}",
        f"parentCID={parent_cid:08x}",
        f'createType="{create}"',
    ]
    lines += [f'parentFileNameHint="{hint}"'] if hint else []
    return "\n".join([*lines, "# Extent description", *extents, "# The Disk Data Base", more, ""]).encode()


def vmdk(content, *, grain=8, entries=512, text=b"", stored=None, zeroed=(), packed=False, at_end=False):
    """Write a sparse extent; `grain` in sectors, `text` the descriptor; `at_end` puts the directory behind the grains."""
    size = grain * SECTOR
    grains = -(-len(content) // size)
    tables = -(-grains // entries)
    text_sectors = -(-len(text) // SECTOR)
    flags = 1 | (4 if zeroed else 0) | (3 << 16 if packed else 0)
    directory_sectors, table_sectors = -(-tables * 4 // SECTOR), -(-entries * 4 // SECTOR)
    index_sectors = directory_sectors + tables * table_sectors
    index_at = 1 + text_sectors
    data_at = index_at + (0 if at_end else index_sectors)
    data, gts = bytearray(), [0] * (tables * entries)
    for number, block in split(content, size, stored):
        data += bytes(-len(data) % (SECTOR if packed else size))
        gts[number] = data_at + len(data) // SECTOR
        if packed:
            small = zlib.compress(block)
            data += struct.pack("<QI", number * grain, len(small)) + small
        else:
            data += block
    data += bytes(-len(data) % SECTOR)
    for number in zeroed:
        gts[number] = 1
    if at_end:
        index_at = data_at + len(data) // SECTOR
    index = struct.pack(f"<{tables}I", *(index_at + directory_sectors + number * table_sectors for number in range(tables)))
    index = index.ljust(directory_sectors * SECTOR, b"\0")
    for number in range(tables):
        index += struct.pack(f"<{entries}I", *gts[number * entries : (number + 1) * entries]).ljust(table_sectors * SECTOR, b"\0")

    def header(directory):
        return struct.pack("<4sIIQQQQIQQQBccccH", b"KDMV", 3 if packed else 1, flags, -(-len(content) // SECTOR), grain, 1 if text else 0,
                           text_sectors, entries, 0, directory, data_at, 0,
                           b"\n", b" ", b"\r", b"\n", packed).ljust(SECTOR, b"\0")  # fmt: skip

    text = text.ljust(text_sectors * SECTOR, b"\0")
    if at_end:
        return b"".join([header(2**64 - 1), text, bytes(data), index, struct.pack("<QII496x", 1, 0, 3), header(index_at), bytes(SECTOR)])
    return b"".join([header(index_at), text, index, bytes(data)])


def cowd(content, *, grain=1):
    """Write an ESX copy-on-write extent."""
    grains = -(-len(content) // (grain * SECTOR))
    tables = -(-grains // 4096)
    directory_sectors = -(-tables * 4 // SECTOR)
    first = 4 + directory_sectors
    data, gts = bytearray(), [0] * (tables * 4096)
    for number, block in split(content, grain * SECTOR):
        gts[number] = first + tables * 32 + len(data) // SECTOR
        data += block
    head = struct.pack("<4sIIIIII", b"COWD", 1, 3, len(content) // SECTOR, grain, 4, tables).ljust(4 * SECTOR, b"\0")
    directory = struct.pack(f"<{tables}I", *(first + 32 * number for number in range(tables))).ljust(directory_sectors * SECTOR, b"\0")
    return head + directory + struct.pack(f"<{tables * 4096}I", *gts) + bytes(data)
