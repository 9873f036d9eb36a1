"""DiskSource: a disk or volume image as a source of evidence, and the installations on its volumes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec.structs import replace

from forensic.containers.image import Image, Snapshot
from forensic.errors import ForensicError
from forensic.model import InstallationOrigin, Locator, Problem, SetAside, SourceInfo, VolumeInfo
from forensic.sources.evidence_source import EvidenceSource
from forensic.sources.image_on_volume import images_on
from forensic.sources.proposal import INSTALLATION_LIMIT, TOO_MANY, Proposals, mark_shared_drives, propose
from forensic.sources.system_root import find_boot_paths, find_system_roots, is_windows_old, nested_folders
from forensic.sources.unread_volume import problem_of
from forensic.volumes.disk import Disk, Volume, open_disk
from forensic.volumes.tree import Tree
from forensic.volumes.volume_key import VolumeKey
from forensic.windows.installation import Installation


class DiskSource(EvidenceSource):
    """A disk or volume image."""

    def __init__(self, image: Image, within: str = "", keys: Sequence[VolumeKey] = ()) -> None:
        """Read the partition tables of `image`; `within` is its path inside the folder or archive that was given, where it is in one.

        That path stands before the ids of its volumes, and of all that is on them: `disk.E01 > p2/Windows`. `keys` are tried on encrypted
        volumes.
        """
        super().__init__()
        self.image, self.within = image, within
        self._proposals: Proposals | None = None
        self._snapshot_disks: list[Disk] = []
        self.disk: Disk = open_disk(image, image.sector_size, f"{within} > " if within else "", keys)

    def _propose(self, *, earlier_states: bool, cross_check: bool) -> Proposals:
        """Propose the installations of all volumes, in the order of the volumes."""
        proposals = self._proposals = Proposals()
        boot_paths = find_boot_paths(self._trees())
        for volume in self.disk.volumes:
            if volume.not_examined is None:
                try:
                    found = propose_on_volume(
                        volume, self.disk.volumes, boot_paths=boot_paths, earlier_states=earlier_states, cross_check=cross_check
                    )
                    proposals.installations += found.installations
                    proposals.set_aside += found.set_aside
                except ForensicError as error:
                    self.disk.problems.append(Problem("error", volume.id, str(error), "volume-not-read"))
        if earlier_states:
            for snapshot in self.image.snapshots():
                proposals.installations += self._in_snapshot(snapshot, proposals.installations, cross_check=cross_check)
        if not self._windows():
            for volume in self.disk.volumes:
                self.disk.problems += self._images_on(volume)
        return proposals

    def _in_snapshot(self, snapshot: Snapshot, found: Sequence[Installation], *, cross_check: bool) -> Iterator[Installation]:
        """Yield the installations of the disk as a snapshot holds it: earlier states of those that lie at the same places now."""
        now = {_place_of(one): one.id for one in found if one.earlier_state_of is None and one.origin != "snapshot"}
        within = f"{self.within} > " if self.within else ""
        prefix = f"{within}snapshot{snapshot.number}/"
        try:
            disk = open_disk(snapshot.data, self.disk.sector_size, prefix, self.disk.keys)
        except ForensicError as error:
            self._note_snapshot(prefix.rstrip("/"), error)
            return
        readable = [volume for volume in disk.volumes if volume.not_examined is None]
        for volume in readable:
            volume.snapshot = snapshot
            try:
                others = [other.tree for other in readable if other is not volume]
                for root in islice(find_system_roots(volume.tree), INSTALLATION_LIMIT):
                    one = Installation(
                        volume.tree,
                        root.path,
                        root.hives,
                        origin="snapshot",
                        volume=volume,
                        other_trees=others,
                        drive=root.drive,
                        cross_check=cross_check,
                    )
                    one.earlier_state_of = now.get(_place_of(one))
                    yield one
            except ForensicError as error:
                self._note_snapshot(volume.id, error)
        self._snapshot_disks.append(disk)

    def _note_snapshot(self, where: str, error: ForensicError) -> None:
        """Remember that a snapshot was not examined; in an image that is cut short nobody knows what else lay behind its end."""
        cut = any(problem.code == "truncated-image" for problem in self.image.problems)
        code = "truncated-image" if cut else "snapshot-not-read"
        self.disk.problems.append(Problem("error" if cut else "warning", where, f"not examined: {error}", code))

    @staticmethod
    def _images_on(volume: Volume) -> list[Problem]:
        try:
            return [] if volume.not_examined is not None else list(images_on(volume))
        except ForensicError:
            return []  # looking for installations in it has stated why

    def _trees(self) -> Iterator[Tree]:
        for volume in self.disk.volumes:
            if volume.not_examined is None:
                try:
                    yield volume.tree
                except ForensicError:
                    continue  # looking for installations in it states why

    def content(self) -> Image:
        """Return the image."""
        return self.image

    def source_info(self, path: str) -> SourceInfo:
        """Describe the container."""
        image = self.image
        return SourceInfo(path, image.format, image.size, image.segments, image.sector_size, image.stored_hashes, set_aside=self.set_aside)

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of all files that the image is made of."""
        return tuple(file.location.path for file in self.image.files)

    def volume_infos(self) -> tuple[VolumeInfo, ...]:
        """Describe the volumes, examined or not."""
        return tuple(
            VolumeInfo(v.id, v.scheme, v.start, v.size, v.filesystem, v.serial_text, v.label, v.not_examined, v.unlocked_by)
            for v in self.disk.volumes
        )

    def problems(self) -> list[Problem]:
        """Return what was found wrong with the container, the tables and the file systems so far."""
        trees = [problem for disk in (self.disk, *self._snapshot_disks) for volume in disk.volumes for problem in volume.problems]
        found = [*self.image.problems, *self.disk.problems, *trees, *self._unread_volumes()]
        return [self._placed(problem) for problem in found] if self.within else found

    def _unread_volumes(self) -> list[Problem]:
        """Return what follows from the volumes that were not examined, once installations were looked for."""
        if self._proposals is None:
            return []
        has_windows = bool(self._windows())
        return [one for volume in self.disk.volumes if (one := problem_of(volume, has_windows=has_windows)) is not None]

    def _windows(self) -> list[Installation]:
        found = [] if self._proposals is None else self._proposals.installations
        return [one for one in found if one.origin != "recovery" and one.earlier_state_of is None]

    def _placed(self, problem: Problem) -> Problem:
        """Return a problem whose place begins at the folder or archive in which the image lies.

        Of an image with one Windows it concerns that one, and none on the other images there.
        """
        windows = self._windows()
        if problem.is_incomplete and len(windows) == 1:
            return replace(self._named(problem), installation=windows[0].id)
        return self._named(problem)

    def _named(self, problem: Problem) -> Problem:
        if problem.where.startswith(self.within):
            return problem
        if problem in self.image.problems:  # named after the file beside the image that it is in, or should be
            return replace(problem, where=f"{self.within.rpartition('/')[0]}/{problem.where}".lstrip("/"))
        return replace(problem, where=f"{self.within} > {problem.where}")

    def close(self) -> None:
        """Release the image."""
        self.image.close()


def _place_of(one: Installation) -> tuple[int, str]:
    """Return where an installation lies on its disk: the first byte of its volume, and the system root."""
    return -1 if one.volume is None else one.volume.start, (one.system_root or "").lower()


def propose_on_volume(
    volume: Volume,
    volumes: Sequence[Volume] = (),
    *,
    boot_paths: Sequence[str] = (),
    earlier_states: bool = True,
    cross_check: bool = False,
) -> Proposals:
    """Propose the installations on a volume, each followed by the copies of its registry; those in shadow copies come last.

    `volumes` are all of the disk, and `boot_paths` what its boot.ini names (see `find_system_roots`).
    """
    tree, proposals = volume.tree, Proposals()
    found = proposals.installations
    other_trees = [other.tree for other in volumes if other is not volume and other.not_examined is None]
    for root in find_system_roots(tree, boot_paths=boot_paths):
        if len(found) >= INSTALLATION_LIMIT:
            tree.problems.append(Problem("error", volume.id, TOO_MANY, "not-opened"))
            proposals.set_aside.append(SetAside(str(Locator(volume=volume.id, file=root.path)), TOO_MANY))
            break
        origin: InstallationOrigin = "old" if is_windows_old(root.path.partition("/")[0]) else "active"
        found += propose(tree, root, origin, volume=volume, other_trees=other_trees, earlier_states=earlier_states, cross_check=cross_check)
    if not found:
        found += _collected(volume, earlier_states=earlier_states, cross_check=cross_check)
    mark_shared_drives(found)
    if earlier_states:
        found += _shadow_copies(volume, found, cross_check=cross_check)
    return proposals


def _collected(volume: Volume, *, earlier_states: bool, cross_check: bool) -> Iterator[Installation]:
    """Yield the Windows trees in folders of a volume without one of its own: a container into which KAPE or another collector wrote.

    What the disk and the volume say of themselves is of the container, not of the computer: such installations have no volume.
    """
    tree = volume.tree
    for folder in nested_folders(tree):
        for root in find_system_roots(tree, folder):
            yield from propose(tree, root, "collection", earlier_states=earlier_states, cross_check=cross_check)


def _shadow_copies(volume: Volume, found: Sequence[Installation], *, cross_check: bool) -> Iterator[Installation]:
    """Yield the installations of a volume as its shadow copies hold them: earlier states of those that are there now."""
    now = {(one.system_root or "").lower(): one.id for one in found if one.earlier_state_of is None}
    for copy in volume.shadow_copies:
        try:
            for root in find_system_roots(copy.tree):
                yield Installation(
                    copy.tree,
                    root.path,
                    root.hives,
                    origin="shadow-copy",
                    volume=copy,
                    earlier_state_of=now.get(root.path.lower()),
                    drive=root.drive,
                    cross_check=cross_check,
                )
        except ForensicError as error:
            volume.problems.append(Problem("warning", copy.id, str(error)))
