"""Hive kind: whether a file is a registry hive, and which, by its content and not by its name."""

from __future__ import annotations

from itertools import islice

from forensic.errors import ForensicError, Malformed, Unreadable
from forensic.registry.base_block import BLOCK_SIZE
from forensic.registry.hive import Hive
from forensic.volumes.tree import File, Tree
from forensic.windows.hive_folder import MACHINE_HIVES

_BESIDE_A_HIVE = (".LOG1", ".LOG2", ".BLF", ".REGTRANS-MS")
_OF_CLASSES = "local settings"
_HIVE_FILES = frozenset({*MACHINE_HIVES, "NTUSER.DAT", "USRCLASS.DAT"})


def begins_like_hive(tree: Tree, path: str) -> bool:
    """Whether a file has the signature of a hive, or the name of a machine's: one that is empty or zeroed is not absent."""
    if stands_beside_a_hive(path):
        return False
    try:
        return _name(path) in MACHINE_HIVES or tree.open(path).read_at(0, 4) == b"regf"
    except ForensicError:
        return _name(path) in _HIVE_FILES


def stands_beside_a_hive(path: str) -> bool:
    """Whether a file is a hive's transaction log, by its name."""
    name = _name(path)
    return name.endswith(_BESIDE_A_HIVE) or (
        name.endswith(".LOG") and name.removesuffix(".LOG") in {*_HIVE_FILES, "DEFAULT", "AMCACHE.HVE"}
    )


def identify(tree: Tree, path: str) -> str | None:
    """Return which hive a file is, by the keys below its root, e.g. `SAM`, `NTUSER`; None when it is none that is examined.

    Its name tells it only where damage hides all these keys. Malformed when the file cannot be read as a hive, or damage hides which it is.
    """
    name = _name(path)
    try:
        file = tree.open(path)
        if _lacks_its_head(file):
            return name
        hive = Hive(file, file.place)
        keys = {key.name.lower() for key in islice(hive.root.keys(), 64)}
        if len(keys) == 64 and hive.root.find(_OF_CLASSES) is not None:  # behind the keys of many kinds of files
            keys.add(_OF_CLASSES)
    except ForensicError as error:
        if isinstance(error, Unreadable) and name in MACHINE_HIVES:
            return name  # opening it states why it cannot be read
        why = _why_no_hive(tree, path) or f"said to be a registry hive, but cannot be read as one: {error}"
        raise Malformed(why, code="hive-broken") from None
    if not keys and hive.problems:
        if name in MACHINE_HIVES:
            return name
        raise Malformed(f"a registry hive; damage hides which, so it was not examined: {hive.problems[-1]}", code="hive-broken")
    if "sam" in keys:
        return "SAM"
    if "policy" in keys:
        return "SECURITY"
    if "select" in keys or "controlset001" in keys:
        return "SYSTEM"
    if "software" in keys:
        return "NTUSER"
    if "microsoft" in keys:
        return "SOFTWARE"
    if "root" in keys and "amcache" in name.lower():
        return "AMCACHE"
    return "USRCLASS" if _OF_CLASSES in keys else None


def _why_no_hive(tree: Tree, path: str) -> str | None:
    """Return in words why a file of this name is no hive; None where it begins like one, or cannot be read."""
    try:
        file = tree.open(path)
        head = file.read_at(0, BLOCK_SIZE)
    except ForensicError:
        return None
    if head.startswith(b"regf"):
        return None
    what = "it is empty" if file.size == 0 else "it was overwritten or encrypted" if any(head) else f"its first {len(head)} bytes are zeros"
    return f"called like a registry hive, and does not begin like one: {what}"


def _lacks_its_head(file: File) -> bool:
    """Whether a file with the name of a machine hive is one whose base block is destroyed: its transaction logs have a copy."""
    return _name(file.path) in MACHINE_HIVES and file.read_at(0, 4) != b"regf" and file.read_at(BLOCK_SIZE, 4) == b"hbin"


def _name(path: str) -> str:
    return path.rpartition("/")[2].upper()
