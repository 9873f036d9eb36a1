"""Proposal: installations that a source may hold, each proposed where its hives lie.

Nothing here looks into what hives and logs say of the computer that they come from. Files that are proposed as one installation may turn
out to be of two: that is decided after extraction (`reasoning`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from forensic.model import InstallationOrigin, SetAside
from forensic.sources.system_root import SystemRoot, hives_in
from forensic.volumes.disk import Volume
from forensic.volumes.tree import Tree
from forensic.windows.hive_folder import CONFIG
from forensic.windows.installation import Installation

INSTALLATION_LIMIT = 64
"""Installations that are examined on one volume or in one collection at most."""
TOO_MANY = f"more than {INSTALLATION_LIMIT} installations; the rest was not looked at"
COPIES = (f"{CONFIG}/RegBack", "repair")
"""Folders below the system root in which Windows keeps an earlier copy of the hives (Vista and later; NT 4.0 to 2003)."""


class Proposals(msgspec.Struct):
    """What is proposed of one volume or collection, and what is left over."""

    installations: list[Installation] = []
    """Each followed by its earlier states."""
    set_aside: list[SetAside] = []
    unread: list[str] = []
    """Paths of files that nothing looks into."""


def propose(
    tree: Tree,
    root: SystemRoot,
    origin: InstallationOrigin,
    *,
    volume: Volume | None = None,
    other_trees: Sequence[Tree] = (),
    earlier_state_of: str | None = None,
    earlier_states: bool,
    cross_check: bool,
) -> Iterator[Installation]:
    """Yield the installation at a system root, then, with `earlier_states`, the copies of its registry that Windows keeps there."""
    one = Installation(
        tree,
        root.path,
        root.hives,
        origin=origin,
        volume=volume,
        other_trees=other_trees,
        earlier_state_of=earlier_state_of,
        drive=root.drive,
        cross_check=cross_check,
    )
    if earlier_state_of is None and one.release.is_preinstallation:
        one.origin = "recovery"
    yield one
    for folder in COPIES if earlier_states else ():
        name = f"{root.path}/{folder}".lstrip("/")
        if hives := hives_in(tree, name, filled=True):
            yield Installation(
                tree,
                root.path,
                hives,
                origin="old",
                volume=volume,
                earlier_state_of=one.id,
                name=name,
                drive=root.drive,
                cross_check=cross_check,
            )


def mark_shared_drives(installations: Sequence[Installation]) -> None:
    """Let the installations that lie on one drive know it."""
    rivals = [one for one in installations if one.earlier_state_of is None and one.origin != "recovery"]
    for one in rivals:
        one.shares_drive = sum(other.drive.lower() == one.drive.lower() for other in rivals) > 1


def keep_apart(installations: Sequence[Installation]) -> None:
    """Give each an id of its own: ` (2)`, ` (3)`, … behind one that another has already.

    Earlier states follow the installation that they belong to, so each stays with the nearest of that id before it.
    """
    taken: set[str] = set()
    renamed: dict[str, str] = {}
    for one in installations:
        given, number = one.id, 1
        if one.earlier_state_of is not None:
            one.earlier_state_of = renamed.get(one.earlier_state_of, one.earlier_state_of)
        while one.id in taken:
            number += 1
            one.id = f"{given} ({number})"
        taken.add(one.id)
        renamed[given] = one.id
