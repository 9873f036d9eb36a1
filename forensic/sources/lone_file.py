"""Lone file: one hive, event log or setup log, handed in by itself: told from a disk image, and examined as a collection of one file."""

from __future__ import annotations

import stat
from pathlib import Path

from msgspec.structs import replace

from forensic.containers.formats import HEAD, TAIL, recognize
from forensic.containers.segment import is_beside
from forensic.errors import Unreadable, Unsupported
from forensic.model import Problem, SourceInfo
from forensic.sources.collected_place import collected_place, event_log_place, place_by_content
from forensic.sources.collection import CollectionSource, WholeTree
from forensic.sources.hive_kind import stands_beside_a_hive
from forensic.sources.lone_mark import NAMES, is_marked, is_text
from forensic.sources.proposal import Proposals
from forensic.storage.local import LocalLocation
from forensic.storage.location import Location, Where, locate
from forensic.storage.meter import ReadMeter
from forensic.storage.source import Source
from forensic.volumes.lone_file import LoneFile
from forensic.volumes.tree import Tree
from forensic.windows.hive_folder import LOG_SUFFIXES
from forensic.windows.installation import Installation

_TEXT_HEAD = 4096


class LoneFileSource(CollectionSource):
    """One collected file."""

    def __init__(self, tree: WholeTree, name: str, format_name: str) -> None:
        """Look at the file called `name` in `tree`, whose only one it is, but for its companions."""
        super().__init__(tree, format_name)
        self.name = name

    def _propose(self, *, earlier_states: bool, cross_check: bool) -> Proposals:
        place = _place(self.tree, self.name)
        if place is not None:
            self._found = [Installation(self._recorded, None, {}, origin="collection", files={place: self.name}, name="")]
            return Proposals(list(self._found))
        proposals = super()._propose(earlier_states=earlier_states, cross_check=cross_check)
        if proposals.installations:
            what = "a single registry hive: what the other hives and the files of its computer say is not known"
            self.tree.problems.append(Problem("warning", self.name, what, "single-file"))
        else:
            self.tree.problems[:] = [Problem("error", self.name, self._why_nothing(proposals), "not-opened")]
        return proposals

    def _why_nothing(self, proposals: Proposals) -> str:
        if not is_marked(_glance(self.tree.open(self.name), 0, 8)):
            return "called like a registry hive or an event log of Windows, and does not begin like one: emptied, overwritten or encrypted"
        return next((one.why for one in proposals.set_aside), "no kind of file that is examined")

    def source_info(self, path: str) -> SourceInfo:
        """Describe the file; its size is its own, whatever could be read of it."""
        return replace(super().source_info(path), size=self.tree.open(self.name).size)


def open_lone_file(where: Where, meter: ReadMeter) -> LoneFileSource | None:
    """Return the source that is one hive, event log or setup log at `where`; None where it is none, so that it may be a disk image.

    Unsupported for the transaction log of a hive and for text of any other kind, of which nothing can be said.
    """
    where = locate(where)
    tree = LoneFile(where)
    name = tree.list()[0].name
    if not is_lone_file(tree, name):
        if _is_text(tree.open(name)) and _may_be_raw(tree.open(name)):
            raise Unsupported("this is a text file, and none of the logs of Windows that are read")
        return None
    if stands_beside_a_hive(name):
        raise Unsupported("this is the transaction log of a registry hive; give the hive, and leave the log beside it")
    return LoneFileSource(LoneFile(where, _companions(where), meter), name, "file")


def is_lone_file(tree: Tree, path: str) -> bool:
    """Whether a file is a hive, an event log or a setup log, by its content, or by a name that no disk image has."""
    file = tree.open(path)
    head = _glance(file, 0, 8)
    if is_marked(head):
        return True
    if not head or not _may_be_raw(file):
        return False
    return NAMES.fullmatch(path.rpartition("/")[2]) is not None or (_is_text(file) and _place(tree, path) is not None)


def _place(tree: Tree, path: str) -> str | None:
    """Return where a log lay on its computer; None for a hive, and for what is no log."""
    head = _glance(tree.open(path), 0, 8)
    if head[:4] == b"regf":
        return None
    if is_marked(head):
        name = path.rpartition("/")[2]
        ending = ".evt" if head[4:] == b"LfLe" else ".evtx"
        return event_log_place(tree, path, name if name.lower().endswith(ending) else name + ending)
    return collected_place(tree, path) or place_by_content(tree, path)


def _may_be_raw(file: Source) -> bool:
    """Whether a file is of no container's format, so that nothing but its content tells what it is."""
    return recognize(_glance(file, 0, HEAD), _glance(file, max(0, file.size - TAIL), TAIL)).name == "raw"


def _glance(file: Source, offset: int, size: int) -> bytes:
    """Return bytes that may tell what a file is; none where they cannot be read: a bad first sector ends no image."""
    try:
        return file.read_at(offset, size)
    except Unreadable:
        return b""


def _is_text(file: Source) -> bool:
    return is_text(_glance(file, 0, _TEXT_HEAD))


def _companions(where: Location) -> list[str]:
    """Return the names of transaction logs beside a hive: regular files, for links are not followed."""
    wanted = {f"{where.name}{suffix}".upper() for suffix in LOG_SUFFIXES}
    try:
        found = [other for other in where.siblings(where.name) if other.upper() in wanted]
    except Unsupported:  # a place that lists nothing
        found = [name for suffix in LOG_SUFFIXES if is_beside(where, name := f"{where.name}{suffix}")]
    except Unreadable:
        found = []
    return [other for other in found if not isinstance(where, LocalLocation) or _is_regular(Path(where.path).with_name(other))]


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False
