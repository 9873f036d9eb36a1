"""What a volume itself remembers of a life: security descriptors, folders named after SIDs, keys, tasks, the change journal."""

import struct
import uuid

from forensic.model import FileTime, Guid, Sid
from tests.builders.hive import REG_BINARY, REG_SZ, HiveBuilder
from tests.builders.world import DAY, HOUR, MINUTE, sid_bytes

BLOCK = 0x40000
SYSTEM, ADMINISTRATORS = Sid("S-1-5-18"), Sid("S-1-5-32-544")
MEDIA = (Sid("S-1-5-21-3933942852-973373972-2766786355"), Sid("S-1-5-21-873752615-3530222896-2141709330"))
"""Prefixes that descriptors of a real Windows 10 bring along."""
RDP = "f686aace6942fb7f7ceb231212eef4a4"


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


def mft_record(name="file.txt", created=0, sequence=1, *, in_use=True, size=1024, short=None):
    """Return one record of the $MFT with $STANDARD_INFORMATION and $FILE_NAME, a name of DOS before it where `short` is given."""
    attributes = struct.pack("<IIB7xIHxx", 0x10, 72, 0, 48, 24) + struct.pack("<QQ16xI12x", created + 7, created + 7, 0x20)
    for text, namespace in [(short, 2)] * bool(short) + [(name, 1)] * bool(name):
        spelled = text.encode("utf-16-le")
        content = struct.pack("<QQ40xIIBB", 5 | 5 << 48, created, 0x20, 0, len(text), namespace) + spelled
        content += bytes(-len(content) % 8)
        attributes += struct.pack("<IIB7xIHxx", 0x30, 24 + len(content), 0, len(content), 24) + content
    words = size // 512 + 1
    first = 48 + 2 * words + 7 & ~7
    head = struct.pack("<4sHHQHHHHIIQHH", b"FILE", 48, words, 0, sequence, 1, first, int(in_use), 0, size, 0, 0, 0)
    record = bytearray(head.ljust(first, b"\0") + attributes + b"\xff\xff\xff\xff").ljust(size, b"\0")
    record[48:50] = b"\x05\0"
    for number in range(1, words):
        end = number * 512
        record[48 + 2 * number : 50 + 2 * number] = record[end - 2 : end]
        record[end - 2 : end] = b"\x05\0"
    return bytes(record)


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


def traces(life, former=(), former_guids=()):
    """Return path below the drive root and content of what the volume of `life` remembers, as a collection would hold it.

    `former` are machine SIDs that a SID changer or Sysprep replaced, `former_guids` MachineGuids, the oldest first: what was named after
    them stays.
    """
    state, release = life.state, life.release
    if release.nt < (5, 0) or state.sid is None:
        return {}
    modern = release.nt >= (6, 0)
    sids = [*former, state.sid]
    files = {"$Secure_$SDS": secure_stream(_descriptors(life, sids))}
    made = FileTime((state.hardware[0][1] if state.hardware else state.specialized) - 10 * MINUTE)
    records, time = bytearray(4096), max(state.last_use, made)
    for number in range(20):
        records += usn_record(len(records), time - (20 - number) * MINUTE)
    files |= {"$Extend/$Max": usn_max(made), "$Extend/$J": bytes(records)}
    common = "ProgramData" if modern else "Documents and Settings/All Users/Application Data"
    for guid in [*former_guids, state.machine_guid]:
        files[f"{common}/Microsoft/Crypto/RSA/MachineKeys/{RDP if guid == state.machine_guid else '0' * 31 + '1'}_{guid}"] = b""
    for user in state.users:
        files |= _profile(life, user, sids)
    if modern:
        files |= _system_files(life)
    if release.nt >= (5, 1) and not release.server:
        files |= _prefetched(life)
    return files


def _descriptors(life, sids):
    """Yield what media bring, then the descriptors of each machine SID in turn."""
    found = [descriptor(access=[SYSTEM, ADMINISTRATORS])]
    found += [descriptor(group=Sid(f"{prefix}-513"), access=[SYSTEM]) for prefix in MEDIA for _ in range(20)]
    for sid in sids:
        for user in life.state.users:
            own = Sid(f"{sid}-{user.rid}")
            found += [descriptor(own, Sid(f"{sid}-513"), [SYSTEM, own])] * 30
        found.append(descriptor(access=[Sid(f"{sid}-500"), SYSTEM]))
    return found


def _profile(life, user, sids):
    """Return what lies in a user's profile, and the user's recycle bins."""
    state, release = life.state, life.release
    modern = release.nt >= (6, 0)
    folder = f"{release.profiles}/{user.name}"
    roaming = f"{folder}/{'AppData/Roaming' if modern else 'Application Data'}/Microsoft"
    first = Sid(f"{user.sid or sids[0]}-{user.rid}")
    key = uuid.uuid5(uuid.NAMESPACE_OID, f"{first} {user.created:d}")
    files = {f"{roaming}/Protect/{first}/{key}": b"", f"{roaming}/Protect/{first}/Preferred": b""}
    for sid in dict.fromkeys([*(Sid(f"{one}-{user.rid}") for one in sids), life.sid_of(user)]):
        files[f"{'$Recycle.Bin' if modern else 'RECYCLER'}/{sid}/desktop.ini"] = b""
    recent = f"{roaming}/Windows/Recent" if modern else f"{folder}/Recent"
    for number, (computer, time) in enumerate(state.hardware):
        target = _guid_v1(time + HOUR, computer.mac)
        files[f"{recent}/note {number}.lnk"] = shortcut((state.old_name or state.name).lower(), target)
    if modern:
        author = rf"{state.old_name or state.name}\{user.name}"
        files[f"{release.root}/System32/Tasks/Backup of {user.name}"] = task(author, first)
    return files


def _guid_v1(time, mac):
    stamp = int(time) + 5_748_192_000_000_000
    return Guid(f"{stamp & 0xFFFFFFFF:08x}-{stamp >> 32 & 0xFFFF:04x}-{stamp >> 48 | 0x1000:04x}-8123-{mac.replace(':', '')}")


def _system_files(life):
    """Return the boot configuration, the task of Windows, and from Windows 10 on the census."""
    state, release = life.state, life.release
    files = {f"{release.root}/System32/Tasks/Microsoft/Windows/Time": task("$(@%SystemRoot%\\system32\\w32time.dll,-200)")}
    computer = state.hardware[0][0] if state.hardware else life.computer
    loader = r"Objects\{0f0f0f0f-0000-11eb-8000-000000000001}\Elements"
    store = HiveBuilder(file_name="BCD")
    store.value(rf"{loader}\12000002", "Element", REG_SZ, r"\Windows\system32\winload.exe")
    sealed = state.image_state.startswith("IMAGE_STATE_GENERALIZE")
    for element in ("11000001", "21000001"):
        store.value(rf"{loader}\{element}", "Element", REG_BINARY, locate() if sealed else boot_device(computer.disk))
    files["EFI/Microsoft/Boot/BCD" if computer.disk.guid else "Boot/BCD"] = store.build()
    if release.nt >= (10, 0) and state.hardware and not sealed:
        last, seen = state.hardware[-1]
        census = HiveBuilder(file_name="Amcache.hve")
        hardware, system = r"Root\DeviceCensus\Hardware", r"Root\DeviceCensus\OS"
        census.key(hardware, written=FileTime(seen + DAY))
        for name, text in (("OEMManufacturerName", last.manufacturer), ("OEMModelNumber", last.product), ("OEMSerialNumber", last.serial)):
            census.value(hardware, name, REG_SZ, text)
        census.value(hardware, "InventoryId", REG_SZ, f"{{{last.uuid}}}")
        census.value(system, "OSOOBEDateTime", REG_SZ, str(FileTime(state.finished))[:23])
        files[f"{release.root}/AppCompat/Programs/Amcache.hve"] = census.build()
    return files


def boot_device(disk):
    """Return the element that names the partition of Windows on `disk`."""
    if disk.guid is not None:
        partition, scheme, identity = guid_bytes(disk.partition_guid), 0, guid_bytes(disk.guid)
    else:
        partition, scheme, identity = struct.pack("<QQ", disk.start, 0), 1, struct.pack("<I", disk.signature)
    return bytes(16) + struct.pack("<IIII", 6, 0, 72, 0) + partition + struct.pack("<II", 0, scheme) + identity.ljust(32, b"\0")


def locate():
    """Return the element that leaves the partition to be searched for."""
    return bytes(16) + struct.pack("<IIII", 8, 0, 72, 0) + bytes(56)


def _prefetched(life):
    """Return the prefetch files of what was run: Sysprep where its tag stands, a SID changer in the profile of who ran it."""
    state, release, files = life.state, life.release, {}
    version = {(5, 1): 17, (6, 0): 23, (6, 1): 23, (6, 3): 26}.get(release.nt, 30)
    if state.tag is not None and release.nt >= (6, 0):
        path = r"\DEVICE\HARDDISKVOLUME2\WINDOWS\SYSTEM32\SYSPREP\SYSPREP.EXE"
        files["SYSPREP.EXE-5A31C5B1.pf"] = prefetch_file(path, [state.tag], 1, version)
    if any(user.sid_changer for user in state.users):
        files["NEWSID.EXE-0B3D41F2.pf"] = prefetch_file(r"\DEVICE\HARDDISKVOLUME2\TOOLS\NEWSID.EXE", [state.changed], 1, version)
    return {f"{release.root}/Prefetch/{name}": mam(data) if version == 30 else data for name, data in files.items()}
