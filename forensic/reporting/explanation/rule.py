"""Pages of rules: what each speaks for and against, and what it does not say."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from forensic.reporting.explanation.layout import Page, filled, head, refilled


class Rule(Protocol):
    """What a page says of a rule."""

    @property
    def supports(self) -> str | None:
        """The verdict that it speaks for."""

    @property
    def against(self) -> str | None:
        """The verdict that it speaks against."""

    @property
    def group(self) -> str:
        """The cause that it sees."""

    @property
    def title(self) -> str:
        """One line."""

    @property
    def documentation(self) -> str:
        """Its docstring."""

    @property
    def reads(self) -> Collection[str]:
        """Names of the fact kinds that it looks at."""


def rule_page(name: str, rule: Rule) -> Page:
    """Return the page of one rule."""
    speaks = [f"Speaks for {rule.supports}."] if rule.supports else []
    speaks += [f"Speaks against {rule.against}."] if rule.against else []
    parts = [head(name, "rule", rule.title), refilled(rule.documentation.partition("\n")[2])]
    parts.append(filled(" ".join([*speaks, f"Cause: {rule.group}; evidence of one cause is counted once."])))
    if rule.reads:
        parts.append(filled(f"Looks at the fact kinds {', '.join(sorted(rule.reads))}."))
    return Page("Rule", rule.title, "\n\n".join(part for part in parts if part) + "\n")
