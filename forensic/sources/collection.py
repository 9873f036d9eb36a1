"""CollectionSource: files without their disk (a folder, an archive, a mounted tree), and images among them, as a source of evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec.structs import replace

from forensic.model import InstallationOrigin, Problem, SetAside, SourceInfo, VolumeInfo
from forensic.sources.contained_image import open_contained
from forensic.sources.disk import DiskSource
from forensic.sources.evidence_source import EvidenceSource
from forensic.sources.hive_set import propose_hive_sets
from forensic.sources.proposal import INSTALLATION_LIMIT, TOO_MANY, Proposals, mark_shared_drives, propose
from forensic.sources.provenance import describe
from forensic.sources.shadow_folder import is_shadow, present_of
from forensic.sources.survey import Survey, survey
from forensic.sources.system_root import SystemRoot, is_windows_old
from forensic.sources.unread_file import name_links, name_unread
from forensic.sources.wim import WimSource
from forensic.volumes.recorded_tree import RecordedTree
from forensic.volumes.tree import Tree
from forensic.volumes.volume_key import VolumeKey
from forensic.windows.installation import Installation


class WholeTree(Tree, Protocol):
    """The tree of all that was given."""

    def total_size(self) -> int | None:
        """Return the bytes of all files; None where they are more than are counted."""


class CollectionSource(EvidenceSource):
    """Collected hives, images or a mounted Windows tree, in a folder or an archive."""

    def __init__(self, tree: WholeTree, format_name: str, keys: Sequence[VolumeKey] = ()) -> None:
        """Look into `tree`; `format_name` is what the report calls it, `keys` are tried on encrypted volumes of the images in it."""
        super().__init__()
        self._keys = keys
        self.tree, self.format_name = tree, format_name
        self._recorded = RecordedTree(tree)
        self._found: list[Installation] = []
        self._disks: list[DiskSource | WimSource] = []
        self._has_windows = False

    def _propose(self, *, earlier_states: bool, cross_check: bool) -> Proposals:
        """Propose what lies in the collection itself, then what is on the images in it."""
        self.tree.list()
        seen = survey(self.tree)
        images = open_contained(self.tree, [*seen.other_files, *seen.beside_windows], self._keys)
        beside = set(seen.beside_windows)
        self._disks, seen.other_files = images.disks, [path for path in images.left if path not in beside]
        self.tree.problems.extend(images.problems)
        proposals = propose_surveyed(self._recorded, seen, earlier_states=earlier_states, cross_check=cross_check)
        self._found = list(proposals.installations)
        for disk in self._disks:
            proposals.installations += disk.installations(earlier_states=earlier_states, cross_check=cross_check)
            proposals.set_aside += disk.set_aside
        self._has_windows = bool(proposals.installations)
        alone = not any(one.hive_paths or one.profile_paths for one in proposals.installations)
        unread = name_unread(self.tree, proposals.unread, alone=alone)
        proposals.set_aside += [*images.set_aside, *unread, *name_links(self.tree, seen.links, alone=alone)]
        if not proposals.installations and not self._disks and not self.tree.problems:
            what = "none of the files in it is a registry hive, a log that is known here, or an image of a disk"
            self.tree.problems.append(Problem("warning", "collection", what))
        return proposals

    def source_info(self, path: str) -> SourceInfo:
        """Describe the collection; its size is that of all files, or where they are too many to be counted, of those that were read."""
        size = self.tree.total_size()
        if size is None:
            size = sum(hive.size for found in self._found for hive in found.hive_infos())
            size += sum(found.files.size for found in self._found if found.files is not None)
        segments = tuple(path for disk in self._disks for path in disk.paths)
        files = describe(self.tree, self._recorded.read, self._found)
        return SourceInfo(path, self.format_name, size, segments, set_aside=self.set_aside, files=files)

    def volume_infos(self) -> tuple[VolumeInfo, ...]:
        """Describe the volumes of the images in it."""
        return tuple(info for disk in self._disks for info in disk.volume_infos())

    def problems(self) -> list[Problem]:
        """Return what was found wrong so far."""
        found = [*self.tree.problems, *(problem for disk in self._disks for problem in disk.problems())]
        if not self._has_windows:
            return found
        images = tuple(f"{disk.within} > " for disk in self._disks)
        return [  # a locked image in the folder takes nothing from what was found in the others
            replace(one, code="encrypted-beside") if one.code == "encrypted" and one.where.startswith(images) else one for one in found
        ]

    def close(self) -> None:
        """Release the images; files are opened and released one by one."""
        for disk in self._disks:
            disk.close()


def propose_in_collection(tree: Tree, *, earlier_states: bool = True, cross_check: bool = False) -> Proposals:
    """Propose the installations in a folder or archive, but for the images in it; Unreadable when not even the folder can be listed."""
    tree.list()
    return propose_surveyed(tree, survey(tree), earlier_states=earlier_states, cross_check=cross_check)


def propose_surveyed(tree: Tree, seen: Survey, *, earlier_states: bool, cross_check: bool) -> Proposals:
    """Propose the installations among the files that were seen.

    Windows trees at any depth come first (mounted ones, or as KAPE and Velociraptor lay them out), then sets of hives outside of them.
    """
    found = _at_roots(tree, seen.roots[:INSTALLATION_LIMIT], earlier_states=earlier_states, cross_check=cross_check)
    mark_shared_drives(found)
    bare = propose_hive_sets(tree, seen.hive_files, seen.other_files, earlier_states=earlier_states, cross_check=cross_check)
    found += bare.installations
    left_out: list[Mapping[str, str]] = [root.hives for root in seen.roots[INSTALLATION_LIMIT:]]
    for one in found[INSTALLATION_LIMIT:]:
        left_out += [one.hive_paths, *(one.profile_paths or {}).values()]
    if left_out:
        tree.problems.append(Problem("error", "collection", TOO_MANY, "not-opened"))
    set_aside = [*seen.set_aside, *bare.set_aside, *(SetAside(path, TOO_MANY) for hives in left_out for path in hives.values())]
    return Proposals(found[:INSTALLATION_LIMIT], set_aside, bare.unread)


def _at_roots(tree: Tree, roots: Sequence[SystemRoot], *, earlier_states: bool, cross_check: bool) -> list[Installation]:
    """Return the installations at these system roots, each followed by its earlier states, those in shadow copies last."""
    found: list[Installation] = []
    paths = [root.path for root in roots]
    present = {root.path: present_of(root.path, paths) for root in roots}
    for root in roots:
        if present[root.path] is not None:
            continue
        found += propose(tree, root, _origin(root.path), earlier_states=earlier_states, cross_check=cross_check)
        now = found[-1].earlier_state_of or found[-1].id
        for copy in roots if earlier_states else ():
            if present[copy.path] == root.path:
                found += propose(tree, copy, "shadow-copy", earlier_state_of=now, earlier_states=False, cross_check=cross_check)
    return found


def _origin(root: str) -> InstallationOrigin:
    if is_shadow(root):
        return "shadow-copy"
    return "old" if any(map(is_windows_old, root.split("/"))) else "collection"
