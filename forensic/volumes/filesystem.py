"""FatTree: the files of a FAT or exFAT volume, through pytsk3."""

from __future__ import annotations

from typing import Any

import msgspec
import pytsk3

from forensic.errors import Malformed, NotFound, Unreadable
from forensic.model import FileTime, Problem, upcase
from forensic.storage.source import Source
from forensic.volumes.sleuthkit import SourceImage, boundary
from forensic.volumes.tree import ENTRY_LIMIT, Content, Entry, Unindexed, components

_LABEL = " (Volume Label Entry)"
"""What pytsk3 adds to the name of the directory entry that holds the volume's label."""


class _Node(msgspec.Struct, frozen=True):
    name: str
    short: str
    number: int
    is_directory: bool


_Nodes = list[_Node]
_INVENTED = {".", "..", "$ALLOC_BITMAP", "$UPCASE_TABLE", "$VOLUME_GUID", "$TEX_FAT", "$ACT"}
"""Names that lead elsewhere, and those that pytsk3 gives to structures of exFAT."""


class FatFile(Content):
    """A file on a FAT volume. It states no times: FAT writes them in local time, without saying which."""

    written: FileTime | None = None
    created: FileTime | None = None

    def __init__(self, volume: str, path: str, image: SourceImage, file: Any) -> None:
        """Describe `file`."""
        self.volume, self.path, self._image, self._file = volume, path, image, file
        self._size = int(file.info.meta.size)

    @property
    def size(self) -> int:
        """Bytes."""
        return self._size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only where the file ends."""
        size = min(size, self._size - offset)
        if offset < 0 or size <= 0:
            return b""
        with boundary(self._image, self.path):
            data: bytes = self._file.read_random(offset, size)
        if len(data) != size:
            raise Unreadable(f"{self.path}: only {len(data)} of {size} bytes at offset {offset:#x} could be read")
        return data

    def stream(self, name: str) -> FatFile:
        """Raise NotFound: FAT has no alternate data streams."""
        raise NotFound(f"{self.path}:{name}: FAT has no alternate data streams")


class FatTree(Unindexed):
    """The files of one FAT or exFAT volume."""

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
        self._image = SourceImage(source, source.size if size is None else size)
        self._folders: dict[int, _Nodes] = {}
        with boundary(self._image, f"{volume or 'volume'}: FAT", strict=False):
            self._system = pytsk3.FS_Info(self._image, 0, pytsk3.TSK_FS_TYPE_FAT_DETECT)
        self._root = _Node("", "", int(self._system.info.root_inum), is_directory=True)

    @property
    def label(self) -> str | None:
        """The volume's label, from the root directory; None when it has none."""
        with boundary(self._image, "root directory"):
            names = [_text(found.info.name.name) for found in self._system.open_dir(inode=self._root.number)]
        return next((name.removesuffix(_LABEL).rstrip() for name in names if name.endswith(_LABEL)), None)

    def open(self, path: str) -> FatFile:
        """Return the file at `path`."""
        node, spelled = self._resolve(path)
        if node.is_directory:
            raise NotFound(f"{path}: a directory, not a file", code="no-file")
        with boundary(self._image, spelled):
            file = self._system.open_meta(node.number)
        return FatFile(self.volume, spelled, self._image, file)

    def list(self, path: str = "") -> list[Entry]:
        """Return the entries of the directory at `path`."""
        node, spelled = self._resolve(path)
        if not node.is_directory:
            raise NotFound(f"{path}: a file, not a directory", code="no-file")
        return sorted((Entry(found.name, found.is_directory, False) for found in self._nodes(node, spelled)), key=lambda entry: entry.name)

    def _resolve(self, path: str) -> tuple[_Node, str]:
        node, spelled = self._root, ""
        for part in components(path):
            if not node.is_directory:
                raise NotFound(f"{path}: {spelled} is a file", code="no-file")
            wanted = upcase(part)
            nodes = self._nodes(node, spelled)
            found = next((each for each in nodes if upcase(each.name) == wanted), None) or next(
                (each for each in nodes if upcase(each.short) == wanted), None
            )
            if found is None:
                raise NotFound(f"{path}: no {part} in {spelled or 'the root directory'}", code="no-file")
            node, spelled = found, f"{spelled}/{found.name}".lstrip("/")
        return node, spelled

    def _nodes(self, folder: _Node, path: str) -> _Nodes:
        if folder.number in self._folders:
            return self._folders[folder.number]
        nodes: _Nodes = []
        with boundary(self._image, path or "root directory"):
            for found in self._system.open_dir(inode=folder.number):
                if len(nodes) > ENTRY_LIMIT:
                    raise Malformed(f"{path}: more than {ENTRY_LIMIT} entries", code="too-much")
                name = found.info.name
                kind, text = int(name.type), _text(name.name)
                if (
                    kind not in _REAL
                    or not int(name.flags) & int(pytsk3.TSK_FS_NAME_FLAG_ALLOC)
                    or text in _INVENTED
                    or text.endswith(_LABEL)
                ):
                    continue
                nodes.append(_Node(text, _text(name.shrt_name), int(name.meta_addr), kind == int(pytsk3.TSK_FS_NAME_TYPE_DIR)))
        self._folders[folder.number] = nodes
        return nodes


_REAL = {int(pytsk3.TSK_FS_NAME_TYPE_REG), int(pytsk3.TSK_FS_NAME_TYPE_DIR)}


def _text(name: bytes | None) -> str:
    return (name or b"").decode("utf-8", "backslashreplace")
