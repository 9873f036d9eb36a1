"""WimSource: a WIM (ESD, SWM) as a source of evidence: each image in it is an installation as it was captured."""

from __future__ import annotations

from forensic.errors import ForensicError, NotFound
from forensic.model import InstallationOrigin, Problem, SetAside, SourceInfo, VolumeInfo
from forensic.sources.evidence_source import EvidenceSource
from forensic.sources.proposal import INSTALLATION_LIMIT, TOO_MANY, Proposals, mark_shared_drives, propose
from forensic.sources.system_root import find_system_roots, is_windows_old
from forensic.storage.location import Where
from forensic.storage.meter import ReadMeter
from forensic.volumes.wim import IMAGE_LIMIT, ImageInfo, Wim
from forensic.volumes.wim_tree import WimTree
from forensic.windows.installation import Installation


class WimSource(EvidenceSource):
    """A WIM with all its images, or with the one that was asked for."""

    has_numbered_images = True

    def __init__(self, where: Where, meter: ReadMeter, image: int | None = None, within: str = "") -> None:
        """Open the WIM at `where`; a ForensicError says why that is not possible.

        `image` is the number of the only image that is looked at; `within` is the path of the WIM inside the folder or archive that was
        given, where it is in one: it stands before the ids of the images.
        """
        super().__init__()
        self.within, self._prefix = within, f"{within} > " if within else ""
        self.wim = Wim(where, meter)
        self._images = self.wim.images()
        self._trees: list[WimTree] = []
        self._unread: dict[int, str] = {}
        self._problems: list[Problem] = []
        numbers = [one.number for one in self._images]
        if image is not None and image not in numbers:
            self.wim.close()
            told = f", though it tells of {self.wim.images_told}" if self.wim.images_told > len(numbers) else ""
            raise NotFound(f"{self.wim.name} has no image {image}, only {_range(len(numbers))}{told}", code="no-file")
        self._chosen = [image] if image is not None else numbers[:IMAGE_LIMIT]
        if len(self._chosen) < len(numbers) and image is None:
            what = f"more than {IMAGE_LIMIT} images; the rest was not looked at"
            self._problems.append(Problem("error", self.wim.name, what, "limit-reached"))

    def _propose(self, *, earlier_states: bool, cross_check: bool) -> Proposals:
        proposals = Proposals()
        for number in self._chosen:
            try:
                tree = WimTree(self.wim, number, self._prefix)
                self._trees.append(tree)
                found = self._installations(tree, earlier_states=earlier_states, cross_check=cross_check)
            except ForensicError as error:
                self._unread[number] = str(error)
                self._problems.append(Problem("error", f"{self._prefix}image{number}", f"not examined: {error}", "volume-not-read"))
                continue
            proposals.installations += found
            if not found:
                damaged = any(problem.where == tree.volume and problem.is_incomplete for problem in self.wim.problems)
                self._unread[number] = "its directories are damaged: no Windows in what could be read" if damaged else "no Windows in it"
        proposals.set_aside += [
            SetAside(f"{self._prefix}image{one.number}", "another image was asked for")
            for one in self._images
            if one.number not in self._chosen
        ]
        return proposals

    def _installations(self, tree: WimTree, *, earlier_states: bool, cross_check: bool) -> list[Installation]:
        found: list[Installation] = []
        for root in find_system_roots(tree):
            if len(found) >= INSTALLATION_LIMIT:
                tree.problems.append(Problem("error", tree.volume, TOO_MANY, "not-opened"))
                break
            origin: InstallationOrigin = "old" if is_windows_old(root.path.partition("/")[0]) else "master"
            found += propose(tree, root, origin, earlier_states=earlier_states, cross_check=cross_check)
        mark_shared_drives(found)
        return found

    def source_info(self, path: str) -> SourceInfo:
        """Describe the file, and the parts of a split one."""
        return SourceInfo(path, "wim", self.wim.size, self.wim.segments, set_aside=self.set_aside)

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of all parts."""
        return tuple(file.location.path for file in self.wim.files)

    def volume_infos(self) -> tuple[VolumeInfo, ...]:
        """Describe the images, each with its name as label."""
        return tuple(self._info(one) for one in self._images)

    def _info(self, one: ImageInfo) -> VolumeInfo:
        why = self._unread.get(one.number) if one.number in self._chosen else "another image was asked for"
        return VolumeInfo(f"{self._prefix}image{one.number}", "collection", 0, one.size, "wim", label=one.name or None, not_examined=why)

    def problems(self) -> list[Problem]:
        """Return what was found wrong so far."""
        return [*self.wim.problems, *self._problems, *(problem for tree in self._trees for problem in tree.problems)]

    def close(self) -> None:
        """Release the files."""
        self.wim.close()


def _range(count: int) -> str:
    return "image 1" if count == 1 else f"images 1 to {count}" if count else "none"
