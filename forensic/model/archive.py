"""Archive: what a catalog says of many images: groups of related states, and who holds a value."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from forensic.model.judgement import Policy, VerdictStrength
from forensic.model.report import Tool
from forensic.model.text import inert

GROUPS_SCHEMA = "forensic.groups/1"
HOLDERS_SCHEMA = "forensic.holders/1"


class Member(msgspec.Struct, frozen=True):
    """One state of a catalog: an installation of a source, by which it is addressed."""

    path: str
    installation: str
    computer_name: str | None = None
    machine_sid: str | None = None
    stored: str = ""
    """When its report was stored: ISO 8601, UTC."""
    tags: tuple[str, ...] = ()


class Collision(msgspec.Struct, frozen=True):
    """A kind of identifiers that several computers of a group have in common, and should not."""

    kind: str
    machines: int
    """States that share a value of it with another one that is not shown to be the same computer."""


class ArchiveGroup(msgspec.Struct, frozen=True):
    """States of an archive that descend from one installation."""

    number: int
    """Its place among all groups of the archive, the gravest first, from 1: what `groups N` takes."""
    relation: str
    """The gravest of its pairs."""
    policy: Policy
    strength: VerdictStrength
    """Of the best shown pair of that relation."""
    title: str
    count: int
    """Of its states."""
    members: tuple[Member, ...]
    """Its states in the order in which they were stored first; of many the first ones."""
    collides: tuple[Collision, ...]
    """The most harmful first."""
    parted_after: str | None = None
    """The earliest moment at which two of it may have parted: ISO 8601, UTC."""
    parted_before: str | None = None
    """The moment by which the last two of it had parted."""
    stored: str = ""
    """When the youngest report of it was stored."""
    tags: tuple[str, ...] = ()
    pairs: int = 0
    """Pairs of it that were judged and are related."""
    judged: bool = True
    """Whether all its pairs were judged by today's knowledge."""
    unjudged: int = 0
    """Candidates of its states that were found and not judged yet."""
    suspected: int = 0
    """How many of its states a pair with a violation or a suspicion names."""
    remedy: str = ""
    """What to do about them; empty where nothing has to be done."""


class Constant(msgspec.Struct, frozen=True):
    """A value that strangers share, as it is proposed."""

    namespace: str
    value: str
    strangers: int
    """States, or groups of related ones, that hold it and that no judged pair relates; of many holders as far as they were looked at."""
    count: int
    """States that hold it."""

    @property
    def note(self) -> str:
        """What a file of constants says beside it."""
        return f"{self.count} hold it, {self.strangers} of them or their groups unrelated"


class GroupsReport(msgspec.Struct, frozen=True):
    """The groups of an archive."""

    catalog: str
    tool: Tool
    states: int
    """In the archive."""
    found: int
    """Groups in the archive, whatever was asked for."""
    groups: tuple[ArchiveGroup, ...] = ()
    uncompared: int = 0
    """States whose relatives were not looked for yet by today's knowledge: they may belong to groups."""
    waiting: int = 0
    """Sources that are not examined yet."""
    failed: int = 0
    constants: int = 0
    """Values that do not count, since strangers share them."""
    schema: str = GROUPS_SCHEMA

    def to_json(self, *, indent: int | None = 2) -> str:
        """Return the groups as JSON text."""
        return _json(self, indent)


class Held(msgspec.Struct, frozen=True):
    """A state that holds a value, and as what."""

    member: Member
    namespace: str
    """`domain-sid` where the value is the SID of its domain, else the namespace that was asked for."""
    value: str
    standing: str
    """`current`: its own today; `former`: it had the value before, or something in it tells of another that has."""
    history: str = ""
    """Verdict over the state."""
    policy: str = ""


class HoldersReport(msgspec.Struct, frozen=True):
    """Who holds values that were asked for."""

    catalog: str
    tool: Tool
    asked: tuple[tuple[str, str], ...]
    """Namespace and value, as they are compared."""
    held: tuple[Held, ...] = ()
    schema: str = HOLDERS_SCHEMA

    def to_json(self, *, indent: int | None = 2) -> str:
        """Return who holds what as JSON text."""
        return _json(self, indent)


def _json(report: GroupsReport | HoldersReport, indent: int | None) -> str:
    from forensic.model.codec import encodable

    plain: dict[str, Any] = msgspec.to_builtins(report)
    body = {"schema": plain.pop("schema"), **plain}
    return inert(json.dumps(encodable(body), ensure_ascii=False, indent=indent))
