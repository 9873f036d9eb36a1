"""The collector: runs every declared artifact over one installation and turns absence into gaps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from forensic.artifacts.declaration import Artifact, Depth, load
from forensic.errors import ForensicError, NotFound
from forensic.model import Fact, Gap, Problem, printable

if TYPE_CHECKING:
    from forensic.windows.hive import Hive, Key
    from forensic.windows.installation import Installation, ProfileFolder

PROFILE_HIVES = frozenset({"NTUSER", "USRCLASS"})


class Collected(msgspec.Struct):
    """What one installation says about itself."""

    facts: list[Fact[Any]]
    gaps: list[Gap]
    problems: list[Problem]


def collect(installation: Installation, *, depth: Depth = "full", strict: bool = False) -> Collected:
    """Run all artifacts of `depth` that exist on this release of Windows; with `strict` an unexpected exception propagates."""
    collected = Collected([], [], [])
    for artifact in load():
        if (artifact.depth == "full" and depth == "triage") or not _exists_on(artifact, installation.nt_version):
            continue
        if artifact.place == "disk":
            if installation.volume is not None:
                _state(collected, artifact, "disk", lambda: iter([installation.volume]), strict=strict)
        elif artifact.place == "file":
            _state(collected, artifact, artifact.path, lambda a=artifact: iter([installation.open_file(a.path)]), strict=strict)
        elif artifact.hive in PROFILE_HIVES:
            for profile in installation.profiles:
                _state_from_hive(collected, artifact, installation, profile, strict=strict)
        else:
            _state_from_hive(collected, artifact, installation, None, strict=strict)
    return collected


def _exists_on(artifact: Artifact, version: tuple[int, ...] | None) -> bool:
    if version is None:
        return True
    newer = artifact.since is None or version >= artifact.since
    return newer and (artifact.until is None or version[: len(artifact.until)] <= artifact.until)


def _state_from_hive(
    collected: Collected, artifact: Artifact, installation: Installation, profile: ProfileFolder | None, *, strict: bool
) -> None:
    holder = installation if profile is None else profile
    searched = f"{holder.hive_place(artifact.hive)} > {artifact.path}"
    folder = None if profile is None else profile.path
    _state(collected, artifact, searched, lambda: _keys(holder.hive(artifact.hive), artifact.path, installation), folder, strict=strict)


def _state(
    collected: Collected,
    artifact: Artifact,
    searched: str,
    places: Callable[[], Iterator[Any]],
    profile: str | None = None,
    *,
    strict: bool,
) -> None:
    """Call the artifact's function for every place; what fails at one place leaves the others alone."""
    found = False
    try:
        for place in places():
            found = True
            try:
                for fact in artifact.read(place):
                    collected.facts.append(fact if profile is None else msgspec.structs.replace(fact, profile=profile))
            except ForensicError as error:
                at = str(place.place) if hasattr(place, "place") else searched
                _add_gaps(collected, artifact, at, error, profile)
        if not found:
            _add_gaps(collected, artifact, searched, NotFound("no such key"), profile)
    except ForensicError as error:
        _add_gaps(collected, artifact, searched, error, profile)
    except Exception as error:
        if strict:
            raise
        what = f"internal error in artifact {artifact.name}: {type(error).__name__}: {printable(str(error))}"
        collected.problems.append(Problem("error", searched, what))


def _add_gaps(collected: Collected, artifact: Artifact, searched: str, error: ForensicError, profile: str | None) -> None:
    for kind in artifact.kinds:
        collected.gaps.append(Gap(kind.name, error.reason, searched, str(error), profile))  # type: ignore[arg-type]  reasons of the tree


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
