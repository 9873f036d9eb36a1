"""The binary values of a SAM hive: the account domain's `V` and `F`, an account's `V` and `F`, and a hive of them."""

import struct

from forensic.model import FileTime
from tests.builders.hive import REG_BINARY, HiveBuilder

ACCOUNT = r"SAM\Domains\Account"
MACHINE = "S-1-5-21-1292428093-1645522239-1547161642"
SECRET = bytes(range(0xA0, 0xB0))
"""Stands for a password hash: it must never be seen outside of the hive."""


def sid_bytes(sid):
    """Encode `S-1-a-b-…`."""
    authority, *parts = (int(part) for part in sid.split("-")[2:])
    return struct.pack("<BB", 1, len(parts)) + authority.to_bytes(6, "big") + struct.pack(f"<{len(parts)}I", *parts)


def counted_string(text):
    """Encode as the security policy stores names: length, room, offset 8, text, NUL."""
    data = text.encode("utf-16-le")
    return struct.pack("<HHI", len(data), len(data) + 2, 8) + data + b"\0\0"


def table(count, entries):
    """Encode descriptors and the data that they refer to; what has no entry is empty."""
    head, data = b"", b""
    for number in range(count):
        entry = entries.get(number, b"")
        head += struct.pack("<III", len(data), len(entry), 0)
        data += entry + bytes(-len(entry) % 4)
    return head + data


def domain_v(sid=MACHINE, text=""):
    """The account domain's `V`; `text` behind the SID as NT 4.0 has it."""
    return table(4, {0: b"\x01\0\x14\x80" + bytes(200), 1: sid if isinstance(sid, bytes) else sid_bytes(sid), 2: text.encode("utf-16-le")})


def domain_f(created, revision=3):
    """The account domain's `F`."""
    return struct.pack("<HHIQ", revision, 1, 0, created).ljust(368 if revision == 3 else 240, b"\0")


def account_v(name):
    """An account's `V`: name, comment, and two secrets."""
    return table(17, {0: bytes(36), 1: name.encode("utf-16-le"), 3: "comment".encode("utf-16-le"), 13: SECRET, 14: SECRET})


def account_f(rid, *, last_logon=0, password_last_set=0, control=0x210):
    """An account's `F`."""
    data = bytearray(80)
    struct.pack_into("<HHIQQQQQIII", data, 0, 3, 1, 0, last_logon, 0, password_last_set, 0x7FFFFFFFFFFFFFFF, 0, rid, 513, control)
    return bytes(data)


def add_account(hive, rid, name, *, created=None, **times):
    """Add an account and its name to a SAM hive."""
    hive.value(rf"{ACCOUNT}\Users\{rid:08X}", "V", REG_BINARY, account_v(name))
    hive.value(rf"{ACCOUNT}\Users\{rid:08X}", "F", REG_BINARY, account_f(rid, **times))
    hive.key(rf"{ACCOUNT}\Users\Names\{name}", written=created)
    hive.value(rf"{ACCOUNT}\Users\Names\{name}", "", rid, b"")


def sam(sid=MACHINE, created="2009-11-08T15:35:15.2656250Z"):
    """A SAM hive without accounts."""
    hive = HiveBuilder(root="SAM", file_name="SAM")
    hive.value(ACCOUNT, "V", REG_BINARY, domain_v(sid))
    hive.value(ACCOUNT, "F", REG_BINARY, domain_f(FileTime.from_iso(created)))
    return hive
