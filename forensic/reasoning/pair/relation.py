"""Relation kinds: what one relation of two states says, and what it means under policy; one file each in `relations/`."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path

import msgspec

from forensic.model import Policy

PACKAGE = "forensic.reasoning.pair.relations"
DESCENT = frozenset(
    {
        "same-acquisition", "same-machine", "duplicated-without-sysprep", "sid-changed-duplicate", "generalized-after-deployment",
        "generalized-siblings", "duplicate-or-same-machine",
    }
)  # fmt: skip
"""Relations of states that were one once."""


class RelationKind(msgspec.Struct, frozen=True):
    """One relation of two states."""

    code: str
    """Public name, kebab-case, never changed."""
    title: str
    policy: Policy
    order: int
    """Gravity: of the pairs of a group the one with the smallest number names the group."""
    says: str
    rests_on: tuple[str, ...]
    beware: tuple[str, ...]
    not_excluded: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()
    """`{a}` and `{b}` stand for the names of the two."""
    of_many: str = ""
    """What to do about a group of which this is the gravest relation; `{count}`: its members that are suspected, `{others}`: one less."""


@cache
def load() -> dict[str, RelationKind]:
    """Return all relations by code, the gravest first."""
    from forensic.reasoning.pair import relations

    names = sorted(path.stem for path in Path(relations.__path__[0]).glob("[!_]*.py"))
    found: list[RelationKind] = [importlib.import_module(f"{PACKAGE}.{name}").RELATION for name in names]
    return {one.code: one for one in sorted(found, key=lambda one: one.order)}
