"""Hive set: the hives of one computer that lie outside any Windows tree, proposed by folders and file names."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from forensic.errors import ForensicError
from forensic.model import Problem, SetAside
from forensic.sources.hive_kind import identify
from forensic.sources.proposal import Proposals
from forensic.volumes.tree import Tree
from forensic.windows.hive_folder import MACHINE_HIVES
from forensic.windows.installation import Installation

_SUFFIX = re.compile(r"\.(?:reg|hiv|hive|save|sav|bak|dat|bin|old|copy)$")
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


def propose_hive_sets(tree: Tree, paths: Sequence[str], *, earlier_states: bool, cross_check: bool) -> Proposals:
    """Propose an installation for each set of hives among the files at `paths`.

    The machine hives of one folder belong together, with the profile hives at and below it. Those in its RegBack are an earlier state.
    """
    files = HiveFiles(tree, paths)
    proposals = Proposals(set_aside=files.set_aside)
    profiles = [(_owner(path, files.machine), name, path) for name, path in files.profiles]
    for folder, hosts in files.machine.items():
        above, _, last = folder.rpartition("/")
        is_copy = last.lower() == "regback" and above in files.machine
        if is_copy and not earlier_states:
            continue
        sets = _merged(hosts)
        for host, hives in sets.items():
            owned = [(name, path) for owner, name, path in profiles if owner == folder]
            profiles = [one for one in profiles if one[0] != folder]
            label = f"{folder}/{host}".strip("/") if len(sets) > 1 else folder
            installation = _installation(tree, label, hives, owned, cross_check=cross_check)
            if is_copy:
                installation.origin, installation.earlier_state_of = "old", above or "hives"
            proposals.installations.append(installation)
    if profiles:
        left = [(name, path) for _, name, path in profiles]
        proposals.installations.append(_installation(tree, "", {}, left, cross_check=cross_check))
    return proposals


def _installation(
    tree: Tree, name: str, hives: dict[str, str], profile_hives: Sequence[tuple[str, str]], *, cross_check: bool
) -> Installation:
    profiles: dict[str, dict[str, str]] = {}
    for hive_name, path in profile_hives:
        folder = path.rpartition("/")[0] or path
        if hive_name in profiles.get(folder, {}):
            folder = path  # several users' hives in one folder: each file is a profile of its own
        profiles.setdefault(folder, {})[hive_name] = path
    return Installation(tree, None, hives, origin="collection", profile_paths=profiles, name=name, cross_check=cross_check)


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
