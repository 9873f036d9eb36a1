"""Evidence and verdict: what rules conclude from facts."""

from __future__ import annotations

import enum
from typing import Literal

import msgspec

Strength = Literal["weak", "moderate", "strong"]
Policy = Literal["none-found", "compliant", "suspect", "violation", "undetermined"]
VerdictStrength = Literal["proven", "strong", "indicated", "undetermined", "contradicted"]


class History(enum.StrEnum):
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


POLICY_WORDS: dict[Policy, str] = {
    "none-found": "nothing found that Microsoft's disk-duplication policy forbids",
    "compliant": "complies with Microsoft's disk-duplication policy",
    "suspect": "suspected breach of Microsoft's disk-duplication policy",
    "violation": "breach of Microsoft's disk-duplication policy",
    "undetermined": "cannot be judged under Microsoft's disk-duplication policy",
}
"""What each policy code says to a person."""

STRENGTH_WORDS: dict[VerdictStrength, str] = {
    "proven": "proven: independent traces agree, and no known innocent cause leaves them all",
    "strong": "strong: several independent traces agree, and nothing of weight speaks against it",
    "indicated": "indicated: traces point to it, other explanations remain",
    "undetermined": "undetermined: the evidence that would decide is missing",
    "contradicted": "contradicted: strong traces speak for it and against it",
}
"""What each strength of a verdict says to a person."""


class Meaning(msgspec.Struct, frozen=True):
    """The page of a verdict: what its code says and what it does not say."""

    title: str
    says: str
    rests_on: tuple[str, ...]
    """Traces from which the verdict is drawn; seldom are all of them there."""
    beware: tuple[str, ...]
    """What else leaves such traces, and what the verdict does not claim."""


MEANING: dict[History, Meaning] = {
    History.INSTALLED: Meaning(
        "Ordinary installation",
        "Windows was set up on this hardware in the ordinary way, and no sign of duplication was found.",
        (
            "the CloneTag is the one that the installation media carries, or there is none",
            "the hardware that was there when Windows was specialized is the hardware of today",
            "the machine SID, the boot key and the setup records were made within one setup",
        ),
        (
            "One image shows one machine: a copy that was never started elsewhere looks the same as its original.",
            "Whether a second computer carries the same installation is seen only by comparing both.",
            "A reset to factory state runs the same setup passes as a new installation.",
        ),
    ),
    History.DEPLOYED_GENERALIZED: Meaning(
        "Deployed from a generalized master",
        "A master was generalized with Sysprep before it was captured, and this computer was deployed from the capture."
        " This is what Microsoft asks for.",
        (
            "the CloneTag is later than the media's own and earlier than the first start of this computer",
            "content of the master (programs, profiles) is older than the installation's own identity",
            "the hardware at specialize is the hardware of today",
        ),
        (
            "Manufacturers generalize their own images: a computer as bought looks the same.",
            "A generalize that ran only after this computer had been in use is another verdict, `generalized-after-use`.",
        ),
    ),
    History.SEALED_GENERALIZED: Meaning(
        "Generalized master, not started since",
        "Sysprep generalized this installation, and it has not been started since: a sealed master, ready to be deployed.",
        (
            "the image state says that it waits for its first start (out-of-box experience or audit mode)",
            "setup is armed to run at the next start",
            "event logs and network adapters are cleared, and nothing was written after the generalize",
        ),
        ("It says nothing of copies that were taken before the generalize.",),
    ),
    History.RELOCATED_NOT_GENERALIZED: Meaning(
        "Moved to other hardware or another disk, not generalized",
        "The installation runs, or ran, on hardware or on a disk other than the one it was specialized on,"
        " and was not generalized in between. If the source is still in use, two computers share one identity.",
        (
            "hardware recorded when Windows was specialized differs from the hardware of today",
            "no specialize ran after the new hardware was first seen",
            "leftovers of the former hardware: adapters, hardware configurations, disk signatures, boot entries",
        ),
        (
            "A repaired computer (new board, new disk), a moved virtual machine or a restored backup is one machine with the same traces.",
            "One image cannot show that the source is still in use; comparing it with the suspected source can.",
        ),
    ),
    History.SID_CHANGED: Meaning(
        "Machine SID changed by something other than Sysprep",
        "The machine SID was replaced while the other identifiers that belong to the same setup stayed."
        " Microsoft does not support this, and it repairs nothing else.",
        (
            "the security database was given its SID long after setup, on a computer that is no domain controller",
            "a former SID remains in permissions, profiles, tasks or logs",
            "traces of the tool itself",
        ),
        (
            "Becoming, or ceasing to be, a domain controller replaces the SID too.",
            "Files or profiles taken over from another computer carry that computer's SID.",
        ),
    ),
    History.GENERALIZED_AFTER_USE: Meaning(
        "Generalized only after it had been in use",
        "Sysprep ran, but only after this installation had a life on its target."
        " Microsoft does not accept that as a repair of an un-generalized copy.",
        (
            "productive use (users, domain membership, logs) before the generalize",
            "hardware of the target recorded before the generalize",
        ),
        ("A master that was maintained for a long time before it was generalized looks similar.",),
    ),
    History.GENERALIZE_FAILED: Meaning(
        "Generalize or specialize begun, not finished",
        "A generalize or the specialize that follows it was begun and did not finish."
        " What it would have renewed may be old, new or missing.",
        (
            "the image state says that the image is not deployable",
            "Sysprep's status or its error log names the step that failed",
        ),
        ("A later run that finished replaces this state; an image taken while Sysprep was at work shows it too.",),
    ),
    History.UNDETERMINED: Meaning(
        "Not determined",
        "The evidence that would decide is missing or contradicts itself. The gaps say which evidence that is.",
        ("decisive facts are gaps, or strong evidence stands on both sides",),
        ("It is no acquittal and no suspicion. Missing evidence is never evidence.",),
    ),
}
"""What each history says to a person: the pages of `forensic explain`."""


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
    consequences: tuple[str, ...] = ()
    """Which identifiers collide where another computer shares this installation, and what breaks then."""
