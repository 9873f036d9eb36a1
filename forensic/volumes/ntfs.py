"""NtfsTree: the files of an NTFS volume, found through the directory indexes and read through pytsk3.

pytsk3's own search by path reads the whole $MFT first and trusts the index too; it is not used. Where the index of a directory is damaged,
all MFT records are asked for the names they have in it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytsk3

from forensic.errors import ForensicError, Malformed, NotFound, Unreadable, Unsupported
from forensic.model import FileTime, Locator, Problem, decode_utf16, upcase
from forensic.storage.source import Mended, Source
from forensic.volumes.index import DOS_NAMESPACE, DirectoryIndex, IndexEntry, Reference, fixed, view
from forensic.volumes.sleuthkit import SourceImage, boundary
from forensic.volumes.tree import Content, Entry, components
from forensic.volumes.wof import open_compressed

STANDARD_INFORMATION, FILE_NAME, VOLUME_NAME, DATA, INDEX_ROOT, INDEX_ALLOCATION, REPARSE_POINT = 0x10, 0x30, 0x60, 0x80, 0x90, 0xA0, 0xC0
_ROOT = Reference(5, 5)
_VOLUME_RECORD, _UPCASE_RECORD, _UPCASE_SIZE = 3, 10, 131_072
_ENCRYPTED, _INCOMPLETE = 0x4000, 0x200 | 0x1000 | 0x4_0000 | 0x40_0000
"""File attributes: encrypted by EFS; sparse, offline, recall on open, on data access: part of a cloud file is elsewhere."""
_REPARSE, _NAME_SURROGATE = 0x400, 0x2000_0000
_WOF_STREAM = "WofCompressedData"
_WOF, _CLOUD, _CLOUD_MASK = 0x8000_0017, 0x9000_001A, 0xFFFF_0FFF
_ELSEWHERE = {
    0x8000_0013: "deduplicated by Windows Server",
    0xC000_0004: "moved to other storage (HSM)",
    0x8000_0006: "moved to other storage (HSM2)",
    0x8000_0007: "in the single instance store",
    0x8000_0008: "in a WIM file",
    0x8000_0021: "kept by OneDrive",
}
_LARGEST_CLUSTER, _MOST = 2 << 20, (1 << 64) - 1
_INDEX_CACHE = 64
_STEP_CACHE = 128
"""Folders and files whose records are kept: the first ones met are the hives and what is on the way to them."""
_SCAN, _PAGE, _SMALLEST_RECORD = 1 << 20, 1 << 12, 256
_RESCUE_LIMIT = 32
"""Damaged directories for which the whole $MFT is searched, at most."""
_RAW_REPARSE_LIMIT = 16_384
_INDEX_ROOT_LIMIT = 65_536


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


class NtfsFile(Content):
    """One data stream of a file on an NTFS volume."""

    def __init__(self, volume: str, path: str, record: Record, attribute: Attribute | None) -> None:
        """Describe the stream `attribute` of `record`.

        None: the file has only named streams, as `$Extend/$UsnJrnl`, or is damaged; its size and content are Malformed then, never empty.
        """
        self.volume, self.path, self._record, self._attribute = volume, path, record, attribute
        information = record.content(STANDARD_INFORMATION, 48) or bytes(48)
        self._created, self._written = struct.unpack_from("<QQ", information.ljust(48, b"\0"))

    @property
    def size(self) -> int:
        """Bytes."""
        return self._data.size

    @property
    def written(self) -> FileTime | None:
        """When the content was last modified ($STANDARD_INFORMATION)."""
        return FileTime(self._written) if self._written else None

    @property
    def created(self) -> FileTime | None:
        """When the file was created on this volume ($STANDARD_INFORMATION)."""
        return FileTime(self._created) if self._created else None

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
        record = self._record
        root, blocks = record.find(INDEX_ROOT, name), record.find(INDEX_ALLOCATION, name)
        if root is None:
            raise NotFound(f"{self.path}: no index {name}")

        def read(offset: int, size: int) -> bytes:
            return b"" if blocks is None else record.read(blocks, offset, size)

        content = record.read(root, 0, _INDEX_ROOT_LIMIT)
        return view(f"{self.path}:{name}", content, read, 0 if blocks is None else blocks.size, record.cluster)


class CompactFile(NtfsFile):
    """A file that Windows keeps compressed in a stream beside it (CompactOS, the Windows Overlay Filter)."""

    def __init__(self, volume: str, path: str, record: Record, attribute: Attribute, content: Source) -> None:
        """Describe the file whose decompressed bytes are `content`."""
        super().__init__(volume, path, record, attribute)
        self._content = content

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` decompressed bytes from `offset`; fewer only where the file ends."""
        return self._content.read_at(offset, size)


class _Step(msgspec.Struct, frozen=True):
    """A place on the way along a path."""

    reference: Reference
    path: str
    is_directory: bool
    reparse_tag: int | None = None
    record: Record | None = None


class NtfsTree:
    """The files of one NTFS volume."""

    def __init__(self, source: Source, volume: str = "", size: int | None = None, problems: list[Problem] | None = None) -> None:
        """Open the volume; Malformed or Unreadable when it cannot be.

        Args:
            source: of the volume's bytes.
            volume: its id, for places.
            size: bytes that the volume should have, where `source` holds only its beginning.
            problems: the list to which problems are added; a new one by default.
        """
        self.volume = volume
        self.problems: list[Problem] = [] if problems is None else problems
        self._image = SourceImage(_with_small_clusters(source), source.size if size is None else size)
        self._image.forgiving = True  # $Bitmap and $Secure are read now, and nothing that is found here rests on them
        with boundary(self._image, f"{volume or 'volume'}: NTFS", strict=False):
            self._system = pytsk3.FS_Info(self._image, 0, pytsk3.TSK_FS_TYPE_NTFS)
        self._image.forgiving = False
        if self._image.forgiven:
            what = f"damaged, but not where the content of files hangs on it: {self._image.forgiven[0]}"
            self.problems.append(Problem("warning", volume, what))
        self._held = source.size
        self._cluster = int(self._system.info.block_size)
        stated = source.read_at(0x40, 1)[0]
        self._record_size = stated * self._cluster if stated <= 0x80 else 1 << (256 - stated)
        self._indexes: dict[Reference, DirectoryIndex] = {}
        self._steps: dict[tuple[Reference, str], _Step] = {}
        self._rescued: dict[Reference, dict[bytes, Reference]] = {}
        self._table: bytes | None = None

    @property
    def label(self) -> str | None:
        """The volume's label ($VOLUME_NAME of $Volume); None when it has none."""
        with boundary(self._image, "$Volume"):
            record = Record(self._image, self._system.open_meta(_VOLUME_RECORD), _VOLUME_RECORD, "$Volume")
        return decode_utf16(record.content(VOLUME_NAME, 256) or b"") or None

    def open(self, path: str) -> NtfsFile:
        """Return the file at `path`: its unnamed data stream."""
        step = self._resolve(path)
        if step.is_directory:
            raise NotFound(f"{path}: a directory, not a file")
        record = step.record or self._record(step.reference, step.path)
        reparse = record.content(REPARSE_POINT, _RAW_REPARSE_LIMIT)
        data = record.find(DATA)
        flags = int.from_bytes((record.content(STANDARD_INFORMATION, 48) or b"")[32:36], "little")
        if flags & _ENCRYPTED:
            raise Unsupported(f"{step.path}: encrypted by EFS, needs the key of its user")
        if reparse is None and (flags & _REPARSE or record.find(DATA, _WOF_STREAM)):
            raise Malformed(f"{step.path}: the file is a reparse point, but its reparse data is missing")
        if reparse is None:
            return NtfsFile(self.volume, step.path, record, data)
        return self._open_reparsed(step.path, record, data, reparse, flags)

    def _open_reparsed(self, path: str, record: Record, data: Attribute | None, reparse: bytes, flags: int) -> NtfsFile:
        tag = int.from_bytes(reparse[:4], "little")
        if tag & _NAME_SURROGATE:
            raise NotFound(f"{path}: is a link{_target(reparse)}, links are not followed")
        if tag == _WOF:
            packed = record.find(DATA, _WOF_STREAM)
            stream = None if packed is None else NtfsFile(self.volume, f"{path}:{_WOF_STREAM}", record, packed)
            if data is None:
                raise Malformed(f"{path}: compressed by CompactOS, but its own stream, which tells the size, is missing")
            return CompactFile(self.volume, path, record, data, open_compressed(path, reparse, stream, data.size))
        if tag & _CLOUD_MASK == _CLOUD and not flags & _INCOMPLETE:
            return NtfsFile(self.volume, path, record, data)
        why = "kept in the cloud" if tag & _CLOUD_MASK == _CLOUD else _ELSEWHERE.get(tag, "a reparse point of unknown meaning")
        raise Unsupported(f"{path}: its content is not on this volume as a file: {why} (reparse tag {tag:#010x})")

    def list(self, path: str = "") -> list[Entry]:
        """Return the entries of the directory at `path`: one for each name, 8.3 names left out."""
        step = self._resolve(path)
        if not step.is_directory:
            raise NotFound(f"{path}: a file, not a directory")
        found = (
            Entry(entry.name, entry.is_directory, self._is_link(entry, step.path))
            for entry in self._index(step).entries()
            if entry.namespace != DOS_NAMESPACE and entry.name != "."
        )
        return sorted(found, key=lambda entry: entry.name)

    def salvage(self, path: str = "") -> Sequence[Entry]:
        """Return the entries of a directory that cannot be listed, as far as MFT records say that they lie in it."""
        folder = self._resolve(path)
        found: dict[str, Entry] = {}
        for reference in self._claimed(folder).values():
            try:
                record = self._record(reference, folder.path)
                names = _names(record, folder.reference)
                tag = int.from_bytes(record.content(REPARSE_POINT, 4) or b"", "little")
            except ForensicError:  # a record that cannot be read leads to no file
                continue
            for name in (decode_utf16(name) for namespace, name in names if namespace != DOS_NAMESPACE):
                found[name] = Entry(name, record.find(INDEX_ROOT, "$I30") is not None, bool(tag & _NAME_SURROGATE))
        return [found[name] for name in sorted(found) if name != "."]

    def _is_link(self, entry: IndexEntry, folder: str) -> bool:
        if entry.reparse_tag == 0:
            try:
                reparse = self._record(entry.reference, f"{folder}/{entry.name}").content(REPARSE_POINT, 4)
            except ForensicError:
                return False
            return bool(int.from_bytes(reparse or b"", "little") & _NAME_SURROGATE)
        return bool((entry.reparse_tag or 0) & _NAME_SURROGATE)

    def _resolve(self, path: str) -> _Step:
        step = _Step(_ROOT, "", is_directory=True)
        for part in components(path):
            if not step.is_directory:
                raise NotFound(f"{path}: {step.path} is a file")
            step = self._steps.get((step.reference, part)) or self._step(step, part)
            if step.is_directory and step.reparse_tag is not None:
                record = step.record or self._record(step.reference, step.path)
                reparse = record.content(REPARSE_POINT, _RAW_REPARSE_LIMIT) or b""
                if int.from_bytes(reparse[:4], "little") & _NAME_SURROGATE:
                    raise NotFound(f"{path}: {step.path} is a link{_target(reparse)}, links are not followed")
        return step

    def _step(self, folder: _Step, name: str) -> _Step:
        path = f"{folder.path}/{name}".lstrip("/")
        try:
            entry = self._index(folder).find(self._key(name.encode("utf-16-le", "surrogatepass")), name)
            if entry is None:
                raise NotFound(f"{path}: no {name} in {folder.path or 'the root directory'}")
            record = self._record(entry.reference, path)
        except (Malformed, Unreadable) as error:
            return self._search_all(folder, name, error)
        spelled = entry.name
        if entry.namespace == DOS_NAMESPACE:
            long = (decode_utf16(found) for namespace, found in _names(record, folder.reference) if namespace != DOS_NAMESPACE)
            spelled = next(long, spelled)
        record.path = f"{folder.path}/{spelled}".lstrip("/")
        step = _Step(entry.reference, record.path, entry.is_directory, entry.reparse_tag, record)
        if len(self._steps) < _STEP_CACHE:
            self._steps[folder.reference, name] = step
        return step

    def _note(self, path: str, what: str) -> None:
        problem = Problem("warning", str(Locator(volume=self.volume, file=path)), what)
        if problem not in self.problems:
            self.problems.append(problem)

    def _search_all(self, folder: _Step, name: str, error: ForensicError) -> _Step:
        """Find a file by what all MFT records say of themselves, because the index of its directory proved damaged.

        Where no record in use has this name in this directory, the damage is raised: absence cannot be shown.
        """
        where = folder.path or "root directory"
        self._note(where, f"damaged directory: {error}; what was looked for in it was searched in all MFT records")
        key = self._key(name.encode("utf-16-le", "surrogatepass"))
        reference = self._claimed(folder).get(key)
        if reference is None:
            raise error
        path = f"{folder.path}/{name}".lstrip("/")
        record = self._record(reference, path)
        names = [(namespace == DOS_NAMESPACE, found) for namespace, found in _names(record, folder.reference) if self._key(found) == key]
        if not names:
            raise error
        record.path = f"{folder.path}/{decode_utf16(min(names)[1])}".lstrip("/")
        is_directory = record.find(INDEX_ROOT, "$I30") is not None
        return _Step(reference, record.path, is_directory, None if record.find(REPARSE_POINT) is None else 0, record)

    def _claimed(self, folder: _Step) -> dict[bytes, Reference]:
        """Return the file of each name that MFT records have in `folder`; Unreadable when that was asked of too many folders."""
        if folder.reference not in self._rescued:
            where = folder.path or "root directory"
            if len(self._rescued) >= _RESCUE_LIMIT:
                raise Unreadable(f"{where}: all MFT records were searched for {_RESCUE_LIMIT} other damaged directories already")
            with boundary(self._image, where):
                table = Record(self._image, self._system.open_meta(0), 0, "$MFT")
            self._rescued[folder.reference] = dict(self._claims(table, folder.reference))
        return self._rescued[folder.reference]

    def _claims(self, table: Record, folder: Reference) -> Iterator[tuple[bytes, Reference]]:
        """Yield key and reference of each file that says, in a record in use, that it has a name in `folder`.

        | Offset | Size | Field of a record | Notes |
        |--------|------|-------|-------|
        | 0      | 4    | `FILE` | |
        | 16     | 2    | sequence number | |
        | 20     | 2    | first attribute | |
        | 22     | 2    | flags | bit 0: in use |
        | 32     | 8    | base record | of an extension record, else 0 |
        """
        data = table.find(DATA)
        size = self._record_size
        if data is None or size < _SMALLEST_RECORD:
            raise Malformed("$MFT: no records to search")
        parent = folder.record.to_bytes(6, "little")
        for offset, chunk in _readable(table, data, min(data.size, self._held)):
            for at in range(0, len(chunk) - size + 1, size):
                record = chunk[at : at + size]
                if parent in record and record[22] & 1:
                    base = Reference.from_bytes(record[32:40])
                    own = Reference((offset + at) // size, int.from_bytes(record[16:18], "little"))
                    try:
                        names = list(_resident_names(fixed("$MFT", record, offset + at, b"FILE"), folder))
                    except Malformed:  # a record that was torn or wiped claims nothing
                        continue
                    for name in names:
                        yield self._key(name), base if base.record else own

    def _record(self, reference: Reference, path: str) -> Record:
        """Read a record; Malformed when it has since been given to another file."""
        with boundary(self._image, path):
            file = self._system.open_meta(reference.record)
        record = Record(self._image, file, reference.record, path)
        if not record.in_use or record.sequence != reference.sequence:
            raise Malformed(f"{path}: the directory names MFT record {reference.record}, which belongs to another file now")
        return record

    def _index(self, folder: _Step) -> DirectoryIndex:
        index = self._indexes.pop(folder.reference, None)
        if index is None:
            record = folder.record or self._record(folder.reference, folder.path or "root directory")
            root = record.find(INDEX_ROOT, "$I30")
            if root is None:
                raise Malformed(f"{record.path}: the directory has no index")
            blocks = record.find(INDEX_ALLOCATION, "$I30")

            def read(offset: int, size: int) -> bytes:
                return b"" if blocks is None else record.read(blocks, offset, size)

            content = record.read(root, 0, _INDEX_ROOT_LIMIT)
            index = DirectoryIndex(record.path, content, read, 0 if blocks is None else blocks.size, self._cluster, self._key)
        self._indexes[folder.reference] = index  # moved to the end: the cache forgets what was not used for longest
        if len(self._indexes) > _INDEX_CACHE:
            del self._indexes[next(iter(self._indexes))]
        return index

    def _key(self, name: bytes) -> bytes:
        """Return a name (UTF-16LE) as the volume compares it: upper-cased by its own table $UpCase, UTF-16BE."""
        if not any(name[1::2]) and name.isascii():
            upper = bytearray(name.upper())
            upper[0::2], upper[1::2] = upper[1::2], upper[0::2]
            return bytes(upper)
        if self._table is None:
            self._table = self._load_upcase()
        return b"".join(self._table[unit << 1 : (unit << 1) + 2] for (unit,) in struct.iter_unpack("<H", name))

    def _load_upcase(self) -> bytes:
        """Read $UpCase (UTF-16BE); where it cannot be had, the Unicode upper case of each character serves."""
        try:
            with boundary(self._image, "$UpCase"):
                record = Record(self._image, self._system.open_meta(_UPCASE_RECORD), _UPCASE_RECORD, "$UpCase")
            table = bytearray(record.content(DATA, _UPCASE_SIZE) or b"")
            if len(table) != _UPCASE_SIZE or table[2 * 0x61 : 2 * 0x61 + 2] != b"A\0":
                raise Malformed("$UpCase: not a table of upper case letters")
        except ForensicError as error:
            self.problems.append(
                Problem("warning", f"{self.volume} > $UpCase".removeprefix(" > "), f"{error}; upper case by Unicode instead")
            )
            units = (ord(upcase(chr(unit))) if not 0xD800 <= unit < 0xE000 else unit for unit in range(0x10000))
            return b"".join(unit.to_bytes(2, "big") for unit in units)
        table[0::2], table[1::2] = table[1::2], table[0::2]
        return bytes(table)


def _with_small_clusters(source: Source) -> Source:
    """Return the volume with another boot sector where its clusters are larger than pytsk3 takes, 128 sectors of any size.

    The sectors are said to be larger instead: 2 MiB, the most that Windows makes, are 128 of 16 KiB.
    """
    boot = bytearray(source.read_at(0, 512).ljust(512, b"\0"))
    sector, stated = struct.unpack_from("<HB", boot, 11)
    sectors = int.from_bytes(boot[40:48], "little")
    cluster = sector << 256 - stated if stated > 0x80 else 0
    if not 0 < cluster <= _LARGEST_CLUSTER or cluster % (128 * 512):
        return source
    boot[11:14] = (cluster // 128).to_bytes(2, "little") + b"\x80"
    boot[40:48] = min(sectors * sector // (cluster // 128), _MOST).to_bytes(8, "little")
    return Mended(source, bytes(boot))


def _names(record: Record, folder: Reference) -> list[tuple[int, bytes]]:
    """Return namespace and name (UTF-16LE) of each name that a record says it has in `folder`."""
    names = []
    for attribute in record.attributes:
        if attribute.type == FILE_NAME:
            data = record.read(attribute, 0, 66 + 2 * 255)
            if len(data) > 66 and Reference.from_bytes(data) == folder:
                names.append((data[65], data[66 : 66 + 2 * data[64]]))
    return names


def _readable(table: Record, data: Attribute, end: int, start: int = 0, step: int = _SCAN) -> Iterator[tuple[int, bytes]]:
    """Yield offset and bytes of all pieces of a stream that can be read, in order; what cannot be is left out, page by page."""
    for offset in range(start, end, step):
        try:
            yield offset, table.read(data, offset, min(step, end - offset))
        except (Malformed, Unreadable):
            if step > _PAGE:
                yield from _readable(table, data, min(end, offset + step), offset, step >> 4)


def _resident_names(record: bytes, folder: Reference) -> Iterator[bytes]:
    """Yield each name (UTF-16LE) that the bytes of a record hold for `folder`."""
    at = int.from_bytes(record[20:22], "little")
    while at + 24 <= len(record):
        kind, size = struct.unpack_from("<II", record, at)
        if kind > FILE_NAME or size < 24:
            return
        start = at + int.from_bytes(record[at + 20 : at + 22], "little")
        if kind == FILE_NAME and start + 66 < len(record) and Reference.from_bytes(record[start : start + 8]) == folder:
            yield record[start + 66 : start + 66 + 2 * record[start + 64]]
        at += size


def _target(reparse: bytes) -> str:
    """Return the target of a junction or symbolic link, as ` to …`."""
    tag = int.from_bytes(reparse[:4], "little")
    if tag not in {0xA000_0003, 0xA000_000C} or len(reparse) < 16:
        return ""
    start = 16 if tag == 0xA000_0003 else 20
    offset, size = struct.unpack_from("<HH", reparse, 8)
    return f" to {decode_utf16(reparse[start + offset : start + offset + size])}"
