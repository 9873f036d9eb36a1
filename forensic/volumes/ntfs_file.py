"""Files on NTFS: their streams, and what reparse points make of them."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.errors import Malformed, NotFound, Unsupported
from forensic.model import FileTime
from forensic.storage.source import Source
from forensic.volumes.ntfs_record import DATA, INDEX_ROOT, INDEX_ROOT_LIMIT, REPARSE_POINT, Attribute, Record
from forensic.volumes.reparse import LIMIT as REPARSE_LIMIT
from forensic.volumes.reparse import WOF, ReparsePoint
from forensic.volumes.tree import Content
from forensic.volumes.view_index import read_view
from forensic.volumes.wof import open_compressed

_ENCRYPTED, _REPARSE, _INCOMPLETE = 0x4000, 0x400, 0x200 | 0x1000 | 0x4_0000 | 0x40_0000
"""File attributes: encrypted by EFS; reparse point; sparse, offline, recall on open, on data access: part of a cloud file is elsewhere."""
_WOF_STREAM = "WofCompressedData"


class NtfsFile(Content):
    """One data stream of a file on an NTFS volume."""

    def __init__(self, volume: str, path: str, record: Record, attribute: Attribute | None) -> None:
        """Describe the stream `attribute` of `record`.

        None: the file has only named streams, as `$Extend/$UsnJrnl`, or is damaged; its size and content are Malformed then, never empty.
        """
        self.volume, self.path, self._record, self._attribute = volume, path, record, attribute
        self._information = record.information

    @property
    def size(self) -> int:
        """Bytes."""
        return self._data.size

    @property
    def written(self) -> FileTime | None:
        """When the content was last modified ($STANDARD_INFORMATION)."""
        return FileTime(self._information.written) if self._information.written else None

    @property
    def created(self) -> FileTime | None:
        """When the file was created on this volume ($STANDARD_INFORMATION)."""
        return FileTime(self._information.created) if self._information.created else None

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only where the file ends."""
        return self._record.read(self._data, offset, size)

    @property
    def _data(self) -> Attribute:
        if self._attribute is None:
            raise Malformed(f"{self.path}: the file has no unnamed data stream")
        return self._attribute

    def stream(self, name: str) -> NtfsFile:
        """Return the alternate data stream of this name."""
        attribute = self._record.find(DATA, name) if name else None
        if attribute is None:
            raise NotFound(f"{self.path}: no stream {name}")
        return NtfsFile(self.volume, f"{self._record.path}:{attribute.name}", self._record, attribute)

    def index(self, name: str) -> Iterator[tuple[bytes, bytes]]:
        """Yield key and data of each entry of the index of this name."""
        root = self._record.find(INDEX_ROOT, name)
        if root is None:
            raise NotFound(f"{self.path}: no index {name}")
        blocks, size = self._record.blocks(name)
        return read_view(f"{self.path}:{name}", self._record.read(root, 0, INDEX_ROOT_LIMIT), blocks, size, self._record.cluster)


class CompactFile(NtfsFile):
    """A file that Windows keeps compressed in a stream beside it (CompactOS, the Windows Overlay Filter)."""

    def __init__(self, volume: str, path: str, record: Record, attribute: Attribute, content: Source) -> None:
        """Describe the file whose decompressed bytes are `content`."""
        super().__init__(volume, path, record, attribute)
        self._content = content

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` decompressed bytes from `offset`; fewer only where the file ends."""
        return self._content.read_at(offset, size)


def open_file(volume: str, path: str, record: Record) -> NtfsFile:
    """Return the file that `record` describes: its unnamed data stream, decompressed where CompactOS keeps it.

    NotFound for a link, Unsupported where the content is encrypted or kept elsewhere, Malformed where the record contradicts itself.
    """
    data = record.find(DATA)
    reparse = record.content(REPARSE_POINT, REPARSE_LIMIT)
    attributes = record.information.file_attributes
    if attributes & _ENCRYPTED:
        raise Unsupported(f"{path}: encrypted by EFS, needs the key of its user", code="encrypted")
    if reparse is None and (attributes & _REPARSE or record.find(DATA, _WOF_STREAM)):
        raise Malformed(f"{path}: the file is a reparse point, but its reparse data is missing")
    if reparse is None:
        return NtfsFile(volume, path, record, data)
    point = ReparsePoint.parse(reparse)
    if point.is_link:
        raise NotFound(f"{path}: is a link{point.target}, links are not followed", code="is-link")
    if point.tag == WOF:
        packed = record.find(DATA, _WOF_STREAM)
        stream = None if packed is None else NtfsFile(volume, f"{path}:{_WOF_STREAM}", record, packed)
        if data is None:
            raise Malformed(f"{path}: compressed by CompactOS, but its own stream, which tells the size, is missing")
        return CompactFile(volume, path, record, data, open_compressed(path, reparse, stream, data.size))
    if point.is_cloud_file and not attributes & _INCOMPLETE:
        return NtfsFile(volume, path, record, data)
    what = f"{path}: its content is not on this volume as a file: {point.keeper} (reparse tag {point.tag:#010x})"
    raise Unsupported(what, code="elsewhere")
