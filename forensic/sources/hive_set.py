"""Hive set: the hives of one computer that lie outside any Windows tree, proposed by folders and file names."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

import msgspec

from forensic.containers.formats import HEAD, TAIL, recognize
from forensic.errors import ForensicError
from forensic.model import Problem, SetAside
from forensic.sources.collected_place import collected_place, is_renamed
from forensic.sources.hive_kind import identify
from forensic.sources.proposal import Proposals
from forensic.volumes.tree import Tree
from forensic.windows.hive_folder import MACHINE_HIVES
from forensic.windows.installation import Installation

_SUFFIX = re.compile(r"\.(?:reg|hiv|hive|save|sav|bak|dat|bin|old|copy)$")
_COPY = re.compile(r"regback|repair")
"""Folders and names of the copies of the registry that Windows keeps."""
UNKNOWN_LIMIT = 100
"""Files of no known kind that are named one by one."""
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
        for path in paths:
            self._sort(path)

    def _sort(self, path: str) -> None:
        try:
            name = identify(self.tree, path)
        except ForensicError as error:
            self._leave(path, str(error))
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
                self._leave(path, f"a second {name} hive beside {hives[name]}; this one was not examined")
            else:
                hives[name] = path

    def _leave(self, path: str, why: str) -> None:
        self.tree.problems.append(Problem("warning", path, why))
        self.set_aside.append(SetAside(path, why))


class HiveSet(msgspec.Struct):
    """Hives that belong to one computer, with the single files of that computer that lie among them."""

    label: str
    folder: str
    hives: dict[str, str] = {}
    profiles: list[tuple[str, str]] = []
    files: dict[str, str] = {}
    """Path under which artifacts look for it -> path in the tree."""
    copy_of: HiveSet | None = None


def propose_hive_sets(tree: Tree, paths: Sequence[str], others: Sequence[str], *, earlier_states: bool, cross_check: bool) -> Proposals:
    """Propose an installation for each set of hives among the files at `paths`, and one for files of which no hive is there.

    The machine hives of one folder belong together, with the profile hives at and below it. Those in its RegBack are an earlier state.
    Of the `others`, logs and the like, each goes to the set whose folder it shares the longest way with.
    """
    files = HiveFiles(tree, paths)
    sets = _sets(files)
    set_aside = [*files.set_aside, *_share(tree, sets, files.inventories, others)]
    installations = []
    for one in sets:
        if one.copy_of is not None and not earlier_states:
            continue
        made = _installation(tree, one, cross_check=cross_check)
        if one.copy_of is not None:
            made.origin, made.earlier_state_of = "old", one.copy_of.label or "hives"
        installations.append(made)
    return Proposals(installations, set_aside)


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
    nobodys = [(name, path) for owner, name, path in profiles if owner is None]
    return [*found, HiveSet("", "", profiles=nobodys)] if nobodys else found


def _share(tree: Tree, sets: list[HiveSet], inventories: Sequence[str], others: Sequence[str]) -> Iterator[SetAside]:
    """Give each single file to a set, a new one where there is none; yield those that no artifact looks for."""
    unknown, alone = [], not sets and not inventories
    for path in sorted(others, key=is_renamed):
        place = collected_place(tree, path)
        if place is None:
            unknown.append(path)
            continue
        owner = _nearest(path, sets)
        if place in owner.files:
            yield SetAside(path, f"a second file that was at {place}, beside {owner.files[place]}; this one was not examined")
        owner.files.setdefault(place, path)
    for path in inventories:
        owner = _nearest(path, sets)
        if "AMCACHE" in owner.hives:
            yield SetAside(path, f"a second Amcache hive beside {owner.hives['AMCACHE']}; this one was not examined")
        owner.hives.setdefault("AMCACHE", path)
    for path in unknown[:UNKNOWN_LIMIT]:
        why, may_hold_windows = _what_it_is(tree, path)
        if may_hold_windows and alone:
            tree.problems.append(Problem("error", path, why))
        yield SetAside(path, why)
    if len(unknown) > UNKNOWN_LIMIT:
        yield SetAside("", f"{len(unknown) - UNKNOWN_LIMIT} more files of no kind that is examined")


def _what_it_is(tree: Tree, path: str) -> tuple[str, bool]:
    """Say what a file is that no artifact looks for, and whether it may hold a Windows, as images and archives do: it was not opened."""
    try:
        file = tree.open(path)
        head, tail = file.read_at(0, HEAD), file.read_at(max(0, file.size - TAIL), TAIL)
    except ForensicError as error:
        return f"cannot be read: {error}", True
    found = recognize(head, tail)
    if found.module is not None and found.name != "raw":
        return f"a disk image ({found.title}), not opened here; give it by its own name", True
    if found.refusals and found.name != "raw":
        return f"{found.refusals[0].what}; {found.refusals[0].advice}", True
    return "no kind of file that is examined", False


def _nearest(path: str, sets: list[HiveSet]) -> HiveSet:
    """Return the set, no copy of another, whose folder shares the longest way with the file; a set of its own where there is none."""
    own = [one for one in sets if one.copy_of is None]
    if not own:
        sets.append(HiveSet("", ""))
        return sets[-1]
    return max(own, key=lambda one: _shared(path, one.folder))


def _shared(path: str, folder: str) -> int:
    count = 0
    for mine, theirs in zip(path.split("/")[:-1], folder.split("/"), strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _installation(tree: Tree, one: HiveSet, *, cross_check: bool) -> Installation:
    profiles: dict[str, dict[str, str]] = {}
    for hive_name, path in one.profiles:
        folder = path.rpartition("/")[0] or path
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
