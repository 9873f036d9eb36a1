"""EvidenceSource: one source of evidence as it was handed in, opened: what was given, what was found in it, what was set aside."""

from __future__ import annotations

from forensic.containers.image import Image
from forensic.model import Problem, SetAside, SourceInfo, VolumeInfo
from forensic.sources.proposal import Proposals, keep_apart
from forensic.windows.installation import Installation

SET_ASIDE_LIMIT = 1000
"""Files that are named one by one as set aside."""


class EvidenceSource:
    """One source of evidence."""

    has_numbered_images = False
    """Whether it holds images by number, of which one can be asked for."""

    def __init__(self) -> None:
        """Start with nothing found."""
        self._set_aside: list[SetAside] = []

    def installations(self, *, earlier_states: bool = True, cross_check: bool = False) -> list[Installation]:
        """Return the installations that are proposed, each with an id of its own and, with `earlier_states`, followed by these."""
        proposals = self._propose(earlier_states=earlier_states, cross_check=cross_check)
        self._set_aside = proposals.set_aside
        keep_apart(proposals.installations)
        return proposals.installations

    @property
    def set_aside(self) -> tuple[SetAside, ...]:
        """Files that no installation has, and why; complete once `installations` was asked for."""
        named, more = self._set_aside[:SET_ASIDE_LIMIT], len(self._set_aside) - SET_ASIDE_LIMIT
        return (*named, SetAside("", f"{more} more were set aside")) if more > 0 else tuple(named)

    def content(self) -> Image | None:
        """Return the one image that the source is; None for a collection."""
        return None

    def source_info(self, path: str) -> SourceInfo:
        """Describe what was given at `path`."""
        raise NotImplementedError

    def volume_infos(self) -> tuple[VolumeInfo, ...]:
        """Describe the volumes, examined or not."""
        raise NotImplementedError

    def problems(self) -> list[Problem]:
        """Return what was found wrong so far."""
        raise NotImplementedError

    def close(self) -> None:
        """Release what is open."""
        raise NotImplementedError

    def _propose(self, *, earlier_states: bool, cross_check: bool) -> Proposals:
        raise NotImplementedError
