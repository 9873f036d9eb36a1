"""Installation: one Windows with its hives, control sets, profiles and files, as far as they are among the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from msgspec.structs import replace

from forensic.errors import ForensicError, NotFound
from forensic.model import FileTime, HiveInfo, InstallationOrigin, Locator, Problem, Sid
from forensic.registry.hive import Hive
from forensic.volumes.disk import Volume
from forensic.volumes.tree import Tree
from forensic.windows.collected_files import CollectedFiles
from forensic.windows.control_set import control_set_names, current_control_set
from forensic.windows.hive_folder import HiveFolder
from forensic.windows.profile import ProfileFolder, Profiles, ProfileSearch, collected_profiles
from forensic.windows.release import Release, read_release

BOOT_STORES = ("Boot/BCD", "EFI/Microsoft/Boot/BCD")
"""Where the boot configuration lies: on the active partition (BIOS), on the EFI system partition; either may be another volume."""
AMCACHE = "AppCompat/Programs/Amcache.hve"
LEFT_OUT = frozenset({"$mft", "$mftmirr", "$logfile", "$secure", "$extend", "$boot", "$volume", "system volume information"})
"""What a capture by files leaves out of a volume: the files of NTFS itself and, by the tools' own lists, System Volume Information."""
RENAMED = {
    "%AppData%": ("%UserProfile%/AppData/Roaming", "%UserProfile%/Application Data"),
    "%ProgramData%": ("%SystemDrive%/ProgramData", "%SystemDrive%/Documents and Settings/All Users/Application Data"),
}
"""Folders to which Vista gave other names: the names since then, and before. Where neither exists, the first is what was searched."""


class Installation(HiveFolder):
    """One Windows installation, or an earlier state of one.

    It has a system root with all folders around it, or only hives, or only files (logs, say), or hives and files.
    """

    def __init__(  # noqa: PLR0913  a description: every part is named at the call
        self,
        tree: Tree,
        system_root: str | None,
        hive_paths: Mapping[str, str],
        *,
        origin: InstallationOrigin,
        volume: Volume | None = None,
        profile_paths: Mapping[str, Mapping[str, str]] | None = None,
        files: Mapping[str, str] | None = None,
        other_trees: Sequence[Tree] = (),
        earlier_state_of: str | None = None,
        name: str | None = None,
        drive: str | None = None,
        cross_check: bool = False,
    ) -> None:
        """Describe the installation whose system root is `system_root` in `tree`, None for hives and files without their folders.

        `drive` is the folder of `tree` that was the root of the system's drive: the one above the system root, unless said otherwise.
        `profile_paths` gives profile folders and their hives where they are already known (collections); `files` gives single files, from
        the path that artifacts look at (`%SystemRoot%/…`) to the path in `tree`; `other_trees` are the other volumes of the disk, on which
        ProfileList may place profiles. `earlier_state_of` is the id of the installation whose earlier state this is.
        """
        super().__init__(tree, hive_paths, cross_check=cross_check)
        self.system_root, self.origin, self.volume, self.earlier_state_of = system_root, origin, volume, earlier_state_of
        self.drive = (system_root or "").rpartition("/")[0] if drive is None else drive
        self.other_trees = tuple(other_trees)
        self.files = CollectedFiles(tree, files) if files else None
        """Files without their folders; None where there are none."""
        self.profile_paths = profile_paths
        """Folders and hives of the profiles, where they are known beforehand."""
        self._profiles: Profiles | None = None
        self.shares_drive = False
        """Whether another Windows lies on its drive: then a profile that ProfileList does not name may be the other one's."""
        nameless = "hives" if hive_paths or profile_paths else "files"
        self.id = "/".join(part for part in (tree.volume, (system_root or "") if name is None else name) if part) or nameless
        """Volume id and path, e.g. `p2/Windows`; `sources` keeps those of one source apart."""

    def _open(self, name: str) -> Hive:
        """Open a hive of the machine, the boot configuration `BCD` on whichever volume has it."""
        if name == "AMCACHE" and self.has_folders:
            self.hive_paths.setdefault(name, f"{self.system_root}/{AMCACHE}".lstrip("/"))
        if name != "BCD" or not self.has_folders:
            return super()._open(name)
        for tree in (self.tree, *self.other_trees):
            for path in BOOT_STORES:
                try:
                    return HiveFolder(tree, {name: path}, cross_check=self.cross_check).hive(name)
                except NotFound:
                    continue  # the next place, the next volume
        raise NotFound("no volume here has a BCD hive", code="no-hive")

    def look_thoroughly(self) -> None:
        """Check every hint before a key is called absent, in the hives of the machine and of the profiles."""
        super().look_thoroughly()
        self.__dict__.pop("release", None)
        for profile in [] if self._profiles is None else self._profiles.found:
            profile.look_thoroughly()

    @property
    def has_folders(self) -> bool:
        """Whether its own folders are here, so that a file that is not in them was not there; not so of an earlier copy of a registry."""
        return self.system_root is not None and (self.earlier_state_of is None or self.origin in {"shadow-copy", "snapshot"})

    @property
    def holds_only_hives(self) -> bool:
        """Whether there are no files around the hives: a bare set of them, or an earlier copy of a registry."""
        return not self.has_folders and self.files is None

    def why_not_looked(self, *paths: str) -> str | None:
        """Return the code of the gap under which a file or folder is not looked for, None where it can be.

        `paths` are where it lies on any release: each begins with a variable and may contain `*`. `only-hives` where there are no files;
        `not-collected` where there are files without their folders, and none of them was at one of the paths or below it; `captured-image`
        where the place is one that a capture by files leaves out.
        """
        if self.origin == "master" and all(self._is_left_out(path) for path in paths):
            return "captured-image"
        if self.has_folders:
            return None
        if self.files is None:
            return "only-hives"
        return None if any(self.files.has(name) for path in paths for name in _spellings(path)) else "not-collected"

    def _is_left_out(self, path: str) -> bool:
        """Whether a place is one that a capture by files leaves out, and is not here either."""
        variable, _, rest = path.partition("/")
        top = rest.partition("/")[0]
        return variable == "%SystemDrive%" and top.lower() in LEFT_OUT and not self._is_in_drive(top)

    def _is_in_drive(self, name: str) -> bool:
        try:
            return any(entry.name.lower() == name.lower() for entry in self.tree.list(self.drive))
        except ForensicError:
            return False  # finding its system root has stated why

    def resolve(self, path: str, profile: ProfileFolder | None = None) -> tuple[Tree, str]:
        """Return the tree and the path in it for a path that begins with a variable (see `artifacts.artifact_file`)."""
        variable, _, rest = path.partition("/")
        if variable in RENAMED:
            places = [self.resolve(folder, profile) for folder in RENAMED[variable]]
            tree, base = next((place for place in places if _is_there(*place)), places[0])
        elif variable == "%UserProfile%":
            assert profile is not None  # noqa: S101  the collector calls these artifacts per profile only
            tree, base = profile.tree, profile.path
        elif self.files is not None and not self.has_folders:
            tree, base = self.files, variable
        else:
            tree, base = self.tree, self.drive if variable == "%SystemDrive%" else self.system_root or ""
        return tree, f"{base}/{rest}".strip("/")

    @cached_property
    def release(self) -> Release:
        """What the registry says this Windows is."""
        software = self.find_hive("SOFTWARE")
        control_set = setup = None
        try:
            control_set = self.hive("SYSTEM").key(self.control_set_name())
            setup = self.hive("SYSTEM").root.find("Setup")
        except ForensicError:
            pass  # the artifacts in it state why
        return read_release(None if software is None else software.root, control_set, setup)

    @property
    def nt_version(self) -> tuple[int, ...] | None:
        """Version of Windows NT, e.g. `(6, 1, 7601)`; None where no hive says it."""
        return self.release.nt_version

    @property
    def as_of(self) -> FileTime | None:
        """When the shadow copy or the snapshot was made that shows it so; None where it is neither."""
        if self.volume is None:
            return None
        copy, snapshot = self.volume.shadow_copy, self.volume.snapshot
        return copy.created if copy is not None else None if snapshot is None else snapshot.taken

    def control_set_name(self) -> str:
        r"""Return the name of the control set that was in use (`Select\Current`); NotFound when there is none."""
        return self._control_set

    @cached_property
    def _control_set(self) -> str:
        return current_control_set(self.hive("SYSTEM"))

    @property
    def control_set(self) -> int | None:
        """Number of the control set that was in use; None where that is not known."""
        try:
            return int(self.control_set_name()[-3:])
        except ForensicError:
            return None  # the artifacts in it state why

    def control_set_names(self) -> list[str]:
        """Return the names of all control sets in order."""
        return control_set_names(self.hive("SYSTEM"))

    @property
    def profiles(self) -> list[ProfileFolder]:
        """All user profiles: those of ProfileList first, then those found in the usual folders, each folder once."""
        return self._found_profiles.found

    @property
    def missing_profiles(self) -> list[tuple[Sid, str]]:
        """SID and folder of the profiles that ProfileList names and that have no hive there on any volume."""
        return self._found_profiles.missing

    @property
    def unclaimed_profiles(self) -> list[str]:
        """Folders of profiles that were left out because they may be those of another Windows on the same drive."""
        return self._found_profiles.unclaimed

    @property
    def _found_profiles(self) -> Profiles:
        if self._profiles is None:
            self._profiles = self._find_profiles()
            if self.is_thorough:
                self.look_thoroughly()
        return self._profiles

    def _find_profiles(self) -> Profiles:
        if self.profile_paths is not None:
            software = self.find_hive("SOFTWARE")
            return Profiles(collected_profiles(self.tree, self.profile_paths, software, cross_check=self.cross_check))
        if self.system_root is None or not self.has_folders:
            return Profiles()
        return ProfileSearch(
            tree=self.tree,
            system_root=self.system_root,
            drive=self.drive,
            other_trees=self.other_trees,
            software=self.find_hive("SOFTWARE"),
            shares_drive=self.shares_drive,
            cross_check=self.cross_check,
        ).run()

    def hive_infos(self) -> list[HiveInfo]:
        """Return what is known of all opened hives, those of profiles last; the path of one on another volume begins with that volume."""
        infos = super().hive_infos()
        for profile in [] if self._profiles is None else self._profiles.found:
            for info in profile.hive_infos():
                elsewhere = profile.tree.volume != self.tree.volume
                infos.append(replace(info, path=str(Locator(volume=profile.tree.volume, file=info.path))) if elsewhere else info)
        return infos

    def problems(self) -> list[Problem]:
        """Return what is wrong with the hives of the machine and of the profiles, as problems of this installation."""
        profiles = [] if self._profiles is None else self._profiles.found
        found = [*super().problems(), *(problem for profile in profiles for problem in profile.problems())]
        return [replace(problem, installation=self.id) for problem in found]


def _spellings(path: str) -> list[str]:
    """Return a path with each name that its folder had."""
    variable, _, rest = path.partition("/")
    return [f"{name}/{rest}" for name in RENAMED[variable]] if variable in RENAMED else [path]


def _is_there(tree: Tree, path: str) -> bool:
    try:
        tree.list(path)
    except NotFound:
        return False
    return True
