"""Hive set: the hives of one computer that lie outside any Windows tree, proposed by folders and file names."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from forensic.errors import ForensicError
from forensic.model import Problem, SetAside
from forensic.sources.collected_place import collected_place, is_renamed
from forensic.sources.file_sharing import SET_LIMIT, HiveSet, nearest, share
from forensic.sources.hive_kind import identify
from forensic.sources.proposal import Proposals
from forensic.sources.shadow_folder import is_shadow, present_of
from forensic.volumes.tree import Tree
from forensic.windows.hive_folder import MACHINE_HIVES
from forensic.windows.installation import Installation

_SUFFIX = re.compile(r"\.(?:reg|hiv|hive|save|sav|bak|dat|bin|old|copy)$")
_COPY = re.compile(r"regback|repair")
"""Folders and names of the copies of the registry that Windows keeps."""
_USER_HIVES = frozenset({"NTUSER.DAT", "USRCLASS.DAT"})
_OF_SYSTEM = re.compile(r"(?:^|(?<!ntuser)[/_.\- ])default(?:\.(?:reg|hiv|hive|save|sav|bak|dat|bin|old|copy))?$", re.IGNORECASE)
"""The hive of the system's own profile, which Windows keeps beside the machine's."""
_SYSTEM_PROFILE = "systemprofile"
"""The folder of that profile, by which ProfileList names it."""
_FILLING = re.compile(r"^hklm|[\s_.\-]+")

Hosts = dict[str, dict[str, str]]
"""What file names say beside the hives' names -> hives -> path: the hives of one folder."""


class HiveFiles:
    """Bare hives by the folders in which they lie."""

    def __init__(self, tree: Tree, paths: Sequence[str]) -> None:
        """Tell each file in `paths` by its content; those that are none, or one too many, are set aside."""
        self.tree = tree
        self.machine: dict[str, Hosts] = {}
        self.profiles: list[tuple[str, str]] = []
        """Hive and path."""
        self.inventories: list[str] = []
        """Paths of Amcache hives."""
        self.set_aside: list[SetAside] = []
        self._broken: list[tuple[str, str, ForensicError]] = []
        """Folder, path and fault of what has the name of a machine hive and cannot be read as one."""
        for path in paths:
            self._sort(path)
        for folder, path, error in self._broken:
            self._place_broken(folder, path, error)

    def _place_broken(self, folder: str, path: str, error: ForensicError) -> None:
        """Give a broken machine hive to the set of its folder, where opening it states what is wrong; one beside a sound one is left."""
        name, hosts = path.rpartition("/")[2].upper(), self.machine.setdefault(folder, {})
        if any(name in hives for hives in hosts.values()):
            self._leave(path, str(error), "hive-unreadable")
            return
        hosts.setdefault("", {})[name] = path
        if not any(one.where == path and one.code == "limit-reached" for one in self.tree.problems):  # else its archive said so
            self.tree.problems.append(Problem("error", path, str(error), "hive-unreadable"))

    def _sort(self, path: str) -> None:
        try:
            name = identify(self.tree, path)
        except ForensicError as error:
            folder, _, file_name = path.rpartition("/")
            if file_name.upper() in MACHINE_HIVES:
                self._broken.append((folder, path, error))
            else:
                self._leave(path, str(error), "set-aside" if file_name.upper() in _USER_HIVES else "hive-unreadable")
            return
        if name is None:
            self.set_aside.append(SetAside(path, "a registry hive of a kind that is not examined"))
        elif name == "AMCACHE":
            self.inventories.append(path)
        elif name not in MACHINE_HIVES:
            self.profiles.append((name, path))
        else:
            folder, _, file_name = path.rpartition("/")
            hives = self.machine.setdefault(folder, {}).setdefault(_host(file_name, name), {})
            if name in hives:
                self._leave(path, f"a second {name} hive beside {hives[name]}; this one was not examined", "set-aside")
            else:
                hives[name] = path

    def _leave(self, path: str, why: str, code: str) -> None:
        self.tree.problems.append(Problem("warning", path, why, code))
        self.set_aside.append(SetAside(path, why))


def propose_hive_sets(tree: Tree, paths: Sequence[str], others: Sequence[str], *, earlier_states: bool, cross_check: bool) -> Proposals:
    """Propose an installation for each set of hives among the files at `paths`, and one for files of which no hive is there.

    The machine hives of one folder belong together, with the profile hives at and below it. Those in its RegBack are an earlier state.
    Of the `others`, logs and the like, each goes to the set that its path names, or to one of its own (see `file_sharing`).
    """
    files = HiveFiles(tree, paths)
    sets = _sets(files)
    unread: list[str] = []
    known: list[tuple[str, str]] = []
    for path in sorted(others, key=is_renamed):
        place = collected_place(tree, path)
        if place is None:
            unread.append(path)
        else:
            known.append((place, path))
    set_aside = [*files.set_aside, *share(tree, sets, known, files.inventories)]
    installations = []
    for one in sets:
        if one.copy_of is not None and not earlier_states:
            continue
        made = _installation(tree, one, cross_check=cross_check)
        if one.copy_of is not None:
            made.origin, made.earlier_state_of = "shadow-copy" if is_shadow(one.folder) else "old", one.copy_of.label or "hives"
        installations.append(made)
    return Proposals(installations, set_aside, unread)


def _sets(files: HiveFiles) -> list[HiveSet]:
    found: list[HiveSet] = []
    profiles = [(_owner(path, files.machine), name, path) for name, path in files.profiles]
    for folder, hosts in files.machine.items():
        copies: Hosts = {}
        own: Hosts = {}
        for host, hives in hosts.items():
            (copies if _COPY.fullmatch(host) else own)[host] = hives
        if not own:
            own, copies = copies, {}
        merged = _merged(own)
        here = [HiveSet(f"{folder}/{host}".strip("/") if len(merged) > 1 else folder, folder, hives) for host, hives in merged.items()]
        here[0].profiles = [(name, path) for owner, name, path in profiles if owner == folder]
        found += here
        if len(here) == 1:
            found += [HiveSet(f"{folder}/{host}".strip("/"), folder, hives, copy_of=here[0]) for host, hives in copies.items()]
        else:
            found += [HiveSet(f"{folder}/{host}".strip("/"), folder, hives) for host, hives in copies.items()]
    for one in found:
        above, _, last = one.folder.rpartition("/")
        if one.copy_of is None and _COPY.fullmatch(last.lower()):
            one.copy_of = next((other for other in found if other.folder == above and other.copy_of is None), None)
    labels = {one.folder: one for one in found if one.copy_of is None}
    shadows = [one for one in found if one.copy_of is None and is_shadow(one.folder)]
    for one in shadows[:SET_LIMIT]:
        if (now := present_of(one.folder, labels)) is not None:
            one.copy_of = labels[now]
    sets = [one for one in found if one.copy_of is None][:SET_LIMIT]
    nobodys: list[tuple[str, str]] = []
    for owner, name, path in profiles:
        if owner is None:
            near = nearest(path, sets)
            (nobodys if near is None else near.profiles).append((name, path))
    return [*found, HiveSet("", "", profiles=nobodys)] if nobodys else found


def _installation(tree: Tree, one: HiveSet, *, cross_check: bool) -> Installation:
    profiles: dict[str, dict[str, str]] = {}
    for hive_name, path in one.profiles:
        folder = path.rpartition("/")[0] or path
        if hive_name == "NTUSER" and _OF_SYSTEM.search(path):  # no user's: it lies beside the machine's hives, or beside anybody's
            folder = f"{path.rpartition('/')[0]}/{_SYSTEM_PROFILE}".lstrip("/")
        if hive_name in profiles.get(folder, {}):
            folder = path  # several users' hives in one folder: each file is a profile of its own
        profiles.setdefault(folder, {})[hive_name] = path
    return Installation(
        tree, None, one.hives, origin="collection", profile_paths=profiles, files=one.files, name=one.label, cross_check=cross_check
    )


def _host(file_name: str, hive_name: str) -> str:
    """Return what a file name says beside the hive's name, e.g. `pc7` for `PC7_SAM.reg`: files of one host share it."""
    return _FILLING.sub("", _SUFFIX.sub("", file_name.lower()).replace(hive_name.lower(), "", 1))


def _merged(hosts: Hosts) -> Hosts:
    """Return one set where no hive occurs twice, whatever the files are called; else one set for each host name."""
    names = [name for hives in hosts.values() for name in hives]
    if len(names) == len(set(names)):
        return {"": {name: path for hives in hosts.values() for name, path in hives.items()}}
    return hosts


def _owner(path: str, folders: Container[str]) -> str | None:
    """Return the nearest of `folders` at or above `path`."""
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        if folder in folders:
            return folder
    return None
