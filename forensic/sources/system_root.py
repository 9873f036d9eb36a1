"""System root: the folder of a Windows in a tree, found by the hives in it and not by its name or a drive letter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from forensic.errors import ForensicError, NotFound
from forensic.model import Locator, Problem
from forensic.volumes.tree import Entry, Tree
from forensic.windows.hive_folder import CONFIG, MACHINE_HIVES

BOOT_PATH_LIMIT = 64
"""Folders that boot.ini may name at most; what lies beyond is not looked at."""
NESTED_DEPTH, NESTED_LIMIT = 3, 300
"""How deep, and in how many folders, a collector's drives are looked for on a volume without a Windows of its own."""

_BOOT_INI_PATH = re.compile(rb"partition\(\d+\)\\([^=\r\n\"]{1,200})", re.IGNORECASE)
_WINDOWS_OLD = re.compile(r"windows\.old(?:[.(]\w+\)?)?", re.IGNORECASE)


class SystemRoot(msgspec.Struct, frozen=True):
    """One system root."""

    path: str
    drive: str
    """The folder that was the root of its drive."""
    hives: dict[str, str]
    """Name and path of the machine hives in it."""


def find_system_roots(tree: Tree, drive: str = "", boot_paths: Sequence[str] = ()) -> Iterator[SystemRoot]:
    """Yield each folder of the drive whose root is `drive` that holds a `System32/config` with a machine hive.

    `boot_paths` are folders besides those at the root that may be system roots, as `find_boot_paths` gives them for the whole disk.
    """
    for candidate, root in _candidates(tree, drive, boot_paths):
        if hives := hives_in(tree, f"{candidate}/{CONFIG}"):
            yield SystemRoot(candidate, root, hives)


def nested_folders(tree: Tree) -> Iterator[str]:
    """Yield the folders of a tree down to three levels, the upper ones first: there collectors put a drive (`C`, `uploads/auto/C%3A`).

    Folders of Windows itself are not entered; after `NESTED_LIMIT` folders the rest is left, for this is no search of a data disk.
    """
    level, count = [""], 0
    for _ in range(NESTED_DEPTH):
        below: list[str] = []
        for folder in level:
            below += _folders(tree, folder)
            if len(below) > NESTED_LIMIT:
                break
        level = below[: max(0, NESTED_LIMIT - count)]
        count += len(level)
        yield from level


def find_boot_paths(trees: Iterable[Tree], drive: str = "") -> list[str]:
    """Return the folders to which boot.ini at the drive root `drive` of each tree points: one of it serves all volumes of a disk."""
    paths: dict[str, None] = {}
    for tree in trees:
        try:
            boot_ini = tree.open(f"{drive}/boot.ini".lstrip("/")).read_all(1 << 20)
        except ForensicError:
            continue  # Vista and later have none, and before them only the volume that starts the computer has
        for match in _BOOT_INI_PATH.finditer(boot_ini):
            path = match[1].decode("latin-1").strip().replace("\\", "/").strip("/")
            if path and len(paths) < BOOT_PATH_LIMIT:
                paths[path] = None
    return list(paths)


def is_windows_old(name: str) -> bool:
    """Whether setup gives a folder this name when it moves the Windows there that it replaces."""
    return _WINDOWS_OLD.fullmatch(name) is not None


def _candidates(tree: Tree, drive: str, boot_paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the directories at the drive root, those in Windows.old, and those to which boot.ini points; beside each its drive root."""
    folders = _folders(tree, drive)
    yield from ((folder, drive) for folder in folders)
    for folder in folders:
        if is_windows_old(folder.rpartition("/")[2]):
            yield from ((inner, folder) for inner in _folders(tree, folder))
    known = {folder.lower() for folder in folders}  # these are asked as they are spelled: on NTFS two may differ in case only
    for path in boot_paths or find_boot_paths([tree], drive):
        candidate = f"{drive}/{path}".lstrip("/")
        if candidate.lower() not in known:
            known.add(candidate.lower())
            yield candidate, drive


def _folders(tree: Tree, path: str) -> list[str]:
    return [f"{path}/{entry.name}".lstrip("/") for entry in entries_of(tree, path) if entry.is_directory and not entry.is_link]


def entries_of(tree: Tree, path: str, code: str = "folder-not-searched") -> Sequence[Entry]:
    """Return what is in a folder; of one that cannot be listed what is still known of it, and a problem of the tree with this code."""
    try:
        return tree.list(path)
    except NotFound:
        return []
    except ForensicError as error:
        _note_unlisted(tree, path, error, code)
        return _salvage(tree, path)


def _salvage(tree: Tree, path: str) -> Sequence[Entry]:
    try:
        return tree.salvage(path)
    except ForensicError:
        return []


def _note_unlisted(tree: Tree, path: str, error: ForensicError, code: str = "folder-not-searched") -> None:
    where = str(Locator(volume=tree.volume, file=path or "/"))
    problem = Problem("error", where, f"cannot be listed, so a Windows in it may not be seen: {error}", code)
    known = [one for one in tree.problems if (one.where, one.what) == (where, problem.what)]
    if not any(one.is_incomplete or one == problem for one in known):  # the graver code stays
        tree.problems[:] = [*(one for one in tree.problems if one not in known), problem]


def hives_in(tree: Tree, folder: str, *, filled: bool = False) -> dict[str, str]:
    """Return name and path of the machine hives in a folder; with `filled`, only those that are not empty files.

    Of a folder that is there and cannot be read, the hives are assumed under their own names: opening them states why that fails.
    """
    folder = folder.lstrip("/")
    hives: dict[str, str] = {}
    try:
        entries = tree.list(folder)
    except NotFound:
        return hives
    except ForensicError:
        return {} if filled or not _names_a_root(tree, folder) else {name: f"{folder}/{name}" for name in MACHINE_HIVES}
    for entry in entries:
        name, path = entry.name.upper(), f"{folder}/{entry.name}".lstrip("/")
        if name in MACHINE_HIVES and entry.is_link:
            _note_link(tree, path)
        elif name in MACHINE_HIVES and not entry.is_directory and (not filled or _size(tree, path)):
            hives[name] = path
    return hives


def _note_link(tree: Tree, path: str) -> None:
    problem = Problem("error", str(Locator(volume=tree.volume, file=path)), "a link, which is not followed", "hive-unreadable")
    if problem not in tree.problems:
        tree.problems.append(problem)


def _names_a_root(tree: Tree, folder: str) -> bool:
    """Whether this unreadable folder is one of Windows, by the names on the way to it; what hides even these is a problem."""
    root = folder.removesuffix(CONFIG).strip("/")
    if root.rpartition("/")[2].lower() in {"windows", "winnt"}:
        return True
    try:
        return any(entry.name.lower() == "system32" for entry in tree.list(root))
    except ForensicError as error:
        _note_unlisted(tree, root, error)
        return False


def _size(tree: Tree, path: str) -> int:
    try:
        return tree.open(path).size
    except ForensicError:
        return 1  # it is there: opening it as a hive states why it cannot be read
