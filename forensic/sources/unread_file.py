"""Unread files: what lies in a collection and is not read, named for what it is; a problem where a Windows may be in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from forensic.containers.formats import HEAD, recognize
from forensic.errors import ForensicError
from forensic.model import Problem, SetAside
from forensic.volumes.tree import Tree

UNKNOWN_LIMIT = 100
"""Files of no known kind that are named one by one."""
_CLONEZILLA = re.compile(r"clonezilla-img|.+\.(?:\w+-)?ptcl-img\b.*|.+\.ntfs-img\b.*", re.IGNORECASE)
_FOG = re.compile(r"d\d+p\d+\.img(?:\.\d+)?|d\d+\.(?:partitions|mbr|minimum\.partitions|original\.fstypes)", re.IGNORECASE)
_CLONES = (
    (_CLONEZILLA, "a disk saved by Clonezilla", "restore it to a disk image first (Clonezilla, or partclone.restore -C for each file)"),
    (_FOG, "a disk saved by FOG", "deploy it to a virtual disk first, or unpack each file and restore it (partclone.restore -C)"),
)
"""Names of files, at least two in a folder -> what made them, and what helps."""


def name_unread(tree: Tree, paths: Sequence[str], *, alone: bool) -> Iterator[SetAside]:
    """Yield each of the files at `paths` with what it is; `alone`: no registry was found, so a Windows may be in what is packed here.

    Files of no known kind are named up to a limit. A disk saved file by file is one problem, at its folder.
    """
    clones = _clones(paths)
    for folder, (what, advice, names) in clones.items():
        why = f"{what} in {len(names)} files, which are not read: {advice}"
        tree.problems.append(_problem(folder or "/", why, alone=alone))
    unknown = named = 0
    for path in paths:
        folder = path.rpartition("/")[0]
        if folder in clones and path in clones[folder][2]:
            yield SetAside(path, f"part of {clones[folder][0]}")
            continue
        why, may_hold_windows = what_it_is(tree, path)
        if not may_hold_windows:
            unknown += 1
        elif (named := named + 1) <= UNKNOWN_LIMIT:
            tree.problems.append(_problem(path, why, alone=alone))
        if may_hold_windows or unknown <= UNKNOWN_LIMIT:
            yield SetAside(path, why)
    if named > UNKNOWN_LIMIT:
        tree.problems.append(
            _problem("collection", f"{named - UNKNOWN_LIMIT} more files that may hold a Windows were not opened", alone=alone)
        )
    if unknown > UNKNOWN_LIMIT:
        yield SetAside("", f"{unknown - UNKNOWN_LIMIT} more files of no kind that is examined")


def name_links(tree: Tree, paths: Sequence[str], *, alone: bool) -> Iterator[SetAside]:
    """Yield each of the links at `paths` with where it leads; together they are one problem."""
    if paths:
        some = ", ".join(paths[:3]) + (", …" if len(paths) > 3 else "")
        why = f"{len(paths)} links, which are not followed ({some}); give what they lead to"
        tree.problems.append(_problem("collection", why, alone=alone))
    for path in paths[:UNKNOWN_LIMIT]:
        try:
            tree.open(path)
        except ForensicError as error:
            yield SetAside(path, str(error))
    if len(paths) > UNKNOWN_LIMIT:
        yield SetAside("", f"{len(paths) - UNKNOWN_LIMIT} more links, which are not followed")


def _problem(where: str, why: str, *, alone: bool) -> Problem:
    return Problem("error" if alone else "warning", where, why, "not-opened" if alone else "set-aside")


def _clones(paths: Sequence[str]) -> dict[str, tuple[str, str, list[str]]]:
    """Return folder -> what lies there, advice, its files: of the folders whose files have the names that a cloning tool gives."""
    found: dict[str, tuple[str, str, list[str]]] = {}
    for pattern, what, advice in _CLONES:
        folders: dict[str, list[str]] = {}
        for path in paths:
            folder, _, name = path.rpartition("/")
            if pattern.fullmatch(name):
                folders.setdefault(folder, []).append(path)
        found |= {folder: (what, advice, names) for folder, names in folders.items() if len(names) > 1}
    return found


def what_it_is(tree: Tree, path: str) -> tuple[str, bool]:
    """Say what a file is that no artifact looks for, and whether it may hold a Windows, as archives do: it was not opened."""
    try:
        head = tree.open(path).read_at(0, HEAD)
    except ForensicError as error:
        return f"cannot be read: {error}", True
    found = recognize(head, b"")
    if found.module is not None and found.name != "raw":
        return f"a disk image ({found.title}), not opened here; give it by its own name", True
    if found.holds_files:
        return f"{found.title}, not opened here; give it by its own name", True
    if found.refusals and found.name != "raw":
        return f"{found.refusals[0].what}; {found.refusals[0].advice}", True
    return "no kind of file that is examined", False
