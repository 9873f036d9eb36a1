"""python-registry: the library that reads a hive's values a second time, independently, for the cross-check.

Only its records and cells are used, walked here step by step: what it makes of data by their type has known defects
(four bytes for shorter inline data, none for inline REG_MULTI_SZ, types of device properties cut to twelve bits), and one
damaged name ends its search.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from forensic.errors import Malformed
from forensic.model import decode_utf16, upcase

STEP_LIMIT = 1 << 20
"""Entries of one list that are looked at."""
KEPT_LIMIT = 64
"""Keys whose subkeys are kept by name."""

_INLINE = 0x80000000


class LibraryHive:
    """A hive as python-registry reads it."""

    def __init__(self, image: bytes | bytearray) -> None:
        """Read the whole hive, with its logs applied, from memory; Malformed when the library does not take it."""
        with _reading():
            from Registry.Registry import Registry

            self._root = Registry(_Image(image)).root()._nkrecord  # noqa: SLF001  the library has no other way to its records
        self._subkeys = OrderedDict[str, _Names]()
        self._values: tuple[str | None, _Names] = None, _Names(iter(()), 0, 0)
        """The values of the key that was asked about last."""

    def raw(self, key_path: str, value_name: str) -> bytes | None:
        """Return the data of a value, None where the key has none of this name; Malformed when the library fails.

        The library follows lists without end where they were planted: ask only about keys whose lists were found to be sound.
        """
        with _reading():
            key = self._key(key_path)
            if key is None or not key.values_number():
                return None
            if self._values[0] != key_path:
                self._values = key_path, _Names(key.values_list().values(), 0x02, 0x14)
            value = self._values[1].find(value_name)
            return None if value is None else _data(value)

    def class_name(self, key_path: str) -> bytes | None:
        """Return the class name of a key, None where it has none; else as `raw`."""
        with _reading():
            key = self._key(key_path)
            if key is None or not key.has_classname():
                return None
            return bytes(_cell(key, 0x30).raw_data()[: key.unpack_word(0x4A)])

    def _key(self, key_path: str) -> Any:
        """Return the record of a key, None where there is none."""
        key, path = self._root, ""
        for part in filter(None, key_path.split("\\")):
            key = self._below(key, path).find(part)
            if key is None:
                return None
            path = f"{path}\\{upcase(part)}"
        return key

    def _below(self, key: Any, path: str) -> _Names:
        """Return the subkeys of the key at `path`; one pass over them serves all questions."""
        subkeys = self._subkeys.get(path)
        if subkeys is None:
            subkeys = self._subkeys[path] = _Names(key.subkey_list().keys(), 0x48, 0x4C)
            if len(self._subkeys) > KEPT_LIMIT:
                self._subkeys.popitem(last=False)
        else:
            self._subkeys.move_to_end(path)
        return subkeys


class _Image:
    """The hive as the file object that the library wants; a view, so that its slices are no copies."""

    def __init__(self, image: bytes | bytearray) -> None:
        self._image = memoryview(image)

    def read(self) -> memoryview:
        return self._image


class _Names:
    """Records of a list by their names, of several with one name the first; the list is read as far as the names asked for lie."""

    def __init__(self, records: Iterator[Any], size_at: int, name_at: int) -> None:
        self._records, self._size_at, self._name_at = islice(records, STEP_LIMIT), size_at, name_at
        self._found: dict[str, Any] = {}
        self._whole = self._failed = False

    def find(self, name: str) -> Any:
        wanted = upcase(name)
        if wanted in self._found or self._whole:
            return self._found.get(wanted)
        if self._failed:
            raise Malformed("python-registry failed on a name before this one")
        self._failed = True  # unless this ends well
        for record in self._records:
            size = record.unpack_word(self._size_at)
            data = record.unpack_string(self._name_at, size)
            folded = upcase(data.decode("latin-1") if record.has_ascii_name() else decode_utf16(data))
            self._found.setdefault(folded, record)
            if folded == wanted:
                self._failed = False
                return record
        self._whole = True
        return None


def _cell(record: Any, at: int) -> Any:
    """Return the cell whose offset stands at `at` in a record."""
    from Registry.RegistryParse import HBINCell

    return HBINCell(record._buf, record.abs_offset_from_hbin_offset(record.unpack_dword(at)), record)  # noqa: SLF001  as above


def _data(value: Any) -> bytes:
    size = value.raw_data_length()
    if size & _INLINE:
        return bytes(value.unpack_binary(0x8, size & ~_INLINE))
    if not size:
        return b""
    cell = _cell(value, 0x8)
    if cell.size() < size and cell.data_id() == b"db":
        return bytes(cell.child().large_data(size))
    return bytes(cell.raw_data()[:size])


@contextmanager
def _reading() -> Iterator[None]:
    """Turn the failures of python-registry that damage is known to cause into Malformed."""
    from Registry.RegistryParse import RegistryException

    try:
        yield
    except (RegistryException, struct.error, ValueError, OverflowError, IndexError, AttributeError, RecursionError) as error:
        raise Malformed(f"python-registry: {type(error).__name__}: {error}") from None
