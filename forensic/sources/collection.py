"""CollectionSource: files without their disk (a folder, a zip archive, a mounted tree) as a source of evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping

from forensic.model import InstallationOrigin, Problem, SetAside, SourceInfo, VolumeInfo
from forensic.sources.evidence_source import EvidenceSource
from forensic.sources.hive_set import propose_hive_sets
from forensic.sources.proposal import INSTALLATION_LIMIT, TOO_MANY, Proposals, mark_shared_drives, propose
from forensic.sources.survey import survey
from forensic.sources.system_root import is_windows_old
from forensic.volumes.tree import Tree
from forensic.windows.installation import Installation

_SHADOW_COPY = re.compile(r"shadowcopy\d+", re.IGNORECASE)


class CollectionSource(EvidenceSource):
    """Collected hives or a mounted Windows tree, in a folder or a zip archive."""

    def __init__(self, tree: Tree, format_name: str) -> None:
        """Look into `tree`; `format_name` is what the report calls it."""
        super().__init__()
        self.tree, self.format_name = tree, format_name
        self._found: list[Installation] = []

    def _propose(self, *, earlier_states: bool, cross_check: bool) -> Proposals:
        proposals = propose_in_collection(self.tree, earlier_states=earlier_states, cross_check=cross_check)
        self._found = proposals.installations
        return proposals

    def source_info(self, path: str) -> SourceInfo:
        """Describe the collection; its size is that of the hives and files that were read."""
        size = sum(hive.size for found in self._found for hive in found.hive_infos())
        size += sum(found.files.size for found in self._found if found.files is not None)
        return SourceInfo(path, self.format_name, size, set_aside=self.set_aside)

    def volume_infos(self) -> tuple[VolumeInfo, ...]:
        """Return nothing: volumes were not collected."""
        return ()

    def problems(self) -> list[Problem]:
        """Return what was found wrong so far."""
        return list(self.tree.problems)

    def close(self) -> None:
        """Do nothing: files are opened and released one by one."""


def propose_in_collection(tree: Tree, *, earlier_states: bool = True, cross_check: bool = False) -> Proposals:
    """Propose the installations in a folder or archive.

    Windows trees at any depth come first (mounted ones, or as KAPE and Velociraptor lay them out), then sets of hives outside of them.
    Unreadable when not even the folder itself can be listed.
    """
    tree.list()
    seen = survey(tree)
    found: list[Installation] = []
    for root in seen.roots[:INSTALLATION_LIMIT]:
        found += propose(tree, root, _origin(root.path), earlier_states=earlier_states, cross_check=cross_check)
    mark_shared_drives(found)
    bare = propose_hive_sets(tree, seen.hive_files, seen.other_files, earlier_states=earlier_states, cross_check=cross_check)
    found += bare.installations
    if not found and not tree.problems:
        what = "none of the files in it is a registry hive; a disk image is given by its own name, not by its folder"
        tree.problems.append(Problem("warning", "collection", what))
    left_out: list[Mapping[str, str]] = [root.hives for root in seen.roots[INSTALLATION_LIMIT:]]
    for one in found[INSTALLATION_LIMIT:]:
        left_out += [one.hive_paths, *(one.profile_paths or {}).values()]
    if left_out:
        tree.problems.append(Problem("warning", "collection", TOO_MANY))
    set_aside = [*seen.set_aside, *bare.set_aside, *(SetAside(path, TOO_MANY) for hives in left_out for path in hives.values())]
    return Proposals(found[:INSTALLATION_LIMIT], set_aside)


def _origin(root: str) -> InstallationOrigin:
    if _SHADOW_COPY.search(root):
        return "shadow-copy"
    return "old" if any(map(is_windows_old, root.split("/"))) else "collection"
