"""NtfsTree: the files of an NTFS volume, found through the directory indexes and read through pytsk3.

pytsk3's own search by path reads the whole $MFT first and trusts the index too; it is not used. Where the index of a directory is damaged,
all MFT records are asked for the names they have in it (`ntfs_search`).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytsk3

from forensic.errors import ForensicError, Malformed, NotFound, Unreadable
from forensic.model import Locator, Problem, decode_utf16
from forensic.storage.source import Mended, Source
from forensic.volumes.directory_index import DOS_NAMESPACE, DirectoryIndex, IndexEntry
from forensic.volumes.ntfs_boot import SIZE as BOOT_SIZE
from forensic.volumes.ntfs_boot import BootSector
from forensic.volumes.ntfs_file import NtfsFile, open_file
from forensic.volumes.ntfs_layout import SECTOR, Reference
from forensic.volumes.ntfs_record import DATA, INDEX_ROOT, INDEX_ROOT_LIMIT, REPARSE_POINT, VOLUME_NAME, Record
from forensic.volumes.ntfs_search import MftSearch
from forensic.volumes.ntfs_upcase import SIZE as UPCASE_SIZE
from forensic.volumes.ntfs_upcase import UpcaseTable
from forensic.volumes.reparse import LIMIT as REPARSE_LIMIT
from forensic.volumes.reparse import ReparsePoint, is_link
from forensic.volumes.sleuthkit import SourceImage, boundary
from forensic.volumes.tree import Entry, components

_ROOT = Reference(5, 5)
_TABLE_RECORD, _VOLUME_RECORD, _UPCASE_RECORD = 0, 3, 10
_LARGEST_CLUSTER, _PER_CLUSTER, _MOST = 2 << 20, 128, (1 << 64) - 1
_INDEX_CACHE = 64
_STEP_CACHE = 128
"""Folders and files whose records are kept: the first ones met are the hives and what is on the way to them."""


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
        boot = BootSector.parse(source.read_at(0, BOOT_SIZE))
        self._image = SourceImage(_with_small_clusters(source, boot), source.size if size is None else size)
        self._image.forgiving = True  # $Bitmap and $Secure are read now, and nothing that is found here rests on them
        with boundary(self._image, f"{volume or 'volume'}: NTFS", strict=False):
            self._system = pytsk3.FS_Info(self._image, 0, pytsk3.TSK_FS_TYPE_NTFS)
        self._image.forgiving = False
        if self._image.forgiven:
            what = f"damaged, but not where the content of files hangs on it: {self._image.forgiven[0]}"
            self.problems.append(Problem("warning", volume, what, "file-system-repaired"))
        self._cluster = int(self._system.info.block_size)
        self._indexes: dict[Reference, DirectoryIndex] = {}
        self._steps: dict[tuple[Reference, str], _Step] = {}
        self._upcase = UpcaseTable(self._read_upcase, volume, self.problems)
        self._search = MftSearch(lambda where: self._special(_TABLE_RECORD, "$MFT", where), boot.record_size, source.size, self._upcase.key)

    @property
    def label(self) -> str | None:
        """The volume's label ($VOLUME_NAME of $Volume); None when it has none."""
        return decode_utf16(self._special(_VOLUME_RECORD, "$Volume").content(VOLUME_NAME, 256) or b"") or None

    def open(self, path: str) -> NtfsFile:
        """Return the file at `path`: its unnamed data stream."""
        step = self._resolve(path)
        if step.is_directory:
            raise NotFound(f"{path}: a directory, not a file", code="no-file")
        return open_file(self.volume, step.path, step.record or self._record(step.reference, step.path))

    def list(self, path: str = "") -> list[Entry]:
        """Return the entries of the directory at `path`: one for each name, 8.3 names left out."""
        step = self._resolve(path)
        if not step.is_directory:
            raise NotFound(f"{path}: a file, not a directory", code="no-file")
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
                names = record.names_in(folder.reference)
                reparse = ReparsePoint.parse(record.content(REPARSE_POINT, 4) or b"")
            except ForensicError:  # a record that cannot be read leads to no file
                continue
            for name in (decode_utf16(one.name) for one in names if one.namespace != DOS_NAMESPACE):
                found[name] = Entry(name, record.find(INDEX_ROOT, "$I30") is not None, reparse.is_link)
        return [found[name] for name in sorted(found) if name != "."]

    def _is_link(self, entry: IndexEntry, folder: str) -> bool:
        if entry.reparse_tag == 0:
            try:
                reparse = self._record(entry.reference, f"{folder}/{entry.name}").content(REPARSE_POINT, 4)
            except ForensicError:
                return False
            return ReparsePoint.parse(reparse or b"").is_link
        return is_link(entry.reparse_tag)

    def _resolve(self, path: str) -> _Step:
        step = _Step(_ROOT, "", is_directory=True)
        for part in components(path):
            if not step.is_directory:
                raise NotFound(f"{path}: {step.path} is a file", code="no-file")
            step = self._steps.get((step.reference, part)) or self._step(step, part)
            if step.is_directory and step.reparse_tag is not None:
                record = step.record or self._record(step.reference, step.path)
                reparse = ReparsePoint.parse(record.content(REPARSE_POINT, REPARSE_LIMIT) or b"")
                if reparse.is_link:
                    raise NotFound(f"{path}: {step.path} is a link{reparse.target}, links are not followed", code="is-link")
        return step

    def _step(self, folder: _Step, name: str) -> _Step:
        path = f"{folder.path}/{name}".lstrip("/")
        try:
            entry = self._index(folder).find(self._key(name), name)
            if entry is None:
                raise NotFound(f"{path}: no {name} in {folder.path or 'the root directory'}", code="no-file")
            record = self._record(entry.reference, path)
        except (Malformed, Unreadable) as error:
            return self._search_all(folder, name, error)
        spelled = entry.name
        if entry.namespace == DOS_NAMESPACE:
            long = (decode_utf16(one.name) for one in record.names_in(folder.reference) if one.namespace != DOS_NAMESPACE)
            spelled = next(long, spelled)
        record.path = f"{folder.path}/{spelled}".lstrip("/")
        step = _Step(entry.reference, record.path, entry.is_directory, entry.reparse_tag, record)
        if len(self._steps) < _STEP_CACHE:
            self._steps[folder.reference, name] = step
        return step

    def _note(self, path: str, what: str) -> None:
        problem = Problem("warning", str(Locator(volume=self.volume, file=path)), what, "file-system-repaired")
        if problem not in self.problems:
            self.problems.append(problem)

    def _search_all(self, folder: _Step, name: str, error: ForensicError) -> _Step:
        """Find a file by what all MFT records say of themselves, because the index of its directory proved damaged.

        Where no record in use has this name in this directory, the damage is raised: absence cannot be shown.
        """
        where = folder.path or "root directory"
        self._note(where, f"damaged directory: {error}; what was looked for in it was searched in all MFT records")
        key = self._key(name)
        reference = self._claimed(folder).get(key)
        if reference is None:
            raise error
        path = f"{folder.path}/{name}".lstrip("/")
        record = self._record(reference, path)
        claimed = [one for one in record.names_in(folder.reference) if self._upcase.key(one.name) == key]
        if not claimed:
            raise error
        chosen = min(claimed, key=lambda one: (one.namespace == DOS_NAMESPACE, one.name))
        record.path = f"{folder.path}/{decode_utf16(chosen.name)}".lstrip("/")
        is_directory = record.find(INDEX_ROOT, "$I30") is not None
        return _Step(reference, record.path, is_directory, None if record.find(REPARSE_POINT) is None else 0, record)

    def _claimed(self, folder: _Step) -> dict[bytes, Reference]:
        """Return the file of each name that MFT records have in `folder`."""
        return self._search.files_in(folder.reference, folder.path or "root directory")

    def _special(self, number: int, name: str, what: str = "") -> Record:
        """Read the record of a file of NTFS itself; `what` it is needed for, in messages, where not for itself."""
        with boundary(self._image, what or name):
            file = self._system.open_meta(number)
        return Record(self._image, file, number, name)

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
            blocks, size = record.blocks("$I30")
            content = record.read(root, 0, INDEX_ROOT_LIMIT)
            index = DirectoryIndex(record.path, content, blocks, size, self._cluster, self._upcase.key)
        self._indexes[folder.reference] = index  # moved to the end: the cache forgets what was not used for longest
        if len(self._indexes) > _INDEX_CACHE:
            del self._indexes[next(iter(self._indexes))]
        return index

    def _key(self, name: str) -> bytes:
        """Return a name as directories compare it."""
        return self._upcase.key(name.encode("utf-16-le", "surrogatepass"))

    def _read_upcase(self) -> bytes:
        return self._special(_UPCASE_RECORD, "$UpCase").content(DATA, UPCASE_SIZE) or b""


def _with_small_clusters(source: Source, boot: BootSector) -> Source:
    """Return the volume with another boot sector where its clusters are larger than pytsk3 takes, 128 sectors of any size.

    The sectors are said to be larger instead: 2 MiB, the most that Windows makes, are 128 of 16 KiB.
    """
    if not boot.has_large_clusters or not 0 < boot.cluster <= _LARGEST_CLUSTER or boot.cluster % (_PER_CLUSTER * SECTOR):
        return source
    sector_size = boot.cluster // _PER_CLUSTER
    sectors = min(boot.sectors * boot.sector_size // sector_size, _MOST)
    shown = boot._replace(sector_size=sector_size, cluster_code=_PER_CLUSTER, sectors=sectors)
    return Mended(source, shown.written_over(source.read_at(0, BOOT_SIZE)))
