"""DirectoryIndex: the names in one NTFS directory, a B+ tree called `$I30`, searched without reading all of it.

The root node is the attribute $INDEX_ROOT, the other nodes are blocks of the attribute $INDEX_ALLOCATION.

$INDEX_ROOT:

| Offset | Size | Field                | Notes |
|--------|------|----------------------|-------|
| 0      | 4    | indexed attribute    | 0x30, $FILE_NAME |
| 4      | 4    | collation            | 1, file name |
| 8      | 4    | bytes per block      | of $INDEX_ALLOCATION, usually 4096 |
| 12     | 1    | clusters per block   | not needed |
| 16     | 16   | node header          | |

Block of $INDEX_ALLOCATION:

| Offset | Size | Field                | Notes |
|--------|------|----------------------|-------|
| 0      | 4    | signature            | `INDX` |
| 4      | 2    | update sequence      | its offset |
| 6      | 2    | update sequence size | in words: one for the number, one for each 512 bytes |
| 16     | 8    | VCN                  | of this block; in clusters, in units of 512 bytes where blocks are smaller than clusters |
| 24     | 16   | node header          | |

Node header (offsets count from its start):

| Offset | Size | Field                | Notes |
|--------|------|----------------------|-------|
| 0      | 4    | first entry          | its offset |
| 4      | 4    | used                 | end of the last entry |
| 8      | 4    | allocated            | not needed |
| 12     | 1    | has children         | bit 0; not needed, the entries say it too |

Entry:

| Offset | Size | Field                | Notes |
|--------|------|----------------------|-------|
| 0      | 8    | file reference       | record number (6 bytes), sequence number (2 bytes) |
| 8      | 2    | entry size           | |
| 10     | 2    | key size             | |
| 12     | 2    | flags                | bit 0: has a child, bit 1: last of its node, has no key |
| 16     | …    | key                  | $FILE_NAME |
| last   | 8    | child                | VCN of the block with the names before this one |

$FILE_NAME:

| Offset | Size | Field                | Notes |
|--------|------|----------------------|-------|
| 0      | 8    | parent reference     | |
| 8      | 32   | four times           | copies, seldom brought up to date |
| 56     | 4    | file attributes      | 0x400: reparse point, 0x10000000: directory |
| 60     | 4    | reparse tag          | |
| 64     | 1    | name length          | in UTF-16 units |
| 65     | 1    | namespace            | 0 POSIX, 1 Win32, 2 DOS (8.3), 3 both |
| 66     | …    | name                 | UTF-16LE |

Source: the Linux-NTFS documentation and libfsntfs' description of the format; see also `docs`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

import msgspec

from forensic.errors import ForensicError, Malformed, Unreadable
from forensic.model import decode_utf16
from forensic.volumes.tree import ENTRY_LIMIT

DOS_NAMESPACE = 2
_POSIX = 0
"""The namespace of names that may differ in case only, as Windows makes them in case-sensitive folders and Linux everywhere."""
_SECTOR = 512
_NODE_CACHE = 1024
_DEPTH = 32
_BLOCK_LIMIT = 1 << 16
_DIRECTORY, _REPARSE = 0x1000_0000, 0x400


class Reference(msgspec.Struct, frozen=True, gc=False):
    """File reference: number of a record in the $MFT, and how often that record was given to a new file."""

    record: int
    sequence: int

    @classmethod
    def from_bytes(cls, data: bytes) -> Reference:
        """Read eight bytes."""
        return cls(int.from_bytes(data[:6], "little"), int.from_bytes(data[6:8], "little"))


class IndexEntry(msgspec.Struct, frozen=True, gc=False):
    """One entry of a node: a name, or the end of the node (`key` is None)."""

    key: bytes | None
    """The name as UTF-16BE, upper-cased: compares as NTFS orders."""
    child: int | None
    reference: Reference
    name: str = ""
    namespace: int = 0
    is_directory: bool = False
    reparse_tag: int | None = None
    """None where the entry is no reparse point; 0 where the index does not say which."""


class DirectoryIndex:
    """The index of one directory; nodes are read when they are needed, once."""

    def __init__(
        self, path: str, root: bytes, blocks: Callable[[int, int], bytes], size: int, cluster: int, upcase: Callable[[bytes], bytes]
    ) -> None:
        """Start from the bytes of $INDEX_ROOT.

        Args:
            path: of the directory, for messages.
            root: content of $INDEX_ROOT.
            blocks: reads (offset, size) of $INDEX_ALLOCATION.
            size: bytes in $INDEX_ALLOCATION.
            cluster: bytes in a cluster.
            upcase: turns a name (UTF-16LE) into a key.
        """
        if len(root) < 32 or root[:4] != b"\x30\0\0\0":
            raise Malformed(f"{path}: the root of the directory index is none")
        self._path, self._blocks, self._size, self._upcase = path, blocks, size, upcase
        self._block = int.from_bytes(root[8:12], "little")
        if self._block not in {1 << shift for shift in range(9, _BLOCK_LIMIT.bit_length())}:
            raise Malformed(f"{path}: {self._block} bytes in an index block are impossible")
        self._unit = cluster if cluster <= self._block else _SECTOR
        self._nodes: dict[int, list[IndexEntry]] = {}
        self._root = list(self._parse(root, 16))

    def find(self, key: bytes, name: str = "") -> IndexEntry | None:
        """Return the entry of a key, or None when the directory has none; of several that differ in case only, the one spelled `name`.

        Each node on the way must be in order and within the bounds its parent sets: so a None is certain.
        Where one is not, all nodes are searched.
        """
        node, low, high, seen = self._root, b"", None, set[int]()
        for _ in range(_DEPTH):
            if not _in_order(node, low, high):
                return self._find_anywhere(key)
            for entry in node:
                if entry.key == key:
                    if entry.namespace != _POSIX or entry.name == name:
                        return entry
                    return next((same for same in self._same(self._root, key, set()) if same.name == name), entry)
                if entry.key is None or entry.key > key:
                    high = high if entry.key is None else entry.key
                    break
                low = entry.key
            else:
                raise Malformed(f"{self._path}: a node of the directory index has no end")
            if entry.child is None:
                return None
            if entry.child in seen:
                break
            seen.add(entry.child)
            node = self._node(entry.child)
        raise Malformed(f"{self._path}: the directory index runs in a circle")

    def _same(self, node: list[IndexEntry], key: bytes, seen: set[int]) -> Iterator[IndexEntry]:
        """Yield all entries of a key below `node`: they are neighbours, so that few nodes hold them."""
        for entry in node:
            if entry.key is None or entry.key >= key:
                if entry.child is not None and entry.child not in seen and len(seen) < _DEPTH:
                    seen.add(entry.child)
                    yield from self._same(self._node(entry.child), key, seen)
                if entry.key != key:
                    return
                yield entry

    def entries(self) -> Iterator[IndexEntry]:
        """Yield all names, level by level; Malformed when a node is reached twice or there are too many."""
        level, seen, count = [self._root], set[int](), 0
        while level:
            children = []
            for entry in (entry for node in level for entry in node):
                if entry.key is not None:
                    count += 1
                    yield entry
                if entry.child is not None:
                    children.append(entry.child)
            if count > ENTRY_LIMIT:
                raise Malformed(f"{self._path}: more than {ENTRY_LIMIT} entries")
            if len(children) != len(set(children)) or not seen.isdisjoint(children):
                raise Malformed(f"{self._path}: the directory index runs in a circle")
            seen.update(children)
            level = [self._node(child) for child in sorted(children)]  # in the order in which they lie on the disk

    def _find_anywhere(self, key: bytes) -> IndexEntry | None:
        return next((entry for entry in self.entries() if entry.key == key), None)

    def _node(self, vcn: int) -> list[IndexEntry]:
        if vcn in self._nodes:
            return self._nodes[vcn]
        offset = vcn * self._unit
        if offset + self._block > self._size:
            raise Malformed(f"{self._path}: the directory index points past its end", offset, self._block, max(0, self._size - offset))
        block = fixed(self._path, self._blocks(offset, self._block), offset)
        if int.from_bytes(block[16:24], "little") != vcn:
            raise Malformed(f"{self._path}: an index block is not the one it should be", offset)
        if len(self._nodes) >= _NODE_CACHE:
            del self._nodes[next(iter(self._nodes))]
        self._nodes[vcn] = node = list(self._parse(block, 24))
        return node

    def _parse(self, data: bytes, header: int) -> Iterator[IndexEntry]:
        first, used = struct.unpack_from("<II", data, header)
        position, end = header + first, min(header + used, len(data))
        while position + 16 <= end:
            size, key_size, flags = struct.unpack_from("<HHH", data, position + 8)
            if size < 16 or position + size > end:
                break
            entry = data[position : position + size]
            child = int.from_bytes(entry[-8:], "little") if flags & 1 and size >= 24 else None
            reference = Reference.from_bytes(entry)
            if flags & 2:
                yield IndexEntry(None, child, reference)
                return
            name = entry[82 : 82 + 2 * entry[80]] if size > 82 else b""
            if not name or len(name) != 2 * entry[80] or 66 + len(name) > key_size:
                break
            attributes, tag = struct.unpack_from("<II", entry, 16 + 56)
            yield IndexEntry(
                key=self._upcase(name),
                child=child,
                reference=reference,
                name=decode_utf16(name),
                namespace=entry[81],
                is_directory=bool(attributes & _DIRECTORY),
                reparse_tag=tag if attributes & _REPARSE else None,
            )
            position += size
        raise Malformed(f"{self._path}: an entry of the directory index does not fit its node", position)


def view(path: str, root: bytes, blocks: Callable[[int, int], bytes], size: int, cluster: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield key and data of each entry of an index that is no directory: a view, as `$ObjId:$O` and `$Secure:$SII`.

    The nodes are those of a directory's index; an entry says where its data lies in place of the file reference. Arguments as for
    `DirectoryIndex`. A node that is damaged or reached twice loses only its own
    entries; the first damage is raised at the end.

    | Offset | Size | Field       | Notes |
    |--------|------|-------------|-------|
    | 0      | 2    | data        | its offset in the entry |
    | 2      | 2    | data size   | |
    | 8      | 2    | entry size  | |
    | 10     | 2    | key size    | |
    | 12     | 2    | flags       | bit 0: has a child (the last 8 bytes), bit 1: last of its node |
    | 16     | …    | key, data   | |
    """
    if len(root) < 32:
        raise Malformed(f"{path}: the root of the index is cut short", 0, 32, len(root))
    block = int.from_bytes(root[8:12], "little")
    unit = cluster if cluster <= block else _SECTOR
    pending: list[int | None] = [None]
    seen, count = set[int](), 0
    damage: ForensicError | None = None
    while pending:
        offset = pending.pop()
        try:
            data, header = (root, 16) if offset is None else (fixed(path, blocks(offset, block), offset), 24)
        except (Malformed, Unreadable) as error:
            damage = damage or error
            continue
        first, used = struct.unpack_from("<II", data, header)
        position, end = header + first, min(header + used, len(data))
        while position + 16 <= end:
            start, length, entry_size, key_size, flags = struct.unpack_from("<HH4xHHH", data, position)
            if entry_size < 16 or position + entry_size > end:
                damage = damage or Malformed(f"{path}: an entry of the index does not fit its node", position)
                break
            entry = data[position : position + entry_size]
            if flags & 1 and entry_size >= 24:
                child = int.from_bytes(entry[-8:], "little") * unit
                if child in seen or child + block > size or not _SECTOR <= block <= _BLOCK_LIMIT:
                    damage = damage or Malformed(f"{path}: the index runs in a circle or past its end", child)
                else:
                    seen.add(child)
                    pending.append(child)
            if flags & 2:
                break
            count += 1
            if count > ENTRY_LIMIT:
                raise Malformed(f"{path}: more than {ENTRY_LIMIT} entries")
            yield entry[16 : 16 + key_size], entry[start : start + length]
            position += entry_size
    if damage is not None:
        raise damage


def _in_order(node: list[IndexEntry], low: bytes, high: bytes | None) -> bool:
    for entry in node:
        if entry.key is None:
            return True
        if entry.key < low or (high is not None and entry.key > high):
            return False
        low = entry.key
    return True


def fixed(path: str, block: bytes, offset: int, signature: bytes = b"INDX") -> bytes:
    """Check the signature of an index block or MFT record and undo its update sequence.

    The last word of each sector is kept elsewhere, and a number stands in its place: so that torn writes are noticed.
    """
    if block[:4] != signature:
        raise Malformed(f"{path}: an index block has no signature", offset)
    start, words = struct.unpack_from("<HH", block, 4)
    if words - 1 != len(block) // _SECTOR or start + 2 * words > _SECTOR - 2:
        raise Malformed(f"{path}: an index block has an impossible update sequence", offset)
    fixed = bytearray(block)
    for number in range(1, words):
        at = number * _SECTOR - 2
        if block[at : at + 2] != block[start : start + 2]:
            raise Malformed(f"{path}: an index block was written in part only (update sequence)", offset + at)
        fixed[at : at + 2] = block[start + 2 * number : start + 2 * number + 2]
    return bytes(fixed)
