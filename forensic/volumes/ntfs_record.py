"""MFT record: what describes a file on NTFS, with its attributes, as pytsk3 gathers them."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import msgspec
import pytsk3

from forensic.errors import Malformed, Unreadable
from forensic.model import upcase
from forensic.volumes.ntfs_layout import FileName, Reference
from forensic.volumes.sleuthkit import SourceImage, boundary

STANDARD_INFORMATION, FILE_NAME, VOLUME_NAME, DATA, INDEX_ROOT, INDEX_ALLOCATION, REPARSE_POINT = 0x10, 0x30, 0x60, 0x80, 0x90, 0xA0, 0xC0
"""Types of attributes."""
INDEX_ROOT_LIMIT = 65_536
"""Bytes of $INDEX_ROOT that are read; a record has no more."""
_LONGEST_FILE_NAME = 66 + 2 * 255
_STANDARD_INFORMATION = struct.Struct("<QQ16xI12x")


class StandardInformation(NamedTuple):
    """The attribute $STANDARD_INFORMATION.

    | Offset | Size | Field | Notes |
    |--------|------|-------|-------|
    | 0      | 8    | created | FILETIME; 0: not stated |
    | 8      | 8    | content last modified | the same |
    | 16     | 16   | record last modified, content last accessed | |
    | 32     | 4    | file attributes | |
    """

    created: int
    written: int
    file_attributes: int

    @classmethod
    def parse(cls, data: bytes) -> StandardInformation:
        """Read the content of the attribute; zeros stand for what is cut off."""
        return cls._make(_STANDARD_INFORMATION.unpack(data[: _STANDARD_INFORMATION.size].ljust(_STANDARD_INFORMATION.size, b"\0")))


class Attribute(msgspec.Struct, frozen=True):
    """One attribute of an MFT record."""

    type: int
    id: int
    name: str
    size: int


class Record:
    """One MFT record and its extensions, as pytsk3 gathers them."""

    def __init__(self, image: SourceImage, file: Any, number: int, path: str) -> None:
        """List the attributes of `file`."""
        self.number, self.path = number, path
        self._image, self._file = image, file
        if file.info.meta is None:
            raise Malformed(f"{path}: MFT record {number} describes no file")
        with boundary(image, path):
            self.attributes = [
                Attribute(
                    int(found.info.type), found.info.id, (found.info.name or b"").decode("utf-8", "backslashreplace"), found.info.size
                )
                for found in file
            ]

    def find(self, type: int, name: str = "") -> Attribute | None:  # noqa: A002  the field's word
        """Return the attribute of this type and name (any case), or None."""
        wanted = upcase(name)
        return next((found for found in self.attributes if found.type == type and upcase(found.name) == wanted), None)

    def read(self, attribute: Attribute, offset: int, size: int) -> bytes:
        """Return `size` bytes of an attribute from `offset`, fewer at its end."""
        size = min(size, attribute.size - offset)
        if offset < 0 or size <= 0:
            return b""
        with boundary(self._image, self.path):
            data: bytes = self._file.read_random(offset, size, attribute.type, attribute.id)
        if len(data) != size:
            raise Unreadable(f"{self.path}: only {len(data)} of {size} bytes at offset {offset:#x} could be read")
        return data

    def content(self, type: int, limit: int) -> bytes | None:  # noqa: A002  the field's word
        """Return up to `limit` bytes of the unnamed attribute of this type, or None."""
        attribute = self.find(type)
        return None if attribute is None else self.read(attribute, 0, limit)

    @property
    def cluster(self) -> int:
        """Bytes in a cluster of the volume."""
        return int(self._file.info.fs_info.block_size)

    @property
    def sequence(self) -> int:
        """How often the record was given to a new file."""
        return int(self._file.info.meta.seq)

    @property
    def in_use(self) -> bool:
        """Whether the record belongs to a file that exists."""
        return bool(int(self._file.info.meta.flags) & int(pytsk3.TSK_FS_META_FLAG_ALLOC))

    @cached_property
    def information(self) -> StandardInformation:
        """What $STANDARD_INFORMATION says; zeros where there is none."""
        data = self.content(STANDARD_INFORMATION, _STANDARD_INFORMATION.size) or b""
        return StandardInformation.parse(data)

    def names_in(self, folder: Reference) -> list[FileName]:
        """Return the names that the file says it has in `folder`."""
        found = (FileName.parse(self.read(one, 0, _LONGEST_FILE_NAME)) for one in self.attributes if one.type == FILE_NAME)
        return [name for name in found if name is not None and name.parent == folder]

    def blocks(self, name: str) -> tuple[Callable[[int, int], bytes], int]:
        """Return what reads the blocks of the index `name`, and how many bytes they have."""
        attribute = self.find(INDEX_ALLOCATION, name)
        if attribute is None:
            return lambda offset, size: b"", 0  # noqa: ARG005  there are no blocks, whatever is asked for
        return lambda offset, size: self.read(attribute, offset, size), attribute.size
