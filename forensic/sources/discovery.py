"""Discovery: finds the Windows installations in a tree, by content and not by name or drive letter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from forensic.errors import ForensicError, NotFound, Unreadable
from forensic.model import InstallationOrigin, Locator, Problem
from forensic.registry.base_block import BLOCK_SIZE
from forensic.registry.hive import Hive
from forensic.windows.installation import CONFIG, MACHINE_HIVES, Installation

if TYPE_CHECKING:
    from forensic.volumes.disk import Volume
    from forensic.volumes.tree import Entry, File, Tree

INSTALLATION_LIMIT = 64
"""Installations that are examined on one volume or in one collection at most."""
COLLECTION_LIMIT = 200_000
"""Files and directories of a collection that are looked at most."""
COPIES = {"RegBack": f"{CONFIG}/RegBack", "repair": "repair"}
"""Folders below the system root in which Windows keeps an earlier copy of the hives (Vista and later; NT 4.0 to 2003)."""

_BOOT_INI_PATH = re.compile(rb"partition\(\d+\)\\([^=\r\n\"]{1,200})", re.IGNORECASE)
_OLD = re.compile(r"windows\.old(?:[.(]\w+\)?)?", re.IGNORECASE)
_SHADOW_COPY = re.compile(r"shadowcopy\d+", re.IGNORECASE)


def find_installations(
    volume: Volume, others: Sequence[Volume] = (), *, boot_paths: Sequence[str] = (), copies: bool = True, cross_check: bool = False
) -> list[Installation]:
    """Return the installations on a volume, each followed by the earlier copies of its registry (with `copies`).

    `boot_paths` are folders besides those at the drive root that may be system roots, as `find_boot_paths` gives them for the whole disk.
    """
    tree = volume.tree
    found: list[Installation] = []
    for root, drive in _system_roots(tree, boot_paths=boot_paths):
        if len(found) >= INSTALLATION_LIMIT:
            tree.problems.append(Problem("warning", volume.id, f"more than {INSTALLATION_LIMIT} installations; the rest was not looked at"))
            break
        other_trees = [other.tree for other in others if other is not volume and other.not_examined is None]
        origin: InstallationOrigin = "old" if _OLD.fullmatch(root.partition("/")[0]) else "active"
        found += _installations(tree, root, drive, origin, volume, other_trees, copies=copies, cross_check=cross_check)
    _mark_shared_drives(found)
    if copies:
        found += _shadow_copies(volume, found, cross_check=cross_check)
    return found


def _mark_shared_drives(found: Sequence[Installation]) -> None:
    """Let the installations that lie on one drive know it."""
    rivals = [one for one in found if one.earlier_state_of is None and one.origin != "recovery"]
    for one in rivals:
        one.shares_drive = sum(other.drive.lower() == one.drive.lower() for other in rivals) > 1


def find_boot_paths(trees: Iterable[Tree], base: str = "") -> list[str]:
    """Return the folders to which boot.ini at the drive root `base` of each tree points: one of it serves all volumes of a disk."""
    paths: dict[str, None] = {}
    for tree in trees:
        try:
            boot_ini = tree.open(f"{base}/boot.ini".lstrip("/")).read_all(1 << 20)
        except ForensicError:
            continue  # Vista and later have none, and before them only the volume that starts the computer has
        for match in _BOOT_INI_PATH.finditer(boot_ini):
            path = match[1].decode("latin-1").strip().replace("\\", "/").strip("/")
            if path and len(paths) < INSTALLATION_LIMIT:
                paths[path] = None
    return list(paths)


def _shadow_copies(volume: Volume, found: Sequence[Installation], *, cross_check: bool) -> Iterator[Installation]:
    """Yield the installations of a volume as its shadow copies hold them: earlier states of those that are there now."""
    now = {(installation.system_root or "").lower(): installation for installation in found if installation.earlier_state_of is None}
    for copy in volume.shadow_copies:
        try:
            for root, drive in _system_roots(copy.tree):
                current = now.get(root.lower())
                hives = _hives_in(copy.tree, f"{root}/{CONFIG}")
                earlier = None if current is None else current.id
                yield Installation(
                    copy.tree,
                    root,
                    hives,
                    origin="shadow-copy",
                    volume=copy,
                    earlier_state_of=earlier,
                    drive=drive,
                    cross_check=cross_check,
                )
        except ForensicError as error:
            volume.problems.append(Problem("warning", copy.id, str(error)))


def _installations(
    tree: Tree,
    root: str,
    drive: str,
    origin: InstallationOrigin,
    volume: Volume | None,
    others: Sequence[Tree],
    *,
    copies: bool,
    cross_check: bool,
) -> Iterator[Installation]:
    hives = _hives_in(tree, f"{root}/{CONFIG}")
    installation = Installation(tree, root, hives, origin=origin, volume=volume, other_trees=others, drive=drive, cross_check=cross_check)
    if installation.release.is_preinstallation:
        installation.origin = "recovery"
    yield installation
    for folder in COPIES.values() if copies else ():
        copy = _hives_in(tree, f"{root}/{folder}", filled=True)
        if copy:
            name = f"{root}/{folder}".lstrip("/")
            yield Installation(
                tree, root, copy, origin="old", volume=volume, earlier_state_of=installation.id, name=name, cross_check=cross_check
            )


def _system_roots(tree: Tree, base: str = "", boot_paths: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield each directory below the drive root `base` that holds a `System32/config` with a machine hive, and the root of its drive."""
    for candidate, drive in _candidates(tree, base, boot_paths):
        if _hives_in(tree, f"{candidate}/{CONFIG}"):
            yield candidate, drive


def _candidates(tree: Tree, base: str, boot_paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the directories at the drive root, those in Windows.old, and those to which boot.ini points; beside each its drive root."""
    folders = [f"{base}/{entry.name}".lstrip("/") for entry in _list(tree, base) if entry.is_directory and not entry.is_link]
    yield from ((folder, base) for folder in folders)
    for folder in folders:
        if _OLD.fullmatch(folder.rpartition("/")[2]):
            yield from ((f"{folder}/{entry.name}", folder) for entry in _list(tree, folder) if entry.is_directory and not entry.is_link)
    known = {folder.lower() for folder in folders}  # these are asked as they are spelled: on NTFS two may differ in case only
    for path in boot_paths or find_boot_paths([tree], base):
        candidate = f"{base}/{path}".lstrip("/")
        if candidate.lower() not in known:
            known.add(candidate.lower())
            yield candidate, base


def _list(tree: Tree, path: str) -> Sequence[Entry]:
    try:
        return tree.list(path)
    except NotFound:
        return []
    except ForensicError as error:
        _note_unlisted(tree, path, error)
        return _salvage(tree, path)


def _salvage(tree: Tree, path: str) -> Sequence[Entry]:
    try:
        return tree.salvage(path)
    except ForensicError:
        return []


def _note_unlisted(tree: Tree, path: str, error: ForensicError) -> None:
    where = str(Locator(volume=tree.volume, file=path or "/"))
    problem = Problem("error", where, f"cannot be listed, so a Windows in it may not be seen: {error}")
    if problem not in tree.problems:
        tree.problems.append(problem)


def _hives_in(tree: Tree, folder: str, *, filled: bool = False) -> dict[str, str]:
    """Return name and path of the machine hives in a folder; with `filled`, only those that are not empty files.

    Of a folder that is there and cannot be read, the hives are assumed under their own names: opening them states why that fails.
    """
    hives: dict[str, str] = {}
    try:
        entries = tree.list(folder)
    except NotFound:
        return hives
    except ForensicError:
        return {} if filled or not _names_a_root(tree, folder) else {name: f"{folder}/{name}" for name in MACHINE_HIVES}
    for entry in entries:
        name = entry.name.upper()
        if name in MACHINE_HIVES and not entry.is_directory and not entry.is_link:
            path = f"{folder}/{entry.name}"
            if not filled or _size(tree, path):
                hives[name] = path
    return hives


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


def find_collected(tree: Tree, *, copies: bool = True, cross_check: bool = False) -> list[Installation]:
    """Return the installations in a folder or archive.

    Windows trees at any depth come first (mounted ones, or as KAPE and Velociraptor lay them out), then bare sets of hives.
    Unreadable when not even the folder itself can be listed.
    """
    tree.list()
    roots, hive_files = _survey(tree)
    found: list[Installation] = []
    for root, drive in roots[:INSTALLATION_LIMIT]:
        origin: InstallationOrigin = "collection"
        if _SHADOW_COPY.search(root):
            origin = "shadow-copy"
        elif any(_OLD.fullmatch(part) for part in root.split("/")):
            origin = "old"
        found += _installations(tree, root, drive, origin, None, (), copies=copies, cross_check=cross_check)
    _mark_shared_drives(found)
    found += _bare_sets(tree, hive_files, copies=copies, cross_check=cross_check)
    if not found and not tree.problems:
        what = "none of the files in it is a registry hive; a disk image is given by its own name, not by its folder"
        tree.problems.append(Problem("warning", "collection", what))
    if len(found) > INSTALLATION_LIMIT or len(roots) > INSTALLATION_LIMIT:
        tree.problems.append(Problem("warning", "collection", f"more than {INSTALLATION_LIMIT} installations; the rest was not looked at"))
    return found[:INSTALLATION_LIMIT]


def _survey(tree: Tree) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the system roots with the roots of their drives, and the paths of all files elsewhere that begin like a hive."""
    roots: list[tuple[str, str]] = []
    hives: list[str] = []
    pending, count = [""], 0
    while pending:
        folder = pending.pop(0)
        entries = _list(tree, folder)
        count += len(entries)
        if count > COLLECTION_LIMIT:
            tree.problems.append(Problem("warning", "collection", f"more than {COLLECTION_LIMIT} files; the rest was not looked at"))
            break
        if not folder and _hives_in(tree, CONFIG):
            return [("", "")], []  # the system root itself was given
        here = list(_system_roots(tree, folder))
        if here:
            roots += here
            continue  # a drive of Windows: its hives are found from its system root
        for entry in entries:
            path = f"{folder}/{entry.name}".lstrip("/")
            if entry.is_directory and not entry.is_link:
                pending.append(path)
            elif not entry.is_directory and _begins_like_hive(tree, path):
                hives.append(path)
    return roots, hives


def _begins_like_hive(tree: Tree, path: str) -> bool:
    if path.upper().endswith((".LOG", ".LOG1", ".LOG2", ".BLF", ".REGTRANS-MS")):
        return False
    try:
        file = tree.open(path)
        return file.read_at(0, 4) == b"regf" or _lacks_its_head(file)
    except ForensicError:
        return path.rpartition("/")[2].upper() in {*MACHINE_HIVES, "NTUSER.DAT", "USRCLASS.DAT"}  # one that cannot be read is not absent


def _lacks_its_head(file: File) -> bool:
    """Whether a file with the name of a machine hive is one whose base block is destroyed: its transaction logs have a copy."""
    return (
        file.path.rpartition("/")[2].upper() in MACHINE_HIVES and file.read_at(0, 4) != b"regf" and file.read_at(BLOCK_SIZE, 4) == b"hbin"
    )


def _bare_sets(tree: Tree, paths: Sequence[str], *, copies: bool, cross_check: bool) -> list[Installation]:
    """Group hives that lie outside any Windows tree.

    The machine hives of one folder belong together, with the profile hives at and below it. Those in its RegBack are an earlier copy.
    """
    machine: dict[str, dict[str, dict[str, str]]] = {}
    profile_hives: list[tuple[str, str]] = []
    for path in paths:
        name = classify(tree, path)
        folder, _, file_name = path.rpartition("/")
        if name in MACHINE_HIVES:
            host = _host(file_name, name)
            chosen = machine.setdefault(folder, {}).setdefault(host, {})
            if name in chosen:
                tree.problems.append(Problem("warning", path, f"a second {name} hive beside {chosen[name]}; this one was not examined"))
            else:
                chosen[name] = path
        elif name is not None:
            profile_hives.append((name, path))
    installations = []
    for folder, hosts in machine.items():
        above, _, last = folder.rpartition("/")
        is_copy = last.lower() == "regback" and above in machine
        if is_copy and not copies:
            continue
        for host, hives in _merged(hosts).items():
            owned = [item for item in profile_hives if _owner(item[1], machine) == folder]
            profile_hives = [item for item in profile_hives if item not in owned]
            label = f"{folder}/{host}".strip("/") if len(_merged(hosts)) > 1 else folder
            installation = _bare(tree, label, hives, owned, cross_check=cross_check)
            if is_copy:
                installation.origin, installation.earlier_state_of = "old", above or "hives"
            installations.append(installation)
    if profile_hives:
        installations.append(_bare(tree, "", {}, profile_hives, cross_check=cross_check))
    return installations


def _bare(tree: Tree, name: str, hives: dict[str, str], profile_hives: Sequence[tuple[str, str]], *, cross_check: bool) -> Installation:
    profiles: dict[str, dict[str, str]] = {}
    for hive_name, path in profile_hives:
        folder = path.rpartition("/")[0] or path
        if hive_name in profiles.get(folder, {}):
            folder = path  # several users' hives in one folder: each file is a profile of its own
        profiles.setdefault(folder, {})[hive_name] = path
    return Installation(tree, None, hives, origin="collection", profile_paths=profiles, name=name, cross_check=cross_check)


def _host(file_name: str, hive_name: str) -> str:
    """Return what a file name says beside the hive's name, e.g. `pc7` for `PC7_SAM.reg`: files of one host share it."""
    stem = re.sub(r"\.(?:reg|hiv|hive|save|sav|bak|dat|bin|old|copy)$", "", file_name.lower()).replace(hive_name.lower(), "", 1)
    return re.sub(r"^hklm|[\s_.\-]+", "", stem)


def _merged(hosts: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Return one set where no hive occurs twice, whatever the files are called; else one set for each host name."""
    names = [name for hives in hosts.values() for name in hives]
    if len(names) == len(set(names)):
        return {"": {name: path for hives in hosts.values() for name, path in hives.items()}}
    return hosts


def _owner(path: str, machine: dict[str, dict[str, dict[str, str]]]) -> str | None:
    """Return the nearest folder at or above `path` that holds machine hives."""
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        if folder in machine:
            return folder
    return None


def classify(tree: Tree, path: str) -> str | None:
    """Return which hive a file is, by the keys below its root and not by its name; None when it is none that matters here.

    Its name tells it only where damage hides all these keys.
    """
    name = path.rpartition("/")[2].upper()
    try:
        file: File = tree.open(path)
        if _lacks_its_head(file):
            return name
        hive = Hive(file, file.place)
        names = {key.name.lower() for key, _ in zip(hive.root.keys(), range(64), strict=False)}
    except ForensicError as error:
        if isinstance(error, Unreadable) and name in MACHINE_HIVES:
            return name  # opening it states why it cannot be read
        tree.problems.append(Problem("warning", path, f"said to be a registry hive, but cannot be read as one: {error}"))
        return None
    if not names and hive.problems:
        if name in MACHINE_HIVES:
            return name
        tree.problems.append(Problem("warning", path, f"a registry hive; damage hides which, so it was not examined: {hive.problems[-1]}"))
    if "sam" in names:
        return "SAM"
    if "policy" in names:
        return "SECURITY"
    if "select" in names or "controlset001" in names:
        return "SYSTEM"
    if "software" in names:
        return "NTUSER"
    if "microsoft" in names:
        return "SOFTWARE"
    return "USRCLASS" if "local settings" in names else None
