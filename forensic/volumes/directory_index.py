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

The key, $FILE_NAME, stands in `ntfs_layout`.

Source: the Linux-NTFS documentation and libfsntfs' description of the format.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

import msgspec

from forensic.errors import Malformed
from forensic.model import decode_utf16
from forensic.volumes.ntfs_layout import BLOCK_LIMIT, FILE_NAME, NODE, SECTOR, Reference, fixed
from forensic.volumes.tree import ENTRY_LIMIT

ROOT, ENTRY = struct.Struct("<4s4xI4x"), struct.Struct("<8sHHH2x")
BLOCK = struct.Struct("<16xQ")
_CHILD = struct.Struct("<Q")
_INDEXED = b"\x30\0\0\0"
DOS_NAMESPACE = 2
_POSIX = 0
"""The namespace of names that may differ in case only, as Windows makes them in case-sensitive folders and Linux everywhere."""
_NODE_CACHE = 1024
_DEPTH = 32
_HAS_CHILD, _LAST = 1, 2
_DIRECTORY, _REPARSE = 0x1000_0000, 0x400


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
        if len(root) < ROOT.size + NODE.size or not root.startswith(_INDEXED):
            raise Malformed(f"{path}: the root of the directory index is none")
        self._path, self._blocks, self._size, self._upcase = path, blocks, size, upcase
        _, self._block = ROOT.unpack_from(root)
        if self._block not in {1 << shift for shift in range(9, BLOCK_LIMIT.bit_length())}:
            raise Malformed(f"{path}: {self._block} bytes in an index block are impossible")
        self._unit = cluster if cluster <= self._block else SECTOR
        self._nodes: dict[int, list[IndexEntry]] = {}
        self._root = list(self._parse(root, ROOT.size))

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
                raise Malformed(f"{self._path}: more than {ENTRY_LIMIT} entries", code="too-much")
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
        if BLOCK.unpack_from(block) != (vcn,):
            raise Malformed(f"{self._path}: an index block is not the one it should be", offset)
        if len(self._nodes) >= _NODE_CACHE:
            del self._nodes[next(iter(self._nodes))]
        self._nodes[vcn] = node = list(self._parse(block, BLOCK.size))
        return node

    def _parse(self, data: bytes, header: int) -> Iterator[IndexEntry]:
        first, used = NODE.unpack_from(data, header)
        position, end = header + first, min(header + used, len(data))
        while position + ENTRY.size <= end:
            identifier, size, key_size, flags = ENTRY.unpack_from(data, position)
            if size < ENTRY.size or position + size > end:
                break
            reference = Reference.from_bytes(identifier)
            child = None
            if flags & _HAS_CHILD and size >= ENTRY.size + _CHILD.size:
                (child,) = _CHILD.unpack_from(data, position + size - _CHILD.size)
            if flags & _LAST:
                yield IndexEntry(None, child, reference)
                return
            if size <= ENTRY.size + FILE_NAME.size:
                break
            _, attributes, tag, length, namespace = FILE_NAME.unpack_from(data, position + ENTRY.size)
            start = position + ENTRY.size + FILE_NAME.size
            name = data[start : min(start + 2 * length, position + size)]
            if not name or len(name) != 2 * length or FILE_NAME.size + len(name) > key_size:
                break
            yield IndexEntry(
                key=self._upcase(name),
                child=child,
                reference=reference,
                name=decode_utf16(name),
                namespace=namespace,
                is_directory=bool(attributes & _DIRECTORY),
                reparse_tag=tag if attributes & _REPARSE else None,
            )
            position += size
        raise Malformed(f"{self._path}: an entry of the directory index does not fit its node", position)


def _in_order(node: list[IndexEntry], low: bytes, high: bytes | None) -> bool:
    for entry in node:
        if entry.key is None:
            return True
        if entry.key < low or (high is not None and entry.key > high):
            return False
        low = entry.key
    return True
