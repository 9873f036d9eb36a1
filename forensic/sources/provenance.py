"""Provenance: which files of a collection were read, as what each was taken, and its SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from forensic.errors import ForensicError
from forensic.model import CollectedFile
from forensic.volumes.tree import Tree
from forensic.windows.hive_folder import LOG_SUFFIXES
from forensic.windows.installation import Installation

HASH_LIMIT, HASH_TOTAL = 1 << 30, 8 << 30
"""Bytes of one file, and of all files of a source, that are hashed at most."""
FILE_LIMIT = 10_000
"""Files that are named one by one."""
_PIECE = 1 << 20
_PROFILE_HIVES = {"NTUSER": "NTUSER.DAT", "USRCLASS": "UsrClass.dat", "AMCACHE": "Amcache.hve"}
_VARIABLES = {"%SystemRoot%": "Windows", "%SystemDrive%": ""}


def describe(tree: Tree, read: Iterable[str], installations: Sequence[Installation]) -> tuple[CollectedFile, ...]:
    """Return the files at the paths `read`, sorted, each with what the installations took it for and its hash."""
    known: dict[str, tuple[str, str]] = {}
    for one in installations:
        for path, taken_as in _taken(one):
            known.setdefault(path, (taken_as, one.id))
    files, left = list[CollectedFile](), HASH_TOTAL
    for path in sorted(read):
        taken_as, owner = known.get(path) or _in_a_windows(path, installations)
        if not owner:
            continue  # only looked at, to tell what it is
        if len(files) >= FILE_LIMIT:
            break
        try:
            size = tree.open(path).size
            digest, why = _hash(tree, path, size, left)
        except ForensicError as error:
            size, digest, why = 0, None, f"cannot be read as a whole: {error}"
        left -= size if digest else 0
        files.append(CollectedFile(path, taken_as, size, digest, why, owner))
    return tuple(files)


def _taken(one: Installation) -> Iterable[tuple[str, str]]:
    """Yield path and meaning of every file that was given to an installation by its path."""
    hives = [(path, _PROFILE_HIVES.get(name, name)) for name, path in one.hive_paths.items()]
    for folder, profile in (one.profile_paths or {}).items():
        hives += [(path, f"{_PROFILE_HIVES.get(name, name)} of {folder}") for name, path in profile.items()]
    for path, name in hives:
        yield path, name
        yield from ((path + suffix, f"transaction log of {name}") for suffix in LOG_SUFFIXES)
    for place, path in () if one.files is None else one.files.items():
        variable, _, rest = place.partition("/")
        yield path, f"{_VARIABLES.get(variable, variable)}/{rest}".lstrip("/")


def _in_a_windows(path: str, installations: Sequence[Installation]) -> tuple[str, str]:
    """Return what a file inside the folders of a Windows is: its path there, and the installation."""
    for one in sorted(installations, key=lambda one: -len(one.drive)):
        if one.has_folders and (not one.drive or path.lower().startswith(f"{one.drive.lower()}/")):
            return path[len(one.drive) :].lstrip("/"), one.id
    return "", ""


def _hash(tree: Tree, path: str, size: int, left: int) -> tuple[str | None, str]:
    if size > min(HASH_LIMIT, left):
        return None, f"more than the {min(HASH_LIMIT, left)} bytes that are hashed"
    file, digest, offset = tree.open(path), hashlib.sha256(), 0
    while offset < size:
        piece = file.read_at(offset, min(_PIECE, size - offset))
        if not piece:
            return None, f"ends after {offset} of {size} bytes"
        digest.update(piece)
        offset += len(piece)
    return digest.hexdigest(), ""
