"""Pair: how two states of evidence are related, and what follows for many: the nouns of the contract `forensic.comparison/1`."""

from __future__ import annotations

import json
from typing import Any, Literal

import msgspec

from forensic.model.comparison import TableRow
from forensic.model.judgement import Policy, VerdictStrength
from forensic.model.problem import Problem
from forensic.model.report import Tool
from forensic.model.text import inert


class Compared(msgspec.Struct, frozen=True):
    """One state of evidence that was compared: an installation of a source."""

    path: str
    installation: str
    computer_name: str | None = None
    machine_sid: str | None = None


class Bracket(msgspec.Struct, frozen=True):
    """What one source of evidence says of the moment at which two states parted."""

    source: str
    after: str | None
    """They were one until then: ISO 8601, UTC; None where the source does not say."""
    before: str | None
    """They were two by then."""
    because: str


class Fork(msgspec.Struct, frozen=True):
    """When two states parted."""

    after: str | None = None
    before: str | None = None
    sources: tuple[str, ...] = ()
    brackets: tuple[Bracket, ...] = ()
    reason: str = ""
    """Why there is no bracket, or that the sources disagree; empty otherwise."""


class AccountPair(msgspec.Struct, frozen=True):
    """One SID that a local account has on either side."""

    sid: str
    a: str
    """Name on the side of A."""
    b: str


class Shared(msgspec.Struct, frozen=True):
    """An identifier that both have now."""

    kind: str
    value: str


class PrivateHistory(msgspec.Struct, frozen=True):
    """What one side has of its own since the two parted."""

    first: str | None = None
    last: str | None = None
    records: int = 0
    """Keys, events and the like that only this side has, as far as samples show."""


class PairEvidence(msgspec.Struct, frozen=True):
    """One thing that decides a pair, in words."""

    name: str
    """Kebab-case, stable."""
    says: str
    """For which answer it speaks: `lineage`, `generalized`, `two-machines`, `one-machine`, `direction`."""
    strength: Literal["weak", "moderate", "strong"]
    because: str
    side: Literal["", "a", "b"] = ""
    """The side that it is said of; empty: both."""


Answer = Literal["yes", "no", "undetermined"]


class Pair(msgspec.Struct, frozen=True):
    """The relation of two states, by their positions in `sources`."""

    a: int
    b: int
    relation: str
    policy: Policy
    strength: VerdictStrength
    summary: str
    lineage: VerdictStrength
    generalized_since_fork: Literal["yes", "no", "after-deployment", "undetermined"]
    separate_machines: Answer
    direction: Literal["a-is-source", "b-is-source", "common-master", "undetermined"]
    fork: Fork = Fork()
    table: tuple[TableRow, ...] = ()
    explained_by: tuple[str, ...] = ()
    accounts: tuple[AccountPair, ...] = ()
    private_history: dict[str, PrivateHistory] = {}
    shared: tuple[Shared, ...] = ()
    evidence: tuple[PairEvidence, ...] = ()
    not_excluded: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()
    consequences: tuple[str, ...] = ()
    title: str = ""


class Group(msgspec.Struct, frozen=True):
    """States that descend from one installation."""

    members: tuple[int, ...]
    relation: str
    """The gravest of its pairs."""
    collides: tuple[str, ...]
    judged: bool = True
    """Whether all pairs of it that share a value were judged; of a large group of an archive only the nearest are."""
    suspected: tuple[int, ...] = ()
    """Those of the members that a pair with a violation or a suspicion names."""
    remedy: str = ""
    """What to do about them; empty where nothing has to be done."""


class Node(msgspec.Struct, frozen=True):
    """A state in the family tree."""

    id: str
    source: int | None
    state: Literal["active", "earlier", "missing-master"]
    label: str = ""


class Edge(msgspec.Struct, frozen=True):
    """A copy in the family tree."""

    origin: str = msgspec.field(name="from")
    to: str
    label: str
    after: str | None = None
    before: str | None = None


class Forest(msgspec.Struct, frozen=True):
    """States as nodes, copies as edges."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()


COMPARISON_SCHEMA = "forensic.comparison/1"


class ComparisonReport(msgspec.Struct, frozen=True):
    """The relation of every pair of states, their groups and their family tree (contract, section 4)."""

    sources: tuple[Compared, ...]
    pairs: tuple[Pair, ...] = ()
    groups: tuple[Group, ...] = ()
    forest: Forest = Forest()
    tool: Tool | None = None
    problems: tuple[Problem, ...] = ()
    asked: int | None = None
    """Of `relatives`: how many of the sources, the first ones, were asked about; each pair is one of these and a state of the archive."""
    schema: str = COMPARISON_SCHEMA

    def to_json(self, *, indent: int | None = 2) -> str:
        """Return the comparison as JSON text (contract, section 4)."""
        from forensic.model.codec import encodable

        plain: dict[str, Any] = msgspec.to_builtins(self)
        body = {"schema": plain.pop("schema"), **plain}
        return inert(json.dumps(encodable(body), ensure_ascii=False, indent=indent))
