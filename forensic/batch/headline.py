"""Headline: what one line says of a report."""

from __future__ import annotations

import msgspec

from forensic.model import ImageReport
from forensic.model.judgement import POLICY_WORDS

GRAVITY = ("violation", "suspect", "undetermined", "compliant", "none-found")
"""Policies, the gravest first."""


class Headline(msgspec.Struct, frozen=True, array_like=True):
    """A report in a few words."""

    computer: str = ""
    """Name of the computer that the gravest verdict is about; empty where it is not known."""
    verdict: str = ""
    """The title of that verdict; empty where there is no installation."""
    policy: str = "none"
    """Its code; `none` where there is no installation."""
    strength: str = ""
    incomplete: bool = False
    """Whether evidence is known to be missing."""

    def short(self) -> str:
        """Return computer and verdict alone."""
        if self.policy == "none":
            return "no Windows installation found"
        return f"{self.computer or 'a computer without a name'}: {self.verdict}"

    def words(self) -> str:
        """Return the line."""
        if self.policy == "none":
            return "no Windows installation found" + (", and not everything could be read" if self.incomplete else "")
        strength = "" if self.strength == "undetermined" else f", {self.strength}"
        policy = POLICY_WORDS[self.policy]  # type: ignore[index]
        said = f"{self.short()} ({policy}{strength})"
        return said + ("; evidence is incomplete" if self.incomplete else "")


def headline_of(report: ImageReport) -> Headline:
    """Return the headline of a report: of its gravest installation, former ones only where there is no other."""
    present = [one for one in report.installations if one.earlier_state_of is None and one.origin != "recovery"]
    counting = [one for one in present if one.origin in ("active", "collection")] or present
    incomplete = any(problem.is_incomplete for problem in report.problems)
    if not counting:
        return Headline(incomplete=incomplete)
    gravest = min(counting, key=lambda one: GRAVITY.index(one.verdict.policy))
    verdict = gravest.verdict
    return Headline(gravest.computer_name or "", verdict.title or verdict.history, verdict.policy, verdict.strength, incomplete)
