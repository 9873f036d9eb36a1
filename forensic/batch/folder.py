"""Folder: one folder that is searched for sources: its entries, and whether it is a collection, one source as a whole.

A collection lies flat or in any tree, as tools and people leave it: hives with logs beside, a drive as KAPE and Velociraptor rebuild it,
a mounted Windows. Which folder is *the* collection is told by names of folders that only a part of one has (`C`, `uploads`, `hives`,
`evtx`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

from forensic.batch.glance import glance_at
from forensic.windows.hive_folder import MACHINE_HIVES

PART_NAME = re.compile(
    r"[a-z](?::|%3a|_?drive)?|drive_?[a-z]|%5c%5c\.%5c[a-z](?:%3a|:)|\[?root\]?|"
    r"hives?|reg|registry|config|windows|winnt|system32|regback|repair|logs?|event_?(?: ?logs?)|evtx?|winevt|"
    r"users?|user ?hives?|profiles?|documents and settings|panther|setup|sysprep|inf|"
    r"uploads?|auto|ntfs|(?:lazy_)?(?:ntfs|mft)|raw_?files?|vss\d*|file_?system|artifacts?|collected_?(?:files)?|kape|targets?",
    re.IGNORECASE,
)
"""Names of folders that are a part of a collection; of those by letters alone nobody makes an archive's folders without anything beside."""
DEPTH = 8
"""Levels down to which parts of one collection are followed."""
LOOK_LIMIT = 2000
"""Files and folders that are looked at to tell whether a folder is one collection."""
_WINDOWS = frozenset({"windows", "winnt"})

Excluded = Callable[[str], bool]


class Look:
    """One look below a folder, of bounded length."""

    def __init__(self, excluded: Excluded) -> None:
        """Leave out what is `excluded`."""
        self._excluded, self._left = excluded, LOOK_LIMIT

    def holds_collection(self, folder: str, depth: int = DEPTH) -> bool:
        """Whether collected files lie in a folder itself, or in folders below it that are parts of one collection."""
        parts: list[str] = []
        for entry in self._entries(folder):
            if entry.is_dir(follow_symlinks=False):
                if entry.name.lower() in _WINDOWS and is_system_root(entry.path):
                    return True
                if PART_NAME.fullmatch(entry.name):
                    parts.append(entry.path)
            elif entry.is_file(follow_symlinks=False) and glance_at(entry.path, entry.name).role == "collected":
                return True
        if is_system_root(folder):
            return True
        return depth > 0 and any(self.holds_collection(part, depth - 1) for part in parts)

    def holds_evidence(self, folder: str, depth: int = 3) -> bool:
        """Whether a source of its own lies below a folder: an image, an archive, or the hives of a machine."""
        below: list[str] = []
        if is_system_root(folder):
            return True
        for entry in self._entries(folder):
            if entry.is_dir(follow_symlinks=False):
                below.append(entry.path)
            elif entry.is_file(follow_symlinks=False):
                role = glance_at(entry.path, entry.name).role
                if role in ("image", "segment", "archive") or (role == "collected" and entry.name.upper() in MACHINE_HIVES):
                    return True
        return depth > 0 and any(self.holds_evidence(path, depth - 1) for path in below)

    def _entries(self, folder: str) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    self._left -= 1
                    if self._left < 0:
                        return
                    if not self._excluded(entry.path):
                        yield entry
        except OSError:  # whoever searches it says so
            return


def is_system_root(folder: str) -> bool:
    """Whether a folder is that of a Windows: `System32/config` with a machine hive in it, in whatever case."""
    for name in ("system32", "config"):
        try:
            with os.scandir(folder) as entries:
                folder = next((entry.path for entry in entries if entry.name.lower() == name and entry.is_dir(follow_symlinks=False)), "")
        except OSError:
            return False
        if not folder:
            return False
    try:
        with os.scandir(folder) as entries:
            return any(entry.name.upper() in MACHINE_HIVES for entry in entries)
    except OSError:
        return False
