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
