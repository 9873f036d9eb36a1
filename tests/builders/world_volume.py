"""What a volume itself remembers of a life: security descriptors, folders named after SIDs, keys, tasks, the change journal."""

import struct
import uuid

from forensic.model import Sid
from tests.builders.world import sid_bytes

BLOCK = 0x40000
SYSTEM, ADMINISTRATORS = Sid("S-1-5-18"), Sid("S-1-5-32-544")


def descriptor(owner=SYSTEM, group=SYSTEM, access=(), audit=()):
    """Return a self-relative security descriptor; the lists hold allow entries for these SIDs."""
    parts, offsets, at = [], [], 20
    for data in (sid_bytes(owner), sid_bytes(group), acl(audit), acl(access)):
        offsets.append(at if data else 0)
        parts.append(data)
        at += len(data)
    control = 0x8000 | (0x10 if audit else 0) | (0x4 if access else 0)
    return struct.pack("<BBH4I", 1, 0, control, *offsets) + b"".join(parts)


def acl(sids):
    """Return an access control list that allows each of `sids` everything; nothing for none."""
    entries = [struct.pack("<BBHI", 0, 0, 8 + len(sid), 0x1F01FF) + sid for sid in map(sid_bytes, sids)]
    return struct.pack("<BBHHH", 2, 0, 8 + sum(map(len, entries)), len(entries), 0) + b"".join(entries) if entries else b""


def secure_stream(descriptors, first_id=256):
    """Return `$Secure:$SDS`: blocks of entries, each followed by its copy."""
    blocks, block, base = [], bytearray(), 0
    for number, content in enumerate(descriptors, first_id):
        block += bytes(-len(block) % 16)
        size = 20 + len(content)
        if len(block) + size > BLOCK:
            blocks.append(bytes(block).ljust(BLOCK, b"\0"))
            block, base = bytearray(), base + 2 * BLOCK
        block += struct.pack("<IIQI", 0, number, base + len(block), size) + content
    full = b"".join(done + done for done in blocks)
    return full + bytes(block).ljust(BLOCK, b"\0") + bytes(block)


def task(author="Microsoft Corporation", user="S-1-5-18"):
    """Return a scheduled task."""
    return (
        '<?xml version="1.0" encoding="UTF-16"?>\r\n<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">\r\n'
        f"  <RegistrationInfo>\r\n    <Author>{author}</Author>\r\n  </RegistrationInfo>\r\n"
        f'  <Principals>\r\n    <Principal id="Author">\r\n      <UserId>{user}</UserId>\r\n    </Principal>\r\n  </Principals>\r\n</Task>'
    ).encode("utf-16")


def guid_bytes(guid):
    """Return a GUID as Windows stores it."""
    return uuid.UUID(guid).bytes_le


def usn_record(usn, time, major=2, name="file.txt"):
    """Return one record of the change journal."""
    text = name.encode("utf-16-le")
    references = b"\1" * (16 if major == 2 else 32)
    head = 8 + len(references) + 36
    size = head + len(text) + 7 & ~7
    fixed = struct.pack("<QQIIIIHH", usn, time, 0x100, 0, 0, 0x20, len(text), head)
    return (struct.pack("<IHH", size, major, 0) + references + fixed + text).ljust(size, b"\0")


def usn_max(number, size=32 << 20, lowest=0):
    """Return the description of a change journal."""
    return struct.pack("<QQQQ", size, 8 << 20, number, lowest)


def object_index(entries, block=4096, per_node=20):
    """Return $INDEX_ROOT and $INDEX_ALLOCATION of `$ObjId:$O` for (id, data) pairs."""

    def node(pairs, children=()):
        data = b""
        for number, (key, content) in enumerate([*pairs, (b"", b"")]):
            last, child = number == len(pairs), number < len(children)
            body = key + content
            size = 16 + len(body) + (8 if child else 0)
            data += struct.pack("<HHIHHHH", 16 + len(key), len(content), 0, size, len(key), child | last << 1, 0) + body
            data += struct.pack("<Q", children[number]) if child else b""
        return data

    def header(content, offset):
        return struct.pack("<IIII", offset, offset + len(content), offset + len(content), 0) + bytes(offset - 16)

    if len(entries) <= per_node:
        content = node(entries)
        return struct.pack("<IIII", 0, 19, block, 1) + header(content, 16) + content, b""
    groups, separators = [], []
    rest = list(entries)
    while rest:
        groups.append(rest[:per_node])
        separators += rest[per_node : per_node + 1]
        rest = rest[per_node + 1 :]
    if len(separators) == len(groups):
        groups.append([])
    blocks = b""
    for vcn, group in enumerate(groups):
        content = header(node(group), 40) + node(group)
        data = bytearray(b"INDX" + struct.pack("<HHQQ", 40, block // 512 + 1, 0, vcn) + content).ljust(block, b"\0")
        numbers = b"\5\0"
        for end in range(510, block, 512):
            numbers += data[end : end + 2]
            data[end : end + 2] = b"\5\0"
        data[40 : 40 + len(numbers)] = numbers
        blocks += bytes(data)
    content = node(separators, range(len(groups)))
    return struct.pack("<IIII", 0, 19, block, 1) + header(content, 16) + content, blocks


def object_entry(key, record=40, birth="00000000-0000-0000-0000-000000000000"):
    """Return key and data of one object id."""
    data = struct.pack("<Q", record | 1 << 48) + guid_bytes(birth) + guid_bytes(key) + bytes(16)
    return guid_bytes(key), data


def prefetch_file(path, last_runs, runs, version=30):
    """Return a prefetch file that names this program."""
    times_at, count, runs_at = {17: (0x78, 1, 0x90), 23: (0x80, 1, 0x98), 31: (0x80, 8, 0xC8)}.get(version, (0x80, 8, 0xD0))
    data = bytearray(0x130)
    struct.pack_into("<I4s", data, 0, version, b"SCCA")
    struct.pack_into("<I", data, 84, 0x130)
    for number, time in enumerate(last_runs[:count]):
        struct.pack_into("<Q", data, times_at + 8 * number, time)
    struct.pack_into("<I", data, runs_at, runs)
    return (
        bytes(data)
        + r"\DEVICE\HARDDISKVOLUME2\WINDOWS\SYSTEM32\NTDLL.DLL".encode("utf-16-le")
        + b"\0\0"
        + path.encode("utf-16-le")
        + b"\0\0"
    )


def mam(data):
    """Return `data` as Windows 10 stores prefetch: XPRESS Huffman, here of literals that are eight bits long each."""
    padded = data + bytes(len(data) % 2)
    swapped = b"".join(padded[at : at + 2][::-1] for at in range(0, len(padded), 2))
    return b"MAM\4" + struct.pack("<I", len(data)) + b"\x88" * 128 + bytes(128) + swapped + bytes(4)


def shortcut(machine, target, volume="01234567-89ab-4def-8123-456789abcdef"):
    """Return a shortcut to a file with this object id on this machine; without a machine it has no tracker."""
    head = bytes.fromhex("4c0000000114020000000000c000000000000046") + bytes(56)
    if machine is None:
        return head + bytes(4)
    droid = guid_bytes(volume) + guid_bytes(target)
    return head + struct.pack("<IIII16s", 0x60, 0xA0000003, 0x58, 0, machine.encode("latin-1")) + droid + droid + bytes(4)
