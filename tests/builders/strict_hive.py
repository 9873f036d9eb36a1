"""A strict reader of hives, as obvious as can be: the oracle of what the bytes of a hive say.

It reads everything at once, steps over nothing, knows no logs, and remembers for each key and value the bytes that it depends on.
"""

import struct
from bisect import bisect_left

from tests.builders.hive import BLOCK, NONE, SEGMENT, checksum


class Strange(Exception):
    """The bytes are not those of a sound hive."""


def require(condition):
    if not condition:
        raise Strange


class StrictHive:
    """All keys and values of a sound hive; Strange where it is none.

    `keys`: path, last-written time, class name and security descriptor of each key; `values`: path, name, type and data of each value;
    each to the set of ranges `(start, end)` of the bytes it depends on.
    """

    def __init__(self, data):
        require(data[:4] == b"regf")
        require(len(data) >= BLOCK)
        require(struct.unpack_from("<I", data, 508)[0] == checksum(data))
        first, second = struct.unpack_from("<II", data, 4)
        major, minor, _, _, root, self.size = struct.unpack_from("<6I", data, 20)
        require(first == second)
        require(self.size)
        require(self.size % BLOCK == 0)
        require(BLOCK + self.size <= len(data))
        require(major == 1)
        require(minor <= 6)
        self.data, self.version, self.root = data, (major, minor), root
        self.keys, self.values, self._seen = {}, {}, set()
        self._key(root, None, "", frozenset({(0, BLOCK)}))

    def _cell(self, offset):
        """Return the data of a cell and its range."""
        head = 8 if self.version <= (1, 1) else 4
        require(offset >= 32)
        require(offset % 8 == 0)
        require(offset + head <= self.size)
        size = -struct.unpack_from("<i", self.data, BLOCK + offset)[0]
        require(size > 0)
        require(offset + size <= self.size)
        start, end = BLOCK + offset, BLOCK + offset + size
        return self.data[start + head : end], {(start, end)}

    def _name(self, data, latin):
        if latin and self.version > (1, 1):
            return data.decode("latin-1")
        return data.decode("utf-16-le", "surrogatepass")

    def _key(self, offset, parent, above, depends):
        require(offset not in self._seen)
        self._seen.add(offset)
        node, where = self._cell(offset)
        require(len(node) >= 76)
        fields = struct.unpack_from("<2sHQ15I2H", node)
        signature, flags, written, _, stated, count, _, subkeys, _, values_count, values, security, class_name = fields[:13]
        name_size, class_size = fields[-2:]
        require(signature == b"nk")
        require(parent is None or stated == parent)
        require(76 + name_size <= len(node))
        name = self._name(node[76 : 76 + name_size], flags & 0x20)
        path = "" if parent is None else f"{above}\\{name}" if above else name
        depends = depends | where
        class_text = descriptor = None
        if class_name != NONE and class_size:
            text, more = self._cell(class_name)
            require(len(text) >= class_size)
            class_text, depends = text[:class_size], depends | more
        if security != NONE:
            record, more = self._cell(security)
            require(record[:2] == b"sk")
            (size,) = struct.unpack_from("<I", record, 16)
            require(20 + size <= len(record))
            descriptor, depends = record[20 : 20 + size], depends | more
        require((path, written, class_text, descriptor) not in self.keys)
        self.keys[path, written, class_text, descriptor] = depends
        if count not in {0, NONE}:
            listed, more = self._subkeys(subkeys, 0)
            require(len(set(listed)) == len(listed))
            for child in listed:
                self._key(child, offset, path, depends | more)
        if values_count not in {0, NONE}:
            listed, more = self._cell(values)
            require(4 * values_count <= len(listed))
            offsets = struct.unpack_from(f"<{values_count}I", listed)
            require(len(set(offsets)) == len(offsets))
            for value in offsets:
                self._value(value, path, depends | more)

    def _subkeys(self, offset, level):
        require(level < 5)
        listed, where = self._cell(offset)
        kind, count = struct.unpack_from("<2sH", listed)
        require(kind in {b"li", b"lf", b"lh", b"ri"})
        step = 4 if kind in {b"li", b"ri"} else 8
        require(4 + count * step <= len(listed))
        offsets = [struct.unpack_from("<I", listed, 4 + step * number)[0] for number in range(count)]
        if kind != b"ri":
            return offsets, where
        found = []
        for inner in offsets:
            more, there = self._subkeys(inner, level + 1)
            found += more
            where |= there
        return found, where

    def _value(self, offset, path, depends):
        record, where = self._cell(offset)
        require(len(record) >= 20)
        signature, name_size, size, at, kind, flags = struct.unpack_from("<2sHIIIH", record)
        require(signature == b"vk")
        require(20 + name_size <= len(record))
        data, more = self._data(record, size, at)
        item = path, self._name(record[20 : 20 + name_size], flags & 1), kind, data
        require(item not in self.values)
        self.values[item] = depends | where | more

    def _data(self, record, size, at):
        if size & 0x80000000:
            require(size & 0x7FFFFFFF <= 4)
            return record[8 : 8 + (size & 0x7FFFFFFF)], set()
        if not size:
            return b"", set()
        data, where = self._cell(at)
        if len(data) >= size:
            return data[:size], where
        require(data[:2] == b"db")
        require(self.version >= (1, 4))
        count, listing = struct.unpack_from("<HI", data, 2)
        require(count * SEGMENT >= size)
        offsets, more = self._cell(listing)
        where, found = where | more, b""
        for number in range(-(-size // SEGMENT)):
            part, more = self._cell(struct.unpack_from("<I", offsets, 4 * number)[0])
            require(len(part) >= min(SEGMENT, size - len(found)))
            found += part[: min(SEGMENT, size - len(found))]
            where |= more
        return found, where


def untouched(items, changed):
    """Return the items that depend on none of the bytes at the places `changed`, which are in order."""
    return {
        item for item, ranges in items.items() if not any(bisect_left(changed, start) < bisect_left(changed, end) for start, end in ranges)
    }
