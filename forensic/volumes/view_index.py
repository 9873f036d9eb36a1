"""View index: an index of NTFS that is no directory, as `$ObjId:$O` and `$Secure:$SII`.

The nodes are those of a `directory_index`; an entry says where its data lies in place of the file reference:

| Offset | Size | Field       | Notes |
|--------|------|-------------|-------|
| 0      | 2    | data        | its offset in the entry |
| 2      | 2    | data size   | |
| 8      | 2    | entry size  | |
| 10     | 2    | key size    | |
| 12     | 2    | flags       | bit 0: has a child (the last 8 bytes), bit 1: last of its node |
| 16     | …    | key, data   | |

Source: the Linux-NTFS documentation and libfsntfs' description of the format.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from forensic.errors import ForensicError, Malformed, Unreadable
from forensic.volumes.directory_index import BLOCK, ROOT
from forensic.volumes.ntfs_layout import BLOCK_LIMIT, NODE, SECTOR, fixed
from forensic.volumes.tree import ENTRY_LIMIT

ENTRY = struct.Struct("<HH4xHHH2x")
_CHILD = struct.Struct("<Q")
_HAS_CHILD, _LAST = 1, 2


def read_view(path: str, root: bytes, blocks: Callable[[int, int], bytes], size: int, cluster: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield key and data of each entry; arguments as for `DirectoryIndex`.

    A node that is damaged or reached twice loses only its own entries; the first damage is raised at the end.
    """
    if len(root) < ROOT.size + NODE.size:
        raise Malformed(f"{path}: the root of the index is cut short", 0, ROOT.size + NODE.size, len(root))
    _, block = ROOT.unpack_from(root)
    unit = cluster if cluster <= block else SECTOR
    pending: list[int | None] = [None]
    seen, count = set[int](), 0
    damage: ForensicError | None = None
    while pending:
        offset = pending.pop()
        try:
            data, header = (root, ROOT.size) if offset is None else (fixed(path, blocks(offset, block), offset), BLOCK.size)
        except (Malformed, Unreadable) as error:
            damage = damage or error
            continue
        first, used = NODE.unpack_from(data, header)
        position, end = header + first, min(header + used, len(data))
        while position + ENTRY.size <= end:
            start, length, entry_size, key_size, flags = ENTRY.unpack_from(data, position)
            if entry_size < ENTRY.size or position + entry_size > end:
                damage = damage or Malformed(f"{path}: an entry of the index does not fit its node", position)
                break
            entry = data[position : position + entry_size]
            if flags & _HAS_CHILD and entry_size >= ENTRY.size + _CHILD.size:
                child = _CHILD.unpack_from(entry, entry_size - _CHILD.size)[0] * unit
                if child in seen or child + block > size or not SECTOR <= block <= BLOCK_LIMIT:
                    damage = damage or Malformed(f"{path}: the index runs in a circle or past its end", child)
                else:
                    seen.add(child)
                    pending.append(child)
            if flags & _LAST:
                break
            count += 1
            if count > ENTRY_LIMIT:
                raise Malformed(f"{path}: more than {ENTRY_LIMIT} entries", code="too-much")
            yield entry[ENTRY.size : ENTRY.size + key_size], entry[start : start + length]
            position += entry_size
    if damage is not None:
        raise damage
