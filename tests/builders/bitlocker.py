"""Writes BitLocker volumes (AES-XTS, as Windows 10 makes them) and startup keys, by the published layout.

Its metadata is read by libbde and cryptsetup, its sectors by libbde.
Source: libyal/libbde, *BitLocker Drive Encryption (BDE) format specification*.
"""

import hashlib
import struct
import uuid
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

SECTOR = 512
AREA = 1 << 16
HEADER_SECTORS = 16
RECOVERY = "000011-000022-000033-000044-000055-000066-000077-000088"
PASSWORD = "Straße 5"
IDS = {name: uuid.UUID(int=number << 100 | number) for number, name in enumerate(("clear", "startup", "recovery", "password", "tpm"), 1)}
TYPES = {"clear": 0x0000, "tpm": 0x0100, "startup": 0x0200, "recovery": 0x0800, "password": 0x2000}
VOLUME = uuid.UUID(int=0xABCDEF)
CREATED = 132_000_000_000_000_000
SALT = bytes(range(100, 116))
_CLEAR, _STARTUP = (bytes([number]) * 32 for number in (3, 4))
_MASTER = bytes(range(32))
_FULL = bytes(range(50, 82))


def entry(kind, value_type, data):
    return struct.pack("<HHHH", 8 + len(data), kind, value_type, 1) + data


def key_data(key, method):
    return struct.pack("<I", method) + key


def sealed(secret, key, method, counter):
    """Return the data of an entry with an AES-CCM encrypted key."""
    nonce = struct.pack("<QI", CREATED, counter)
    plain = entry(0, 1, key_data(key, method))
    packed = AESCCM(secret, tag_length=16).encrypt(nonce, plain, None)
    return nonce + packed[-16:] + packed[:-16]


@lru_cache
def stretched(first, salt=SALT):
    """Return the key that a hash becomes after 1,048,576 rounds."""
    last = bytes(32)
    for number in range(1 << 20):
        last = hashlib.sha256(last + first + salt + struct.pack("<Q", number)).digest()
    return last


def recovery_hash(key):
    groups = [int(group) // 11 for group in key.split("-")]
    return hashlib.sha256(struct.pack("<8H", *groups)).digest()


def password_hash(password):
    return hashlib.sha256(hashlib.sha256(password.encode("utf-16-le")).digest()).digest()


def protector(name):
    """Return the entry of one way in which the master key is kept."""
    inside = b""
    if name == "clear":
        inside = entry(0, 1, key_data(_CLEAR, 0x2000)) + entry(0, 5, sealed(_CLEAR, _MASTER, 0x2003, 1))
    elif name == "startup":
        inside = entry(0, 4, struct.pack("<I", 0x2002)) + entry(0, 5, sealed(_STARTUP, _MASTER, 0x2003, 2))
    elif name in {"recovery", "password"}:
        first = recovery_hash(RECOVERY) if name == "recovery" else password_hash(PASSWORD)
        secret = stretched(first)
        inside = entry(0, 3, struct.pack("<I", 0x1000) + SALT + entry(0, 5, sealed(secret, secret, 0x1000, 9)))
        inside += entry(0, 5, sealed(secret, _MASTER, 0x2003, 3))
    head = IDS[name].bytes_le + struct.pack("<QHH", CREATED, 0, TYPES[name])
    return entry(2, 8, head + inside)


def startup_key():
    """Return the file of the startup key (`.BEK`)."""
    inside = entry(0, 1, key_data(_STARTUP, 0x2002))
    data = entry(6, 9, IDS["startup"].bytes_le + struct.pack("<Q", CREATED) + inside)
    return metadata_header(len(data), 0) + data


def metadata_header(entries, method):
    size = 48 + entries
    return struct.pack("<IIII16sIIQ", size, 1, 48, size, VOLUME.bytes_le, 10, method, CREATED)


def xts(data, first_sector):
    """Encrypt whole sectors, the first of which has this number."""
    out = []
    for number in range(0, len(data), SECTOR):
        tweak = struct.pack("<QQ", first_sector + number // SECTOR, 0)
        engine = Cipher(algorithms.AES(_FULL), modes.XTS(tweak)).encryptor()
        out.append(engine.update(data[number : number + SECTOR]) + engine.finalize())
    return b"".join(out)


def bitlocker(plain, protectors=("recovery", "password", "startup")):
    """Return the volume whose content is `plain` and then room for what BitLocker keeps: three areas, and the first sectors again."""
    plain = plain.ljust(-(-len(plain) // AREA) * AREA, b"\0")
    areas = [len(plain) + number * AREA for number in range(3)]
    header_at = len(plain) + 3 * AREA
    size = header_at + AREA
    header_size = HEADER_SECTORS * SECTOR
    entries = entry(7, 2, "DESK-1 C: 1.2.2020\0".encode("utf-16-le"))
    entries += b"".join(map(protector, protectors))
    entries += entry(3, 5, sealed(_MASTER, _FULL, 0x8004, 5))
    entries += entry(0xF, 0xF, struct.pack("<QQ", header_at, header_size))
    metadata = metadata_header(len(entries), 0x8004) + entries
    block = struct.pack("<8sHHHHQII4Q", b"-FVE-FS-", 64 + len(metadata) >> 4, 2, 4, 4, size, 0, HEADER_SECTORS, *areas, header_at)
    area = (block + metadata).ljust(AREA, b"\0")
    boot = bytearray(SECTOR)
    boot[:11] = b"\xeb\x58\x90-FVE-FS-"
    boot[11:24] = struct.pack("<HBHBHHBH", SECTOR, 8, 0, 0, 0, 0, 0xF8, 0)
    boot[160:176] = bytes.fromhex("3bd66749292ed84a8399f6a339e3d001")
    boot[176:200] = struct.pack("<3Q", *areas)
    boot[510:] = b"\x55\xaa"
    first = xts(plain[:header_size], header_at // SECTOR)
    rest = xts(plain[header_size:], HEADER_SECTORS)
    return b"".join([bytes(boot).ljust(header_size, b"\0"), rest, *[area] * 3, first.ljust(AREA, b"\0")])
