"""Evidence and verdict: what rules conclude from facts."""

from __future__ import annotations

from typing import Literal

import msgspec

Strength = Literal["weak", "moderate", "strong"]
Policy = Literal["none-found", "compliant", "suspect", "violation", "undetermined"]
VerdictStrength = Literal["proven", "strong", "indicated", "undetermined", "contradicted"]


POLICY_WORDS: dict[Policy, str] = {
    "none-found": "nothing found that Microsoft's disk-duplication policy forbids",
    "compliant": "complies with Microsoft's disk-duplication policy",
    "suspect": "suspected breach of Microsoft's disk-duplication policy",
    "violation": "breach of Microsoft's disk-duplication policy",
    "undetermined": "cannot be judged under Microsoft's disk-duplication policy",
}
"""What each policy code says to a person."""

STRENGTH_WORDS: dict[VerdictStrength, str] = {
    "proven": "proven: independent traces agree, and no other known cause leaves them all",
    "strong": "strong: several independent traces agree, and nothing of weight speaks against it",
    "indicated": "indicated: traces point to it, other explanations remain",
    "undetermined": "undetermined: the evidence that would decide is missing",
    "contradicted": "contradicted: strong traces speak for it and against it",
}
"""What each strength of a verdict says to a person."""


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
    brief: str = ""
    """The same in fewer words, for a first look; empty where `because` is short."""


class Verdict(msgspec.Struct, frozen=True):
    """The conclusion over one installation."""

    history: str
    """Code of the verdict, e.g. `installed`: the name of a declared verdict (`reasoning.verdict`)."""
    policy: Policy
    strength: VerdictStrength
    summary: str
    not_excluded: tuple[str, ...] = ()
    """Innocent or other explanations that the evidence leaves open."""
    remedies: tuple[str, ...] = ()
    """What to do next."""
    consequences: tuple[str, ...] = ()
    """Which identifiers collide where another computer shares this installation, and what breaks then."""
    title: str = ""
    """The verdict in a few words."""
    decided_by: str = ""
    """Name of the row of the weighing that decided: one that carries the verdict, or the veto that leaves it undetermined."""
    caps: tuple[str, ...] = ()
    """Names of the rows that hold the strength down."""
    conclusion: str = ""
    """The summary without the evidence that it begins with: what follows from it, and what stays open."""


class Condition(msgspec.Struct, frozen=True):
    """One condition that an image builder asks of an image."""

    words: str
    """What is asked for."""
    met: bool | None
    """None where it is not known: that closes nothing."""
    found: str
    """What was found, with the value."""
    remedy: str = ""
    """What to do where it is not met."""
    warns: bool = False
    """Whether it closes the gate only where that is asked for."""

    def closes(self, *, strict: bool) -> bool:
        """Return whether the gate stays closed; `strict`: conditions that warn close it too."""
        return self.met is False and (strict or not self.warns)

    def state(self, *, strict: bool) -> str:
        """Return `met`, `not met`, `warning` or `not known`."""
        if self.met is None:
            return "not known"
        return "met" if self.met else "not met" if self.closes(strict=strict) else "warning"
