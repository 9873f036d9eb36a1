"""Survey: what lies in a collection, by one walk from its root."""

from __future__ import annotations

import msgspec

from forensic.model import Problem, SetAside
from forensic.sources.hive_kind import begins_like_hive, stands_beside_a_hive
from forensic.sources.system_root import SystemRoot, entries_of, find_system_roots, hives_in
from forensic.volumes.tree import Tree
from forensic.windows.hive_folder import CONFIG

COLLECTION_LIMIT = 200_000
"""Files and directories of a collection that are looked at most."""

_OF_DRIVES = frozenset({"lost+found", "system volume information", "$recycle.bin"})
"""Folders that a file system keeps for itself, and closes to users: nobody collects into them."""


class Survey(msgspec.Struct):
    """What lies in a collection."""

    roots: list[SystemRoot] = []
    hive_files: list[str] = []
    """Paths of the files outside any drive of Windows that begin like a hive."""
    other_files: list[str] = []
    """Paths of all other files there, but for those that stand beside hives: transaction logs."""
    beside_windows: list[str] = []
    """Paths of the files in the roots of such drives: of these only images are looked at."""
    links: list[str] = []
    """Paths of links there: what they lead to is not followed."""
    set_aside: list[SetAside] = []


def survey(tree: Tree) -> Survey:
    """Look at every folder, the upper ones first; a drive of Windows is not entered, since its hives are found from its system root."""
    if hives := hives_in(tree, CONFIG):
        return Survey([SystemRoot("", "", hives)])  # the system root itself was given
    seen = Survey()
    pending, count = [""], 0
    while pending:
        folder = pending.pop(0)
        entries = entries_of(tree, folder, "folder-not-searched" if folder.rpartition("/")[2].lower() in _OF_DRIVES else "folder-not-read")
        count += len(entries)
        if count > COLLECTION_LIMIT:
            what = f"more than {COLLECTION_LIMIT} files; the rest was not looked at"
            tree.problems.append(Problem("error", "collection", what, "limit-reached"))
            seen.set_aside.append(SetAside(folder or "/", what))
            break
        here = list(find_system_roots(tree, folder))
        if here:
            seen.roots += here
            seen.beside_windows += [
                f"{folder}/{entry.name}".lstrip("/") for entry in entries if not entry.is_directory and not entry.is_link
            ]
            continue
        for entry in entries:
            path = f"{folder}/{entry.name}".lstrip("/")
            if entry.is_link:
                seen.links.append(path)
            elif entry.is_directory:
                pending.append(path)
            elif begins_like_hive(tree, path):
                seen.hive_files.append(path)
            elif not stands_beside_a_hive(path):
                seen.other_files.append(path)
    return seen
