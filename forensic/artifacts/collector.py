"""The collector: runs every declared artifact over one installation and turns absence into gaps."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from forensic.artifacts.declaration import OTHER_CHANNELS, Artifact, load
from forensic.errors import ForensicError, NotFound
from forensic.model import Depth, Extraction, Fact, Gap, Locator, Problem, printable

if TYPE_CHECKING:
    from forensic.registry.hive import Hive
    from forensic.registry.key import Key
    from forensic.volumes.tree import Tree
    from forensic.windows.installation import Installation
    from forensic.windows.profile import ProfileFolder


class Collected(msgspec.Struct):
    """What one installation says about itself."""

    facts: list[Fact[Any]]
    gaps: list[Gap]
    problems: list[Problem]
    extraction: dict[str, Extraction]


class _Searched(NamedTuple):
    """Where an artifact looks."""

    words: str
    place: Locator
    profile: str | None


_NOT_LOOKED = {
    "no-disk": "files were collected, not the disk",
    "captured-image": "a captured image holds files, not the volume that they lay on",
    "only-hives": "only hives are here",
    "not-collected": "files were collected, and none from this place",
}
"""Code of a gap -> its sentence."""


def collect(installation: Installation, *, depth: Depth = "full", strict: bool = False) -> Collected:
    """Run all artifacts of `depth` that exist on this release of Windows; with `strict` an unexpected exception propagates.

    The machine's own come first, then its event logs one by one, then profile by profile: only one log's events and one profile's hives
    are held at a time.
    """
    artifacts = [artifact for artifact in load(depth) if _exists_on(artifact, installation.nt_version)]
    if depth == "full":
        installation.look_thoroughly()
    collector = _Collector(installation, strict=strict)
    for artifact in artifacts:
        if not artifact.is_per_profile and artifact.place != "events":
            collector.state(artifact)
    over: dict[str, list[Artifact]] = {}
    for artifact in artifacts:
        if artifact.place == "events":
            over.setdefault(artifact.path, []).append(artifact)
    others = over.pop(OTHER_CHANNELS, [])
    for channel, readers in over.items():
        collector.state_events(channel, readers)
    collector.state_other_events(over, others)
    for profile in installation.profiles:
        for artifact in artifacts:
            if artifact.is_per_profile and (artifact.place != "registry" or artifact.hive in profile.hive_paths):
                collector.state(artifact, profile)
        profile.close()
    for sid, path in installation.missing_profiles:
        detail = f"ProfileList names it for {sid}, and no volume here has a hive in that folder"
        gap = Gap("profile", "not-found", path, detail, path, "no-profile-hive", Locator(file=path))
        collector.collected.gaps.append(gap)
    for path in installation.unclaimed_profiles:
        detail = "ProfileList does not name it, and another Windows lies on the same drive whose profile it may be"
        gap = Gap("profile", "not-looked", path, detail, path, "unclaimed-profile", Locator(file=path))
        collector.collected.gaps.append(gap)
    return collector.collected


def _exists_on(artifact: Artifact, version: tuple[int, ...] | None) -> bool:
    if version is None:
        return True
    newer = artifact.since is None or version >= artifact.since
    return newer and (artifact.until is None or version[: len(artifact.until)] <= artifact.until)


class _Collector:
    """Calls artifacts and keeps what they state."""

    def __init__(self, installation: Installation, *, strict: bool) -> None:
        self.installation, self.strict = installation, strict
        self.collected = Collected([], [], [], {})

    def state(self, artifact: Artifact, profile: ProfileFolder | None = None) -> None:
        """Call the artifact's function for every place where it looks; what fails at one place leaves the others alone."""
        place = self._place(artifact, profile)
        not_looked = self._why_not_looked(artifact)
        if not_looked is not None:
            self._add_not_looked(artifact, str(place), place, not_looked)
            return
        searched, found = _Searched(str(place), place, None if profile is None else profile.path), False
        try:
            for opened in self._opened(artifact, profile):
                found = True
                self._state_at(artifact, opened, searched)
            if not found:
                self._add_gaps(artifact, searched, NotFound("no such key", code="no-key"))
        except ForensicError as error:
            self._add_gaps(artifact, searched, error)

    def state_events(self, channel: str, artifacts: Sequence[Artifact]) -> None:
        """Open the log of a channel once, and call all artifacts over it."""
        from forensic.windows.event_log import find_log, log_paths, open_log

        paths = log_paths(channel)
        searched = _Searched(f"event log {channel}", Locator(file=paths[0]), None)
        not_looked = self.installation.why_not_looked(*paths)
        if not_looked is not None:
            for artifact in artifacts:
                self._add_not_looked(artifact, searched.words, searched.place, not_looked)
            return
        where = paths[0]
        try:
            file = find_log(self.installation, channel)
            where = str(file.place)
            log = open_log(file, channel)
        except ForensicError as error:
            for artifact in artifacts:
                self._add_gaps(artifact, searched, error)
            if not isinstance(error, NotFound):
                self._note_log(where, [f"cannot be read: {error}"], "limit-reached" if error.code == "too-much" else "event-log-damaged")
            return
        for artifact in artifacts:
            self._state_at(artifact, log, searched)
        self._note_log(str(log.place), log.problems, "event-log-damaged")
        self._note_log(str(log.place), log.limits, "event-log-sampled")

    def state_other_events(self, known: Container[str], artifacts: Sequence[Artifact]) -> None:
        """Open each collected log whose channel is not `known`, and call these artifacts over it."""
        if not artifacts or self.installation.files is None:
            return
        from forensic.windows.event_log import collected_channels

        for channel in collected_channels(self.installation.files):
            if channel not in known:
                self.state_events(channel, artifacts)

    def _note_log(self, where: str, problems: Sequence[str], code: str) -> None:
        self.collected.problems += [Problem("warning", where, what, code, self.installation.id) for what in problems]

    def _why_not_looked(self, artifact: Artifact) -> str | None:
        """Return the code of the reason, None where the artifact's place can be looked at."""
        if artifact.place == "disk" and self.installation.volume is None:
            return "captured-image" if self.installation.origin == "master" else "no-disk"
        return self.installation.why_not_looked(artifact.path) if artifact.place in {"file", "folder"} else None

    def _place(self, artifact: Artifact, profile: ProfileFolder | None) -> Locator:
        """Return where the artifact looks, before anything is opened."""
        if artifact.place != "registry":
            return Locator(file=artifact.path)
        holder = self.installation if profile is None else profile
        file = holder.hive_paths.get(artifact.hive, artifact.hive)
        return Locator(volume=holder.tree.volume, file=file, hive=artifact.hive, key=artifact.path)

    def _opened(self, artifact: Artifact, profile: ProfileFolder | None) -> Iterator[Any]:
        """Yield what the artifact's function is called with: keys, files, folders, or the volume."""
        if artifact.place in {"file", "folder"}:
            from forensic.windows.folder import Folder, matching

            tree, pattern = self.installation.resolve(artifact.path, profile)
            for path in matching(tree, pattern):
                if artifact.place == "folder":
                    yield Folder(tree, path)
                elif "*" not in pattern or not _is_directory(tree, path):
                    yield tree.open(path)
        elif artifact.place == "disk":
            yield self.installation.volume
        else:
            holder = self.installation if profile is None else profile
            yield from _keys(holder.hive(artifact.hive), artifact.path, self.installation)

    def _state_at(self, artifact: Artifact, opened: Any, searched: _Searched) -> None:
        try:
            for fact in artifact.read(opened):
                self.collected.facts.append(fact if searched.profile is None else msgspec.structs.replace(fact, profile=searched.profile))
                self._note(artifact, "stated")
        except ForensicError as error:
            place = opened.place if hasattr(opened, "place") else None
            at = searched if place is None else _Searched(str(place), place, searched.profile)
            self._add_gaps(artifact, at, error)
        except Exception as error:
            if self.strict:
                raise
            self.collected.problems.append(self._defect(artifact, searched, error))

    def _defect(self, artifact: Artifact, searched: _Searched, error: Exception) -> Problem:
        if isinstance(error, MemoryError):
            what, code = f"artifact {artifact.name} needed more memory than there is", "out-of-memory"
        else:
            code = "internal-error"
            what = f"internal error in artifact {artifact.name}: {type(error).__name__}: {printable(str(error))}"
        return Problem("error", searched.words, what, code, self.installation.id)

    def _add_gaps(self, artifact: Artifact, searched: _Searched, error: ForensicError) -> None:
        self._note(artifact, "nothing-stated")
        self.collected.gaps += [
            Gap(kind.name, error.reason, searched.words, str(error), searched.profile, error.code, searched.place)
            for kind in artifact.kinds
        ]

    def _add_not_looked(self, artifact: Artifact, searched: str, place: Locator, code: str) -> None:
        self._note(artifact, "not-looked")
        self.collected.gaps += [
            Gap(kind.name, "not-looked", searched, _NOT_LOOKED[code], code=code, place=place) for kind in artifact.kinds
        ]

    def _note(self, artifact: Artifact, status: Literal["stated", "nothing-stated", "not-looked"]) -> None:
        """Keep how the artifact was read; what one place stated counts, whatever another lacks."""
        known = self.collected.extraction.get(artifact.name)
        if known is None or status == "stated":
            self.collected.extraction[artifact.name] = Extraction(artifact.version, status)


def _is_directory(tree: Tree, path: str) -> bool:
    parent, _, name = path.rpartition("/")
    return any(entry.name == name and entry.is_directory for entry in tree.list(parent))


def _keys(hive: Hive, path: str, installation: Installation) -> Iterator[Key]:
    """Yield every key of `hive` that matches `path`."""
    first, _, rest = path.partition("\\")
    if first == "CurrentControlSet":
        path = f"{installation.control_set_name()}\\{rest}"
    elif first == "ControlSet*":
        names = installation.control_set_names()
        yield from (key for name in names if (key := hive.root.find(f"{name}\\{rest}")) is not None)
        return
    yield from _matching(hive.root, path)


def _matching(key: Key, path: str) -> Iterator[Key]:
    head, star, tail = path.partition("*")
    base = key.key(head.rstrip("\\")) if head else key
    if not star:
        yield base
        return
    for child in base.keys():
        tail_path = tail.lstrip("\\")
        if not tail_path:
            yield child
        elif "*" in tail_path or child.find(tail_path) is not None:
            yield from _matching(child, tail_path)
