"""File sharing: which of several computers a single file belongs to, by the folders and names on its way.

Collectors put the computer's name at any level: `PC1/hives/SYSTEM`, `hives/PC1/SYSTEM`, `logs/PC1/Windows/System32/winevt/Logs/…`. What is
left of a path without the folders of Windows and the words that name categories of files is called its host here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import msgspec

from forensic.model import Problem, SetAside
from forensic.sources.shadow_folder import is_shadow
from forensic.volumes.tree import Tree

_NO_HOST = frozenset({
    "windows", "winnt", "system32", "sysnative", "winevt", "logs", "log", "panther", "unattendgc", "inf", "debug", "config", "setup",
    "state", "sysprep", "softwaredistribution", "temp", "vmware-imc", "appcompat", "programs", "amcache", "evtx", "evt", "event_logs",
    "eventlogs", "eventlog", "event_log", "registry", "reg", "hives", "hive", "setuplogs", "setup_logs", "files", "artifacts",
    "artefacts", "evidence", "collection", "uploads", "auto", "ntfs", "users", "user", "profiles", "$windows.~bt", "windows.~bt",
    "sources", "newos", "rollback",
})  # fmt: skip
_TELLING = 3
"""Letters of a host's name that are no chance inside another name; fewer are looked for at its beginning."""
_DRIVE = re.compile(r"[a-z](?:%3a|:|_drive)?|%5c%5c.*", re.IGNORECASE)
_FILLING = re.compile(r"[\s_.\-]+")

SET_LIMIT = 64
"""Sets to which files are given."""

Host = tuple[str, ...]


class HiveSet(msgspec.Struct):
    """Hives that belong to one computer, with the single files of that computer that lie among them."""

    label: str
    folder: str
    hives: dict[str, str] = {}
    profiles: list[tuple[str, str]] = []
    files: dict[str, str] = {}
    """Path under which artifacts look for it -> path in the tree."""
    copy_of: HiveSet | None = None


@lru_cache(maxsize=1 << 14)
def host_of(folder: str) -> Host:
    """Return the parts of a folder's path that may name a computer, in lower case."""
    return tuple(part.lower() for part in folder.split("/") if part and part.lower() not in _NO_HOST and not _DRIVE.fullmatch(part))


def share(tree: Tree, sets: list[HiveSet], files: Sequence[tuple[str, str]], inventories: Sequence[str]) -> Iterator[SetAside]:
    """Give each single file (where it lay, and its path) and each Amcache hive to a set; new sets are made for what belongs to none.

    Where all files can be of one computer, they are. Yields the files that are second ones of a kind in one place.
    """
    sets[SET_LIMIT:], beyond = [], sets[SET_LIMIT:]  # those are not examined: nothing is given to them
    given = [*files, *(("AMCACHE", path) for path in inventories)]
    own = [one for one in sets if one.copy_of is None]
    copies = [one for one in sets if one.copy_of is not None and is_shadow(one.folder)]
    apart = len(own) > 1 or _overlap([(place, path) for place, path in given if not is_shadow(path)])
    strangers: dict[Host, HiveSet] = {}
    for place, path in given:
        if is_shadow(path) and (copies or own):
            copy = max(copies, key=lambda one: _shared(path, one.folder), default=None)
            if copy is None or not _shared(path, copy.folder):
                yield SetAside(path, "of a shadow copy whose registry is not here")
            else:
                (copy.hives if place == "AMCACHE" else copy.files).setdefault(place, path)
            continue
        owner = _owner_of(path, own) if apart else (own[0] if own else None)
        if owner is None:
            host = host_of(_folder(path)) if apart else ()
            if host not in strangers:
                strangers[host] = HiveSet(_spelled(path, host), _folder(path))
            owner = strangers[host]
        target = owner.hives if place == "AMCACHE" else owner.files
        if place in target:
            what = "a second Amcache hive" if place == "AMCACHE" else f"a second file that was at {place},"
            yield SetAside(path, f"{what} beside {target[place]}; this one was not examined")
        target.setdefault(place, path)
    sets += [*strangers.values(), *beyond]
    if strangers and (own or len(strangers) > 1):
        names = ", ".join(one.label or "/" for one in strangers.values())
        what = f"files that belong to no registry here, by their folders: {names}"
        tree.problems.append(Problem("warning", "collection", what, "two-computers"))


def nearest(path: str, own: Sequence[HiveSet]) -> HiveSet | None:
    """Return the set to which a file belongs by its path; None where more than one could be it."""
    if len(own) < 2:
        return own[0] if own else None
    return _owner_of(path, own)


def _overlap(files: Sequence[tuple[str, str]]) -> bool:
    """Whether a file of one kind lies twice, in the folders of two hosts: then not all can be of one computer."""
    hosts: dict[str, set[Host]] = {}
    for place, path in files:
        hosts.setdefault(place, set()).add(host_of(_folder(path)))
    return any(len(found) > 1 for found in hosts.values())


def _owner_of(path: str, own: Sequence[HiveSet]) -> HiveSet | None:
    """Return the set that shares most with the path: the host, then a host name in the file's name, then the way from the root."""
    host, name = set(host_of(_folder(path))), path.rpartition("/")[2]
    for score in (
        {one.label: len(host & set(host_of(one.label))) for one in own},
        {one.label: int(_is_named(one, name)) for one in own},
        {one.label: _shared(path, one.folder) for one in own},
    ):
        best = max(score.values(), default=0)
        first = [one for one in own if score[one.label] == best]
        if best > 0 and len(first) == 1:
            return first[0]
    at_root = [one for one in own if not host_of(one.label)]
    return at_root[0] if not host and len(at_root) == 1 else None


def _is_named(one: HiveSet, name: str) -> bool:
    """Tell whether the host by which the names of hives in one folder were told apart stands in the name of a file too."""
    host = _plain(one.label[len(one.folder) :].strip("/")) if one.label != one.folder else ""
    return bool(host) and (
        host in _plain(name) if len(host) >= _TELLING else name.lower().startswith(tuple(host + mark for mark in "_-. "))
    )


def _shared(path: str, folder: str) -> int:
    count = 0
    for mine, theirs in zip(path.split("/")[:-1], folder.split("/"), strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _spelled(path: str, host: Host) -> str:
    return "/".join(part for part in _folder(path).split("/") if part.lower() in host)


def _plain(text: str) -> str:
    return _FILLING.sub("", text.lower())


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
