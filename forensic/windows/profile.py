"""Profile: the folder of one user with its hives `NTUSER` and `USRCLASS`, and the search for those of an installation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from forensic.errors import ForensicError, NotFound
from forensic.model import Locator, Problem, Sid
from forensic.registry.hive import Hive
from forensic.volumes.tree import Tree
from forensic.windows.hive_folder import CONFIG, HiveFolder
from forensic.windows.release import CURRENT_VERSION

PROFILE_LIMIT = 10_000
"""Profiles of one installation that are looked at most."""

_SYSTEM = Sid("S-1-5-18")
_DRIVE = re.compile(r"(?:\\\\\?\\)?([A-Za-z]:|%SystemDrive%)[\\/]+(.*)", re.IGNORECASE | re.DOTALL)
_ROOT_VARIABLE = re.compile(r"(?:%SystemRoot%|%windir%)[\\/]+(.*)", re.IGNORECASE | re.DOTALL)
_HIVES = {
    "NTUSER": ("NTUSER.DAT",),
    "USRCLASS": ("AppData/Local/Microsoft/Windows/UsrClass.dat", "Local Settings/Application Data/Microsoft/Windows/UsrClass.dat"),
}
"""Name of a hive -> where it lies in the folder of a profile: since Vista, and before."""


class ProfileFolder(HiveFolder):
    """One user profile: its folder, its SID where ProfileList names it, and its hives `NTUSER` and `USRCLASS`."""

    def __init__(self, tree: Tree, path: str, sid: Sid | None, hive_paths: Mapping[str, str], *, cross_check: bool = False) -> None:
        """Describe the profile in folder `path`."""
        super().__init__(tree, hive_paths, cross_check=cross_check)
        self.path, self.sid = path, sid


class Profiles(msgspec.Struct):
    """The profiles of one installation, each folder once, and those that it lacks."""

    found: list[ProfileFolder] = []
    """Those that ProfileList names first."""
    missing: list[tuple[Sid, str]] = []
    """SID and folder of those that ProfileList names, and that have no hive there on any volume."""
    unclaimed: list[str] = []
    """Folders that ProfileList does not name, and that may belong to another Windows on the same drive."""


class ProfileSearch(msgspec.Struct, frozen=True):
    """Where the profiles of an installation may lie: in the folders that ProfileList names, and in those usual in any era."""

    tree: Tree
    system_root: str
    drive: str
    """The folder of `tree` that was the root of the system's drive."""
    other_trees: Sequence[Tree]
    """Other volumes, on which ProfileList may place profiles."""
    software: Hive | None
    shares_drive: bool
    """Whether another Windows lies on the drive: then a profile that ProfileList does not name may be the other one's."""
    cross_check: bool

    def run(self) -> Profiles:
        """Return what is there and what is missing; more than `PROFILE_LIMIT` candidates are a problem of the tree."""
        letter = self._letter()
        system_profile = f"{self.system_root}/{CONFIG}/systemprofile".lstrip("/")
        candidates: list[tuple[Sid | None, str | None, list[tuple[Tree, str]]]] = [
            (_SYSTEM, None, [(self.tree, system_profile)]),
            *((sid, path, self._places(path, letter)) for sid, path in listed_profiles(self.software)),
            *((None, None, [(self.tree, folder)]) for folder in self._usual_folders()),
        ]
        if len(candidates) > PROFILE_LIMIT:
            where = str(Locator(volume=self.tree.volume, file=self.system_root))
            what = f"more than {PROFILE_LIMIT} profiles; the rest was not looked at"
            self.tree.problems.append(Problem("warning", where, what, "limit-reached"))
        profiles = Profiles()
        found: dict[tuple[str, str], ProfileFolder] = {}
        for sid, path, places in candidates[:PROFILE_LIMIT]:
            profile = next((one for tree, folder in places if (one := self._profile(tree, folder, sid)) is not None), None)
            if profile is None:
                if sid is not None and path is not None and places:
                    profiles.missing.append((sid, places[0][1]))
                continue
            key = (profile.tree.volume, profile.path.lower())
            if path is not None or not self._may_be_anothers(profile.path):
                found.setdefault(key, profile)
            elif key not in found:
                profiles.unclaimed.append(profile.path)
        profiles.found = list(found.values())
        return profiles

    def _may_be_anothers(self, folder: str) -> bool:
        return self.shares_drive and not folder.lower().startswith(f"{self.system_root}/".lower())

    def _profile(self, tree: Tree, path: str, sid: Sid | None) -> ProfileFolder | None:
        """Return the profile in the folder `path` of `tree`, None when no hive is there."""
        hives = {}
        for name, places in _HIVES.items():
            candidates = [f"{path}/{place}" for place in places]
            if name == "NTUSER" and sid == _SYSTEM:  # the system's own profile keeps its hive beside the machine's
                candidates.insert(0, f"{path.rpartition('/')[0]}/DEFAULT")
            for candidate in candidates:
                try:
                    hives[name] = tree.open(candidate).path
                except NotFound:
                    continue
                except ForensicError:
                    hives[name] = candidate  # it is there; opening it again states why it cannot be read
                break
        return ProfileFolder(tree, path, sid, hives, cross_check=self.cross_check) if hives else None

    def _places(self, path: str, system: str | None) -> list[tuple[Tree, str]]:
        """Return where the folder that ProfileList names may lie: on the system's own drive, or under another letter on another volume.

        `system` is the letter of the system's own drive, None where that is not known.
        Two Windows on one disk both call their own drive C:, so what the one names on it is not looked for beside the other.
        """
        if (match := _ROOT_VARIABLE.fullmatch(path)) is not None:
            return [(self.tree, f"{self.system_root}/{match[1]}".replace("\\", "/").strip("/"))]
        if (match := _DRIVE.fullmatch(path)) is None or not (folder := match[2].replace("\\", "/").strip("/")):
            return []
        own: tuple[Tree, str] = (self.tree, f"{self.drive}/{folder}".lstrip("/"))
        elsewhere: list[tuple[Tree, str]] = [(tree, folder) for tree in self.other_trees]
        if match[1].upper() in {"%SYSTEMDRIVE%", system}:
            return [own]
        return [own, *elsewhere] if system is None else [*elsewhere, own]

    def _letter(self) -> str | None:
        """Return the letter that the system gave its own drive, e.g. `C:`; None where SOFTWARE does not say it."""
        if self.software is None:
            return None
        try:
            match = _DRIVE.match(self.software.key(CURRENT_VERSION).value("SystemRoot").text() + "\\")
        except ForensicError:
            return None
        return match[1].upper() if match else None

    def _usual_folders(self) -> Iterator[str]:
        """Yield the folders in which profiles of every era live, whether ProfileList names them or not."""
        for parent in (
            f"{self.drive}/Users",
            f"{self.drive}/Documents and Settings",
            f"{self.system_root}/Profiles",
            f"{self.system_root}/ServiceProfiles",
        ):
            folder = parent.lstrip("/")  # the volume's own root has no name
            try:
                entries = self.tree.list(folder)
            except ForensicError:
                continue  # each release has only one or two of these folders
            yield from (f"{folder}/{entry.name}" for entry in entries if entry.is_directory and not entry.is_link)


def listed_profiles(software: Hive | None) -> list[tuple[Sid, str]]:
    """Return SID and path of each profile in ProfileList."""
    listed: list[tuple[Sid, str]] = []
    try:
        keys = [] if software is None else list(software.key(CURRENT_VERSION + r"\ProfileList").keys())
    except ForensicError:
        return listed
    for key in keys:
        try:
            listed.append((Sid.parse(key.name.removesuffix(".bak")), key.value("ProfileImagePath").text()))
        except ForensicError:
            continue  # the artifact over ProfileList states the gap
    return listed


def collected_profiles(
    tree: Tree, folders: Mapping[str, Mapping[str, str]], software: Hive | None, *, cross_check: bool
) -> list[ProfileFolder]:
    """Return the profiles in `folders` (path to the hives there), with the SIDs that ProfileList gives to folders of these names."""
    sids = {re.split(r"[\\/]", path)[-1].lower(): sid for sid, path in listed_profiles(software)}
    return [
        ProfileFolder(tree, path, sids.get(path.rpartition("/")[2].lower()), hives, cross_check=cross_check)
        for path, hives in folders.items()
    ]
