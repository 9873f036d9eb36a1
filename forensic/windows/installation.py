"""Installation: one Windows system root with its hives, control sets, profiles and files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from forensic.errors import ForensicError, NotFound
from forensic.model import HiveInfo, InstallationOrigin, Locator, Problem, Sid
from forensic.registry.hive import Hive
from forensic.windows.release import CURRENT_VERSION, Release, read_release

if TYPE_CHECKING:
    from forensic.volumes.disk import Volume
    from forensic.volumes.tree import Tree

CONFIG = "System32/config"
MACHINE_HIVES = ("SAM", "SECURITY", "SOFTWARE", "SYSTEM")
LOG_SUFFIXES = (".LOG", ".LOG1", ".LOG2")
ALWAYS_CROSS_CHECKED = frozenset({"SAM", "SECURITY"})
"""Hives that the second reader always reads too: small, and what they say decides."""
BOOT_STORES = ("Boot/BCD", "EFI/Microsoft/Boot/BCD")
"""Where the boot configuration lies: on the active partition (BIOS), on the EFI system partition; either may be another volume."""
AMCACHE = "AppCompat/Programs/Amcache.hve"
RENAMED = {
    "%AppData%": ("%UserProfile%/AppData/Roaming", "%UserProfile%/Application Data"),
    "%ProgramData%": ("%SystemDrive%/ProgramData", "%SystemDrive%/Documents and Settings/All Users/Application Data"),
}
"""Folders to which Vista gave other names: the names since then, and before. Where neither exists, the first is what was searched."""
PROFILE_LIMIT = 10_000
"""Profiles of one installation that are looked at most."""

_CONTROL_SET = re.compile(r"ControlSet(\d{3})", re.IGNORECASE)
_DRIVE = re.compile(r"(?:\\\\\?\\)?([A-Za-z]:|%SystemDrive%)[\\/]+(.*)", re.IGNORECASE | re.DOTALL)
_ROOT_VARIABLE = re.compile(r"(?:%SystemRoot%|%windir%)[\\/]+(.*)", re.IGNORECASE | re.DOTALL)


class HiveFolder:
    """Hives by their well-known names, opened when first asked for and kept until `close()`."""

    def __init__(self, tree: Tree, hive_paths: Mapping[str, str], *, cross_check: bool = False) -> None:
        """Hold the hives at `hive_paths` (name to path in `tree`); with `cross_check` every hive has a second reader."""
        self.tree, self.hive_paths, self.cross_check = tree, dict(hive_paths), cross_check
        self._hives: dict[str, Hive | ForensicError] = {}
        self.closed_hives: list[HiveInfo] = []

    def hive(self, name: str) -> Hive:
        """Return the hive; NotFound, Unreadable, Malformed or Unsupported, the same each time, when it cannot be read."""
        if name not in self._hives:
            try:
                self._hives[name] = self._open(name)
            except ForensicError as error:
                self._hives[name] = error
        hive = self._hives[name]
        if isinstance(hive, ForensicError):
            raise hive
        return hive

    def find_hive(self, name: str) -> Hive | None:
        """Return the hive, or None when it cannot be read (the artifacts in it state why)."""
        try:
            return self.hive(name)
        except ForensicError:
            return None

    def hive_place(self, name: str) -> str:
        """Return where the hive is, or would be, in words."""
        return str(Locator(volume=self.tree.volume, file=self.hive_paths.get(name, name)))

    def _open(self, name: str) -> Hive:
        path = self.hive_paths.get(name)
        if path is None:
            raise NotFound(f"no {name} hive")
        file = self.tree.open(path)
        logs = []
        for suffix in LOG_SUFFIXES:
            try:
                log = self.tree.open(path + suffix)
            except ForensicError:
                continue  # most hives have one or two of the three; the hive itself says when it is dirty and none helped
            if log.size:
                logs.append(log)
        return Hive(file, file.place.inside(hive=name), logs=logs, witness=self.cross_check or name in ALWAYS_CROSS_CHECKED)

    def hive_infos(self) -> list[HiveInfo]:
        """Return what is known of the hives that were opened, those already closed first; one opened again told most the first time."""
        closed = {info.path for info in self.closed_hives}
        opened = [self._info(hive) for hive in self._hives.values() if isinstance(hive, Hive)]
        return self.closed_hives + [info for info in opened if info.path not in closed]

    @staticmethod
    def _info(hive: Hive) -> HiveInfo:
        return HiveInfo(hive.place.file, hive.size, hive.dirty, hive.recovered, tuple(hive.problems))

    def close(self) -> None:
        """Forget the opened hives and their pages; what was learned about them stays in `closed_hives`."""
        self.closed_hives = HiveFolder.hive_infos(self)
        self._hives.clear()


class ProfileFolder(HiveFolder):
    """One user profile: its folder, its SID where ProfileList names it, and its hives `NTUSER` and `USRCLASS`."""

    def __init__(self, tree: Tree, path: str, sid: Sid | None, hive_paths: Mapping[str, str], *, cross_check: bool = False) -> None:
        """Describe the profile in folder `path`."""
        super().__init__(tree, hive_paths, cross_check=cross_check)
        self.path, self.sid = path, sid


class Installation(HiveFolder):
    """One Windows installation, or an earlier copy of the registry of one."""

    def __init__(  # noqa: PLR0913  a description: every part is named at the call
        self,
        tree: Tree,
        system_root: str | None,
        hive_paths: Mapping[str, str],
        *,
        origin: InstallationOrigin,
        volume: Volume | None = None,
        profile_paths: Mapping[str, Mapping[str, str]] | None = None,
        other_trees: Sequence[Tree] = (),
        earlier_state_of: str | None = None,
        name: str | None = None,
        drive: str | None = None,
        cross_check: bool = False,
    ) -> None:
        """Describe the installation whose system root is `system_root` in `tree` (None for a bare set of hives).

        `drive` is the folder of `tree` that was the root of the system's drive: the one above the system root, unless said otherwise.
        `profile_paths` gives profile folders and their hives where they are already known (collections);
        `other_trees` are the other volumes of the disk, on which ProfileList may place profiles.
        """
        super().__init__(tree, hive_paths, cross_check=cross_check)
        self.system_root, self.origin, self.volume = system_root, origin, volume
        self.earlier_state_of, self.name = earlier_state_of, name if name is not None else (system_root or "")
        self.drive = (system_root or "").rpartition("/")[0] if drive is None else drive
        self.other_trees = tuple(other_trees)
        self._profile_paths = profile_paths
        self._profiles: list[ProfileFolder] | None = None
        self.missing_profiles: list[tuple[Sid | None, str]] = []
        """Profiles that ProfileList names and that have no hive in their folder on any volume; complete once `profiles` was asked for."""
        self.shares_drive = False
        """Whether another Windows lies on its drive: then a profile that ProfileList does not name may be the other one's."""
        self.unclaimed_profiles: list[str] = []
        """Profiles that were left out for this reason; complete once `profiles` was asked for."""
        self._release: Release | None = None
        self._control_set: str | None = None

    def _open(self, name: str) -> Hive:
        """Open a hive of the machine, the boot configuration `BCD` on whichever volume has it."""
        if name == "AMCACHE" and not self.holds_only_hives:
            self.hive_paths.setdefault(name, f"{self.system_root}/{AMCACHE}".lstrip("/"))
        if name != "BCD" or self.holds_only_hives:
            return super()._open(name)
        for tree in (self.tree, *self.other_trees):
            for path in BOOT_STORES:
                try:
                    return HiveFolder(tree, {name: path}, cross_check=self.cross_check).hive(name)
                except NotFound:
                    continue  # the next place, the next volume
        raise NotFound("no volume here has a BCD hive")

    @property
    def id(self) -> str:
        """Volume id and path, e.g. `p2/Windows`."""
        return "/".join(part for part in (self.tree.volume, self.name) if part) or "hives"

    @property
    def holds_only_hives(self) -> bool:
        """Whether there is no system root around the hives: a bare set of them, or an earlier copy of a registry."""
        return self.system_root is None or (self.earlier_state_of is not None and self.origin != "shadow-copy")

    @property
    def release(self) -> Release:
        """What the registry says this Windows is."""
        if self._release is None:
            software = self.find_hive("SOFTWARE")
            control_set = setup = None
            try:
                control_set = self.hive("SYSTEM").key(self.control_set_name())
                setup = self.hive("SYSTEM").root.find("Setup")
            except ForensicError:
                pass  # the artifacts in it state why
            self._release = read_release(None if software is None else software.root, control_set, setup)
        return self._release

    @property
    def nt_version(self) -> tuple[int, ...] | None:
        """Version of Windows NT, e.g. `(6, 1, 7601)`; None where no hive says it."""
        return self.release.nt_version

    def control_set_name(self) -> str:
        r"""Return the name of the control set that was in use (`Select\Current`); NotFound when there is none."""
        if self._control_set is None:
            self._control_set = self._find_control_set()
        return self._control_set

    @property
    def control_set(self) -> int | None:
        """Number of the control set that was in use; None where that is not known."""
        try:
            return int(self.control_set_name()[-3:])
        except ForensicError:
            return None  # the artifacts in it state why

    def control_set_names(self) -> list[str]:
        """Return the names of all control sets in order."""
        return sorted(key.name for key in self.hive("SYSTEM").root.keys() if _CONTROL_SET.fullmatch(key.name))

    def _find_control_set(self) -> str:
        names = {name.lower(): name for name in self.control_set_names()}
        for value_name in ("Current", "Default", "LastKnownGood"):
            number = self._select(value_name)
            if number is not None and f"controlset{number:03}" in names:
                return names[f"controlset{number:03}"]
        if not names:
            raise NotFound("the SYSTEM hive has no control set")
        return min(names.values())

    def _select(self, name: str) -> int | None:
        try:
            return self.hive("SYSTEM").key("Select").value(name).number()
        except ForensicError:
            return None  # the next best value, or the first control set, serves

    def resolve(self, path: str, profile: ProfileFolder | None = None) -> tuple[Tree, str]:
        """Return the tree and the path in it for a path that begins with a variable (see `artifacts.artifact_file`)."""
        variable, _, rest = path.partition("/")
        if variable in RENAMED:
            places = [self.resolve(name, profile) for name in RENAMED[variable]]
            tree, base = next((place for place in places if _is_there(*place)), places[0])
        elif variable == "%UserProfile%":
            assert profile is not None  # noqa: S101  the collector calls these artifacts per profile only
            tree, base = profile.tree, profile.path
        else:
            tree, base = self.tree, self.system_root or ""
            if variable == "%SystemDrive%":
                base = self.drive
        return tree, f"{base}/{rest}".strip("/")

    @property
    def profiles(self) -> list[ProfileFolder]:
        """All user profiles: those of ProfileList first, then those found in the usual folders, each folder once."""
        if self._profiles is None:
            self._profiles = self._find_profiles()
        return self._profiles

    def _find_profiles(self) -> list[ProfileFolder]:
        if self._profile_paths is not None:
            sids = {re.split(r"[\\/]", path)[-1].lower(): sid for sid, path in self._listed_profiles()}
            return [
                ProfileFolder(self.tree, path, sids.get(path.rpartition("/")[2].lower()), hives, cross_check=self.cross_check)
                for path, hives in self._profile_paths.items()
            ]
        if self.holds_only_hives:
            return []
        found: dict[tuple[str, str], ProfileFolder] = {}
        letter = self._letter()
        named = [(sid, path, self._places(path, letter)) for sid, path in self._listed_profiles()]
        system_profile = (Sid("S-1-5-18"), f"{self.system_root}/{CONFIG}/systemprofile".lstrip("/"))
        others = [(sid, None, [(self.tree, path)]) for sid, path in (system_profile, *self._usual_profiles())]
        candidates = [others[0], *named, *others[1:]]
        if len(candidates) > PROFILE_LIMIT:
            where = str(Locator(volume=self.tree.volume, file=self.system_root or ""))
            self.tree.problems.append(Problem("warning", where, f"more than {PROFILE_LIMIT} profiles; the rest was not looked at"))
        for sid, path, places in candidates[:PROFILE_LIMIT]:
            for tree, folder in places:
                profile = self._profile(tree, folder, sid)
                if profile is None:
                    continue
                if path is None and self.shares_drive and not folder.lower().startswith(f"{self.system_root}/".lower()):
                    if (tree.volume, folder.lower()) not in found:
                        self.unclaimed_profiles.append(folder)
                else:
                    found.setdefault((tree.volume, profile.path.lower()), profile)
                break
            else:
                if path is not None and places:
                    self.missing_profiles.append((sid, places[0][1]))
        return list(found.values())

    def _profile(self, tree: Tree, path: str, sid: Sid | None) -> ProfileFolder | None:
        """Return the profile in the folder `path` of `tree`, None when no hive is there."""
        hives = {}
        candidates = {
            "NTUSER": ("NTUSER.DAT",),
            "USRCLASS": (
                "AppData/Local/Microsoft/Windows/UsrClass.dat",
                "Local Settings/Application Data/Microsoft/Windows/UsrClass.dat",
            ),
        }
        if sid == "S-1-5-18":  # the system's own profile keeps its hive beside the machine's
            candidates["NTUSER"] = ("../DEFAULT", "NTUSER.DAT")
        for name, places in candidates.items():
            for place in places:
                at = f"{path.rpartition('/')[0]}/{place[3:]}" if place.startswith("../") else f"{path}/{place}"
                try:
                    hives[name] = tree.open(at).path
                except NotFound:
                    continue
                except ForensicError:
                    hives[name] = at  # it is there; opening it again states why it cannot be read
                break
        if not hives:
            return None
        return ProfileFolder(tree, path, sid, hives, cross_check=self.cross_check)

    def _listed_profiles(self) -> list[tuple[Sid, str]]:
        """Return SID and path of each profile in ProfileList."""
        software = self.find_hive("SOFTWARE")
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

    def _places(self, path: str, system: str | None) -> list[tuple[Tree, str]]:
        """Return where the folder that ProfileList names may lie: on the system's own drive, or under another letter on another volume.

        `system` is the letter of the system's own drive, None where that is not known.
        Two Windows on one disk both call their own drive C:, so what the one names on it is not looked for beside the other.
        """
        if (match := _ROOT_VARIABLE.fullmatch(path)) is not None and self.system_root is not None:
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
        software = self.find_hive("SOFTWARE")
        try:
            match = None if software is None else _DRIVE.match(software.key(CURRENT_VERSION).value("SystemRoot").text() + "\\")
        except ForensicError:
            return None
        return match[1].upper() if match else None

    def _usual_profiles(self) -> list[tuple[None, str]]:
        """Return the folders in which profiles of every era live, whether ProfileList names them or not."""
        assert self.system_root is not None  # noqa: S101  callers looked
        parents = [
            f"{self.drive}/Users",
            f"{self.drive}/Documents and Settings",
            f"{self.system_root}/Profiles",
            f"{self.system_root}/ServiceProfiles",
        ]
        folders: list[tuple[None, str]] = []
        for parent in parents:
            parent = parent.lstrip("/")  # noqa: PLW2901  the volume's own root has no name
            try:
                entries = self.tree.list(parent)
            except ForensicError:
                continue  # each release has only one or two of these folders
            folders += [(None, f"{parent}/{entry.name}") for entry in entries if entry.is_directory and not entry.is_link]
        return folders

    def hive_infos(self) -> list[HiveInfo]:
        """Return what is known of all opened hives, those of profiles last; the path of one on another volume begins with that volume."""
        infos = super().hive_infos()
        for profile in self._profiles or ():
            for info in profile.hive_infos():
                elsewhere = profile.tree.volume != self.tree.volume
                infos.append(replace(info, path=str(Locator(volume=profile.tree.volume, file=info.path))) if elsewhere else info)
        return infos


def _is_there(tree: Tree, path: str) -> bool:
    try:
        tree.list(path)
    except NotFound:
        return False
    return True


__all__ = ["CONFIG", "MACHINE_HIVES", "HiveFolder", "Installation", "ProfileFolder"]
