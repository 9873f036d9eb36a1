"""Evidence and verdict: what rules conclude from facts."""

from __future__ import annotations

import enum
from typing import Literal

import msgspec

Strength = Literal["weak", "moderate", "strong"]
Policy = Literal["none-found", "compliant", "suspect", "violation", "undetermined"]
VerdictStrength = Literal["proven", "strong", "indicated", "undetermined", "contradicted"]


class History(enum.Enum):
    """What happened to one installation: the verdict codes of the contract."""

    INSTALLED = "installed"
    DEPLOYED_GENERALIZED = "deployed-generalized"
    SEALED_GENERALIZED = "sealed-generalized"
    RELOCATED_NOT_GENERALIZED = "relocated-not-generalized"
    SID_CHANGED = "sid-changed"
    GENERALIZED_AFTER_USE = "generalized-after-use"
    GENERALIZE_FAILED = "generalize-failed"
    UNDETERMINED = "undetermined"


POLICY: dict[History, Policy] = {
    History.INSTALLED: "none-found",
    History.DEPLOYED_GENERALIZED: "compliant",
    History.SEALED_GENERALIZED: "compliant",
    History.RELOCATED_NOT_GENERALIZED: "suspect",
    History.SID_CHANGED: "violation",
    History.GENERALIZED_AFTER_USE: "suspect",
    History.GENERALIZE_FAILED: "suspect",
    History.UNDETERMINED: "undetermined",
}
"""What each history means under Microsoft's disk-duplication policy (KB 314828)."""


class Evidence(msgspec.Struct, frozen=True):
    """One rule's conclusion from named facts."""

    rule: str
    """Public name of the rule, kebab-case."""
    supports: str
    """The history code that it speaks for; empty when it only speaks against one."""
    against: str
    """The history code that it speaks against; empty when it only supports."""
    strength: Strength
    group: str
    """Its cause: evidence with one group comes from one event and is counted once."""
    because: str
    """One sentence in plain words with the values that matter."""
    facts: tuple[int, ...] = ()
    """Positions in the installation's list of facts."""


class Verdict(msgspec.Struct, frozen=True):
    """The conclusion over one installation."""

    history: History
    policy: Policy
    strength: VerdictStrength
    summary: str
    not_excluded: tuple[str, ...] = ()
    """Innocent or other explanations that the evidence leaves open."""
    remedies: tuple[str, ...] = ()
    """What to do next."""
