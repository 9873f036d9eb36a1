r"""Registry hives, written byte by byte: `HiveBuilder`.

```python
h = HiveBuilder(root="ROOT", file_name="SOFTWARE")
h.key(r"Microsoft\Cryptography", written=FileTime(…))
h.value(r"Microsoft\Cryptography", "MachineGuid", REG_SZ, "…")
data = h.build()
```
"""

import struct
from dataclasses import dataclass, field

from forensic.model import FileTime

REG_NONE, REG_SZ, REG_EXPAND_SZ, REG_BINARY, REG_DWORD, REG_DWORD_BIG_ENDIAN, REG_LINK, REG_MULTI_SZ = range(8)
REG_QWORD = 11

NONE = 0xFFFFFFFF
BLOCK = 4096
SEGMENT = 16344
LEAF_LIMIT = 507
DEFAULT_TIME = FileTime.from_iso("2016-10-05T08:22:50.7651268Z")

_ADMINISTRATORS = bytes.fromhex("01020000000000052000000020020000")
_SYSTEM = bytes.fromhex("010100000000000512000000")
_USERS = bytes.fromhex("01020000000000052000000021020000")


def security_descriptor() -> bytes:
    """Self-relative: owner Administrators, group SYSTEM; SYSTEM and Administrators may all, Users may read."""
    allowed = ((_SYSTEM, 0xF003F), (_ADMINISTRATORS, 0xF003F), (_USERS, 0x20019))
    entries = b"".join(struct.pack("<BBHI", 0, 2, 8 + len(sid), mask) + sid for sid, mask in allowed)
    acl = struct.pack("<BBHHH", 2, 0, 8 + len(entries), len(allowed), 0) + entries
    owner = 20 + len(acl)
    group = owner + len(_ADMINISTRATORS)
    return struct.pack("<BBHIIII", 1, 0, 0x8004, owner, group, 0, 20) + acl + _ADMINISTRATORS + _SYSTEM


def upcase(name: str) -> str:
    if name.isascii():
        return name.upper()
    return "".join(up if len(up := character.upper()) == 1 else character for character in name)


def name_hash(name: str) -> int:
    total = 0
    for unit in memoryview(upcase(name).encode("utf-16-le", "surrogatepass")).cast("H"):
        total = (total * 37 + unit) & 0xFFFFFFFF
    return total


def checksum(block: bytes) -> int:
    total = 0
    for word in struct.unpack_from("<127I", block):
        total ^= word
    return {0: 1, 0xFFFFFFFF: 0xFFFFFFFE}.get(total, total)


def encode_data(kind: int, data: object) -> bytes:
    """Return the stored form of Python data: text with its NUL, numbers in the width of the type, lists as REG_MULTI_SZ."""
    if isinstance(data, bytes | bytearray):
        return bytes(data)
    if isinstance(data, str):
        return (data + "\0").encode("utf-16-le", "surrogatepass")
    if isinstance(data, int):
        size = 8 if kind == REG_QWORD else 4
        return data.to_bytes(size, "big" if kind == REG_DWORD_BIG_ENDIAN else "little")
    if isinstance(data, list):
        return ("".join(item + "\0" for item in data) + "\0").encode("utf-16-le", "surrogatepass")
    raise TypeError(f"no registry data: {data!r}")


@dataclass(slots=True)
class Node:
    """A key that will be written."""

    name: str
    written: int | None = None
    class_name: str | None = None
    flags: int = 0
    keys: dict = field(default_factory=dict)
    values: dict = field(default_factory=dict)
    offset: int = 0
    parent: int = NONE


class HiveBuilder:
    """A hive in the making; `build()` may be called again after changes.

    `list_kind`: `lf`, `lh`, `li`, or `ri` (an index root even over a short list); by default what Windows
    uses for the version. More than 507 subkeys always get an index root.
    """

    def __init__(
        self,
        version=(1, 5),
        root="ROOT",
        file_name="SOFTWARE",
        written=DEFAULT_TIME,
        *,
        list_kind=None,
        wide_names=False,
        sequence=1,
        security=None,
    ):
        self.version, self.file_name, self.written, self.sequence = version, file_name, written, sequence
        self.list_kind = list_kind or ("lh" if version >= (1, 5) else "lf" if version >= (1, 3) else "li")
        self.wide_names = wide_names or version <= (1, 1)
        self.security = security_descriptor() if security is None else security
        self.root = Node(root, flags=0x0C)
        self._header = 8 if version <= (1, 1) else 4

    def key(self, path, *, written=None, class_name=None, volatile=False, link=False):
        """Make a key and its missing parents; what is given changes an existing key."""
        node = self.root
        for part in filter(None, path.split("\\")):
            folded = part.upper()
            child = node.keys.get(folded)
            if child is None:
                child = node.keys[folded] = Node(part)
            node = child
        if written is not None:
            node.written = written
        if class_name is not None:
            node.class_name = class_name
        node.flags |= (0x01 if volatile else 0) | (0x10 if link else 0)
        return node

    def value(self, path, name, kind, data):
        """Set a value; the name '' is the default value."""
        self.key(path).values[name.upper()] = (name, kind, encode_data(kind, data))

    def remove(self, path, value=None):
        """Remove a key, or one of its values."""
        if value is not None:
            del self.key(path).values[value.upper()]
            return
        parent, _, name = path.rpartition("\\")
        del self.key(parent).keys[name.upper()]

    def build(self, *, dirty=False, sequence=None) -> bytes:
        """Return the bytes; `sequence` overrides the primary and secondary sequence numbers."""
        self._data = bytearray()
        self._used = self._end = 0
        security = self._store(self._security_record())
        self._keys = 0
        self.root.parent = NONE
        self.root.offset = self._reserve_key(self.root)
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            waiting.extend(reversed(self._write_key(node, security)))
        self._close_bin()
        struct.pack_into("<I", self._data, security + self._header + 12, self._keys)
        struct.pack_into("<II", self._data, security + self._header + 4, security, security)
        primary, secondary = sequence or (self.sequence + (1 if dirty else 0), self.sequence)
        return self._base_block(primary, secondary) + bytes(self._data)

    def _base_block(self, primary: int, secondary: int) -> bytes:
        block = bytearray(BLOCK)
        struct.pack_into(
            "<4sIIQIIIIIII", block, 0, b"regf", primary, secondary, self.written, *self.version, 0, 1, self.root.offset, len(self._data), 1
        )
        name = self.file_name.encode("utf-16-le")[-62:]
        block[48 : 48 + len(name)] = name
        struct.pack_into("<I", block, 508, checksum(block))
        return bytes(block)

    def _security_record(self) -> bytes:
        return struct.pack("<2sHIIII", b"sk", 0, 0, 0, 0, len(self.security)) + self.security

    def _encode_name(self, name: str) -> tuple[bytes, bool]:
        if not self.wide_names:
            try:
                return name.encode("latin-1"), True
            except UnicodeEncodeError:
                pass
        return name.encode("utf-16-le", "surrogatepass"), False

    def _allocate(self, size: int) -> int:
        """Return the offset of a new allocated cell for `size` bytes of data, from the start of the bins."""
        align = 16 if self._header == 8 else 8
        need = (size + self._header + align - 1) // align * align
        if self._used + need > self._end:
            self._close_bin()
            length = (need + 32 + BLOCK - 1) // BLOCK * BLOCK
            start = len(self._data)
            self._data += struct.pack("<4sII8sQI", b"hbin", start, length, bytes(8), 0 if start else self.written, 0) + bytes(length - 32)
            self._used, self._end, self._last = start + 32, start + length, NONE
        offset = self._used
        struct.pack_into("<i", self._data, offset, -need)
        self._mark_previous(offset)
        self._used += need
        return offset

    def _close_bin(self) -> None:
        if self._used < self._end:
            struct.pack_into("<i", self._data, self._used, self._end - self._used)
            self._mark_previous(self._used)

    def _mark_previous(self, offset: int) -> None:
        if self._header == 8:
            struct.pack_into("<I", self._data, offset + 4, self._last)
            self._last = offset & 0xFFF

    def _store(self, data: bytes) -> int:
        offset = self._allocate(len(data))
        start = offset + self._header
        self._data[start : start + len(data)] = data
        return offset

    def _reserve_key(self, node: Node) -> int:
        self._keys += 1
        return self._allocate(76 + len(self._encode_name(node.name)[0]))

    def _write_key(self, node: Node, security: int) -> list[Node]:
        name, narrow = self._encode_name(node.name)
        class_name = (node.class_name or "").encode("utf-16-le")
        values = [self._write_value(*value) for value in node.values.values()]
        value_list = self._store(struct.pack(f"<{len(values)}I", *values)) if values else NONE
        class_offset = self._store(class_name) if class_name else NONE
        children = sorted(node.keys.values(), key=lambda child: upcase(child.name).encode("utf-16-be", "surrogatepass"))
        for child in children:
            child.offset, child.parent = self._reserve_key(child), node.offset
        subkeys = self._write_list(children) if children else NONE
        flags = node.flags | (0x20 if narrow and self.version > (1, 1) else 0)
        fields = (
            b"nk", flags, node.written or self.written, 0, node.parent, len(children), 0, subkeys, NONE, len(values), value_list, security,
            class_offset, max((2 * len(child.name) for child in children), default=0), 0,
            max((2 * len(value[0]) for value in node.values.values()), default=0),
            max((len(value[2]) for value in node.values.values()), default=0), 0, len(name), len(class_name),
        )  # fmt: skip
        start = node.offset + self._header
        struct.pack_into("<2sHQ15I2H", self._data, start, *fields)
        self._data[start + 76 : start + 76 + len(name)] = name
        return children

    def _write_value(self, name: str, kind: int, data: bytes) -> int:
        encoded, narrow = self._encode_name(name)
        size = len(data)
        if 0 < size <= 4:
            size |= 0x80000000
            where = int.from_bytes(data, "little")
        elif not size:
            where = NONE
        elif size > SEGMENT and self.version >= (1, 4):
            segments = [self._store(data[at : at + SEGMENT]) for at in range(0, size, SEGMENT)]
            listing = self._store(struct.pack(f"<{len(segments)}I", *segments))
            where = self._store(struct.pack("<2sHI", b"db", len(segments), listing))
        else:
            where = self._store(data)
        flags = 1 if narrow and self.version > (1, 1) else 0
        return self._store(struct.pack("<2sHIIIHH", b"vk", len(encoded), size, where, kind, flags, 0) + encoded)

    def _write_list(self, children: list[Node]) -> int:
        leaves = [self._write_leaf(children[at : at + LEAF_LIMIT]) for at in range(0, len(children), LEAF_LIMIT)]
        if len(leaves) == 1 and self.list_kind != "ri":
            return leaves[0]
        return self._store(struct.pack(f"<2sH{len(leaves)}I", b"ri", len(leaves), *leaves))

    def _write_leaf(self, children: list[Node]) -> int:
        kind = "lh" if self.list_kind == "ri" else self.list_kind
        head = struct.pack("<2sH", kind.encode(), len(children))
        if kind == "li":
            return self._store(head + struct.pack(f"<{len(children)}I", *(child.offset for child in children)))
        parts = [head]
        for child in children:
            if kind == "lh":
                parts.append(struct.pack("<II", child.offset, name_hash(child.name)))
            else:
                parts.append(struct.pack("<I4s", child.offset, child.name[:4].encode("latin-1", "ignore")))
        return self._store(b"".join(parts))
